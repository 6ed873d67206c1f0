"""Files that stand for a page: read, filed and cited with what their page says."""

import gzip
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.archive import Archive
from archive.errors import LockedArchive, OlderArchive
from archive.lock import lock
from archive.verify import verify
from pipelines.records import Attachment, Evidence
from tests.archive_samples import NB, begun, report, visit

PAGE, FILE = NB + "2020.html", NB + "fj/2020.pdf"
LINK = (Attachment("点击下载", "fj/2020.pdf", FILE),)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def kept_page(archive, run, number=1, url=PAGE, verdict="attachment_only", **fields):
    kept = archive.keep(run, visit(number, url, body=url.encode()))
    values = {"text": "见附件。", "attachments": LINK, "verdict": verdict, **fields}
    return kept, archive.file(kept.visit_id, replace(report(url), **values))


def kept_file(archive, run, number=2, url=FILE, **fields):
    return archive.keep(run, visit(number, url, body=b"%PDF-1.4", role="attachment", discovered_on=1, **fields))


@pytest.mark.parametrize(
    ("verdict", "read"), [("attachment_only", True), ("thin", True), ("report", False), ("not_a_report", False)]
)
def test_a_file_is_read_where_its_page_has_no_words(archive, verdict, read):
    run = begun(archive)
    kept_page(archive, run, verdict=verdict)
    file = kept_file(archive, run)
    assert file.pending is read
    assert [visit for visit, _ in archive.captures()] == [1, 2][: 1 + read]
    assert archive.count_captures() == 1 + read


def test_a_file_behind_redirects_is_its_pages(archive):
    run = begun(archive)
    _, filed = kept_page(archive, run)
    moved = {"body": b"<a>", "role": "attachment", "outcome": "redirected", "status": 302}
    archive.keep(run, visit(2, FILE, **moved))
    archive.keep(run, visit(3, NB + "down?id=1", redirected_from=2, **moved))
    file = kept_file(archive, run, 4, NB + "down/1.pdf", redirected_from=3)
    assert file.pending
    (attached,) = archive.report(filed.report_id)["attachments"]
    assert (attached["visit"], attached["body"]) == (file.visit_id, file.body_sha256)
    assert not archive.keep(run, visit(5, NB + "fj/other.pdf", body=b"%PDF-", role="attachment")).pending


def test_an_answer_that_is_no_file_is_no_attachment(archive):
    run = begun(archive)
    _, filed = kept_page(archive, run)
    archive.keep(run, visit(2, FILE, body=b"<h1>404</h1>", role="attachment", outcome="gone", status=404))
    (attached,) = archive.report(filed.report_id)["attachments"]
    assert attached["visit"] is None


def test_the_file_is_cited_with_what_its_page_says(archive):
    run = begun(archive)
    kept_page(archive, run, text="见附件。")
    file = kept_file(archive, run)
    words = "安和县2020年政府信息公开工作年度报告\n一、总体情况\n全年公开信息三百条。"
    archive.file(file.visit_id, report(FILE, text=words, published_on=None, source=None, title=None))
    (cited,) = archive.reports()
    assert (cited["url"], cited["text"]) == (FILE, words)
    assert cited["published_on"] == "2021-01-20"
    assert cited["source"] == "安和县政府办"
    assert cited["title"] == "安和县2020年政府信息公开工作年度报告"
    assert cited["page"] == 1
    # what the file itself says is kept apart
    assert archive.connection.execute("SELECT title, published_on, source FROM reports WHERE id = 2").fetchone() == (
        None,
        None,
        None,
    )
    assert [fault.code for fault in verify(archive)] == ["run_unfinished"]


def test_a_file_of_nobody_is_its_pages_issuers(archive):
    """A department's page is not made the county's by a file that only the portal speaks for."""
    run = begun(archive)
    kept_page(archive, run, identity=report(issuer="安和县教育局").identity)
    file = kept_file(archive, run)
    said = report(FILE, evidence=(Evidence("issuer", "安和县人民政府", "portal", "anhe"),))
    archive.file(file.visit_id, said)
    (cited,) = archive.reports()
    assert (cited["issuer"], cited["issuer_kind"], cited["url"]) == ("安和县教育局", "department", FILE)


def test_a_file_of_several_years_pages_is_of_none(archive):
    run = begun(archive)
    for number, year in ((1, 2019), (2, 2020)):
        url = NB + f"{year}.html"
        kept_page(archive, run, number, url, identity=report(year=year).identity)
    file = kept_file(archive, run, 3)
    assert file.pending
    archive.file(file.visit_id, report(FILE, year=None))
    assert [(row["year"], row["url"]) for row in archive.reports()][-1] == (2020, NB + "2020.html")
    (row,) = archive.connection.execute("SELECT year, page FROM all_reports WHERE url = ?", [FILE]).fetchall()
    assert row == (None, None)


def test_a_scan_leaves_the_page_to_be_cited(archive):
    run = begun(archive)
    kept_page(archive, run)
    file = kept_file(archive, run)
    archive.file(file.visit_id, report(FILE, text="", verdict="attachment_only"))
    (cited,) = archive.reports()
    assert cited["url"] == PAGE
    assert cited["page"] is None


# ---------------------------------------------------------------- archives of earlier versions


@pytest.fixture(params=["v1", "v2"])
def older(request, tmp_path):
    """An archive as an earlier version wrote it: two reports, a file, and from version 2 on a list and a failure."""
    path = tmp_path / "older.db"
    path.write_bytes(gzip.decompress((Path(__file__).parent / "archives" / f"{request.param}.db.gz").read_bytes()))
    return path


def shape(path):
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall()
        columns = connection.execute("SELECT name FROM pragma_table_info('visits')").fetchall()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return {name for name, _ in rows}, columns, version


@pytest.mark.parametrize("write", [True, False], ids=["writing", "reading"])
def test_an_older_archive_is_brought_up_to_date(older, tmp_path, write):
    Archive.open(tmp_path / "new.db").close()
    with Archive.open(older, write=write) as archive:
        assert [row["url"] for row in archive.reports()] == [NB + "2019.html", PAGE]
        assert [visit for visit, _ in archive.captures()] == [1, 2, 3]
        assert {hit["year"] for hit in archive.search("公开")} == {2019, 2020}
        assert {fault.code for fault in verify(archive)} == {"unsealed"}  # older than seals
    assert shape(older) == shape(tmp_path / "new.db")
    assert Database(older, execute_plugins=False)["visits"].count in {3, 5}


@pytest.mark.parametrize(("version", "counts"), [("v3", (75, 58)), ("v4", (15, 11)), ("v5", (4, 0)), ("v6", (4, 0))])
def test_what_an_older_archive_says_is_said_word_for_word(version, counts, tmp_path):
    """Its rows are sealed: were a visit to come out otherwise than it was kept, its seal would be broken."""
    path = tmp_path / "older.db"
    path.write_bytes(gzip.decompress((Path(__file__).parent / "archives" / f"{version}.db.gz").read_bytes()))
    said = "SELECT id, url, response_headers, tls, body, seal FROM visits ORDER BY id"
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute(said).fetchall()
    with Archive.open(path) as archive:
        assert archive.connection.execute(said).fetchall() == kept
        assert not list(verify(archive))
        (packed,) = archive.connection.execute("SELECT count(*) FROM bodies WHERE reference IS NOT NULL").fetchone()
    assert (len(kept), packed) == counts


def test_an_older_archive_in_use_or_for_reading_only_says_so(older, monkeypatch):
    with lock(older, "crawl"), pytest.raises(LockedArchive, match="crawl"):
        Archive.open(older, write=False)
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    with pytest.raises(OlderArchive, match=r"version [12].*writable"):
        Archive.open(older, write=False)
