"""A simulated year: a web of little portals that changes from night to night, and `gongkai nightly` over it.

    python -m benchmarks.year [--nights N] [--portals N] [--keep FOLDER]

What happens is planned beforehand (`year_plan.py`). Afterwards archive and alarms must show it, on the night on which
the program first asked for what had changed, and that no later than docs/operations.md promises; the servers say when
they were asked. Every night is a process with a clock of its own: most are forked from one that has everything
imported, every thirtieth starts by itself (`year_night.py`). Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from benchmarks.year_found import Event, Found, Judged, Night, judge, unexplained
from benchmarks.year_night import Nights
from benchmarks.year_plan import plan
from benchmarks.year_web import Web, portals
from crawler.demo.server import serving

QUIET = 100_000  # bytes that 60 portals may add on a quiet night
REQUESTS = 3  # to an unchanged portal a night
ALARMS = 0.01  # false ones, of the portals that were asked in all nights
_SETTLES = 5  # nights after which what is new has been looked at often enough
_LOUD = 10  # nights after an event, and after it was found, on which a portal is not called unchanged


@dataclass(frozen=True)
class Year:
    """The nights, and what came of them."""

    events: list[Event]
    found: Found

    @cached_property
    def judged(self) -> list[Judged]:
        return list(judge(self.events, self.found))

    @cached_property
    def unexplained(self) -> tuple[list[str], list[str]]:
        """Alarms and changes without a reason."""
        return unexplained(self.events, self.found)

    @property
    def wrong(self) -> list[str]:
        return [str(one) for one in self.judged if one.state not in {"right", "open"}]

    @property
    def asked(self) -> int:
        """Portals that were asked, over all nights."""
        return sum(len(due) for due in self.found.due)

    @property
    def noisy(self) -> int:
        """Of these, those with a false alarm."""
        return len({line.rpartition(" ")[0] for line in self.unexplained[0]})

    @cached_property
    def growth(self) -> list[int]:
        """Bytes that were added by nights on which nothing was new or had changed."""
        nights = list(pairwise(self.found.nights))[_SETTLES:]
        return [
            after.bytes - before.bytes for before, after in nights if not (after.said["new"] or after.said["changes"])
        ]

    @cached_property
    def requests(self) -> dict[tuple[str, int], int]:
        """To each portal on each night on which it was asked and nothing had happened to it for long."""
        host_of = {host: portal.id for portal in self.found.web.portals.values() for host in portal.hosts}
        known = (one for one in self.found.web.asked if one.host in host_of)
        asked = Counter((host_of[one.host], one.night) for one in known)
        loud = {(event.portal, event.night + more) for event in self.events for more in range(_LOUD)}
        for one in self.judged:
            until = len(self.found.nights) if one.found is None else one.found + _LOUD
            loud |= {(one.event.portal, night) for night in range(one.event.night, until)}
        return {key: count for key, count in asked.items() if key[1] and key not in loud}


def simulate(folder: Path, nights: int, count: int, *, quick: bool = False) -> Year:
    """The year, or its first nights, in a folder. `quick`: fewer reports, and all there is to happen at once."""
    web = Web(portals(count, 5 if quick else 10))
    events = plan(web, nights, quick=quick)
    by_night: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_night[event.night].append(event)
    files = folder / "portals"
    files.mkdir(parents=True)
    for portal in web.portals.values():
        (files / f"{portal.id}.toml").write_text(portal.file(), "utf-8")
    done: list[Night] = []
    with ExitStack() as stack:
        runner = stack.enter_context(Nights(folder, stack.enter_context(serving(web))))
        stack.enter_context(suppress(KeyboardInterrupt))  # then it is a shorter year
        for number in range(nights):
            web.night = number
            for event in by_night[number]:
                event.act(event, files)
            direct = ",".join(portal.host for portal in web.portals.values() if portal.door == "dns")
            done.append(runner.run(number, list(web.portals), direct))
            if not number % 10:
                print(f"night {number}: {done[-1].seconds:.1f} s, {done[-1].bytes / 1e6:.1f} MB", file=sys.stderr)
    return Year([event for event in events if event.night < len(done)], Found(web, done, runner.archive))


def told(year: Year) -> Iterator[str]:
    """All figures, and whatever is wrong by name."""
    found, (alarms, changes) = year.found, year.unexplained
    yield from year.wrong
    yield from (f"false alarm: {line}" for line in alarms)
    yield from (f"false change: {line}" for line in changes)
    kinds = Counter(one.event.name for one in year.judged)
    yield f"{len(year.judged)} events: {', '.join(f'{count} {name}' for name, count in kinds.most_common())}"
    states = Counter(one.state for one in year.judged)
    yield "  " + ", ".join(f"{states[name]} {name}" for name in ("right", "late", "early", "missed", "open"))
    waits = [one.found - one.event.night for one in year.judged if one.found is not None and one.state == "right"]
    if waits:
        yield f"  nights until an event was found: median {median(waits):.0f}, most {max(waits)}"
    yield f"false alarms: {year.noisy} of {year.asked} portal-nights; false changes: {len(changes)}"
    if year.growth:
        added = [some / 1e3 for some in year.growth]
        yield (
            f"{len(added)} quiet nights added {mean(added):.0f} KB each (median {median(added):.0f}, most"
            f" {max(added):.0f}); at the end the archive has {found.nights[-1].bytes / 1e6:.1f} MB"
        )
    if year.requests:
        counts = Counter(year.requests.values())
        yield (
            f"requests to an unchanged portal on a night on which it was asked: {mean(year.requests.values()):.2f};"
            f" {', '.join(f'{times} times {count}' for count, times in sorted(counts.items()))}"
        )
        yield from (f"  {portal} night {night}: {n}" for (portal, night), n in year.requests.items() if n > REQUESTS)
    yield f"reports held: {found.held.total()}; lacking: {found.lacking() or 'none'}"
    seconds, codes = [night.seconds for night in found.nights], Counter(night.code for night in found.nights)
    yield (
        f"a night: median {median(seconds):.1f} s, most {max(seconds):.1f} s, CPU"
        f" {median(night.cpu for night in found.nights):.1f} s; exit codes:"
        f" {', '.join(f'{times} times {code}' for code, times in codes.items())}"
    )


def goals(year: Year) -> dict[str, bool]:
    """What is to be, and whether it is."""
    most = max(year.requests.values(), default=0)
    return {
        "every event is in the archive on the right night": not year.wrong,
        "at most one false alarm in 100 portal-nights": year.noisy <= ALARMS * year.asked and not year.unexplained[1],
        f"a quiet night adds less than {QUIET / 1e3:.0f} KB": mean(year.growth or [0]) < QUIET,
        f"at most {REQUESTS} requests to an unchanged portal a night": most <= REQUESTS,
        "every report is held": not year.found.lacking(),
        "every night ends with 0 or 1": {night.code for night in year.found.nights} <= {0, 1},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--portals", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="a new folder for the archive and the logs")
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        year = simulate(args.keep or Path(name), args.nights, args.portals)
        for line in told(year):
            print(line)
    print(f"{len(year.found.nights)} nights in {(time.monotonic() - began) / 60:.1f} minutes")
    reached = goals(year)
    for goal, met in reached.items():
        print(f"{'met' if met else 'MISSED'}: {goal}")
    sys.exit(not all(reached.values()))


if __name__ == "__main__":
    main()
