"""Builds portals: reports, their neighbours and their lists as the pages of one kind of CMS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cache, lru_cache
from html import escape
from importlib.resources import files
from itertools import islice
from posixpath import dirname, relpath
from string import Template

from crawler.demo.attachment import docx
from crawler.demo.kinds import KINDS, Dress, Kind
from crawler.demo.prose import WORDS, Block, Issue, Place, compose, neighbours, table
from crawler.demo.site import Answer, Site

ELSEWHERE = "http://www.wanghai.example/zwgk/zfxxgknb/202303/t20230310_5512.html"  # on no portal's hosts
YEARS = range(2008, 2025)
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LONG = 25  # entries a page on portals with many reports
_CUT = 24  # characters of a title that a list shows


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the list, and the page behind it; without text there is none."""

    title: str
    path: str
    day: date
    html: str | None = None
    source: str = ""
    is_report: bool = False


def sites() -> dict[str, Site]:
    """The demonstration's portals by host: four kinds of list, and what goes wrong on each."""
    made = (
        _build(Place("安禾县", "www.anhe.example", "9900010001"), KINDS["trs"], range(2009, 2025)),
        _build(Place("临溪县", "www.linxi.example", "9900020001"), KINDS["asp"], range(2008, 2021)),
        _build(Place("云岭区", "www.yunling.example", "9900030001"), KINDS["lonsun"], range(2013, 2025)),
        _build(
            Place("青澜市", "www.qinglan.example", "9900040001"),
            KINDS["hunan"],
            range(2010, 2024),
            attached=2014,
            twice=2017,
        ),
    )
    return {site.host: site for site in made}


def portal(kind: str, seed: int, reports: int = 120) -> Site:
    """A portal of a kind with as many reports as asked for, of the government and its bureaus and towns."""
    place = Place(f"{_place(seed)}县", f"www.{kind}{seed}.example", f"99{seed % 10000:04d}0001")
    return _build(place, replace(KINDS[kind], per_page=_LONG), YEARS, reports=reports)


def _place(seed: int) -> str:
    """A place's name; no two seeds have the same, for what is counted in a place follows from its name."""
    names = WORDS["chrome"]["places"]
    more, last = divmod(seed, len(names))
    return f"{_place(more - 1) if more else ''}{names[last]}"


def _build(
    place: Place, kind: Kind, years: range, *, attached: int = 0, twice: int = 0, reports: int | None = None
) -> Site:
    """One portal; the second and fourth of its years are links that lead nowhere."""
    dead, soft = years[1], years[3]
    entries: list[_Entry] = []
    answers: dict[str, Answer] = {}

    def path(day: date) -> str:
        return kind.page(len(entries), day)

    due = (
        Issue(place, unit, year) for unit in _units() for year in reversed(years) if unit or year not in {dead, soft}
    )
    for issue in islice(due, len(years) - 2 if reports is None else reports):
        day, body = issue.published, _body(compose(issue), kind.dress, issue)
        if issue.year == attached and not issue.unit:
            body, file = _attachment(issue, kind.dress)
            answers |= file
        entries.append(_Entry(issue.title, path(day), day, body, issue.issuer, is_report=True))
        if issue.year == twice and not issue.unit:
            entries.append(replace(entries[-1], path=path(day)))
    for year in (years[-1], years[-4]):
        for title, blocks in neighbours(place, year):
            day = date(year + 1, 1, 6) + timedelta(days=len(entries) % 20)
            entries.append(_Entry(title, path(day), day, _body(blocks, kind.dress), place.body))
    for year in (dead, soft):
        issue = Issue(place, "", year)
        entries.append(_Entry(issue.title, path(issue.published), issue.published))
    gone = entries[-1].path
    entries.append(_Entry("望海省人民政府2022年政府信息公开工作年度报告", ELSEWHERE, date(2023, 3, 10)))
    entries.sort(key=lambda entry: (entry.day, entry.path), reverse=True)

    answers |= {entry.path: _article(place, kind, entry) for entry in entries if entry.html is not None}
    answers[gone] = _answer(kind, 200, _framed(place, kind, "error", title="提示信息"))
    lists = dict(_lists(place, kind, entries))
    answers |= lists
    answers["/"] = _answer(kind, 200, _framed(place, kind, "home", title=f"{place.body}门户网站", start=kind.column(0)))
    if kind.robots:
        answers["/robots.txt"] = Answer(200, (("Content-Type", "text/plain"),), kind.robots.encode())
    return Site(
        host=place.host,
        name=place.name,
        start=kind.column(0),
        since=years[0],
        listings=tuple(lists),
        reports=tuple(entry.path for entry in entries if entry.is_report),
        answers=answers,
        missing=_answer(
            kind, 404, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
        ),
    )


def _units() -> Iterator[str]:
    yield ""
    yield from WORDS["chrome"]["bureaus"]
    yield from WORDS["chrome"]["towns"]


# ---------------------------------------------------------------- texts


def _body(blocks: Iterable[Block], dress: Dress, issue: Issue | None = None) -> str:
    made: list[str] = []
    for block in blocks:
        html = table(block, issue, lambda words: dress.cell.format(escape(words))) if issue else None
        made.append(html or str(getattr(dress, block.part)).format(escape(block.words, quote=False)))
    return dress.around.format("\n".join(made))


def _attachment(issue: Issue, dress: Dress) -> tuple[str, dict[str, Answer]]:
    """A report that is a file only: the page's text, and the file."""
    words = [block.words for block in compose(issue) if block.words]
    path = f"/attachment/{issue.published:%Y%m}/{issue.year}ndbg.docx"
    link = f'<a href="{path}">附件：{issue.title}.docx</a>'
    body = dress.text.format("报告全文见附件，请下载后阅读。") + dress.text.format(link)
    return body, {path: Answer(200, (("Content-Type", _DOCX),), docx([issue.title, *words]))}


# ---------------------------------------------------------------- pages


def _article(place: Place, kind: Kind, entry: _Entry) -> Answer:
    digest = int(hashlib.sha256(entry.path.encode()).hexdigest()[:8], 16)
    html = _framed(
        place, kind, "page",
        title=entry.title, source=entry.source,
        published=f"{entry.day}", clock=f"{8 + digest % 9:02d}:{digest % 60:02d}",
        body=entry.html or "", index=f"{place.site_code[:6]}-00-2024-{digest % 100000:05d}", visits=str(digest % 4000),
        url=f"http://{place.host}{entry.path}",
    )  # fmt: skip
    answer = _answer(kind, 200, html)
    if kind.validator == "ETag":
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
        return Answer(200, (*answer.headers, ("ETag", tag)), answer.body)
    if kind.validator == "Last-Modified":
        at = datetime(entry.day.year, entry.day.month, entry.day.day, 9, 30, tzinfo=UTC)
        return Answer(200, (*answer.headers, ("Last-Modified", format_datetime(at, usegmt=True))), answer.body)
    return answer


def _lists(place: Place, kind: Kind, entries: list[_Entry]) -> Iterator[tuple[str, Answer]]:
    """The pages of the column, by address."""
    pages = -(-len(entries) // kind.per_page)
    for page in range(pages):
        begin = page * kind.per_page
        rows = "\n".join(
            _row(kind, entry, number) for number, entry in enumerate(entries[begin : begin + kind.per_page], begin + 1)
        )
        pager = kind.pager(page, pages, len(entries))
        html = _framed(place, kind, "list", title="政府信息公开年报", rows=rows, pager=pager)
        yield kind.column(page), _answer(kind, 200, html)


def _row(kind: Kind, entry: _Entry, number: int) -> str:
    here = dirname(kind.column(0).partition("?")[0])
    href = entry.path
    if kind.name == "trs" and href.startswith("/"):  # this one writes them relative
        href = f"./{relpath(href, here)}"
    title = escape(entry.title)
    cut = title if len(title) <= _CUT else title[:_CUT] + "…"
    return Template(kind.row).substitute(href=href, title=title, cut=cut, day=entry.day, number=number)


def _framed(place: Place, kind: Kind, page: str, **words: str) -> str:
    """A template filled with what is the portal's and what is the page's own."""
    path = f"{kind.name}_{page}.html" if page in {"list", "page"} else f"{page}.html"
    facts = {
        "site": f"{place.body}门户网站", "host": place.host, "place": place.name, "body_name": place.body,
        "code": place.site_code, "charset": "gb2312" if kind.charset == "gbk" else kind.charset,
        "menu": _menu(place, kind.name), "partners": _partners(), **words,
    }  # fmt: skip
    return _template(path).substitute(facts)


@cache
def _template(name: str) -> Template:
    return Template((files("crawler.demo") / "templates" / name).read_text("utf-8"))


@lru_cache(maxsize=8)  # portals are built one after the other
def _menu(place: Place, seed: str) -> str:
    """The menu that is longer than many a report."""
    chrome: Mapping[str, list[str]] = WORDS["chrome"]
    lines = []
    for number, section in enumerate(chrome["sections"], 1):
        name = section.replace("$place", place.name)
        links = "".join(
            f'<li><a href="/{seed}{number}/lm{1000 * number + n}/" target="_blank" title="{entry}">{entry}</a></li>'
            for n, entry in enumerate(chrome["entries"])
        )
        lines.append(f'<li class="nav{number}"><a href="/{seed}{number}/">{name}</a><ul class="sub">{links}</ul></li>')
    return "\n".join(lines)


@cache
def _partners() -> str:
    """The list of other sites that footers have."""
    chrome: Mapping[str, list[str]] = WORDS["chrome"]
    names = chrome["partners"] + chrome["bureaus"] + chrome["towns"]
    return "".join(f'<option value="http://site{n}.wanghai.example/">{name}</option>' for n, name in enumerate(names))


def _answer(kind: Kind, status: int, html: str) -> Answer:
    return Answer(status, (("Content-Type", kind.content_type),), html.encode(kind.charset))
