"""A portal of the simulated year: its pages are made when they are asked for, as reports, design and server are."""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from importlib.resources import files
from posixpath import dirname, relpath
from string import Template
from typing import Literal

from crawler.demo.kinds import KINDS, Kind
from crawler.demo.prose import WORDS, Issue, Place, compose, table
from crawler.demo.site import Answer

FIRST = date(2025, 1, 1)  # the first night; what governments owe in it is the report on the year before
NEWEST = FIRST.year - 1
PER_PAGE = 15
BRANCHES = {"县政府": "zf", "部门": "bm", "乡镇": "xz"}  # lists below the first one of a tree, and their folders
STALL = 4.0  # seconds that a server which times out says nothing: more than a night waits here
_GUARD = '<html><head><script>var $_ts=window["$_ts"];$_ts.cd="qqq";$_ts.lcd();</script></head><body></body></html>'
_SPAM = "澳门新葡京官网"

Door = Literal["", "dns", "busy", "timeout", "challenge"]
Away = Literal["", "gone", "soft", "off_host"]


@dataclass
class Document:
    """A report of a portal, as it stands today."""

    issue: Issue
    number: int  # of its page
    day: date  # it was published
    shown: date | None = None  # as its page says now
    away: Away = ""
    listed: bool = True
    taken: bool = False  # its page is a gambling mirror of itself
    extra: list[str] = field(default_factory=list)  # paragraphs that were added
    figures: int = 0  # edits of its figures
    version: int = 0  # of its words, for validators


@dataclass
class Portal:
    """A portal: its documents, the newest first, and the state of its server."""

    id: str
    place: Place
    kind: Kind
    has_start: bool  # its file says where the column is
    tree: bool = False  # its column holds columns of bodies
    documents: list[Document] = field(default_factory=list)
    door: Door = ""
    charset: str = ""  # in the place of its kind's
    restless: bool = False  # a counter on every page, another number each time
    mirror: str = ""  # a host of gamblers that its list links to
    mirrored: int = 0  # from this night on
    old: dict[str, str] = field(default_factory=dict)  # where addresses of another day lead; empty: nowhere
    aliases: tuple[str, ...] = ()  # further hosts that its file names

    @property
    def host(self) -> str:
        return self.place.host

    @property
    def hosts(self) -> list[str]:
        return [self.host, *self.aliases]

    @property
    def column(self) -> str:
        return f"http://{self.host}{self.kind.column(0)}"

    def path(self, document: Document) -> str:
        return self.kind.page(document.number, document.day)

    def url(self, document: Document) -> str:
        return f"http://{self.host}{self.path(document)}"

    def list_of(self, document: Document) -> str:
        """The list that shows a document."""
        if not self.tree:
            return self.column
        return f"http://{self.host}{dirname(self.kind.column(0))}/{_folder(_group(document.issue.unit))}/index.html"

    def file(self) -> str:
        """Its portal file."""
        hosts = ", ".join(f'"{host}"' for host in self.hosts)
        start = f'start = ["{self.column}"]\n' if self.has_start else ""
        return (
            f'name = "{self.place.name}"\ncode = "{self.place.site_code[:6]}"\nhome = "http://{self.host}/"\n'
            f"hosts = [{hosts}]\n{start}[access]\ndelay = 0.01\n"
        )

    # ------------------------------------------------------------ answers

    def answer(self, target: str, asked: Mapping[str, str]) -> Answer:
        """What its server says to a GET."""
        if self.door == "busy":
            return self._page(503, "<html><title>503</title><body>服务暂不可用</body></html>")
        if self.door == "challenge":
            return Answer(412, (("Content-Type", "text/html"),), _GUARD.encode())
        if self.door == "timeout":
            time.sleep(STALL)
            return self._page(504, "")
        if target in self.old:
            to = self.old[target]
            return Answer(301, (("Location", to),), b"") if to else self._missing()
        if target == "/":
            start = self.kind.column(0)
            return self._page(200, self._framed("home.html", title=f"{self.place.body}门户网站", start=start))
        if page := self._lists().get(target):
            return self._page(200, page)
        document = next((one for one in self.documents if self.path(one) == target), None)
        if document is None or document.away == "gone":
            return self._missing()
        if document.away == "soft":
            return self._page(200, self._framed("error.html", title="提示信息"))
        if document.away == "off_host":
            return Answer(302, (("Location", "http://www.parking.example/"),), b"")
        return self._held(self._article(document), document, asked)

    def _missing(self) -> Answer:
        return self._page(404, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>")

    def _page(self, status: int, html: str) -> Answer:
        charset = self.charset or self.kind.charset
        content_type = f"text/html; charset={charset}" if self.charset else self.kind.content_type
        return Answer(status, (("Content-Type", content_type),), html.encode(charset, "xmlcharrefreplace"))

    def _held(self, answer: Answer, document: Document, asked: Mapping[str, str]) -> Answer:
        """The answer with its validator, or that what the client has still holds."""
        if self.restless or not self.kind.validator:
            return answer
        if self.kind.validator == "ETag":
            pair, given = ("ETag", f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'), asked.get("if-none-match")
        else:
            at = datetime(document.day.year, document.day.month, document.day.day, 9, document.version, tzinfo=UTC)
            pair, given = ("Last-Modified", format_datetime(at, usegmt=True)), asked.get("if-modified-since")
        if given == pair[1]:
            return Answer(304, (pair,), b"")
        return replace(answer, headers=(*answer.headers, pair))

    # ------------------------------------------------------------ pages

    def _article(self, document: Document) -> Answer:
        place, digest = self.place, int(hashlib.sha256(str(document.number).encode()).hexdigest()[:8], 16)
        visits = random.randrange(10**6) if self.restless else digest % 4000
        html = self._framed(
            f"{self.kind.name}_page.html",
            title=document.issue.title, source=document.issue.issuer, clock="09:30",
            published=f"{document.shown or document.day}",
            body=_body(self.kind.name, document.issue, tuple(document.extra), document.figures),
            index=f"{place.site_code[:6]}-00-2024-{digest % 100000:05d}", visits=str(visits), url=self.url(document),
        )  # fmt: skip
        if document.taken:
            html = html.replace(place.body, _SPAM).replace(place.name, _SPAM)
        return self._page(200, html)

    def _lists(self) -> dict[str, str]:
        """The pages of its column by address; in a tree, a column for each body below that."""
        shown = sorted(
            (one for one in self.documents if one.listed), key=lambda one: (one.day, one.number), reverse=True
        )
        if not self.tree:
            return dict(self._paged(self.kind.column, shown))
        home = dirname(self.kind.column(0))
        units: dict[str, list[Document]] = {}
        for one in shown:
            units.setdefault(_group(one.issue.unit), []).append(one)
        rows = "".join(f'<li><a href="{home}/{_folder(unit)}/index.html">{unit}</a></li>' for unit in sorted(units))
        pages = {self.kind.column(0): self._list(rows, "", "政府信息公开年报")}
        for unit, some in units.items():
            below = f"{home}/{_folder(unit)}"
            pages |= self._paged(
                lambda page, below=below: f"{below}/index{f'_{page + 1}' if page else ''}.html", some, unit
            )
        return pages

    def _paged(self, address, shown: list[Document], title: str = "政府信息公开年报") -> Iterator[tuple[str, str]]:
        pages = max(1, -(-len(shown) // PER_PAGE))
        for page in range(pages):
            some = shown[page * PER_PAGE : (page + 1) * PER_PAGE]
            rows = "\n".join(
                self._row(one, number, dirname(address(page))) for number, one in enumerate(some, 1 + page * PER_PAGE)
            )
            if self.mirror and not page:
                entry = Template(self.kind.row).substitute(
                    href=f"http://{self.mirror}/html/{NEWEST}.html", title=f"{_SPAM}{NEWEST}年政府信息公开工作年度报告",
                    cut=f"{_SPAM}{NEWEST}年政府信息公开…", day=f"{FIRST}", number="0",
                )  # fmt: skip
                rows = f"{entry}\n{rows}"
            yield address(page), self._list(rows, self.kind.pager(page, pages, len(shown)), title)

    def _list(self, rows: str, pager: str, title: str) -> str:
        return self._framed(f"{self.kind.name}_list.html", title=title, rows=rows, pager=pager)

    def _row(self, document: Document, number: int, folder: str) -> str:
        """An entry of a list in a folder."""
        href, title = self.path(document), document.issue.title
        if self.kind.name == "trs":  # this one writes them relative
            href = f"./{relpath(href, folder)}"
        cut = title if len(title) <= 24 else title[:24] + "…"
        return Template(self.kind.row).substitute(href=href, title=title, cut=cut, day=document.day, number=number)

    def _framed(self, template: str, **words: str) -> str:
        charset = self.charset or ("gb2312" if self.kind.charset == "gbk" else self.kind.charset)
        facts = {
            "site": f"{self.place.body}门户网站", "host": self.host, "place": self.place.name,
            "body_name": self.place.body, "code": self.place.site_code, "charset": charset, "menu": _menu(self.place),
            "partners": "", **words,
        }  # fmt: skip
        return _template(template).substitute(facts)


def _menu(place: Place) -> str:
    names = ("走进" + place.name, "政务公开", "办事服务", "政民互动", "专题专栏")
    return "".join(f'<li><a href="/lm{number}/">{name}</a></li>' for number, name in enumerate(names, 1))


def _group(unit: str) -> str:
    return "县政府" if not unit else "部门" if unit in WORDS["chrome"]["bureaus"] else "乡镇"


def _folder(unit: str) -> str:
    return BRANCHES[unit]


@cache
def _template(name: str) -> Template:
    return Template((files("crawler.demo") / "templates" / name).read_text("utf-8"))


@cache
def _body(kind: str, issue: Issue, extra: tuple[str, ...], figures: int) -> str:
    """A report's text in a kind's dress: its own blocks, what was added to them, figures that were edited."""
    dress = KINDS[kind].dress
    made: list[str] = []
    for block in compose(issue):
        if block.part == "signature" and extra:
            made += [dress.text.format(escape(words)) for words in extra]
            extra = ()
        html = table(block, issue, lambda words: dress.cell.format(escape(words)))
        if html and block.part == "received" and figures:
            html = re.sub(r">(\d+)<", lambda found: f">{int(found[1]) + figures}<", html, count=1)
        made.append(html or str(getattr(dress, block.part)).format(escape(block.words, quote=False)))
    return dress.around.format("\n".join(made))
