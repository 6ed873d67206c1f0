"""The lists of a Word 97 file, by their numbers: 一、 and （二） that Word counts and that stand in no text."""

from __future__ import annotations

import re
import struct

from pipelines.documents.numbering import Level, Numbering

_LISTS, _USES = 0x2E2, 0x2EA  # [fcPlfLst, fcPlfLfo]
_LIST, _USE, _LEVEL = 28, 16, 28  # bytes [LSTF, LFO, LVLF]
_MAX = 2000  # lists and uses of them; Word files that were copied from each other have hundreds
_FORMS = {  # [MSONFC] as ST_NumberFormat names them; other ones are counted in digits
    1: "upperRoman",
    2: "lowerRoman",
    3: "upperLetter",
    4: "lowerLetter",
    10: "ideographDigital",
    11: "japaneseCounting",
    14: "decimalFullWidth",
    18: "decimalEnclosedCircle",
    22: "decimalZero",
    23: "bullet",
    33: "taiwaneseCounting",
    35: "taiwaneseCounting",
    37: "chineseCounting",
    39: "chineseCountingThousand",
    255: "none",
}


def read_lists(main: bytes, plan: bytes) -> Numbering:
    """The lists that paragraphs can name; a table of them that is cut off ends where it ends."""
    try:
        lists = _lists(plan, *struct.unpack_from("<II", main, _LISTS))
        place, size = struct.unpack_from("<II", main, _USES)
        count = struct.unpack_from("<I", plan, place)[0] if size else 0
        uses = [struct.unpack_from("<i", plan, place + 4 + _USE * n)[0] for n in range(min(count, _MAX))]
    except struct.error:
        return Numbering({}, {})
    return Numbering(
        {str(number): lists.get(use, {}) for number, use in enumerate(uses, 1)},
        {str(number): str(use) for number, use in enumerate(uses, 1)},
    )


def _lists(plan: bytes, place: int, size: int) -> dict[int, dict[int, Level]]:
    count = min(struct.unpack_from("<H", plan, place)[0], _MAX) if size else 0
    at = place + 2 + _LIST * count
    out = {}
    for number in range(count):
        start = place + 2 + _LIST * number
        (name,) = struct.unpack_from("<i", plan, start)
        (flags,) = struct.unpack_from("<B", plan, start + 26)
        levels = {}
        for depth in range(1 if flags & 1 else 9):  # [fSimpleList]
            levels[depth], at = _level(plan, at)
        out[name] = levels
    return out


def _level(plan: bytes, at: int) -> tuple[Level, int]:
    start, form, flags, letters, paragraph = struct.unpack_from("<iBB18xBB", plan, at)
    at += _LEVEL + letters + paragraph
    (size,) = struct.unpack_from("<H", plan, at)
    units = plan[at + 2 : at + 2 + 2 * size].decode("utf-16-le", "replace")
    words = re.sub(r"[\0-\x08]", lambda place: f"%{ord(place[0]) + 1}", units)
    return Level(max(0, start), _FORMS.get(form, "decimal"), words, bool(flags & 4)), at + 2 + 2 * size
