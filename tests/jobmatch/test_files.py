"""Files: uploaded, read, deleted; each in its owner's folder (§3.10, R3)."""

from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from e2e.people import Person
from e2e.target import Json
from tests.jobmatch.images import HTML

covers = pytest.mark.covers
MEBIBYTE = 1 << 20
FOLDERS = {"avatars": "profile", "resumes": "resumes", "exports": "exports"}


def upload(
    person: Person,
    content: bytes = b"hello",
    name: str = "cv.pdf",
    content_type: str = "application/pdf",
    **fields: str,
) -> httpx.Response:
    files = {"file": (name, content, content_type)}
    return person.post("/api/files/upload", files=files, data={"bucket": "resumes", **fields})


def uploaded(person: Person, *args: Any, **fields: Any) -> Json:
    answer = upload(person, *args, **fields)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


def escaped(key: str) -> str:
    return quote(key, safe="")


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200)
def test_an_uploaded_file_comes_back_as_it_was(anna: Person) -> None:
    content = bytes(range(256)) * 40

    told = uploaded(anna, content, "my cv.pdf", path="cv.pdf")

    key = f"users/{anna.id}/resumes/cv.pdf"
    assert (told["key"], told["size"]) == (key, len(content))
    assert told["downloadURL"] == f"/api/files/download/{escaped(key)}"
    assert told["fullPath"]
    assert told["uploadedAt"]
    answer = anna.get(told["downloadURL"])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert answer.headers["content-disposition"] == 'attachment; filename="cv.pdf"'


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200)
def test_every_bucket_has_its_folder_whatever_its_case(anna: Person) -> None:
    for bucket, folder in FOLDERS.items():
        for name in (bucket, bucket.upper()):
            told = uploaded(anna, name.encode(), bucket=name, path=f"{name}.bin")
            assert told["key"] == f"users/{anna.id}/{folder}/{name}.bin"
            assert anna.get(told["downloadURL"]).content == name.encode()


@covers("POST /api/files/upload", 201)
def test_without_a_path_the_name_is_kept_behind_the_time(anna: Person) -> None:
    key = uploaded(anna, name="cv.pdf")["key"]

    stamp, _, name = key.removeprefix(f"users/{anna.id}/resumes/").partition("_")
    assert stamp.isdigit()
    assert name == "cv.pdf"


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200)
def test_an_empty_file_is_a_file(anna: Person) -> None:
    told = uploaded(anna, b"", path="empty")

    answer = anna.get(told["downloadURL"])
    assert (told["size"], answer.status_code, answer.content) == (0, 200, b"")


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200)
def test_the_same_path_again_replaces_the_file(anna: Person) -> None:
    uploaded(anna, b"one", path="same")
    told = uploaded(anna, b"two", path="same")

    assert anna.get(told["downloadURL"]).content == b"two"


@covers("POST /api/files/upload", 201, 400, "R1")
def test_ten_mebibytes_are_taken_and_not_a_byte_more(anna: Person) -> None:
    told = uploaded(anna, b"x" * (10 * MEBIBYTE), path="large")
    larger = upload(anna, b"x" * (10 * MEBIBYTE + 1), path="larger")

    assert told["size"] == 10 * MEBIBYTE
    assert (larger.status_code, larger.json()["error"]) == (400, "File too large")
    assert larger.json()["message"]
    key = f"users/{anna.id}/resumes/larger"
    assert anna.get(f"/api/files/download/{escaped(key)}").status_code == 404


@covers("POST /api/files/upload", 400, "R1")
def test_what_an_upload_lacks_is_named(anna: Person) -> None:
    file = {"file": ("cv.pdf", b"x", "application/pdf")}
    post = anna.post
    answers = {
        "No file provided": post(
            "/api/files/upload", files={"other": ("a", b"x")}, data={"bucket": "resumes"}
        ),
        "Bucket name required": post("/api/files/upload", files=file),
        "Invalid bucket name": post("/api/files/upload", files=file, data={"bucket": "secrets"}),
    }

    told = {error: (one.status_code, one.json()["error"]) for error, one in answers.items()}
    assert told == {error: (400, error) for error in answers}


NAMES = [
    "Lebenslauf für Zoë.pdf",
    "日本語.pdf",
    "🏥.pdf",
    "a b+c&d=e?f#g%2Fh.pdf",
    "..",
    "../../other/resumes/x.pdf",
    'quo"te.pdf',
    "back\\slash.pdf",
    "semi;colon.pdf",
    "x" * 200 + ".pdf",
]


@covers("POST /api/files/upload", 201, "R1")
@covers("GET /api/files/download/:key", 200)
def test_odd_paths_are_names_in_ones_own_folder(anna: Person) -> None:
    for name in NAMES:
        told = uploaded(anna, name.encode(), path=name)
        assert told["key"].startswith(f"users/{anna.id}/resumes/"), name
        answer = anna.get(told["downloadURL"])
        assert (answer.status_code, answer.content) == (200, name.encode()), name
        assert answer.headers["content-disposition"].startswith("attachment"), name


@covers("POST /api/files/upload", "R1", "R2")
def test_impossible_paths_are_refused_or_mended(anna: Person) -> None:
    for path in ("nul\0byte", "line\r\nX-Evil: 1", "x" * 2000, "\ud800".encode("utf-8", "replace")):
        answer = anna.post(
            "/api/files/upload",
            files={"file": ("a.pdf", b"x", "application/pdf")},
            data={"bucket": "resumes", "path": path},
        )
        assert answer.status_code in (201, 400), (path, answer.text)
        if answer.status_code == 201:
            read = anna.get(answer.json()["downloadURL"])
            assert read.status_code == 200, path
            assert "x-evil" not in read.headers


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200)
def test_a_page_that_somebody_uploaded_is_downloaded_not_shown(anna: Person) -> None:
    told = uploaded(anna, HTML, "x.html", "text/html", path="x.html")

    headers = anna.get(told["downloadURL"]).headers
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"


@covers("DELETE /api/files/:key", 200)
@covers("GET /api/files/download/:key", 404)
def test_a_deleted_file_is_gone_and_deleting_it_again_is_fine(anna: Person) -> None:
    told = uploaded(anna)
    path = f"/api/files/{escaped(told['key'])}"

    answers = [anna.delete(path), anna.delete(path)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["key"] == told["key"]
    gone = anna.get(told["downloadURL"])
    assert (gone.status_code, gone.json()["error"]) == (404, "File not found")


def keys_of_others(person: Person, other: Person) -> list[str]:
    """None of them lies in the person's folder."""
    return [
        f"users/{other.id}/resumes/cv.pdf",
        f"users/{other.id}/resumes/unknown.pdf",
        f"users/{other.id}/profile/unknown.png",
        f"users/{person.id}x/resumes/cv.pdf",
        f"users/{person.id.upper()}/resumes/cv.pdf" if person.id != person.id.upper() else "x",
        f"/users/{person.id}/resumes/cv.pdf",
        f"xusers/{person.id}/resumes/cv.pdf",
        f"users//{person.id}/resumes/cv.pdf",
        f"users/{other.id}/resumes/users/{person.id}/resumes/cv.pdf",
        "users/",
        "resumes/cv.pdf",
        "\0",
        "é" * 200,
        f"users/{escaped(f'{person.id}/resumes/cv.pdf')}",
    ]


@covers("GET /api/files/download/:key", 200, 403, "R3")
@covers("DELETE /api/files/:key", 403, "R3")
@covers("GET /api/files/:key/signed-url", 403, "R3")
def test_keys_outside_ones_own_folder_are_refused(anna: Person, ben: Person) -> None:
    told = uploaded(anna, b"secret", path="cv.pdf")

    for key in keys_of_others(ben, anna):
        for method, path in (
            ("GET", f"/api/files/download/{escaped(key)}"),
            ("DELETE", f"/api/files/{escaped(key)}"),
            ("GET", f"/api/files/{escaped(key)}/signed-url"),
        ):
            answer = ben.request(method, path)
            assert answer.status_code == 403, (method, key, answer.text)
            assert answer.json()["error"] == "Access denied"

    assert anna.get(told["downloadURL"]).content == b"secret"


@covers("GET /api/files/download/:key", 200, "R3")
def test_a_path_with_dots_reaches_nobody_else(anna: Person, ben: Person) -> None:
    told = uploaded(anna, b"secret", path="cv.pdf")
    for middle in ("..", "%2e%2e", "..%2f..%2fusers"):
        for slash in ("%2F", "%2f", "%252F", "/"):
            key = slash.join(("users", ben.id, middle, anna.id, "resumes", "cv.pdf"))
            answers = [ben.get(f"/api/files/download/{key}"), ben.delete(f"/api/files/{key}")]
            assert all(b"secret" not in one.content for one in answers), key
            assert all(one.status_code < 500 for one in answers), key

    assert anna.get(told["downloadURL"]).content == b"secret"


@covers("GET /api/files/download/:key", 400)
@covers("DELETE /api/files/:key", 400)
@covers("GET /api/files/:key/signed-url", 400)
def test_ones_own_key_in_no_folder_is_no_path(anna: Person) -> None:
    for rest in ("other/x.pdf", "x.pdf", ""):
        key = escaped(f"users/{anna.id}/{rest}")
        answers = [
            anna.get(f"/api/files/download/{key}"),
            anna.delete(f"/api/files/{key}"),
            anna.get(f"/api/files/{key}/signed-url"),
        ]
        told = [(answer.status_code, answer.json()["error"]) for answer in answers]
        assert told == [(400, "Invalid file path")] * 3, rest


@covers("GET /api/files/download/:key", 404)
@covers("GET /api/files/:key/signed-url", 404)
def test_a_file_that_is_not_there_is_not_found(anna: Person) -> None:
    key = escaped(f"users/{anna.id}/resumes/none.pdf")
    paths = (f"/api/files/download/{key}", f"/api/files/{key}/signed-url")

    answers = [anna.get(path) for path in paths]

    told = [(answer.status_code, answer.json()["error"]) for answer in answers]
    assert told == [(404, "File not found")] * 2


@covers("POST /api/files/upload", 201)
def test_a_key_with_bare_slashes_is_no_route(anna: Person) -> None:
    told = uploaded(anna)

    answer = anna.get(unquote(told["downloadURL"]))

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
