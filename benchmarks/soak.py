"""Kills crawls, derives, merges, compressions and backups at random moments, and looks at the archives each time.

    soak.py [--kills N] [--minutes N] [--reports N] [--seed N]

After each SIGKILL the archive, and the one that was merged or copied into, must pass `verify`, and every visit and
report that was there before must still be there. At the end each command is left alone: no page may stay unread, and
what was merged and the backup must have all that the archive has.
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
from collections import Counter
from contextlib import closing
from pathlib import Path

import corpus  # first: it finds the packages

from archive.archive import Archive
from archive.verify import verify

COMMANDS = ("crawl", "derive", "compress", "merge", "backup")
# When a command is killed: from before it has opened the archive to after most have ended.
SECONDS = {"crawl": (0.4, 6.0), "derive": (0.4, 4.0), "compress": (0.4, 3.0), "merge": (0.4, 3.0), "backup": (0.4, 4.0)}


def command(folder: Path, proxy: str, name: str) -> subprocess.Popen[bytes]:
    """A command of ours under way; it writes to `written(name)`."""
    words: dict[str, list[str | Path]] = {
        "crawl": ["--portals", folder / "portals", *names(folder)],
        "derive": [],
        "compress": [],
        "merge": [folder / "a.db"],
        "backup": [folder / "backup.db"],
    }
    archive = folder / ("merged.db" if name == "merge" else "a.db")
    environment = {**os.environ, "http_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(corpus.ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "archive.cli", name, *words[name], "--archive", archive],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def written(folder: Path, name: str) -> Path:
    return folder / {"merge": "merged.db", "backup": "backup.db"}.get(name, "a.db")


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill a command; false where it had ended before."""
    under_way = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return under_way


def names(folder: Path) -> list[str]:
    return [path.stem for path in sorted(folder.joinpath("portals").glob("*.toml"))]


Held = tuple[set[tuple[str, int]], set[tuple[str, int, str]]]


def held(archive: Path) -> Held:
    """Visits and reports that are committed."""
    if not archive.exists():
        return set(), set()
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as connection:
        try:
            visits = "SELECT uid, number FROM visits AS v JOIN runs AS u ON u.id = v.run"
            reports = (
                "SELECT uid, number, r.recipe FROM reports AS r JOIN visits AS v ON v.id = r.visit"
                " JOIN runs AS u ON u.id = v.run"
            )
            return set(connection.execute(visits)), set(connection.execute(reports))
        except sqlite3.OperationalError:  # killed before the schema was there
            return set(), set()


def faults(archive: Path, *, quick: bool) -> list[str]:
    with Archive.open(archive, write=False) as opened:
        return [f"{archive.name}: {fault}" for fault in verify(opened, quick=quick) if fault.severity == "error"]


def lost(before: Held, now: Held) -> list[str]:
    return [f"lost: {row}" for old, new in zip(before, now, strict=True) for row in old - new]  # type: ignore[operator]  # of one kind each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60, help="after which no further command is killed")
    parser.add_argument("--reports", type=int, default=60, help="of each of four portals")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    sites = corpus.portals(4, args.reports)
    wrong = 0
    kills: Counter[str] = Counter()
    end = time.monotonic() + 60 * args.minutes
    with tempfile.TemporaryDirectory() as name, corpus.served(4, args.reports) as proxy:
        folder = Path(name)
        folder.joinpath("portals").mkdir()
        for site in sites:
            folder.joinpath("portals", f"{site.host.split('.')[1]}.toml").write_text(
                f'name = "{site.name}"\nhome = "http://{site.host}/"\nhosts = ["{site.host}"]\n'
                f'start = ["http://{site.host}{site.start}"]\n[access]\ndelay = 0.01\n'
            )
        before: dict[Path, Held] = {}
        while kills.total() < args.kills and time.monotonic() < end:
            job = chance.choice(("crawl", "crawl", *COMMANDS)) if before else "crawl"
            # a backup is made while a crawl goes on
            jobs = [command(folder, proxy, each) for each in ({"backup": ["crawl", "backup"]}.get(job, [job]))]
            time.sleep(chance.uniform(*SECONDS[job]))
            killed = [kill(process) for process in reversed(jobs)]
            kills[job] += killed[0]
            time.sleep(0.2)  # its workers see the closed line and end
            for archive in {folder / "a.db", written(folder, job)}:
                now = held(archive)
                bad = faults(archive, quick=bool(kills.total() % 10)) if now[0] else []
                bad += lost(before.get(archive, (set(), set())), now)
                before[archive] = now
                wrong += bool(bad)
                for message in bad:
                    print(f"{job}: {message}", flush=True)
        status = [command(folder, proxy, each).wait() for each in COMMANDS]
        bad = [fault for each in ("merge", "backup", "crawl") for fault in faults(written(folder, each), quick=False)]
        whole = held(folder / "a.db")
        bad += [f"{each}: {row}" for each in ("merge", "backup") for row in lost(whole, held(written(folder, each)))]
        with closing(sqlite3.connect(folder / "a.db")) as connection:
            (found,) = connection.execute("SELECT count(*) FROM current_reports WHERE verdict = 'report'").fetchone()
            (unread,) = connection.execute(
                "SELECT count(*) FROM visits AS v WHERE body IS NOT NULL AND role = 'report'"
                " AND outcome IN ('new', 'changed')"
                " AND NOT EXISTS (SELECT 1 FROM reports AS r JOIN visits AS w ON w.id = r.visit"
                " WHERE w.canonical_url = v.canonical_url AND w.body = v.body)"
            ).fetchone()
    for message in bad:
        print(message)
    print(f"{kills.total()} kills ({', '.join(f'{count} {job}' for job, count in kills.items())}),")
    print(f"{wrong} with a fault or a loss, {len(whole[0])} visits; left alone, the commands ended with {status},")
    print(f"{found} reports to cite, {unread} pages unread, {len(bad)} faults")
    sys.exit(1 if wrong or bad or unread or any(status) else 0)


if __name__ == "__main__":
    main()
