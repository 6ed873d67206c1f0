"""Which portals a user means by an id, a division code or a name, be it of today or of another day."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.portal import PortalError
from crawler.registry import entries, lies_in, today
from pipelines.divisions import Division, by_code, find_chain, path
from pipelines.records import Portal

_CODE = re.compile(r"[1-9][0-9]{5}")
# What 安乡, 浦东 or 神农架 leave out. Of 恩施土家族苗族自治州 the short form is 恩施州, and 恩施 is short of that.
_SUFFIXES = ("省", "市", "县", "区", "州", "旗", "盟", "地区", "新区", "林区", "矿区", "特区")
_ABOVE = ("市", "州", "地区", "盟")  # what 南京鼓楼区 leaves out of the city
_SHOWN = 12  # divisions of one name that are listed


@dataclass(frozen=True, slots=True)
class Found:
    """The portal that a word means; `note` is what the user did not say and should know."""

    portal: Portal
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The portals that some words mean, each once, with notes for the user."""

    portals: tuple[Portal, ...]
    notes: tuple[str, ...]


def choose(portals: Mapping[str, Portal], words: Iterable[str], *, below: bool = False) -> Choice:
    """The portals that words mean. The name of a province stands for all portals in it, any other word for one;
    with `below`, for those as well that lie in its division.
    """
    chosen: dict[str, Portal] = {}
    notes: list[str] = []
    for word in words:
        found = find(portals, word)
        code = found.portal.code
        chosen[found.portal.id] = found.portal
        if found.note:
            notes.append(found.note)
        is_province = code is not None and code.endswith("0000") and word not in {found.portal.id, code}
        if code and (below or is_province):
            inside = sorted((portal for portal in portals.values() if lies_in(portal, code)), key=_by_code)
            chosen |= {portal.id: portal for portal in inside}
            if not below:
                notes.append(f"{word}: all {len(inside)} portals in it; {code} is its own alone")
    return Choice(tuple(chosen.values()), tuple(notes))


def find(portals: Mapping[str, Portal], word: str) -> Found:
    """The portal with this id, code or name, or of the division that is called so, or was.

    Raises PortalError where there is none, and where there are several.
    """
    if word in portals:
        return Found(portals[word])
    same = [portal for portal in portals.values() if word in {portal.code, portal.name}]
    note = ""
    if not same and (meant := _meant(word)):
        code, note = meant
        same = [portal for portal in portals.values() if portal.code == code]
        if not same:
            raise PortalError(f"{word}: no portal of {_told(code)} is known; write a portal file for it")
    if not same:
        raise PortalError(f"{word}: no such portal; {_near(portals, word)}")
    if len(same) > 1:
        shown = "; ".join(f"{portal.id} ({where(portal)})" for portal in same[:_SHOWN])
        raise PortalError(f"{word}: more than one portal; say which: {shown}")
    return Found(same[0], note)


def code_of(portals: Mapping[str, Portal], word: str) -> str | None:
    """The code of the division that a word means, whether it has a portal or not; None for a zone, which has none."""
    if word not in portals and (meant := _meant(word)):
        return meant[0]
    return find(portals, word).portal.code


def _meant(word: str) -> tuple[str, str] | None:
    """The code that governs today what a word names, and a note where the division itself is no more."""
    divisions = _divisions(word)
    if not divisions:
        return None
    if len(divisions) > 1:
        shown = "; ".join(_told(one.code) for one in divisions[:_SHOWN])
        raise PortalError(f"{word}: {len(divisions)} divisions are called so; name one by its code: {shown}")
    (meant,) = divisions
    codes = today(meant.code)
    if meant.last is None:
        return meant.code, ""
    note = f"{meant.name} ({meant.code}) was there until {meant.last}"
    if len(codes) != 1:
        said = f"its area lies in {'; '.join(map(_told, codes))}: name one" if codes else "no successor is known"
        raise PortalError(f"{word}: {note}; {said}")
    return codes[0], f"{note}; taken for {_told(codes[0])}"


def _told(code: str) -> str:
    return f"{code} {' '.join(path(code))}"


def _by_code(portal: Portal) -> tuple[str, str]:
    return portal.code or "", portal.id


def _divisions(word: str) -> Sequence[Division]:
    """What a word names: a code, a name with or without those above it, or such a one without its suffix."""
    words = re.sub(r"\s+", "", word)
    if _CODE.fullmatch(words):
        return by_code(words)[-1:]
    found = (
        _named(words)
        or [one for ending in _SUFFIXES for one in _named(words + ending)]
        or [
            one
            for at in range(2, len(words) - 1)
            for middle in _ABOVE
            for ending in ("", *_SUFFIXES)
            for one in _named(words[:at] + middle + words[at:] + ending)
        ]
    )
    latest = {one.code: one for one in sorted(found, key=lambda one: one.first)}
    living = [one for one in latest.values() if one.last is None]
    return living or list(latest.values())


def _named(words: str) -> Sequence[Division]:
    match = find_chain(words)
    return match.candidates if match and match.words == words else ()


def where(portal: Portal) -> str:
    """A portal's division with those above it, or its name where it has none."""
    chain = path(portal.code) if portal.code else ()
    if not chain and (entry := entries().get(portal.name)):
        chain = (*path(entry.parent), portal.name)
    return " ".join(chain) or portal.name


def _near(portals: Mapping[str, Portal], word: str) -> str:
    if _CODE.fullmatch(word):
        return "no division since 2007 had this code"
    words = {name: portal for portal in portals.values() for name in (portal.id, portal.name, portal.code or "")}
    near = {words[name].id: words[name] for name in difflib.get_close_matches(word, words, n=3, cutoff=0.5)}
    hint = ", ".join(f"{portal.name} ({portal.id})" for portal in near.values())
    return f"did you mean {hint}?" if hint else "`gongkai portals` has all"
