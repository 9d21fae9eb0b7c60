"""`/auth/v1/admin/` and invitations: for tokens of the service role alone."""

from starlette.responses import Response

from emulator.standins.supabase import administration, forms
from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.auth_rest import Handler
from emulator.standins.supabase.call import Call
from emulator.standins.supabase.errors import ValidationFailed
from emulator.standins.supabase.grants import shown
from emulator.standins.supabase.shapes import AUDIENCE

USERS_A_PAGE = 50
MAX_NUMBER = 2**31


async def list_users(call: Call) -> Response:
    call.require_admin()
    query = call.request.query_params
    page, size = whole(query.get("page"), 1), whole(query.get("per_page"), USERS_A_PAGE)
    oldest_first = is_ascending(query.get("sort"))
    text = query.get("filter", "")
    found = administration.list_users(call.project, page, size, text, oldest_first=oldest_first)
    response = answer({"users": found.users, "aud": AUDIENCE})
    last = -(-found.total // size)
    following = f'<{call.page_link(page + 1)}>; rel="next", ' if page < last else ""
    response.headers["link"] = f'{following}<{call.page_link(last)}>; rel="last"'
    response.headers["x-total-count"] = str(found.total)
    return response


def whole(text: str | None, default: int) -> int:
    """A page's number or size; 0 is as good as none. Raises `ValidationFailed`."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        reason = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise ValidationFailed(reason=f"Bad Pagination Parameters: {reason}")
    return min(int(text), MAX_NUMBER) or default


def is_ascending(sort: str | None) -> bool:
    if sort is None:
        return False
    name, _, direction = sort.partition(" ")
    if name != "created_at":
        raise ValidationFailed(reason=f"Bad Sort Parameters: bad field for sort '{name}'")
    if direction.lower() not in ("", "asc", "desc"):
        reason = f"bad direction for sort '{direction}', only 'asc' and 'desc' allowed"
        raise ValidationFailed(reason=f"Bad Sort Parameters: {reason}")
    return direction.lower() == "asc"


async def create_user(call: Call) -> Response:
    call.require_admin()
    return answer(administration.create_user(call.project, call.form(forms.AdminUser)))


async def get_user(call: Call) -> Response:
    call.require_admin()
    return answer(shown(call.project, administration.get(call.project, user_id(call))))


async def update_user(call: Call) -> Response:
    call.require_admin()
    user = administration.get(call.project, user_id(call))
    return answer(administration.update_user(call.project, user, call.form(forms.AdminUser)))


async def delete_user(call: Call) -> Response:
    call.require_admin()
    user = administration.get(call.project, user_id(call))
    form = call.form(forms.DeleteUser) if call.body else forms.DeleteUser()
    administration.delete_user(call.project, user, softly=form.should_soft_delete)
    return answer({})


async def list_factors(call: Call) -> Response:
    call.require_admin()
    administration.get(call.project, user_id(call))
    return answer([])


async def generate_link(call: Call) -> Response:
    call.require_admin()
    form = call.form(forms.GenerateLink)
    redirect_to = call.redirect_to(form.redirect_to)
    return answer(administration.generate_link(call.project, form, redirect_to))


async def invite(call: Call) -> Response:
    call.require_admin()
    form = call.form(forms.Invite)
    return answer(administration.invite(call.project, form, call.redirect_to()))


def user_id(call: Call) -> str:
    return str(call.request.path_params["user_id"])


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/admin/users", list_users),
    ("POST", "/admin/users", create_user),
    ("GET", "/admin/users/{user_id}", get_user),
    ("PUT", "/admin/users/{user_id}", update_user),
    ("DELETE", "/admin/users/{user_id}", delete_user),
    ("GET", "/admin/users/{user_id}/factors", list_factors),
    ("POST", "/admin/generate_link", generate_link),
    ("POST", "/invite", invite),
)
