"""The sample web: little portals of invented counties, one for each family of systems and for each trap of their lists.

Each module beside this one has a `SITES`; all are crawled by the real spider in `tests/test_web.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import urlsplit

from tests.servers import Answer


@dataclass(frozen=True)
class Site:
    """A little portal, and what a crawl of it must find."""

    name: str  # its portal's id; unique
    family: str  # that its lists must be told as
    start: tuple[str, ...]
    pages: Mapping[str, Answer]  # by address; one that ends in "?" answers whatever is asked of it
    reports: frozenset[str]  # addresses that must be asked for as reports: these and no others
    lists: Mapping[str, str]  # how each list must end: address of its first page to a key of `ENDS`
    most: int  # requests that finding the reports may take, those for the reports not counted
    traps: str = ""  # what is hard about it
    hosts: tuple[str, ...] = ()  # beside those of `start`
    missing: frozenset[str] = frozenset()  # reports whose pages are gone
    says: tuple[str, ...] = ()  # words that the crawl must warn of

    @property
    def portal(self) -> str:
        """Its portal file."""
        hosts = sorted({urlsplit(url).hostname or "" for url in self.start} | set(self.hosts))
        lines = (
            'name = "安禾县"',
            f"hosts = {hosts}",
            f'home = "http://{urlsplit(self.start[0]).hostname}/"',
            f"start = {list(self.start)}",
            "[access]",
            "delay = 0.01",
        )
        return "\n".join(lines)


def sites() -> tuple[Site, ...]:
    """All sites of the web."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return tuple(site for module in modules for site in getattr(module, "SITES", ()))
