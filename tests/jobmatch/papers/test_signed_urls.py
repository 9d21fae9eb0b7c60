"""Signed addresses, without a deployment."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from jobmatch.signed_urls import opens, signed
from jobmatch.unsafe import Switches

PATH = "/api/files/download/users%2Fu%2Fresumes%2Fcv.pdf"
SIGNED = signed(PATH, 1000, "secret")
SAFE = Switches("")


def is_open(url: str, now: float = 999, secret: str = "secret", unsafe: Switches = SAFE) -> bool:
    parts = urlsplit(url)
    return opens(parts.path, dict(parse_qsl(parts.query)), secret, now, unsafe)


def test_it_opens_until_it_expires() -> None:
    assert is_open(SIGNED, now=999.9)
    assert not is_open(SIGNED, now=1000)


@pytest.mark.parametrize("place", range(len(SIGNED)))
def test_no_letter_can_be_changed(place: int) -> None:
    other = "0" if SIGNED[place] != "0" else "1"
    assert not is_open(SIGNED[:place] + other + SIGNED[place + 1 :])


def test_upper_case_is_another_address() -> None:
    assert not is_open(SIGNED.replace("%2F", "%2f"))


def test_another_secret_signs_differently_and_none_signs_nothing() -> None:
    assert not is_open(SIGNED, secret="other")
    assert not is_open(signed(PATH, 1000, ""), secret="")


@pytest.mark.parametrize("expires", ["", "١٢٣٤", "1e9", "-5", "9" * 400, "1000.5"])
def test_a_moment_that_is_no_number_never_comes(expires: str) -> None:
    assert not is_open(SIGNED.replace("expires=1000", f"expires={expires}"), now=0)


@pytest.mark.parametrize(
    ("switch", "url", "now"),
    [("signed-url:signature", SIGNED[:-1] + "x", 999), ("signed-url:expiry", SIGNED, 5000)],
)
def test_a_switch_takes_one_guard_away(switch: str, url: str, now: float) -> None:
    assert not is_open(url, now)
    assert is_open(url, now, unsafe=Switches(switch))
