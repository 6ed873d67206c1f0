"""Whose a host is: the portal's or another government's, a public body's, anybody's."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from pipelines.records import Portal

Standing = Literal["official", "institution", "national", "platform", "foreign", "unknown"]

_ADDRESS = re.compile(r"[\d.]+|.*:.*")  # of a machine, by number


@cache
def table() -> dict[str, Any]:
    """`data/mirrors.toml` as it is written."""
    return tomllib.loads(files("pipelines.data").joinpath("mirrors.toml").read_text("utf-8"))


def of(url: str) -> str:
    """The host of an address in lower case; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # no address
        return ""


def standing(host: str, portal: Portal | None = None) -> Standing:
    """Whose a host is, by its name alone, unless a portal names it. `national`: directly under .cn."""
    kinds = table()["hosts"]
    if (portal and host in portal.hosts) or _is_under(host, kinds["official"]):
        return "official"
    if "." not in host or _ADDRESS.fullmatch(host) or _is_under(host, kinds["reserved"]):
        return "unknown"
    if _is_under(host, kinds["platforms"]):
        return "platform"
    if _is_under(host, kinds["institutions"]):
        return "institution"
    return "national" if host.endswith(".cn") else "foreign"


def _is_under(host: str, domains: list[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
