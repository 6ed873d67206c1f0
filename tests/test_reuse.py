"""`gongkai reuse`: the share of a report that stands in another one, and the passages."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.archive import Archive
from archive.cli import main
from archive.reuse import Written, compare
from tests.archive_samples import begun, report, visit

SHARED = "全年通过门户网站主动公开信息{}条，比上年增加{}条，群众满意度明显提高，未发生泄密事件。"
OWN = "{}：本年新建查阅点三处，培训工作人员两批，编印指南一册，送到每个村的服务窗口供人取阅。"
MORE = "下一步将健全目录动态调整机制，充实基层力量，提升解读质量，让公开更加及时准确便民。"


def written(text, number=1):
    return Written(number, "安和县人民政府", 2020, "http://www.anhe.example/", text)


def test_a_sentence_with_new_figures_is_reused_and_shown_as_it_stands():
    mine = SHARED.format(320, 15) + "\n" + OWN.format("城关镇")
    found = compare(written(mine), written(MORE + SHARED.format("１，２８０", 7)))
    assert [passage.text for passage in found.passages] == [SHARED.format(320, 15)[:-1]]
    words = "全年通过门户网站主动公开信息0条比上年增加0条群众满意度明显提高未发生泄密事件"
    own = "城关镇本年新建查阅点三处培训工作人员两批编印指南一册送到每个村的服务窗口供人取阅"
    assert found.passages[0].length == len(words)
    assert found.rate == pytest.approx(len(words) / (len(words) + len(own)), abs=1e-4)


def test_tables_and_short_phrases_do_not_count():
    table = "信息公开申请\t本年新收政府信息公开申请数量及其处理结果统计情况一览表\t3"
    phrase = "依照政府信息公开条例编制"
    assert compare(written(f"{table}\n{phrase}"), written(f"{table}\n{phrase}")).passages == ()


def test_passages_are_found_in_another_order_longest_first():
    one, other = SHARED.format(1, 2), MORE
    found = compare(written(other + "\n" + one), written(one + "\n" + OWN.format("其他") + "\n" + other))
    assert found.rate == 1
    assert [passage.text for passage in found.passages] == [one[:-1], other[:-1]]


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_a_rate_is_a_share_and_a_text_is_all_in_itself(one, other):
    found = compare(written(one), written(other))
    assert 0 <= found.rate <= 1
    assert all(passage.text in one for passage in found.passages)
    assert compare(written(one), written(one)).rate == (1 if len(written(one).words) >= 20 else 0)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.db"
    texts = {
        ("安和县人民政府", 2019): SHARED.format(300, 5) + MORE,
        ("安和县人民政府", 2020): SHARED.format(320, 20) + OWN.format("城关镇"),
        ("安和县人民政府", 2021): OWN.format("河口镇") + "安和县人民政府办公室编制，不同于往年。",
        ("青禾县人民政府", 2020): SHARED.format(77, 3) + MORE,
        ("白杨县人民政府", 2020): "本县另行编写了自己的报告，没有照抄任何其他单位的文字，全部内容由各科室提供。",
    }
    with Archive.open(path) as archive:
        run = begun(archive)
        for number, ((issuer, year), text) in enumerate(texts.items(), 1):
            url = f"http://www.anhe.example/{number}.html"
            kept = archive.keep(run, visit(number, url, text.encode()))
            archive.file(kept.visit_id, report(url, year=year, issuer=issuer, text=text))
    return path


def asked(path, *words):
    result = CliRunner().invoke(main, ["reuse", *words, "--archive", str(path), "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_year_stands_beside_the_one_before_it(path):
    rows = asked(path, "安和县")
    assert [(row["year"], row["other"]["year"]) for row in rows] == [(2020, 2019), (2021, 2020)]
    assert 0.4 < rows[0]["rate"] < 0.6
    assert rows[0]["passages"][0]["text"].startswith("全年通过门户网站主动公开信息320条")
    assert [passage["text"] for passage in rows[1]["passages"]] == [OWN.format("河口镇")[2:-1]]
    assert asked(path, "安和县", "--year", "2020") == rows[:1]


def test_each_issuer_stands_beside_the_one_it_shares_most_with(path):
    rows = asked(path, "--issuers", "--year", "2020")
    assert [(row["issuer"], row["other"]["issuer"]) for row in rows] == [
        ("青禾县人民政府", "安和县人民政府"),  # all but its last sentence
        ("安和县人民政府", "青禾县人民政府"),
    ]
    assert rows == asked(path, "--issuers")  # of 2019 and 2021 there is one issuer each
    assert [row["issuer"] for row in asked(path, "青禾", "--issuers")] == ["青禾县人民政府"]


def test_the_table_shows_the_longest_passage(path):
    lines = CliRunner().invoke(main, ["reuse", "安和县", "--archive", str(path)]).output.splitlines()
    assert lines[0].split("\t") == ["issuer", "year", "shares with", "rate", "longest shared passage"]
    assert lines[1].split("\t")[1:3] == ["2020", "2019"]
    assert lines[1].endswith("未发生泄密事件")
