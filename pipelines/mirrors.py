"""Copies of a government's page on a foreign host: told by score, with reasons, and what they say of the true page.

A mirror is a lead. Its text is what it says, falsified; what the true page may have said, and where it may be, are
proposals in a field of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines import divisions, hosts, spam, substitution, true_address
from pipelines.extract import Content
from pipelines.hosts import Standing
from pipelines.records import CITABLE, Finding, Identity, Lead, Portal, Substitution, Verdict

# Every code that a reason of a mirror can begin with, beside `score`.
SIGNALS: Mapping[str, str] = {
    "foreign_host": "a government's report on a host that is no government's and that no portal names",
    "names_other": "the page says that it belongs to another host",
    "self_address": "the address that the text gives for the government's own portal is no government's",
    "flattened": "the path is one that lost its slashes",
    "site_code": "a code that only government sites have, on a host that is none",
    "other_division": "the site code is of another division than the issuer",
    "alien_words": "words that stand in the place of a name or of a word of the law",
    "spam": "words of betting or porn in the text",
    "readings": "readings of characters in brackets",
    "traditional": "Traditional script in a report of the mainland, in how many of a thousand characters",
    "noise": "signs between the characters of words",
    "questions": "runs of question marks where there was space",
}
_LONGEST = 500  # characters of what can be an address
_SHOWN = 80  # characters of what speaks for a signal
DECISIVE = 3  # points from which a page is a mirror

# Kinds of issuers that have no sites but on hosts of governments.
_GOVERNMENTS = frozenset({"government", "office", "town"})
_BUREAU = re.compile(r"(?:局|厅|廳|委|委员会|委員會|办|辦|办公室|辦公室)$")
_NO_GOVERNMENT = re.compile(
    r"公司|集团|医院|卫生院|学校|大学|学院|中学|小学|银行|水厂|协会|商会|学会|联合会|红十字会|公积金|中心$"
)
_GOVERNMENT = re.compile(r"人民政府|政府信息公开|政府门户|政务公开|网站标识码|網站標識碼|信息公開")
_SITE_CODE = re.compile(r"(?:网站|網站)(?:标识|標識)[码碼]\s*[:：]?\s*[A-Za-z0-9]{8,12}")
_SELVES = ("sitedomain", "siteurl", "og:url")
_CANONICAL = re.compile(
    r"""<(?:link\b[^<>]{0,200}?\brel\s*=\s*["']?canonical\b[^<>]{0,300}|base\b[^<>]{0,300})>""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Page:
    """What the judgement looks at."""

    url: str
    portal: Portal | None
    html: str
    metas: Mapping[str, tuple[str, ...]]
    title_tag: str
    content: Content
    identity: Identity
    verdict: Verdict

    @property
    def words(self) -> substitution.Words:
        names = (name for key in ("sitename", "articletitle") for name in self.metas.get(key, ()))
        headings = (heading.text for heading in self.content.headings)
        title = self.identity.title or ""
        content = self.content
        around = (*content.above, *content.below)
        return substitution.Words((title, self.title_tag, *names, *headings), around, content.lines)


@dataclass(frozen=True, slots=True)
class Mirror:
    """Why a page is a mirror, and the lead that it is."""

    reasons: tuple[str, ...]
    lead: Lead
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Signal:
    code: str
    points: int
    words: str


def judge(page: Page) -> Mirror | None:
    """The lead that a page is, if it is a mirror; None for every other page, and for all pages of official hosts."""
    host = hosts.of(page.url)
    standing = hosts.standing(host, page.portal)
    if standing == "official" or page.verdict in ("challenge", "soft_404", "error_page", "unreadable"):
        return None
    words = page.words
    alien = substitution.aliens(words)
    signals = list(_inner(page, words, alien))
    # a mirror's report may have lost the words of its title; other pages must show more than a host that is none
    if page.verdict not in CITABLE and (_score(signals) < 2 or not _GOVERNMENT.search(words.all())):
        return None
    signals += _outer(page, host, standing)
    score = _score(signals)
    if score < DECISIVE:
        return None
    reasons = (f"score: {score}", *(f"{signal.code}: {signal.words}" for signal in signals))
    lead = _lead(page, words, alien)
    return Mirror(reasons, lead, tuple(_findings(reasons, lead)))


def _score(signals: Sequence[_Signal]) -> int:
    return sum(signal.points for signal in signals)


def _lead(page: Page, words: substitution.Words, alien: tuple[str, ...]) -> Lead:
    text, listed = substitution.restored(words, alien, page.portal, page.identity.site_code)
    everything = words.all()
    true_host = true_address.true_host(page.html, page.metas, everything, page.portal)
    for named in dict.fromkeys(found["host"] for found in _self_addresses(page)):
        if true_host and (times := text.count(named)):
            text = text.replace(named, true_host)
            listed += (Substitution(named, true_host, times, "the host that the page elsewhere calls its own"),)
    path = true_address.true_path(page.url)
    address = f"http://{true_host}{path}" if true_host and path else path
    return Lead(address, text if text != page.content.text else "", listed)


def _findings(reasons: Sequence[str], lead: Lead) -> Iterator[Finding]:
    message = "a copy on a host that is not the government's: no report, but a trace of one"
    if lead.address:
        message += f", which may be at {lead.address}"
    yield Finding("mirror", "error", message, "\n".join(reasons))
    if lead.substitutions:
        told = (f"{one.found} → {one.proposed or '-'} × {one.times} ({one.basis})" for one in lead.substitutions)
        yield Finding("substituted", "error", "words of the text are not those of its issuer", "\n".join(told))


# ---------------------------------------------------------------- what the words tell


def _inner(page: Page, words: substitution.Words, alien: tuple[str, ...]) -> Iterator[_Signal]:
    text = page.content.text
    if alien:
        yield _Signal("alien_words", 3, ", ".join(f"{word} × {words.all().count(word)}" for word in alien))
    prose = {mark.words for line in page.content.lines if "。" in line for mark in spam.accused(line)}
    if prose and not alien:
        yield _Signal("spam", 1 + (len(prose) > 1), ", ".join(sorted(prose)))
    if substitution.is_noted(text):
        noted = (found[0] for found in _trace("readings").finditer(text))
        yield _Signal("readings", 3, " ".join(dict.fromkeys(noted))[:_SHOWN])
    if signs := _trace("noise").findall(text):
        yield _Signal("noise", 3 if len(signs) > 2 else 1, " ".join(dict.fromkeys(signs)))
    if len(runs := _trace("questions").findall(text)) > 2:
        yield _Signal("questions", 1, f"{len(runs)} runs")
    if substitution.is_traditional(text, alien):
        yield _Signal("traditional", 2, f"{substitution.share_of_traditional(text, alien)} of 1,000 characters")


@cache
def _trace(name: str) -> re.Pattern[str]:
    return re.compile(hosts.table()["traces"][name])


# ---------------------------------------------------------------- what the hosts tell


def _outer(page: Page, host: str, standing: Standing) -> Iterator[_Signal]:
    points = _foreign(page, standing)
    if points:
        yield _Signal("foreign_host", points, host)
    is_foreign = standing in ("foreign", "national", "institution")
    if is_foreign and (other := _named_elsewhere(page, host)):
        yield _Signal("names_other", 2, other)
    if standing != "platform" and (signal := _self_address(page, host, standing)):
        yield signal
    if page.url and is_foreign and true_address.is_flattened(page.url):
        yield _Signal("flattened", 2, page.url)
    code = page.identity.site_code
    if is_foreign and (code or _SITE_CODE.search("\n".join(page.content.below))):
        yield _Signal("site_code", 1, code or "beside the text")
    issuer = page.identity.issuer
    if code and issuer and issuer.code and _disagree(code[:6], issuer.code):
        yield _Signal("other_division", 1, f"site code {code}, issuer {issuer.code} {issuer.name}")


def _disagree(site: str, issuer: str) -> bool:
    known = divisions.is_known(site) and divisions.is_known(issuer)
    return known and not (divisions.lies_within(issuer, site) or divisions.lies_within(site, issuer))


def _foreign(page: Page, standing: Standing) -> int:
    """How much it says that a report of this issuer stands on such a host."""
    if standing not in ("foreign", "national", "institution"):
        return 0
    issuer = page.identity.issuer
    if issuer is None:
        title = "".join((page.identity.title or "", page.title_tag, *page.metas.get("sitename", ())))
        return 0 if _NO_GOVERNMENT.search(title) else {"foreign": 2, "national": 1}.get(standing, 0)
    if issuer.kind in _GOVERNMENTS:
        return {"foreign": 3, "national": 3}.get(standing, 1)
    if (
        issuer.kind in ("department", "vertical")
        and _BUREAU.search(issuer.name)
        and not _NO_GOVERNMENT.search(issuer.name)
    ):
        return {"foreign": 3, "national": 1}.get(standing, 0)
    return {"foreign": 1}.get(standing, 0) if issuer.kind == "zone" else 0


def _named_elsewhere(page: Page, host: str) -> str:
    """A government's host that a page on another host calls its own."""
    said = [f"meta {key}: {value}" for key in _SELVES for value in page.metas.get(key, ())]
    said += [found[0] for found in _CANONICAL.finditer(page.html)]
    for words in said:
        for name in re.findall(r"(?:[A-Za-z0-9-]+\.)+gov\.cn", words[:_LONGEST]):
            if name.lower() != host:
                return words
    return ""


def _self_address(page: Page, host: str, standing: Standing) -> _Signal | None:
    """An address that a government's report gives for its portal, on no government's host."""
    for found in _self_addresses(page):
        of_government = re.search(hosts.table()["traces"]["portal"], found["words"]) is not None
        is_own = found["host"].lower() == host and standing == "foreign"
        return _Signal("self_address", 3 if is_own or of_government else 2, found[0])
    return None


def _self_addresses(page: Page) -> Iterator[re.Match[str]]:
    issuer = page.identity.issuer
    if issuer is None or issuer.kind in _GOVERNMENTS:
        for line in page.content.lines:
            for found in _trace("self_address").finditer(line):
                if hosts.standing(found["host"].lower(), page.portal) == "foreign":
                    yield found
