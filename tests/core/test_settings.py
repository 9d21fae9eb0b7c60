"""A setting comes from the first source that has it."""

from pathlib import Path

import pytest

from emulator.core.settings import Settings, environment_source, settings_from


def test_the_first_source_wins() -> None:
    settings = settings_from({"api_port": None}, {"api_port": "9000"}, {"api_port": 1})

    assert settings.api_port == 9000


def test_the_environment_is_read_by_prefix() -> None:
    source = environment_source({"CFTWIN_KV_WRITE_LIMIT": "off", "API_PORT": "1"})

    assert settings_from(source) == Settings(kv_write_limit=False)


def test_a_path_is_a_path() -> None:
    assert settings_from({"state": "/data"}).state == Path("/data")


@pytest.mark.parametrize(
    ("name", "value"), [("api_port", "many"), ("kv_write_limit", "perhaps"), ("events", None)]
)
def test_a_bad_value_names_the_setting(name: str, value: str | None) -> None:
    if value is None:
        assert settings_from({name: value}) == Settings()
        return
    with pytest.raises(ValueError, match=f"setting {name}: '{value}' is not valid"):
        settings_from({name: value})
