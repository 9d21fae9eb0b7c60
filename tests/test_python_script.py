"""What a project's files say of its Python Worker, as the twin uploads it."""

from pathlib import Path

import pytest

from emulator import python_script, wrangler
from emulator.python_script import PythonScript
from emulator.wrangler import ConfigError

WRANGLER = """
name = "shop"
compatibility_date = "2026-01-01"
compatibility_flags = ["python_workers"]
[triggers]
crons = ["0 3 * * *"]
[vars]
GREETING = "top"
[env.staging]
main = "src/entry.py"
[env.staging.vars]
GREETING = "hello"
LIMITS = { page = 20 }
[env.staging.ai]
binding = "AI"
[[env.staging.kv_namespaces]]
binding = "CARTS"
id = "0f2ac74b498b48028cb68387c421e279"
[[env.staging.services]]
binding = "MAIL"
service = "mailer"
"""


def script(directory: Path, more: str = "", environment: str = "staging") -> PythonScript | None:
    (directory / "src" / "shop").mkdir(parents=True, exist_ok=True)
    for name in ("entry.py", "shop/carts.py", "shop/page.html", "shop/notes.md", "font.ttf"):
        (directory / "src" / name).write_text(name)
    (directory / "src" / "node_modules").mkdir(exist_ok=True)
    (directory / "src" / "node_modules" / "gyp.py").write_text("")
    path = directory / "wrangler.toml"
    path.write_text(more + WRANGLER)
    project = wrangler.read(path, environment)
    return python_script.read(project, project.environments[0])


def test_what_is_inherited_comes_along_and_variables_do_not(tmp_path: Path) -> None:
    found = script(tmp_path)

    assert found is not None
    assert (found.name, found.crons, found.on_subdomain) == ("shop-staging", ("0 3 * * *",), True)
    assert found.metadata["main_module"] == "entry.py"
    assert found.metadata["bindings"][:2] == [
        {"type": "plain_text", "name": "GREETING", "text": "hello"},
        {"type": "json", "name": "LIMITS", "json": {"page": 20}},
    ]


def test_bindings_have_wranglers_names(tmp_path: Path) -> None:
    found = script(tmp_path)

    assert found is not None
    assert found.metadata["bindings"][2:] == [
        {
            "type": "kv_namespace",
            "name": "CARTS",
            "namespace_id": "0f2ac74b498b48028cb68387c421e279",
        },
        {"type": "service", "name": "MAIL", "service": "mailer"},
        {"type": "ai", "name": "AI"},
    ]


def test_modules_are_what_rules_take_and_tools_are_left_out(tmp_path: Path) -> None:
    found = script(tmp_path)
    with_fonts = script(tmp_path, "rules = [{ type = 'Data', globs = ['**/*.ttf'] }]\n")

    assert found is not None
    assert with_fonts is not None
    assert [name for name, _, _ in found.files] == ["entry.py", "shop/carts.py", "shop/page.html"]
    assert with_fonts.files[1] == ("font.ttf", "application/octet-stream", b"font.ttf")


@pytest.mark.parametrize("key", ["route = 'shop.example/*'", "assets = { directory = 'x' }"])
def test_what_only_wrangler_knows_is_left_to_wrangler(tmp_path: Path, key: str) -> None:
    assert script(tmp_path, f"{key}\n") is None


def test_a_worker_in_javascript_is_left_to_wrangler(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text('main = "worker.js"')
    project = wrangler.read(path)

    assert python_script.read(project, project.environments[0]) is None


@pytest.mark.parametrize(
    "line",
    [
        "triggers = 'daily'",
        "vars = ['a']",
        "rules = 7",
        "services = [{ binding = 'MAIL' }]",
        "ai = 'AI'",
        "compatibility_flags = 1",
    ],
)
def test_a_member_of_another_type_is_an_error_with_the_files_name(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "worker.py").write_text("")
    path = tmp_path / "wrangler.toml"
    path.write_text(f"main = 'worker.py'\n{line}\n")
    project = wrangler.read(path)

    with pytest.raises(ConfigError, match=r"wrangler\.toml"):
        python_script.read(project, project.environments[0])


def test_a_date_of_toml_is_a_date(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("")
    path = tmp_path / "wrangler.toml"
    path.write_text("main = 'worker.py'\ncompatibility_date = 2026-01-01\n")
    project = wrangler.read(path)

    found = python_script.read(project, project.environments[0])

    assert found is not None
    assert found.metadata["compatibility_date"] == "2026-01-01"


def test_an_entry_that_is_not_there_is_named(tmp_path: Path) -> None:
    script(tmp_path)
    (tmp_path / "src" / "entry.py").unlink()
    project = wrangler.read(tmp_path / "wrangler.toml", "staging")

    with pytest.raises(ConfigError, match=r"no src/entry\.py"):
        python_script.read(project, project.environments[0])
