"""Certificates: who is trusted with the bridge's authority, and who is not."""

import socket
import ssl
import stat
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509

from emulator.bridge.authority import Authority


def shake_hands(authority: Authority, name: str) -> str | None:
    """The TLS version of a client that trusts the authority alone. Raises `ssl.SSLError`."""
    trusting = ssl.create_default_context(cafile=str(authority.path))
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            with authority.context().wrap_socket(there, server_side=True) as served:
                served.recv(1)
        except (ssl.SSLError, ConnectionError):
            pass

    thread = Thread(target=serve)
    thread.start()
    try:
        with trusting.wrap_socket(here, server_hostname=name) as client:
            return client.version()
    finally:
        here.close()
        thread.join()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "bridge")


@pytest.mark.parametrize("name", ["127.0.0.1", "::1", "shop.twin.workers.dev", "A.B.Workers.Dev"])
def test_the_bridge_is_trusted_by_address_and_by_name(authority: Authority, name: str) -> None:
    assert shake_hands(authority, name) == "TLSv1.3"


@pytest.mark.parametrize(
    "name", ["example.com", "workers.dev", "127.0.0.2", "workers.dev.evil.com"]
)
def test_it_is_nobody_else(authority: Authority, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority, name)


def test_what_it_signs_is_good_for_workers_dev_alone(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.path.read_bytes())

    limits = certificate.extensions.get_extension_for_class(x509.NameConstraints)

    assert limits.critical
    assert limits.value.permitted_subtrees == [x509.DNSName("workers.dev")]


def test_it_stays_the_same_for_a_state_directory(tmp_path: Path, authority: Authority) -> None:
    before = authority.path.read_bytes()

    again = Authority(tmp_path / "bridge")

    assert again.path.read_bytes() == before
    assert shake_hands(again, "127.0.0.1")


def test_the_key_is_for_its_owner_alone(authority: Authority) -> None:
    key = authority.path.parent / "ca.key"

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert sorted(path.name for path in key.parent.iterdir()) == ["ca.key", "ca.pem"]


def test_an_authority_that_cannot_be_read_says_where_it_lies(
    tmp_path: Path, authority: Authority
) -> None:
    authority.path.write_text("no certificate")

    with pytest.raises(ValueError, match=r"bridge: .*remove it"):
        Authority(tmp_path / "bridge")
