"""Who reports on which year, and what the page says of itself, each value with the evidence it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pipelines import headline, issuers, printed, reporter, titles
from pipelines.dates import find_period, find_span, find_years, normal
from pipelines.issuers import Place
from pipelines.printed import Value
from pipelines.records import Context, Evidence, Finding, Identity
from pipelines.reporter import Claim, Witnesses

_OPENING = 6  # lines in which a report says what it is and what it covers
# 现公布泰顺县人民政府2020年政府信息公开工作年度报告: a title inside a sentence.
_VERB = "公布|公开|发布|编制|形成"
_SAYS = re.compile(
    rf"(?:{_VERB}|^)了?((?:(?!{_VERB})[\u4e00-\u9fff]){{0,24}}20\d\d年?度?(?:(?!{_VERB})[\u4e00-\u9fff]){{0,24}}"
    r"(?:政府|政务)?信息公开(?:工作)?(?:年度)?(?:工作)?(?:年度)?(?:报告|年报))"
)
_LONGEST_PERIOD = timedelta(days=400)  # of an annual report; 2010-03-01 to 2011-02-28 is one
_OVERVIEW = re.compile(r"^[一1][、.．]?\s*(?:总体情况|概述|概况|基本情况|工作概述|总体概述|.{0,12}概述)")


def identify(context: Context) -> tuple[Identity, tuple[Finding, ...]]:
    """The identity of a page with the evidence of every field, and what in it does not agree."""
    findings: list[Finding] = []
    choice = headline.choose(context)
    title = choice.title if choice else None
    if choice:
        findings += choice.findings
    evidence = [Evidence("title", choice.title, choice.where, choice.words)] if choice else []

    readings = printed.Readings(context, title)
    site_code = printed.site_code(context)
    report = _read_report(context, title)
    period = _period(context.lines) if report else None
    year = _year(report, period, context.lines) if report else None
    if report and report.year and period and report.year != int(period.value[:4]):
        message = f"the title says {report.year}, the period of the figures begins in {period.value[:4]}"
        findings.append(Finding("year_disagrees", "warning", message, f"{report.words} | {period.words}"))
    if report and (other := report.other_year):
        message = f"the {report.year_where} says {report.year}, the {other.where} {other.value}"
        findings.append(Finding("year_disagrees", "warning", message, f"{report.words} | {other.words}"))

    signed = issuers.signature(context.lines)
    source = printed.source(context, readings)
    place = Place(
        int(year.value) if year else None,
        context.portal,
        site_code.value if site_code else None,
        next(iter(context.metas.get("sitename", ())), ""),
    )
    who = reporter.read(context, Witnesses.of(report, readings, signed, source), place, site_code)
    findings += who.findings

    published = printed.published(context, readings)
    findings += printed.impossible_dates(context, readings)
    findings += _check_days(year, period, published, signed)
    if published is None and (written := readings.first("written", printed.leading_date)):
        message = "the page says when the paper was made, not when it was published"
        findings.append(Finding("only_written_date", "info", message, written.words))
    index = readings.first("index", printed.index_number) or printed.bare_index_number(context)
    document = readings.first("document", printed.document_number) or printed.file_number(context, title)
    for field, value in (
        ("year", year),
        ("issuer", who.named),
        ("issuer_full", who.completed),
        ("period", period),
        ("published_on", published),
        ("signed_on", Value(signed[1], "end of the text", signed[2]) if signed else None),
        ("source", source),
        ("index_number", index),
        ("document_number", document),
        ("site_code", site_code),
    ):
        if value:
            evidence.append(value.evidence(field))
    first, last = period.value.split("/") if period else ("", "")
    identity = Identity(
        title=title,
        issuer=who.issuer,
        year=int(year.value) if year else None,
        period=(first, last) if period else None,
        published_on=published.value if published else None,
        signed_on=signed[1] if signed else None,
        source=source.value if source else None,
        index_number=index.value if index else None,
        document_number=document.value if document else None,
        site_code=site_code.value if site_code else None,
        evidence=tuple(evidence),
    )
    return identity, tuple(findings)


# ---------------------------------------------------------------- the report


def _read_report(context: Context, title: str | None) -> Claim | None:
    """Year and body from the title, what it lacks from the title in the text and from the opening sentences."""
    said = [(titles.parse(words), where, words) for where, words in _report_words(context, title)]
    named = [(parsed, where, words) for parsed, where, words in said if parsed]
    if not named:
        return None
    if title and titles.parse(title) is None and titles.is_near_miss(title):
        return None
    year, year_where = next(((p.year, where) for p, where, _ in named if p.year), (None, ""))
    body, body_where = next(((p.body, where) for p, where, _ in named if issuers.is_titled(p.body)), ("", ""))
    other = next((Value(str(p.year), w, words) for p, w, words in named if p.year and p.year != year), None)
    damaged = next((p.body for p, _, _ in named if issuers.is_damaged(p.body)), "")
    return Claim(year, body, year_where, body_where, named[0][2], other, damaged)


def _report_words(context: Context, title: str | None) -> Iterator[tuple[str, str]]:
    if title:
        yield "title", title
    if in_body := titles.body_title(context.lines):
        yield "title in the text", in_body
    for line in context.lines[:_OPENING]:
        for found in _SAYS.finditer(titles.flat(line)):
            yield "text", found[1]
    if context.link_text:
        yield "link text", context.link_text


def _period(lines: Sequence[str]) -> Value | None:
    for at, line in enumerate(lines):
        if (at < _OPENING * 2 or "期限" in line) and (found := find_period(line)):
            return Value("/".join(found[0]), "text", found[1])
    return None


def _year(report: Claim, period: Value | None, lines: Sequence[str]) -> Value | None:
    """Title before period before the first year of the overview; none where the title names several."""
    if find_span(normal(report.words)):
        return None
    if report.year and report.year_where.startswith("title"):
        return Value(str(report.year), report.year_where, report.words)
    if period and _is_annual(period):
        return Value(period.value[:4], "period", period.words)
    if report.year:
        return Value(str(report.year), report.year_where, report.words)
    for at, line in enumerate(lines[: _OPENING * 3]):
        if _OVERVIEW.match(line.strip()):
            for words in lines[at : at + 3]:
                if years := find_years(normal(words)):
                    return Value(str(years[0].value), "overview", words[:60])
    return None


def _is_annual(period: Value) -> bool:
    first, last = (date.fromisoformat(day) for day in period.value.split("/"))
    return last - first <= _LONGEST_PERIOD


def _check_days(
    year: Value | None, period: Value | None, published: Value | None, signed: tuple[str | None, str, str] | None
) -> Iterator[Finding]:
    """A report on a year is signed, then published, in the year after."""
    if year is None:
        return
    last = period.value.split("/")[1] if period and period.value.startswith(year.value) else f"{year.value}-12-31"
    if published and published.value < last:
        message = f"published on {published.value}, before the period it covers ended"
        yield Finding("published_early", "warning", message, f"{published.words} | {year.words}")
    if signed and signed[1] < last:
        message = f"signed on {signed[1]}, before the period it covers ended"
        yield Finding("signed_early", "warning", message, f"{signed[2]} | {year.words}")
    if signed and int(signed[1][:4]) > int(last[:4]) + 1:
        message = f"signed on {signed[1]}, more than a year after it was due"
        yield Finding("signed_late", "info", message, f"{signed[2]} | {year.words}")
    if signed and published and published.value < signed[1]:
        message = f"published on {published.value}, before it was signed on {signed[1]}"
        yield Finding("published_before_signed", "info", message, f"{published.words} | {signed[2]}")
