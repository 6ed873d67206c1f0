"""A web of little portals, each with a fault or a few or none, crawled in one run as `gongkai crawl` does.

As a program it is the crawl itself, in a process of its own: ARCHIVE PORTALS NAME=VALUE...
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.fault_list import YEAR, Fault
from tests.fault_server import FaultServer, Host, faults, page, straight
from tests.servers import ROOT, free_port
from tests.test_crawl import entry, listing, report

AROUND = (2024, 2023, 2021)  # years of the reports beside the one that is struck
QUICK = {"DOWNLOAD_DELAY": 0.01, "GONGKAI_RETRY_PAUSE": 0.05, "DOWNLOAD_TIMEOUT": 3, "DOWNLOAD_MAXSIZE": 1_000_000}


@dataclass
class Site:
    """A portal, and what is to be looked for in the archive."""

    id: str
    host: Host
    struck: dict[str, Fault] = field(default_factory=dict)  # by address

    @property
    def column(self) -> str:
        return f"{self.host.url}/nb/"


def open_site(server: FaultServer, number: int, struck: Sequence[Fault], **elsewhere: str) -> Site:
    """A portal with a column of good reports, and among them those that are struck."""
    first = struck[0] if struck else None
    door = first.door if first and first.door else straight
    host = server.host({}, door, "https" if first and first.secure else "http")
    site = Site(f"p{number:02}", host)
    entries = []
    for place, fault in enumerate(struck):
        if fault.at == "page":
            path = f"/nb/f{place}.html"
            url = fault.instead.format(**elsewhere) or host.url + path
            entries.append(entry(YEAR, url))
            if fault.answer:
                host.pages[path] = fault.answer
            site.struck[url] = fault
        elif fault.at == "robots":
            host.pages["/robots.txt"] = fault.answer or page(b"")
            site.struck[f"{host.url}/robots.txt"] = fault
        elif fault.at == "list":
            host.pages |= {"/nb/": fault.answer, "*": fault.answer} if fault.ended else {"/nb/": fault.answer}
            site.struck[site.column] = fault
        else:
            site.struck[f"{host.url}/robots.txt"] = fault
    for year in AROUND:
        host.pages[f"/nb/{year}.html"] = page(report(year).body)
        entries.append(entry(year))
    host.pages.setdefault("/nb/", page(listing(entries).body))
    return site


def portal_file(site: Site) -> str:
    hosts = sorted({urlsplit(url).hostname for url in (site.column, *site.struck)})
    return f'name = "安禾县"\nhome = "{site.host.url}/"\nhosts = {json.dumps(hosts)}\nstart = ["{site.column}"]\n'


@dataclass(frozen=True)
class Crawled:
    """What came of it."""

    archive: Path
    sites: tuple[Site, ...]
    seconds: float
    portals: dict[str, dict[str, Any]]  # what the command said of each
    log: str

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def visits(self, url: str, portal: str) -> list[tuple[Any, ...]]:
        """Outcome, error and whether it was asked for, of each visit to an address."""
        return self.rows(
            "SELECT outcome, error, elapsed IS NOT NULL FROM visits WHERE url = ? AND portal = ? ORDER BY number",
            url,
            portal,
        )

    def verdicts(self, url: str) -> list[str]:
        found = self.rows("SELECT verdict FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE v.url = ?", url)
        return [verdict for (verdict,) in found]

    def years(self, portal: str) -> set[int]:
        """Of the reports that were read on it: others have the very same, so that not all are the current ones."""
        found = self.rows(
            "SELECT year FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE portal = ? AND verdict = 'report'",
            portal,
        )
        return {year for (year,) in found}


def wrong(crawled: Crawled, site: Site) -> Iterator[str]:
    """Where a portal is not as the table of faults says."""
    years = crawled.years(site.id)
    said = crawled.portals.get(site.id, {"failed": "not crawled"})["failed"]
    rest = all(fault.rest for fault in site.struck.values())
    if rest and not years.issuperset(AROUND):
        yield f"the reports around are {sorted(years)}"
    if rest and said:
        yield f"the portal failed: {said}"
    for url, fault in site.struck.items():
        visits = crawled.visits(url, site.id)
        last = visits[-1] if visits else (None, None, None)
        if last[0] != fault.outcome:
            yield f"{fault.name}: outcome {last[0]} ({last[1]}), not {fault.outcome}"
        if len(visits) != fault.tries:
            yield f"{fault.name}: {len(visits)} visits, not {fault.tries}"
        if fault.doubt and (visits[0][0] != "tls" or fault.doubt not in visits[0][1]):
            yield f"{fault.name}: the first try is {visits[0]}, not tls: {fault.doubt}"
        ends = crawled.rows("SELECT ended FROM lists WHERE portal = ?", site.id)
        if fault.ended and ends != [(fault.ended,)]:
            yield f"{fault.name}: the walk ended {ends}, not {fault.ended}"
        if fault.instead:
            asked = crawled.visits(urljoin(url, "/robots.txt"), site.id)
            if len(asked) != fault.robots or any(visit[2] for visit in visits):
                yield f"{fault.name}: {len(asked)} visits to robots.txt, and {visits}"
        if fault.error and fault.error not in (last[1] or ""):
            yield f"{fault.name}: error {last[1]!r}, not {fault.error!r}"
        if fault.at == "page" and ("report" in crawled.verdicts(url)) != fault.comes:
            yield f"{fault.name}: its report {'did not come' if fault.comes else 'came'}"
        if fault.page_outcome:
            found = [visit[0] for visit in crawled.visits(site.column, site.id)]
            if found[-1:] != [fault.page_outcome]:
                yield f"{fault.name}: the column is {found}, not {fault.page_outcome}"
        if fault.says and fault.says not in (said or ""):
            yield f"{fault.name}: the portal is called {said!r}, not {fault.says!r}"
        if fault.verdict:
            verdicts = crawled.verdicts(url)
            if verdicts != [fault.verdict]:
                yield f"{fault.name}: verdict {verdicts}, not {fault.verdict}"


@contextmanager
def web(groups: Iterable[Sequence[Fault]]) -> Iterator[tuple[Site, ...]]:
    """The portals, one for each group of faults."""
    with faults() as server:
        elsewhere = {"refused": f"http://127.0.0.1:{free_port()}", "deaf": server.deaf()}
        yield tuple(open_site(server, number, group, **elsewhere) for number, group in enumerate(groups, 1))


def crawled(folder: Path, sites: tuple[Site, ...], **settings: object) -> Crawled:
    """Crawl them all in one run."""
    portals = folder / "portals"
    portals.mkdir()
    for site in sites:
        (portals / f"{site.id}.toml").write_text(portal_file(site), "utf-8")
    given = [f"{name}={value}" for name, value in {**QUICK, **settings}.items()]
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.fault_web", str(folder / "a.db"), str(portals), *given],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**clean, "GONGKAI_CONTACT": "bench@gongkai.example"},
        timeout=600,
    )
    seconds = time.monotonic() - began
    assert done.stdout, done.stderr
    return Crawled(folder / "a.db", sites, seconds, json.loads(done.stdout), done.stderr)


def main(archive: str, portals: str, *settings: str) -> None:
    from archive.commands.crawl import crawl, settings_for
    from crawler.loader import PortalLoader

    given = settings_for(Path(archive), [Path(portals)])
    for setting in settings:
        name, _, value = setting.partition("=")
        given.set(name, value, "cmdline")
    found = PortalLoader.from_settings(given).portals
    chosen = [found[path.stem] for path in sorted(Path(portals).glob("*.toml"))]
    print(json.dumps({result.portal.id: result.row() for result in crawl(given, chosen)}))  # noqa: T201  # its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
