"""Files from their upload to their end: kept for their owner, refused to everybody else."""

from collections.abc import Callable
from urllib.parse import unquote

import pytest

from e2e.files.samples import PAGE, PNG, resume_pdf
from e2e.files.stored import BUCKETS, download, link, of, stored, upload
from e2e.people import People, Person
from e2e.target import Json

rule = pytest.mark.rule
guards = pytest.mark.guards
needs = pytest.mark.needs
MEBIBYTE = 1 << 20


@rule("R1")
def test_files_are_there_on_another_device_and_go_one_by_one(anna: Person, people: People) -> None:
    kept = {bucket: stored(anna, bucket.encode(), "mine.pdf", bucket) for bucket in BUCKETS}
    elsewhere = people.again(anna)
    read = {bucket: elsewhere.get(told["downloadURL"]).content for bucket, told in kept.items()}

    deleted = elsewhere.delete(of(kept["resumes"]["key"]))

    assert read == {bucket: bucket.encode() for bucket in BUCKETS}
    assert (deleted.status_code, deleted.json()["key"]) == (200, kept["resumes"]["key"])
    left = {bucket: anna.get(told["downloadURL"]).status_code for bucket, told in kept.items()}
    assert left == {"avatars": 200, "resumes": 404, "exports": 200}
    # Nobody minds a second press of the button.
    assert anna.delete(of(kept["resumes"]["key"])).status_code == 200


@rule("R3")
@guards("r2:download", "r2:delete", "r2:signed-url")
def test_who_knows_the_key_of_anothers_file_gets_nothing_by_it(anna: Person, ben: Person) -> None:
    resume = resume_pdf()
    told = stored(anna, resume, "cv.pdf")
    foreign, unknown = told["key"], told["key"].replace("cv.pdf", "none.pdf")

    for method, path in (("GET", download), ("GET", signed), ("DELETE", of)):
        known, guessed = [ben.request(method, path(key)) for key in (foreign, unknown)]
        assert (known.status_code, guessed.status_code) == (403, 403)
        assert known.text == guessed.text
    mine = anna.get(told["downloadURL"])
    assert (mine.status_code, mine.content) == (200, resume)


def signed(key: str) -> str:
    return f"{of(key)}/signed-url"


@rule("R1")
def test_the_largest_file_passes_and_a_larger_one_leaves_it_as_it_was(
    anna: Person, anyone: Person
) -> None:
    largest = PNG + bytes(10 * MEBIBYTE - len(PNG))
    told = stored(anna, largest, "scan.png", kind="image/png")

    refused = upload(anna, b"x" + largest, "scan.png", kind="image/png")

    assert told["size"] == 10 * MEBIBYTE
    assert refused.status_code in (400, 413)
    opened = anyone.get(link(anna, told["key"]))
    assert (opened.status_code, opened.content == largest) == (200, True)


@rule("R4")
def test_a_photo_among_the_files_is_public_as_long_as_it_is_there(
    anna: Person, anyone: Person
) -> None:
    public = f"/api/files/avatar/{anna.id}"
    told = stored(anna, PNG, "portrait.png", "avatars", "image/png")
    before = anyone.get(public)

    changed = anna.patch("/api/profile", json={"photo_url": told["downloadURL"]})
    shown = anyone.get(public)
    anna.delete(of(told["key"]))

    assert (before.status_code, changed.status_code) == (404, 200)
    assert changed.json()["profile"]["photo_url"] == told["downloadURL"]
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert anyone.get(public).status_code == 404


@rule("R11")
@needs("applications", "exports")
def test_an_exported_letter_is_a_file_like_any_other(
    anna: Person, anyone: Person, make_application: Callable[..., Json]
) -> None:
    body = {"applicationId": make_application(anna)["id"]}
    exported = {kind: anna.post(f"/api/exports/{kind}", json=body) for kind in ("pdf", "text")}
    urls = {kind: answer.json()["downloadUrl"] for kind, answer in exported.items()}
    keys = {kind: unquote(url.rpartition("/")[2]) for kind, url in urls.items()}

    sent = anyone.get(link(anna, keys["pdf"]))
    deleted = anna.delete(of(keys["pdf"]))

    assert sent.content.startswith(b"%PDF-")
    assert deleted.status_code == 200
    left = {kind: anna.get(url).status_code for kind, url in urls.items()}
    assert left == {"pdf": 404, "text": 200}


@rule("R1")
@pytest.mark.parametrize(
    "name",
    ["Zoë's CV.pdf", "履歴書 2026.pdf", "100% C++ & #1?.pdf"],
    ids=["accents", "kanji", "signs"],
)
def test_a_name_in_any_script_makes_the_whole_way(anna: Person, anyone: Person, name: str) -> None:
    told = stored(anna, name.encode(), name)

    opened = anyone.get(link(anna, told["key"]))

    assert told["key"].endswith(f"/{name}")
    assert opened.content == anna.get(told["downloadURL"]).content == name.encode()
    assert opened.headers["content-disposition"].startswith("attachment")
    assert anna.delete(of(told["key"])).json()["key"] == told["key"]
    assert anna.get(told["downloadURL"]).status_code == 404


@rule("R1")
def test_an_upload_that_was_refused_works_once_it_is_mended(anna: Person) -> None:
    file = {"file": ("cv.pdf", resume_pdf(), "application/pdf")}
    path = "/api/files/upload"

    broken = [
        anna.post(path, data={"bucket": "resumes", "path": "cv.pdf"}),
        anna.post(path, files=file, data={"path": "cv.pdf"}),
        anna.post(path, files=file, data={"bucket": "secrets", "path": "cv.pdf"}),
        anna.post(path, json={"bucket": "resumes"}),
    ]
    missing = anna.get(download(f"users/{anna.id}/resumes/cv.pdf"))
    told = stored(anna, resume_pdf(), "cv.pdf")

    for answer in broken:
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert missing.status_code == 404
    assert anna.get(told["downloadURL"]).status_code == 200


def test_a_page_that_somebody_uploads_is_handed_over_and_never_shown(
    anna: Person, anyone: Person
) -> None:
    told = stored(anna, PAGE, "me.html", "avatars", "text/html")

    answers = [anna.get(told["downloadURL"]), anyone.get(link(anna, told["key"]))]

    for answer in answers:
        assert (answer.status_code, answer.content) == (200, PAGE)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
