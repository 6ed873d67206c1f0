"""Text of two-byte characters: how Chinese a reading looks, and how to read on behind a broken byte.

Browsers and Python read on with whatever byte comes next, so that a single lost byte turns the rest of the line into
other characters. Here a damaged stretch gets the reading that loses the fewest bytes and has the most usual
characters; the unreadable bytes themselves stay U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

LOST = "\ufffd"

# The characters that make up about a third of any official Chinese text, simplified and traditional.
_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展"
    "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取完举色或府信息申请机关依政报告單國會於與為這個來時們對發經學開關機無體實當業變條報書務請數據處層縣鄉鎮電應點場將訊"
)
# Cost of a character by how unusual it is. A right reading has a mean under 1, a wrong one over 2.
_USUAL, _ORDINARY, _RARE, _NEVER = 0, 1, 3, 6
_BUDGET = 65536  # damaged bytes a page may have read this way, at 2 µs a byte; the rest is read as browsers do
_MOST = 500  # damaged stretches, the same
_BLOCK = 65536  # bytes that are looked through for the next one
# Below 0x40, only digits stand within a longer character of GB18030 or Big5: the others are read alone.
_ALONE = frozenset([*range(0x30), *range(0x3A, 0x40)])
_ANCHORS = {  # markup in UTF-16: here it is plain where a character begins
    "utf-16-le": re.compile(rb"(?:[\t\n\r -~]\0){4,}"),
    "utf-16-be": re.compile(rb"(?:\0[\t\n\r -~]){4,}"),
}


def _characters(leads: range, trails: range, codec: str) -> Iterator[str]:
    for lead in leads:
        yield from bytes(byte for trail in trails for byte in (lead, trail)).decode(codec, "ignore")


class _Costs(dict[str, int]):
    """Cost of every character; the usual ones are kept, the others told by where they stand in Unicode."""

    def __missing__(self, char: str) -> int:
        if char < "\x7f":
            return _USUAL if char >= " " or char in "\t\n\r" else _NEVER
        unassigned = char == LOST or "\ue000" <= char <= "\uf8ff" or "\x7f" <= char < "\xa0"
        return _NEVER if unassigned else _RARE


# punctuation and the 3,755 characters of the first level of GB 2312, those of the first level of Big5
_COSTS = _Costs(
    dict.fromkeys(
        [
            *_characters(range(0xA1, 0xA4), range(0xA1, 0xFF), "gb2312"),
            *_characters(range(0xB0, 0xD8), range(0xA1, 0xFF), "gb2312"),
            *_characters(range(0xA4, 0xC7), range(0x40, 0xFF), "big5"),
        ],
        _ORDINARY,
    )
    | dict.fromkeys(_COMMON, _USUAL)
)


def strangeness(text: str) -> float:
    """Mean cost of the characters beyond ASCII: how little a reading looks like Chinese."""
    foreign = [char for char in text if char > "\x7f"]
    return sum(map(_COSTS.__getitem__, foreign)) / len(foreign) if foreign else float(_NEVER)


def read(body: bytes, codec: str) -> tuple[str, int]:
    """The text, and how many U+FFFD stand in it for bytes that could not be read."""
    try:
        return body.decode(codec), 0
    except UnicodeDecodeError:
        cut = _CUTS.get(codec)
    if not cut:
        return _replace(body, codec)
    texts, errors, budget = [], 0, _BUDGET
    for piece in cut(body, codec):
        try:
            texts.append(piece.decode(codec))
        except UnicodeDecodeError:
            budget -= len(piece)
            text, lost = _align(piece, codec) if budget >= 0 else _replace(piece, codec)
            texts.append(text)
            errors += lost
    return "".join(texts), errors


def _replace(body: bytes, codec: str) -> tuple[str, int]:
    text = body.decode(codec, "replace")
    published = body.count(LOST.encode(codec, "ignore") or LOST.encode())  # a U+FFFD may be the page's own
    return text, max(text.count(LOST) - published, 0)


def _stretches(body: bytes, codec: str) -> Iterator[bytes]:
    """The body cut before and behind every damaged stretch."""
    damaged, begin = 0, 0
    while begin < len(body):
        close = body.find(b">", begin + _BLOCK) + 1
        block = body[begin : close or len(body)] if damaged < _MOST else body[begin:]
        first = _first_error(block, codec) if damaged < _MOST else None
        if first is None:
            yield block
            begin += len(block)
            continue
        end = first
        while first and block[first - 1] not in _ALONE:
            first -= 1
        while end < len(block) and block[end] not in _ALONE:
            end += 1
        yield block[:first]
        yield block[first:end]
        begin += end
        damaged += 1


def _first_error(body: bytes, codec: str) -> int | None:
    try:
        body.decode(codec)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _between_anchors(body: bytes, codec: str) -> Iterator[bytes]:
    """The body cut before and behind every stretch of markup."""
    begin = 0
    for anchor in _ANCHORS[codec].finditer(body):
        yield body[begin : anchor.start()]
        yield anchor[0]
        begin = anchor.end()
    yield body[begin:]


_CUTS: Mapping[str, Callable[[bytes, str], Iterator[bytes]]] = {
    "gb18030": _stretches,
    "big5hkscs": _stretches,
    "utf-16-le": _between_anchors,
    "utf-16-be": _between_anchors,
}


def _align(piece: bytes, codec: str) -> tuple[str, int]:
    """The cheapest way through a damaged stretch, a character or an unreadable byte at a time."""
    size = len(piece)
    costs = [0.0, *[float("inf")] * size]
    steps = [(0, "")] * (size + 1)  # how many bytes back, and what they say
    for at in range(size):
        for width, text in _readings(piece, at, codec):
            cost = costs[at] + _COSTS[text[0]]
            if text == LOST:
                cost -= at / size / 2  # of two readings as good, the one that reads on longer
            if cost < costs[at + width]:
                costs[at + width], steps[at + width] = cost, (width, text)
    texts, at = [], size
    while at:
        width, text = steps[at]
        texts.append(text)
        at -= width
    published = LOST.encode(codec, "ignore")
    lost = sum(text == LOST for text in texts) - (piece.count(published) if published else 0)
    return "".join(reversed(texts)), max(lost, 0)


def _readings(piece: bytes, at: int, codec: str) -> Iterator[tuple[int, str]]:
    """What may begin at a byte: width and text."""
    if codec not in _ANCHORS and piece[at] < 0x80:
        yield 1, chr(piece[at])
        return
    yield 1, LOST
    for width in (2, 4):
        some = piece[at : at + width]
        with suppress(UnicodeDecodeError):
            text = some.decode(codec)
            if len(some) == width and (width == 2 or len(text) == 1):  # else two characters of two bytes
                yield width, text
