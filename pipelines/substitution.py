"""Words that a mirror put in the place of others: found by where they stand, undone by the page's own evidence.

Nothing here changes what the page says: the restored text is a proposal beside it, with every substitution listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from pipelines import divisions, hosts, spam, titles
from pipelines.fingerprint import simplified
from pipelines.records import Portal, Substitution

_LATIN = re.compile(r"(?<![A-Za-z0-9@/._-])[A-Za-z0-9][A-Za-z0-9._@-]*[A-Za-z0-9@]")
_BRAND = re.compile(r"(?=.*[A-Za-z])(?=.*[\d.@])")
_HONEST = re.compile(r"(?:IPv|ipv|Web|web|[45]G|PM|pm|H)[\d.]+|.*\.gov\.cn|\d+[A-Za-z]{1,4}|[A-Z]+-?\d+")
_HAN = "\u4e00-\u9fff"
_AGREE = 0.8  # of the places of an alien word that have the same character beside it: then it is the word's own
_LEFT_END = re.compile(r"[\s，。、；：:《》（）()“”\"'〈〉|>\-年月日省市县区州旗和与及由对在从向将把是为按经据现被]")
_RIGHT_END = re.compile(
    r"[\s，。、；：:《》（）()“”\"'〈〉|>年月日按依认把将的和与及为是对向牵召编印各深全高坚严积始围以因]|在(?!线)|(?<!官)网站?(?!址|投|彩|人民政府|办公)"
)
_LONGEST = 24  # characters of an alien word beside its mark
_SEEDS, _PLACES = 40, 400  # words of a page, and places of each, that are looked at
_NEAR = 400  # characters on either side of a word in which its sentence ends
_GAP = 4  # characters between two marks that are one word
_NOTED = 4  # readings in brackets that a mirror has at least
_LEAST = 3  # places in which a word of letters and digits must stand for a name

_DIVISION = re.compile(rf"[{_HAN}]{{2,8}}?[省市县区州旗盟]")
_BODY = re.compile(rf"([{_HAN}]{{2,4}}?[市县区州旗])(?=人民政府|政府|信息中心)")
_BEFORE_NAME = re.compile(r"^.*[在由对向从到给与和及为将是按经据本各该全我]")
_PIECES = re.compile(r"[_|｜\-—–]")
_SITE_TAIL = re.compile(r"(?:人民政府|政府)?(?:信息公开)?(?:门户|公众信息|政务)?(?:网站?|平台|专栏)?$")
_LEVEL = re.compile(r"[全我本]([市县区州旗])")
_PINYIN = re.compile(r"[（(][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,7}[)）]")
_LONG_FORM = re.compile(r"》[（(]以下简称")


@dataclass(frozen=True, slots=True)
class Words:
    """A page's words: what it is called, what stands around its text, its text."""

    titles: tuple[str, ...]
    around: tuple[str, ...]
    lines: tuple[str, ...]

    def all(self) -> str:
        return "\n".join((*self.titles, *self.around, *self.lines))


@dataclass(frozen=True, slots=True)
class Named:
    """The division that a page is of, and what says so."""

    name: str
    basis: str


@cache
def _pattern(section: str, name: str) -> re.Pattern[str]:
    return re.compile(hosts.table()[section][name])


def _after_name() -> re.Pattern[str]:
    return _pattern("names", "after")


# ---------------------------------------------------------------- which words are alien


def aliens(words: Words) -> tuple[str, ...]:
    """The words that stand where a name, 关于 or a term of the law stood, longest first."""
    text = "\n".join((*words.around, *words.lines))
    seeds = [seed for seed, _ in Counter((*_marked(text), *_latin(text))).most_common(_SEEDS)]
    found = {_grown(text, seed) for seed in seeds}
    whole = [word for word in found if not any(word != other and word in other for other in found)]
    return tuple(sorted((word for word in whole if _stands_in(text, word)), key=lambda word: (-len(word), word)))


def _marked(text: str) -> Iterator[str]:
    """Marks of spam; those in a sentence that speaks against them only where they stand for a name."""
    accused = set(spam.accused(text))
    for mark in spam.marks(text):
        if mark in accused or _after_name().match(text, mark.end):
            yield mark.words


def _latin(text: str) -> Iterator[str]:
    """Words of letters and digits right before what only follows the name of a body."""
    counted = Counter(
        found[0]
        for found in _LATIN.finditer(text)
        if _BRAND.match(found[0]) and not _HONEST.fullmatch(found[0]) and _after_name().match(text, found.end())
    )
    return (word for word, count in counted.items() if count >= _LEAST)


def _grown(text: str, seed: str) -> str:
    """The word that the places of a seed have in common: 欧洲杯决赛竞猜 of 决赛竞猜."""
    places: list[tuple[int, int]] = []
    for at, to in _places(text, seed):
        if places and at - places[-1][1] <= _GAP:  # uedbet体育_uedbet官网 has its mark twice
            places[-1] = (places[-1][0], to)
        else:
            places.append((at, to))
    if len(places) < 2:
        return seed
    before = after = 0
    while after < _LONGEST and _agree([text[to + after : to + after + 1] for _, to in places]):
        ends = sum(
            bool(_RIGHT_END.match(text, to + after) or _after_name().match(text, to + after)) for _, to in places
        )
        if ends > (1 - _AGREE) * len(places):
            break
        after += 1
    while before < _LONGEST and (sign := _agree([text[max(0, at - before - 1) : at - before] for at, _ in places])):
        if _LEFT_END.match(sign):
            break
        before += 1
    forms = Counter(text[max(0, at - before) : to + after] for at, to in places)
    return forms.most_common(1)[0][0].strip(",_ ")


def _places(text: str, word: str) -> list[tuple[int, int]]:
    return [found.span() for found in islice(re.finditer(re.escape(word), text), _PLACES)]


def _agree(signs: Sequence[str]) -> str:
    """The character that most places have; none where they differ."""
    sign, count = Counter(signs).most_common(1)[0]
    return sign if count >= _AGREE * len(signs) else ""


def _stands_in(text: str, word: str) -> bool:
    """Whether a word stands in the place of another: in sentences, or beside what goes with a name, not in a list."""
    slots = prose = 0
    for at, to in _places(text, word):
        slots += bool(
            _after_name().match(text, to)
            or text[at - 1 : at] == "《"
            or text[to : to + 1] in (":", "：")
            or (text[at - 1 : at].isalnum() and _pattern("names", "term").match(text, to))
        )
        prose += "。" in _around(text, at, to)
    return slots > 1 or prose > 1 or slots == prose == 1


def _around(text: str, at: int, to: int) -> str:
    """The line that a word stands in, as far as it is near."""
    before, after = text[max(0, at - _NEAR) : at], text[to : to + _NEAR]
    return before.rpartition("\n")[2] + after.partition("\n")[0]


# ---------------------------------------------------------------- what stood there


def restored(
    words: Words, alien: Sequence[str], portal: Portal | None, site_code: str | None
) -> tuple[str, tuple[Substitution, ...]]:
    """The text with the alien words undone as far as the page tells what they replace, and the list of them."""
    text = "\n".join(words.lines)
    listed: list[Substitution] = []
    named = name_of(words, alien, portal, site_code)
    for word in alien:
        text, done = _undone(text, word, words.all(), named)
        listed += done
    text, signs = _pattern("traces", "noise").subn("", text)
    if signs:
        listed.append(Substitution("signs between characters", "", signs, "no text has them there"))
    if is_noted(text):
        text, sounds = _PINYIN.subn("", text)
        listed.append(Substitution("readings in brackets", "", sounds, "no report gives them"))
    if is_traditional(text, alien):
        plain = simplified(text)
        changed = sum(one != other for one, other in zip(text, plain, strict=True))
        listed.append(Substitution("Traditional script", "Simplified script", changed, "a report of the mainland"))
        text = plain
    return text, tuple(listed)


def is_noted(text: str) -> bool:
    """Whether readings stand behind characters, and behind the same one again: a reader is told one once."""
    noted = Counter(_pattern("traces", "readings").findall(text))
    return noted.total() >= _NOTED and max(noted.values()) > 1


def is_traditional(text: str, alien: Sequence[str]) -> bool:
    return share_of_traditional(text, alien) >= int(hosts.table()["traces"]["traditional"])


def share_of_traditional(text: str, alien: Sequence[str]) -> int:
    """How many of a thousand characters, alien words aside, only Traditional script has."""
    for word in alien:
        text = text.replace(word, "")
    plain = simplified(text)
    return sum(map(str.__ne__, text, plain)) * 1000 // len(text) if plain != text else 0


def _undone(text: str, word: str, everything: str, named: Named | None) -> tuple[str, list[Substitution]]:
    is_term = "政府信息公开" not in everything and _is_term(everything, word)
    name = _name_form(everything, word, named)
    counted: Counter[tuple[str, str, str]] = Counter()

    def stood(found: re.Match[str]) -> str:
        proposed, basis = _proposed(text, found, is_term=is_term)
        if not proposed and named:
            proposed, basis = name, named.basis
        whole = found[0] if proposed == "关于" else word
        counted[whole, proposed, basis or "the page does not say what stood there"] += 1
        return found[0].replace(whole, proposed) if proposed else found[0]

    text = re.sub(rf"{re.escape(word)}[:：]*", stood, text)
    return text, [Substitution(found, proposed, times, basis) for (found, proposed, basis), times in counted.items()]


def _proposed(text: str, found: re.Match[str], *, is_term: bool) -> tuple[str, str]:
    """What stood there if no name did."""
    if text[found.start() - 1 : found.start()] == "《" and text[found.end() : found.end() + 1] == "》":
        is_long = _LONG_FORM.match(text, found.end())
        return "中华人民共和国政府信息公开条例" if is_long else "条例", "alone in 《》, as the law is named"
    if found[0].endswith((":", "：")) and _pattern("names", "about").match(text, found.end()):
        return "关于", "with a colon behind it where none can stand"
    if is_term:
        return "政府信息公开", "the page lacks the term, and what follows goes with it"
    return "", ""


def _is_term(text: str, word: str) -> bool:
    places = _places(text, word)
    return sum(_pattern("names", "term").match(text, to) is not None for _, to in places) * 3 >= len(places)


def _name_form(text: str, word: str, named: Named | None) -> str:
    """The division's name where the word stands for that alone, else its government's."""
    if named is None:
        return ""
    is_division = any(_pattern("names", "division").match(text, to) for _, to in _places(text, word))
    return named.name if is_division else f"{named.name}人民政府"


def name_of(words: Words, alien: Sequence[str], portal: Portal | None, site_code: str | None) -> Named | None:
    """The division that the page is of: the portal's, the site code's, else as title, furniture or text name it."""
    if portal:
        return Named(portal.name.removesuffix("人民政府"), "the portal's name")
    if path := divisions.path((site_code or "")[:6]):
        return Named(path[-1], f"site code {site_code}")
    for said in words.titles:
        for piece in _PIECES.split(said):
            report = titles.parse(piece)
            name = _division(report.body if report else _SITE_TAIL.sub("", piece.strip()))
            if name and not any(word in name or name in word or name + word in piece for word in alien):
                return Named(name, f"title or site name: {said}")
    for place, lines in (("beside the text", words.around), ("in the text", words.lines)):
        counted = Counter(name for line in lines for found in _BODY.finditer(line) if (name := _bare(found[1], alien)))
        if counted:
            return Named(counted.most_common(1)[0][0], f"{place}: {counted.most_common(1)[0][0]}")
    return _by_short_name(words.all())


def _bare(name: str, alien: Sequence[str]) -> str:
    """A name without what stands before it (可在溪口县), if it is one."""
    bare = _BEFORE_NAME.sub("", name)
    return bare if len(bare) > 2 and not any(bare in word for word in alien) else ""


def _by_short_name(text: str) -> Named | None:
    """青禾 of 走进青禾 with the 县 of 全县."""
    short = Counter(_pattern("names", "short").findall(text)).most_common(1)
    level = Counter(_LEVEL.findall(text)).most_common(1)
    if not (short and level):
        return None
    return Named(short[0][0] + level[0][0], f"short name on the page: {short[0][0]}, and 全{level[0][0]}")


def _division(words: str) -> str:
    """The last division that a body's name begins with: 青禾县 of 云溪市青禾县人民政府办公室."""
    match = divisions.find_chain(words)
    if match and match.division:
        return match.division.name
    found = _DIVISION.match(words)
    return found[0] if found and len(found[0]) > 2 else ""
