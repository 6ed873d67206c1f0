"""Every portal is a spider: what makes `scrapy list` and `scrapy crawl PORTAL` work."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler.naming import find
from crawler.portal import PORTALS, PortalError, on_hosts, read_portals
from crawler.registry import with_registry
from pipelines.records import Portal

SPIDER = "crawler.families.generic.Generic"  # loaded when one is made, so that reading portal files is cheap


def folders(settings: BaseSettings) -> tuple[Path, ...]:
    """Where portal files are looked for: our own, then those of the setting GONGKAI_PORTALS."""
    return PORTALS, *(Path(folder) for folder in settings.getlist("GONGKAI_PORTALS"))


def spider_class(portal: Portal) -> type[Spider]:
    """The spider of one portal: the class of all, with the portal's facts."""
    spider: type[Spider] = load_object(SPIDER)
    settings: dict[str, Any] = {} if portal.access.delay is None else {"DOWNLOAD_DELAY": portal.access.delay}
    return type(spider.__name__, (spider,), {"name": portal.id, "portal": portal, "custom_settings": settings})


class PortalLoader:
    """Scrapy's spider loader: `scrapy list` has the portal files, `scrapy crawl` takes those of the registry as well.

    The registry's 3,000 are not listed: nobody has looked at them yet, and scripts crawl whatever is listed.
    """

    def __init__(self, portals: Mapping[str, Portal]) -> None:
        self.portals = portals

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> PortalLoader:
        return cls(read_portals(*folders(settings)))

    def load(self, spider_name: str) -> type[Spider]:
        try:
            return spider_class(find(with_registry(self.portals), spider_name).portal)
        except PortalError as error:
            raise KeyError(str(error)) from error

    def list(self) -> builtins.list[str]:
        return builtins.list(self.portals)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        return [name for name, portal in with_registry(self.portals).items() if on_hosts(request.url, portal.hosts)]
