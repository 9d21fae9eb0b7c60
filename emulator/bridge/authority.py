"""The certificates of the bridge: an authority of the twin's own, good for workers.dev alone.

wrangler speaks TLS to it and trusts what `NODE_EXTRA_CA_CERTS` names. The authority is made
once for a state directory and is thrown away with it; its key never leaves there.
"""

import ipaddress
import os
import re
import ssl
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY = "ca.pem", "ca.key"
DOMAIN = "workers.dev"
# Whatever day the twin's clock, or the client's, shows.
FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
NAME = re.compile(r"([a-z0-9_-]{1,63}\.){1,8}workers\.dev", re.IGNORECASE)
MAX_NAME_CHARACTERS = 253
CONTEXTS = 64
CURVE = ec.SECP256R1()
PRIVATE = 0o600

Names = list[x509.GeneralName]


class Authority:
    """Makes a certificate for each name that a client asks for."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._key, self._certificate = kept(directory) or made(directory)
        self._named = lru_cache(maxsize=CONTEXTS)(self._context_of)

    @property
    def path(self) -> Path:
        """The certificate that clients are to trust."""
        return self._directory / CERTIFICATE

    def context(self) -> ssl.SSLContext:
        """For a listener: 127.0.0.1 and ::1, and any name below workers.dev."""
        addresses: Names = [
            x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")
        ]
        context = self._context(addresses)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Other names get the certificate of the address, which their clients refuse."""
        if name and len(name) <= MAX_NAME_CHARACTERS and NAME.fullmatch(name):
            connection.context = self._named(name.lower())

    def _context_of(self, name: str) -> ssl.SSLContext:
        return self._context([x509.DNSName(name)])

    def _context(self, names: Names) -> ssl.SSLContext:
        key = ec.generate_private_key(CURVE)
        certificate = (
            begun("Cloudflare Twin bridge", self._certificate.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # ssl takes keys from files alone.
        with tempfile.NamedTemporaryFile(dir=self._directory, suffix=".pem") as file:
            file.write(pem_of(key) + certificate.public_bytes(serialization.Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def kept(directory: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """The authority of the directory. Raises `ValueError` if it can no longer be read."""
    if not (directory / KEY).is_file() or not (directory / CERTIFICATE).is_file():
        return None
    try:
        key = serialization.load_pem_private_key((directory / KEY).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((directory / CERTIFICATE).read_bytes())
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key of the bridge")
    except ValueError as error:
        raise ValueError(f"{directory}: {error}; remove it, and a new one is made") from None
    return key, certificate


def made(directory: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(CURVE)
    name = f"Cloudflare Twin, {DOMAIN} on this machine"
    only = x509.NameConstraints([x509.DNSName(DOMAIN)], None)
    certificate = (
        begun(name, named(name), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(only, critical=True)
        .add_extension(usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    with open(
        os.open(directory / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb"
    ) as file:
        file.write(pem_of(key))
    (directory / KEY).chmod(PRIVATE)
    (directory / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def begun(
    subject: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
