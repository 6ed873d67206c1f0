"""Alarms of the night as a whole: its steps, its manners, and a line of our own that is down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from archive.night.alarms import Alarm, Severity
from archive.night.facts import Host, Tally
from archive.night.record import Record

_SEVERAL = 3  # portals, of which so great a share says that it is our own line
_SHARE = 0.8
_HURRIED = 3  # requests that came too soon; one may be a clock that was set
_WATCHED = ("no page came", "no report listed")  # what the monitors say more of, and when it is worth saying
_NOTICED = 0.01  # share of a host's requests
_STEPS = {
    "portal files": "correct the files that are named: their portals are left out until then",
    "crawl": "the message says why; what was kept is kept, the next night goes on",
    "derive": "run `gongkai derive`: it goes on where it stopped and names what it cannot read",
    "verify": "run `gongkai verify`: it names each fault, what it costs and what mends it",
    "backup": "make room or mend the place of the backup, then run `gongkai backup`",
    "export": "make room or mend the folder, then run `gongkai export jsonl`",
    "webhook": "check the address of --webhook; `gongkai report --json` has what it was to be told",
}


def of_steps(record: Record | None, outcome: str, tallies: Mapping[str, Tally]) -> Iterator[Alarm]:
    """What failed beside the portals, and what there was no time for."""
    if outcome in {"running", "failed"}:
        ended = outcome == "failed" or record  # who wrote a record came to the end of the night
        said = "could not keep what it fetched" if ended else "is still under way, or was killed"
        yield Alarm(
            "not_finished", "error", None, f"the run {said}", f"its outcome is {outcome}",
            "the next night goes on with what is left; see the log of the service, and `gongkai doctor`",
        )  # fmt: skip
    if record is None:
        return
    for step in record.steps:
        if step.outcome == "failed":
            severity: Severity = "warning" if step.name == "webhook" else "error"  # the report is there all the same
            yield Alarm("step_failed", severity, None, f"{step.name} failed", step.message, _STEPS[step.name])
    for portal, why in record.failed.items():
        if why.startswith(_WATCHED):
            continue
        yield Alarm(
            "crawl_failed", "warning" if portal in tallies else "error", portal, "its crawl failed", why,
            "crawl it alone and read what it says: `gongkai crawl`; its portal file may be wrong",
        )  # fmt: skip
    if record.left and record.ended == "budget":
        yield Alarm(
            "budget", "warning", None, f"{len(record.left)} portals were left over for want of time",
            f"budget {record.budget / 3600:g} h; first of them: {', '.join(record.left[:5])}",
            "they are the first of the next night; where this comes back, give a larger --budget",
        )  # fmt: skip


def of_untold(nights: Iterable[Mapping[str, Any]]) -> Iterator[Alarm]:
    """Nights before this one that were cut short before their report."""
    for night in nights:
        yield Alarm(
            "untold", "warning", None,
            f"the night of {night['started_at'][:10]} ended before its report: it brought {night['news']} pages of"
            " reports, new or changed, of which none is told below",
            f"run {night['run']} is {night['outcome']} and has left no record of its steps",
            f"`gongkai report {night['run']}` tells what it brought; the log of the service says why it ended",
        )  # fmt: skip


def of_hosts(hosts: Iterable[Host]) -> Iterator[Alarm]:
    """Hosts that were asked faster than promised."""
    for host in hosts:
        if host.hurried < max(_HURRIED, _NOTICED * host.requests):
            continue
        yield Alarm(
            "too_fast", "warning", host.portals[0], f"{host.host} was asked sooner than promised {host.hurried} times",
            f"{host.requests} requests, {host.delay:g} s promised between two, shortest pause {host.smallest} s",
            "that is a fault of ours: report it with this line; a larger `delay` in its portal file helps meanwhile",
        )  # fmt: skip


def settle(alarms: Sequence[Alarm], tallies: Mapping[str, Tally]) -> list[Alarm]:
    """One alarm for a line of our own that is down, in the place of one for each portal."""
    asked = [portal for portal, tally in tallies.items() if tally.outcomes]
    lost = [one for one in asked if not tallies[one].answered and not tallies[one].outcomes.get("challenge")]
    if len(lost) < _SEVERAL or len(lost) < _SHARE * len(asked):
        return list(alarms)
    alarm = Alarm(
        "no_network", "error", None, f"{len(lost)} of {len(asked)} portals gave no page",
        ", ".join(lost[:8]), "most likely the network, the resolver or the proxy here: `gongkai doctor`",
    )  # fmt: skip
    return [alarm, *(one for one in alarms if one.code != "unreachable")]
