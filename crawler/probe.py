"""A look at an unknown portal: how it is reached, who it is, and where its annual reports may be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from protego import Protego
from scrapy.http import HtmlResponse

from crawler.asking import PAUSE, Answer, Asker, SpentError
from crawler.column import Candidate
from crawler.exchange import HOPS
from crawler.families.reading import Part, read
from crawler.portal import address, on_hosts
from crawler.refresh import leads_on
from crawler.seek import Search
from pipelines import guards
from pipelines.decode import decode
from pipelines.divisions import by_code, find_chain, path
from pipelines.dom import metas, parse, title_tag
from pipelines.records import Ask, Capture, Charset, Item, Portal, Visit

_GOVERNMENT = re.compile(r"政府|政务|公开|人民|管委会|委员会|厅|局")
_OF_SITE = re.compile(r"(?:人民)?政府.*$|(?:门户)?网站?$|欢迎.*$")
_SITE_CODE = re.compile(r"[1-9]\d{5}\w{4}")


class ProbeError(Exception):
    """Raised where there is nothing to look at; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach the portal: scheme, and for https whether its TLS holds or is only taken as it is."""

    name: str  # http, https, https relaxed
    outcome: str
    status: int | None
    error: str
    seconds: float
    tls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a portal says of itself; the portal file is made of it."""

    home: str
    hosts: tuple[str, ...]
    name: str
    ways: tuple[Way, ...]
    robots: str
    delay: float | None
    charset: Charset
    family: str
    marks: tuple[str, ...]
    site_name: str | None
    site_code: str | None
    division: tuple[str, ...]  # from the province down
    code: str | None
    doubts: tuple[str, ...]
    column: str | None
    sure: bool
    reasons: tuple[str, ...]
    tried: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    elsewhere: tuple[Candidate, ...]
    reports: tuple[Item, ...]
    drawn: tuple[str, ...]  # pages that only a script draws, where no report was seen on others
    requests: int


@dataclass(slots=True)
class _Probe:
    asker: Asker
    host: str
    relaxed: bool = False
    rules: Protego | None = None
    hosts: list[str] = field(default_factory=list)
    found: list[Candidate] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)

    def fetch(self, url: str, referer: str = "") -> Answer:
        """The page at an address, redirects followed on the portal's own hosts."""
        chain: list[str] = []
        while True:
            if self.rules and not self.rules.can_fetch(url, "gongkai"):
                return Answer(url, "robots_denied", "robots.txt forbids it")
            answer = self.asker.get(url, relaxed=self.relaxed, referer=referer)
            target = answer.target or self._leads_on(answer)
            if target is None:
                return _judged(answer)
            chain.append(url)
            if len(chain) > HOPS or target in chain:
                return replace(answer, outcome="redirect_loop", error=f"sent on to {target}")
            host = urlsplit(target).hostname or ""
            is_kin = host not in self.hosts and _is_kin(host, self.host)
            if not on_hosts(target, [*self.hosts, host] if is_kin else self.hosts):
                return replace(answer, outcome="off_host", error=f"sent on to {target}")
            if is_kin:
                self.hosts.append(host)
            url = target

    def _leads_on(self, answer: Answer) -> str | None:
        if answer.status is None:
            return None
        portal = Portal("probe", "", None, answer.url, tuple(self.hosts))
        visit = Visit(0, portal, "listing", answer.url, datetime.now(UTC), answer.outcome)
        response = HtmlResponse(answer.url, answer.status, body=answer.body, headers=dict(answer.headers))
        return leads_on(response, visit)


def probe(
    url: str,
    agent: str,
    *,
    pause: float = PAUSE,
    private: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Found:
    """Look at a portal; `say` hears what is being done. Raises ProbeError where there is nothing to look at."""
    whole = url if "://" in url else f"http://{url}"
    if not address(whole):
        raise ProbeError(f"{url}: no address; give one such as http://www.anxiang.gov.cn/")
    parts = urlsplit(whole)
    one = _Probe(Asker(agent, pause=pause, private=private), parts.hostname or "", hosts=[parts.hostname or ""])
    try:
        return _probe(one, whole, say)
    except SpentError as spent:
        raise ProbeError(f"{url}: {spent} without an end: write its portal file by hand") from spent
    finally:
        one.asker.close()


def _probe(one: _Probe, url: str, say: Callable[[str], None]) -> Found:
    parts = urlsplit(url)
    ways, rules = _ways(one, parts.scheme, parts.netloc, fixed=parts.port is not None)
    for way in ways:
        say(f"{way.name}: {way.error or f'status {way.status}'} ({way.seconds:.1f} s)")
    best = _best(ways, parts.scheme)
    if best is None:
        said = "; ".join(f"{way.name}: {way.outcome}: {way.error}" for way in ways)
        raise ProbeError(
            f"{parts.netloc} cannot be reached: {said}: try again another day, or look for its new address"
        )
    one.relaxed = any(way.name == "https relaxed" and way.status is not None for way in ways)  # strict has failed
    robots, delay = _obey(one, rules[best.name])
    say(f"robots.txt: {robots}")
    home = f"{best.name.partition(' ')[0]}://{parts.netloc}{parts.path or '/'}" + (
        f"?{parts.query}" if parts.query else ""
    )
    answer = one.fetch(home)
    if answer.outcome != "fetched":
        hint = ": probe that address" if answer.outcome == "off_host" else ""
        raise ProbeError(f"{home}: {answer.outcome}: {answer.error or f'status {answer.status}'}{hint}")
    html, charset = decode(answer.body, answer.headers.get("content-type"))
    tree = parse(html)
    named = metas(tree)
    title = title_tag(tree)
    site_name = next((value for value in named.get("sitename", ()) if value), None)
    site_code = next((value for value in named.get("siteidcode", ()) if value), None)
    official = (urlsplit(answer.url).hostname or "").endswith(".gov.cn")
    if not official and not site_code and not _GOVERNMENT.search(f"{title}{site_name or ''}"):
        raise ProbeError(f"{answer.url} does not look like a Chinese government's portal: its title is {title!r}")
    code, division, name, doubts = _who(site_code, site_name, title)
    search, first = _look(one, answer, say)
    best_page = search.best
    return Found(
        home=answer.url,
        hosts=tuple(one.hosts),
        name=name or (urlsplit(answer.url).hostname or ""),
        ways=ways,
        robots=robots,
        delay=delay,
        charset=charset,
        family=first.family,
        marks=first.marks,
        site_name=site_name,
        site_code=site_code,
        division=division,
        code=code,
        doubts=doubts,
        column=best_page.url if best_page else None,
        sure=bool(best_page and best_page.rank[0]),
        reasons=(*best_page.step.candidate.reasons, *best_page.part.itself) if best_page else (),
        tried=tuple(search.tried),
        candidates=tuple(sorted(dict.fromkeys(one.found), key=lambda candidate: -candidate.score)[:10]),
        elsewhere=search.leads(),
        reports=best_page.part.reports if best_page else (),
        drawn=() if best_page and best_page.part.reports else tuple(one.drawn),
        requests=one.asker.asked,
    )


# ---------------------------------------------------------------- reaching it


def _ways(one: _Probe, scheme: str, netloc: str, *, fixed: bool) -> tuple[tuple[Way, ...], dict[str, Answer]]:
    """How the portal's robots.txt is reached; with a port in the address only by its own scheme."""
    found: dict[str, Answer] = {}
    for name in (scheme,) if fixed else ("http", "https"):
        found[name] = one.asker.get(f"{name}://{netloc}/robots.txt")
        if name == "https" and found[name].outcome == "tls":
            found["https relaxed"] = one.asker.get(f"https://{netloc}/robots.txt", relaxed=True)
    ways = (
        Way(name, answer.outcome, answer.status, answer.error, answer.seconds, answer.tls)
        for name, answer in found.items()
    )
    return tuple(ways), found


def _best(ways: tuple[Way, ...], scheme: str) -> Way | None:
    """The way to take: the scheme that was given, strict before relaxed, if it answers."""
    answering = [way for way in ways if way.status is not None]
    return min(answering, key=lambda way: (not way.name.startswith(scheme), way.name), default=None)


def _obey(one: _Probe, answer: Answer) -> tuple[str, float | None]:
    """What robots.txt says, in words, and the pause it asks for; from here on it is kept to."""
    while (target := answer.target) and _is_kin(urlsplit(target).hostname or "", one.host):
        answer = one.asker.get(target, relaxed=one.relaxed)
    status = answer.status or 0
    if 400 <= status < 500:
        return f"none (status {status})", None
    if not 200 <= status < 300:
        raise ProbeError(
            f"{answer.url}: robots.txt cannot be had ({answer.error or f'status {status}'}): nothing may be asked"
        )
    one.rules = Protego.parse(answer.body.decode("utf-8", "replace"))
    delay = one.rules.crawl_delay("gongkai")
    if delay:
        one.asker.pause = max(one.asker.pause, float(delay))
    return f"there ({len(answer.body)} bytes)" + (f", Crawl-delay {delay:g}" if delay else ""), delay


def _judged(answer: Answer) -> Answer:
    """The answer with what came of it."""
    status = answer.status
    if status is None:
        return answer
    if guards.outcome(status, answer.body) == "challenge":
        return replace(answer, outcome="challenge", error="a script or captcha stands before the page; left alone")
    outcome = {404: "gone", 410: "gone", 401: "forbidden", 403: "forbidden"}.get(status)
    if outcome or status >= 300:
        return replace(answer, outcome=outcome or "http_error", error=f"status {status}")
    return answer if answer.body else replace(answer, outcome="failed", error="an empty page")


def _is_kin(host: str, other: str) -> bool:
    """Whether two hosts differ by a leading www only."""
    return host.removeprefix("www.") == other.removeprefix("www.")


# ---------------------------------------------------------------- who it is


def _who(
    site_code: str | None, site_name: str | None, title: str
) -> tuple[str | None, tuple[str, ...], str | None, tuple[str, ...]]:
    """Division code, its chain of names, the portal's name, and what speaks against them."""
    said = next((words for words in (site_name, title) if words), "")
    name = _OF_SITE.sub("", said) or None
    doubts: list[str] = []
    code = site_code[:6] if site_code and _SITE_CODE.fullmatch(site_code) else None
    known = by_code(code) if code else ()
    if known:
        if not any(words in f"{site_name}{title}" for words in (known[-1].name, known[-1].short) if words):
            doubts.append(f"the site code {site_code} is of {known[-1].name}, but the page calls itself {said!r}")
        return code, path(known[-1].code), known[-1].name, tuple(doubts)
    if site_code:
        doubts.append(f"the site code {site_code} names no division")
    match = find_chain(said)
    if match and match.division and match.division.last is None:
        doubts.append("code and name are read off the title")
        return match.division.code, path(match.division.code), match.division.name, tuple(doubts)
    return None, (), name, tuple(doubts)


# ---------------------------------------------------------------- where its reports are


def _look(one: _Probe, home: Answer, say: Callable[[str], None]) -> tuple[Search, Part]:
    """The search for the column, as a crawl makes it; and what the home page says."""
    search, first = Search(home.url, tuple(one.hosts)), None
    while step := search.next():
        url = step.candidate.url
        try:
            answer = home if first is None else one.fetch(url, step.on)
        except SpentError as spent:
            search.miss(str(spent))
            break
        if answer.outcome == "fetched" and on_hosts(answer.url, one.hosts):
            capture = Capture(answer.url, answer.body, answer.headers.get("content-type"))
            part = read(capture, Ask(answer.url), "", True)
            first = first or part
            search.take(answer.url, part, len(answer.body), hashlib.sha256(answer.body).digest(), one.asker.asked)
            one.found += part.candidates
            one.drawn += [answer.url] if part.drawn else []
            say(f"{answer.url}: {len(part.reports)} reports, {len(part.candidates)} places to look at")
        else:
            search.miss(answer.outcome)
            say(f"{url}: {answer.outcome} {answer.error}")
    assert first, "the home page is the first that is looked at"
    return search, first
