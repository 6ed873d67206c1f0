"""Near copies: told from next year's report and the neighbour's, in any order, and the way to the one to cite."""

import gzip
import json
import random
import re
from dataclasses import replace
from hashlib import blake2b
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import near_index
from archive.archive import Archive
from archive.cli import main
from archive.merge import merge
from archive.verify import verify
from pipelines.copies import Words, compare, may_be_one
from pipelines.fingerprint import SCHEME, figures, fold, main_year, mentions, numbers, runs, sketch
from pipelines.records import Evidence, Identity, Issuer, Portal
from tests.archive_samples import ANHE, begun, report, visit

COUNTY, NEIGHBOUR = "安和县人民政府", "青禾县人民政府"
CITY = Portal("huxi", "湖西市", "439900", "http://www.huxi.example/", ("www.huxi.example",))
TABLE = "\n".join(f"{name}\t{count}\t0\t0" for name, count in (("予以公开", 61), ("部分公开", 12), ("不予公开", 9)))


def text(year=2020, place="安和县", seed=1, kept=()):
    """A report as offices write them: the same sentences each year, with the year's own numbers."""
    rnd = random.Random(f"{year} {place} {seed}")
    few = [kept[at] if at < len(kept) else rnd.randrange(100, 9_000) for at in range(8)]
    return "\n".join(
        (
            f"{place}{year}年政府信息公开工作年度报告",
            f"本报告由{place}人民政府办公室依照《中华人民共和国政府信息公开条例》（国务院令第711号）编制，统计期限自{year}年1月1日起。",
            f"一、总体情况。{year}年，全县各单位通过门户网站主动公开信息{few[0]}条，通过政务新媒体发布信息{few[1]}条。",
            f"制发规范性文件{few[2]}件，废止{few[3]}件；公开财政预决算{few[4]}份，公示行政许可决定{few[5]:,}项。",
            f"二、依申请公开。全年收到申请{few[6]}件，均在法定期限内答复。",
            TABLE.replace("61", str(few[7])),
            "三、存在的主要问题。个别单位公开不够及时，目录更新不够规范，解读材料形式单一，群众查找还不方便。",
            f"四、改进措施。{place}将加强业务培训，完善考核办法，把公开的内容做实，把查找的路径做短。",
        )
    )


TRADITIONAL = str.maketrans("县条办务发规财决项县单维国动开总编统", "縣條辦務發規財決項縣單維國動開總編統")
COPIES = {
    "white space": lambda words: words.replace("，", "，　").replace("。", "。 \n"),
    "full width": lambda words: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in words),
    "traditional": lambda words: words.translate(TRADITIONAL),
    "punctuation": lambda words: words.replace("，", "、").replace("；", "。"),
    "readings": lambda words: words.replace("条", "条(tiáo)"),
    "chrome": lambda words: f"首页 > 政务公开 > 年报\n字体：大 中 小\n{words}\n上一篇：2018年报告\n下一篇：2022年报告",
    "cut": lambda words: words[: len(words) * 6 // 10],
    "without its head": lambda words: "\n".join(words.split("\n")[2:]),
    "tables lost": lambda words: "\n".join(line for line in words.split("\n") if "\t" not in line),
    "spam": lambda words: "澳门新葡京 " + words.replace("政府信息", "政府信息澳门新葡京", 2),
}


def keys(words, year=2020, issuer=COUNTY, full=None, evidence=()):
    identity = Identity(year=year, issuer=issuer and Issuer(issuer, None, None, full=full), evidence=evidence)
    return near_index.keys(bytes.fromhex(sketch(words, identity)), "test.1")


def are_found(one, other):
    """Whether each is found by what the other one asks for."""
    found = bool({*one.others} & {*other.own})
    assert found == bool({*other.others} & {*one.own})
    return found


@pytest.mark.parametrize("change", COPIES)
@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
def test_a_copy_is_found_and_told(change, named):
    copy = COPIES[change](text())
    assert copy != text()
    year, issuer = (2020, COUNTY) if named else (None, None)
    assert are_found(keys(text()), keys(copy, year, issuer))
    assert compare(Words(text(), COUNTY, 2020), Words(copy, issuer, year)) is not None


FIGURES = (
    "行政许可\t1,107\t0\n行政处罚\t1734\n行政强制\t365\n新收\t23\t4\t0\t27\n结转\t12\t0\t0\t12\n予以公开\t33\t6\t0\t39"
)
TAIL = (
    "本报告的电子版可以在门户网站的公开专栏下载，纸质版存放在档案馆、图书馆和政务服务中心的查阅点，读者也可以来信索取。"
)


def with_tables(year=2020, figures=FIGURES):
    """A report whose tables hold more than its sentences do, signed a year later."""
    return f"{text(year)}\n{figures}\n{TAIL}{year}年未收取费用。\n安和县人民政府办公室\n{year + 1}年2月8日"


def cut_to_tables(words):
    return words[words.index("行政许可\t") :]


def test_of_a_report_cut_down_to_its_tables_the_figures_tell():
    whole, copy = with_tables(), cut_to_tables(with_tables())
    assert are_found(keys(whole), keys(copy, None, None))
    likeness = compare(Words(whole, COUNTY, 2020), Words(copy, None, None))
    assert likeness.agree["runs"] == likeness.agree["runs_of_fewer"] == 5
    other_layout = copy.replace("\t0", "").replace("\n结转", "")  # zeros and a row heading lost, as in a PDF
    assert compare(Words(whole, COUNTY, 2020), Words(other_layout, None, None)) is not None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(cut_to_tables(with_tables(2021)), id="next year reports the same figures again"),
        pytest.param(cut_to_tables(with_tables(2019)), id="the year before had the same figures"),
        pytest.param(
            cut_to_tables(with_tables(figures=FIGURES.replace("365", "412").replace("39", "41"))), id="other figures"
        ),
        pytest.param(f"{FIGURES}\n{TAIL}", id="no year is named"),
        pytest.param(f"{FIGURES}\n{TAIL}\n依据2019年修订的条例编制。", id="only the year of a rule"),
    ],
)
def test_the_figures_of_tables_do_not_join_what_names_no_year_of_its_own(other):
    whole = with_tables() + "\n依据2019年修订的条例编制。"
    assert compare(Words(whole, COUNTY, 2020), Words(other, None, None)) is None
    assert compare(Words(other, None, None), Words(whole, COUNTY, 2020)) is None


KEPT = [4127, 688, 23, 17, 94, 1350, 38]


@pytest.mark.parametrize(
    ("other", "year", "issuer"),
    [
        pytest.param(text(2021), 2021, COUNTY, id="next year"),
        pytest.param(text(2021), None, None, id="next year, unsaid"),
        pytest.param(text(2021, kept=KEPT), 2021, COUNTY, id="next year with the figures of this one"),
        pytest.param(text(2021, kept=KEPT), None, None, id="next year with the figures of this one, unsaid"),
        pytest.param(text(2021, kept=KEPT), None, COUNTY, id="next year with the figures of this one, year unsaid"),
        pytest.param(text(place="青禾县"), 2020, NEIGHBOUR, id="the neighbour"),
        pytest.param(text(place="青禾县"), None, None, id="the neighbour, unsaid"),
        pytest.param(text(place="青禾县", kept=KEPT), 2020, NEIGHBOUR, id="the neighbour with the same figures"),
    ],
)
def test_next_year_and_the_neighbour_are_no_copies(other, year, issuer):
    mine = Words(text(kept=KEPT), COUNTY, 2020)
    theirs = Words(other, issuer, year)
    assert len(mine.grams & theirs.grams) > 0.5 * len(mine.grams)  # the words alone do not tell them apart
    assert compare(mine, theirs) is None
    assert compare(theirs, mine) is None


def test_what_agrees_and_what_differs_is_said_from_both_sides():
    mine, theirs = Words(text(), COUNTY, 2020), Words(COPIES["cut"](text()), None, 2020)
    one, other = compare(mine, theirs), compare(theirs, mine)
    assert one.agree["year"] == 2020
    assert one.agree["year_in_text"] == "2020"
    assert one.agree["numbers"] == one.agree["numbers_of_fewer"] == len(theirs.numbers)
    assert one.differ["issuer"] == (COUNTY, None)
    assert one.differ["characters"][0] > one.differ["characters"][1]
    assert one.held[0] > 0.95  # the whole has all of the cut one,
    assert one.held[1] < 0.7  # which lacks much
    assert other == one.turned()


@pytest.mark.parametrize(
    ("words", "folded"),
    [
        ("共１，２３４ 条，占 12.5％。", "共1234条占12.5%"),
        ("《年报》：第一、二条；", "年报第一二条"),
        ("政府信息公開條例", "政府信息公开条例"),
        ("公(gōng)开", "公开"),
        ("3.增长.", "3增长"),
    ],
)
def test_fold(words, folded):
    assert fold(words) == folded


def test_numbers_are_told_by_the_words_before_them():
    words = fold("2020年1月1日，主动公开信息1,234条，同比增长12.5%；依据国务院令第711号，受理7件。")
    assert numbers(words) == ["公开信息1234", "同比增长12.5%"]
    assert main_year(fold("2019年结转2件，2020年新收3件，2020年办结5件")) == "2020"
    assert main_year("没有年份") is None


def test_figures_that_follow_one_another_are_told_by_each_other():
    table = "行政许可\t１,１０７\t0\n收费（万元）\t12.50\t0.00\n正文里的 1734 不算\n新收\t2\t0\t2\n备注\t12件\t3"
    assert figures(table) == ["1107", "12.50", "2", "2", "3"]
    assert runs(table) == ["1107 12.50 2", "12.50 2 2"]  # 2 2 3 follow one another in many a table


def test_a_year_is_told_by_the_words_around_it():
    assert mentions(fold("报告期为2020年1月1日起。\n安和县办公室 2021年2月8日")) == [
        "报告期为2020年1月",
        "县办公室2021年2月",
    ]


def test_the_keys_are_the_same_on_every_machine():
    """Written down once: whoever changes them changes SCHEME, and every archive's evidence with it."""
    assert SCHEME == "minhash-opm12-gram5of4-crc32-676b-band3x4-numbers-figures-names/3"
    words = f"{text(kept=KEPT)}\n{FIGURES}"
    drawn = sketch(words, Identity(year=2020, issuer=Issuer(COUNTY, None, None)))
    assert drawn == (
        "81"  # a key of issuer and year, both said by the report itself
        "9e972fe7cf01"
        "9e019977fe3970447d2c3a96782a9e6a7b385d2d89a230b2f89537f88133"  # five pairs of numbers
        "f8b971a0d53f24623174a465766e1b2eeea4"  # three runs of figures
    )
    assert set(re.findall(".{12}", drawn[74:110])) < {hashed(f"run {run}") for run in runs(words)}
    assert drawn[2:14] == hashed(f"who {COUNTY} 2020")
    few = (
        "安和县档案馆没有制发规范性文件，也没有收到行政复议申请。收到公开申请12件，均在期限内答复，没有收取费用。"
        "下一步将改进目录，方便群众查询，把公开的内容做实，把查找的路径做短，并加强业务培训，完善考核办法。"
    )
    assert sketch(few, Identity()) == "00" + "fb12e598c514fb12e598ab01fb12e598c3b4"  # bands, all with the same number
    assert hashed("number 公开申请12").startswith("fb12e598")


def hashed(words):
    return blake2b(words.encode(), digest_size=6).hexdigest()


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_sketch_and_is_a_copy_of_itself(words):
    drawn = keys(words, None, None)
    assert are_found(drawn, drawn) == bool(sketch(words, Identity()))
    same = compare(Words(words, COUNTY, 2020), Words(words, COUNTY, 2020))
    assert same is not None
    assert same.similarity == 1


WHO = st.builds(
    Words,
    st.just(text()),
    st.sampled_from([COUNTY, "安和县", None]),
    st.sampled_from([2020, 2021, None]),
    st.sampled_from(["湖东省湖西市安和县人民政府", "湖南省湖北市安和县人民政府", None]),
)


@given(WHO, WHO)
def test_all_that_may_be_one_are_found_and_of_those_that_say_whose_they_are_no_others(one, other):
    one, other = (replace(words, full=words.issuer and words.full) for words in (one, other))
    found = are_found(*(keys(words.text, words.year, words.issuer, words.full) for words in (one, other)))
    if may_be_one(one, other) or not (one.is_named and other.is_named):
        assert found
    else:  # what has one name and two full ones may be asked for in vain
        assert not found or one.issuer == other.issuer


def test_an_issuer_that_the_portal_tells_leads_to_those_that_say_it_and_so_do_the_words():
    told = Evidence("issuer", COUNTY, "portal", COUNTY)
    whole = keys(text())
    for words in (text(), "年度报告见附件。" * 30):
        assert are_found(whole, keys(words, evidence=(told,)))
    assert are_found(keys(text(), 2020, NEIGHBOUR), keys(text(), evidence=(told,)))
    assert not are_found(keys(text(), 2020, NEIGHBOUR), whole)


def test_keys_by_the_scheme_before_are_found_by_each_other():
    older = bytes.fromhex("9e972fe7cf01f95ebbcecb5a")
    assert near_index.keys(older, "test.1").own == near_index.keys(older, "test.1").others
    assert len({*near_index.keys(older, "test.1").own}) == 2


# ---------------------------------------------------------------- in the archive


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def drawn(filed):
    return replace(filed, sketch=sketch(filed.text, filed.identity))


def page(name, words, *, year=2020, issuer=COUNTY, portal=ANHE, recipe="test.1", **fields):
    url = f"http://{portal.hosts[0]}/{name}.html"
    return portal, url, drawn(report(url, year=year, issuer=issuer, text=words, recipe=recipe, **fields))


def file(archive, pages, recipe="test.1"):
    run = begun(archive, recipe)
    numbers = {}
    for number, (portal, url, filed) in enumerate(pages, 1):
        kept = archive.keep(run, visit(number, url, filed.text.encode(), portal=portal))
        numbers[url.rsplit("/")[-1].removesuffix(".html")] = archive.file(kept.visit_id, filed).report_id
    archive.finish_run(run, "finished", {})
    return numbers


def ask(archive, sql, *values):
    return archive.connection.execute(sql, values).fetchall()


def faults(archive):
    return [fault for fault in verify(archive) if fault.severity == "error"]


def names(archive, sql):
    """The answer with addresses in the place of the two numbers it begins with."""
    url = dict(ask(archive, "SELECT id, url FROM reports"))
    return {(url[one], url[other], *rest) for one, other, *rest in ask(archive, sql)}


FAMILY = [
    page("county", text()),
    page("city", COPIES["chrome"](text()), portal=CITY),
    page("cut", COPIES["cut"](text()), issuer=None, year=None),
    page("script", COPIES["traditional"](text()), portal=CITY),
    page("next", text(2021), year=2021),
    page("neighbour", text(place="青禾县"), issuer=NEIGHBOUR, portal=CITY),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_same_text_that_names_nobody_leads_to_the_one_that_does(archive, order):
    twins = [FAMILY[0], page("twin", text(), issuer=None, year=None), page("again", text(), portal=CITY)]
    number = file(archive, [twins[place] for place in order])
    assert ask(archive, "SELECT report_id, issuer FROM current_reports WHERE issuer IS NOT NULL") == ask(
        archive, "SELECT report_id, issuer FROM current_reports"
    )
    (cited,) = [row[0] for row in ask(archive, "SELECT report_id FROM current_reports")]
    assert cited in {number["county"], number["again"]}
    copies = dict(ask(archive, "SELECT copy, similarity FROM copies WHERE report = ?", cited))
    assert copies == dict.fromkeys(set(number.values()) - {cited}, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_noted_does_not_depend_on_the_order(tmp_path, seed):
    found = []
    for order in (FAMILY, random.Random(seed).sample(FAMILY, len(FAMILY))):
        with Archive.open(tmp_path / f"{len(found)}.db") as archive:
            file(archive, order)
            pairs = names(archive, "SELECT report, other, similarity, held, knows, agree, differ FROM duplicates")
            copies = names(archive, "SELECT report, copy, basis, similarity FROM copies")
            found.append((pairs, copies))
    assert found[0] == found[1]
    assert {pair[:2] for pair in found[0][0]} == set(
        permutations([url for _, url, _ in FAMILY[:4]], 2)  # all four are one; the last two stand alone
    )


def test_the_one_to_cite_and_the_way_there_and_back(archive):
    number = file(archive, FAMILY)
    cited = dict(ask(archive, "SELECT issuer || year, report_id FROM current_reports"))
    assert cited == {
        f"{COUNTY}2020": number["county"],
        f"{COUNTY}2021": number["next"],
        f"{NEIGHBOUR}2020": number["neighbour"],
    }
    there = ask(archive, "SELECT copy, basis FROM copies WHERE report = ? ORDER BY copy", number["county"])
    assert there == [(number[name], "near") for name in ("city", "cut", "script")]
    assert ask(archive, "SELECT report FROM copies WHERE copy = ?", number["cut"]) == [(number["county"],)]
    (agree, differ, scheme) = ask(
        archive,
        "SELECT agree, differ, scheme FROM duplicates WHERE report = ? AND other = ?",
        number["county"],
        number["cut"],
    )[0]
    assert json.loads(agree)["year_in_text"] == "2020"
    assert json.loads(differ)["year"] == [2020, None]
    assert scheme == SCHEME


def test_the_command_leads_from_a_copy_to_all(archive):
    number = file(archive, FAMILY)
    for key in ("http://www.anhe.example/cut.html", f"{COUNTY} 2020"):
        result = CliRunner().invoke(main, ["duplicates", key, "--archive", str(archive.path), "--json"])
        rows = [json.loads(line) for line in result.output.splitlines()]
        assert [row["copy"] for row in rows] == [number[name] for name in ("city", "cut", "script")]
        assert {row["report"] for row in rows} == {number["county"]}
        assert rows[1]["differ"]["issuer"] == [COUNTY, None]
    table = CliRunner().invoke(main, ["duplicates", "--archive", str(archive.path)]).output.splitlines()
    assert len(table) == 1 + 3
    assert "issuer, year, characters, table_rows" in table[2]


def test_an_issuer_that_only_the_portal_tells_yields_to_the_one_that_the_copy_names(archive):
    city = page(
        "city", COPIES["without its head"](text()), issuer="湖西市人民政府", portal=CITY,
        evidence=(Evidence("issuer", "湖西市人民政府", "portal", "湖西市"),),
    )  # fmt: skip
    number = file(archive, [city, FAMILY[0]])
    assert ask(archive, "SELECT report_id, issuer FROM current_reports") == [(number["county"], COUNTY)]
    assert ask(archive, "SELECT report, copy, basis FROM copies") == [(number["county"], number["city"], "near")]


def test_a_name_without_its_divisions_yields_to_the_whole_one(archive):
    portal, url, said = page("a", COPIES["chrome"](text()), issuer="教育局", portal=CITY)
    _, whole, named = page("b", text(), issuer="教育局")
    full = replace(named.identity.issuer, full="湖东省安和县教育局")
    named = drawn(replace(named, identity=replace(named.identity, issuer=full)))
    number = file(archive, [(portal, url, said), (ANHE, whole, named)])
    assert ask(archive, "SELECT report_id, issuer_full FROM current_reports") == [(number["b"], full.full)]
    assert ask(archive, "SELECT report, copy FROM copies") == [(number["b"], number["a"])]


def test_of_two_on_official_hosts_the_complete_one_is_cited(archive):
    number = file(archive, [page("a", COPIES["cut"](text())), page("b", text())])
    assert ask(archive, "SELECT report_id FROM current_reports") == [(number["b"],)]


def test_a_copy_by_bytes_of_a_near_copy_leads_to_the_one_to_cite(archive):
    number = file(archive, [FAMILY[0], FAMILY[1], page("again", FAMILY[1][2].text, portal=CITY)])
    found = ask(archive, "SELECT copy, basis, similarity < 1 FROM copies WHERE report = ? ORDER BY 1", number["county"])
    assert found == [(number["city"], "near", 1), (number["again"], "near", 1)]


def test_who_names_no_issuer_stays_alone_where_nothing_is_near(archive):
    number = file(archive, [FAMILY[4], FAMILY[2]])
    assert {row[0] for row in ask(archive, "SELECT report_id FROM current_reports")} == set(number.values())
    assert ask(archive, "SELECT * FROM copies") == []


def test_a_new_recipe_compares_its_own_readings(archive):
    first = file(archive, FAMILY[:2])
    assert len(ask(archive, "SELECT 1 FROM duplicates")) == 2
    run = begun(archive, "test.2")
    again = {}
    for name, number in first.items():
        (visit_id,) = ask(archive, "SELECT visit FROM reports WHERE id = ?", number)[0]
        portal = ANHE if name == "county" else CITY
        words = text() if name == "county" else text(2021)  # the new recipe reads another year on the city's page
        filed = page(name, words, year=2020 if name == "county" else 2021, portal=portal, recipe="test.2")[2]
        again[name] = archive.file(visit_id, filed).report_id
    archive.finish_run(run, "finished", {})
    assert ask(archive, "SELECT copy FROM copies") == []
    assert {row[0] for row in ask(archive, "SELECT report_id FROM current_reports")} == set(again.values())


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("DELETE FROM duplicates WHERE report = 1", "duplicate_wrong"),
        ("UPDATE reports SET recipe = 'other', seal = NULL WHERE id = 1", "duplicate_wrong"),
        ("UPDATE near_written SET written = 1", "near_incomplete"),
        ("UPDATE near_written SET written = 1", "near_wrong"),
        ("DELETE FROM near_written", "near_incomplete"),
        ("INSERT INTO near_written VALUES (0)", "near_incomplete"),
        ("INSERT INTO near_entries VALUES (0, x'0700000000006300')", "near_incomplete"),
        ("INSERT INTO near_entries VALUES (0, x'0700000000006300')", "near_wrong"),
        ("UPDATE duplicates SET other = 99 WHERE report = 1", "near_wrong"),
        ("UPDATE duplicates SET held = held / 2 WHERE report = 1", "near_wrong"),
        ("UPDATE duplicates SET knows = 1 - knows WHERE report = 1", "near_wrong"),
        ("UPDATE duplicates SET differ = '{}' WHERE report = 1", "near_wrong"),
    ],
)
def test_verify_names_what_is_not_as_noted(archive, damage, code):
    file(archive, FAMILY[:2])
    assert not faults(archive)
    archive.connection.execute(damage)
    assert code in {fault.code for fault in faults(archive)}


def test_merged_archives_know_the_copies_across_them(tmp_path):
    whole = tmp_path / "whole.db"
    with Archive.open(whole) as archive:
        file(archive, FAMILY[:1])
    with Archive.open(tmp_path / "other.db") as archive:
        file(archive, FAMILY[1:])
    with Archive.open(whole) as archive:
        merge(archive, tmp_path / "other.db")
        pairs = names(archive, "SELECT report, other FROM duplicates")
        assert pairs == set(permutations([url for _, url, _ in FAMILY[:4]], 2))
        assert not faults(archive)


def test_archives_that_read_the_same_page_are_joined(tmp_path):
    for name in ("whole", "other"):
        with Archive.open(tmp_path / f"{name}.db") as archive:
            file(archive, FAMILY[:2])
    with Archive.open(tmp_path / "whole.db") as archive:
        assert not merge(archive, tmp_path / "other.db").conflicts
        assert names(archive, "SELECT report, other FROM duplicates") == set(
            permutations([u for _, u, _ in FAMILY[:2]])
        )
        assert not faults(archive)


@pytest.mark.parametrize("version", ["v5", "v6"])
def test_reports_of_an_older_archive_are_found(version, tmp_path):
    """Version 5 had the keys of its reports in other tables, version 6 in other entries."""
    path = tmp_path / "older.db"
    path.write_bytes(gzip.decompress((Path(__file__).parent / "archives" / f"{version}.db.gz").read_bytes()))
    with Archive.open(path) as archive:
        (mine,) = file(archive, [page("later", COPIES["readings"](text()), portal=CITY)]).values()
        assert ask(archive, "SELECT other FROM duplicates WHERE report = ?", mine) == [(1,), (2,), (3,), (4,)]
        assert not faults(archive)


def test_copies_far_apart_in_a_large_archive_are_found_and_so_they_are_when_it_is_opened_again(archive, monkeypatch):
    monkeypatch.setattr(near_index, "_HELD", 50)  # so that an archive of some hundred reports is a large one
    run = begun(archive)
    between = [page(f"other{at}", text(place=f"第{at}县"), issuer=f"第{at}县人民政府") for at in range(220)]
    numbers = []
    with archive.transaction():
        for number, (portal, url, filed) in enumerate([FAMILY[0], *between, FAMILY[1]], 1):
            kept = archive.keep(run, visit(number, url, filed.text.encode(), portal=portal))
            numbers.append(archive.file(kept.visit_id, filed).report_id)
    archive.finish_run(run, "finished", {})
    assert (numbers[-1], numbers[0]) in ask(archive, "SELECT report, other FROM duplicates")
    assert ask(archive, "SELECT written FROM near_written") == [(200,)]
    with Archive.open(archive.path) as again:
        (cut,) = file(again, [FAMILY[2]]).values()
        assert ask(again, "SELECT other FROM duplicates WHERE report = ?", cut) == [(numbers[0],), (numbers[-1],)]
        assert not faults(again)
