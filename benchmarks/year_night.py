"""`gongkai nightly` as of another day: a process that has everything imported, and forks for each night it is told of.

It reads a line of JSON a night: seconds to add to the clock, environment, words of the command line, files for what is
printed; and answers with exit code and times. No two nights share more than what was imported.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sqlite3
import subprocess
import sys
import time
import traceback
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import scrapy.extensions.remote_control  # noqa: F401 - as the next: each night would import it anew

import archive
import crawler
import pipelines
import settings
from archive.cli import main as gongkai
from benchmarks.year_found import Night
from benchmarks.year_portal import FIRST
from crawler import clock

ROOT = Path(__file__).parents[1]
QUICK = {"DOWNLOAD_DELAY": 0.01, "GONGKAI_RETRY_PAUSE": 0.02, "DOWNLOAD_TIMEOUT": 2}  # as of a web that is near
BEGINS = timedelta(hours=18)  # as the timer's
FRESH = 30  # nights after which one starts in a process of its own, with nothing imported


class Nights:
    """Makes one night after the other, in processes of their own."""

    def __init__(self, folder: Path, proxy: str) -> None:
        self.folder = folder
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GONGKAI_") and "proxy" not in name.lower()
        }
        more = {"PYTHONPATH": str(ROOT), "http_proxy": proxy, "GONGKAI_CONTACT": "year@gongkai.example"}
        self.environment = clean | more
        self.process = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    @property
    def archive(self) -> Path:
        return self.folder / "year.db"

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "benchmarks.year_night"], cwd=ROOT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, number: int, names: list[str], direct: str) -> Night:
        """One night; `direct`: hosts that are not asked through the proxy, and so have no address."""
        process = self._start() if number and not number % FRESH else self.process
        out, err = (self.folder / f"{number}.{kind}" for kind in ("json", "log"))
        words = ["nightly", *names, "--portals", self.folder / "portals", "--archive", self.archive, "--json"]
        at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + BEGINS + timedelta(days=number)
        told = {
            "shift": (at - datetime.now(UTC)).total_seconds(), "env": {"no_proxy": direct},
            "words": [*map(str, words)], "out": str(out), "err": str(err),
        }  # fmt: skip
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if process is not self.process:
            process.communicate()
        if not out.stat().st_size:
            raise SystemExit(f"night {number} said nothing: {err.read_text('utf-8')[-3000:]}")
        said = json.loads(out.read_text("utf-8"))
        out.unlink()
        del said["coverage"]  # not looked at, and as large as the rest
        return Night(said, answer["code"], answer["seconds"], answer["cpu"], self._bytes())

    def _bytes(self) -> int:
        """Of the archive's file that are in use."""
        with closing(sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)) as connection:
            (size,), (pages,), (free,) = (
                connection.execute(f"PRAGMA {name}").fetchone()
                for name in ("page_size", "page_count", "freelist_count")
            )
        return int(size) * (int(pages) - int(free))


# ---------------------------------------------------------------- the process


def ours() -> list[ModuleType]:
    """All modules of the program, imported now: what is imported later would have the clock of the machine."""
    return [
        importlib.import_module(one.name)
        for package in (archive, crawler, pipelines)
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not one.name.endswith("__main__")
    ]


def set_clock(modules: list[ModuleType], shift: float) -> None:
    """Have the program live so many seconds later, or earlier, with a clock that goes on."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time() + shift, tz)

    for module in modules:
        if getattr(module, "datetime", None) is datetime:
            module.datetime = Shifted  # type: ignore[attr-defined]  # a module has what it has
    clock.now = clock.Clock(lambda: time.time() + shift)


def night(modules: list[ModuleType], told: dict[str, Any]) -> None:
    """One night, to the end of this process."""
    os.environ.update(told["env"])
    os.cpu_count = lambda: (
        1
    )  # one reader of pages: it takes longer to start a second than to read what comes in a night
    set_clock(modules, told["shift"])
    for name, value in QUICK.items():
        setattr(settings, name, value)
    sys.argv = ["gongkai", *told["words"]]
    for stream, name in ((sys.stdout, told["out"]), (sys.stderr, told["err"])):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
    gongkai()


def main() -> None:
    modules = ours()
    for line in sys.stdin:
        told = json.loads(line)
        began = time.monotonic()
        child = os.fork()
        if not child:
            code = 70
            try:
                night(modules, told)
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 1
            except BaseException:  # noqa: BLE001 - this process must not go on with the lines of the other
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status, used = os.wait4(child, 0)
        said = {
            "code": os.waitstatus_to_exitcode(status),
            "seconds": time.monotonic() - began,
            "cpu": used.ru_utime + used.ru_stime,
        }
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
