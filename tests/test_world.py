"""What `up` makes of the files that it is given."""

from pathlib import Path

from emulator import config, wrangler
from emulator.cli import migrations_in
from emulator.config import PagesTable, TwinToml
from emulator.core.settings import Settings
from emulator.world import Plan, World


def project(directory: Path, text: str, environment: str | None = None) -> wrangler.Project:
    directory.mkdir(exist_ok=True)
    path = directory / "wrangler.toml"
    path.write_text(text)
    return wrangler.read(path, environment)


def test_other_hosts_reach_the_first_worker_that_is_deployed(tmp_path: Path) -> None:
    resources_alone = 'name = "shop"\n[env.staging]\nmain = "worker.py"\n'
    found = project(tmp_path, resources_alone, "*")

    assert Plan(Settings(), TwinToml(), (found,), None).default_script == "shop-staging"
    assert Plan(Settings(), TwinToml(), (), None).default_script is None


def test_sites_are_deployed_once_however_many_projects_there_are(tmp_path: Path) -> None:
    first, second = project(tmp_path / "a", 'name = "a"'), project(tmp_path / "b", 'name = "b"')
    twin_toml = TwinToml(pages=[PagesTable(project="site", directory="site")], secrets={"A": "1"})
    plan = Plan(Settings(), twin_toml, (first, second), None)

    assert [len(plan.twin_toml_of(one).pages) for one in (first, second)] == [1, 0]
    assert plan.twin_toml_of(second).secrets_of(None) == {"A": "1"}


def test_an_environments_secrets_win_and_stay_there() -> None:
    found = TwinToml(secrets={"A": "all", "staging": {"A": "own", "B": "own"}})

    assert found.secrets_of("staging") == {"A": "own", "B": "own"}
    assert found.secrets_of(None) == found.secrets_of("production") == {"A": "all"}


def test_paths_in_twin_toml_are_meant_from_where_it_lies(tmp_path: Path) -> None:
    given = {"ai_rules": "rules.toml", "state": "/var/twin", "colo": "AMS"}

    placed = config.placed(given, tmp_path)

    assert placed["ai_rules"] == tmp_path / "rules.toml"
    assert (placed["state"], placed["colo"]) == (Path("/var/twin"), "AMS")


def test_supabases_migrations_are_found_where_its_own_tool_keeps_them(tmp_path: Path) -> None:
    assert migrations_in(tmp_path) is None

    (tmp_path / "supabase" / "migrations").mkdir(parents=True)

    assert migrations_in(tmp_path) == tmp_path / "supabase" / "migrations"


def test_supabase_gets_the_same_seed_where_it_has_migrations(tmp_path: Path) -> None:
    (tmp_path / "seeds" / "tiny").mkdir(parents=True)
    found = project(tmp_path, 'name = "shop"')

    def seed_of(migrations: Path | None) -> Path | None:
        settings = Settings(state=tmp_path / "state", supabase_migrations=migrations)
        world = World(Plan(settings, TwinToml(), (found,), "tiny"), print, print)
        world.twin.close()
        return world.twin.settings.supabase_seed

    assert seed_of(tmp_path / "migrations") == tmp_path / "seeds" / "tiny"
    assert seed_of(None) is None
