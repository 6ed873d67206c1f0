"""Words that a mirror put in the place of others: found by where they stand, undone by the page's own evidence.

Nothing here changes what the page says: the restored text is a proposal beside it, with every substitution listed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines import divisions, hosts, spam, titles
from pipelines.records import Portal, Substitution

_LATIN = re.compile(r"(?<![A-Za-z0-9@/._-])[A-Za-z0-9][A-Za-z0-9._@-]*[A-Za-z0-9@]")
_BRAND = re.compile(r"(?=.*[A-Za-z])(?=.*[\d.@])")  # no abbreviation of a report's has a digit or a dot beside letters
_HONEST = re.compile(r"(?:IPv|ipv|Web|web|[45]G|PM|pm|H)[\d.]+|.*\.gov\.cn|\d+[A-Za-z]{1,4}|[A-Z]\d{1,3}")
_HAN = "\u4e00-\u9fff"
_AGREE = 0.8  # of the places of an alien word that have the same character beside it: then it is the word's own
_LEFT_END = re.compile(r"[\s。，、；：:《》（）()“”\"'〈〉|>\-年月日省市县区州旗和与及由对在从向将把是为按经据现被]")
_RIGHT_END = re.compile(
    r"[\s。、；《》（）()“”\"'〈〉|>年月日按依认把将的和与及为是对向牵召编印各深全高坚严积始围以因]|在(?!线)|网站?(?!址|投|彩)"
)
_LONGEST = 24  # characters of an alien word
_LEAST = 3  # places in which a word of letters and digits must stand for a name

_DIVISION = re.compile(rf"[{_HAN}]{{2,8}}?[省市县区州旗盟]")
_SITE_TAIL = re.compile(r"(?:人民政府|政府)?(?:信息公开)?(?:门户|公众信息|政务)?(?:网站?|平台|专栏)?$")
_LEVEL = re.compile(r"[全我本]([市县区州旗])")
_PINYIN = re.compile(r"[（(][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,7}[)）]")


@dataclass(frozen=True, slots=True)
class Words:
    """A page's words: of its head and furniture, and its text."""

    titles: tuple[str, ...]  # title tag, headings, SiteName and the like
    around: tuple[str, ...]
    lines: tuple[str, ...]

    def all(self) -> str:
        return "\n".join((*self.titles, *self.around, *self.lines))


@dataclass(frozen=True, slots=True)
class Named:
    """The division a page is of, and what says so. `name` is that of the division, 青禾县."""

    name: str
    basis: str


@cache
def _pattern(section: str, name: str) -> re.Pattern[str]:
    return re.compile(hosts.table()[section][name])


# ---------------------------------------------------------------- which words are alien


def aliens(words: Words) -> tuple[str, ...]:
    """The words that stand where a name, 关于 or a term of the law stood, longest first."""
    text = "\n".join((*words.around, *words.lines))
    seeds = dict.fromkeys((*_marked(text), *_latin(text)))
    found = dict.fromkeys(_grown(text, seed) for seed in sorted(seeds, key=len, reverse=True))
    whole = [word for word in found if not any(word != other and word in other for other in found)]
    return tuple(sorted((word for word in whole if _stands_in(text, word)), key=len, reverse=True))


def _marked(text: str) -> Iterator[str]:
    """Marks of spam; those in a sentence that speaks against them only where they stand for a name."""
    accused = {found.span() for found in spam.accused(text)}
    for found in spam.marks(text):
        if found.span() in accused or _pattern("names", "after").match(text, found.end()):
            yield found[0]


def _latin(text: str) -> Iterator[str]:
    """Words of letters and digits right before what only follows the name of a body."""
    after = _pattern("names", "after")
    counted = Counter(
        found[0]
        for found in _LATIN.finditer(text)
        if _BRAND.match(found[0]) and not _HONEST.fullmatch(found[0]) and not text.endswith("://", 0, found.start())
    )
    for word, count in counted.items():
        slots = sum(after.match(text, found.end()) is not None for found in re.finditer(re.escape(word), text))
        if slots >= _LEAST or (count >= _LEAST and slots * 2 >= count):
            yield word


def _grown(text: str, seed: str) -> str:
    """The word that the places of a seed have in common: 欧洲杯决赛竞猜 for 决赛竞猜."""
    places = [found.span() for found in re.finditer(re.escape(seed), text)]
    start = end = 0
    if len(places) < 2:
        return seed
    after = _pattern("names", "after")
    while end + len(seed) + start < _LONGEST:
        nexts = Counter(text[to + end : to + end + 1] for _, to in places)
        sign, count = nexts.most_common(1)[0]
        if not sign or count < _AGREE * len(places) or _RIGHT_END.match(sign):
            break
        stops = sum(after.match(text, to + end) is not None for _, to in places)
        ends = sum(_RIGHT_END.match(text, to + end) is not None for _, to in places)
        if stops * 5 > len(places) or ends * 2 > len(places) or sign in ":：":
            break
        end += 1
    while end + len(seed) + start < _LONGEST:
        sign, count = Counter(text[max(0, at - start - 1) : at - start] for at, _ in places).most_common(1)[0]
        if not sign or count < _AGREE * len(places) or _LEFT_END.match(sign):
            break
        start += 1
    at, to = places[0] if len(places) == 1 else _common(text, places, start, end)
    return text[at:to].strip(",，_ ")


def _common(text: str, places: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The place of the form that most of the places have."""
    forms = Counter(text[at - start : to + end] for at, to in places)
    best = forms.most_common(1)[0][0]
    at, to = next((at, to) for at, to in places if text[at - start : to + end] == best)
    return at - start, to + end


def _stands_in(text: str, word: str) -> bool:
    """Whether a word stands in running text or in a slot at least twice, and not only in a list of links."""
    places = [found.span() for found in re.finditer(re.escape(word), text)]
    slots = sum(
        _pattern("names", "after").match(text, to) is not None
        or text[at - 1 : at] == "《"
        or text[to : to + 1] in (":", "：")
        or (text[at - 1 : at].isalnum() and _pattern("names", "term").match(text, to) is not None)
        for at, to in places
    )
    prose = sum("。" in _line(text, at) for at, _ in places)
    return slots >= 2 or prose >= 2 or (slots >= 1 and prose >= 1)


def _line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : text.find("\n", at) % (len(text) + 1)]


# ---------------------------------------------------------------- what stood there


def restored(
    words: Words, alien: Sequence[str], portal: Portal | None, site_code: str | None
) -> tuple[str, tuple[Substitution, ...]]:
    """The text with the alien words undone as far as the page tells what they replace, and the list of them."""
    text = "\n".join(words.lines)
    listed: list[Substitution] = []
    named = name_of(words, alien, portal, site_code)
    everything = words.all()
    for word in alien:
        text, done = _undone(text, word, everything, named)
        listed += done
    text, signs = _pattern("traces", "noise").subn("", text)
    if signs:
        listed.append(Substitution("signs between characters", "", signs, "no text has them there"))
    if is_noted(text):
        text, sounds = _PINYIN.subn("", text)
        listed.append(Substitution("readings in brackets", "", sounds, "no report gives them"))
    return text, tuple(listed)


def is_noted(text: str) -> bool:
    """Whether readings of characters stand in brackets behind them."""
    toned, plain = _pattern("traces", "toned"), _pattern("traces", "sounds")
    if "(" not in text and "（" not in text:
        return False
    return (
        len(toned.findall(text)) >= 2
        or _pattern("traces", "doubled").search(text) is not None
        or len(plain.findall(text)) >= 4
    )


def _undone(text: str, word: str, everything: str, named: Named | None) -> tuple[str, list[Substitution]]:
    is_term = "政府信息公开" not in everything and _is_term(everything, word)
    form = _name_form(everything, word, named)
    counted: Counter[tuple[str, str, str]] = Counter()

    def stood(found: re.Match[str]) -> str:
        before, after = text[max(0, found.start() - 40) : found.start()], text[found.end() :]
        proposed, basis = _proposed(before, after, found["colon"], is_term=is_term)
        if not proposed and named:
            proposed, basis = form, named.basis
        if not proposed:
            counted[found[0], "", "the page does not say what stood there"] += 1
            return found[0]
        colon = "" if basis.startswith("关于") else found["colon"]
        counted[word + (found["colon"] if not colon else ""), proposed, basis] += 1
        return proposed + colon

    text = re.sub(rf"{re.escape(word)}(?P<tail>实施)?(?P<colon>[:：]*)", stood, text)
    return text, [Substitution(*key, times) if False else Substitution(key[0], key[1], times, key[2]) for key, times in counted.items()]


def _proposed(before: str, after: str, colon: str, *, is_term: bool) -> tuple[str, str]:
    """What stood there if no name did."""
    if before.endswith("《") and after.startswith("》"):
        if after.startswith("》（以下简称") or after.startswith("》(以下简称"):
            return "中华人民共和国政府信息公开条例", "in 《》 before 以下简称"
        return "条例", "alone in 《》"
    if colon and _pattern("names", "about").match(after):
        return "关于", "关于: with a colon behind, where no colon can be"
    if is_term:
        return "政府信息公开", "the page lacks the term, and what follows goes with it"
    return "", ""


def _is_term(text: str, word: str) -> bool:
    term = _pattern("names", "term")
    places = [found.end() for found in re.finditer(re.escape(word), text)]
    return sum(term.match(text, to) is not None for to in places) * 3 >= len(places)


def _name_form(text: str, word: str, named: Named | None) -> str:
    """Whether the word stands for the division's name, or for its government's."""
    if named is None:
        return ""
    is_division = re.search(rf"{re.escape(word)}(?:{_pattern('names', 'division').pattern})", text)
    return named.name if is_division else f"{named.name}人民政府"


def name_of(words: Words, alien: Sequence[str], portal: Portal | None, site_code: str | None) -> Named | None:
    """The division that the page is of: the portal's, the site code's, else as title, site name or breadcrumb say."""
    if portal:
        return Named(portal.name.removesuffix("人民政府"), "the portal's name")
    path = divisions.path((site_code or "")[:6])
    if path:
        return Named(path[-1], f"site code {site_code}")
    text = words.all()
    for said in words.titles:
        for piece in re.split(r"[_|｜\-—–]", said):
            report = titles.parse(piece)
            name = _division(report.body if report else _SITE_TAIL.sub("", piece.strip()))
            if name and not any(word in name for word in alien):
                return Named(name, f"title or site name: {said}")
    counted = Counter(
        name
        for line in words.around
        for found in re.finditer(rf"([{_HAN}]{{2,5}}?[市县区州旗])(?=人民政府|政府|信息中心)", line)
        if (name := _division(found[1]))
    )
    if counted:
        name = counted.most_common(1)[0][0]
        return Named(name, f"beside the text: {name}")
    return _by_short_name(text)


def _by_short_name(text: str) -> Named | None:
    """青禾 of 走进青禾 and 结合青禾实际, with 县 from 全县."""
    short = Counter(_pattern("names", "short").findall(text)).most_common(1)
    level = Counter(_LEVEL.findall(text)).most_common(1)
    if not short:
        return None
    name = short[0][0]
    known = next((m.words for end in "县市区旗" if (m := divisions.find_chain(name + end)) and m.words == name + end), "")
    if known or level:
        return Named(known or name + level[0][0], f"short name beside the text: {name}")
    return None


def _division(words: str) -> str:
    """The last division that a body's name begins with: 青禾县 of 云溪市青禾县人民政府办公室."""
    bare = words.strip()
    match = divisions.find_chain(bare)
    if match and match.division:
        return match.division.name
    found = _DIVISION.match(bare)
    return found[0] if found and len(found[0]) >= 3 else ""
