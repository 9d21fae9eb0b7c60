"""`/auth/v1/`: what everybody may do, and what users do to themselves.

https://supabase.com/docs/reference/self-hosting-auth/introduction
"""

from collections.abc import Awaitable, Callable

from starlette.responses import RedirectResponse, Response

from emulator.standins.supabase import accounts, forms, grants, signups, verification
from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.call import Call
from emulator.standins.supabase.errors import (
    ManualLinkingDisabled,
    MfaDisabled,
    NotImplementedInTwin,
    SamlDisabled,
    UnsupportedGrant,
    ValidationFailed,
)

Handler = Callable[[Call], Awaitable[Response]]

PROVIDERS = (
    "apple azure bitbucket discord facebook snapchat figma fly github gitlab google keycloak kakao"
    " linkedin linkedin_oidc notion spotify slack slack_oidc workos twitch twitter"
)
KEYS_AGE = "public, max-age=600"


async def health(call: Call) -> Response:
    return answer({"version": "twin", "name": "GoTrue", "description": "Auth of Cloudflare Twin"})


async def settings(call: Call) -> Response:
    external = dict.fromkeys(PROVIDERS.split(), False)
    external = {"anonymous_users": call.project.takes_anonymous, **external}
    return answer(
        {
            "external": {**external, "email": True, "phone": False, "zoom": False},
            "disable_signup": False,
            "mailer_autoconfirm": not call.project.confirms_email,
            "phone_autoconfirm": False,
            "sms_provider": "",
            "saml_enabled": False,
            "passkeys_enabled": False,
        }
    )


async def jwks(call: Call) -> Response:
    response = answer({"keys": call.project.access.public_keys()})
    response.headers["cache-control"] = KEYS_AGE
    return response


async def sign_up(call: Call) -> Response:
    form = call.form(forms.SignUp)
    return answer(signups.sign_up(call.project, form, call.issuer, call.redirect_to()))


async def token(call: Call) -> Response:
    match call.request.query_params.get("grant_type"):
        case "password":
            form = call.form(forms.PasswordGrant)
            return answer(grants.by_password(call.project, form, call.issuer))
        case "refresh_token":
            refresh = call.form(forms.RefreshGrant)
            return answer(grants.by_refresh_token(call.project, refresh, call.issuer))
        case "pkce":
            code = call.form(forms.PkceGrant)
            return answer(grants.by_code(call.project, code, call.issuer))
        case "id_token" | "web3" as grant:
            raise NotImplementedInTwin(operation=f"The grant {grant} of Supabase Auth")
    raise UnsupportedGrant()


async def otp(call: Call) -> Response:
    signups.one_time_sign_in(call.project, call.form(forms.Otp), call.redirect_to())
    return answer({})


async def recover(call: Call) -> Response:
    accounts.recover(call.project, call.form(forms.Recover), call.redirect_to())
    return answer({})


async def resend(call: Call) -> Response:
    accounts.resend(call.project, call.form(forms.Resend), call.redirect_to())
    return answer({})


async def verify(call: Call) -> Response:
    return answer(verification.verify(call.project, call.form(forms.Verify), call.issuer))


async def follow(call: Call) -> Response:
    query = call.request.query_params
    link = verification.Link(query.get("type", ""), query.get("token", ""), call.redirect_to())
    if not link.type:
        raise ValidationFailed(reason="Verify requires a verification type")
    if not link.token:
        raise ValidationFailed(reason="Verify requires a token or a token hash")
    return RedirectResponse(verification.follow(call.project, link, call.issuer), 303)


async def get_user(call: Call) -> Response:
    return answer(grants.shown(call.project, call.caller.user))


async def update_user(call: Call) -> Response:
    caller, form = call.caller, call.form(forms.UpdateUser)
    redirect_to = call.redirect_to()
    updated = accounts.update(call.project, caller.user, caller.session, form, redirect_to)
    return answer(updated)


async def reauthenticate(call: Call) -> Response:
    accounts.reauthenticate(call.project, call.caller.user)
    return answer({})


async def log_out(call: Call) -> Response:
    caller, scope = call.caller, call.request.query_params.get("scope", "")
    accounts.log_out(call.project, caller.user, caller.session, scope)
    return Response(status_code=204)


async def authorize(call: Call) -> Response:
    raise ValidationFailed(reason="Unsupported provider: provider is not enabled")


async def enroll_factor(call: Call) -> Response:
    _ = call.caller
    raise MfaDisabled()


async def link_identity(call: Call) -> Response:
    _ = call.caller
    raise ManualLinkingDisabled()


async def single_sign_on(call: Call) -> Response:
    raise SamlDisabled()


# Methods and paths below `/auth/v1`.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/health", health),
    ("GET", "/settings", settings),
    ("GET", "/.well-known/jwks.json", jwks),
    ("POST", "/signup", sign_up),
    ("POST", "/token", token),
    ("POST", "/otp", otp),
    ("POST", "/magiclink", otp),
    ("POST", "/recover", recover),
    ("POST", "/resend", resend),
    ("POST", "/verify", verify),
    ("GET", "/verify", follow),
    ("GET", "/user", get_user),
    ("PUT", "/user", update_user),
    ("GET", "/reauthenticate", reauthenticate),
    ("POST", "/logout", log_out),
    ("GET", "/authorize", authorize),
    ("POST", "/factors", enroll_factor),
    ("GET", "/user/identities/authorize", link_identity),
    ("DELETE", "/user/identities/{identity_id}", link_identity),
    ("POST", "/sso", single_sign_on),
)
