"""Leaks of files: keys of others, avatars and signed addresses."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from tests.jobmatch.leaks.scene import PICTURE, Probe, Scene, made, still_has, uploaded

DOWNLOAD = "/api/files/download/"
SCRIPT = b"<script>alert(1)</script>"


def downloads(scene: Scene) -> bool:
    return still_has(scene.ben, uploaded(scene.anna, "resumes", "cv.txt"))


def deletes(scene: Scene) -> bool:
    key = uploaded(scene.anna, "resumes", "cv.txt")
    scene.ben.delete(f"/api/files/{key}")
    return not still_has(scene.anna, key)


def deletes_a_resume(scene: Scene) -> bool:
    key = uploaded(scene.anna, "resumes", "cv.txt")
    scene.ben.delete(f"/api/resume/{key}")
    return not still_has(scene.anna, key)


def signs(scene: Scene) -> bool:
    key = uploaded(scene.anna, "resumes", "cv.txt")
    return scene.ben.get(f"/api/files/{key}/signed-url").status_code == 200


def parses(scene: Scene) -> bool:
    key = uploaded(scene.anna, "resumes", "cv.png", PICTURE)
    body = {"storagePath": unquote(key)}
    return scene.ben.post("/api/resume/parse", json=body).status_code == 200


def deletes_an_avatar(scene: Scene) -> bool:
    """By a photo that is said to be elsewhere and has the path of another's object."""
    key = uploaded(scene.anna, "avatars", "avatar.png", PICTURE)
    url = f"https://elsewhere.example{DOWNLOAD}{key}"
    made(scene.ben.patch("/api/profile", json={"photo_url": url}))
    made(scene.ben.delete("/api/profile/avatar"))
    return not still_has(scene.anna, key)


def shows_a_script(scene: Scene) -> bool:
    avatar = ("me.png", SCRIPT, "text/html")
    scene.ben.post("/api/profile/avatar", files={"avatar": avatar})
    shown = scene.people.anyone().get(f"/api/files/avatar/{scene.ben.id}")
    return shown.content == SCRIPT


def shows_a_photo(scene: Scene) -> bool:
    key = uploaded(scene.anna, "avatars", "private.png", PICTURE)
    scene.ben.patch("/api/profile", json={"photo_url": unquote(key)})
    shown = scene.people.anyone().get(f"/api/files/avatar/{scene.ben.id}")
    return shown.content == PICTURE


def signed_path(scene: Scene, seconds: int) -> tuple[str, str]:
    """A signed address of a file of Anna's, without its host, and when it expires."""
    key = uploaded(scene.anna, "resumes", "cv.txt")
    told = made(scene.anna.get(f"/api/files/{key}/signed-url?expiresIn={seconds}"))
    parts = urlsplit(told["signedUrl"])
    return f"{parts.path}?{parts.query}", str(told["expiresAt"])


def opens_unsigned(scene: Scene) -> bool:
    path, _ = signed_path(scene, 60)
    last = "0" if path[-1] != "0" else "1"
    return scene.people.anyone().get(path[:-1] + last).status_code == 200


def opens_late(scene: Scene) -> bool:
    anyone = scene.people.anyone()
    path, expires = signed_path(scene, 1)
    # By the Worker's own clock, which costs no quota to look at.
    while anyone.get("/health").json()["timestamp"] <= expires:
        pass
    return anyone.get(path).status_code == 200


def probes() -> Iterator[tuple[str, Probe]]:
    yield "r2:download", downloads
    yield "r2:delete", deletes
    yield "r2:resume-delete", deletes_a_resume
    yield "r2:signed-url", signs
    yield "r2:parse", parses
    yield "r2:avatar-delete", deletes_an_avatar
    yield "r2:avatar-type", shows_a_script
    yield "body:photo-url", shows_a_photo
    yield "signed-url:signature", opens_unsigned
    yield "signed-url:expiry", opens_late
