"""Who reports on which year, and what the page says of itself, each value with the evidence it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines import divisions, headline, issuers, printed, titles
from pipelines.dates import find_period, find_span, find_years, normal
from pipelines.issuers import Place
from pipelines.printed import Value
from pipelines.records import Context, Evidence, Finding, Identity, Issuer

_OPENING = 6  # lines in which a report says what it is and what it covers
# 现公布泰顺县人民政府2020年政府信息公开工作年度报告: a title inside a sentence.
_VERB = "公布|公开|发布|编制|形成"
_SAYS = re.compile(
    rf"(?:{_VERB}|^)了?((?:(?!{_VERB})[\u4e00-\u9fff]){{0,24}}20\d\d年?度?(?:(?!{_VERB})[\u4e00-\u9fff]){{0,24}}"
    r"(?:政府|政务)?信息公开(?:工作)?(?:年度)?(?:工作)?(?:年度)?(?:报告|年报))"
)
_LONGEST_PERIOD = timedelta(days=400)  # of an annual report; 2010-03-01 to 2011-02-28 is one
_OFFICE = re.compile(r"(?:人民政府|政府|党政|综合|办公[厅室]|办事处|办)+$")  # what one body's names differ by
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

    place = Place(int(year.value) if year else None, context.portal, site_code.value if site_code else None)
    signed = issuers.signature(context.lines)
    issuer, issuer_evidence, disagree = _issuer(context, report, readings, signed, place)
    findings += disagree
    if issuer and site_code:
        findings += _check_site_code(issuer, site_code)
    if issuer and context.portal:
        findings += _check_portal(issuer, context)

    if issuer and report and signed and signed[0]:
        findings += _check_signature(issuer, signed[0], signed[2], place)

    published = printed.published(context, readings)
    findings += printed.impossible_dates(context, readings)
    findings += _check_days(year, period, published, signed)
    if published is None and (written := readings.first("written", printed.leading_date)):
        message = "the page says when the paper was made, not when it was published"
        findings.append(Finding("only_written_date", "info", message, written.words))
    source = printed.source(context, readings)
    index = readings.first("index", printed.index_number) or printed.bare_index_number(context)
    document = readings.first("document", printed.document_number) or printed.file_number(context, title)
    for field, value in (
        ("year", year),
        ("issuer", issuer_evidence),
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
        issuer=issuer,
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


@dataclass(frozen=True, slots=True)
class _Report:
    """What the words of a report say of its year and its body, and where they stand."""

    year: int | None
    body: str
    year_where: str
    body_where: str
    words: str
    other_year: Value | None  # another place that names another year
    damaged: str  # what the title has in the place of a body, where that is none


def _read_report(context: Context, title: str | None) -> _Report | None:
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
    return _Report(year, body, year_where, body_where, named[0][2], other, damaged)


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


def _year(report: _Report, period: Value | None, lines: Sequence[str]) -> Value | None:
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


# ---------------------------------------------------------------- the issuer


def _issuer(
    context: Context,
    report: _Report | None,
    readings: printed.Readings,
    signed: tuple[str | None, str, str] | None,
    place: Place,
) -> tuple[Issuer | None, Value | None, list[Finding]]:
    """Who reports. On pages that are no report only a label or a signature says who issued them."""
    stated = readings.first("issuer", _stated_body)
    named = issuers.read_titled(report.body, place) if report and report.body else None
    if named and report and report.body_where.startswith("title"):
        title = Value(named.name, report.body_where, report.words)
        by_label = issuers.read_body(stated.value, place) if stated else None
        if not stated or not by_label:
            return named, title, []
        if _same_body(named, by_label):
            return by_label, stated, []
        message = "title and label name different bodies; the report is that of the body in the title"
        return named, title, [Finding("issuer_disagrees", "info", message, f"{report.words} | {stated.words}")]
    for value in _other_bodies(context, report, stated, signed):
        if found := issuers.read_titled(value.value, place):
            return found, value, []
    if report and report.damaged:
        message = "the title has words of no body where the issuer stands; neither portal nor site speaks for it"
        return None, None, [Finding("issuer_unreadable", "warning", message, report.damaged)]
    if report and context.portal:
        value = Value(context.portal.name, "portal", context.portal.id)
        return issuers.of_portal(context.portal, place.year), value, []
    if report and (site := _by_site_name(context, place)):
        return site[0], site[1], []
    return None, None, []


def _by_site_name(context: Context, place: Place) -> tuple[Issuer, Value] | None:
    """The body whose site it is, by the meta tag SiteName."""
    for words in context.metas.get("sitename", ()):
        for piece in re.split(r"[_|\-]", words):
            name = re.sub(r"(?:门户)?(?:网站?|官网)$", "", piece.strip())
            if found := issuers.read_body(name, place):
                return found, Value(name, "meta SiteName", words)
    return None


def _stated_body(words: str) -> str | None:
    value = words.strip(" :：")
    return value if issuers.is_body("".join(value.split())) else None


def _other_bodies(
    context: Context, report: _Report | None, stated: Value | None, signed: tuple[str | None, str, str] | None
) -> Iterator[Value]:
    if stated:
        yield stated
    if report and report.body:
        yield Value(report.body, report.body_where, report.words)
    if signed and signed[0]:
        yield Value(signed[0], "signature", signed[2])
    if report:
        for name, line in issuers.in_breadcrumb(context.above):
            yield Value(name, "breadcrumb", line)


def _same_body(one: Issuer, other: Issuer) -> bool:
    """Whether two names mean one body: one abbreviates the other, or they are a government and its office."""
    if one.code and other.code and one.code != other.code:
        return False
    kinds = {one.kind, other.kind}
    if kinds <= {"government", "office"} and one.code and other.code:
        return True
    if len(kinds) > 1 and kinds != {"government", "office"}:
        return False
    short, long = sorted((_OFFICE.sub("", one.name), _OFFICE.sub("", other.name)), key=len)
    rest = iter(long)
    return all(character in rest for character in short)  # 卫健委 for 卫生健康委员会


def _check_signature(issuer: Issuer, name: str, words: str, place: Place) -> Iterator[Finding]:
    signer = issuers.read_body(name, place)
    if signer and not _same_body(issuer, signer):
        message = f"the report is that of {issuer.name}, {signer.name} has signed it"
        yield Finding("signature_disagrees", "info", message, words)


def _check_site_code(issuer: Issuer, site_code: Value) -> Iterable[Finding]:
    """The first six digits of a site code are the division of the site, unless it is a zone's."""
    code = site_code.value[:6]
    if not issuer.code or not divisions.is_known(code) or _related(code, issuer.code):
        return ()
    message = f"the site's code is of {''.join(divisions.path(code))}, the issuer is of {''.join(issuer.path)}"
    return (Finding("site_code_disagrees", "warning", message, site_code.words),)


def _check_portal(issuer: Issuer, context: Context) -> Iterable[Finding]:
    portal = context.portal
    if not portal or not portal.code or not issuer.code or _related(portal.code, issuer.code):
        return ()
    message = f"the page names a body of {''.join(issuer.path)}, the portal is that of {portal.name}"
    return (Finding("issuer_not_of_portal", "warning", message, issuer.name),)


def _related(one: str, other: str) -> bool:
    return divisions.lies_within(one, other) or divisions.lies_within(other, one)
