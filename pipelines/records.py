"""The words all sides share: what a portal is, what a visit brought, what a page says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Headers = tuple[tuple[str, str], ...]
Role = Literal["listing", "report", "attachment", "robots", "part", "further"]
Severity = Literal["info", "warning", "error"]
Verdict = Literal[
    "report",
    "attachment_only",
    "thin",
    "not_a_report",
    "listing",
    "home",
    "challenge",
    "soft_404",
    "error_page",
    "mirror",
    "unreadable",
]
CITABLE: tuple[Verdict, ...] = ("report", "attachment_only", "thin")  # best first
IssuerKind = Literal["government", "office", "department", "town", "zone", "vertical", "enterprise"]


# ---------------------------------------------------------------- the web side


@dataclass(frozen=True, slots=True)
class Expect:
    """What a portal should yield; less than that, and the run says so."""

    since: int | None = None
    reports: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a portal where the default does not do."""

    delay: float | None = None  # seconds between two requests to one host
    tls: Literal["strict", "relaxed"] | None = None  # None: strict first, relaxed for a host where that fails
    scheme: Literal["http", "https"] | None = None  # None: as the address says, the other where that does not answer
    browser: bool = False  # pages that only a script draws are drawn by a browser


@dataclass(frozen=True, slots=True)
class Hints:
    """What a reader of a portal's pages should know where their markup misleads."""

    container: str = ""  # the element that holds the text: #id or .class


@dataclass(frozen=True, slots=True)
class Portal:
    """One government's web presence, as its portal file says it. `id` is the file's stem and the spider's name."""

    id: str
    name: str
    code: str | None
    home: str
    hosts: tuple[str, ...]
    start: tuple[str, ...] = ()
    family: str = ""
    expect: Expect = Expect()
    access: Access = Access()
    hints: Hints = Hints()
    sha256: str = ""  # of the portal file


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a list or for a part of one."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    body: str = ""
    headers: Headers = ()
    family: str = ""  # reads the answer, where that is no page of links
    title: str = ""  # of the column, as its page says
    shared: bool = False  # one of several lists of the column: the numbers it announces are not the column's


@dataclass(frozen=True, slots=True)
class Visit:
    """One HTTP exchange we made, and what came of it.

    `number` counts the visits of a run from 1; `discovered_on` and `redirected_from` are numbers of the same run.
    `outcome` is a key of `OUTCOMES`. `body` is the entity as received, content-coding undone, or None.
    """

    number: int
    portal: Portal
    role: Role
    url: str  # verbatim, as requested
    requested_at: datetime  # aware, UTC
    outcome: str
    method: str = "GET"
    elapsed: float | None = None  # seconds from request to the last byte
    status: int | None = None
    error: str | None = None  # the failure in words, where there was one
    request_headers: Headers = ()
    request_body: str | None = None  # of a POST
    response_headers: Headers = ()
    remote_address: str | None = None
    tls: Mapping[str, str | bool] | None = None  # facts of the connection and of the server's certificate
    body: bytes | None = None
    truncated: bool = False
    redirected_from: int | None = None
    discovered_on: int | None = None
    link_text: str | None = None
    position: int | None = None  # of the link on the page it was found on, from 0
    imported: Mapping[str, object] | None = None  # an exchange that others made: their record, file and program
    rendering: Mapping[str, object] | None = None  # by `RENDER`: what the body was made of, and by what

    def header(self, name: str) -> str | None:
        """The first response header of a name in lower case."""
        return next((value for key, value in self.response_headers if key.lower() == name), None)


# Method of a visit that is no exchange: a browser drew its body from those that `rendering` names.
RENDER = "RENDER"

# What can come of a visit. The archive turns `fetched` into one of new, changed, same_bytes.
OUTCOMES: Mapping[str, str] = {
    "fetched": "a body came",
    "new": "the first body at this address",
    "changed": "another body than the last one at this address",
    "same_bytes": "the same body as the last one at this address",
    "not_modified": "the server said 304: the last body still holds",
    "redirected": "sent on to another address of the portal",
    "off_host": "sent on to a host the portal does not name; not followed",
    "redirect_loop": "sent on more often than is allowed",
    "gone": "404 or 410",
    "forbidden": "401 or 403",
    "challenge": "a script or captcha stands before the page; left alone",
    "http_error": "any other status of 400 or more",
    "guarded": "not asked: the host sent challenges or nothing, or asked us to stay away, and is left for this run",
    "private": "the host name leads to a private address; not asked",
    "robots_denied": "robots.txt forbids it, or cannot be had; not fetched",
    "dns": "the host name does not resolve",
    "refused": "the connection was refused or the host unreachable",
    "reset": "the connection broke before the answer was complete",
    "timeout": "no complete answer in time",
    "tls": "the TLS handshake failed",
    "truncated": "less came than the header announced; what came is kept",
    "too_large": "more than the size limit; not kept",
    "failed": "another failure; the error column says which",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A further page of an article, or the page that its frame shows, as it was brought home."""

    url: str  # as the article names it
    body: bytes
    content_type: str | None = None
    at: str = ""  # address that answered, where that is another


@dataclass(frozen=True, slots=True)
class Capture:
    """A page as it was brought home: all that `derive` may look at."""

    url: str
    body: bytes
    content_type: str | None = None  # the HTTP header's words
    status: int = 200
    portal: Portal | None = None
    link_text: str | None = None  # words of the link that led here
    parts: tuple[Part, ...] = ()  # of its article on other pages: all that came, in any order


# ---------------------------------------------------------------- the page side


@dataclass(frozen=True, slots=True)
class Charset:
    """Which character set was declared (header or meta), detected, chosen; `errors`: U+FFFD for unreadable bytes."""

    declared: str | None
    detected: str | None
    chosen: str
    errors: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader should know, with the words or cells it rests on."""

    code: str
    severity: Severity
    message: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a field of the identity rests on: where it was read and the words that stood there."""

    field: str
    value: str
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Span:
    """A cell that reaches over more than one slot of its grid."""

    row: int
    column: int
    rowspan: int
    colspan: int


@dataclass(frozen=True, slots=True)
class Table:
    """A data table as a grid: a cell's words stand in its first slot, the other slots it spans are empty."""

    caption: str | None
    after: int  # paragraphs of the text above it
    rows: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the report as written, with the text under it down to the next heading."""

    level: int
    number: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file the report links to: words of the link, address as written, address resolved."""

    text: str
    href: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture inside the report: the words in its place, address as written, address resolved."""

    alt: str
    src: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a listing: words of the link, address as written, ISO date beside it."""

    title: str
    href: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading candidate: `where` is `body` inside the report's own text, `above` before it; `rank` is 1 for h1."""

    text: str
    rank: int
    where: Literal["above", "body"]


@dataclass(frozen=True, slots=True)
class Context:
    """What `identify` and `assess` read: plain words of the page, sorted by where they stood.

    A line is one block; a row of a table is one line with its cells separated by tabs. `above` and `below` are the
    visible lines before and after the report's own text (breadcrumb, info box, line of date and source; footer).
    """

    url: str
    metas: Mapping[str, tuple[str, ...]]  # names in lower case
    title_tag: str
    headings: tuple[Heading, ...]
    above: tuple[str, ...]
    lines: tuple[str, ...]
    below: tuple[str, ...]
    portal: Portal | None = None
    link_text: str | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """The body that reports. `path` is the chain of divisions from the province down, where known.

    `full` is its one name, whatever words name it: all its divisions, then its own name without abbreviations. What of
    it `name` does not say is told by the evidence for `issuer_full`. None: nothing says where it is.
    """

    name: str  # as written
    kind: IssuerKind | None
    code: str | None  # GB/T 2260, of the division it governs or lies in
    path: tuple[str, ...] = ()
    full: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who reports on which year, and what the page says of itself. Dates are ISO 8601; None: not on the page."""

    title: str | None = None
    issuer: Issuer | None = None
    year: int | None = None
    period: tuple[str, str] | None = None
    published_on: str | None = None
    signed_on: str | None = None
    source: str | None = None
    index_number: str | None = None
    document_number: str | None = None
    site_code: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Further:
    """A page that a report goes on at or shows in a frame: its address, and the hash of its bytes if they came."""

    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Substitution:
    """Alien words of a mirror's text and what stood there by the page's own words: nothing, or `basis` says why not."""

    found: str
    proposed: str
    times: int
    basis: str


@dataclass(frozen=True, slots=True)
class Lead:
    """What a mirror says of the page that it copies. Proposals: none of it is what the page says."""

    address: str  # of the true page: whole, or its path where the page does not tell the host; empty: not to be told
    restored: str  # its text without what was put in; empty where nothing was
    substitutions: tuple[Substitution, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a capture says, by one recipe."""

    url: str
    charset: Charset
    identity: Identity
    text: str
    markdown: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    attachments: tuple[Attachment, ...]
    items: tuple[Item, ...]
    verdict: Verdict
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    fingerprint: str  # SHA-256 of the normalised text, hex
    recipe: str
    pictures: tuple[Picture, ...] = ()  # inside the text
    further: tuple[Further, ...] = ()  # pages it is read from beside its own
    lead: Lead | None = None  # of a mirror
    sketch: str = ""  # hex: keys of which a near copy has one; empty for what is no report
