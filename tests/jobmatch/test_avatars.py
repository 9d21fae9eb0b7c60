"""Avatars: R4. Whoever's they are, what they are, and where the public finds them (§3.7, §3.10)."""

from urllib.parse import quote, unquote

import httpx
import pytest

from e2e.people import Person
from tests.jobmatch.images import GIF, HTML, JPEG, PNG, SVG, WEBP

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"
AVATAR = "/api/profile/avatar"
MEBIBYTE = 1 << 20


def post(person: Person, content: bytes, name: str, content_type: str) -> httpx.Response:
    return person.post(AVATAR, files={"avatar": (name, content, content_type)})


def public(person: Person, owner: Person) -> httpx.Response:
    return person.get(f"/api/files/avatar/{owner.id}")


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (PNG, "me.png", "image/png"),
        (GIF, "me.gif", "image/gif"),
        (JPEG, "me.jpg", "image/jpeg"),
        (JPEG, "me.jpeg", "image/jpeg"),
        (WEBP, "me.webp", "image/webp"),
        (PNG, "ME ü%2F\"x'.PNG", "image/png"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@covers("POST /api/profile/avatar", 200, "R4")
@covers("GET /api/files/avatar/:targetUserId", 200, "R4")
def test_an_avatar_is_found_by_the_public(
    anna: Person, anyone: Person, content: bytes, name: str, content_type: str
) -> None:
    answer = post(anna, content, name, content_type)

    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["message"]
    assert told["file"]["size"] == len(content)
    assert told["file"]["key"].startswith(f"users/{anna.id}/profile/")
    shown = public(anyone, anna)
    assert (shown.status_code, shown.content) == (200, content)
    assert shown.headers["content-type"] == content_type
    assert shown.headers["cache-control"] == "public, max-age=86400"


@covers("POST /api/profile/avatar", 200, "R4")
@covers("GET /api/profile", 200)
def test_the_profile_names_the_avatar_and_its_url_works(anna: Person) -> None:
    told = post(anna, PNG, "me.png", "image/png").json()

    photo = anna.get("/api/profile").json()["profile"]["photo_url"]
    assert photo == told["profile"]["photo_url"]
    assert unquote(photo).endswith(told["file"]["key"])
    assert anna.get(photo).content == PNG


@covers("POST /api/profile/avatar", 200, "R4")
@covers("GET /api/files/avatar/:targetUserId", 200)
def test_the_last_avatar_counts_in_whatever_format(anna: Person, anyone: Person) -> None:
    for content, name, kind in ((PNG, "a.png", "image/png"), (GIF, "b.gif", "image/gif")):
        post(anna, content, name, kind)
        assert public(anyone, anna).content == content


@covers("DELETE /api/profile/avatar", 200, 404, "R4")
@covers("GET /api/files/avatar/:targetUserId", 200, 404, "R4")
@covers("GET /api/files/download/:key", 404)
def test_a_deleted_avatar_is_really_gone(anna: Person, anyone: Person) -> None:
    key = post(anna, PNG, "me.png", "image/png").json()["file"]["key"]
    before = public(anyone, anna).status_code

    answers = [anna.delete(AVATAR), anna.delete(AVATAR)]

    assert before == 200
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[1].json()["error"] == "No avatar found"
    assert public(anyone, anna).status_code == 404
    assert anna.get(f"/api/files/download/{quote(key, safe='')}").status_code == 404
    assert anna.get("/api/profile").json()["profile"]["photo_url"] is None


@covers("GET /api/files/avatar/:targetUserId", 404, "R3")
def test_nobodys_avatar_is_not_found(anna: Person, anyone: Person) -> None:
    ids = (anna.id, UNKNOWN, "x", "%2e%2e%2fx", "é", "%00", "x" * 300, "' OR 1=1 --")
    answers = [anyone.get(f"/api/files/avatar/{one}") for one in ids]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert {answer.json()["error"] for answer in answers} == {"Avatar not found"}


FALSE = [
    (HTML, "me.png", "image/png"),
    (HTML, "me.png", "text/html"),
    (SVG, "me.png", "image/svg+xml"),
    (SVG, "me.svg", "image/svg+xml"),
    (b"", "me.png", "image/png"),
    (b"\x89PNG", "me.png", "image/png"),
    (b"GIF89a", "me.exe", "image/gif"),
    (PNG, "me", "image/png"),
    (PNG, "me.html", "text/html"),
    (b"%PDF-1.7", "me.jpg", "image/jpeg"),
]


@covers("POST /api/profile/avatar", 400, "R1", "R4")
@covers("GET /api/files/avatar/:targetUserId", 404, "R4")
def test_what_is_no_image_is_no_avatar(anna: Person, anyone: Person) -> None:
    for content, name, kind in FALSE:
        answer = post(anna, content, name, kind)
        assert answer.status_code == 400, (content[:10], name, kind, answer.text)
        assert answer.json()["error"]

    assert public(anyone, anna).status_code == 404


@covers("POST /api/profile/avatar", 200, "R4")
@covers("GET /api/files/avatar/:targetUserId", 200, "R4")
def test_the_type_that_is_served_is_that_of_the_bytes(anna: Person, anyone: Person) -> None:
    for told in ("text/html", "image/svg+xml", "image/png\r\nX-Evil: 1", "application/xhtml+xml"):
        answer = post(anna, PNG + HTML, "me.png", told)
        shown = public(anyone, anna)
        if answer.status_code == 200:
            assert shown.headers["content-type"] == "image/png"
            assert "x-evil" not in shown.headers
        else:
            assert answer.status_code == 400
    post(anna, PNG, "me.png", "text/html")
    post(anna, PNG, "me.png", "image/png")
    assert public(anyone, anna).headers["content-type"] == "image/png"


@covers("POST /api/files/upload", 201, "R4")
def test_a_page_among_the_files_is_never_served_in_public(anna: Person, anyone: Person) -> None:
    for name in ("avatar.jpg", "avatar.png", "avatar.webp", "avatar.html"):
        files = {"file": (name, HTML, "text/html")}
        told = anna.post("/api/files/upload", files=files, data={"bucket": "avatars", "path": name})
        if told.status_code == 201:
            anna.patch("/api/profile", json={"photo_url": told.json()["downloadURL"]})
        shown = public(anyone, anna)
        assert b"script" not in shown.content
        assert "html" not in shown.headers["content-type"]


@covers("POST /api/files/upload", 201)
@covers("PATCH /api/profile", 200, "R4")
@covers("GET /api/files/avatar/:targetUserId", 200, "R4")
def test_an_image_among_the_files_becomes_the_avatar_by_the_profile(
    anna: Person, anyone: Person
) -> None:
    files = {"file": ("a.png", PNG, "image/png")}
    data = {"bucket": "avatars", "path": "avatar.png"}
    told = anna.post("/api/files/upload", files=files, data=data).json()

    anna.patch("/api/profile", json={"photo_url": told["downloadURL"]})

    assert public(anyone, anna).content == PNG


@covers("POST /api/profile/avatar", 200)
@covers("PATCH /api/profile", 403, "R3", "R4")
@covers("GET /api/files/avatar/:targetUserId", 200, 404, "R4")
def test_nobody_points_the_profile_to_anothers_object(
    anna: Person, ben: Person, anyone: Person
) -> None:
    told = post(anna, PNG, "me.png", "image/png").json()["file"]
    key, url = told["key"], anna.get("/api/profile").json()["profile"]["photo_url"]
    forms = (url, key, f"/{key}", f"{ben.target.api}{url}", url.replace("%2F", "%2f"))

    statuses = [ben.patch("/api/profile", json={"photo_url": one}).status_code for one in forms]

    assert set(statuses) <= {400, 403}
    assert statuses[0] == 403
    assert ben.get("/api/profile").json()["profile"]["photo_url"] is None
    assert public(anyone, ben).status_code == 404
    assert (ben.delete(AVATAR).status_code, public(anyone, anna).content) == (404, PNG)


@covers("POST /api/profile/avatar", 200)
@covers("DELETE /api/profile/avatar", "R3", "R4")
@covers("GET /api/files/avatar/:targetUserId", 200)
def test_an_avatar_is_not_deleted_by_a_photo_url_elsewhere(
    anna: Person, ben: Person, anyone: Person
) -> None:
    url = post(anna, PNG, "me.png", "image/png").json()["profile"]["photo_url"]
    ben.patch("/api/profile", json={"photo_url": f"https://elsewhere.example{url}"})

    ben.delete(AVATAR)

    assert public(anyone, anna).content == PNG
    assert anna.get(url).content == PNG


@covers("PATCH /api/profile", 200, 400, "R4")
def test_a_photo_may_be_elsewhere_or_none_but_no_script(anna: Person) -> None:
    urls = ("https://media.example.com/a.png", None)
    scripts = ("javascript:alert(1)", "data:text/html,<script>", " javascript:x", 7)

    taken = [anna.patch("/api/profile", json={"photo_url": one}).json() for one in urls]
    refused = [anna.patch("/api/profile", json={"photo_url": one}) for one in scripts]

    assert [one["profile"]["photo_url"] for one in taken] == list(urls)
    assert [one.status_code for one in refused] == [400] * 4
    assert anna.get("/api/profile").json()["profile"]["photo_url"] is None


@covers("POST /api/profile/avatar", 200, 400, "R1")
def test_five_mebibytes_are_an_avatar_and_not_a_byte_more(anna: Person) -> None:
    fitting = post(anna, PNG + bytes(5 * MEBIBYTE - len(PNG)), "me.png", "image/png")
    larger = post(anna, PNG + bytes(5 * MEBIBYTE - len(PNG) + 1), "me.png", "image/png")

    assert fitting.status_code == 200
    assert larger.status_code == 400
    told = anna.get("/api/profile").json()["profile"]["photo_url"]
    assert told == fitting.json()["profile"]["photo_url"]


@covers("POST /api/profile/avatar", 400, "R1")
def test_an_upload_without_an_avatar_is_told_so(anna: Person) -> None:
    answers = [
        anna.post(AVATAR, files={"file": ("me.png", PNG, "image/png")}),
        anna.post(AVATAR, content=PNG, headers={"content-type": "image/png"}),
        anna.post(AVATAR),
        anna.post(AVATAR, json={"avatar": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert {answer.json()["error"] for answer in answers} == {"No file provided"}
