"""The page side: bytes to report. No network, no database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, NamedTuple

from pipelines import damage, documents, dom, hijack, mirrors
from pipelines.article import Read, whole
from pipelines.assess import assess
from pipelines.decode import decode
from pipelines.documents.content import content as as_content
from pipelines.documents.content import link_title
from pipelines.extract import Content, extract
from pipelines.fingerprint import fingerprint, sketch
from pipelines.identify import identify
from pipelines.listing import Lists, is_report_title, read_lists
from pipelines.records import (
    CITABLE,
    Capture,
    Charset,
    Context,
    Evidence,
    Finding,
    Further,
    Identity,
    Part,
    Report,
    Verdict,
)

_VERSION = 7  # goes up whenever the same page gives another report

_NO_LISTS = Lists((), (), (), None)  # a file is none
_BINARY = Charset(None, None, "binary", 0)  # of what is no text
_MAX_PAGE = 16 * 1024 * 1024  # bytes; the largest page of text seen is 0.5 MB


@cache
def _recipe() -> str:
    """Ours, trafilatura's version, the readers of documents, and a hash of every table the stages read."""
    digest = hashlib.sha256()
    for table in sorted(files("pipelines.data").iterdir(), key=lambda entry: entry.name):
        if table.name.endswith((".toml", ".tsv", ".json")):
            digest.update(table.name.encode() + b"\0" + table.read_bytes())
    tools = f"trafilatura-{version('trafilatura')}+docs-{documents.libraries()}"
    return f"gongkai-{_VERSION}+{tools}+data-{digest.hexdigest()[:8]}"


RECIPE = _recipe()


Trace = Callable[[str, object], None]  # told of each stage's name and product as soon as it is there


def _untold(stage: str, product: object) -> None:
    """Nobody asked how."""


def derive(capture: Capture, trace: Trace = _untold) -> Report:
    """What a captured page says. Pure, so the live crawl and a re-extraction cannot differ."""
    if documents.kind_of(capture.body):
        return _file(capture, trace)
    if why := _unreadable(capture.body):
        return unreadable(capture, *why)
    page = _open(capture, trace)
    judged = _judge(capture, page, trace)
    if mirror := _mirror(capture, page, judged):
        found = (*mirror.findings, *page.content.findings, *judged.findings)
        report = _report(capture, page.charset, page.content, judged.identity, found, "mirror", mirror.reasons)
        return replace(report, lead=mirror.lead)
    if (clean := _cleaned(page)) is not page:
        page, judged = clean, _judge(capture, clean, trace)
    further: tuple[Further, ...] = ()
    if (page.content.others or page.content.framed) and _may_go_on(capture, judged):
        title = judged.identity.title
        article = whole(capture.url, page.content, title, capture.parts, lambda part: _part(capture, part))
        charset = replace(page.charset, errors=page.charset.errors + article.errors)
        page, further = page._replace(content=article.content, charset=charset), article.further
        trace("join", article)
        judged = _judge(capture, page, trace)
    content, (identity, findings, verdict, reasons) = page.content, judged
    if verdict in ("listing", "home"):
        identity, findings = _of_list(identity, page.listing().title), ()
        content = replace(
            content, findings=tuple(f for f in content.findings if f.code != "continues")
        )  # a list's pager
    said = damage.findings(page.charset, content.lines, (page.title_tag, *content.above, *content.below))
    report = _report(capture, page.charset, content, identity, (*said, *content.findings, *findings), verdict, reasons)
    report = replace(report, further=further)
    return replace(report, items=page.listing().items) if verdict in ("listing", "home") else report


class _Page(NamedTuple):
    """A page as `decode` and `extract` left it."""

    html: str
    charset: Charset
    metas: Mapping[str, tuple[str, ...]]
    title_tag: str
    content: Content
    listing: Callable[[], Lists]


class _Judged(NamedTuple):
    """What `identify` and `assess` made of it."""

    identity: Identity
    findings: tuple[Finding, ...]
    verdict: Verdict
    reasons: tuple[str, ...]


def _open(capture: Capture, trace: Trace) -> _Page:
    html, charset = decode(capture.body, capture.content_type)
    trace("decode", charset)
    root = dom.parse(html)
    trace("parse", root)
    title_tag = dom.title_tag(root)
    content = extract(root, capture.url, capture.portal.hints.container if capture.portal else "")
    trace("extract", content)
    listing = cache(lambda: read_lists(root, capture.url, html))
    return _Page(html, charset, dom.metas(root), title_tag, content, listing)


def _judge(capture: Capture, page: _Page, trace: Trace) -> _Judged:
    content = page.content
    context = Context(
        url=capture.url,
        metas=page.metas,
        title_tag=page.title_tag,
        headings=content.headings,
        above=content.above,
        lines=content.lines,
        below=content.below,
        portal=capture.portal,
        link_text=capture.link_text,
    )
    identity, findings = identify(context)
    trace("identify", identity)
    verdict, reasons = assess(page.html, capture.status, capture.url, page.title_tag, content, identity, page.listing)
    trace("assess", verdict)
    return _Judged(identity, findings, verdict, reasons)


def _mirror(capture: Capture, page: _Page, judged: _Judged) -> mirrors.Mirror | None:
    about = (page.html, page.metas, page.title_tag, page.content, judged.identity, judged.verdict)
    return mirrors.judge(mirrors.Page(capture.url, capture.portal, *about))


def _cleaned(page: _Page) -> _Page:
    """The page without what somebody who broke into its host put there, with a finding of it."""
    found = hijack.look(page.html, page.title_tag, page.metas, page.content)
    if found is None:
        return page
    content = replace(found.content, findings=(*found.content.findings, found.finding))
    return page._replace(title_tag=found.title_tag, metas=found.metas, content=content)


def _may_go_on(capture: Capture, judged: _Judged) -> bool:
    """Whether what a page's other pages hold can belong to a report: it is one, or the link to it says so."""
    by_link = judged.verdict == "not_a_report" and is_report_title(link_title(capture.link_text) or "") is None
    return judged.verdict in CITABLE or by_link


def _part(capture: Capture, part: Part) -> Read:
    """A further page of a capture's article, read as any other."""
    inner = Capture(part.at or part.url, part.body, part.content_type, portal=capture.portal)
    if documents.kind_of(part.body) or _unreadable(part.body):
        return Read(Content(), None, "unreadable", 0)
    page = _cleaned(_open(inner, _untold))
    judged = _judge(inner, page, _untold)
    return Read(page.content, judged.identity.title, judged.verdict, page.charset.errors)


def _report(
    capture: Capture,
    charset: Charset,
    content: Content,
    identity: Identity,
    findings: tuple[Finding, ...],
    verdict: Verdict,
    reasons: tuple[str, ...],
) -> Report:
    return Report(
        url=capture.url,
        charset=charset,
        identity=identity,
        text=content.text,
        markdown=content.markdown,
        sections=content.sections,
        tables=content.tables,
        attachments=content.attachments,
        items=(),
        verdict=verdict,
        reasons=reasons,
        findings=findings,
        fingerprint=fingerprint(content.text),
        recipe=RECIPE,
        pictures=content.images,
        sketch=sketch(content.text, identity) if verdict in CITABLE else "",
    )


def _of_list(identity: Identity, column: str | None) -> Identity:
    """What a list is called; what `identify` read beside that is its first row's."""
    title = (Evidence("title", column, "column", column),) if column else ()
    code = tuple(piece for piece in identity.evidence if piece.field == "site_code")
    return Identity(title=column, site_code=identity.site_code, evidence=(*title, *code))


def _file(capture: Capture, trace: Trace) -> Report:
    """The report on a file that is no page: by its own words, else by those of the link that led to it."""
    document = documents.read(capture.body)
    trace("read", document)
    link_text = link_title(capture.link_text)
    if document.problem and not document.blocks and is_report_title(link_text or "") is not None:
        return unreadable(capture, *document.problem)
    content = as_content(document, capture.url, capture.link_text)
    trace("extract", content)
    context = Context(
        capture.url, {}, "", content.headings, (), content.lines, (), portal=capture.portal, link_text=link_text
    )
    identity, findings = identify(context)
    trace("identify", identity)
    verdict, reasons = assess("", capture.status, capture.url, "", content, identity, lambda: _NO_LISTS)
    trace("assess", verdict)
    problem = (Finding(document.problem[0], "warning", document.problem[1]),) if document.problem else ()
    return _report(capture, _BINARY, content, identity, (*problem, *findings), verdict, reasons)


def unreadable(capture: Capture, reason: str, message: str) -> Report:
    """The report on a capture that could not be read, with the reason's name."""
    finding = Finding(reason, "error", message)
    return _report(capture, _BINARY, Content(), Identity(), (finding,), "unreadable", (reason,))


def _unreadable(body: bytes) -> tuple[str, str] | None:
    if not body.strip():
        return "empty", "the body is empty"
    if len(body) > _MAX_PAGE:
        return "too_large", f"{len(body):,} bytes, more than the {_MAX_PAGE:,} that are read as a page"
    return None


def to_dict(report: Report) -> dict[str, Any]:
    """The object that `gongkai extract` prints: plain values, the identity's fields beside the others."""
    whole = asdict(report)
    identity = whole.pop("identity")
    return {**whole, **identity}
