"""`/user`, `/accounts`, `/memberships`: what clients ask before they do anything else.

wrangler's `whoami` reads all four and takes the accounts that both lists name.
"""

from functools import partial

from emulator.core.errors import InvalidToken, MissingCredentials
from emulator.identity.models import AccountRecord, Credential
from emulator.identity.store import Directory
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.paging import PageLimits, page_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

PAGES = PageLimits(default=20, smallest=5, largest=50)
ROLE = "Super Administrator - All Privileges"
USER_ID = "cf000000000000000000000000000002"
USER_EMAIL = "developer@example.com"


def credential_of(call: Call) -> Credential:
    if call.credential is None:
        raise MissingCredentials()
    return call.credential


async def verify_token(call: Call) -> Reply:
    """https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/"""
    credential = credential_of(call)
    if credential.email is not None:
        raise InvalidToken()
    valid = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return ok({"id": credential.id, "status": "active"}, messages=[valid])


async def get_user(call: Call) -> Reply:
    email = credential_of(call).email or USER_EMAIL
    return ok(
        {
            "id": USER_ID,
            "email": email,
            "first_name": None,
            "last_name": None,
            "username": USER_ID,
            "telephone": None,
            "country": None,
            "zipcode": None,
            "two_factor_authentication_enabled": False,
            "two_factor_authentication_locked": False,
            "has_pro_zones": False,
            "has_business_zones": False,
            "has_enterprise_zones": False,
            "suspended": False,
            "organizations": [],
        }
    )


async def list_accounts(directory: Directory, call: Call) -> Reply:
    name = call.query.get("name", "").lower()
    reached = directory.accounts_of(credential_of(call))
    page = page_of([record for record in reached if name in record.name.lower()], call.query, PAGES)
    return ok([account_json(record) for record in page.items], page.info())


async def get_account(directory: Directory, call: Call) -> Reply:
    return ok(account_json(directory.account(call.params["account_id"])))


async def list_memberships(directory: Directory, call: Call) -> Reply:
    page = page_of(directory.accounts_of(credential_of(call)), call.query, PAGES)
    return ok([membership_json(record) for record in page.items], page.info())


def account_json(record: AccountRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "type": "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": "2024-01-01T00:00:00.000000Z",
    }


def membership_json(record: AccountRecord) -> dict[str, object]:
    return {
        "id": record.id[::-1],
        "status": "accepted",
        "account": {"id": record.id, "name": record.name},
        "api_access_enabled": None,
        "roles": [ROLE],
        "permissions": {},
        "policies": [],
    }


def routes(directory: Directory) -> tuple[Route, ...]:
    return (
        Route(
            "GET",
            "/user/tokens/verify",
            "user.tokens.verify",
            verify_token,
            unknown_token=InvalidToken,
        ),
        Route("GET", "/user", "user.get", get_user),
        Route("GET", "/accounts", "accounts.list", partial(list_accounts, directory)),
        Route("GET", "/accounts/{account_id}", "accounts.get", partial(get_account, directory)),
        Route("GET", "/memberships", "memberships.list", partial(list_memberships, directory)),
    )
