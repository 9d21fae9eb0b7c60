"""The scripted answers for demonstrations: they hang on words of the Worker's prompts."""

from pathlib import Path

import pytest

from emulator.ai.rule_spec import RuleSpec, read_rules

JOBMATCH = Path(__file__).parents[2] / "fixtures/jobmatch"
RULES = read_rules(JOBMATCH / "ai_rules.toml")
ANALYSES = [rule for rule in RULES if (rule.id or "").startswith("analysis")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_words_a_rule_waits_for_are_in_a_prompt_of_the_worker(rule: RuleSpec) -> None:
    sources = (JOBMATCH / "worker/jobmatch").rglob("*.py")
    assert rule.prompt is not None
    assert any(rule.prompt in source.read_text() for source in sources)


@pytest.mark.parametrize("rule", ANALYSES, ids=lambda rule: rule.id)
def test_a_scripted_analysis_passes_the_quality_gate(rule: RuleSpec) -> None:
    said = rule.data
    assert len(said["dimensions"]) == 10
    assert all(len(one["justification"]) >= 30 for one in said["dimensions"].values())
    assert min(len(said["strengths"]), len(said["gaps"])) >= 3


@pytest.mark.parametrize("rule", ANALYSES, ids=lambda rule: rule.id)
def test_a_scripted_recommendation_is_that_of_its_score(rule: RuleSpec) -> None:
    bands = {80: "Strong", 65: "Good", 50: "Moderate", 35: "Weak", 0: "Poor"}
    word = next(word for low, word in bands.items() if rule.data["overallScore"] >= low)
    assert rule.data["recommendation"] == f"{word} Match"
