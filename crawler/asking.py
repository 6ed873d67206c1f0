"""Asking an unknown portal a few things in the foreground: slowly, no more often than allowed, and with TLS as it is.

Over `requests`; a crawl asks through Scrapy, with the archive as its witness.
"""

from __future__ import annotations

import hashlib
import re
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, LineTooLong
from urllib.parse import urljoin, urlsplit

import requests
from cryptography import x509
from urllib3.exceptions import InsecureRequestWarning, NameResolutionError
from urllib3.util.ssl_ import create_urllib3_context

from crawler.connecting import Checked, Deadline, Inside
from crawler.middlewares.cookies import LARGEST as COOKIES

BUDGET = 30  # requests to one portal
PAUSE = 1.0  # seconds between two of them at least
SIZE = 8 << 20  # bytes of a page; real ones have a hundredth of it
_TIMEOUT = 30  # seconds without a byte
_WHOLE = 60.0  # seconds for an answer, as in a crawl
_OBJECT = re.compile(r"^(?:<.*?>|\w+\(host=.*?, port=\d+\)): ")  # of urllib3, before what it says
_MANY = "got more than"  # headers than Python's own reader takes: the error has no class
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


class _TooLargeError(ValueError):
    """Raised here for an answer that is larger than the limit."""


class _Relaxed(Checked):
    """Takes the TLS of old servers as it is."""

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        context = create_urllib3_context(ciphers="ALL:!aNULL:!eNULL:@SECLEVEL=0", cert_reqs=ssl.CERT_NONE)
        context.check_hostname = False
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options |= _LEGACY
        super().init_poolmanager(*args, **kwargs, ssl_context=context)


class Asker:
    """Asks one thing at a time, with a pause before each but the first."""

    def __init__(
        self,
        agent: str,
        *,
        pause: float = PAUSE,
        budget: int = BUDGET,
        size: int = SIZE,
        private: Sequence[str] = (),
        whole: float = _WHOLE,
    ) -> None:
        """`private`: networks that names may lead into all the same; `whole`: seconds that an answer may take."""
        self.pause = pause
        self.budget = budget
        self.size = size
        self.asked = 0
        self._last = 0.0
        self._deadline = Deadline(whole)
        self._sessions = {relaxed: requests.Session() for relaxed in (False, True)}
        for relaxed, session in self._sessions.items():
            session.mount("http://", Checked(self._deadline, private))
            session.mount("https://", (_Relaxed if relaxed else Checked)(self._deadline, private))
            session.headers["User-Agent"] = agent
            session.auth = _nobody

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._deadline.close()

    def get(self, url: str, *, relaxed: bool = False, referer: str = "") -> Answer:
        """The answer, redirects not followed."""
        if self.asked >= self.budget:
            raise SpentError(f"{self.asked} requests were made")
        self.asked += 1
        time.sleep(max(0.0, self._last + self.pause - time.monotonic()) if self._last else 0)
        began = time.monotonic()
        try:
            with warnings.catch_warnings(), self._deadline:
                warnings.simplefilter("ignore", InsecureRequestWarning)  # that is what relaxed means
                response = self._sessions[relaxed].get(
                    url,
                    headers={"Referer": referer} if referer else {},
                    timeout=min(_TIMEOUT, self._deadline.seconds),
                    allow_redirects=False,
                    stream=True,
                    verify=not relaxed,  # here, since the environment's bundle overrules the session's
                )
                with response:
                    tls = dict(_tls(response))
                    body = b"".join(self._pieces(response))
        except (requests.RequestException, UnicodeError, ValueError) as error:
            if not self._deadline.is_over:
                return Answer(url, _kind(error), _words(error), seconds=time.monotonic() - began)
        finally:
            self._last = time.monotonic()
            self._forget_cookies()
        if self._deadline.is_over:  # what has no length looks whole where it is broken off
            why = f"no whole answer in {self._deadline.seconds:g} seconds"
            return Answer(url, "timeout", why, seconds=self._last - began)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url, "fetched", "", response.status_code, headers, body, self._last - began, tls)

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        size = 0
        for piece in response.iter_content(65536):
            size += len(piece)
            if size > self.size:
                raise _TooLargeError(f"more than {self.size >> 20} MiB")
            yield piece

    def _forget_cookies(self) -> None:
        """As a crawl does: too many, sent back, make every further answer a 400."""
        for session in self._sessions.values():
            if sum(len(cookie.name) + len(cookie.value or "") for cookie in session.cookies) > COOKIES:
                session.cookies.clear()


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Names no user: without this, requests sends whatever a .netrc of the operator has for the host, or for all."""
    return request


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
    inner = tuple(_causes(error))
    if any(isinstance(cause, _TooLargeError | LineTooLong) or str(cause).startswith(_MANY) for cause in inner):
        return "too_large"
    if any(isinstance(cause, Inside) for cause in inner):
        return "private"
    if any(isinstance(cause, HTTPException) and not isinstance(cause, OSError) for cause in inner):
        return "failed"  # what it answers is not HTTP
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.exceptions.Timeout):
        return "timeout"
    if isinstance(error, requests.exceptions.ConnectionError):
        text = str(error)
        if any(isinstance(cause, NameResolutionError) for cause in inner) or "resolve" in text:
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
    return _OBJECT.sub("", str(list(_causes(error))[-1]))
