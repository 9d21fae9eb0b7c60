"""The lab knows every route of the reference Worker: a new one without coverage fails here."""

import re

from e2e.contract import ROUTES
from e2e.settings import PROJECT
from emulator.leaks.routes import from_list
from emulator.leaks.settings import read
from tests.leaks.expected import NOT_BY_URL_ALONE, expected
from tests.leaks.switched import CONFIG
from tests.leaks.switched import ROUTES as LISTED

COVERAGE = PROJECT.parents[1] / "tests" / "jobmatch" / "COVERAGE.md"


def test_the_list_of_routes_is_the_contracts() -> None:
    listed = [route.name for route in from_list(LISTED.read_text("utf-8"))]

    assert listed == list(ROUTES)
    assert set(listed) == set(re.findall(r"^\| `(\w+ /\S*)` \|", COVERAGE.read_text(), re.M))


def test_each_id_in_a_path_is_of_a_kind_that_something_makes() -> None:
    settings = read(CONFIG, from_list(LISTED.read_text("utf-8")), {})
    made = {spec.makes for spec in settings.specs.values()} | {"user"}
    made |= {row["makes"] for row in settings.rows}

    for spec in settings.specs.values():
        for kinds in spec.ids.values():
            assert set(kinds.split(",")) <= made, spec.name


def test_each_switch_opens_routes_that_there_are() -> None:
    from e2e.switches.guarding import switches

    for name in switches():
        assert expected(name), name
        assert set(expected(name)) <= set(ROUTES)
    assert set(switches()) >= NOT_BY_URL_ALONE
