"""A crawl of 200 portals of the national registry at once, from loopback: manners, use of the machine, memory.

    many.py [--portals N] [--reports N] [--latency SECONDS] [--at-once N ...]

A forward proxy in a process of its own stands in for their hosts; it answers after `latency`, as slow servers do, and
notes for each host how many requests were under way at one time and how long after the one before each came. The
delay is that of the settings. "Machine" is the CPU time of the crawl and its workers by wall time and cores, "busy"
how much of all cores was in use by anybody, the stand-in for the servers among them; "memory" is that of the crawling
process alone, after a quarter, half and the whole of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import corpus  # first: it finds the packages

from crawler.demo import Site, portal, serving
from crawler.demo.site import Answer
from crawler.registry import entries

KINDS = 16  # different sites; the hosts share them


# ---------------------------------------------------------------- the servers, in a process of their own


class Watched:
    """A host: a site whose home page leads to its column, and what was asked of it when."""

    def __init__(self, site: Site, latency: float) -> None:
        self.site = site
        self.latency = latency
        self.under_way = self.most = self.asked = 0
        self.last = 0.0
        self.shortest = float("inf")
        self.lock = threading.Lock()

    def get(self, path: str, asked: dict[str, str]) -> Answer:
        now = time.monotonic()
        with self.lock:
            self.asked += 1
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.last:
                self.shortest = min(self.shortest, now - self.last)
            self.last = now
        time.sleep(self.latency)
        with self.lock:
            self.under_way -= 1
        if path == "/":
            return Answer(302, (("Location", self.site.start),), b"")
        return self.site.get(path, asked)


def serve(hosts: list[str], reports: int, latency: float) -> None:
    sites = [portal(corpus.KINDS[seed % len(corpus.KINDS)], seed, reports) for seed in range(KINDS)]
    watched = {host: Watched(sites[number % KINDS], latency) for number, host in enumerate(hosts)}
    with serving(watched) as address:  # type: ignore[arg-type]  # a site is whatever has `get`
        print(address, flush=True)
        sys.stdin.read()
    seen = [host for host in watched.values() if host.asked]
    print(
        json.dumps(
            {
                "hosts": len(seen),
                "requests": sum(host.asked for host in seen),
                "most": max((host.most for host in seen), default=0),
                "shortest": min((host.shortest for host in seen), default=0.0),
            }
        )
    )


# ---------------------------------------------------------------- one crawl


def one_run(at_once: int, archive: Path, codes: list[str]) -> None:
    import resource

    from archive.commands import crawl

    crawl.AT_ONCE = at_once or crawl.AT_ONCE
    began = time.monotonic()
    code = crawl.run(codes, archive, [], below=False, full=False, json_out=False)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = [usage.ru_utime + usage.ru_stime for usage in used]
    print(json.dumps({"code": code, "seconds": time.monotonic() - began, "own_cpu": cpu[0], "cpu": sum(cpu)}))


def idle() -> float:
    """Seconds in which a core had nothing to do, since the machine was started; waiting for a disk among them."""
    _, _, _, _, idle, waiting, *_ = Path("/proc/stat").read_text().split(maxsplit=7)
    return (int(idle) + int(waiting)) / os.sysconf("SC_CLK_TCK")


def measure(at_once: int, args: argparse.Namespace, homes: dict[str, str]) -> dict[str, Any]:
    hosts = [str(urlsplit(home).hostname) for home in homes.values()]
    command = [sys.executable, __file__, "--serve", str(args.reports), str(args.latency), *hosts]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin
        assert server.stdout
        proxy = server.stdout.readline().strip()
        archive = Path(folder, "a.db")
        environment = {  # https as well: nothing may leave for the real hosts
            **os.environ,
            "http_proxy": proxy, "https_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(corpus.ROOT),
            "GONGKAI_CONTACT": "bench@gongkai.example",
        }  # fmt: skip
        command = [sys.executable, __file__, "--one", str(at_once), str(archive), *homes]
        crawl = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        memory: list[float] = []
        began, idle_before = time.monotonic(), idle()
        log: list[str] = []
        watch = threading.Thread(target=lambda: log.extend(crawl.communicate()))
        watch.start()
        while watch.is_alive():
            with suppress(OSError, StopIteration):  # it has just ended
                status = Path(f"/proc/{crawl.pid}/status").read_text().splitlines()
                memory.append(int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024)
            time.sleep(0.25)
        watch.join()
        busy = 1 - (idle() - idle_before) / (time.monotonic() - began) / (os.cpu_count() or 1)
        with suppress(BrokenPipeError):
            server.stdin.close()
        manners = json.loads(server.stdout.read())
        if crawl.returncode or not log[0].strip():
            raise SystemExit(log[1][-3000:])
        told = json.loads(log[0].splitlines()[-1])
        memory = [memory[len(memory) * part // 4 - 1] for part in (1, 2, 4)]
    return {
        "at_once": at_once,
        **told,
        **manners,
        "busy": busy,
        "memory": memory,
        "failed": Counter(log[1].split())["FAILED:"],
    }


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[4:], int(sys.argv[2]), float(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--one"]:
        one_run(int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portals", type=int, default=200)
    parser.add_argument("--reports", type=int, default=8, help="of each portal")
    parser.add_argument("--latency", type=float, default=0.3)
    parser.add_argument("--at-once", type=int, nargs="*", default=[0], help="portals side by side; 0: as the command")
    args = parser.parse_args()
    # http alone: the stand-in for the hosts is no TLS server
    homes = {
        entry.id: entry.portal.home
        for entry in entries().values()
        if entry.portal and entry.level == "county" and entry.portal.home.startswith("http://")
    }
    homes = dict(list(homes.items())[: args.portals])
    print(f"{len(homes)} portals of {args.reports} reports, latency {args.latency} s, {os.cpu_count()} cores\n")
    print("at once   seconds  requests/s  machine   busy  own CPU  most a host  shortest gap  memory, MB       failed")
    for at_once in args.at_once:
        got = measure(at_once, args, homes)
        share = got["cpu"] / got["seconds"] / (os.cpu_count() or 1)
        memory = " ".join(f"{size:.0f}" for size in got["memory"])
        print(
            f"{at_once:>7}{got['seconds']:>10.1f}{got['requests'] / got['seconds']:>12.1f}{share:>9.0%}"
            f"{got['busy']:>7.0%}{got['own_cpu'] / got['seconds']:>9.0%}{got['most']:>13}"
            f"{got['shortest']:>12.2f} s  {memory:<16} {got['failed']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
