"""Asking an unknown portal a few things in the foreground: slowly, no more often than allowed, and with TLS as it is.

Over `requests`; a crawl asks through Scrapy, with the archive as its witness.
"""

from __future__ import annotations

import hashlib
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import requests
from cryptography import x509
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InsecureRequestWarning, NameResolutionError
from urllib3.util.ssl_ import create_urllib3_context

BUDGET = 30  # requests to one portal
PAUSE = 1.0  # seconds between two of them at least
_TIMEOUT = 30
_SIZE = 8 << 20  # bytes of an answer that are read; pages have a hundredth of it
_LEGACY = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class SpentError(Exception):
    """Raised by `Asker` when a portal has been asked as often as it may be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request; without a status nothing did, and `outcome` says why in a word of `OUTCOMES`."""

    url: str
    outcome: str
    error: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    tls: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str | None:
        """Where a redirect leads."""
        to = self.headers.get("location", "") if self.status in _REDIRECTS else ""
        if not to:
            return None
        try:
            whole = urljoin(self.url, to.encode("latin-1", "replace").decode("utf-8", "replace"))
            return whole if urlsplit(whole).scheme in {"http", "https"} else None
        except ValueError:  # a malformed port or IPv6 host
            return None


class _Relaxed(HTTPAdapter):
    """Takes the TLS of old servers as it is."""

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        context = create_urllib3_context(ciphers="ALL:!aNULL:!eNULL:@SECLEVEL=0", cert_reqs=ssl.CERT_NONE)
        context.check_hostname = False
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options |= _LEGACY
        super().init_poolmanager(*args, **kwargs, ssl_context=context)  # type: ignore[arg-type]  # handed on as they came


class Asker:
    """Asks one thing at a time, with a pause before each but the first."""

    def __init__(self, agent: str, *, pause: float = PAUSE, budget: int = BUDGET) -> None:
        self.pause = pause
        self.budget = budget
        self.asked = 0
        self._last = 0.0
        self._sessions = {relaxed: requests.Session() for relaxed in (False, True)}
        self._sessions[True].mount("https://", _Relaxed())
        for session in self._sessions.values():
            session.headers["User-Agent"] = agent

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def get(self, url: str, *, relaxed: bool = False, referer: str = "") -> Answer:
        """The answer, redirects not followed."""
        if self.asked >= self.budget:
            raise SpentError(f"{self.asked} requests were made")
        self.asked += 1
        time.sleep(max(0.0, self._last + self.pause - time.monotonic()) if self._last else 0)
        began = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", InsecureRequestWarning)  # that is what relaxed means
                response = self._sessions[relaxed].get(
                    url,
                    headers={"Referer": referer} if referer else {},
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                    verify=not relaxed,  # here, since the environment's bundle overrules the session's
                )
                with response:
                    tls = dict(_tls(response))
                    body = b"".join(_pieces(response))
        except (requests.RequestException, UnicodeError, ValueError) as error:
            return Answer(url, _kind(error), _words(error), seconds=time.monotonic() - began)
        finally:
            self._last = time.monotonic()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url, "fetched", "", response.status_code, headers, body, self._last - began, tls)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_content(65536):
        yield piece
        size += len(piece)
        if size > _SIZE:
            return


def _tls(response: requests.Response) -> Iterator[tuple[str, str]]:
    """Protocol, cipher and certificate an answer came under; nothing on plain http."""
    connection = response.raw.connection
    socket = connection.sock if connection is not None else None
    if not isinstance(socket, ssl.SSLSocket):
        return
    yield "protocol", socket.version() or ""
    yield "cipher", (socket.cipher() or ("",))[0]
    raw = socket.getpeercert(binary_form=True) or b""
    yield "sha256", hashlib.sha256(raw).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(raw)
        yield "subject", certificate.subject.rfc4514_string()
        yield "issuer", certificate.issuer.rfc4514_string()
        yield "not_after", certificate.not_valid_after_utc.isoformat()
    except ValueError as error:  # home-made certificates break the rules
        yield "malformed", str(error)


def _kind(error: BaseException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.exceptions.Timeout):
        return "timeout"
    if isinstance(error, requests.exceptions.ConnectionError):
        text = str(error)
        if any(isinstance(cause, NameResolutionError) for cause in _causes(error)) or "resolve" in text:
            return "dns"
        return "reset" if "reset" in text or "aborted" in text else "refused"
    return "failed"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it rests on, as far as urllib3 tells."""
    yield error
    for argument in error.args:
        if isinstance(argument, BaseException):
            yield from _causes(argument)
            reason = getattr(argument, "reason", None)  # only some of urllib3's have one
            if isinstance(reason, BaseException):
                yield from _causes(reason)


def _words(error: BaseException) -> str:
    """The innermost reason, without the names of Python's objects around it."""
    words = str(list(_causes(error))[-1])
    return words.partition(">: ")[2] or words
