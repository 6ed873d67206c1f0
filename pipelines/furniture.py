"""What stands in an article's container and is no part of the article: bars, counters, neighbours, footers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from lxml import etree

from pipelines.dom import Element, inner_text
from pipelines.lines import Line

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# words of a report though they are a link
_OWN = re.compile(r"^(?:附|详见|参见|原文)|.{20}[。；]$|\.(?:pdf|docx?|xlsx?|wps|ofd|zip|rar)$", re.IGNORECASE)
_SENTENCE = re.compile(r"[，。；！？]")
_ENTRY = re.compile(r"[^，。；：:]{2,24}[：:].+")  # of a form: what is asked, and the answer
_CONTACT = re.compile(r"电话|传真|邮编|邮政|邮箱|地址|联系")
_ENTRIES = 3  # in a row make a form
INFO_LABEL = re.compile(
    r"(?:索引号|索取号|信息索引|发布机构|发文机关|发文机构|公开主体|生成日期|成文日期|发文日期|发布日期|公开日期|文号|发文字号|主题分类|信息分类"
    r"|组配分类|有效性|公开方式|信息名称|名称|关键词|体裁|内容概述|发布单位|文件编号|分类|信息类别|文件下载|时效)[:：]?"
)
_FIELDS = frozenset(("radio", "checkbox"))
_LONGEST_FIELD = 60  # characters of a line with fields to tick: a rating below a letter
_LONGEST = 160  # characters of a line that can be furniture by its words
_PART_SHARE = 0.2  # a part named like furniture that holds more of the container's text than this is kept, unless
_SMALL_PART = 60  # it has fewer characters
_MENU_LINKS = 3
BEHIND = frozenset({"tail", "after the end"})  # rules that say a line stands behind the report
_WORDS = ("lines", "edges", "tails", "ends")


class _Rules(NamedTuple):
    """The tables of `data/furniture.toml`."""

    lines: re.Pattern[str]
    edges: re.Pattern[str]
    tails: re.Pattern[str]
    ends: re.Pattern[str]
    parts: frozenset[str]


@cache
def _rules() -> _Rules:
    data = tomllib.loads(files("pipelines.data").joinpath("furniture.toml").read_text("utf-8"))
    words = {name: re.compile("|".join(f"(?:{p})" for p in data[name]), re.IGNORECASE) for name in _WORDS}
    return _Rules(**words, parts=frozenset(data["parts"]))


def is_furniture(text: str) -> bool:
    """Whether a line is furniture by its words, wherever it stands."""
    words = "".join(text.split())
    return len(words) < _LONGEST and bool(_rules().lines.fullmatch(words))


def ends(text: str) -> bool:
    """Whether a line says that nothing of the report follows: the head of a disclaimer."""
    return bool(_rules().ends.fullmatch("".join(text.split())))


class _NamedParts:
    """Everything in a container under elements whose id or class says that they are a bar, a pager, a share box …"""

    def __init__(self, container: Element) -> None:
        self._limit = max(_SMALL_PART, _PART_SHARE * len(inner_text(container)))
        self._inside = {container: False}
        self._names = {" ": False}  # many elements have the same

    def __contains__(self, element: Element) -> bool:
        """Whether an element of the container is in such a part; asked of few, and not recursive: pages nest deep."""
        chain = []
        while element not in self._inside:
            chain.append(element)
            element = element.getparent()
        is_inside = self._inside[element]
        for part in reversed(chain):
            is_inside = self._inside[part] = is_inside or self._is_named(part)
        return is_inside

    def _is_named(self, element: Element) -> bool:
        name = f"{element.get(b'id') or ''} {element.get(b'class') or ''}"
        if name not in self._names:
            words = {word.lower() for word in _WORD.findall(name)} | set(name.lower().split())
            self._names[name] = not words.isdisjoint(_rules().parts)
        return self._names[name] and len(inner_text(element)) < self._limit


def sift(lines: Sequence[Line], container: Element) -> Iterator[tuple[Line, str | None]]:
    """Each line with the name of the rule that makes it furniture, or None for the article's own."""
    rule_of = _rules()
    parts = _NamedParts(container)
    first, last = _body_bounds(lines)
    fields = _fields(lines, container)
    over = False
    doubted: list[int] = []
    rules: list[str | None] = []
    for i, line in enumerate(lines):
        words = "".join(line.text.split())
        rule = None
        if line.table is not None:
            rule = "after the end" if over else None
        elif (i > last and len(words) < _LONGEST and rule_of.tails.fullmatch(words)) or (
            i > first and rule_of.ends.fullmatch(words)
        ):
            over, rule = True, "tail"
        elif over:
            rule = "after the end"
        elif line.element in parts:
            rule = "named part"
        elif len(words) < _LONGEST and rule_of.lines.fullmatch(words):
            rule = "words"
        elif not first <= i <= last and len(words) < _LONGEST and rule_of.edges.fullmatch(words):
            rule = "words at the edge"
        elif not first <= i <= last and line.element in fields and len(words) < _LONGEST_FIELD:
            rule = "form field"
        elif line.links >= _MENU_LINKS and line.linked > 0.8 * len(words) and not first <= i <= last:
            rule = "menu"
        elif line.linked > 0.6 * len(words) and line.rank == 0 and not _OWN.search(words):
            doubted.append(i)
        rules.append(rule)
    if doubted:
        kept = _kept_by_trafilatura([line for line, rule in zip(lines, rules, strict=True) if rule is None])
        for i in doubted:
            if "".join(lines[i].text.split()) not in kept and not first <= i <= last:
                rules[i] = "trafilatura"
    yield from zip(lines, rules, strict=True)


def _fields(lines: Sequence[Line], container: Element) -> frozenset[Element]:
    """The blocks in which there is something to tick."""
    blocks = {line.element for line in lines}
    found = set()
    for field in container.iter("input"):
        if (field.get("type") or "").lower() in _FIELDS:
            found.add(next((around for around in field.iterancestors() if around in blocks), field))
    return frozenset(found)


def _body_bounds(lines: Sequence[Line]) -> tuple[int, int]:
    """First and last line that is surely the article's: a sentence, a data table, else an entry of a form."""
    sure = [
        i
        for i, line in enumerate(lines)
        if line.table is not None
        or (len(line.text) > 25 and line.linked * 2 < len(line.text) and _SENTENCE.search(line.text))
    ]
    sure = sure or _entries(lines)
    return (sure[0], sure[-1]) if sure else (len(lines), -1)


def _entries(lines: Sequence[Line]) -> list[int]:
    """The lines of a form without a sentence: several in a row that are neither furniture nor of an info box."""
    rule_of = _rules()
    found: list[int] = []
    row: list[int] = []
    for i, line in enumerate(lines):
        words = "".join(line.text.split())
        label = words.partition("：")[0].partition(":")[0]
        about = INFO_LABEL.fullmatch(label) or _CONTACT.search(label) or line.linked
        if about or not _ENTRY.fullmatch(words) or rule_of.lines.fullmatch(words) or rule_of.edges.fullmatch(words):
            row = []
            continue
        row.append(i)
        if len(row) >= _ENTRIES:
            found += row if len(row) == _ENTRIES else row[-1:]
    return found


def _kept_by_trafilatura(lines: Sequence[Line]) -> frozenset[str]:
    """The lines, without white space, that trafilatura takes for main text when it sees them as a plain page."""
    # here, since it takes a fifth of a second that `gongkai reports` need not wait
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    page = etree.Element("html")
    article = etree.SubElement(etree.SubElement(page, "body"), "article")
    for line in lines:
        if line.text:
            place = etree.SubElement(article, f"h{line.rank}" if line.rank else "p")
            if line.linked * 2 > len(line.text):
                place = etree.SubElement(place, "a", href="/")
            place.text = line.text
    found = trafilatura.bare_extraction(
        page, fast=True, include_comments=False, include_tables=False, favor_recall=True
    )
    text = found.text if isinstance(found, Document) else None
    return frozenset("".join(line.split()) for line in (text or "").splitlines())
