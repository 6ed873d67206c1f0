"""When two captures say the same: the exact hash of a report's words, and keys that its near copies share with it."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import compress, count, pairwise

from pipelines.records import Identity
from pipelines.titles import flat

# Named in every row that rests on it: one-permutation MinHash over 5-grams of UTF-16-LE, of those whose first character
# has a code that four divides, hashed by zlib's CRC-32 begun with the seed, the least in each of 12 bins; three bands
# of four bins, each with a number of the text, where it has few; pairs of its numbers; runs of figures of its tables;
# whose report of which year it is. The same on every machine, with any version of anything.
SEED = 0x676B
SCHEME = f"minhash-opm12-gram5of4-crc32-{SEED:x}-band3x4-numbers-figures-names/3"

_GRAM = 10  # bytes: five characters of UTF-16
_FOURTH = bytes(not low & 3 for low in range(256))  # which characters, by the lower byte of their code, begin a gram
_BINS, _ROWS = 12, 4
# Keys that are pairs or runs: a copy cut in half has one of eight at 0.997, of five at 0.97 (benchmarks/near.py).
_PAIRS_AND_RUNS = 8
_RUNS = 3  # of them, at most; where fewer figures stand in tables, the more pairs
_LEAST = 100  # characters of running text; with less, a report is its tables
KEY = 6  # bytes of a key in a sketch
SAYS_WHOSE = 0x80  # in a sketch's first byte: the report says itself whose it is, and of which year
_NUMBER_PART = 8  # hex digits of a band's key that are its number's: all bands of a report lie on one page of an index

_PINYIN = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ]{1,8}\)")
_WORDS = re.compile(r"[\w.%]+")
_LOOSE = re.compile(r"[.%](?:(?<!\d.)|(?<=\.)(?!\d))")
_COMMAS = re.compile(r",(?<=\d,)(?=\d{3})")
# Years and days are in every text; 第711号 and 〔2019〕14号 name a rule that all reports name.
_NUMBER = re.compile(r"\d(?<![\d.]\d)\d*(?:\.\d+)?%?(?!\.?\d|[年月日号])")
_BEFORE = 4  # characters that a number is told by
_YEAR = re.compile(r"(?<!\d)20\d\d(?=年)")
_AFTER = 3  # characters that a mention of a year is told by, 年 among them
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_RUN = 3  # figures that are told by each other
_RUN_DIGITS = 6  # of a run: 1, 1, 2 follow one another in a table of every office


def normalise(text: str) -> str:
    """The words alone: width and compatibility forms folded, white space and invisible characters gone."""
    return flat(text).replace("|", "")


def fingerprint(text: str) -> str:
    """SHA-256 of the normalised text, in hex."""
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _simplified() -> dict[int, str]:
    lines = files("pipelines").joinpath("data/simplified.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {ord(old): new for old, new in rows if len(old) == 1}


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, _simplified())) + "]")


def simplified(text: str) -> str:
    """The text in Simplified script, character for character."""
    return text.translate(_simplified()) if _traditional().search(text) else text


def fold(text: str) -> str:
    """Text as near copies are compared: also script and punctuation folded, readings in brackets gone."""
    words = simplified(normalise(text))
    return _LOOSE.sub("", "".join(_WORDS.findall(_COMMAS.sub("", _PINYIN.sub("", words)))))


def prose(text: str) -> str:
    """The running text, folded: a copy that lost its tables has the same. Where there is next to none, all."""
    lines = "\n".join(line for line in text.split("\n") if "\t" not in line)
    words = fold(lines)
    return words if len(words) >= _LEAST else fold(text)


def numbers(words: str) -> list[str]:
    """The numbers of at least two digits in a folded text, each with the characters before it."""
    return [
        words[max(found.start() - _BEFORE, 0) : found.end()]
        for found in _NUMBER.finditer(words)
        if found.end() - found.start() > 1 and found[0][1:] != "%"
    ]


def years(words: str) -> list[str]:
    """The years that a folded text names."""
    return _YEAR.findall(words)


def mentions(words: str) -> list[str]:
    """The years that a folded text names, each with the characters around it: next year's report says another there."""
    return [words[max(found.start() - _BEFORE, 0) : found.end() + _AFTER] for found in _YEAR.finditer(words)]


def figures(text: str) -> list[str]:
    """The figures in a text's tables in their order, without zeros: what is left where a copy lost its other words."""
    cells = "\t".join(line for line in text.split("\n") if "\t" in line).split("\t")
    plain = (
        cell if cell.isascii() and cell.isdigit() else _plain(cell)
        for cell in cells
        if cell.strip("0 \u3000") and not cell.isalpha()
    )
    return [cell for cell in plain if _FIGURE.fullmatch(cell) and cell.strip("0.")]


def _plain(cell: str) -> str:
    return _COMMAS.sub("", normalise(cell))


def runs(text: str) -> list[str]:
    """Figures that follow one another in a text's tables, however its rows are laid out."""
    told = figures(text)
    groups = (told[at : at + _RUN] for at in range(len(told) - _RUN + 1))
    return [" ".join(group) for group in groups if sum(map(len, group)) >= _RUN_DIGITS]


def main_year(words: str) -> str | None:
    """The one that it names most often; of several the latest."""
    named = years(words)
    return max(set(named), key=lambda year: (named.count(year), year)) if named else None


def grams(words: str) -> frozenset[bytes]:
    raw = words.encode("utf-16-le", "surrogatepass")
    return frozenset(raw[at : at + _GRAM] for at in range(0, max(len(raw) - _GRAM, 0) + 1, 2))


def minhash(words: str) -> list[int]:
    """The least hash in each bin; an empty bin has that of the next full one, an empty text none."""
    raw = words.encode("utf-16-le", "surrogatepass")
    first = compress(count(0, 2), raw[: len(raw) - _GRAM + 2 : 2].translate(_FOURTH))
    hashes = [zlib.crc32(raw[at : at + _GRAM], SEED) for at in first]
    bins: dict[int, int] = {}
    for value in sorted(hashes):
        bins.setdefault(value % _BINS, value)
        if len(bins) == _BINS:
            break
    if not bins:
        return []
    full = sorted(bins)
    least = []
    for place in range(_BINS):
        if place not in bins:
            place = next((other for other in full if other > place), full[0])  # noqa: PLW2901 - borrowed from there
        least.append(bins[place])
    return least


def sketch(text: str, identity: Identity) -> str:
    """Keys of which a near copy shares one, in hex: issuer and year, pairs of numbers, runs, bands with a number.

    Before them a byte: how many are made of issuer and year, and SAYS_WHOSE where the report says both itself. A band
    alone is shared by all who fill in one template, a number alone by chance, and a band with a number still by some of
    a hundred thousand: they serve where the text has few numbers.
    """
    words = prose(text)
    if not words:
        return ""
    names = _names(identity)
    told = numbers(words)
    followed = _few(runs(text), _RUNS)
    paired = _few((f"{one} {other}" for one, other in pairwise(told)), _PAIRS_AND_RUNS - len(followed))
    keys = [_key(f"pair {pair}") for pair in paired] + [_key(f"run {run}") for run in followed]
    if told and len(keys) < _PAIRS_AND_RUNS:
        least, number = minhash(words), _key(f"number {min(told, key=_hash)}")
        bands = (_key(f"band {at} {least[at : at + _ROWS]}") for at in range(0, len(least), _ROWS))
        keys += [number[:_NUMBER_PART] + band[_NUMBER_PART:] for band in bands]
    if not names and not keys:
        return ""
    told_by_portal = any(piece.field == "issuer" and piece.where == "portal" for piece in identity.evidence)
    head = len(names) | (SAYS_WHOSE if names and not told_by_portal else 0)
    return f"{head:02x}" + "".join((*names, *dict.fromkeys(keys)))


def _names(identity: Identity) -> list[str]:
    """Keys of issuer and year, by each of its names: elsewhere it may say the other one."""
    issuer, year = identity.issuer, identity.year
    if not issuer or not year:
        return []
    return [_key(f"who {name} {year}") for name in dict.fromkeys((issuer.name, issuer.full)) if name]


def _few(said: Iterable[str], count: int) -> list[str]:
    return sorted(set(said), key=_hash)[:count]


def _key(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=KEY).hexdigest()


def _hash(words: str) -> tuple[int, str]:
    return zlib.crc32(words.encode("utf-8", "surrogatepass"), SEED), words
