"""A web of faulty portals in one run: each fault has its name and no more tries than it is worth; the rest is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.clock import Clock
from crawler.retries import BUSY, POLICIES, table
from pipelines.records import OUTCOMES
from tests.conftest import gongkai
from tests.fault_list import DOORS, EVERY, LISTS, PAGES, ROBOTS, TRIES, Fault, weak_doors
from tests.fault_list import table as faults_table
from tests.fault_web import Crawled, crawled, web, wrong

DOCS = Path(__file__).parents[1] / "docs" / "faults.md"
_SLOW = ("headers without end", "interim answers without end", "a body without end", "connection never made")


def bundled() -> list[tuple[Fault, ...]]:
    """Faults of pages, at most two of those in one portal that cost several tries: more would be errors in a row."""
    again = [fault for fault in PAGES if fault.tries == TRIES and fault.name not in _SLOW]
    once = [fault for fault in PAGES if fault.tries < TRIES and fault.name not in _SLOW]
    portals = -(-len(again) // 2)
    return [(*again[n::portals], *once[n::portals]) for n in range(portals)]


def alone(folder: Path) -> list[tuple[Fault]]:
    """Of faults that befall a whole portal one of each kind; the benchmark has them all."""
    chosen = (*ROBOTS[3:10:2], *ROBOTS[10:-1:4], LISTS[0], LISTS[3], DOORS[1], weak_doors(folder)[1])
    return [(fault,) for fault in chosen]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("web")
    with web([*bundled(), *alone(folder), (), ()]) as sites:
        yield crawled(folder, sites)


def test_every_fault_is_named_and_no_portal_pays_for_another(run: Crawled) -> None:
    assert {site.id: found for site in run.sites if (found := list(wrong(run, site)))} == {}
    assert len({fault.name for site in run.sites for fault in site.struck.values()}) > 70


def test_every_request_is_a_visit(run: Crawled) -> None:
    """Nothing asks in secret, neither the pool of connections nor the middlewares."""
    for site in run.sites:
        if site.host.scheme == "http" and not any(fault.instead for fault in site.struck.values()):
            visits = run.rows(
                "SELECT count(*) FROM visits WHERE portal = ? AND host = ? AND elapsed IS NOT NULL",
                site.id,
                site.host.address,
            )
            assert visits == [(len(site.host.asked),)], list(site.struck.values())


def test_what_a_server_says_does_not_swell_what_it_is_asked(run: Crawled) -> None:
    assert max(site.host.largest for site in run.sites) < 2000  # nor do a thousand cookies


def test_the_archive_holds_what_it_promises(run: Crawled) -> None:
    done = gongkai("verify", "--archive", run.archive)
    assert done.returncode == 0, done.stdout


def test_every_outcome_has_a_policy() -> None:
    assert set(POLICIES) == {*OUTCOMES, BUSY}


def test_the_docs_say_what_the_code_does(tmp_path: Path) -> None:
    docs = DOCS.read_text("utf-8")
    assert table() in docs
    assert faults_table((*EVERY, *weak_doors(tmp_path))) in docs


def test_the_docs_queries_run(run: Crawled) -> None:
    requests, faults = re.findall(r"```sql\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    asked = {host: (count, apart) for _, host, count, _, apart in run.rows(requests)}
    assert {site.host.address for site in run.sites} <= asked.keys()
    assert {"reset", "timeout", "truncated", "too_large", "challenge"} <= {outcome for outcome, *_ in run.rows(faults)}
    for site in run.sites:
        if not site.struck:
            assert asked[site.host.address][0] == len(site.host.asked) == 5  # robots.txt, the list, three reports


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("walls", "times"),
    [
        ([100, 101, 102], [101, 102]),  # as it should be
        ([100, 40, 41, 42], [101, 102, 103]),  # set back: on by the steady clock
        ([100, 500, 501], [500, 501]),  # set forward: it may have been wrong before
        ([100, 99.5, 104], [101, 104]),  # set right by a little
    ],
)
def test_time_never_goes_back(walls: list[float], times: list[float], caplog: pytest.LogCaptureFixture) -> None:
    wall, steady = iter(walls), iter(range(10))
    clock = Clock(lambda: next(wall), lambda: next(steady))
    assert [clock().timestamp() for _ in times] == times
    assert caplog.text.count("set back by 61 seconds") == (walls[1] == 40)
