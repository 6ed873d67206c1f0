"""Kills crawls at random moments, looks at the archive each time, and lets the last crawl finish.

    soak.py [--kills N] [--reports N] [--seed N]

After each SIGKILL the archive must pass `verify`, and every visit and report that was there before must still be there.
At the end a crawl that is left alone must have every report of every portal, and `verify` must find nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus  # first: it finds the packages

from archive.archive import Archive
from archive.verify import verify


def crawl(folder: Path, proxy: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "archive.cli",
        "crawl",
        "--portals",
        folder / "portals",
        "--archive",
        folder / "a.db",
    ]
    environment = {**os.environ, "http_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(corpus.ROOT)}
    return subprocess.Popen(
        [*command, *names(folder)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def names(folder: Path) -> list[str]:
    return [path.stem for path in sorted(folder.joinpath("portals").glob("*.toml"))]


def held(archive: Path) -> tuple[set[tuple[int, int]], set[tuple[int, str]]]:
    """Visits and reports that are committed."""
    if not archive.exists():
        return set(), set()
    with sqlite3.connect(f"file:{archive}?mode=ro", uri=True) as connection:
        try:
            visits = set(connection.execute("SELECT run, number FROM visits"))
            return visits, set(connection.execute("SELECT visit, recipe FROM reports"))
        except sqlite3.OperationalError:  # killed before the schema was there
            return set(), set()


def faults(archive: Path) -> list[str]:
    with Archive.open(archive, write=False) as opened:
        return [fault.message for fault in verify(opened) if fault.severity == "error"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--reports", type=int, default=60, help="of each of four portals")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    sites = corpus.portals(4, args.reports)
    wrong = 0
    with tempfile.TemporaryDirectory() as name, corpus.served(4, args.reports) as proxy:
        folder = Path(name)
        folder.joinpath("portals").mkdir()
        for site in sites:
            folder.joinpath("portals", f"{site.host.split('.')[1]}.toml").write_text(
                f'name = "{site.name}"\nhome = "http://{site.host}/"\nhosts = ["{site.host}"]\n'
                f'start = ["http://{site.host}{site.start}"]\n[access]\ndelay = 0.01\n'
            )
        visits: set[tuple[int, int]] = set()
        reports: set[tuple[int, str]] = set()
        for _ in range(args.kills):
            process = crawl(folder, proxy)
            time.sleep(chance.uniform(0.4, 4.0))
            process.send_signal(signal.SIGKILL)
            process.wait()
            time.sleep(0.2)  # its workers see the closed line and end
            now = held(folder / "a.db")
            lost = (visits - now[0]) | (reports - now[1])  # type: ignore[operator]
            bad = faults(folder / "a.db") if now[0] else []
            wrong += bool(lost or bad)
            for message in (*bad, *(f"lost: {row}" for row in lost)):
                print(message)
            visits, reports = now
        status = crawl(folder, proxy).wait()
        bad = faults(folder / "a.db")
        with sqlite3.connect(folder / "a.db") as connection:
            (found,) = connection.execute("SELECT count(*) FROM current_reports WHERE verdict = 'report'").fetchone()
            (unread,) = connection.execute(
                "SELECT count(*) FROM visits AS v WHERE body IS NOT NULL AND role = 'report'"
                " AND outcome IN ('new', 'changed')"
                " AND NOT EXISTS (SELECT 1 FROM reports AS r JOIN visits AS w ON w.id = r.visit"
                " WHERE w.canonical_url = v.canonical_url AND w.body = v.body)"
            ).fetchone()
    print(f"{args.kills} kills, {wrong} with a fault or a loss, {len(visits)} visits; last crawl: exit {status},")
    print(f"{found} reports to cite, {unread} pages unread, {len(bad)} faults")
    sys.exit(1 if wrong or bad or unread or status else 0)


if __name__ == "__main__":
    main()
