"""Workers AI's refusals: https://developers.cloudflare.com/workers-ai/platform/errors/.

The texts begin with `AiError: `, as in answers quoted in public bug reports; those of
`/ai/v1` are the same, in the same envelope (`cloudflare-behaviour` §8.4).
"""

from emulator.core.errors import CloudflareError


class AiError(CloudflareError):
    """A refusal whose text a Worker gets without the `AiError: ` in front."""

    @property
    def description(self) -> str:
        return str(self).removeprefix("AiError: ")


class NoSuchModel(AiError):
    code, message = 5007, "AiError: No such model: No such model {model} or task"


class BadInput(AiError):
    code, message = 5006, "AiError: Bad input: Error: {reason}"


class IncompleteRequest(AiError):
    code, message = 3003, "AiError: Request is missing headers or body: {what}"


class RequestTooLarge(AiError):
    code, status, message = 3006, 413, "AiError: Request is too large"


class ContextTooLong(AiError):
    """The model's own refusal: too many tokens for it."""

    code, message = 3030, "AiError: {reason}"


class ContextWindowExceeded(AiError):
    # Text, code and status as quoted in public bug reports.
    code, status = 5021, 413
    message = (
        "AiError: The estimated number of input and maximum output tokens ({tokens})"
        " exceeded this model context window limit ({limit})"
    )


class FreeAllocationUsed(AiError):
    # Cloudflare's page says 3036; answers quoted in public say 4006, in these words.
    code, status = 4006, 429
    message = (
        "AiError: AiError: you have used up your daily free allocation of 10,000 neurons, please"
        " upgrade to Cloudflare's Workers Paid plan if you would like to continue usage."
    )


class OutOfCapacity(AiError):
    """Also what a `rejectIfBusy` is told; here the sign that `ai_chat_url` does not answer."""

    code, status = 3040, 429
    message = "AiError: Capacity temporarily exceeded, please try again. {reason}"


class TooManyRequests(AiError):
    # [guess] the limits are documented, the answer is not known.
    code, status = 3047, 429
    message = "AiError: Rate limit of {limit} requests per minute for {task} exceeded"
    retry_after_seconds = 60


class UpstreamTimeout(AiError):
    code, status, message = 3007, 408, "AiError: Request timeout: {reason}"


class UpstreamRefused(AiError):
    """`ai_chat_url` answered, but with a refusal of its own or with no completion."""

    # [guess] a failure on the model's side; the code is ours.
    code, status, message = 3043, 502, "AiError: {reason}"


class EmbedderFailed(AiError):
    """A real model that `ai_bge` promises and that does not answer: no other takes its place."""

    # [guess] a failure on the model's side; the code is ours.
    code, status, message = 3046, 502, "AiError: no embedding by ai_bge: {reason}"


class JsonModeNotMet(AiError):
    code, message = 5024, "AiError: JSON Mode couldn't be met"


class JsonModeStreams(AiError):
    code, message = 5023, "AiError: JSON Schema mode is not supported with stream mode."


class JsonModeUnsupported(AiError):
    code, message = 5025, "AiError: This model doesn't support JSON Schema."


class NoSuchBatch(AiError):
    # [guess] neither code nor text is known.
    code, status, message = 3044, 404, "AiError: No such batch request: {request_id}"


class TooManyBatches(AiError):
    # [guess] the limit is the twin's own.
    code, status, message = 3045, 429, "AiError: More than {limit} batch requests are queued"


class MethodNotAvailable(CloudflareError):
    """`GET /ai/v1/models`, which OpenAI has and Workers AI has not."""

    code, status, message = 7001, 405, "Method {method} not available for that URI."


class InvalidQuery(CloudflareError):
    # [guess] the code is of the same family as other bad input.
    code, message = 5004, "Invalid query parameter: {reason}"


class InvalidRule(CloudflareError):
    """A scripted answer that cannot be: the control plane's refusal, not Cloudflare's."""

    code, message = 3901, "Invalid rule: {reason}"


class NoSuchRule(CloudflareError):
    code, status, message = 3902, 404, "No rule has the id {rule_id}"


class TooManyRules(CloudflareError):
    code, status, message = 3903, 400, "There can be at most {limit} rules"


class ScriptedError(AiError):
    """What a rule says the model answers: any code, status and text."""

    code, message = 3900, "AiError: {text}"

    def __init__(self, *, text: object, code: int = 3900, status: int = 400) -> None:
        super().__init__(text=text)
        self.__dict__.update(code=code, status=status)
