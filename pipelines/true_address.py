"""The address of the page that a mirror copies, as far as the mirror's own address and page tell it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from posixpath import normpath
from urllib.parse import urlsplit

from pipelines import hosts
from pipelines.records import Portal

_FLAT = re.compile(r"/html/([^/]{8,})")
_NUMBER = re.compile(r"/html/\d+\.s?html?")  # the mirror's own: it tells nothing
_HOST = re.compile(r"(?:https?:)?//([A-Za-z0-9.-]+\.gov\.cn)\b", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?<![@\w.-])((?:[a-z0-9-]+\.)+gov\.cn)\b", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@((?:[a-z0-9-]+\.)+gov\.cn)\b", re.IGNORECASE | re.ASCII)
# Of the state, named on every page: registers of sites and of domains, the State Council.
_STATE = re.compile(r"^(?:www\.)?gov\.cn$|(?:^|\.)(?:miit|conac|beian|mps|12377|www)\.gov\.cn$")
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*\d)(?!(?:c|col|n|t|i|art)\d+$)[a-z0-9]{5,8}")
_NUMBERED = re.compile(r"(?:art_\d+_\d+|content_\d+|post_\d+|t20\d{6}_\d+|c\d+_\d+|i\d{4,})")
_ENDS = r"\.(?:s?html?|jsp|aspx?|php)"
# A path without its slashes, by the family that made it: the tail with its slashes put back, what stands before it.
_TAILS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(c\d{{1,5}})(20\d{{6}})(i\d+{_ENDS})$"), r"\1/\2/\3"),
    (re.compile(rf"(20\d\d-\d\d-\d\d)(\d+{_ENDS})$"), r"\1/\2"),
    (re.compile(rf"(info)(\d{{4}})(\d+{_ENDS})$"), r"\1/\2/\3"),
    (re.compile(rf"(20\d{{4}})(t20\d{{6}}_\d+{_ENDS})$"), r"\1/\2"),
    (re.compile(rf"(20\d{{4}})(c\d+_\d+{_ENDS})$"), r"\1/\2"),
    (re.compile(rf"(content)(post_\d+{_ENDS})$"), r"\1/\2"),
    (re.compile(rf"(col)(col\d+)(index{_ENDS})$"), r"\1/\2/\3"),
)
_COLUMN = re.compile(r"col\d+|c\d{4,6}")
_LONGEST = 40  # letters of a folder's name
_DATED = re.compile(rf"(art)(20\d\d)(\d{{2,4}})(art_\d+_\d+{_ENDS})$")


def true_path(url: str) -> str:
    """The path on the true host; empty where the mirror made up its own, or the address is none."""
    if not hosts.of(url):
        return ""
    parts = urlsplit(url)
    path = parts.path
    if _NUMBER.fullmatch(path):
        return ""
    if flat := _FLAT.fullmatch(path):
        path = _unflattened(flat[1])
    else:
        segments = path.split("/")
        if len(segments) > 3 and _RANDOM.fullmatch(segments[1]):  # the mirror's own folder before all others
            del segments[1]
        if _NUMBERED.fullmatch(segments[-1]) or re.search(r"/20\d\d-\d\d-\d\d/\d+$", path):
            segments[-1] += ".html"
        if re.search(r"/info/\d{4}/\d+$", path):
            segments[-1] += ".htm"
        path = "/".join(segments)
    return f"{path}?{parts.query}" if parts.query and path else path


def is_flattened(url: str) -> bool:
    """Whether the path is one that lost its slashes."""
    flat = _FLAT.fullmatch(urlsplit(url).path)
    return flat is not None and flat[1].count("-") < 6 and _unflattened(flat[1]).count("/") > 2


def _unflattened(name: str) -> str:
    """A path put back together: /z/zhengwugongkai/2016-06-16/49225.html of zzhengwugongkai2016-06-1649225.html."""
    head, tail = _parted(name)
    # what was relative: ../../ is four dots, ./ one
    ups = re.match(r"(.*?)((?:\.\.){2,})$", head)
    if ups:
        head = ups[1]
    segments = [segment for part in head.split(".") if part for segment in _segments(part)]
    if ups:
        segments = segments[: -(len(ups[2]) // 2)] if len(segments) > len(ups[2]) // 2 else []
    return normpath("/" + "/".join((*segments, tail)))


def _parted(name: str) -> tuple[str, str]:
    """What stands before the part of a name whose form is known, and that part with its slashes."""
    for pattern, slashed in _TAILS:
        if found := pattern.search(name):
            return name[: found.start()], found.expand(slashed)
    if found := _DATED.search(name):
        days = list(_days(found[3]))
        if days:
            return name[: found.start()], f"{found[1]}/{found[2]}/{days[0]}/{found[4]}"
    words = _words().match(name)
    head = words[0] if words else ""
    return head, name[len(head) :]


def _days(digits: str) -> Iterator[str]:
    """Month and day of digits that stand together; months of one digit first, since reports come out in winter."""
    for size in (1, 2):
        month, day = digits[:size], digits[size:]
        if day and day[0] != "0" and month[0] != "0" and int(month) <= 12 and int(day) <= 31:
            yield f"{month}/{day}"


@cache
def _known() -> frozenset[str]:
    return frozenset(hosts.table()["paths"]["words"])


@cache
def _words() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(sorted(_known(), key=len, reverse=True))})+")


def _segments(part: str) -> list[str]:
    """The folders in a run of letters: known words, and what is left between them, of which the less the better."""
    best: list[tuple[int, list[str]]] = [(0, [])]  # letters that no word explains, and the folders, up to each place
    for end in range(1, len(part) + 1):
        ways = []
        for start in range(max(0, end - _LONGEST), end):
            unknown, folders = best[start]
            word = part[start:end]
            is_known = word in _known() or _COLUMN.fullmatch(word) is not None
            ways.append((unknown + (0 if is_known else end - start), [*folders, word]))
        best.append(min(ways, key=lambda way: (way[0], len(way[1]))))
    return best[-1][1]


def true_host(html: str, metas: Mapping[str, tuple[str, ...]], text: str, portal: Portal | None) -> str:
    """The host of the true portal: the portal's first, else the one that the page still names."""
    if portal and portal.hosts:
        return portal.hosts[0]
    said = [
        name.lower()
        for key in ("sitedomain", "siteurl", "og:url")
        for value in metas.get(key, ())
        for name in _BARE_HOST.findall(value)
    ]
    linked = [name.lower() for name in _HOST.findall(html)]
    named = [name.lower() for name in _BARE_HOST.findall(text)]
    mails = [f"www.{name.lower()}" for name in _MAIL.findall(text)]
    for found in (said, named, mails, linked):
        if name := _first(found):
            return name
    return ""


def _first(found: Sequence[str]) -> str:
    counted = Counter(name for name in found if not _STATE.search(name))
    return counted.most_common(1)[0][0] if counted else ""
