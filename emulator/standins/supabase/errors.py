"""Auth's refusals: status, code and text as Supabase Auth has them.

Read from supabase/auth at bc32168e (August 2026). How a refusal looks depends on the
`X-Supabase-Api-Version` the client names; `answers.py` knows that.
"""

from typing import ClassVar


class AuthError(Exception):
    """A refusal of Supabase Auth. The door renders it; rules only raise it."""

    status: ClassVar[int] = 400
    code: ClassVar[str]
    message: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message.format(**facts))


class ValidationFailed(AuthError):
    code, message = "validation_failed", "{reason}"


class Unprocessable(ValidationFailed):
    status = 422


class BadJson(AuthError):
    code, message = "bad_json", "Could not parse request body as JSON: {reason}"


class BodyTooLarge(AuthError):
    status, code = 413, "request_entity_too_large"
    message = "Request body too large (max {limit} bytes)"


class UnsupportedGrant(AuthError):
    code, message = "invalid_credentials", "unsupported_grant_type"


class InvalidCredentials(AuthError):
    code, message = "invalid_credentials", "Invalid login credentials"


class EmailNotConfirmed(AuthError):
    code, message = "email_not_confirmed", "Email not confirmed"


class EmailUnverified(AuthError):
    """What a reauthentication is told."""

    status, code, message = 422, "email_not_confirmed", "Please verify your email first."


class WeakPassword(AuthError):
    """`reasons` is a list of `length` and the like, which clients show."""

    status, code = 422, "weak_password"
    message = "Password should be at least {length} characters."
    reasons: ClassVar[tuple[str, ...]] = ("length",)


class SamePassword(AuthError):
    status, code = 422, "same_password"
    message = "New password should be different from the old password."


class UserAlreadyExists(AuthError):
    status, code, message = 422, "user_already_exists", "User already registered"


class EmailExists(AuthError):
    status, code = 422, "email_exists"
    message = "A user with this email address has already been registered"


class UserExists(AuthError):
    # [guess] Supabase answers 500 "Database error creating new user" to an id that is taken.
    status, code, message = 422, "user_already_exists", "A user with this id already exists"


class UserBanned(AuthError):
    code, message = "user_banned", "User is banned"


class UserBannedNow(AuthError):
    """To a token or a link that was issued before the ban."""

    status, code, message = 403, "user_banned", "User is banned"


class RefreshBanned(AuthError):
    code, message = "user_banned", "Invalid Refresh Token: User Banned"


class UserNotFound(AuthError):
    status, code, message = 404, "user_not_found", "User not found"


class UserIdMalformed(AuthError):
    status, code, message = 404, "validation_failed", "user_id must be an UUID"


class EmailNotFound(AuthError):
    status, code, message = 404, "user_not_found", "User with this email not found"


class SubjectNotFound(AuthError):
    status, code = 403, "user_not_found"
    message = "User from sub claim in JWT does not exist"


class SessionNotFound(AuthError):
    status, code = 403, "session_not_found"
    message = "Session from session_id claim in JWT does not exist"


class NoAuthorization(AuthError):
    status, code = 401, "no_authorization"
    message = "This endpoint requires a valid Bearer token"


class BadJwt(AuthError):
    status, code = 403, "bad_jwt"
    message = "invalid JWT: unable to parse or verify signature, {reason}"


class BadClaim(AuthError):
    status, code, message = 403, "bad_jwt", "invalid claim: {reason}"


class NotAdmin(AuthError):
    status, code, message = 403, "not_admin", "User not allowed"


class AppMetadataIsAdmins(AuthError):
    status, code = 403, "not_admin"
    message = "Updating app_metadata requires admin privileges"


class RefreshTokenNotFound(AuthError):
    code = "refresh_token_not_found"
    message = "Invalid Refresh Token: Refresh Token Not Found"


class RefreshTokenUsed(AuthError):
    code, message = "refresh_token_already_used", "Invalid Refresh Token: Already Used"


class LinkExpired(AuthError):
    status, code = 403, "otp_expired"
    message = "Email link is invalid or has expired"


class OtpExpired(AuthError):
    status, code, message = 403, "otp_expired", "Token has expired or is invalid"


class OtpDisabled(AuthError):
    status, code, message = 422, "otp_disabled", "Signups not allowed for otp"


class FlowNotFound(AuthError):
    status, code = 404, "flow_state_not_found"
    message = "invalid flow state, no valid flow state found"


class NoFlowForLink(AuthError):
    code = "flow_state_not_found"
    message = "No associated flow state found. No valid flow state found for user."


class FlowExpired(AuthError):
    status, code = 422, "flow_state_expired"
    message = "invalid flow state, flow state has expired"


class BadCodeVerifier(AuthError):
    code = "bad_code_verifier"
    message = "code challenge does not match previously saved code verifier"


class AnonymousDisabled(AuthError):
    status, code = 422, "anonymous_provider_disabled"
    message = "Anonymous sign-ins are disabled"


class PhoneSignupsDisabled(AuthError):
    code, message = "phone_provider_disabled", "Phone signups are disabled"


class PhoneLoginsDisabled(AuthError):
    status, code, message = 422, "phone_provider_disabled", "Phone logins are disabled"


class PhoneOtpDisabled(AuthError):
    code, message = "phone_provider_disabled", "Unsupported phone provider"


class MfaDisabled(AuthError):
    status, code = 422, "mfa_totp_enroll_not_enabled"
    message = "MFA enroll is disabled for TOTP"


class ManualLinkingDisabled(AuthError):
    status, code = 404, "manual_linking_disabled"
    message = "Manual linking is disabled"


class SamlDisabled(AuthError):
    status, code, message = 404, "saml_provider_disabled", "SAML 2.0 is disabled"


class NotImplementedInTwin(AuthError):
    """Supabase has it and the twin does not; said out loud, never faked."""

    status, code = 501, "not_implemented"
    message = "{operation} is not implemented by Cloudflare Twin"
