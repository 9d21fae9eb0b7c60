"""Settings are variables of the environment and nothing else."""

import pytest

from loadtests.lab.settings import (
    REAL_BUDGET,
    REAL_PACE,
    ROOT,
    SETTINGS,
    SettingsError,
    settings_from,
    table,
    variables,
)
from loadtests.lab.sides import NEEDS, OPERATIONS, available, lacking

TOLD = {one.variable: f"https://{name}.example" for name, one in SETTINGS.items()}
NUMBERS = {"LOAD_PEOPLE": "3", "LOAD_JOBS": "4", "LOAD_SEED": "5", "LOAD_THINK": "1-2"}
WHOLE = TOLD | NUMBERS | {"LOAD_BUDGET": "70", "LOAD_PACE": "2.5"}


def test_variables_tell_the_same_settings_again() -> None:
    settings = settings_from(WHOLE)

    assert settings_from(variables(settings)) == settings


def test_real_services_have_a_budget_and_a_pace_though_nothing_is_said() -> None:
    real = settings_from({"CLOUDFLARE_API_BASE_URL": "https://api.example"})
    twin = settings_from({"LOAD_CONTROL": "http://127.0.0.1:8788"})

    assert (real.budget, real.pace) == (REAL_BUDGET, REAL_PACE)
    assert (twin.budget, twin.pace) == (0, 0)


@pytest.mark.parametrize(
    ("variable", "text"),
    [("LOAD_PEOPLE", "many"), ("LOAD_PACE", "-1"), ("LOAD_THINK", "3-1"), ("LOAD_THINK", "x")],
)
def test_a_wrong_value_names_its_variable(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        settings_from({variable: text})


def test_no_secret_is_in_what_is_printed() -> None:
    told = repr(settings_from(WHOLE))

    secrets = [one.variable for one in SETTINGS.values() if one.secret]
    assert not [name for name in secrets if TOLD[name] in told]


@pytest.mark.parametrize("side", OPERATIONS)
def test_a_side_says_what_it_lacks(side: str) -> None:
    settings = settings_from(WHOLE)
    assert lacking(settings, side) == []

    for name in NEEDS[side]:
        without = settings_from(WHOLE | {SETTINGS[name].variable: ""})
        assert lacking(without, side) == [SETTINGS[name].variable]


def test_only_sides_that_have_all_they_need_are_asked() -> None:
    supabase = {name: TOLD[SETTINGS[name].variable] for name in NEEDS["supabase"]}
    told = {SETTINGS[name].variable: value for name, value in supabase.items()}

    assert available(settings_from(told)) == ("supabase", "postgres", "storage", "pgvector")


def test_the_documentation_has_every_variable() -> None:
    assert table() in (ROOT / "docs" / "load.md").read_text(encoding="utf-8")
