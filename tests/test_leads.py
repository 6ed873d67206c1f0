"""Leads: what a person may follow by hand, and nobody else does."""

import json
from dataclasses import replace

import pytest

from archive.archive import Archive
from archive.leads import leads as found
from archive.verify import verify
from pipelines.walks import Walk
from tests.archive_samples import ANHE, begun, visit
from tests.conftest import gongkai
from tests.mirror_pages import QINGHE, known
from tests.servers import Crawls, Page, redirect, serving
from tests.test_crawl import COLUMN, HOST, PORTAL, entry, listing, report

CASES = {case.name: case for case in known()}
MIRROR = CASES["full name 0"]
MADE_UP = CASES["name and 关于 3"]  # its path is the mirror's own
CLEAN = CASES["clean 0"]
FOREIGN = "http://www.hangfeng-x.com/html/c15.html"


def put(folder, case):
    host, _, path = case.url.removeprefix("http://").partition("/")
    file = folder / host / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(case.html, "utf-8")


def leads(archive):
    done = gongkai("leads", "--archive", archive, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@pytest.fixture(scope="module")
def listed(taken_in):
    return leads(taken_in)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """An archive into which a folder of others' pages was taken: mirrors, and the true page of one of them."""
    folder = tmp_path_factory.mktemp("leads")
    for case in (MIRROR, MADE_UP, CLEAN, replace(CLEAN, url=QINGHE.url)):
        put(folder / "pages", case)
    archive = folder / "gongkai.db"
    done = gongkai("import", "dir", "--all", folder / "pages", "--archive", archive)
    assert done.returncode == 0, done.stderr.decode()
    return archive


def test_mirrors_are_listed_with_the_address_of_the_true_page(listed):
    mirrors = {row["url"]: row for row in listed if row["kind"] == "mirror"}
    assert set(mirrors) == {MIRROR.url, MADE_UP.url, CLEAN.url}
    assert mirrors[MIRROR.url]["proposed"] == QINGHE.url
    assert mirrors[CLEAN.url]["proposed"] == QINGHE.url
    assert mirrors[MADE_UP.url]["proposed"] is None
    substitution = mirrors[MIRROR.url]["substitutions"][0]
    assert (substitution["found"], substitution["proposed"]) == ("mobile288-365", "青禾县人民政府")
    assert mirrors[MIRROR.url]["why"][0].startswith("score: ")
    assert mirrors[MIRROR.url]["year"] == QINGHE.year


def test_a_report_of_an_unknown_host_is_a_lead_of_its_own(listed):
    """Nobody has named the true host, so its page is a lead too; but it is no mirror."""
    assert [row["kind"] for row in listed if row["url"] == QINGHE.url] == ["import"]


def test_a_mirror_is_never_the_report_and_never_found(taken_in):
    with Archive.open(taken_in, write=False) as archive:
        assert list(archive.reports()) == []
        assert archive.search("青禾") == []
        rows = archive.connection.execute(
            "SELECT t.text, r.restored, r.substitutions FROM reports AS r JOIN texts AS t ON t.sha256 = r.text_sha256"
            " WHERE r.url = ?",
            [MIRROR.url],
        ).fetchall()
        others = archive.connection.execute(
            "SELECT count(*) FROM reports WHERE verdict <> 'mirror'"
            " AND coalesce(true_url, restored, substitutions) IS NOT NULL"
        ).fetchone()
    ((text, restored, substitutions),) = rows
    assert "mobile288-365办公室" in text
    assert "青禾县人民政府办公室" not in text.splitlines()[3]
    assert "mobile288-365" not in restored
    assert "青禾县人民政府办公室牵头修订了《青禾县人民政府工作规则》" in restored
    assert sum(one["times"] for one in json.loads(substitutions)) > 10
    assert others == (0,)


def test_the_table_for_people(taken_in):
    done = gongkai("leads", "--archive", taken_in)
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert rows[0][0] == "kind"
    assert sorted(row[0] for row in rows[1:]) == ["import", "mirror", "mirror", "mirror"]


def test_what_is_filed_of_a_mirror_is_sealed_and_merged(taken_in, listed, tmp_path):
    with Archive.open(tmp_path / "other.db") as archive:
        assert [row["kind"] for row in found(archive.connection, {}.get)] == []
    assert gongkai("merge", taken_in, "--archive", tmp_path / "other.db").returncode == 0
    with Archive.open(tmp_path / "other.db") as archive:
        assert [fault for fault in verify(archive) if fault.severity == "error"] == []
        merged = list(found(archive.connection, {}.get))
    numbers = {"report_id": 0}
    assert [row | numbers for row in merged] == [row | numbers for row in listed]


def test_an_archive_without_leads(tmp_path):
    Archive.open(tmp_path / "empty.db").close()
    done = gongkai("leads", "--archive", tmp_path / "empty.db")
    assert (done.returncode, b"no leads" in done.stderr) == (0, True)


# ---------------------------------------------------------------- a crawl


def test_nothing_is_fetched_from_foreign_hosts(tmp_path):
    """A column with a mirror's address, one that leads on to a mirror, a link in the text, a column on another host."""
    text = report(2023).body.replace("部分乡镇".encode(), f'<a href="{FOREIGN}">部分乡镇</a>'.encode())
    pages = {
        COLUMN: listing([entry(2023), entry(2022, FOREIGN), entry(2021, "/moved.html")]),
        f"{COLUMN}2023.html": Page(text),
        f"{HOST}/moved.html": redirect(FOREIGN),
        FOREIGN: Page(MIRROR.html.encode()),
    }
    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        crawls.run("anhe")
        assert [url for url in web.asked if "hangfeng-x" in url] == []
        assert crawls.rows("SELECT url, outcome FROM visits WHERE outcome = 'off_host'") == [
            (f"{HOST}/moved.html", "off_host")
        ]


def test_a_column_on_a_host_that_the_portal_file_does_not_name_is_a_lead(tmp_path):
    """As the last run that looked for the column saw it."""

    def walk(*elsewhere):
        told = {"sure": False, "requests": 3, "elsewhere": [list(link) for link in elsewhere]}
        return Walk(ANHE.home, None, None, "generic", (), 1, 0, 0, None, None, "nothing", found=told)

    with Archive.open(tmp_path / "gongkai.db") as archive:
        for number, walks in enumerate(
            (
                [walk(("http://old.example/", "年报"))],
                [walk(("http://xxgk.qinghe.example/nb/", "政府信息公开年报"), ("http://b.example/", ""))],
                [],
            ),
            1,
        ):
            run = begun(archive)
            archive.keep(run, visit(1, body=b"%d" % number))
            archive.note_walks(run, ANHE.id, walks)
        seen = list(found(archive.connection, {}.get))
    assert [(row["kind"], row["portal"], row["url"], row["title"]) for row in seen] == [
        ("column", "anhe", "http://xxgk.qinghe.example/nb/", "政府信息公开年报"),
        ("column", "anhe", "http://b.example/", None),
    ]
    assert seen[0]["proposed"] == seen[0]["url"]
    assert ANHE.home in seen[0]["why"][0]
