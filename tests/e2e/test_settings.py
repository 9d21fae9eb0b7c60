"""The suites' options: command line over variable over default, and nothing secret in a history."""

from argparse import Namespace
from collections.abc import Mapping

import pytest

from e2e.settings import SETTINGS, Settings, settings_from


def asked(environment: Mapping[str, str] = {}, **options: object) -> Settings:
    given = {f"e2e_{name}": value for name, value in options.items()}
    return settings_from(Namespace(**given), environment)


def test_without_anything_a_twin_is_started() -> None:
    settings = asked()

    assert (settings.target, settings.environment, settings.api) == ("own", "development", None)


def test_an_option_wins_over_its_variable() -> None:
    settings = asked({"E2E_API": "https://b.example"}, api="https://a.example")

    assert settings.api == "https://a.example"


def test_a_variable_wins_over_the_default() -> None:
    settings = asked({"E2E_TARGET": "twin", "E2E_PACE": "30"})

    assert (settings.target, settings.pace) == ("twin", 30)


def test_an_empty_variable_is_none() -> None:
    assert asked({"E2E_ENVIRONMENT": ""}).environment == "development"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"E2E_TARGET": "moon"}, "--target: 'moon' is none of own, twin, real"),
        ({"E2E_ENVIRONMENT": "prod"}, "--environment: 'prod' is none of"),
        ({"E2E_BUDGET": "many"}, "--budget: 'many' is not a number"),
    ],
)
def test_what_no_setting_takes_is_told(variables: dict[str, str], told: str) -> None:
    with pytest.raises(pytest.UsageError, match=told):
        asked(variables)


def test_secrets_have_no_option() -> None:
    secret = {one.name for one in SETTINGS if one.secret}

    assert secret == {"anon_key", "service_key", "accounts", "api_token"}
    assert not any(one.option for one in SETTINGS if one.secret)
    assert all(one.variable for one in SETTINGS if one.secret)


def test_a_member_that_no_setting_has_is_an_error() -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = asked().colour
