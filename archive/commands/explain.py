"""`gongkai extract --explain`: why a page was read as it was."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import click

from pipelines import derive
from pipelines.extract import Content
from pipelines.records import Capture, Report

_LINE = 100  # characters of a page's line that are shown
_LINES = 400  # lines cut that are shown; a mega menu has more


def run(capture: Capture) -> None:
    """Read the page and print how, for a person."""
    derive(capture)  # loads what is loaded once, so that the times below are the page's own
    times: dict[str, float] = {}
    products: dict[str, object] = {}
    last = time.perf_counter()

    def trace(stage: str, product: object) -> None:
        nonlocal last
        now = time.perf_counter()
        times[stage], products[stage] = now - last, product
        last = now

    report = derive(capture, trace)
    trace("fingerprint", None)
    content = products.get("extract")
    for line in _lines(report, content if isinstance(content, Content) else None, times):
        click.echo(line)


def _lines(report: Report, content: Content | None, times: dict[str, float]) -> Iterator[str]:
    charset = report.charset
    yield f"verdict    {report.verdict}: {'; '.join(report.reasons)}"
    yield (
        f"charset    declared {charset.declared or 'nothing'}, detected {charset.detected or 'nothing'}, read as"
        f" {charset.chosen}, {charset.errors} unreadable"
    )
    if content is not None:
        yield f"container  {content.container or 'none: no running text, no table'}"
    yield (
        f"text       {len(report.text)} characters, {len(report.text.splitlines())} lines,"
        f" {len(report.sections)} sections, {len(report.tables)} tables, {len(report.attachments)} attachments"
    )
    yield from _section("Fields: value, where it was read, the words that stood there", _fields(report))
    if content is not None:
        yield from _section(
            "Headings the title was chosen from", (f"h{h.rank} {h.where}: {h.text}" for h in content.headings)
        )
        counts = Counter(cut.rule for cut in content.dropped)
        heading = f"Cut from the container: {counts.total()} lines" + "".join(
            f", {n} {rule}" for rule, n in counts.most_common()
        )
        yield from _section(heading, (f"{cut.rule}: {cut.text}" for cut in content.dropped[:_LINES]))
        yield from _section("Right above the text", content.above[-5:])
        yield from _section("Right below the text", content.below[:5])
    yield from _section("Sections", (f"{'  ' * (s.level - 1)}{s.number}{s.title}" for s in report.sections))
    yield from _section(
        "Tables: rows × columns, caption",
        (f"{len(t.rows)} × {max(map(len, t.rows), default=0)}  {t.caption or ''}" for t in report.tables),
    )
    yield from _section("Attachments", (f"{a.text}  {a.url}" for a in report.attachments))
    yield from _section("Findings", (f"{f.severity} {f.code}: {f.message}  {f.evidence}" for f in report.findings))
    yield ""
    whole = sum(times.values())
    yield (
        "Time       "
        + ", ".join(f"{name} {spent * 1e3:.1f}" for name, spent in times.items())
        + f", all {whole * 1e3:.1f} ms"
    )


def _fields(report: Report) -> Iterator[str]:
    """Every field with what it rests on; those the page says nothing of in a last line."""
    identity = report.identity
    rests = {piece.field: piece for piece in identity.evidence}
    values = {
        "title": identity.title,
        "issuer": identity.issuer and f"{identity.issuer.name} ({identity.issuer.kind}, {identity.issuer.code})",
        "year": identity.year,
        "period": identity.period and "/".join(identity.period),
        "published_on": identity.published_on,
        "signed_on": identity.signed_on,
        "source": identity.source,
        "index_number": identity.index_number,
        "document_number": identity.document_number,
        "site_code": identity.site_code,
    }
    for name, value in values.items():
        if value is not None:
            why = rests.get(name)
            yield f"{name}: {value}" + (f"  | {why.where} | {why.words}" if why else "")
    if missing := [name for name, value in values.items() if value is None]:
        yield f"not on the page: {', '.join(missing)}"


def _section(heading: str, lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    shown = [line.replace("\n", " ").replace("\t", " ") for line in lines]
    if shown:
        yield ""
        yield heading
        for line in shown:
            yield "  " + (line if len(line) <= _LINE else line[: _LINE - 1] + "…")
