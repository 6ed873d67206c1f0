"""Portals over TLS: what the archive keeps of the server's certificate."""

from __future__ import annotations

import hashlib
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import Crawls, serving
from tests.test_crawl import entry, listing, report


def certificate(path: Path) -> bytes:
    """A self-signed certificate for localhost in a PEM file with its key; the certificate as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem))
    return made.public_bytes(serialization.Encoding.DER)


def test_a_visit_keeps_the_facts_of_the_certificate(tmp_path: Path) -> None:
    der = certificate(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with serving({}) as web:
        web.socket = context.wrap_socket(web.socket, server_side=True)
        home = f"localhost:{web.server_port}"
        web.pages |= {f"http://{home}/nb/": listing([entry(2020)]), f"http://{home}/nb/2020.html": report(2020)}
        crawls = Crawls(tmp_path, web, direct="localhost")
        crawls.portal(
            "anhe",
            f'name = "安禾县"\nhome = "https://{home}/"\nhosts = ["localhost"]\nstart = ["https://{home}/nb/"]\n',
        )
        crawls.run("anhe")
    rows = crawls.rows("SELECT outcome, tls FROM visits ORDER BY number")
    assert [outcome for outcome, _ in rows] == ["new", "new"]
    for _, facts in rows:
        assert json.loads(facts) == {
            "sha256": hashlib.sha256(der).hexdigest(),
            "subject": "CN=localhost",
            "issuer": "CN=localhost",
            "not_before": "2020-01-01T00:00:00+00:00",
            "not_after": (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36500)).isoformat(),
        }
