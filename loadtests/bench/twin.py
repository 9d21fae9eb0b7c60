"""The twin as a server under test."""

import json
import sys
from dataclasses import replace
from urllib.parse import urlsplit

from loadtests.bench.api import Api, call
from loadtests.bench.process import ROOT, Command, Server
from loadtests.bench.s3 import Bucket

PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
READY = r'^\{.*"api": ?"http://[^:"]+:(\d+)'


def twin_command(name: str, *options: str) -> Command:
    """`cftwin up` of this environment, with its state where the options say."""
    return command_of("emulator", name, *options)


def command_of(module: str, name: str, *options: str) -> Command:
    """`up` of a module that has the command line of `cftwin`."""
    argv = (sys.executable, "-m", module, "up", "--json", *PORTS, *options)
    return Command(name, argv, READY, {"PYTHONPATH": str(ROOT)})


def open_account(server: Server, verb: str = "query") -> Api:
    """A new database and a new namespace in the account that the ready line names."""
    ready = json.loads(server.line)
    headers = {"Authorization": f"Bearer {ready['api_token']}"}
    base = f"/client/v4/accounts/{ready['account_id']}"
    database = call(server.port, "POST", f"{base}/d1/database", headers, {"name": "bench"})
    namespace = call(
        server.port, "POST", f"{base}/storage/kv/namespaces", headers, {"title": "bench"}
    )
    return Api(server.port, base, database["uuid"], namespace["id"], headers, verb)


def s3_command(*options: str) -> Command:
    """The twin without R2's limit of one write a second and key, which no peer has."""
    command = twin_command("twin", *options)
    return replace(command, environment={**command.environment, "CFTWIN_R2_WRITE_LIMIT": "false"})


def s3_listener(server: Server) -> Server:
    """The same process, as its S3 listener."""
    port = urlsplit(json.loads(server.line)["s3"]).port
    assert port is not None
    return replace(server, port=port)


def bucket_of(listener: Server) -> Bucket:
    """The bucket `bench` of the default account, which may not be there yet."""
    keys = json.loads(listener.line)["r2"]
    return Bucket(listener.port, keys["access_key_id"], keys["secret_access_key"])
