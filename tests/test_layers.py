"""The layering of the design: arrows point down, and products never import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import emulator

ROOT = Path(emulator.__file__).parent
WEB = {"fastapi", "starlette", "uvicorn", "httpx"}
PRODUCTS = ("ai", "ai_gateway", "bridge", "d1", "kv", "pages", "r2", "vectorize", "workers")
DOORS = {"rest.py", "binding.py", "upstream.py"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def own(path: Path) -> set[str]:
    """The parts of ours a file imports: `core`, `wire`, `twin`, `kv`, …"""
    names = [name.split(".") for name in imports(path)]
    return {parts[1] for parts in names if parts[0] == "emulator" and len(parts) > 1}


def files(*patterns: str) -> list[Path]:
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def is_door(path: Path) -> bool:
    if path.parent.name == "s3":
        return True
    return path.name in DOORS or path.stem.endswith(("_rest", "_binding", "_client"))


CORE = files("core/**/*.py")
PURE = [path for name in (*PRODUCTS, "identity") for path in files(f"{name}/**/*.py")]
# A process of its own, which shares nothing with the twin's.
PYTHON_WORKER = files("workers/python/*.py")
# What is not of the process alone: how it is started, and how its server writes.
KNOWN_THERE = {
    "config.py": {"emulator.workers.runtime.program"},
    "host.py": {"emulator.cork"},
}
PURE = [path for path in PURE if not is_door(path) and path not in PYTHON_WORKER]
DOOR_FILES = [path for name in PRODUCTS for path in files(f"{name}/**/*.py") if is_door(path)]


@pytest.mark.parametrize("path", CORE, ids=str)
def test_core_imports_nothing_of_ours_but_core(path: Path) -> None:
    assert own(path) <= {"core"}
    assert not WEB & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", files("sites/*.py"), ids=str)
def test_the_rules_of_sites_know_no_product_and_no_web(path: Path) -> None:
    assert own(path) <= {"sites"}
    assert not WEB & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", PURE, ids=str)
def test_rules_and_state_know_no_web_and_no_other_product(path: Path) -> None:
    product = path.relative_to(ROOT).parts[0]
    assert own(path) <= {"core", "sites", product}
    assert not WEB & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", PYTHON_WORKER, ids=str)
def test_a_python_workers_process_knows_itself_alone(path: Path) -> None:
    theirs = {name for name in imports(path) if name.startswith("emulator.")}
    known = KNOWN_THERE.get(path.name, set())
    assert all(name.startswith("emulator.workers.python") for name in theirs - known)


@pytest.mark.parametrize("path", DOOR_FILES, ids=str)
def test_a_door_knows_its_own_product_and_what_doors_share(path: Path) -> None:
    product = path.relative_to(ROOT).parts[0]
    assert own(path) <= {"core", "identity", "sites", "twin", "wire", product}


@pytest.mark.parametrize("path", files("wire/*.py"), ids=str)
def test_wire_knows_no_product(path: Path) -> None:
    assert own(path) <= {"core", "identity", "sites", "twin", "wire"}


@pytest.mark.parametrize("path", files("outbound/*.py", "standins/**/*.py"), ids=str)
def test_the_outside_knows_no_product_but_the_models_behind_openai(path: Path) -> None:
    known = {"ai", "core", "identity", "outbound", "standins", "twin", "wire"}
    assert own(path) <= known
    if path.name in ("outbox.py", "hosts.py", "errors.py"):
        assert own(path) <= {"core", "outbound"}


def test_the_twin_knows_no_web() -> None:
    assert own(ROOT / "twin.py") <= {"core", "guard", "identity", "latency", "meter", *PRODUCTS}


@pytest.mark.parametrize("path", files("guard/*.py"), ids=str)
def test_the_audit_knows_no_web_and_its_rules_no_product(path: Path) -> None:
    # Who looks on takes D1's statements, and refuses in D1's words.
    known = {"d1"} if path.name in ("watching.py", "noticing.py") else set()
    assert own(path) <= {"core", "guard", *known}
    assert not WEB & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", files("latency/*.py"), ids=str)
def test_latency_knows_no_web_and_no_product_but_the_refusal_of_d1(path: Path) -> None:
    known = {"d1"} if path.name == "delays.py" else set()
    assert own(path) <= {"core", "latency", *known}
    assert not WEB & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", files("meter/**/*.py"), ids=str)
def test_the_meter_knows_no_web_and_no_product(path: Path) -> None:
    # Whose call a request is, the audit knows; `cftwin cost` asks a twin that runs.
    outer = {"ready"} if path.name == "reading.py" else set()
    assert own(path) <= {"core", "guard", "meter", *outer}
    assert not {"fastapi", "starlette"} & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", files("**/*.py"), ids=str)
def test_nothing_asks_the_system_for_the_time_or_an_id_but_core(path: Path) -> None:
    if path.is_relative_to(ROOT / "core"):
        return
    assert not {"time", "uuid"} & banned_names(path)


def banned_names(path: Path) -> set[str]:
    """`time` or `uuid` where `time.time`, `time.sleep` or `uuid.uuid4` are taken from them."""
    tree = ast.parse(path.read_text())
    return {
        node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and {alias.name for alias in node.names} & {"time", "sleep", "uuid4"}
    }


@pytest.mark.parametrize("path", files("migrating/*.py"), ids=str)
def test_a_migration_knows_no_twin_and_its_rules_no_wire(path: Path) -> None:
    assert own(path) <= {"core", "migrating"}
    wires = {"httpx", "psycopg"} & {name.split(".")[0] for name in imports(path)}
    assert not wires or path.stem.endswith("_client")
