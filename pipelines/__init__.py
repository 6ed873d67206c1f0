"""The page side: bytes to report. No network, no database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from pipelines import damage, documents, dom
from pipelines.assess import assess
from pipelines.decode import decode
from pipelines.documents.content import content as as_content
from pipelines.documents.content import link_title
from pipelines.extract import Content, extract
from pipelines.fingerprint import fingerprint
from pipelines.identify import identify
from pipelines.listing import Lists, is_report_title, read_lists
from pipelines.records import Capture, Charset, Context, Evidence, Finding, Identity, Report, Verdict

_VERSION = 2  # goes up whenever the same page gives another report

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
    html, charset = decode(capture.body, capture.content_type)
    trace("decode", charset)
    root = dom.parse(html)
    trace("parse", root)
    metas = dom.metas(root)
    title_tag = dom.squeeze("".join(words for title in root.iter("title") for words in title.itertext()))
    content = extract(root, capture.url, capture.portal.hints.container if capture.portal else "")
    trace("extract", content)
    listing = cache(lambda: read_lists(root, capture.url, html))
    context = Context(
        url=capture.url,
        metas=metas,
        title_tag=title_tag,
        headings=content.headings,
        above=content.above,
        lines=content.lines,
        below=content.below,
        portal=capture.portal,
        link_text=capture.link_text,
    )
    identity, findings = identify(context)
    trace("identify", identity)
    verdict, reasons = assess(html, capture.status, capture.url, title_tag, content, identity, listing)
    trace("assess", verdict)
    if verdict in ("listing", "home"):
        identity, findings = _of_list(identity, listing().title), ()
    said = damage.findings(charset, content.lines, (title_tag, *content.above, *content.below))
    report = _report(capture, charset, content, identity, (*said, *content.findings, *findings), verdict, reasons)
    return replace(report, items=listing().items) if verdict in ("listing", "home") else report


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
