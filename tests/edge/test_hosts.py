"""Which Worker a Host and a path mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Account, Twin
from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.edge.hosts import Hosts, PagesTarget, ScriptTarget, host_name, matches

SUBDOMAIN = "twin-"


@pytest.fixture
def hosts(twin: Twin) -> Hosts:
    twin.directory.put_account(DEFAULT_ACCOUNT_ID, "Default")
    return Hosts(twin, None)


def script(account: Account, name: str) -> str:
    """A script on the subdomain; the subdomain."""
    account.workers.create_script(name, {"on_subdomain": True, "previews": True})
    return account.workers.triggers.subdomain()


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Shop.Twin.workers.dev:8787", "shop.twin.workers.dev"),
        ("shop.example.com.", "shop.example.com"),
        ("[::1]:8787", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_header_is_read(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize("suffix", ["workers.dev", "workers.localhost"])
def test_a_script_has_its_name_below_the_subdomain(
    hosts: Hosts, account: Account, suffix: str
) -> None:
    subdomain = script(account, "shop")

    found = hosts.find(f"shop.{subdomain}.{suffix}", "/")

    assert found == ScriptTarget(account, "shop")
    assert hosts.find(f"other.{subdomain}.{suffix}", "/") is None
    assert hosts.find(f"shop.nobody.{suffix}", "/") is None


def test_a_script_that_is_not_on_the_subdomain_is_not_found(hosts: Hosts, account: Account) -> None:
    subdomain = script(account, "shop")
    account.workers.edit_script("shop", {"on_subdomain": False})

    assert hosts.find(f"shop.{subdomain}.workers.dev", "/") is None


def test_a_subdomain_that_was_changed_is_followed(hosts: Hosts, account: Account) -> None:
    subdomain = script(account, "shop")
    hosts.find(f"shop.{subdomain}.workers.dev", "/")
    account.workers.triggers.give_up_subdomain()
    account.workers.triggers.claim_subdomain("moved")

    assert hosts.find(f"shop.{subdomain}.workers.dev", "/") is None
    assert hosts.find("shop.moved.workers.dev", "/") == ScriptTarget(account, "shop")


def test_a_version_has_a_host_of_its_own(hosts: Hosts, account: Account) -> None:
    subdomain = script(account, "shop")

    found = hosts.find(f"0123abcd-shop.{subdomain}.workers.dev", "/")

    assert found == ScriptTarget(account, "shop", "0123abcd")


def test_a_custom_domain_wins_over_a_route(hosts: Hosts, account: Account) -> None:
    script(account, "shop")
    script(account, "blog")
    account.workers.triggers.put_routes("blog", ["example.com/*"])
    account.workers.triggers.put_domain("example.com", "shop", None, None)

    assert hosts.find("example.com", "/a") == ScriptTarget(account, "shop")


def test_the_most_specific_route_wins(hosts: Hosts, account: Account) -> None:
    script(account, "shop")
    script(account, "api")
    account.workers.triggers.put_routes("shop", ["*example.com/*"])
    account.workers.triggers.put_routes("api", ["www.example.com/api/*"])

    assert hosts.find("www.example.com", "/api/x") == ScriptTarget(account, "api")
    assert hosts.find("www.example.com", "/") == ScriptTarget(account, "shop")


def test_any_other_host_means_the_default_script(twin: Twin, hosts: Hosts) -> None:
    default = twin.account(DEFAULT_ACCOUNT_ID)
    script(default, "shop")

    assert hosts.find("127.0.0.1", "/") == ScriptTarget(default, "shop")
    assert not hosts.serves("127.0.0.1", "/")
    script(default, "blog")
    assert hosts.find("127.0.0.1", "/") is None
    assert Hosts(twin, "blog").find("127.0.0.1", "/") == ScriptTarget(default, "blog")


def test_a_site_is_what_stands_before_pages(hosts: Hosts, account: Account) -> None:
    project = account.pages.create_project("shop", "main", {}, {})
    account.pages.add_domain("shop", "shop.example.com")

    named = hosts.find(f"{project.subdomain}.pages.dev", "/")
    assert named == PagesTarget(account, project)
    assert hosts.find("shop.example.com", "/") == named
    one = hosts.find(f"0123abcd.{project.subdomain}.pages.localhost", "/")
    assert one == PagesTarget(account, project, "0123abcd")
    assert hosts.find("nobody.pages.dev", "/") is None


@pytest.mark.parametrize(
    ("pattern", "host", "path", "expected"),
    [
        ("example.com/*", "example.com", "/", True),
        ("example.com/*", "www.example.com", "/", False),
        ("*.example.com/*", "www.example.com", "/a", True),
        ("*.example.com/*", "example.com", "/a", False),
        ("*example.com/*", "example.com", "/a", True),
        ("example.com/api/*", "example.com", "/api", False),
        ("example.com/api*", "example.com", "/api", True),
        ("example.com", "example.com", "/", True),
        ("https://example.com/a", "example.com", "/a", True),
        ("example.com/*.png", "example.com", "/a/b.png", True),
        ("example.com/*.png", "example.com", "/a/b.jpg", False),
    ],
)
def test_a_pattern_matches(pattern: str, host: str, path: str, expected: bool) -> None:
    assert matches(pattern, host, path) is expected


@given(st.lists(st.sampled_from(["a", "b", "*"]), max_size=8), st.text("ab", max_size=12))
def test_a_pattern_matches_as_a_regular_expression_would(parts: list[str], text: str) -> None:
    import re

    expected = re.fullmatch("".join(".*" if part == "*" else part for part in parts), text)

    assert matches("h/" + "".join(parts), "h", "/" + text) is (expected is not None)
