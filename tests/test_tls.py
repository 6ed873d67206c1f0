"""Portals over TLS: strict first, relaxed for the host where that fails, and the archive says what was found."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.old_tls import old_server
from tests.servers import Crawls, serving
from tests.test_crawl import entry, listing, report

LONG = datetime(2099, 1, 1, tzinfo=UTC)
# The second Oakley group of RFC 2409, 1024 bits: what servers of ten years ago use.
OAKLEY = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def sign(*names: str, by: Signed | None = None, authority: bool = False, until: datetime = LONG) -> Signed:
    """A certificate for hosts, or of an authority; by itself where nobody else signs it."""
    key = by.key if by else rsa.generate_private_key(65537, 2048)  # one for all: making it takes longest
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        hosts = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return Signed(key, builder.sign(by.key if by else key, hashes.SHA256()))


def server_context(folder: Path, signed: Signed, *chain: Signed) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = folder / f"{signed.certificate.serial_number}.pem"
    private = signed.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.pem + b"".join(link.pem for link in chain))
    context.load_cert_chain(path)
    return context


def tls_1_0(context: ssl.SSLContext) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # which is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


def small_dh(context: ssl.SSLContext, folder: Path) -> None:
    context.set_ciphers("DHE-RSA-AES128-SHA:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    group = b"\x30\x81\x87\x02\x81\x81\x00" + OAKLEY.to_bytes(128, "big") + b"\x02\x01\x02"  # as DER
    path = folder / "dh.pem"
    words = base64.encodebytes(group).decode()
    path.write_text(f"-----BEGIN DH PARAMETERS-----\n{words}-----END DH PARAMETERS-----\n")
    context.load_dh_params(path)


SITES = ("good", "expired", "selfsigned", "othername", "halfchain", "tls10", "smalldh", "oldnego")
HOST = {name: f"127.0.1.{number}" for number, name in enumerate(SITES, 1)}  # each its own, for each is learnt alone


@pytest.fixture(scope="module")
def authority() -> Signed:
    return sign("安禾根证书", authority=True)


@pytest.fixture(scope="module")
def certificates(authority: Signed) -> dict[str, Signed]:
    middle = sign("安禾中间证书", by=authority, authority=True)
    found = {name: sign(host, by=authority) for name, host in HOST.items()}
    found["expired"] = sign(HOST["expired"], by=authority, until=datetime(2021, 1, 1, tzinfo=UTC))
    found["selfsigned"] = sign(HOST["selfsigned"])
    found["othername"] = sign("www.qinghe.example", by=authority)
    found["halfchain"] = sign(HOST["halfchain"], by=middle)
    return found


@pytest.fixture(scope="module")
def visits(
    tmp_path_factory: pytest.TempPathFactory, authority: Signed, certificates: dict[str, Signed]
) -> dict[str, list[dict[str, Any]]]:
    """Visits of each host in one crawl, in their order."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "authorities.pem").write_bytes(authority.pem)
    with ExitStack() as stack:
        starts = {}
        for name, host in HOST.items():
            if name == "oldnego":
                bodies = {"/nb/": listing([entry(2020)]).body, "/nb/2020.html": report(2020).body}
                port = stack.enter_context(
                    old_server(
                        host,
                        certificates[name].key,
                        [certificates[name].der],
                        lambda path, bodies=bodies: bodies.get(path, b""),
                    )
                )
            else:
                context = server_context(folder, certificates[name])
                if name == "tls10":
                    tls_1_0(context)
                if name == "smalldh":
                    small_dh(context, folder)
                web = stack.enter_context(serving({}, host, context))
                port = web.server_port
                home = f"http://{host}:{port}"
                web.pages |= {f"{home}/nb/": listing([entry(2020)]), f"{home}/nb/2020.html": report(2020)}
            starts[name] = f"https://{host}:{port}/nb/"
        plain = stack.enter_context(serving({}))
        crawls = Crawls(folder, plain, direct="*", environment={"SSL_CERT_FILE": str(folder / "authorities.pem")})
        crawls.portal(
            "anhe",
            f'name = "安禾县"\nhome = "{starts["good"]}"\nhosts = {list(HOST.values())}\n'
            f"start = {list(starts.values())}\n",
        )
        crawls.run("anhe", CONCURRENT_REQUESTS=30, RETRY_TIMES=0)
    rows = crawls.rows("SELECT host, role, url, outcome, error, tls FROM visits ORDER BY number")
    keys = ("host", "role", "url", "outcome", "error", "tls")
    found = [dict(zip(keys, row, strict=True)) for row in rows]
    for visit in found:
        visit["tls"] = json.loads(visit["tls"])
    return {name: [visit for visit in found if visit["host"] == host] for name, host in HOST.items()}


DOUBTS = {
    "expired": "the certificate has expired",
    "selfsigned": "the certificate is self-signed",
    "othername": "the certificate is for another host",
    "halfchain": "the chain of certificates is incomplete, or its authority is unknown",
}
OLD = {"tls10": "version", "smalldh": "dh key too small", "oldnego": "unsafe legacy renegotiation disabled"}


def test_what_holds_is_verified(visits: dict[str, list[dict[str, Any]]], certificates: dict[str, Signed]) -> None:
    assert [(visit["role"], visit["outcome"]) for visit in visits["good"]] == [
        ("robots", "gone"),
        ("listing", "new"),
        ("report", "new"),
    ]
    for visit in visits["good"]:
        cipher = visit["tls"].pop("cipher")
        assert cipher.startswith("TLS_")
        assert visit["tls"] == {
            "verified": True,
            "protocol": "TLSv1.3",
            "sha256": hashlib.sha256(certificates["good"].der).hexdigest(),
            "subject": f"CN={HOST['good']}",
            "issuer": "CN=安禾根证书",
            "not_before": "2020-01-01T00:00:00+00:00",
            "not_after": LONG.isoformat(),
        }


@pytest.mark.parametrize("name", [*DOUBTS, *OLD])
def test_the_strict_try_is_a_visit_and_the_relaxed_one_brings_the_pages(
    visits: dict[str, list[dict[str, Any]]], name: str
) -> None:
    strict, *relaxed = visits[name]
    assert (strict["outcome"], strict["tls"].get("relaxed")) == ("tls", None)
    assert [(visit["role"], visit["outcome"]) for visit in relaxed] == [
        ("robots", "gone"),
        ("listing", "new"),
        ("report", "new"),
    ]
    assert {visit["tls"]["relaxed"] for visit in relaxed} == {strict["error"]}


@pytest.mark.parametrize("name", DOUBTS)
def test_a_certificate_that_does_not_hold_is_named(visits: dict[str, list[dict[str, Any]]], name: str) -> None:
    assert visits[name][0]["error"] == DOUBTS[name]
    assert {(visit["tls"]["verified"], visit["tls"]["doubt"]) for visit in visits[name]} == {(False, DOUBTS[name])}


@pytest.mark.parametrize("name", OLD)
def test_an_old_server_is_read_and_its_certificate_still_checked(
    visits: dict[str, list[dict[str, Any]]], name: str
) -> None:
    assert OLD[name] in visits[name][0]["error"]
    for visit in visits[name][1:]:
        assert visit["tls"]["verified"]
        assert "doubt" not in visit["tls"]
        assert visit["tls"]["protocol"] == ("TLSv1" if name == "tls10" else "TLSv1.2")


@pytest.mark.parametrize("tls", ["strict", "relaxed"])
def test_a_portal_file_may_say_how_strict(
    tmp_path: Path, authority: Signed, certificates: dict[str, Signed], tls: str
) -> None:
    context = server_context(tmp_path, certificates["selfsigned"])
    with serving({}, HOST["selfsigned"], context) as web:
        home = f"{HOST['selfsigned']}:{web.server_port}"
        web.pages |= {f"http://{home}/nb/": listing([entry(2020)]), f"http://{home}/nb/2020.html": report(2020)}
        crawls = Crawls(tmp_path, web, direct="*")
        crawls.portal(
            "anhe",
            f'name = "安禾县"\nhome = "https://{home}/"\nhosts = ["{HOST["selfsigned"]}"]\n'
            f'start = ["https://{home}/nb/"]\n[access]\ntls = "{tls}"\n',
        )
        crawls.run("anhe")
    rows = crawls.rows("SELECT role, outcome, tls FROM visits ORDER BY number")
    facts = [json.loads(found) for *_, found in rows if found]  # none of what was not asked for want of robots.txt
    assert {found["doubt"] for found in facts} == {DOUBTS["selfsigned"]}
    if tls == "strict":
        assert {outcome for _, outcome, _ in rows} == {"tls"}
        assert not any("relaxed" in found for found in facts)
        assert web.asked == []
    else:
        assert [row[:2] for row in rows] == [("robots", "gone"), ("listing", "new"), ("report", "new")]
        assert {found["relaxed"] for found in facts} == {"the portal file says so"}
