"""Composes reports: what a place says of a year, in the form its time asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from random import Random
from string import Template
from typing import Any, Literal

from crawler.demo import form
from crawler.demo.figures import FORM_SINCE, dice, prose

WORDS: Mapping[str, Any] = tomllib.loads((files("crawler.demo") / "words.toml").read_text("utf-8"))
NUMERALS = "一二三四五六七八九十"

Part = Literal["heading", "subheading", "text", "signature", "proactive", "received", "disputes"]


@dataclass(frozen=True, slots=True)
class Place:
    """An invented place and its portal's host."""

    name: str
    host: str
    site_code: str  # ten digits as in a real footer, the first six of no division

    @property
    def body(self) -> str:
        return f"{self.name}人民政府"


@dataclass(frozen=True, slots=True)
class Issue:
    """A report that is due: whose, and on which year."""

    place: Place
    unit: str  # empty: the government itself
    year: int

    @property
    def issuer(self) -> str:
        return f"{self.place.name}{self.unit}" if self.unit else self.place.body

    @property
    def title(self) -> str:
        forms = (
            "{who}{year}年政府信息公开工作年度报告",
            "{year}年度{who}政府信息公开工作年度报告",
            "{who}{year}年政府信息公开年度报告",
        )
        said = dice(self.place.name, self.unit, self.year // 4, "title").choice(forms)
        return said.format(who=self.issuer if self.unit else self.place.name, year=self.year)

    @property
    def published(self) -> date:
        random = dice(self.issuer, self.year, "published")
        return date(self.year + 1, random.randint(1, 3), random.randint(8, 28))


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a report: what it is, and its words (the words of a table come with its HTML, from `form`)."""

    part: Part
    words: str = ""


class _Facts(dict[str, str]):
    """What may stand in a sentence; `n40` is any number from 1 to 40, another one each time."""

    def __init__(self, issue: Issue, random: Random) -> None:
        place, chrome = issue.place, WORDS["chrome"]
        figures = {name: str(value) for name, value in prose(issue.issuer, issue.year).items()}
        super().__init__(
            figures,
            place=place.name,
            body=issue.issuer,
            office=f"{issue.issuer}办公室",
            year=str(issue.year),
            address=f"http://{place.host}/",
            street=dice(place.name, "street").choice(chrome["streets"]),
            phone=f"0000-{dice(issue.issuer, 'phone').randint(2000000, 8999999)}",
        )
        self.random = random

    def __missing__(self, name: str) -> str:
        if name == "unit":
            return str(self.random.choice(WORDS["chrome"]["towns"] + WORDS["chrome"]["bureaus"]))
        if name[:1] == "n" and name[1:].isdigit():
            return str(self.random.randint(1, int(name[1:])))
        raise KeyError(f"words.toml: ${name} is no fact")


def compose(issue: Issue) -> list[Block]:
    """The report's text from its first paragraph to its signature."""
    facts = _Facts(issue, dice(issue.issuer, issue.year, "words"))
    written = _form(facts) if issue.year >= FORM_SINCE else _lineage(issue, facts)
    opening = [Block("text", "".join(_filled(WORDS["topics"]["intro"], facts)))]
    day = issue.published
    signature = [Block("signature", issue.issuer), Block("signature", f"{day.year}年{day.month}月{day.day}日")]
    return [*opening, *written, *signature]


def _lineage(issue: Issue, facts: _Facts) -> Iterator[Block]:
    """Before the form: sections as the tradition has them that the place follows in these years."""
    fitting = [family for family in WORDS["families"] if family["since"] <= issue.year <= family["until"]]
    family = dice(issue.issuer, issue.year // 3, "family").choice(fitting)
    for numeral, section in zip(NUMERALS, family["sections"], strict=False):
        yield Block("heading", f"{numeral}、{section['title']}")
        yield from _paragraphs(section, facts)


def _form(facts: _Facts) -> Iterator[Block]:
    """Since the form: six sections, three of them tables."""
    words = WORDS["form"]
    yield Block("heading", "一、总体情况")
    for numeral, section in zip(NUMERALS, words["overview"], strict=False):
        yield Block("subheading", f"（{numeral}）{section['title']}")
        yield from _paragraphs(section, facts)
    yield Block("heading", "二、主动公开政府信息情况")
    yield Block("proactive")
    yield Block("heading", "三、收到和处理政府信息公开申请情况")
    yield Block("received")
    yield Block("heading", "四、政府信息公开行政复议、行政诉讼情况")
    yield Block("disputes")
    for numeral, section in zip("五六", (words["problems"], words["other"]), strict=True):
        yield Block("heading", f"{numeral}、{section['title']}")
        yield from _paragraphs(section, facts)


def _paragraphs(section: Mapping[str, Any], facts: _Facts) -> Iterator[Block]:
    """Sentences of the section's topics: the first of a topic, which has its figures, and some of the others."""
    known = WORDS["topics"] | WORDS["form"]["topics"]
    pool: list[str] = []
    for name in section["topics"]:
        pool += known["review_none" if name == "review" and facts["reviews"] == "0" else name]
    some = min(section["take"], len(pool))
    chosen = [pool[0], *(pool[n] for n in sorted(facts.random.sample(range(1, len(pool)), some - 1)))]
    if section["take"] > len(pool):  # as often as there are units to tell of
        chosen = facts.random.choices(pool, k=section["take"])
    said = _filled(chosen, facts)
    while said:
        length = facts.random.choice((1, 2, 2, 3))
        yield Block("text", "".join(said[:length]))
        said = said[length:]


def _filled(sentences: list[str], facts: _Facts) -> list[str]:
    return [Template(sentence).substitute(facts) for sentence in sentences]


def neighbours(place: Place, year: int) -> Iterator[tuple[str, list[Block]]]:
    """What stands beside the reports of a year and is none: title and text."""
    facts = _Facts(Issue(place, "", year), dice(place.name, year, "neighbours"))
    for other in WORDS["neighbours"]:
        blocks = [Block("text", words) for words in _filled(other["text"], facts)]
        yield Template(other["title"]).substitute(facts), blocks


def table(block: Block, issue: Issue, cell: form.Cell) -> str | None:
    """The HTML of a block that is one of the form's tables."""
    makers = {"proactive": form.proactive, "received": form.received, "disputes": form.disputes}
    maker = makers.get(block.part)
    return maker(issue.issuer, issue.year, cell) if maker else None
