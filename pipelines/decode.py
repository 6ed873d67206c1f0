"""Bytes to text: evidence overrules a declaration.

Witnesses are the BOM, the HTTP header, the page's `<meta>`, validity as UTF-8, and chardet. Pages that are valid UTF-8
are UTF-8 whatever they declare; for the others every candidate reads the page, and the one with the most common
Chinese characters and the fewest unreadable bytes is chosen, so that one bad byte does not flip a page to another
alphabet (chardet alone does that).
"""

from __future__ import annotations

import re

import chardet
import webencodings

from pipelines.records import Charset

# The characters that make up about a third of any official Chinese text, simplified and traditional.
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展"
    "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取完举色或府信息申请机关依政报告單國會於與為這個來時們對發經學開關機無體實當業變條報書務請數據處層縣鄉鎮電應點場將訊"
)
_CANDIDATES = ("gb18030", "utf-8", "big5hkscs")
_ASKED = ("utf-8", "gb18030", "big5", "big5hkscs")
_CERTAIN = 0.25  # share of common characters that only a right reading has: wrong ones stay under 0.1
_GUESS = 0.1  # what chardet calls the confidence of an answer for which nothing speaks
# asked anyway, or no encodings
_NO_CANDIDATES = frozenset(
    {"gbk", "gb18030", "big5", "utf-8", "replacement", "x-user-defined"}
)  # asked anyway, or none
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PRESCAN = 8192  # bytes in which a declaration is looked for; real pages put long comments before it
_SAMPLE = 16384  # bytes that are enough to tell alphabets apart


def decode(body: bytes, content_type: str | None = None) -> tuple[str, Charset]:
    """The page's text, and which character set was declared, detected and chosen."""
    declared = _declared(body, content_type)
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _read(body[len(mark) :], codec, declared, "bom")
    if wide := _wide(body):
        return _read(body, wide, declared, wide)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        detected = _ask_chardet(body)
        return _read(body, _best(body, declared, detected), declared, detected)
    return text, Charset(declared, "ascii" if text.isascii() else "utf-8", "utf-8", 0)


def _read(body: bytes, codec: str, declared: str | None, detected: str | None) -> tuple[str, Charset]:
    text = body.decode(codec, "replace")
    return text, Charset(declared, detected, codec, text.count("\ufffd"))


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The label of the header, else of the page itself."""
    found = _HEADER.search(content_type or "")
    if found:
        return found[1].lower()
    meta = _META.search(body[:_PRESCAN])
    return meta[1].decode("ascii", "replace").lower() if meta else None


def _wide(body: bytes) -> str | None:
    """UTF-16 without a BOM: where tags begin, a zero byte is on the same side each time."""
    pairs = [body[i : i + 2] for i in range(0, min(len(body), 2048), 2)]
    little, big = pairs.count(b"<\0"), pairs.count(b"\0<")
    if max(little, big) < 2 or min(little, big):
        return None
    return "utf-16-le" if little else "utf-16-be"


def _ask_chardet(body: bytes) -> str | None:
    """Chardet's opinion on the bytes that bear text, asked among Chinese encodings only."""
    sample = b" ".join(re.findall(rb"[\x80-\xff][\x20-\xff]{3,}", body)[:400])[:4096]
    answer = chardet.detect(sample, include_encodings=_ASKED, no_match_encoding="utf-8")
    found = answer["encoding"]
    return found.lower() if found and answer["confidence"] > _GUESS else None


def _best(body: bytes, declared: str | None, detected: str | None) -> str:
    sample = _sample(body)
    names = [*_CANDIDATES]
    for label in (declared, detected):
        known = webencodings.lookup(label) if label else None
        # the labels gb2312 and gbk mean gb18030 in practice: Python's gbk lacks characters that pages use
        if known and known.name not in _NO_CANDIDATES:
            names.append(known.codec_info.name)
    scores: dict[str, float] = {}
    for name in names:
        scores[name] = _likeness(sample, name)
        if scores[name] > _CERTAIN:
            return name
    return max(names, key=lambda name: scores[name])


def _sample(body: bytes) -> bytes:
    """The part of the page where text is, so that a long script in front does not decide."""
    first = re.search(rb"[\x80-\xff]{4}", body)
    start = first.start() if first else 0
    return body[start : start + _SAMPLE]


def _likeness(sample: bytes, codec: str) -> float:
    """How Chinese a reading looks: the share of common characters less the share of unreadable ones."""
    text = sample.decode(codec, "replace")
    foreign = [c for c in text if c > "\x7f"]
    if not foreign:
        return 0.0
    return (sum(c in _COMMON for c in foreign) - 2 * text.count("\ufffd")) / len(foreign)
