"""Invented portals of places that do not exist: what `gongkai demo` crawls, and what the benchmarks scale up."""

from pathlib import Path

from crawler.demo.pages import portal, sites
from crawler.demo.server import serving
from crawler.demo.site import Answer, Site

PORTALS = Path(__file__).with_name("portals")  # the portal files of `sites`

__all__ = ["PORTALS", "Answer", "Site", "portal", "serving", "sites"]
