"""On real pages, where they are at hand: what is read of them, and one real column crawled."""

import csv
import json
import re
import sqlite3
import subprocess
import sys

import pytest

from pipelines import derive, to_dict
from pipelines.records import Capture
from tests.conftest import SHARED, gongkai

pytestmark = pytest.mark.shared
PAGES = SHARED / "pages"

COLUMN = """
name = "平潭综合实验区"
home = "http://www.pingtan.gov.cn/"
hosts = ["www.pingtan.gov.cn"]
start = ["http://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/"]
[access]
delay = 0.01
"""


def test_what_is_read_of_real_pages(tmp_path):
    """The score on every page; bare trafilatura has F1 0.972, leaks on 9 pages, title on 14 of 34."""
    with PAGES.joinpath("INDEX.tsv").open(encoding="utf-8") as index:
        hosts = {row["file"]: row["host"] for row in csv.DictReader(index, delimiter="\t")}
    results = tmp_path / "results.jsonl"
    with results.open("w", encoding="utf-8") as out:
        for path in sorted(PAGES.joinpath("gold").glob("*.json")):
            gold = json.loads(path.read_text("utf-8"))
            url = gold["url"] or f"http://{hosts[gold['file']]}/"
            report = to_dict(derive(Capture(url, PAGES.joinpath(gold["file"]).read_bytes())))
            out.write(json.dumps(report | {"file": gold["file"]}, ensure_ascii=False) + "\n")
    scored = tmp_path / "scored.json"
    command = [sys.executable, SHARED / "score.py", "--results", results, "--json", scored, "article-*", "report-*"]
    subprocess.run([*command, "listing-*", "soft404-*", "challenge-*"], check=True, capture_output=True)
    summary = json.loads(scored.read_text("utf-8"))["summary"]
    assert summary["failed"] == 0
    assert summary["F1"] > 0.985
    assert summary["lost"] == summary["pipes"] == 0
    assert summary["leaks"] <= 2
    for name, counts in summary["fields"].items():
        assert counts["wrong"] == counts["invented"] == 0, name
        assert counts["right"] >= 0.97 * sum(counts.values()), name
    assert summary["cells"]["wrong"] == summary["cells"]["missed"] == summary["cells"]["invented"] == 0


@pytest.fixture(scope="module")
def replay():
    """The saved pages at their own addresses."""
    with subprocess.Popen(
        [sys.executable, SHARED / "replay.py", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        yield re.match(r"(http://127\.0\.0\.1:\d+) serves", server.stdout.readline())[1]
        server.terminate()


def test_a_real_column(replay, tmp_path):
    tmp_path.joinpath("pingtan.toml").write_text(COLUMN, "utf-8")
    archive = tmp_path / "a.db"
    done = gongkai("crawl", "pingtan", "--portals", tmp_path, "--archive", archive, env={"http_proxy": replay})
    assert done.returncode == 0, done.stderr.decode()
    assert "the list says 20, seen 10" in done.stderr.decode()
    with sqlite3.connect(archive) as connection:
        outcomes = dict(connection.execute("SELECT outcome, count(*) FROM visits WHERE role = 'report' GROUP BY 1"))
        years = [row[0] for row in connection.execute("SELECT year FROM current_reports ORDER BY year")]
        issuers = {row[0] for row in connection.execute("SELECT issuer FROM current_reports")}
        letters = connection.execute("SELECT count(*) FROM current_reports WHERE title LIKE '%函'").fetchone()
    assert outcomes == {"new": 3, "gone": 7}
    assert years == [2019, 2022, 2024]
    assert issuers == {"平潭综合实验区"}
    assert letters == (0,)


def test_the_letter_beside_the_reports_is_none(replay, tmp_path):
    letter = "http://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/201412/t20141210_80787.htm"
    page = PAGES.joinpath("report-pingtan-letter-2014.html").read_bytes()
    report = derive(Capture(letter, page))
    assert report.verdict == "not_a_report"
    assert report.reasons
