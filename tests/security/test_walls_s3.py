"""Every operation of the S3 door, and every door of bindings, against callers who may not."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from emulator.r2.s3 import operations
from emulator.r2.s3.operations import Operation
from tests.r2.signing import Keys, keys_of, presigned, signed
from tests.security.attacks import CHANGES, CROSSINGS, REBINDINGS, Mark
from tests.security.raw import Answer, ask
from tests.security.stage import Stage, staged


class Request(NamedTuple):
    """One request, and the operation that it is."""

    name: str
    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


DELETE_ALL = b"<Delete><Object><Key>k</Key></Object></Delete>"
CORS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example.com</AllowedOrigin>"
    b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
)
COPIED = {"x-amz-copy-source": "/shop/k"}
REQUESTS = (
    Request("ListBuckets", "GET", "/"),
    Request("CreateBucket", "PUT", "/new"),
    Request("DeleteBucket", "DELETE", "/shop"),
    Request("HeadBucket", "HEAD", "/shop"),
    Request("ListObjects", "GET", "/shop"),
    Request("ListObjectsV2", "GET", "/shop?list-type=2"),
    Request("PostBucket", "POST", "/shop"),
    Request("DeleteObjects", "POST", "/shop?delete", body=DELETE_ALL),
    Request("GetObject", "GET", "/shop/k"),
    Request("HeadObject", "HEAD", "/shop/k"),
    Request("PutObject", "PUT", "/shop/k", body=b"new"),
    Request("CopyObject", "PUT", "/shop/copy", COPIED),
    Request("DeleteObject", "DELETE", "/shop/k"),
    Request("CreateMultipartUpload", "POST", "/shop/k?uploads"),
    Request("UploadPart", "PUT", "/shop/k?partNumber=1&uploadId=x", body=b"new"),
    Request("UploadPartCopy", "PUT", "/shop/k?partNumber=1&uploadId=x", COPIED),
    Request("CompleteMultipartUpload", "POST", "/shop/k?uploadId=x"),
    Request("AbortMultipartUpload", "DELETE", "/shop/k?uploadId=x"),
    Request("ListParts", "GET", "/shop/k?uploadId=x"),
    Request("ListMultipartUploads", "GET", "/shop?uploads"),
    Request("GetBucketLocation", "GET", "/shop?location"),
    Request("GetBucketCors", "GET", "/shop?cors"),
    Request("GetBucketLifecycleConfiguration", "GET", "/shop?lifecycle"),
    Request("GetBucketEncryption", "GET", "/shop?encryption"),
    Request("GetBucketVersioning", "GET", "/shop?versioning"),
    Request("PutBucketCors", "PUT", "/shop?cors", body=CORS),
    Request("PutBucketLifecycleConfiguration", "PUT", "/shop?lifecycle", body=b"<a/>"),
    Request("DeleteBucketCors", "DELETE", "/shop?cors"),
    Request("DeleteBucketLifecycle", "DELETE", "/shop?lifecycle"),
)
ALONE = [one for one in vars(operations).values() if isinstance(one, Operation)]
BY_QUERY = (operations.BUCKET_GET, operations.BUCKET_PUT, operations.BUCKET_DELETE)
OPERATIONS = {one.name: one for one in (*ALONE, *chain(*(some.values() for some in BY_QUERY)))}
FROM_PAGES = [one for one in CROSSINGS if "Origin" in one.headers]


class Signer(NamedTuple):
    """Who signs. `refusals` are S3's codes for it; `of_writes`: reading is permitted."""

    name: str
    keys: Callable[[Stage], Keys | None]
    refusals: frozenset[str]
    of_writes: bool = False


def owners(stage: Stage) -> Keys:
    return keys_of(stage.twin, stage.owner)


SIGNERS = (
    Signer("nobody", lambda stage: None, frozenset({"InvalidArgument", "NotImplemented"})),
    Signer(
        "a forged key",
        lambda stage: Keys("0" * 32, "0" * 64),
        frozenset({"Unauthorized", "InvalidAccessKeyId"}),
    ),
    Signer(
        "a forged secret",
        lambda stage: Keys(owners(stage).access_key_id, "0" * 64),
        frozenset({"SignatureDoesNotMatch"}),
    ),
    Signer(
        "a token as its secret",
        lambda stage: Keys(owners(stage).access_key_id, stage.owner),
        frozenset({"SignatureDoesNotMatch"}),
    ),
    Signer(
        "another account",
        lambda stage: keys_of(stage.twin, stage.stranger),
        frozenset({"Unauthorized", "AccessDenied"}),
    ),
    Signer(
        "a token without the scope",
        lambda stage: keys_of(stage.twin, stage.powerless),
        frozenset({"AccessDenied"}),
    ),
    Signer(
        "a token that only reads",
        lambda stage: keys_of(stage.twin, stage.reader),
        frozenset({"AccessDenied"}),
        of_writes=True,
    ),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("s3") / "state") as stage:
        yield stage


def host_of(stage: Stage) -> str:
    return f"{stage.account_id}.r2.localhost"


def code_of(answer: Answer) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]


def sent(
    stage: Stage, request: Request, keys: Keys | None, more: Mapping[str, str] | None = None
) -> Answer:
    """As the keys' owner sends it to the owner's endpoint; `more` is not signed."""
    headers = {"host": host_of(stage), "content-length": str(len(request.body))}
    headers |= request.headers
    if keys is not None:
        url = f"http://{host_of(stage)}{request.target}"
        headers = signed(keys, stage.twin.clock, request.method, url, headers, request.body)
    return ask(stage.s3, request.method, request.target, {**headers, **(more or {})}, request.body)


def test_every_operation_is_in_the_table() -> None:
    assert set(OPERATIONS) == {request.name for request in REQUESTS}


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda one: one.name)
def test_an_operation_is_refused(stage: Stage, signer: Signer) -> None:
    before, wrong = stage.imprint(), []
    for request in REQUESTS:
        if signer.of_writes and not OPERATIONS[request.name].is_write:
            continue
        answer = sent(stage, request, signer.keys(stage))
        refused = 400 <= answer.status < 500 or code_of(answer) == "NotImplemented"
        if not refused or (answer.body and code_of(answer) not in signer.refusals):
            wrong.append((request.name, answer.status, code_of(answer)))

    assert wrong == []
    assert stage.imprint() == before


@pytest.mark.parametrize("mark", REBINDINGS, ids=lambda one: one.name)
def test_a_host_of_elsewhere_is_refused(stage: Stage, mark: Mark) -> None:
    before = stage.imprint()
    for request in REQUESTS:
        url = f"http://{mark.headers['Host']}{request.target}"
        headers = {"host": mark.headers["Host"], "content-length": str(len(request.body))}
        headers |= request.headers
        given = signed(owners(stage), stage.twin.clock, request.method, url, headers, request.body)
        answer = ask(stage.s3, request.method, request.target, given, request.body)

        assert answer.status == 403, (request.name, answer)
        assert code_of(answer) in ("AccessDenied", "AccessForbidden", "")
    assert stage.imprint() == before


@pytest.mark.parametrize("mark", FROM_PAGES, ids=lambda one: one.name)
def test_a_page_of_elsewhere_changes_nothing_though_it_has_the_keys(
    stage: Stage, mark: Mark
) -> None:
    """The twin's keys are known to all: what a browser sends without asking is refused."""
    before = stage.imprint()
    for request in REQUESTS:
        answer = sent(stage, request, owners(stage), mark.headers)

        if request.method in CHANGES:
            assert (answer.status, code_of(answer)) == (403, "AccessForbidden"), request.name
        assert "access-control-allow-origin" not in answer.headers
    assert stage.imprint() == before


def test_a_page_whose_origin_the_bucket_allows_may_put(stage: Stage) -> None:
    keys, page = owners(stage), {"Origin": "https://app.example.com"}
    allowed = next(one for one in REQUESTS if one.name == "PutBucketCors")
    assert sent(stage, allowed, keys).status == 200

    url = presigned(keys, stage.twin.clock, "PUT", f"http://{host_of(stage)}/shop/from-a-page")
    target = url.partition(host_of(stage))[2]
    answer = ask(stage.s3, "PUT", target, {"Host": host_of(stage), **page}, b"value")

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (
        200,
        "https://app.example.com",
    )


KINDS = "assets pages_assets ai cache d1 kv outbound r2 tail vectorize".split()


@pytest.mark.parametrize("token", ["", "0" * 64, "null", "x" * 5_000], ids=lambda one: one[:4])
def test_a_binding_is_not_opened_by_a_forged_token(stage: Stage, token: str) -> None:
    before = stage.imprint()
    headers = {"cftwin-binding": token} if token else {}
    for kind in KINDS:
        for method, path in (("POST", "/query"), ("GET", "/k"), ("PUT", "/k"), ("DELETE", "/k")):
            answer = ask(stage.runtime, method, f"{path}?kind={kind}", headers, b"{}")

            assert answer.status == 403, (method, path)
    assert stage.imprint() == before


def test_the_doors_of_bindings_are_open_to_this_user_alone(stage: Stage) -> None:
    path = Path(str(stage.runtime))

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o077) == (0o600, 0)
