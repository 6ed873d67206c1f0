"""Chinese words are found, whatever surrounds them, and nothing a user types is syntax."""

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.archive import Archive
from archive.errors import BadQuery
from archive.search import query, snippet, terms
from tests.archive_samples import NB, begun, report, visit

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("〇々㐀龘豈𠀀𰻝𲎯")
TEXTS = st.text(HAN | st.sampled_from(" \t\n，。、（）2019ａBc\x00\u200b\ud800㈠㊀") | st.characters(), max_size=60)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        yield archive


def file(archive, number, text, recipe="test.1", body=None, **fields):
    url = f"{NB}{number}.html"
    kept = archive.keep(begun(archive, recipe), visit(1, url, body or b"%d" % number))
    return archive.file(kept.visit_id, report(url, text=text, recipe=recipe, **fields)).report_id


def found(archive, words):
    return [hit["report_id"] for hit in archive.search(words)]


@pytest.fixture(scope="module")
def index():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii')")
    yield connection
    connection.close()


def matches(index, text, words):
    index.execute("INSERT INTO search(search) VALUES ('delete-all')")
    index.execute("INSERT INTO search(rowid, title, text) VALUES (1, '', ?)", [terms(text)])
    return bool(index.execute("SELECT rowid FROM search WHERE search MATCH ?", [query(words)]).fetchall())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("政府信息", "政府 府信 信息 息"),
        ("年", "年"),
        ("2019年度，PDF文件。", "2019 年度 度 pdf 文件 件"),
        ("ＰＤＦ３．５㈠", "pdf3 5 一"),
        ("公\u200b开\x00，a_b", "公开 开 a b"),
        ("", ""),
    ],
)
def test_the_terms_of_a_text(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("公开", '"公开"'),
        ("政府信息", '"政府 府信 信息"'),
        ("府", '"府" *'),
        ("公开 安和", '"公开" AND "安和"'),
        ("2019年度报告", '"2019 年度 度报 报告"'),
        ("2019年", '"2019 年" *'),
        ('公开" OR NEAR(', '"公开" AND "or" AND "near"'),
        ("，。 * \x00", '""'),
    ],
)
def test_a_query(words, expected):
    assert query(words) == expected


@given(text=TEXTS, words=st.text() | TEXTS)
def test_any_words_are_a_query(index, text, words):
    assert matches(index, text, words) in {True, False}
    assert "\n" not in snippet(text, words)


@given(before=TEXTS, words=st.text(HAN, min_size=2, max_size=12), after=TEXTS)
def test_every_piece_of_a_text_is_found(index, before, words, after):
    assert matches(index, before + words + after, words)


@pytest.mark.parametrize(
    ("text", "words", "is_found"),
    [
        ("政府信息公开", "信", True),
        ("政府信息公开", "开", True),
        ("政府信息公开", "政信", False),
        ("政府，信息", "府信", False),
        ("共收到申请12件", "12件", True),
        ("共收到申请12件", "2件", False),
        ("见附件report.PDF", "pdf", True),
        ("见附件report.PDF", "port", False),
        ("２０１９年", "2019", True),
        ("公开 安和", "安和 公开", True),
        ("公开 安和", "安和 复议", False),
    ],
)
def test_what_is_found(index, text, words, is_found):
    assert matches(index, text, words) is is_found


def test_plain_sqlite_finds_two_characters(archive, path):
    number = file(archive, 1, "依法公开信息。")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT rowid FROM search WHERE search MATCH '公开'").fetchall() == [(number,)]
    assert connection.execute("SELECT rowid FROM search WHERE search MATCH '信公'").fetchall() == []
    connection.close()


def test_a_hit_says_where_it_is(archive):
    text = "引言。" * 30 + "本年共受理行政复议三件，行政复议维持两件。" + "结语。" * 30
    number = file(archive, 1, text)
    (hit,) = archive.search("行政复议")
    assert (hit["report_id"], hit["issuer"], hit["year"], hit["url"]) == (number, "安和县人民政府", 2020, NB + "1.html")
    assert hit["snippet"].startswith("…")
    assert "本年共受理【行政复议】三件，【行政复议】维持两件。" in hit["snippet"]
    assert hit["snippet"].replace("【", "").replace("】", "").strip("…") in text


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("一\n二\t公 开，Ａb1和ab12", "ab1", "一 二 公 开，【Ａb1】和ab12"),
        ("零㈠号文", "一号", "零㈠号文"),
        ("只在标题里", "安和", "只在标题里"),
        ("甲乙丙", "甲乙 乙丙", "【甲乙】丙"),
        ("", "公开", ""),
    ],
)
def test_a_snippet(text, words, line):
    assert snippet(text, words) == line


def test_words_in_the_title_come_first(archive):
    file(archive, 1, "复议。复议。复议。", title="年度报告")
    file(archive, 2, "没有什么。", title="行政复议年度报告")
    assert found(archive, "复议") == [2, 1]


def test_only_what_can_be_cited_is_in_the_index(archive):
    file(archive, 1, "独有词语")
    file(archive, 2, "独有词语")  # a copy
    file(archive, 3, "独有词语另文", verdict="not_a_report")
    file(archive, 4, "独有词语附件", verdict="attachment_only")
    assert found(archive, "独有词语") == [1, 4]


def test_a_newer_recipe_takes_the_place_of_the_older(archive):
    old = file(archive, 1, "旧的文字")
    new = file(archive, 1, "新的文字", recipe="test.2")
    assert (found(archive, "旧的"), found(archive, "新的"), found(archive, "文字")) == ([], [new], [new])
    file(archive, 1, "", recipe="test.3", verdict="challenge")
    assert found(archive, "文字") == []
    assert old != new
    archive.connection.execute("INSERT INTO search(search) VALUES ('integrity-check')")


@pytest.mark.parametrize("words", ["", " ", "，。", '"', "*", "\x00"])
def test_nothing_to_search_for_is_said(archive, words):
    with pytest.raises(BadQuery, match="nothing to search for"):
        archive.search(words)


def test_no_report_has_the_whole_index_written_anew(archive, path):
    """SQLite joins what sixteen times sixteen transactions wrote; all of it at once would hold up a crawl."""
    chance = random.Random(1)
    written = []
    for number in range(1, 281):
        with archive.transaction():
            file(archive, number, "".join(map(chr, chance.choices(range(0x4E00, 0x9000), k=2000))))
        written.append(Path(f"{path}-wal").stat().st_size)
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = archive.connection.execute("SELECT sum(length(block)) FROM search_data").fetchone()
    assert max(written) < size / 2
