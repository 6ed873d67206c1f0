"""What is handed over is whole, ordered and readable elsewhere."""

import json

import pytest

from archive.archive import Archive
from archive.export import export_jsonl
from tests.archive_samples import NB, begun, report, visit


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        run = begun(archive)
        archive.keep(run, visit(1, NB, b"list", role="listing"))
        for number, year in enumerate((2021, 2020, 2020), 2):
            url = f"{NB}{number}.html"
            kept = archive.keep(run, visit(number, url, b"%d" % number, discovered_on=1))
            archive.file(kept.visit_id, report(url, year=year))
        yield archive


def test_a_line_is_a_report_with_all_that_belongs_to_it(archive, tmp_path):
    counts = export_jsonl(archive, tmp_path / "out" / "new")
    file = tmp_path / "out" / "new" / "reports.jsonl"
    data = file.read_bytes()
    lines = [json.loads(line) for line in data.splitlines()]
    assert counts == {"reports": 2, "bytes": len(data)}
    assert [line["year"] for line in lines] == [2020, 2021]
    assert lines[0] == archive.report(lines[0]["report_id"])
    assert [sighting["url"] for sighting in lines[0]["sightings"]] == [NB + "4.html"]
    assert [step["url"] for step in lines[0]["provenance"]] == [NB, NB + "3.html"]
    assert lines[0]["tables"][0]["rows"][0] == ["新收", "4"]
    assert "安和县人民政府" in data.decode("utf-8"), "readable as it stands"
    assert [entry.name for entry in file.parent.iterdir()] == ["reports.jsonl"]


def test_the_same_archive_gives_the_same_file(archive, tmp_path):
    for name in ("one", "two"):
        export_jsonl(archive, tmp_path / name)
    assert (tmp_path / "one" / "reports.jsonl").read_bytes() == (tmp_path / "two" / "reports.jsonl").read_bytes()


def test_an_export_that_fails_leaves_the_last_one_alone(archive, tmp_path):
    export_jsonl(archive, tmp_path)
    before = (tmp_path / "reports.jsonl").read_bytes()
    archive.connection.execute("UPDATE tables SET rows = 'no json' WHERE report = 2")
    with pytest.raises(json.JSONDecodeError):
        export_jsonl(archive, tmp_path)
    assert (tmp_path / "reports.jsonl").read_bytes() == before


def test_an_empty_archive_gives_an_empty_file(tmp_path):
    with Archive.open(tmp_path / "b.db") as archive:
        assert export_jsonl(archive, tmp_path) == {"reports": 0, "bytes": 0}
    assert (tmp_path / "reports.jsonl").read_bytes() == b""
