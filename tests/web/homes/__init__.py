"""Home pages of invented counties in the styles of twenty years, each with the address of its annual reports' column.

`styles` crosses menus with ways to the column, `odd` has pages made by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from tests.servers import Page


@dataclass(frozen=True)
class Home:
    """A portal seen from its home page. An empty `column`: there is none on its hosts."""

    name: str
    column: str
    pages: Mapping[str, Page]
    home: str
    hosts: tuple[str, ...]
    elsewhere: str = ""  # address on another host that must be named as a lead


def homes() -> tuple[Home, ...]:
    """All of them."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return tuple(home for module in modules for home in getattr(module, "HOMES", ()))
