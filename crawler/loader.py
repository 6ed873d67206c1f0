"""Every portal file is a spider: what makes `scrapy list` and `scrapy crawl PORTAL` work."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler.families import FAMILIES
from crawler.portal import PORTALS, on_hosts, read_portals
from pipelines.records import Portal


def folders(settings: BaseSettings) -> tuple[Path, ...]:
    """Where portal files are looked for: our own, then those of the setting GONGKAI_PORTALS."""
    return PORTALS, *(Path(folder) for folder in settings.getlist("GONGKAI_PORTALS"))


def spider_class(portal: Portal) -> type[Spider]:
    """The spider of one portal: its family's class with the portal's facts."""
    family: type[Spider] = load_object(FAMILIES[portal.family or "generic"])
    settings: dict[str, Any] = {} if portal.access.delay is None else {"DOWNLOAD_DELAY": portal.access.delay}
    return type(family.__name__, (family,), {"name": portal.id, "portal": portal, "custom_settings": settings})


class PortalLoader:
    """Scrapy's spider loader over portal files."""

    def __init__(self, portals: Mapping[str, Portal]) -> None:
        self.portals = portals

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> PortalLoader:
        return cls(read_portals(*folders(settings)))

    def load(self, spider_name: str) -> type[Spider]:
        try:
            return spider_class(self.portals[spider_name])
        except KeyError:
            raise KeyError(f"no portal file {spider_name}.toml") from None

    def list(self) -> builtins.list[str]:
        return builtins.list(self.portals)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        return [name for name, portal in self.portals.items() if on_hosts(request.url, portal.hosts)]
