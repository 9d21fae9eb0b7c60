"""Leaks of everything else: search, caches, sessions, ids in bodies, counters."""

from collections.abc import Iterator
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

from e2e.people import Person
from tests.jobmatch.leaks.rows import APPLICATION, POSITION
from tests.jobmatch.leaks.scene import Probe, Scene, made

# A write to the index is seen a moment later.
TRIES = 50
CROWD = 6


def a_job(person: Person, title: str = "Engineer") -> str:
    body = {"title": title, "company": "Northwind"}
    return str(made(person.post("/api/jobs", json=body), "job")["id"])


def titles(person: Person, query: str, kind: str, limit: int = 20) -> list[str]:
    body = {"query": query, "searchType": kind, "limit": limit}
    return [job["title"] for job in made(person.post("/api/jobs/search", json=body))["jobs"]]


def owns_what_another_made(scene: Scene) -> bool:
    made(scene.anna.get("/api/profile"))
    scene.ben.post("/api/skills", json={"name": "planted", "user_id": scene.anna.id})
    return bool(scene.anna.get("/api/skills").json()["skills"])


def finds_by_word(scene: Scene) -> bool:
    return finds(scene, "hybrid")


def finds_by_meaning(scene: Scene) -> bool:
    return finds(scene, "semantic")


def finds(scene: Scene, kind: str) -> bool:
    title = f"Zoologist {token_hex(4)}"
    a_job(scene.anna, title)
    seen(scene.anna, title, kind)
    return title in titles(scene.ben, title, kind)


def seen(person: Person, title: str, kind: str) -> bool:
    return any(title in titles(person, title, kind) for _ in range(TRIES))


def is_pushed_out(scene: Scene) -> bool:
    """Nearer vectors of another leave no room for one's own."""
    word = f"Zoologist{token_hex(4)}"
    a_job(scene.ben, "Care Assistant")
    for _ in range(CROWD):
        a_job(scene.anna, word)
    seen(scene.anna, word, "semantic")
    tries = (titles(scene.ben, word, "semantic", limit=1) for _ in range(TRIES))
    return not any("Care Assistant" in found for found in tries)


def shares_an_analysis(scene: Scene) -> bool:
    title = f"Zoologist {token_hex(4)}"
    for person in (scene.anna, scene.ben):
        made(person.post("/api/profile/work-experience", json=POSITION), "experience")
        told = made(person.post(f"/api/jobs/{a_job(person, title)}/analyze"))
    return bool(told["cached"])


def reads_an_analysis(scene: Scene) -> bool:
    made(scene.anna.post("/api/profile/work-experience", json=POSITION), "experience")
    path = f"/api/jobs/{a_job(scene.anna)}/analyze"
    made(scene.anna.post(path))
    return scene.ben.post(path).status_code == 200


def uses_a_job(scene: Scene) -> bool:
    title = f"Zoologist {token_hex(4)}"
    body = {"jobId": a_job(scene.anna, title)}
    return title in scene.ben.post("/api/tracked-applications", json=body).text


def cleans_up(scene: Scene) -> bool:
    return scene.ben.post("/api/jobs/cleanup?daysOld=36500").status_code == 200


def session_of(person: Person) -> str:
    listed = person.get("/api/sessions").json()["sessions"]
    return str(next(one["id"] for one in listed if one["current"]))


def lists_sessions(scene: Scene) -> bool:
    return session_of(scene.anna) in scene.ben.get("/api/sessions").text


def revokes_a_session(scene: Scene) -> bool:
    scene.ben.delete(f"/api/sessions/{session_of(scene.anna)}")
    return scene.anna.get("/api/skills").status_code == 401


def writes_to_a_profile(scene: Scene) -> bool:
    """With a state of one's own, and another's id beside it."""
    before = made(scene.anna.get("/api/profile"), "profile")
    url = urlsplit(made(scene.ben.get("/api/auth/linkedin/initiate"))["authUrl"])
    page = f"/_outside/{url.netloc}{url.path}?{url.query}"
    form = {"given_name": "Mallory", "family_name": "M", "email": "mallory@example.com"}
    location = scene.control.post(page, data=form).headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    callback = {**asked, "userId": scene.anna.id}
    answer = scene.people.anyone().get("/api/auth/linkedin/callback", params=callback)
    assert "linkedin=success" in answer.headers["location"], answer.headers["location"]
    return made(scene.anna.get("/api/profile"), "profile") != before


def exports(scene: Scene) -> bool:
    body = {"applicationId": APPLICATION(scene, scene.anna)}
    return scene.ben.post("/api/exports/text", json=body).status_code == 200


def mails(scene: Scene) -> bool:
    body = {"applicationId": APPLICATION(scene, scene.anna), "recipientEmail": "b@example.com"}
    return scene.ben.post("/api/emails/send", json=body).status_code == 200


def shares_a_counter(scene: Scene) -> bool:
    left = [
        int(person.post("/api/exports/pdf").headers["x-ratelimit-remaining"])
        for person in (scene.anna, scene.ben)
    ]
    return left[0] != left[1]


def probes() -> Iterator[tuple[str, Probe]]:
    yield "insert:owner", owns_what_another_made
    yield "search:keyword", finds_by_word
    yield "search:vector", finds_by_meaning
    yield "search:late-filter", is_pushed_out
    yield "cache:analysis-key", shares_an_analysis
    yield "cache:before-check", reads_an_analysis
    yield "body:job-id", uses_a_job
    yield "admin:gate", cleans_up
    yield "sessions:list", lists_sessions
    yield "sessions:revoke", revokes_a_session
    yield "oauth:state", writes_to_a_profile
    yield "export:application", exports
    yield "email:application", mails
    yield "limits:shared", shares_a_counter
