"""Damage of a page's characters: named with the words around it, never repaired."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import webencodings

from pipelines.pairs import LOST, strangeness
from pipelines.records import Charset, Finding, Severity

_AROUND = 16  # characters of evidence on either side
_HAN = "\u3400-\u9fff"
_C1 = "\x80-\x9f€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # 0x80 to 0x9f as Latin-1 and as windows-1252
# What asks, in the same clause before question marks: then they are the writer's own.
_ASKS = re.compile(
    r"[吗呢么嘛吧啥何谁哪怎几]|多少|多久|是否|能否|可否|请问|没有|[能会可要有是好行对]不[能会可要有是好行对]|为甚"
)
# Patterns begin with a class or a letter: alternatives, or looking back first, cost five times as much on every page.
_CLAUSE_END = re.compile(r"[?？!！。，；：:,;]")
_WORD = re.compile(rf"[{_HAN}\d]")
_RUN_TOGETHER = re.compile(  # 20231月1日, 202311日, 〔201226号
    r"[12〔](?:(?<!\d.)[09]\d\d(?:1[0-2]|[1-9])(?:月[0-3]?\d|[1-3]?\d)日|(?<=〔)(?:19|20)\d{3,6}号)"
)
_SOUND = re.compile(rf"[（(](?<=[{_HAN}].)[a-zɡāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹ]{{1,6}}[)）](?=[{_HAN}])")  # 國務(wù)院


def _class(leads: Iterable[int], trails: Iterable[int]) -> str:
    """The two-byte characters of GB18030 made of these bytes, as a class of a regular expression."""
    trails = tuple(trails)
    chars = {bytes((lead, trail)).decode("gb18030", "ignore") for lead in leads for trail in trails}
    return "[" + "".join(re.escape(char) for char in sorted(chars) if len(char) == 1 and char > "\x7f") + "]"


# Three bytes of UTF-8 make one hanzi, so two hanzi read as GB18030 are three characters: begin and middle; end and
# begin; middle and end.
_BEGIN, _REST = range(0xE4, 0xEA), range(0x80, 0xC0)
_UTF8_AS_GB = re.compile(f"{_class(_BEGIN, _REST)}{_class(_REST, _BEGIN)}{_class(_REST, _REST)}")
_UTF8_AS_LATIN = re.compile(
    rf"[ä-é][ \u00a0-¿{_C1}]{{1,2}}(?:[ä-é][ \u00a0-¿{_C1}]{{1,2}}){{3,}}"
)  # 0x80 to 0x9f are blanks to a reader of HTML
_GB_AS_LATIN = re.compile(r"[¡-þ][¡-þ]{7,}")


def _was_utf8(place: re.Match[str]) -> bool:
    return strangeness(place[0].encode("gb18030").decode("utf-8", "replace")) <= 1


def _was_gb(place: re.Match[str]) -> bool:
    varied = len(set(place[0])) > 4  # else a row of dots or crosses
    return varied and strangeness(place[0].encode("latin-1").decode("gb18030", "replace")) < 1


def _asks_nothing(place: re.Match[str]) -> bool:
    """A clause's end may be doubted; before more words, after a figure or alone in front of a line nothing is asked."""
    before = place.string[max(place.start() - 20, 0) : place.start()].rpartition("\n")[2]
    after = place.string[place.end() : place.end() + 1]
    if not before.strip():
        return True
    within = _WORD.match(after) and (_WORD.match(before[-1]) or before[-1] in " 〕）》”：:")
    return bool(within or before[-1] in "0123456789:：〔（") and not _ASKS.search(_CLAUSE_END.split(before)[-1])


def _surely(_place: re.Match[str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Sign:
    """What damage looks like, and how many places of it say something."""

    code: str
    severity: Severity
    what: str
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = _surely
    least: int = 1


_PUBLISHED_LOST = _Sign(
    "replacement_characters", "warning", "U+FFFD was published in place of characters", re.compile(LOST)
)
_SIGNS = (
    _Sign(
        "replacement_characters",
        "warning",
        "what a converter makes of lost characters, blank memory or a byte order mark was published",
        re.compile(rf"[锟烫屯锘](?:(?<=锟)斤|(?<=烫)烫烫|(?<=屯)屯屯|(?<=锘)[縀-縿緻-緿?{LOST}])"),
    ),
    _Sign("mojibake", "warning", "UTF-8 read as GBK was published", _UTF8_AS_GB, _was_utf8, 2),
    _Sign("mojibake", "warning", "UTF-8 read as Latin-1 was published", _UTF8_AS_LATIN),
    _Sign("mojibake", "warning", "GBK read as Latin-1 was published", _GB_AS_LATIN, _was_gb),
    _Sign(
        "question_marks",
        "warning",
        "question marks stand where characters were lost before publication",
        re.compile(r"\?\?[? ]*"),
        _asks_nothing,
    ),
    _Sign("lost_characters", "warning", "年, 月, 〔 or 〕 was lost beside figures", _RUN_TOGETHER),
    _Sign("converter_garbage", "warning", "a converter put the sound beside characters", _SOUND, least=3),
)
_PRIVATE = _Sign(
    "private_use_characters",
    "info",
    "characters of private use in the text: only the font of its author shows them",
    re.compile("[\ue000-\uf8ff]"),
)


def findings(charset: Charset, lines: Iterable[str], around: Iterable[str]) -> tuple[Finding, ...]:
    """What is damaged in the report's own lines and in those around it, where icons are of private use by right."""
    text = "\n".join(lines)
    words = "\n".join((text, *around))
    signs = _SIGNS if charset.errors else (_PUBLISHED_LOST, *_SIGNS)  # with errors the U+FFFD are ours
    damaged = (found for sign in signs for found in _found(sign, words))
    return (*_of_bytes(charset, words), *damaged, *_found(_PRIVATE, text))


def _of_bytes(charset: Charset, words: str) -> Iterator[Finding]:
    if charset.errors:
        first = words.find(LOST)
        evidence = _context(words, first, first + 1) if first >= 0 else ""
        where = "" if evidence else ", none in the words of the page"
        message = f"{charset.errors} unreadable byte sequences in {charset.chosen}{where}"
        yield Finding("undecodable_bytes", "warning", message, evidence)
    if charset.declared and charset.detected != "ascii":
        known = webencodings.lookup(charset.declared)
        codec = known and ("gb18030" if known.name == "gbk" else known.codec_info.name)
        if codec != charset.chosen and not (codec and codec[:6] == charset.chosen[:6] == "utf-16"):
            message = f"declared as {charset.declared}, is {charset.chosen}"
            yield Finding("charset_mislabelled", "info", message, charset.declared)


def _found(sign: _Sign, words: str) -> Iterator[Finding]:
    places = [match.span() for match in sign.pattern.finditer(words) if sign.holds(match)]
    if len(places) >= sign.least:
        times = f"{len(places)} places, the first one here" if len(places) > 1 else "here"
        yield Finding(sign.code, sign.severity, f"{sign.what}: {times}", _context(words, *places[0]))


def _context(words: str, begin: int, end: int) -> str:
    """The words around a place, of its own line."""
    end = min(end, begin + 4 * _AROUND)
    before = words[max(begin - _AROUND, 0) : begin].rpartition("\n")[2]
    return before + words[begin:end] + words[end : end + _AROUND].partition("\n")[0]
