"""What is refused on the way out. Plain text for the Worker that fetched: there is no envelope.

The texts are ours, as is the status 502: at Cloudflare these requests go out.
"""

from emulator.core.errors import CloudflareError


class HostNotAllowed(CloudflareError):
    code, status = 502, 502
    message = (
        "Cloudflare Twin keeps Workers offline, and no stand-in answers for {host}. To let"
        ' requests to it out, add it to the setting allow_hosts: allow_hosts = "{host}" under'
        ' [settings] in twin.toml, or CFTWIN_ALLOW_HOSTS="{host}" in the environment.'
    )


class HostUnreachable(CloudflareError):
    code, status = 502, 502
    message = "{host}, which allow_hosts lets out, could not be reached: {reason}"


class BadHost(CloudflareError):
    code, status, message = 400, 400, "{host} is not a host that can be reached"


class WorkerLoop(CloudflareError):
    # [guess] Cloudflare's error 1019; its page has this meaning, the status is not documented.
    code, status = 1019, 503
    message = (
        "error code: 1019. This request has passed {hops} Workers, or {in_flight} such requests"
        " of the account are waiting for each other: a Worker fetches itself."
    )


class NoStandIn(CloudflareError):
    code, status = 404, 404
    message = "No stand-in of Cloudflare Twin answers for {host}. There are: {known}"


class NoSuchAccount(CloudflareError):
    code, status, message = 404, 404, "No account of Cloudflare Twin has the id {account_id}"
