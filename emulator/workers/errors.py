"""Workers' refusals (`cloudflare-behaviour` §10.3, `wrangler-wire` §12).

Codes from 10901 on are ours: what Cloudflare answers there is not known [guess].
"""

from emulator.core.errors import CloudflareError


class ScriptNotFound(CloudflareError):
    code, status, message = 10007, 404, "This Worker does not exist on your account."


class ServiceNotFound(CloudflareError):
    """The same, on the paths of services, which wrangler asks first."""

    code, status, message = 10090, 404, "workers.api.error.service_not_found"


class NoSubdomain(ScriptNotFound):
    """Of the account; the code is the same."""

    # [guess] the text; wrangler looks at the code.
    message = "This account does not have a workers.dev subdomain."


class ContentTypeRequired(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, message = 10001, "Content-Type must be multipart/form-data or application/javascript"


class RouteNotFound(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 10009, 404, "Route not found."


class RouteScriptNotFound(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 10019, 404, "The route's Worker '{script}' does not exist."


class RouteExists(CloudflareError):
    # [guess] the code and the text.
    code, status = 10020, 409
    message = "A route with the pattern '{pattern}' already exists."


class ScriptInvalid(CloudflareError):
    """What is wrong with an upload, in the runtime's words where it is the runtime that says so."""

    code, message = 10021, "{reason}"


class ScriptTooLarge(CloudflareError):
    code, status = 10027, 413
    message = (
        "Your Worker exceeded the size limit of {limit} MiB. Refer to the Workers documentation"
        " (https://developers.cloudflare.com/workers/observability/errors/"
        "#errors-on-worker-upload) for more details."
    )


class SubdomainTaken(CloudflareError):
    # [guess] the text; wrangler looks at the code.
    code, message = 10031, "This subdomain is unavailable."


class SubdomainAvailable(CloudflareError):
    """A success that is told as a failure: nobody has that subdomain."""

    # [guess] the text; wrangler looks at the code.
    code, status, message = 10032, 404, "This subdomain is available."


class SubdomainInvalid(CloudflareError):
    code, message = 10034, "{subdomain} is not a valid subdomain."


class SubdomainExists(CloudflareError):
    code, status, message = 10036, 409, "Account already has an associated subdomain."


class TooManyScripts(CloudflareError):
    code, message = 10037, "You have exceeded the limit of {limit} Workers on your account."


class NamespaceMissing(CloudflareError):
    code = 10041
    message = (
        "KV namespace '{resource}' not found. Verify the namespace exists in your account and"
        " that the namespace_id is correct."
    )


class NamespaceInvalid(CloudflareError):
    code = 10042
    message = (
        "KV namespace '{resource}' is not valid."
        " Please verify the namespace_id in your configuration."
    )


class BindingUnnamed(CloudflareError):
    code, message = 10052, "Binding at index {index} must have a name."


class BindingNameTaken(CloudflareError):
    code = 10053
    message = "Binding name '{name}' already in use. Please use a different name and try again."


class VariableTooLarge(CloudflareError):
    # [guess] observed: "Text binding 'X' is too large ...".
    code, message = 10054, "Text binding '{name}' is too large: the limit is 5.1 kB."


class TooManyVariables(CloudflareError):
    # [guess] the code is documented, the text is not.
    code = 10055
    message = "The number of environment variables and secrets exceeds the limit of {limit}."


class BindingNotFound(CloudflareError):
    code, status, message = 10056, 404, "Binding '{name}' not found"


class InheritInvalid(CloudflareError):
    code, message = 10057, "inherit binding '{name}' is invalid: {reason}"


class ClassNotExported(CloudflareError):
    code = 10061
    message = "Cannot create binding for class '{name}' that is not exported by script '{script}'."


class ClassNotConfigured(ClassNotExported):
    """A class of the script's own that no migration has made a Durable Object."""

    message = (
        "Cannot create binding for class '{name}' because it is not currently configured to"
        " implement Durable Objects. Did you forget to apply a --new-class migration to it?"
    )


class ClassStillBound(ClassNotExported):
    message = (
        "Cannot apply --delete-class migration to class '{name}' without also removing the"
        " binding that references it."
    )


class SubdomainRequired(CloudflareError):
    # [guess] the text; wrangler looks at the code.
    code, message = 10063, "You need a workers.dev subdomain in order to proceed."


class ClassDropped(CloudflareError):
    code = 10064
    message = (
        "New version of script does not export class '{name}' which is depended on by existing"
        " Durable Objects."
    )


class NoHandlers(CloudflareError):
    code, message = 10068, "The uploaded script has no registered event handlers."


class TooManyCrons(CloudflareError):
    code, message = 10072, "workers.api.error.too_many_crons"


class MigrationInvalid(CloudflareError):
    """`what` is the kind of migration, `reason` the rest of the sentence."""

    code, message = 10074, "Cannot apply {what} migration to class '{name}' {reason}"


class MigrationTagMismatch(CloudflareError):
    code, message = 10079, "Migration tag precondition failed; current tag is '{tag}'"


class BucketMissing(CloudflareError):
    code = 10085
    message = (
        "R2 bucket '{resource}' not found. Verify the bucket exists in your account and that the"
        " bucket_name is correct."
    )


class InvalidCron(CloudflareError):
    code, message = 10100, "invalid cron string"


class ScriptInUse(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status = 10142, 409
    message = "This Worker is used by {users}. Remove what refers to it, or delete it with force."


class ServiceMissing(CloudflareError):
    code = 10143
    message = (
        "Could not resolve service binding '{name}'. Target script '{resource}' not found."
        " Please verify the target script and try again."
    )


class EnvironmentMissing(CloudflareError):
    code = 10144
    message = (
        "Service binding '{name}' references environment '{environment}' on Worker '{resource}'"
        " which was not found."
    )


class IndexMissing(CloudflareError):
    code = 10159
    message = "Vectorize binding '{name}' references index '{resource}' which was not found."


class DatabaseMissing(CloudflareError):
    code = 10181
    message = "D1 binding '{name}' references database '{resource}' which was not found."


class MigrationInVersion(CloudflareError):
    code = 10211
    message = (
        "Version upload failed. You attempted to upload a version of a Worker that includes a"
        " Durable Object migration, but migrations must be fully applied via a non-versioned"
        " deployment."
    )


class SettingsNotDeployed(CloudflareError):
    code = 10214
    message = (
        "Script edit failed. You attempted to deploy the latest version with modified settings,"
        " but the latest version isn't currently deployed."
    )


class SecretNotDeployed(CloudflareError):
    code = 10215
    message = (
        "Secret edit failed. You attempted to modify a secret, but the latest version of your"
        " Worker isn't currently deployed."
    )


class SecretsChanged(CloudflareError):
    """wrangler reads what follows the colon as names, and asks whether to force."""

    # [guess] the beginning.
    code = 10220
    message = (
        "Rolling back to this version would change secrets."
        " The following secrets have changed: {names}"
    )


class NoVersions(CloudflareError):
    # [guess] the status is observed, as are the text's last words.
    code, status, message = 10222, 404, "This Worker has no versions."


class DeploymentNotFound(CloudflareError):
    code, status, message = 10336, 404, "Deployment not found."


class DomainNotFound(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 100114, 404, "Custom domain not found."


class VersionNotFound(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 100146, 404, "Version {version} not found."


class InvalidBody(CloudflareError):
    code, message = 10901, "Invalid request body: {reason}"


class ScriptNameInvalid(CloudflareError):
    code = 10902
    message = (
        "Invalid Worker name '{name}': use lower-case letters, digits, underscores and dashes,"
        " at most {limit} of them."
    )


class DeploymentInvalid(CloudflareError):
    code, message = 10903, "Invalid deployment: {reason}"


class DeploymentActive(CloudflareError):
    code, message = 10904, "The active deployment cannot be deleted."


class ManifestInvalid(CloudflareError):
    code, message = 10905, "Invalid asset manifest: {reason}"


class AssetInvalid(CloudflareError):
    code, message = 10906, "Invalid asset '{hash}': {reason}"


class AssetTooLarge(CloudflareError):
    code, status = 10907, 413
    message = "Asset '{path}' is {size} bytes: the limit is 25 MiB."


class TooManyAssets(CloudflareError):
    code, status, message = 10908, 413, "A manifest holds at most {limit} files."


class AssetTokenInvalid(CloudflareError):
    """A completion token that was not given out here, for another script, or an hour ago."""

    code, message = 10909, "The assets' completion token is invalid: {reason}"


class TailNotFound(CloudflareError):
    code, status, message = 10910, 404, "This tail does not exist."


class TooManyTails(CloudflareError):
    code, status, message = 10911, 429, "A Worker has at most {limit} tails."


class NotCacheable(CloudflareError):
    """What `cache.put` is told; the Worker that put it is not."""

    # [guess] the status is documented, the text is not.
    code, status, message = 413, 413, "The response cannot be cached: {reason}"


class NotAResponse(CloudflareError):
    """Said to a runtime that stores something else in a cache: none that we know does."""

    code, message = 10912, "The body is not an HTTP response"


class RuntimeMissing(CloudflareError):
    """The twin's own: what it would run the script on is not on this machine."""

    code, status = 501, 501
    message = (
        "Cloudflare Twin cannot run Workers here: workerd was not found;"
        " install wrangler with npm, or name the binary in WORKERD"
    )
