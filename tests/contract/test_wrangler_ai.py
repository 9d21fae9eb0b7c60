"""Real wrangler: `ai models`, `ai finetune list`."""

import pytest

from tests.contract.conftest import Wrangler

pytestmark = pytest.mark.wrangler


def test_models_are_listed(wrangler: Wrangler) -> None:
    models = wrangler("ai", "models", "list", "--json").json()

    assert "@cf/baai/bge-base-en-v1.5" in [model["name"] for model in models]
    assert len(models) > 60


def test_a_models_schema_is_shown(wrangler: Wrangler) -> None:
    schema = wrangler("ai", "models", "schema", "@cf/baai/bge-base-en-v1.5").json()

    assert schema["input"]["required"] == ["text"]


def test_there_are_no_finetunes(wrangler: Wrangler) -> None:
    listed = wrangler("ai", "finetune", "list")

    assert "No finetune" in listed.out + listed.err
