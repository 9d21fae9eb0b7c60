"""Scripted answers: which rule answers, how often, with what; and what is no rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Settings, Twin
from emulator.ai.errors import InvalidRule, NoSuchRule, ScriptedError, TooManyRules
from emulator.ai.limits import MAX_RULES
from emulator.ai.rule_spec import read_rules, specs_of
from emulator.ai.rules import Rules
from emulator.core.ids import Ids


def rules_of(*rows: dict[str, Any]) -> Rules:
    rules = Rules(Ids(seed=1))
    rules.add(specs_of(list(rows)))
    return rules


def said(
    rules: Rules, prompt: str = "Hi", model: str = "@cf/meta/llama", provider: str = ""
) -> Any:
    rule = rules.find(provider or "workers-ai", model, prompt)
    return rule and rule.draft().text


def test_the_first_rule_that_matches_answers() -> None:
    rules = rules_of({"prompt": "cat", "answer": "meow"}, {"answer": "hm"})

    assert (said(rules, "a Cat!"), said(rules, "a dog")) == ("meow", "hm")


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"model": "@cf/meta/*"}, True),
        ({"model": "@cf/qwen/*"}, False),
        ({"provider": "workers-ai"}, True),
        ({"provider": "openai"}, False),
        ({"pattern": "^what .* weather"}, True),
        ({"pattern": "^weather"}, False),
        ({"pattern": "(?i)WEATHER"}, True),
        ({"prompt": "WEATHER"}, True),
        ({"prompt": "weather", "pattern": "cat"}, False),
    ],
)
def test_a_rule_matches_all_that_it_names(rule: dict[str, Any], matches: bool) -> None:
    rules = rules_of({**rule, "answer": "yes"})

    assert said(rules, "what is the weather") == ("yes" if matches else None)


def test_a_rule_answers_so_many_times_and_then_the_next() -> None:
    rules = rules_of({"answer": "one", "times": 1}, {"answer": "two", "times": 2}, {"answer": "on"})

    assert [said(rules) for _ in range(5)] == ["one", "two", "two", "on", "on"]
    assert [rule.used for rule in rules.all()] == [1, 2, 2]


def test_an_answer_may_be_json_in_chunks_or_a_call() -> None:
    rules = rules_of(
        {"json": {"a": [1]}, "times": 1},
        {"chunks": ["x", "y"], "times": 1},
        {"tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
    )

    assert json.loads(said(rules)) == {"a": [1]}
    found = rules.find("workers-ai", "m", "")
    assert found is not None
    assert found.draft().chunks == ("x", "y")
    last = rules.find("workers-ai", "m", "")
    assert last is not None
    assert (last.draft().tool_calls[0].name, last.draft().reason) == ("f", "tool_calls")


def test_an_error_is_raised_as_it_is_written() -> None:
    rules = rules_of({"error": {"code": 3007, "status": 408, "message": "too slow"}})

    with pytest.raises(ScriptedError, match="^AiError: too slow$") as refusal:
        said(rules)

    assert (refusal.value.code, refusal.value.status) == (3007, 408)


def test_a_known_id_takes_the_rules_place() -> None:
    rules = rules_of({"id": "a", "answer": "old"}, {"answer": "other"})

    rules.add(specs_of({"id": "a", "answer": "new"}))

    assert [rule.spec.answer for rule in rules.all()] == ["new", "other"]


def test_rules_are_replaced_removed_and_cleared() -> None:
    rules = rules_of({"id": "a", "answer": "1"})

    rules.replace(specs_of([{"id": "b", "answer": "2"}, {"id": "c", "answer": "3"}]))
    rules.remove("b")
    assert [rule.id for rule in rules.all()] == ["c"]
    with pytest.raises(NoSuchRule):
        rules.remove("b")
    rules.clear()

    assert rules.all() == ()


def test_there_is_an_end_to_rules() -> None:
    rules = rules_of()

    with pytest.raises(TooManyRules):
        rules.add(specs_of([{"answer": ""}] * (MAX_RULES + 1)))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "a rule has one of"),
        ({"answer": 7}, "answer: Input should be a valid string"),
        ({"answer": "a", "moedl": "x"}, "moedl: Extra inputs are not permitted"),
        ({"answer": "a", "times": 0}, "times:"),
        ({"answer": "a", "delay_seconds": -1}, "delay_seconds:"),
        ({"answer": "a", "delay_seconds": 1e9}, "delay_seconds:"),
        ({"answer": "a", "pattern": "("}, "not a regular expression"),
        ({"answer": "a", "pattern": "(?=a)"}, "not a regular expression"),
        ({"answer": "a", "pattern": r"(a)\1"}, "not a regular expression"),
        ({"answer": "a", "error": {}}, "a rule with error has no other answer"),
        ({"error": {"status": 200}}, "error.status:"),
        ({"json": 10**30}, "exceeds"),
        (7, "valid dictionary"),
    ],
)
def test_what_is_no_rule_is_refused(row: Any, reason: str) -> None:
    with pytest.raises(InvalidRule, match=r"^Invalid rule: ") as refusal:
        specs_of([row])

    assert reason in str(refusal.value)


@pytest.mark.timeout(5)
def test_a_hostile_pattern_cannot_hang() -> None:
    rules = rules_of({"pattern": "(a+)+$", "answer": "never"})

    assert said(rules, "a" * 100_000 + "!") is None


TOML = """
[[rules]]
model = "@cf/*"
prompt = "cat"
answer = "meow"

[[rules]]
json = { score = 7 }
"""


def test_rules_are_read_from_toml_and_json(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(TOML)
    (tmp_path / "rules.json").write_text('[{"answer": "hi"}]')

    first, second = read_rules(tmp_path / "rules.toml")
    [third] = read_rules(tmp_path / "rules.json")

    assert (first.answer, second.data, third.answer) == ("meow", {"score": 7}, "hi")


@pytest.mark.parametrize("text", ["[[rules]", "[[rules]]\nanswer = 7\n"])
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.toml").write_text(text)

    with pytest.raises(ValueError, match=r"ai_rules .*rules\.toml: "):
        read_rules(tmp_path / "rules.toml")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no-such"):
        Twin(Settings(state=tmp_path / "state", ai_rules=tmp_path / "no-such.toml"))
