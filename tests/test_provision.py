"""What a project names is there after `up`, once, however often it runs."""

from pathlib import Path

import pytest

from emulator import Account, wrangler
from emulator.ai_gateway.models import Configuration
from emulator.config import GatewayTable, IndexTable
from emulator.provision import Provisioned, ensure_gateway, provision
from emulator.vectorize.models import Kind, MetadataIndex, Metric, VectorInput
from emulator.wrangler import ConfigError, Environment

WRANGLER = """
name = "shop"

[[d1_databases]]
binding = "DB"
database_name = "shop-db"
database_id = "3c5c2fe0-3f6e-4a50-a5d2-7a3e7d0f1c11"

[[kv_namespaces]]
binding = "CARTS"
id = "0f2ac74b498b48028cb68387c421e279"

[[r2_buckets]]
binding = "IMAGES"
bucket_name = "images"

[[r2_buckets]]
binding = "EU_IMAGES"
bucket_name = "images"
jurisdiction = "eu"

[[vectorize]]
binding = "GOODS"
index_name = "goods"

[[vectorize]]
binding = "FACES"
index_name = "faces"
"""
FACES = IndexTable(
    name="faces",
    dimensions=3,
    metric=Metric.EUCLIDEAN,
    metadata_indexes={"owner.id": Kind.STRING, "age": Kind.NUMBER},
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    path = tmp_path / "wrangler.toml"
    path.write_text(WRANGLER)
    return wrangler.read(path, None).environments[0]


def test_what_is_named_is_there(account: Account, environment: Environment) -> None:
    told: list[str] = []

    made = provision(account, environment, told.append)

    assert made == Provisioned(databases=1, namespaces=1, buckets=2, indexes=2, migrations=0)
    assert [database.name for database in account.d1.list_databases(None)] == ["shop-db"]
    assert len(account.kv.namespaces()) == 1
    assert [bucket.name for bucket in account.r2.list_buckets()] == ["images"]
    assert [bucket.name for bucket in account.r2.list_buckets("eu")] == ["images"]
    assert told == []


def test_a_second_time_nothing_is_made(account: Account, environment: Environment) -> None:
    provision(account, environment, print)
    account.r2.bucket("images").write("key", b"value")
    before = account.r2.get_bucket("images")

    provision(account, environment, print)

    assert account.r2.get_bucket("images") == before
    assert account.r2.bucket("images").head("key").size == 5


def test_an_index_without_a_table_has_the_shape_of_the_base_model(
    account: Account, environment: Environment
) -> None:
    provision(account, environment, print)

    index = account.vectorize.get_index("goods")
    assert (index.dimensions, index.metric) == (768, Metric.COSINE)
    assert account.vectorize.index("goods").metadata_indexes() == []


def test_an_index_is_what_its_table_says(account: Account, environment: Environment) -> None:
    provision(account, environment, print, [FACES])

    index = account.vectorize.get_index("faces")
    assert (index.dimensions, index.metric) == (3, Metric.EUCLIDEAN)
    assert account.vectorize.index("faces").metadata_indexes() == [
        MetadataIndex("owner.id", Kind.STRING),
        MetadataIndex("age", Kind.NUMBER),
    ]


def test_an_index_keeps_its_vectors_and_gets_the_metadata_index_it_lacks(
    account: Account, environment: Environment
) -> None:
    provision(account, environment, print, [FACES.model_copy(update={"metadata_indexes": {}})])
    index = account.vectorize.index("faces")
    index.upsert_now([VectorInput("ada", [1, 2, 3])])

    provision(account, environment, print, [FACES])
    before = index.info()
    provision(account, environment, print, [FACES])

    assert [one.path for one in index.metadata_indexes()] == ["owner.id", "age"]
    assert index.info() == before
    assert before.vectors == 1


def test_an_index_of_another_shape_stays_and_is_told(
    account: Account, environment: Environment
) -> None:
    account.vectorize.create_index("faces", 4, Metric.COSINE)
    told: list[str] = []

    provision(account, environment, told.append, [FACES])

    assert account.vectorize.get_index("faces").dimensions == 4
    assert told == [
        "faces is an index of 4 dimensions, cosine, and stays so; twin.toml asks for 3, euclidean"
    ]


def test_an_index_that_vectorize_refuses_is_refused_by_name(
    account: Account, environment: Environment
) -> None:
    table = IndexTable(name="faces", dimensions=1_537)

    with pytest.raises(ConfigError, match="index faces: .*1536"):
        provision(account, environment, print, [table])


def test_a_gateway_is_made_once_and_stays_as_it_was_changed(account: Account) -> None:
    table = GatewayTable(id="shop", cache_ttl=300, collect_logs=False, authentication=True)
    ensure_gateway(account, table)
    made = account.ai_gateway.get("shop").configuration
    assert made == Configuration(cache_ttl=300, collect_logs=False, authentication=True)
    account.ai_gateway.change("shop", Configuration(cache_ttl=60))

    ensure_gateway(account, table)

    assert account.ai_gateway.get("shop").configuration.cache_ttl == 60


def test_a_gateway_that_is_refused_is_refused_by_name(account: Account) -> None:
    with pytest.raises(ConfigError, match=r"twin\.toml: ai_gateways"):
        ensure_gateway(account, GatewayTable(id="no id"))
