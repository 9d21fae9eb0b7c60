"""What the service role does to users."""

import pytest

from emulator.core.clock import ManualClock
from emulator.standins.supabase.mails import Mail
from tests.standins.supabase.conftest import EMAIL, PASSWORD, Auth, Json, bearer, error_of, followed

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def created(admin: Auth, email: str = EMAIL, **more: object) -> Json:
    response = await admin.post("/admin/users", json={"email": email, **more})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_a_created_user_signs_in_once_its_address_is_confirmed(
    admin: Auth, anon: Auth
) -> None:
    user = await created(admin, password=PASSWORD, user_metadata={"name": "Ada"})
    before = await anon.sign_in()
    await admin.put(f"/admin/users/{user['id']}", json={"email_confirm": True})

    after = await anon.sign_in()

    assert error_of(before) == (400, "email_not_confirmed")
    assert after.json()["user"]["user_metadata"] == {"name": "Ada", "email_verified": True}


async def test_app_metadata_and_role_are_in_the_token(admin: Auth, anon: Auth) -> None:
    await created(
        admin, password=PASSWORD, email_confirm=True, app_metadata={"role": "admin"}, role="editor"
    )

    user = (await anon.sign_in()).json()["user"]

    assert user["app_metadata"] == {"provider": "email", "providers": ["email"], "role": "admin"}
    assert user["role"] == "editor"


async def test_a_chosen_id_is_kept_and_taken_once(admin: Auth) -> None:
    await created(admin, id=UNKNOWN.replace("0", "1"))

    again = await admin.post(
        "/admin/users", json={"email": "b@example.com", "id": UNKNOWN.replace("0", "1")}
    )
    malformed = await admin.post("/admin/users", json={"email": "b@example.com", "id": "1"})

    assert error_of(again) == (422, "user_already_exists")
    assert error_of(malformed) == (400, "validation_failed")


async def test_an_update_changes_what_it_names(admin: Auth, anon: Auth) -> None:
    user = await created(admin, password=PASSWORD, email_confirm=True, user_metadata={"a": 1})

    changed = await admin.put(
        f"/admin/users/{user['id']}",
        json={"email": "New@example.com", "password": "another", "user_metadata": {"b": 2}},
    )

    assert changed.json()["user_metadata"] == {"a": 1, "b": 2, "email_verified": True}
    assert (await anon.sign_in("new@example.com", "another")).status_code == 200
    assert (await anon.sign_in()).status_code == 400


async def test_a_banned_user_neither_signs_in_nor_goes_on(
    admin: Auth, anon: Auth, clock: ManualClock
) -> None:
    session = await anon.sign_up()
    await admin.put(f"/admin/users/{session['user']['id']}", json={"ban_duration": "1m30s"})

    refused = [
        error_of(await anon.sign_in()),
        error_of(await anon.refresh(session["refresh_token"])),
        error_of(await anon.user(session["access_token"])),
    ]
    clock.advance(90)

    assert refused == [(400, "user_banned"), (400, "user_banned"), (403, "user_banned")]
    assert (await anon.sign_in()).status_code == 200


@pytest.mark.parametrize("duration", ["1", "1d", "h", "1h ", "-1h", "1e3s", "²h"])
async def test_a_ban_for_no_known_time_is_refused(admin: Auth, duration: str) -> None:
    user = await created(admin)

    response = await admin.put(f"/admin/users/{user['id']}", json={"ban_duration": duration})

    assert error_of(response) == (400, "validation_failed")


async def test_a_ban_is_lifted(admin: Auth) -> None:
    user = await created(admin, ban_duration="999999999h")
    lifted = await admin.put(f"/admin/users/{user['id']}", json={"ban_duration": "none"})

    assert user["banned_until"].startswith("2318-")
    assert "banned_until" not in lifted.json()


async def test_users_are_listed_newest_first_page_by_page(admin: Auth, clock: ManualClock) -> None:
    for name in "abc":
        await created(admin, f"{name}@example.com")
        clock.advance(1)

    first = await admin.get("/admin/users", params={"page": 1, "per_page": 2})
    second = await admin.get("/admin/users", params={"page": 2, "per_page": 2})

    pages = [[user["email"][0] for user in page.json()["users"]] for page in (first, second)]
    assert pages == [["c", "b"], ["a"]]
    assert first.headers["x-total-count"] == "3"
    assert first.headers["link"] == (
        '</admin/users?page=2&per_page=2>; rel="next", </admin/users?page=2&per_page=2>; rel="last"'
    )
    assert second.headers["link"] == '</admin/users?page=2&per_page=2>; rel="last"'


async def test_a_list_may_be_narrowed_and_turned_round(admin: Auth, clock: ManualClock) -> None:
    for name in ("ada", "adam", "bob"):
        await created(admin, f"{name}@b.de", user_metadata={"full_name": name.title()})
        clock.advance(1)

    mailed = await admin.get("/admin/users", params={"filter": "ada", "sort": "created_at asc"})
    named = await admin.get("/admin/users", params={"filter": "BOB"})

    assert [user["email"] for user in mailed.json()["users"]] == ["ada@b.de", "adam@b.de"]
    assert [user["email"] for user in named.json()["users"]] == ["bob@b.de"]
    assert named.headers["x-total-count"] == "1"


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "per_page=99999999999", "sort=email", "sort=created_at+up"]
)
async def test_a_page_that_is_none_is_refused(admin: Auth, query: str) -> None:
    assert error_of(await admin.get(f"/admin/users?{query}")) == (400, "validation_failed")


async def test_a_deleted_user_is_gone_with_its_sessions(admin: Auth, anon: Auth) -> None:
    session = await anon.sign_up()
    path = f"/admin/users/{session['user']['id']}"

    assert (await admin.delete(path)).json() == {}

    assert error_of(await admin.get(path)) == (404, "user_not_found")
    assert error_of(await anon.user(session["access_token"])) == (403, "user_not_found")
    assert error_of(await anon.refresh(session["refresh_token"]))[1] == "refresh_token_not_found"
    assert (await anon.sign_up())["user"]["id"] != session["user"]["id"]


async def test_a_softly_deleted_user_leaves_its_id_and_nothing_else(
    admin: Auth, anon: Auth
) -> None:
    session = await anon.sign_up(data={"name": "Ada"})
    path = f"/admin/users/{session['user']['id']}"

    await admin.request("DELETE", path, json={"should_soft_delete": True})

    left = await admin.get(path)
    assert left.json()["deleted_at"]
    assert EMAIL not in left.text
    assert "Ada" not in left.text
    assert (await anon.user(session["access_token"])).status_code == 403
    assert (await anon.sign_up())["user"]["id"] != session["user"]["id"]


async def test_a_link_is_made_for_somebody_else_to_send(
    admin: Auth, anon: Auth, nobody: Auth, mails: list[Mail]
) -> None:
    await anon.sign_up()

    made = (
        await admin.post("/admin/generate_link", json={"type": "recovery", "email": EMAIL})
    ).json()

    body = {"type": "recovery", "token": made["email_otp"], "email": EMAIL}
    assert mails == []
    assert made["verification_type"] == "recovery"
    assert made["hashed_token"] in made["action_link"]
    assert (await anon.post("/verify", json=body)).json()["user"]["id"] == made["id"]
    assert "error" in (await followed(nobody, made["action_link"])).headers["location"]


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ({"type": "signup", "password": PASSWORD}, "signup"),
        ({"type": "magiclink"}, "signup"),
        ({"type": "invite"}, "invite"),
    ],
)
async def test_a_link_for_somebody_unknown_signs_up(
    admin: Auth, nobody: Auth, body: dict[str, str], type_: str
) -> None:
    response = await admin.post("/admin/generate_link", json={"email": EMAIL, **body})

    assert response.json()["verification_type"] == type_
    led = await followed(nobody, response.json()["action_link"])
    assert "#access_token=" in led.headers["location"]


@pytest.mark.parametrize("side", ["email_change_current", "email_change_new"])
async def test_a_link_changes_an_address(admin: Auth, nobody: Auth, side: str) -> None:
    user = await created(admin, email_confirm=True)
    body = {"type": side, "email": EMAIL, "new_email": "new@example.com"}

    made = await admin.post("/admin/generate_link", json=body)
    await followed(nobody, made.json()["action_link"])

    path = f"/admin/users/{user['id']}"
    assert (await admin.get(path)).json()["email"] == "new@example.com"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "recovery"}, (404, "user_not_found")),
        ({"type": "signup"}, (400, "validation_failed")),
        ({"type": "nonsense"}, (400, "validation_failed")),
    ],
)
async def test_a_link_that_cannot_be_made_is_refused(
    admin: Auth, body: dict[str, str], error: tuple[int, str]
) -> None:
    response = await admin.post("/admin/generate_link", json={"email": EMAIL, **body})

    assert error_of(response) == error


async def test_an_invitation_signs_up(
    admin: Auth, nobody: Auth, mails: list[Mail], anon: Auth
) -> None:
    invited = await admin.post("/invite", json={"email": EMAIL, "data": {"team": "x"}})

    assert invited.json()["invited_at"]
    assert (mails[0].kind, mails[0].to) == ("invite", EMAIL)
    assert "#access_token=" in (await followed(nobody, mails[0].link)).headers["location"]
    again = await admin.post("/invite", json={"email": EMAIL})
    assert error_of(again) == (422, "email_exists")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/users"),
        ("POST", "/admin/users"),
        ("GET", f"/admin/users/{UNKNOWN}"),
        ("PUT", f"/admin/users/{UNKNOWN}"),
        ("DELETE", f"/admin/users/{UNKNOWN}"),
        ("GET", f"/admin/users/{UNKNOWN}/factors"),
        ("POST", "/admin/generate_link"),
        ("POST", "/invite"),
    ],
)
async def test_nobody_but_the_service_role_administers(anon: Auth, method: str, path: str) -> None:
    session = await anon.sign_up()

    as_anon = await anon.request(method, path, json={})
    as_user = await anon.request(method, path, json={}, headers=bearer(session["access_token"]))

    assert error_of(as_anon) == error_of(as_user) == (403, "not_admin")


@pytest.mark.parametrize("field", [{"phone": "4917012345"}, {"password_hash": "$2a$10$abc"}])
async def test_what_is_not_built_is_refused_by_name(admin: Auth, field: dict[str, str]) -> None:
    response = await admin.post("/admin/users", json={"email": EMAIL, **field})

    assert error_of(response) == (501, "not_implemented")
    assert "not implemented by Cloudflare Twin" in response.json()["message"]
