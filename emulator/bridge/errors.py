"""What the bridge refuses (`wrangler-wire` §10). wrangler asks anew where it reads a code it knows.

The code from 10950 on is ours: Cloudflare has no bridge that could be off.
"""

from emulator.core.errors import CloudflareError


class SessionUnknown(CloudflareError):
    """wrangler takes the code for a session that is over, and opens another."""

    # [guess] the text.
    code, message = 10049, "The preview session has expired. Open a new one and try again."


class BridgeOff(CloudflareError):
    code, status = 10950, 501
    message = (
        "Remote bindings of wrangler dev need the bridge of Cloudflare Twin, which is off: set"
        " bridge_port = 443 under [settings] in twin.toml, or CFTWIN_BRIDGE_PORT=443"
    )


class PreviewUnknown(CloudflareError):
    """wrangler looks for the text, and then makes a new preview."""

    code, message = 1031, "Invalid Workers Preview configuration"


class BindingUnnamed(CloudflareError):
    # [guess] the text is that of the Worker which wrangler uploads.
    code, message = 10951, "Binding not found"


class BindingUnknown(CloudflareError):
    # [guess] as above.
    code, message = 10952, "Binding {name} not found"


class AddressInvalid(CloudflareError):
    code, message = 10953, "The binding's address is not a URL: {url}"
