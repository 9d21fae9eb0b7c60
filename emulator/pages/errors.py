"""Pages' refusals (`cloudflare-behaviour` §11.2, `wrangler-wire` §12)."""

from emulator.core.errors import CloudflareError


class ProjectNotFound(CloudflareError):
    # [guess] the status.
    code, status = 8000007, 404
    message = (
        "Project not found. The specified project name does not match any of your"
        " existing projects."
    )


class ProjectExists(CloudflareError):
    # [guess] the status.
    code, status = 8000002, 409
    message = "A project with this name already exists. Choose a different project name."


class TooManyProjects(CloudflareError):
    # [guess] the code and the text.
    code = 8000027
    message = "You have reached the maximum of {limit} projects."


class NameInvalid(CloudflareError):
    # [guess] the code.
    code = 8000001
    message = (
        "Invalid project name: it is 1 to 58 lowercase letters, digits and dashes, and neither"
        " begins nor ends with a dash."
    )


class BodyInvalid(CloudflareError):
    # [guess] the code.
    code, message = 8000003, "Invalid request body: {reason}"


class DeploymentNotFound(CloudflareError):
    # [guess] the status.
    code, status = 8000009, 404
    message = "Deployment not found."


class DeploymentLive(CloudflareError):
    # [guess] the code; the rule is documented.
    code = 8000034
    message = "The active production deployment cannot be deleted."


class DeploymentAliased(CloudflareError):
    # [guess] the code; the rule is documented.
    code = 8000035
    message = "The deployment has an alias, and is deleted only by force."


class DeploymentInvalid(CloudflareError):
    """What is uploaded cannot be deployed."""

    # [guess] the code.
    code, message = 8000016, "Invalid deployment: {reason}"


class RollbackInvalid(CloudflareError):
    # [guess] the code; the rule is documented.
    code = 8000036
    message = "Only a deployment to production can be rolled back to."


class TokenRefused(CloudflareError):
    """Of an upload; wrangler gets another one then."""

    code, status, message = 8000013, 401, "Authorization failed: {reason}"


class AssetTooLarge(CloudflareError):
    # [guess] the code.
    code, message = 8000055, "The asset {key} is larger than {limit} MiB."


class DomainNotFound(CloudflareError):
    # [guess] the code.
    code, status = 8000021, 404
    message = "Domain not found."


class DomainExists(CloudflareError):
    # [guess] the code.
    code, status = 8000018, 409
    message = "You have already added this custom domain."
