"""Bytes to text: evidence overrules a declaration.

Witnesses are the BOM, the HTTP header, the page's `<meta>`, well-formedness as UTF-8, and chardet. A page most of
whose bytes beyond ASCII are well-formed UTF-8 is UTF-8 whatever it declares; for the others every candidate reads the
page, and the one that looks most like Chinese is chosen, so that one bad byte does not flip a page to another alphabet
(chardet alone does that). A page has one character set: what is written in another one within it stays unreadable.
"""

from __future__ import annotations

import re
from itertools import islice

import chardet
import webencodings

from pipelines.pairs import read, strangeness
from pipelines.records import Charset

_CANDIDATES = ("gb18030", "big5hkscs")
_ASKED = ("utf-8", "gb18030", "big5", "big5hkscs")
_CERTAIN = 0.8  # strangeness that only a right reading has
_GUESS = 0.1  # what chardet calls the confidence of an answer for which nothing speaks
_NO_CANDIDATES = frozenset({"utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined"})  # known by then, or none
_META = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF8_BOM = b"\xef\xbb\xbf"
_PRESCAN = 8192  # bytes in which a declaration is looked for first; real pages put long comments before it
_BEARING = re.compile(rb"[\x80-\xff][^\x00-\x2f\x3a-\x3f]*")  # bytes that bear text; see `pairs` on where they end
_THREE = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}")
_ASCII = bytes(range(0x80))
_PAIRED = re.compile(rb"[\x80-\xff]{2}")
_FIRST_PIECES, _FIRST = 64, 1024  # a title and a menu: pieces, and bytes of them
_SAMPLE = 8192  # bytes that are enough to tell alphabets apart
_DAMAGED_SAMPLE = 2048  # the same where it takes long, see `pairs`
_END = 500_000  # bytes at either end of a page that are looked through; larger pages are rare
_ASKED_SAMPLE = 1024  # chardet knows as much after these, and is slow


def decode(body: bytes, content_type: str | None = None) -> tuple[str, Charset]:
    """The page's text, and which character set was declared, detected and chosen."""
    labels = _labels(body, content_type)
    declared = next(filter(webencodings.lookup, labels), labels[0] if labels else None)
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _read(body[2:], codec, declared, "bom")
    if wide := _wide(body):
        return _read(body, wide, declared, wide)
    marked = body.startswith(_UTF8_BOM)
    body = body.removeprefix(_UTF8_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _plainly_gb(body, declared) or _weighed(body, declared, marked)
    detected = "bom" if marked else "ascii" if text.isascii() else "utf-8"
    return text, Charset(declared, detected, "utf-8", 0)


def _plainly_gb(body: bytes, declared: str | None) -> tuple[str, Charset] | None:
    """The short way for the usual page that is not UTF-8: its first words are Chinese and every byte can be read."""
    words = b" ".join(found[0] for found in islice(_BEARING.finditer(body), _FIRST_PIECES))[:_FIRST]
    if strangeness(words.decode("gb18030", "replace")) >= _CERTAIN:
        return None
    try:
        return body.decode("gb18030"), Charset(declared, "gb18030", "gb18030", 0)
    except UnicodeDecodeError:
        return None


def _weighed(body: bytes, declared: str | None, marked: bool) -> tuple[str, Charset]:
    sample = _sample(body)
    if _mostly_utf8(sample):
        return _read(body, "utf-8", declared, "bom" if marked else "utf-8")
    return _read(body, _best(body, sample, declared), declared, _ask_chardet(sample))


def _read(body: bytes, codec: str, declared: str | None, detected: str | None) -> tuple[str, Charset]:
    text, errors = read(body, codec)
    return text, Charset(declared, detected, codec, errors)


def _labels(body: bytes, content_type: str | None) -> list[str]:
    """The label of the header, then that of the page itself."""
    header = _HEADER.search(content_type or "")
    front = body[:_END]
    if b"\0" in front[:64]:
        front = front.replace(b"\0", b"")  # the markup of UTF-16
    meta = _meta(front[:_PRESCAN])
    if not meta:
        meta = _meta(front[: max(front.find(b"</head", _PRESCAN), front.find(b"</HEAD", _PRESCAN), 0)])
    return [found.lower() for found in (header and header[1], meta) if found]


def _meta(head: bytes) -> str | None:
    """The declaration in the markup, unless it is commented out."""
    found = _META.search(_uncommented(head))
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def _uncommented(head: bytes) -> bytes:
    parts, begin = [], 0
    while (opened := head.find(b"<!--", begin)) >= 0 and (closed := head.find(b"-->", opened)) >= 0:
        parts.append(head[begin:opened])
        begin = closed + 3
    return b"".join([*parts, head[begin:]])


def _wide(body: bytes) -> str | None:
    """UTF-16 without a BOM: the zero bytes of its markup are on the same side (but those of 一, U+4E00)."""
    head = body[:4096]
    little, big = head[1::2].count(0), head[::2].count(0)
    if max(little, big) <= len(head) / 32 or max(little, big) <= 2 * min(little, big):
        return None
    return "utf-16-le" if little > big else "utf-16-be"


def _mostly_utf8(sample: bytes) -> bool:
    """Bytes of GB18030 or Big5 hardly ever are well-formed UTF-8 of three bytes: the better half decides."""
    return len(_THREE.findall(sample)) * 3 > len(sample.translate(None, _ASCII)) / 2


def _sample(body: bytes) -> bytes:
    """Text from all over the page, so that neither a long script nor a menu decides."""
    ends = body if len(body) < 2 * _END else body[:_END] + b" " + body[-_END:]
    pieces = _BEARING.findall(ends)
    step = sum(map(len, pieces)) // _SAMPLE + 1
    return b" ".join(pieces[::step])[:_SAMPLE]


def _ask_chardet(sample: bytes) -> str | None:
    """Chardet's opinion, asked among Chinese encodings only."""
    answer = chardet.detect(sample[:_ASKED_SAMPLE], include_encodings=_ASKED, no_match_encoding="utf-8")
    found = answer["encoding"]
    return found.lower() if found and answer["confidence"] > _GUESS else None


def _best(body: bytes, sample: bytes, declared: str | None) -> str:
    known = webencodings.lookup(declared) if declared else None
    # the labels gb2312 and gbk mean gb18030 in practice: Python's gbk lacks characters that pages use
    label = "gb18030" if known and known.name == "gbk" else known.codec_info.name if known else None
    if not _PAIRED.search(body):
        # single bytes among ASCII (a no-break space, a copyright sign) say nothing: the declaration holds
        usable = known and (known.name == "utf-8" or known.name not in _NO_CANDIDATES)
        return label if label and usable else "cp1252"
    names = list(_CANDIDATES)
    if known and label and known.name not in _NO_CANDIDATES and label not in names:
        names.append(label)
    for name in names:
        if strangeness(sample.decode(name, "replace")) < _CERTAIN:
            return name
    # no reading is plain: short and damaged. Behind lost bytes every pair is wrong, unless read as the page will be
    return min(names, key=lambda name: strangeness(read(sample[:_DAMAGED_SAMPLE], name)[0]))
