"""A crawl of one long list, from loopback: memory over time, requests for each report found, and the night after.

    long_list.py [--items N] [--reports N] [--each N]

A proxy in a process of its own serves a list of so many entries, `each` to a page, of which every so many-th is a
report. It is crawled twice: the second night nothing is new. "Memory" is that of the crawling process alone, after a
quarter, half and the whole of the time; "most" the most it ever was.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import corpus  # first: it finds the packages

from crawler.demo import portal, serving
from crawler.demo.site import Answer

HOST = "www.anhe.example"
LIMIT = 400  # MB
PORTAL = f"""name = "安禾县"
hosts = ["{HOST}"]
home = "http://{HOST}/"
start = ["http://{HOST}/list/index.html"]
[access]
delay = 0.0001
"""
_PAGE = re.compile(r"/list/index(?:_(\d+))?\.html")


class LongList:
    """A site: the list, and the reports of a demo portal on it."""

    def __init__(self, items: int, reports: int, each: int) -> None:
        self.site = portal("trs", 0, reports)
        self.reports = list(self.site.reports)
        self.items, self.each = items, each
        self.every = items // len(self.reports)
        self.asked = 0

    def get(self, path: str, asked: dict[str, str]) -> Answer:
        self.asked += 1
        if found := _PAGE.fullmatch(path):
            return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), self.page(int(found[1] or 0)).encode())
        return self.site.get(path, asked)

    def page(self, number: int) -> str:
        last = -(-self.items // self.each) - 1
        rows = "\n".join(map(self.row, range(number * self.each, min((number + 1) * self.each, self.items))))
        onward = f'<a href="index_{number + 1}.html">下一页</a>' if number < last else ""
        return f"""<!DOCTYPE html><html><head><title>法定主动公开内容_安禾县人民政府</title></head><body>
<div class="position">当前位置：<a href="/">首页</a> &gt; 法定主动公开内容</div><ul class="list">
{rows}</ul><div class="pages">共{self.items}条 第{number + 1}/{last + 1}页 {onward}</div></body></html>"""

    def row(self, number: int) -> str:
        place, beside = divmod(number, self.every)
        if beside == 0 and place < len(self.reports):
            href, title = self.reports[place], f"安禾县{2025 - place % 18}年政府信息公开工作年度报告"
        else:
            href, title = f"/notice/{number}.html", f"安禾县人民政府关于防汛工作第{self.items - number}号的通知"
        day = date(2026, 1, 31) - timedelta(hours=2) * number
        return f'<li><a href="{href}">{title}</a><span>{day}</span></li>'


def serve(items: int, reports: int, each: int) -> None:
    site = LongList(items, reports, each)
    with serving({HOST: site}) as address:  # type: ignore[dict-item]  # a site is whatever has `get`
        print(address, flush=True)
        for _ in sys.stdin:  # a line asks how often it was asked since the last
            print(site.asked, flush=True)
            site.asked = 0


def memory(pid: int) -> tuple[float, float]:
    """Of a process: now and at most, in MB; nothing once it has ended."""
    try:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except (OSError, ValueError):
        return 0.0, 0.0
    now, most = (int(status.get(name, "0").split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def night(folder: Path, proxy: str) -> tuple[float, list[float], float]:
    """Crawl once: seconds, memory after a quarter, half and the whole of the time, and at most."""
    command = [sys.executable, "-m", "archive.cli", "crawl", "--portals", str(folder), "--archive", f"{folder}/a.db"]
    environment = {**os.environ, "http_proxy": proxy, "no_proxy": "", "PYTHONPATH": str(corpus.ROOT)}
    began = time.monotonic()
    seen: list[tuple[float, float]] = []
    with subprocess.Popen([*command, "anhe"], env=environment, stdout=subprocess.DEVNULL) as crawl:
        while crawl.poll() is None:
            seen.append(memory(crawl.pid))
            time.sleep(0.25)
    if crawl.returncode:
        raise SystemExit(crawl.returncode)
    sizes = [now for now, _ in seen if now]
    return (
        time.monotonic() - began,
        [sizes[len(sizes) * part // 4 - 1] for part in (1, 2, 4)],
        max(most for _, most in seen),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--reports", type=int, default=500, help="of these, about")
    parser.add_argument("--each", type=int, default=20, help="entries of a page")
    args = parser.parse_args()
    if args.serve:
        serve(args.items, args.reports, args.each)
        return
    given = [word for name in ("items", "reports", "each") for word in (f"--{name}", str(getattr(args, name)))]
    print(
        f"{args.items} entries, {len(portal('trs', 0, args.reports).reports)} of them reports, {args.each} to a page\n"
    )
    print("night  seconds  requests  a report  ended     pages  entries  reports  memory, MB     most")
    with (
        tempfile.TemporaryDirectory() as name,
        subprocess.Popen(
            [sys.executable, __file__, "--serve", *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdin
        assert server.stdout
        proxy = server.stdout.readline().strip()
        folder = Path(name)
        folder.joinpath("anhe.toml").write_text(PORTAL, "utf-8")
        largest = 0.0
        for number in (1, 2):
            seconds, sizes, most = night(folder, proxy)
            largest = max(largest, most)
            print("?", file=server.stdin, flush=True)
            requests = json.loads(server.stdout.readline())
            with sqlite3.connect(folder / "a.db") as archive:
                ended, *seen = archive.execute(
                    "SELECT ended, pages, entries, reports FROM lists ORDER BY run DESC LIMIT 1"
                ).fetchone()
            shown = " ".join(f"{size:.0f}" for size in sizes)
            print(
                f"{number:>5}{seconds:>9.1f}{requests:>10}{requests / seen[2]:>10.2f}  {ended:<9}"
                f"{seen[0]:>6}{seen[1]:>9}{seen[2]:>9}  {shown:<13}{most:>6.0f}",
                flush=True,
            )
        server.stdin.close()
    if largest > LIMIT:
        raise SystemExit(f"more than {LIMIT} MB")


if __name__ == "__main__":
    main()
