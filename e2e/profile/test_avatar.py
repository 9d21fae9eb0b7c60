"""A photo: everybody sees it, its owner alone sets it and takes it away."""

import httpx
import pytest

from e2e.files.samples import GIF, PAGE, PNG, SVG
from e2e.files.stored import download, stored
from e2e.people import Person
from e2e.profile.career import profile

rule = pytest.mark.rule
guards = pytest.mark.guards
needs = pytest.mark.needs
AVATAR = "/api/profile/avatar"


def post(
    person: Person, content: bytes, name: str = "me.png", kind: str = "image/png"
) -> httpx.Response:
    return person.post(AVATAR, files={"avatar": (name, content, kind)})


def public(anyone: Person, owner: Person) -> httpx.Response:
    return anyone.get(f"/api/files/avatar/{owner.id}")


def shown(anyone: Person, owner: Person) -> tuple[int, bytes, str]:
    answer = public(anyone, owner)
    return answer.status_code, answer.content, answer.headers["content-type"]


@rule("R4")
@needs("files")
def test_a_photo_is_set_seen_replaced_and_really_removed(
    anna: Person, ben: Person, anyone: Person
) -> None:
    first = post(anna, PNG)
    seen = shown(anyone, anna)
    second = post(anna, GIF, "me.gif", "image/gif")
    url = second.json()["profile"]["photo_url"]

    assert (first.status_code, seen) == (200, (200, PNG, "image/png"))
    assert (second.status_code, shown(anyone, anna)) == (200, (200, GIF, "image/gif"))
    assert (anna.get(url).content, ben.get(url).status_code) == (GIF, 403)
    # Ben has none: his pressing the button takes nobody's.
    assert (ben.delete(AVATAR).status_code, profile(anna)["photo_url"]) == (404, url)
    assert anna.delete(AVATAR).status_code == 200
    assert (public(anyone, anna).status_code, anna.get(url).status_code) == (404, 404)
    assert (profile(anna)["photo_url"], anna.delete(AVATAR).status_code) == (None, 404)


@rule("R4")
@guards("r2:avatar-type")
def test_nothing_but_an_image_takes_the_place_of_a_photo(anna: Person, anyone: Person) -> None:
    photo = post(anna, PNG).json()["profile"]["photo_url"]

    refused = [
        post(anna, PAGE),
        post(anna, PAGE, "me.png", "text/html"),
        post(anna, PAGE, "me.html", "text/html"),
        post(anna, SVG, "me.png", "image/svg+xml"),
        post(anna, SVG, "me.svg", "image/svg+xml"),
    ]

    for answer in refused:
        assert answer.status_code == 400
    assert shown(anyone, anna) == (200, PNG, "image/png")
    assert profile(anna)["photo_url"] == photo
    # What the bytes are counts, whatever they are called.
    post(anna, GIF, "me.gif", "text/html")
    assert b"script" not in public(anyone, anna).content
    assert public(anyone, anna).headers["content-type"] in ("image/png", "image/gif")


@rule("R4")
@needs("files")
@guards("r2:avatar-type")
def test_a_page_among_the_files_is_never_shown_as_a_photo(anna: Person, anyone: Person) -> None:
    told = stored(anna, PAGE, "avatar.png", "avatars", "text/html")
    before = public(anyone, anna)

    answer = anna.patch("/api/profile", json={"photo_url": told["downloadURL"]})
    after = public(anyone, anna)

    assert answer.status_code in (200, 400)
    assert (after.status_code, before.status_code) == (404, 404)
    assert anna.get(told["downloadURL"]).content == PAGE


@rule("R3", "R4")
@needs("files")
@guards("body:photo-url")
def test_nobody_shows_anothers_private_picture_as_their_own(
    anna: Person, ben: Person, anyone: Person
) -> None:
    key = stored(anna, PNG, "private.png", "avatars", "image/png")["key"]
    unknown = key.replace("private", "none")

    for form in (download, str):
        bodies = [{"photo_url": form(one)} for one in (key, unknown)]
        known, guessed = [ben.patch("/api/profile", json=body) for body in bodies]
        assert (known.status_code, guessed.status_code) == (403, 403)
        assert known.text == guessed.text
    assert profile(ben)["photo_url"] is None
    assert public(anyone, ben).status_code == 404
    assert anna.get(download(key)).content == PNG


@rule("R4")
@needs("files")
@guards("r2:avatar-delete")
def test_removing_a_photo_from_elsewhere_takes_nobodys_picture(
    anna: Person, ben: Person, anyone: Person
) -> None:
    url = post(anna, PNG).json()["profile"]["photo_url"]

    said = ben.patch("/api/profile", json={"photo_url": f"https://media.example.com{url}"})
    removed = ben.delete(AVATAR)

    assert said.status_code in (200, 400, 403)
    assert removed.status_code == (200 if said.status_code == 200 else 404)
    assert profile(ben)["photo_url"] is None
    assert shown(anyone, anna) == (200, PNG, "image/png")
    assert anna.get(url).content == PNG
