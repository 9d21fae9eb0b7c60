"""`POST /graphql`: the analytics queries wrangler sends, answered from the twin's counters.

Not a GraphQL engine: a query is recognised by the dataset it names, and any other is
refused. Replies are bare GraphQL, without the v4 envelope (`wrangler-wire` §3).
"""

from functools import partial

import orjson
from pydantic import BaseModel

from emulator.core.errors import MissingCredentials, NotImplementedHere, NotPermitted
from emulator.d1.store import D1Store
from emulator.r2.models import DEFAULT_JURISDICTION
from emulator.r2.store import R2Store
from emulator.twin import Account, Twin
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

D1_METRICS = "d1AnalyticsAdaptiveGroups"
R2_STORAGE = "r2StorageAdaptiveGroups"


class Filter(BaseModel, extra="allow"):
    AND: list[dict[str, object]] = []

    def value(self, name: str) -> str | None:
        """The value of an equality condition, if there is one, within `AND` or beside it."""
        conditions = [self.model_extra or {}, *self.AND]
        found = (condition[name] for condition in conditions if name in condition)
        return next((str(value) for value in found), None)


class Variables(BaseModel):
    accountTag: str
    filter: Filter = Filter()


class Query(BaseModel):
    query: str
    variables: Variables


async def run_query(twin: Twin, call: Call) -> Reply:
    """https://developers.cloudflare.com/analytics/graphql-api/"""
    request = parse(Query, call.body)
    account = account_of(twin, call, request.variables.accountTag)
    wanted = request.variables.filter
    if D1_METRICS in request.query:
        groups = {D1_METRICS: d1_metrics(account.d1, wanted.value("databaseId"))}
    elif R2_STORAGE in request.query:
        groups = {R2_STORAGE: r2_storage(account.r2, wanted.value("bucketName"))}
    else:
        raise NotImplementedHere(operation="graphql: this dataset")
    body = {"data": {"viewer": {"accounts": [groups]}}, "errors": None}
    return Reply(orjson.dumps(body))


def account_of(twin: Twin, call: Call, account_id: str) -> Account:
    if call.credential is None:
        raise MissingCredentials()
    if call.credential.scopes(account_id) is None:
        raise NotPermitted()
    return twin.account(account_id)


def d1_metrics(d1: D1Store, database_id: str | None) -> list[dict[str, object]]:
    """Counters since the twin started, as one group."""
    if database_id is None:
        return []
    usage = d1.open(database_id).usage()
    return [
        {
            "sum": {
                "readQueries": usage.read_queries,
                "writeQueries": usage.write_queries,
                "rowsRead": usage.rows_read,
                "rowsWritten": usage.rows_written,
            }
        }
    ]


def r2_storage(r2: R2Store, bucket_name: str | None) -> list[dict[str, object]]:
    """What a bucket holds now, as one group. Outside the default jurisdiction it is `eu_name`."""
    if bucket_name is None:
        return []
    jurisdiction, _, name = bucket_name.rpartition("_")
    bucket = r2.get_bucket(name, jurisdiction or DEFAULT_JURISDICTION)
    usage = r2.bucket_usage(bucket).values()
    return [
        {
            "max": {
                "objectCount": sum(one.objects for one in usage),
                "payloadSize": sum(one.payload_bytes for one in usage),
                "metadataSize": sum(one.metadata_bytes for one in usage),
            }
        }
    ]


def routes(twin: Twin) -> tuple[Route, ...]:
    return (Route("POST", "/graphql", "graphql", partial(run_query, twin)),)
