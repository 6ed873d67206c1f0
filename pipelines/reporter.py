"""Who reports: the body that title, info box, signature and site name, each with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines import divisions, fullnames, issuers, printed, titles
from pipelines.issuers import Place
from pipelines.printed import Value
from pipelines.records import Context, Finding, Issuer

_OFFICE = re.compile(r"(?:人民政府|政府|党政|综合|办公[厅室]|办事处|办)+$")  # what one body's names differ by


@dataclass(frozen=True, slots=True)
class Claim:
    """What the words of a report say of its year and its body, and where they stand."""

    year: int | None
    body: str
    year_where: str
    body_where: str
    words: str
    other_year: Value | None  # another place that names another year
    damaged: str  # what the title has in the place of a body, where that is none


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What a page has beside its title that can tell who reports."""

    claim: Claim | None  # None: the page is no report
    label: Value | None  # 发布机构
    signed: tuple[str | None, str, str] | None
    source: Value | None

    @classmethod
    def of(
        cls,
        claim: Claim | None,
        readings: printed.Readings,
        signed: tuple[str | None, str, str] | None,
        source: Value | None,
    ) -> Witnesses:
        return cls(claim, readings.first("issuer", _stated_body), signed, source)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports, what the name rests on, what the full name rests on where the page's name leaves the place out."""

    issuer: Issuer | None = None
    named: Value | None = None
    completed: Value | None = None
    findings: tuple[Finding, ...] = ()


def read(context: Context, witnesses: Witnesses, place: Place, site_code: Value | None) -> Reporter:
    """Who reports, and what on the page speaks against it."""
    issuer, named, findings = _issuer(context, witnesses, place)
    if issuer is None:
        return Reporter(findings=tuple(findings))
    if site_code:
        findings += _check_site_code(issuer, site_code)
    findings += _check_portal(issuer, context)
    signed = witnesses.signed
    if witnesses.claim and signed and signed[0]:
        findings += _check_signature(issuer, signed[0], signed[2], place)
    issuer, completed = _complete(issuer, tuple(_others(context, witnesses)), place)
    return Reporter(issuer, named, completed, tuple(findings))


def _issuer(context: Context, witnesses: Witnesses, place: Place) -> tuple[Issuer | None, Value | None, list[Finding]]:
    """The body, by whatever names it first. On pages that are no report only a label or a signature does."""
    claim = witnesses.claim
    named = issuers.read_titled(claim.body, place) if claim and claim.body else None
    if named and claim and claim.body_where.startswith("title"):
        return _titled(named, claim, witnesses.label, place)
    for value in _other_bodies(context, witnesses):
        if found := issuers.read_titled(value.value, place):
            return found, value, []
    if claim is None:
        return None, None, []
    if claim.damaged:
        message = "the title has words of no body where the issuer stands; neither portal nor site speaks for it"
        return None, None, [Finding("issuer_unreadable", "warning", message, claim.damaged)]
    ours = issuers.speaks_of_itself((claim.words, *context.lines))
    source = witnesses.source
    # A county's own report may come from its data bureau, never from one of its towns.
    if (
        source
        and (found := issuers.read_body(source.value, place))
        and (found.kind == "town" or (ours and _below(found)))
    ):
        return found, source, []
    site = _of_site(context, place)
    if site and ours and not _below(site[0]):
        message = (
            f"the report speaks as a department or a town and does not say which; it is not that of {site[1].value}"
        )
        return None, None, [Finding("issuer_unnamed", "warning", message, ours)]
    return (*site, []) if site else (None, None, [])


def _titled(named: Issuer, claim: Claim, label: Value | None, place: Place) -> tuple[Issuer, Value, list[Finding]]:
    """The body in the title; in the words of the label where that names the same one."""
    title = Value(named.name, claim.body_where, claim.words)
    by_label = issuers.read_body(label.value, place) if label else None
    if not label or not by_label:
        return named, title, []
    if _same_body(named, by_label) and not _renamed(named, by_label):
        if named.kind == by_label.kind:
            return by_label, label, []
        if named.kind == "government":  # its office publishes it
            return replace(by_label, kind="government", full=named.full), label, []
        return named, title, []  # an office on a page of its government
    message = "title and label name different bodies; the report is that of the body in the title"
    return named, title, [Finding("issuer_disagrees", "info", message, f"{claim.words} | {label.words}")]


def _below(issuer: Issuer) -> bool:
    return issuer.kind not in ("government", "office", None)


def _of_site(context: Context, place: Place) -> tuple[Issuer, Value] | None:
    """The body whose site it is, by the portal or by the meta tag SiteName."""
    if context.portal:
        return issuers.of_portal(context.portal, place.year), Value(context.portal.name, "portal", context.portal.id)
    return _by_site_name(context, place)


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


def _other_bodies(context: Context, witnesses: Witnesses) -> Iterator[Value]:
    claim, signed = witnesses.claim, witnesses.signed
    if witnesses.label:
        yield witnesses.label
    if claim and claim.body:
        yield Value(claim.body, claim.body_where, claim.words)
    if signed and signed[0]:
        yield Value(signed[0], "signature", signed[2])
    if claim:
        for name, line in issuers.in_breadcrumb(context.above):
            yield Value(name, "breadcrumb", line)


def _others(context: Context, witnesses: Witnesses) -> Iterator[Value]:
    """All that may name the issuer in more words than it was found by."""
    yield from _other_bodies(context, witnesses)
    if witnesses.source:
        yield witnesses.source
    if (link := context.link_text) and (title := titles.parse(link)):
        yield Value(title.body, "link text", link)


def _complete(issuer: Issuer, others: Sequence[Value], place: Place) -> tuple[Issuer, Value | None]:
    """The issuer under its full name, and what that rests on where its own words leave the division out.

    What the page names elsewhere in more words (柳桥镇, 青禾县柳桥镇) goes before where its site is.
    """
    alone = issuers.read_alone(issuer.name, Place(place.year, None, None))
    if issuer.full and alone and alone.full == issuer.full:
        return issuer, None
    plain = fullnames.bare(issuer.name)
    for value in others:
        fuller = issuers.read_alone(value.value, place)
        if not fuller or not fuller.full or not fuller.path or fuller.name == issuer.name:
            continue
        if fuller.full == issuer.full:
            return issuer, Value(fuller.full, value.where, value.words)
        lies_there = issuer.code is None or divisions.lies_within(fuller.code or "", issuer.code)
        if fuller.kind == issuer.kind and lies_there and fullnames.means(plain, issuer.kind, fuller.path, fuller.full):
            full = Value(fuller.full, value.where, value.words)
            return replace(issuer, code=fuller.code, path=fuller.path, full=fuller.full), full
    seat = place.seat
    return issuer, Value(issuer.full, seat.where, seat.words) if issuer.full and seat else None


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
    return fullnames.abbreviates(short, long)


def _renamed(one: Issuer, other: Issuer) -> bool:
    """Whether two departments' names are those of before and after a reform: 教育局, 教育和体育局."""
    if one.kind != "department" or one.full == other.full:
        return False
    short, long = sorted((_own_name(one)[:-1], _own_name(other)[:-1]), key=len)
    return short != long and long.startswith(short)


def _own_name(issuer: Issuer) -> str:
    if issuer.full:
        return issuer.full.removeprefix("".join(issuer.path))
    return fullnames.unplaced(fullnames.bare(issuer.name), issuer.kind)


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
