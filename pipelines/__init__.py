"""The page side: bytes to report. No network, no database, no clock."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from pipelines import dom
from pipelines.assess import assess
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.fingerprint import fingerprint
from pipelines.identify import identify
from pipelines.listing import is_report_title, read_tree
from pipelines.records import Attachment, Capture, Charset, Context, Finding, Identity, Report

_VERSION = 1  # goes up whenever the same page gives another report

# of what is no page of text; the first bytes tell, since servers lie about types
_BINARY = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip container (docx, xlsx, ofd)"),
    (b"\xd0\xcf\x11\xe0", "OLE file (doc, xls, wps)"),
    (b"{\\rtf", "rtf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
)
_MAX_PAGE = 16 * 1024 * 1024  # bytes; the largest page of text seen is 0.5 MB


@cache
def _recipe() -> str:
    """Ours, trafilatura's version, and a hash of every table the stages read."""
    digest = hashlib.sha256()
    for table in sorted(files("pipelines.data").iterdir(), key=lambda entry: entry.name):
        if table.name.endswith((".toml", ".tsv", ".json")):
            digest.update(table.name.encode() + b"\0" + table.read_bytes())
    return f"gongkai-{_VERSION}+trafilatura-{version('trafilatura')}+data-{digest.hexdigest()[:8]}"


RECIPE = _recipe()


def derive(capture: Capture) -> Report:
    """What a captured page says. Pure, so the live crawl and a re-extraction cannot differ."""
    if why := _unreadable(capture.body):
        return _file(capture, why[1]) if why[0] == "binary" else unreadable(capture, *why)
    html, charset = decode(capture.body, capture.content_type)
    root = dom.parse(html)
    metas = dom.metas(root)
    title_tag = dom.squeeze("".join(words for title in root.iter("title") for words in title.itertext()))
    content = extract(root, capture.url)
    listing = cache(lambda: read_tree(root, capture.url, html))
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
    verdict, reasons = assess(html, capture.status, capture.url, title_tag, content, identity, listing)
    return Report(
        url=capture.url,
        charset=charset,
        identity=identity,
        text=content.text,
        markdown=content.markdown,
        sections=content.sections,
        tables=content.tables,
        attachments=content.attachments,
        items=listing().items if verdict in ("listing", "home") else (),
        verdict=verdict,
        reasons=reasons,
        findings=(*_charset_findings(charset), *findings),
        fingerprint=fingerprint(content.text),
        recipe=RECIPE,
    )


def _file(capture: Capture, message: str) -> Report:
    """The report on a file that is no page: what the link says that led to it, where that is a report's title."""
    report = unreadable(capture, "binary", message)
    words = capture.link_text or ""
    if is_report_title(words) is not None:
        return report
    context = Context(capture.url, {}, "", (), (), (), (), capture.portal, words)
    identity, findings = identify(context)
    return replace(
        report,
        identity=identity,
        attachments=(Attachment(words, capture.url, capture.url),),
        verdict="attachment_only",
        reasons=("title of the link", message),
        findings=findings,
    )


def unreadable(capture: Capture, reason: str, message: str) -> Report:
    """The report on a capture that could not be read, with the reason's name."""
    return Report(
        url=capture.url,
        charset=Charset(None, None, "binary", 0),
        identity=Identity(),
        text="",
        markdown="",
        sections=(),
        tables=(),
        attachments=(),
        items=(),
        verdict="unreadable",
        reasons=(reason,),
        findings=(Finding(reason, "error", message),),
        fingerprint=fingerprint(""),
        recipe=RECIPE,
    )


def _unreadable(body: bytes) -> tuple[str, str] | None:
    if not body.strip():
        return "empty", "the body is empty"
    for magic, kind in _BINARY:
        if body.startswith(magic):
            return "binary", f"no page but a file: {kind}"
    if len(body) > _MAX_PAGE:
        return "too_large", f"{len(body):,} bytes, more than the {_MAX_PAGE:,} that are read as a page"
    return None


def _charset_findings(charset: Charset) -> tuple[Finding, ...]:
    if not charset.errors:
        return ()
    return (Finding("undecodable_bytes", "warning", f"{charset.errors} bytes are no {charset.chosen}"),)


def to_dict(report: Report) -> dict[str, Any]:
    """The object that `gongkai extract` prints: plain values, the identity's fields beside the others."""
    whole = asdict(report)
    identity = whole.pop("identity")
    return {**whole, **identity}
