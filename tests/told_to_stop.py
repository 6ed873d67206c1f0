"""`gongkai crawl` that is struck by Ctrl-C at a moment named by a signal of Scrapy: ARCHIVE PORTALS PORTAL MOMENT."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

from archive.commands.crawl import crawl, settings_for
from crawler.loader import PortalLoader


class CtrlC:
    """An extension of Scrapy."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.strike, getattr(signals, crawler.settings["CTRL_C_AT"]))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CtrlC:
        return cls(crawler)

    def strike(self) -> None:
        self.crawler.signals.disconnect(self.strike, getattr(signals, self.crawler.settings["CTRL_C_AT"]))  # once
        os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    archive, portals, portal, moment = sys.argv[1:]
    settings = settings_for(Path(archive), [Path(portals)])
    settings["EXTENSIONS"]["tests.told_to_stop.CtrlC"] = 1
    settings.set("CTRL_C_AT", moment)
    settings.set("DOWNLOAD_DELAY", 0.01)
    crawl(settings, [PortalLoader.from_settings(settings).portals[portal]])
