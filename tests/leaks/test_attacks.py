"""How attacks are aimed, forged and judged, without an API."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from emulator.leaks.attacks.aiming import aims_of, guesses_of, put, texts
from emulator.leaks.attacks.betraying import engine_text, injected, rule_of, runs_markup, strings
from emulator.leaks.attacks.bodies import malformed
from emulator.leaks.attacks.content import problem_of
from emulator.leaks.attacks.forging import Known, forged
from emulator.leaks.attacks.paths import tricks
from emulator.leaks.calls import Call, Slot
from emulator.leaks.observations import Request, Severity
from emulator.leaks.routes import Route
from emulator.leaks.settings import Spec
from emulator.leaks.wire import Exchange

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())), "kid": "one"}
SECRET = "of-this-project-and-long-enough-for-it"
NOSNIFF = {"x-content-type-options": "nosniff"}
JSON = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def answer(body: str, kind: str = "application/json") -> Exchange:
    return with_headers(body, {"content-type": kind})


def with_headers(body: str, headers: Mapping[str, str]) -> Exchange:
    asked = Request("GET", "http://api.example/")
    return Exchange(asked, 200, tuple(headers.items()), body.encode(), 0.0)


def test_every_text_of_a_route_is_aimed_at() -> None:
    route = Route("POST", "/shops/:shop/orders")
    body = {"name": "{marker}", "lines": [{"sku": "{id:sku}", "count": 2}], "note": "as it is"}
    spec = Spec(route, {"shop": "shop"}, {"q": "{term}"}, body)

    aims = list(aims_of(spec))

    wheres = ["path shop", "query q", "body name", "body lines.0.sku", "body note"]
    assert [aim.where for aim in aims] == wheres
    assert [aim.kind for aim in aims] == ["shop", "", "", "sku", ""]
    assert [aim.is_search for aim in aims] == [False, True, False, False, False]


def test_a_text_stands_in_the_hole_of_its_template() -> None:
    spec = Spec(Route("POST", "/people/:id"), body={"mail": "{marker}@example.com"})
    path, mail = aims_of(spec)

    assert path.loaded("x' --") == (spec, {Slot("path", "id", ""): "x' --"})
    assert mail.loaded("x' --")[0].body == {"mail": "x' --@example.com"}


def test_lists_are_tried_with_parameters_that_they_do_not_tell_of() -> None:
    known = Spec(Route("GET", "/notes"), query={"search": "{term}"})

    assert "search" not in [aim.steps[0] for aim in guesses_of(known)]
    assert "sort" in [aim.steps[0] for aim in guesses_of(known)]
    assert guesses_of(Spec(Route("GET", "/notes/:id"))) == ()


@given(JSON)
def test_each_text_of_a_body_can_be_replaced_alone(body: Any) -> None:
    before = json.dumps(body)

    for steps, _ in texts(body):
        changed = put(body, steps, 7)
        assert put(changed, steps, at(body, steps)) == body
        assert at(changed, steps) == 7
    assert json.dumps(body) == before


def at(node: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        node = node[step]
    return node


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('D1_ERROR: near "x": syntax error at offset 3: SQLITE_ERROR', "attack/sql-injection"),
        ('D1_ERROR: fts5: syntax error near ""', "attack/fts-syntax"),
        ("unterminated string", "attack/fts-syntax"),
        ("Traceback (most recent call last)", "attack/engine-text"),
        ("at handler (file:///worker/index.js:12:3)", "attack/engine-text"),
        ("/home/app/src/main.py", "attack/engine-text"),
    ],
)
def test_words_of_an_engine_are_seen(text: str, rule: str) -> None:
    told = answer(json.dumps({"error": text}))

    assert rule_of(engine_text(told, "")) == rule


def test_words_of_the_request_itself_are_no_engines() -> None:
    text = 'no such table "x"'
    told = answer(json.dumps({"found": text}))

    assert engine_text(told, text) == ""
    assert engine_text(told, "") != ""
    assert engine_text(answer("D1_ERROR", "image/png"), "") == ""


def test_markup_runs_in_pages_alone() -> None:
    page = "<html><script>cftwin(1)</script></html>"

    assert runs_markup(answer(page, "text/html; charset=utf-8"))
    assert not runs_markup(answer(page))
    assert not runs_markup(answer("&lt;script>cftwin(1)", "text/html"))
    assert injected(with_headers("", {"x-cftwin-injected": "yes"}))


def test_texts_are_found_in_json_within_json() -> None:
    told = {"job": {"title": "a", "skills": json.dumps(["b", {"name": "c"}]), "note": "[d"}}

    assert {"a", "b", "c", "[d"} <= set(strings(told))


@pytest.mark.parametrize(
    ("headers", "severity"),
    [
        ({"content-type": "text/html", **NOSNIFF}, Severity.ERROR),
        ({"content-type": "image/svg+xml", **NOSNIFF}, Severity.ERROR),
        ({"content-type": "image/svg+xml", "content-security-policy": "sandbox", **NOSNIFF}, None),
        ({"content-type": "text/html", "content-disposition": "attachment", **NOSNIFF}, None),
        ({"content-type": "text/html", "content-disposition": "attachment"}, Severity.NOTE),
        ({"content-type": "image/png"}, Severity.WARNING),
        ({"content-type": "image/png", **NOSNIFF}, None),
        ({"content-disposition": 'attachment; filename="a"; filename=evil.html', **NOSNIFF},
         Severity.WARNING),
        ({"content-disposition": 'attachment; filename="a; filename=evil.html"', **NOSNIFF}, None),
    ],
)  # fmt: skip
def test_what_a_browser_may_run_is_told_by_the_headers(
    headers: dict[str, str], severity: Severity | None
) -> None:
    problem = problem_of(with_headers("x", headers))

    assert (problem and problem[0]) == severity


def test_no_forged_token_is_good_and_all_of_them_differ() -> None:
    token = jwt.encode({"sub": "anna", "exp": 4_000_000_000}, SECRET, "HS256")
    anon = jwt.encode({"role": "anon"}, SECRET, "HS256")

    tokens = list(forged(token, Known([PUBLIC], anon, "service")))

    assert len({one.name for one in tokens}) == len(tokens)
    assert [one.name for one in tokens if is_believed(one.token)] == []


def is_believed(token: str) -> bool:
    """By a verifier as it should be."""
    try:
        return jwt.decode(token, SECRET, ["HS256"]).get("sub") == "anna"
    except jwt.InvalidTokenError:
        return False


def test_a_public_key_is_tried_as_a_secret_in_each_of_its_forms() -> None:
    token = jwt.encode({"sub": "anna"}, KEY, "ES256", {"kid": "one"})

    names = [one.name for one in forged(token, Known([PUBLIC]))]

    assert [name for name in names if "public key" in name] == [
        f"HS256 by public key 0 as {form}" for form in ("JSON", "PEM", "DER")
    ]


def test_bodies_are_malformed_where_serving_them_is_wrong() -> None:
    plain = json.dumps({"text": "plainword"}).encode()

    broken = [one for one in malformed(plain) if one.rule == "attack/malformed-body"]

    assert [one.name for one in broken if is_object(one.data)] == []
    assert len(broken) > 5


def is_object(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data.decode("utf-8"), parse_constant=refused), dict)
    except ValueError:
        return False


def refused(constant: str) -> Any:
    raise ValueError(constant)


def test_an_altered_path_never_names_another_host() -> None:
    for target in ("/notes", "/api/notes?limit=1"):
        for _, call in tricks(Call("GET", target)):
            assert call.target.startswith("/")
            assert call.target.endswith(target.partition("?")[2])
