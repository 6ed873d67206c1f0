"""A web of little portals crawled in one run: every fault of `tests/fault_list.py` in a portal of its own, ten without.

    faultweb.py [--budget SECONDS]

Told: portals that were not as the table says (a fault without its name, a report lost, more tries than worth it),
requests made and visits filed for them, what `gongkai verify` finds, and the time. Exit code 1 where something is
wrong. The servers are raw sockets on loopback; delays and time-outs are short, the rest is as in a night's crawl.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import corpus  # first: it finds the packages

from tests.fault_list import EVERY, weak_doors
from tests.fault_web import crawled, web, wrong

HEALTHY = 10
# The server counts requests, the archive visits: these differ where a connection ends before its request was read.
ASKED = "SELECT count(*) FROM visits WHERE elapsed IS NOT NULL AND host LIKE '127.3.%'"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=180.0, help="seconds the run may take")
    budget = parser.parse_args().budget
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        groups = [*((fault,) for fault in (*EVERY, *weak_doors(folder))), *[()] * HEALTHY]
        with web(groups) as sites:
            run = crawled(folder, sites, DOWNLOAD_TIMEOUT=6)
        bad = {site.id: found for site in sites if (found := list(wrong(run, site)))}
        for portal, found in bad.items():
            print(portal, *found, sep="\n    ")
        ((visits,),) = run.rows(ASKED)
        requests = sum(len(site.host.asked) for site in sites)
        most = max(sites, key=lambda site: len(site.host.asked))
        verify = subprocess.run(
            [sys.executable, "-m", "archive.cli", "verify", "--archive", str(run.archive)],
            capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(corpus.ROOT)},
        )  # fmt: skip
        faults = {fault.name for site in sites for fault in site.struck.values()}
        print(f"{len(sites)} portals, {len(faults)} faults: {len(bad)} portals not as expected")
        print(f"{requests} requests came to the servers, {visits} visits to them are filed; most to one portal: "
              f"{len(most.host.asked)} ({', '.join(fault.name for fault in most.struck.values())})")  # fmt: skip
        print(f"verify: exit code {verify.returncode}; {(verify.stdout + verify.stderr).strip()[-300:]}")
        print(f"{run.seconds:.1f} s of {budget:.0f} s")
        sys.exit(bool(bad or verify.returncode or run.seconds > budget))


if __name__ == "__main__":
    main()
