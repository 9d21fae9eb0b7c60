"""Where a request wants to go, and what the settings say of it."""

import pytest

from emulator.outbound.errors import BadHost
from emulator.outbound.hosts import Target, allowed, meant, more_hosts, passing, target_of


@pytest.mark.parametrize(
    ("host", "scheme", "target"),
    [
        ("API.OpenAI.com", "https", Target("https", "api.openai.com", 443)),
        ("api.openai.com.:8443", "https", Target("https", "api.openai.com", 8443)),
        ("example.com:80", "http", Target("http", "example.com", 80)),
        ("[::1]:8788", "http", Target("http", "[::1]", 8788)),
        ("localhost", "gopher", Target("http", "localhost", 80)),
    ],
)
def test_a_host_is_read(host: str, scheme: str, target: Target) -> None:
    assert target_of(host, scheme) == target


@pytest.mark.parametrize(
    "host", ["", ".", "a b", "user@example.com", "example.com:0", "example.com:99999", "a/b", "a\n"]
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(BadHost):
        target_of(host, "https")


@pytest.mark.parametrize("name", ["127.0.0.1", "[::1]", "127.1", "0x7f000001", "db", "a.localhost"])
def test_a_star_never_means_this_machine(name: str) -> None:
    target = target_of(name, "http")

    assert passing(allowed("*"), target, stood_in=False) is None
    assert passing(allowed(name), target, stood_in=False) is not None


def test_a_pattern_without_a_port_means_the_schemes_own() -> None:
    patterns = allowed("*.example.com other.test:8080")

    assert passing(patterns, target_of("a.example.com", "https"), stood_in=False)
    assert not passing(patterns, target_of("a.example.com:8443", "https"), stood_in=False)
    assert passing(patterns, target_of("other.test:8080", "http"), stood_in=False)
    assert not passing(patterns, target_of("other.test", "http"), stood_in=False)


def test_a_stand_ins_host_passes_only_when_it_is_named() -> None:
    target = target_of("api.openai.com", "https")

    assert passing(allowed("* *.openai.com"), target, stood_in=True) is None
    assert passing(allowed("* api.openai.com"), target, stood_in=True) is not None


@pytest.mark.parametrize("text", ["https://example.com", "example.com:port", "a/b", "a@b"])
def test_a_pattern_that_is_no_host_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="setting allow_hosts"):
        allowed(text)


def test_a_pattern_is_no_regular_expression() -> None:
    assert meant("*.supabase.co", "abc.supabase.co")
    assert not meant("*.supabase.co", "abc.supabase-co")


def test_stand_ins_get_more_hosts_by_name() -> None:
    found = more_hosts(
        "pdf_parser=PDF.test openai=ai.test pdf_parser=b.test", ("pdf_parser", "openai")
    )

    assert found == {"pdf_parser": ("pdf.test", "b.test"), "openai": ("ai.test",)}
    with pytest.raises(ValueError, match="name of openai"):
        more_hosts("pdf=pdf.test", ("openai",))
