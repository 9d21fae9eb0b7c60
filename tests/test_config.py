"""`twin.toml`: what it says of indexes, and how it is refused."""

from pathlib import Path

import pytest

from emulator import config
from emulator.vectorize.models import Kind, Metric
from emulator.wrangler import ConfigError


def read(tmp_path: Path, text: str) -> config.TwinToml:
    path = tmp_path / "twin.toml"
    path.write_text(text)
    return config.read(path)


def test_the_example_in_the_modules_head_is_understood(tmp_path: Path) -> None:
    assert config.__doc__ is not None

    toml = read(tmp_path, config.__doc__.partition("\n\n")[2])

    [goods] = toml.vectorize
    assert goods.shape == (384, Metric.EUCLIDEAN)
    assert goods.metadata_indexes == {"shop": Kind.STRING}


@pytest.mark.parametrize(
    ("table", "shape"),
    [
        ("", (768, Metric.COSINE)),
        ("dimensions = 5", (5, Metric.COSINE)),
        ('dimensions = 5\nmetric = "dot-product"', (5, Metric.DOT_PRODUCT)),
        ('preset = "@cf/baai/bge-small-en-v1.5"', (384, Metric.COSINE)),
        ('preset = "cohere/embed-multilingual-v2.0"', (768, Metric.DOT_PRODUCT)),
    ],
)
def test_an_index_has_the_shape_that_is_written(
    tmp_path: Path, table: str, shape: tuple[int, Metric]
) -> None:
    [index] = read(tmp_path, f'[[vectorize]]\nname = "goods"\n{table}').vectorize

    assert index.shape == shape


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('preset = "mine"', "preset is one of @cf/baai/bge-small-en-v1.5"),
        (
            'preset = "@cf/baai/bge-small-en-v1.5"\ndimensions = 384',
            "a preset says dimensions and metric itself",
        ),
        ('metric = "cosine"', "a metric needs dimensions"),
        ('dimensions = 5\nmetric = "manhattan"', "metric"),
        ('metadata_indexes = { shop = "text" }', "metadata_indexes.shop"),
        ("dimension = 5", "dimension"),
    ],
)
def test_an_index_that_cannot_be_is_refused(tmp_path: Path, table: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read(tmp_path, f'[[vectorize]]\nname = "goods"\n{table}')
