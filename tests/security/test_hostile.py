"""Whatever is sent to whatever route: an answer in the product's envelope, never a 5xx.

hypothesis makes up bodies, parameters, queries and headers for every route of the table, below
a database, a namespace and a bucket that exist and below ones that do not. 501 is an answer too:
it is how the twin says that it lacks a product.
"""

import json
import re
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import Account, Twin
from emulator.app import create_app
from emulator.wire.routing import Route
from tests.security.stage import furnished
from tests.security.test_tenants import ROUTES, label

BUILT = [route for route in ROUTES if not route.name.endswith(".unsupported")]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
names = st.sampled_from(
    "sql params batch name title keys key value metadata expiration expiration_ttl action"
    " etag filename current_bookmark output_format dump_options type query variables rules"
    " allowed condition conditions prefix enabled domain zoneId source destination actions ruleIds"
    " locationHint storageClass bucket parentAccessKeyId permission ttlSeconds prefixes"
    " id cache_ttl collect_logs cache_invalidate_on_update rate_limiting_interval"
    " rate_limiting_limit dlp otel feedback score"
    " vector vectorId topK filter returnMetadata returnValues namespace ids propertyName indexType"
    " config description values"
    " text model input messages prompt tools tool_choice response_format stream max_tokens seed"
    " temperature requests request_id contexts pooling instructions system encoding_format role"
    " content production_branch deployment_configs production preview env_vars kv_namespaces"
    " build_config hashes cron filters".split()
)
objects = st.dictionaries(names, values, max_size=5)
bodies = st.binary(max_size=60) | (objects | values).map(lambda value: json.dumps(value).encode())
segments = st.text(min_size=1, max_size=40).filter(lambda text: text not in (".", ".."))
queries = st.dictionaries(
    st.sampled_from(
        "page per_page limit cursor prefix order fields timestamp bookmark direction delimiter"
        " start_after name_contains search order_by filters filters.key filters.operator"
        " filters.value meta_info min_cost start_date cached count unparsable-behavior"
        " queueRequest task author source hide_experimental format model".split()
    ),
    st.text(max_size=20) | st.integers().map(str),
    max_size=3,
)

# HTTP lets no more than this into a header.
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
headers = st.dictionaries(
    st.sampled_from(
        "range if-match if-none-match if-modified-since content-type content-encoding expires"
        " cf-r2-jurisdiction cf-r2-storage-class".split()
    ),
    texts
    | st.sampled_from(
        ["bytes=0-", "bytes=-1", "bytes=9-", "*", '"x"', "eu", "Standard"]
        + ["application/json", "application/x-ndjson", "multipart/form-data; boundary=x"]
    ),
    max_size=2,
)


def path_of(route: Route, existing: dict[str, str], segment: str) -> str:
    """The route's path, each parameter an existing thing or else the hostile segment."""
    hostile = quote(segment.encode("utf-8", "surrogatepass"), safe="")
    filled = re.sub(r"\{(\w+)[^}]*\}", lambda name: existing.get(name[1], hostile), route.path)
    return "/client/v4" + filled


@pytest.fixture
def existing(twin: Twin, account: Account) -> dict[str, str]:
    return furnished(twin, account)


@pytest.mark.parametrize("route", BUILT, ids=label)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=bodies, segment=segments, query=queries, headers=headers, exists=st.booleans())
async def test_no_request_is_a_server_error(
    route: Route,
    twin: Twin,
    account: Account,
    token: str,
    existing: dict[str, str],
    exists: bool,
    body: bytes,
    segment: str,
    query: dict[str, str],
    headers: dict[str, str],
) -> None:
    known = {"account_id": account.id, **(existing if exists else {})}
    transport = httpx.ASGITransport(create_app(twin))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        response = await client.request(
            route.method,
            path_of(route, known, segment),
            params={key: text.encode("utf-8", "replace") for key, text in query.items()},
            headers={"Authorization": f"Bearer {token}", **headers},
            content=body,
        )

    assert response.status_code < 500 or response.status_code == 501, response.text
