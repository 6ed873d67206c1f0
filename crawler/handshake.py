"""TLS: as strict as anybody's first, as relaxed as an old server needs where that fails; what was found is noted.

Twisted's own policy verifies but keeps no reason, and Scrapy's verifies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

ANOTHER_HOST = "the certificate is for another host"
# OpenSSL's numbers (x509_vfy.h), in words; another one is shown as its number.
_DOUBTS: Mapping[int, str] = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the chain ends in a certificate that nobody vouches for",
    20: "the chain of certificates is incomplete, or its authority is unknown",
    21: "the chain of certificates is incomplete, or its authority is unknown",
    66: "the certificate's key is too small",
    67: "an authority's key is too small",
    68: "the certificate's signature is too weak",
}


class HandshakeFailed(Exception):  # noqa: N818  # it says what happened; an error it is only where the portal file is strict
    """Raised by the download handler for a TLS handshake that failed, with the reason in words."""


def said(causes: Iterable[BaseException]) -> str:
    """What OpenSSL says of a handshake that failed."""
    errors = (cause.args[0] for cause in causes if isinstance(cause, SSL.Error) and cause.args)
    reasons = [reason for found in errors if isinstance(found, list) for *_, reason in found]
    return "; ".join(dict.fromkeys(reasons)) or "the handshake broke off"


@cache
def _context(*, relaxed: bool) -> SSL.Context:
    """Shared by the whole process: reading the authorities takes some 10 ms."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_default_verify_paths()
    if relaxed:
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_options(SSL.OP_ALL | SSL.OP_LEGACY_SERVER_CONNECT)
        # At level 0 small keys and SHA-1 pass; without a certificate or a cipher nothing does.
        context.set_cipher_list(b"ALL:!aNULL:!eNULL:@SECLEVEL=0")
    else:
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
    return context


@implementer(IOpenSSLClientConnectionCreator)
class Handshake:
    """One connection's: what is asked of the server, and what was found."""

    def __init__(self, host: str, *, relaxed: bool, begun: Callable[[Handshake], None]) -> None:
        self.host = host
        self.relaxed = relaxed
        self.begun = begun
        self.doubt: str | None = None  # why the certificate is not to be trusted
        self.connection: SSL.Connection | None = None

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802, ARG002  # Twisted's name
        connection = SSL.Connection(_context(relaxed=self.relaxed), None)
        if not _is_address(self.host):
            connection.set_tlsext_host_name(self.host.encode("ascii"))
        connection.set_verify(SSL.VERIFY_PEER, self._verified)
        self.connection = connection
        self.begun(self)
        return connection

    def _verified(self, _: SSL.Connection, certificate: X509, number: int, depth: int, ok: int) -> bool:
        if depth == 0:  # first, for it says most
            self.doubt = self.doubt or _misnamed(certificate, self.host)
        if not ok:
            self.doubt = self.doubt or _DOUBTS.get(number, f"the certificate does not hold (OpenSSL's error {number})")
        return self.relaxed or self.doubt is None

    def facts(self) -> Iterator[tuple[str, str | bool]]:
        """What a reader of the archive should know of the connection."""
        yield "verified", self.doubt is None
        if self.doubt:
            yield "doubt", self.doubt
        if self.connection is not None and (cipher := self.connection.get_cipher_name()):
            yield "protocol", self.connection.get_protocol_version_name()
            yield "cipher", cipher


@implementer(IPolicyForHTTPS)
class Policy:
    """Which handshake a host gets, and which it got last."""

    def __init__(self, relaxed: Callable[[str], bool]) -> None:
        self._relaxed = relaxed
        self.last: dict[str, Handshake] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> Handshake:  # noqa: N802, ARG002  # Twisted's name
        host = hostname.decode("ascii")
        return Handshake(host, relaxed=self._relaxed(host), begun=self._begun)

    def _begun(self, handshake: Handshake) -> None:
        self.last[handshake.host] = handshake


def _is_address(host: str) -> bool:
    return isIPAddress(host) or isIPv6Address(host)


def _misnamed(certificate: X509, host: str) -> str | None:
    """Why a certificate is not this host's, or None."""
    try:
        wanted = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except VerificationError:
        return ANOTHER_HOST
    except (CertificateError, ValueError) as error:  # names that break the rules, the host's or the certificate's
        return f"the certificate's names cannot be read: {error}"
    return None
