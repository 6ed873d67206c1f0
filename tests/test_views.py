"""One row for each body and year: a county's column with its departments and towns, a department's own portal."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.errors import NoSuchReport
from pipelines.records import Attachment, Evidence, Identity, Issuer
from tests.archive_samples import ANHE, DAY, NB, begun, report, visit
from tests.conftest import gongkai
from tests.servers import Page, serving
from tests.web.parts import column, rows

COUNTY, CITY = "湖南省常德市安乡县", "湖南省常德市"
SITE, BUREAU, MUNICIPAL = "http://www.county.example", "http://jyj.county.example", "http://www.city.example"
WE = {"局": "我局", "镇": "我镇", "道": "我街道"}


def page(name: str, year: int, source: str, *, title: str | None = None, signed: str = "") -> Page:
    """A report as its body writes it: `title` is what the page has in the title, the name where none is given."""
    heading = f"{name if title is None else title}{year}年政府信息公开工作年度报告"
    we = WE.get(name[-1], "我县")
    return Page(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{heading}</title></head>
<body><div class="position">当前位置：<a href="/">首页</a> &gt; 政府信息公开年报</div>
<h1>{heading}</h1><div class="info">发布日期：{year + 1}-01-20　来源：{source}</div>
<div class="content"><p>本报告根据《中华人民共和国政府信息公开条例》编制，
所列数据的统计期限从{year}年1月1日起至{year}年12月31日止。</p>
<p>一、总体情况</p><p>{year}年，{we}按照要求公开各类信息，全年更新栏目内容{len(name) * 7 + year % 90}条。</p>
<p>二、主动公开政府信息情况</p><p>{name}通过网站和公开栏发布文件{year % 13 + 20}件，均在规定时间内完成。</p>
<p>三、收到和处理政府信息公开申请情况</p><p>共收到申请{year % 7 + 3}件，全部按期答复，没有收取费用。</p>
<p>四、存在的主要问题及改进情况</p><p>部分栏目更新不够及时，下一步将安排专人负责，每季度通报一次。</p>
<p>{signed}</p><p>{year + 1}年1月18日</p></div></body></html>""".encode()
    )


def links(*entries: tuple[str, str]) -> Page:
    return column(f'<ul class="list">{rows((href, words, "2024-01-20") for href, words in entries)}</ul>')


# address below the column: words of its body, source, what differs; the same body has other words each year
_BODIES = {
    "xzf/2021": ("安乡县", "县政府办", {"signed": "安乡县人民政府办公室"}),
    "xzf/2022": ("安乡县人民政府", "县政务公开办", {}),
    "xzf/2023": ("县", "县政府办", {"title": ""}),
    "bm/jyj/2021": ("县教育局", "县教育局", {}),
    "bm/jyj/2022": ("教育局", "教育局", {}),
    "bm/jyj/2023": ("教育局", "县教育局", {"title": ""}),
    "bm/wjj/2022": ("县卫健局", "县卫健局", {}),
    "bm/wjj/2023": ("安乡县卫生健康局", "县卫健局", {}),
    "bm/swj/2023": ("国家税务总局安乡县税务局", "县税务局", {}),
    "xz/lqz/2022": ("柳桥镇人民政府", "柳桥镇", {}),
    "xz/lqz/2023": ("安乡县柳桥镇", "柳桥镇", {"signed": "柳桥镇人民政府"}),
    "xz/tqjd/2023": ("天桥街道办事处", "天桥街道", {}),
}
_REPORTS = {
    f"{SITE}/nb/{key}.html": page(name, int(key[-4:]), source, **said) for key, (name, source, said) in _BODIES.items()
}
_FOLDERS = sorted({key.rsplit("/", 1)[0] for key in _BODIES})
_PAGES = {
    f"{SITE}/nb/": column(
        '<ul class="list"><li><a href="xzf/">县政府</a></li><li><a href="bm/">县直部门</a></li>'
        '<li><a href="xz/">乡镇</a></li></ul>'
    ),
    f"{SITE}/nb/bm/": column(
        '<ul class="list"><li><a href="jyj/">教育局</a></li><li><a href="wjj/">卫生健康局</a></li>'
        '<li><a href="swj/">税务局</a></li></ul>'
    ),
    f"{SITE}/nb/xz/": column(
        '<ul class="list"><li><a href="lqz/">柳桥镇</a></li><li><a href="tqjd/">天桥街道</a></li></ul>'
    ),
    **{
        f"{SITE}/nb/{folder}/": links(
            *((f"{key[-4:]}.html", f"{key[-4:]}年度报告") for key in _BODIES if key.startswith(f"{folder}/"))
        )
        for folder in _FOLDERS
    },
    **_REPORTS,
    # the bureau's own portal: the report of 2022 again in other words, and one that the county does not have
    f"{BUREAU}/nb/": links(
        ("2022.html", "安乡县教育局2022年政府信息公开工作年度报告"), ("2020.html", "2020年政府信息公开工作年度报告")
    ),
    f"{BUREAU}/nb/2022.html": page("安乡县教育局", 2022, "办公室"),
    f"{BUREAU}/nb/2020.html": page("教育局", 2020, "办公室", title=""),
    # the city's: its own bureau, and the county's, which a list of all has in full
    f"{MUNICIPAL}/nb/": links(
        ("1.html", "市教育局2022年政府信息公开工作年度报告"), ("2.html", "安乡县教育局2021年政府信息公开工作年度报告")
    ),
    f"{MUNICIPAL}/nb/1.html": page("市教育局", 2022, "市教育局"),
    f"{MUNICIPAL}/nb/2.html": page("安乡县教育局", 2021, "安乡县教育局"),
}
_PORTALS = {
    "anxiang": ("安乡县", "430721", SITE),
    "anxiang-jyj": ("安乡县教育局", "430721", BUREAU),
    "changde": ("常德市", "430700", MUNICIPAL),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("issuers")
    (folder / "files").mkdir()
    for name, (words, code, site) in _PORTALS.items():
        (folder / "files" / f"{name}.toml").write_text(
            f'name = "{words}"\ncode = "{code}"\nhome = "{site}/"\nhosts = ["{site[7:]}"]\nstart = ["{site}/nb/"]\n'
            "[access]\ndelay = 0.01\n",
            "utf-8",
        )
    with serving(_PAGES) as web:
        proxies = {"http_proxy": web.address, "https_proxy": web.address}
        words = ("crawl", *_PORTALS, "--portals", folder / "files", "--archive", folder / "a.db")
        done = gongkai(*words, env=proxies)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "a.db"


def reports(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    sql = "SELECT issuer_full, year, issuer_kind, issuer_code, url FROM current_reports ORDER BY issuer_full, year, url"
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_one_row_for_each_body_and_year(crawled: Path) -> None:
    found = reports(crawled)
    assert [row[:4] for row in found] == sorted(
        [
            *((f"{COUNTY}人民政府", year, "government", "430721") for year in (2021, 2022, 2023)),
            *((f"{COUNTY}教育局", year, "department", "430721") for year in (2020, 2021, 2022, 2023)),
            *((f"{COUNTY}卫生健康局", year, "department", "430721") for year in (2022, 2023)),
            (f"{COUNTY}税务局", 2023, "vertical", "430721"),
            *((f"{COUNTY}柳桥镇", year, "town", "430721") for year in (2022, 2023)),
            (f"{COUNTY}天桥街道", 2023, "town", "430721"),
            (f"{CITY}教育局", 2022, "department", "430700"),
        ]
    )
    # the county's bureau is cited from a portal of its county, not from the city's list
    assert [row[4] for row in found if row[:2] == (f"{COUNTY}教育局", 2021)] == [f"{SITE}/nb/bm/jyj/2021.html"]


def test_no_words_of_a_page_are_lost(crawled: Path) -> None:
    """The name stays as written, and what was completed says by what."""
    with Archive.open(crawled, write=False) as archive:
        (row,) = (row for row in archive.reports(year=2022) if row["url"] == f"{SITE}/nb/bm/wjj/2022.html")
        assert (row["issuer"], row["issuer_full"]) == ("县卫健局", f"{COUNTY}卫生健康局")
        evidence = [e for e in archive.report(row["report_id"])["evidence"] if e["field"] == "issuer_full"]
        assert evidence == [
            {
                "field": "issuer_full",
                "value": f"{COUNTY}卫生健康局",
                "where": "division of the portal",
                "words": "anxiang",
            }
        ]


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("安乡县教育局 2022", f"{BUREAU}/nb/2022.html"),
        ("湖南省常德市安乡县教育局 2023", f"{SITE}/nb/bm/jyj/2023.html"),
        ("常德市教育局2022年", f"{MUNICIPAL}/nb/1.html"),
        ("安乡县 2023", f"{SITE}/nb/xzf/2023.html"),
        ("安乡县人民政府 2021", f"{SITE}/nb/xzf/2021.html"),
        ("安乡县卫健局 2023", f"{SITE}/nb/bm/wjj/2023.html"),
        ("卫生健康局 2022", f"{SITE}/nb/bm/wjj/2022.html"),
        ("教育局 2023", f"{SITE}/nb/bm/jyj/2023.html"),
        ("柳桥镇 2022", f"{SITE}/nb/xz/lqz/2022.html"),
        ("安乡县柳桥镇人民政府 2022", f"{SITE}/nb/xz/lqz/2022.html"),
        ("国家税务总局安乡县税务局 2023", f"{SITE}/nb/bm/swj/2023.html"),
    ],
)
def test_a_report_is_found_by_any_name_of_its_issuer(crawled: Path, words: str, url: str) -> None:
    with Archive.open(crawled, write=False) as archive:
        assert archive.report(words)["url"] == url


def test_a_name_of_several_bodies_lists_them(crawled: Path) -> None:
    with Archive.open(crawled, write=False) as archive:
        with pytest.raises(NoSuchReport, match=rf"2 reports of 教育局.* {COUNTY}教育局 .* {CITY}教育局 "):
            archive.report("教育局 2022")
        with pytest.raises(NoSuchReport, match="no report of 泰顺县教育局"):
            archive.report("泰顺县教育局 2022")
        assert {row["year"] for row in archive.reports(issuer="安乡县教育局")} == {2020, 2021, 2022, 2023}


# ---------------------------------------------------------------- filed by hand


def identity(name: str, full: str | None, kind: str = "department", code: str | None = "430721") -> Identity:
    issuer = Issuer(name, kind, code, ("湖南省", "常德市", "安乡县"), full)  # type: ignore[arg-type]  # a kind, as str
    return replace(report().identity, issuer=issuer)


def file(archive: Archive, name: str, said: Identity, **fields: object) -> int | None:
    words = {"text": f"{name}\n全年公开信息三百条。"} | fields
    kept = archive.keep(begun(archive), visit(1, f"{NB}{name}.html", name.encode(), requested_at=DAY, portal=ANHE))
    return archive.file(kept.visit_id, replace(report(**words), identity=said)).sighting_of


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def test_the_same_report_in_other_words_for_its_issuer_is_a_sighting(archive: Archive) -> None:
    assert file(archive, "a", identity("县教育局", f"{COUNTY}教育局"), text="甲") is None
    assert file(archive, "b", identity("安乡县教育局", f"{COUNTY}教育局"), text="甲") == 1
    assert file(archive, "c", identity("教育局", f"{CITY}教育局", code="430700"), text="甲") is None
    assert len(list(archive.reports())) == 2


def test_reports_of_earlier_recipes_have_no_full_name(archive: Archive) -> None:
    """They stay apart from those that have one, but for a government, which is its code."""
    file(archive, "a", identity("安乡县教育局", None))
    file(archive, "b", identity("安乡县教育局", f"{COUNTY}教育局"))
    file(archive, "c", identity("安乡县", None, "government"))
    file(archive, "d", identity("安乡县人民政府", f"{COUNTY}人民政府", "government"))
    file(archive, "e", identity("安乡县水利局", None))
    file(archive, "f", identity("教育局", None, code="430700"))
    assert sorted(
        (row["issuer_full"], row["issuer"]) for row in archive.reports() if row["issuer_kind"] != "government"
    ) == [
        ("安乡县教育局", "安乡县教育局"),
        ("安乡县水利局", "安乡县水利局"),
        ("教育局", "教育局"),
        (f"{COUNTY}教育局", "安乡县教育局"),
    ]
    assert len(list(archive.reports())) == 5
    assert archive.report("安乡县水利局 2020")["issuer_full"] == "安乡县水利局"


def test_a_town_is_not_found_by_the_end_of_anothers_name(archive: Archive) -> None:
    file(archive, "a", identity("黄柳镇", f"{COUNTY}黄柳镇", "town"))
    file(archive, "b", identity("柳镇", f"{COUNTY}柳镇", "town"))
    assert archive.report("柳镇 2020")["issuer"] == "柳镇"


FILE = NB + "fj/2020.pdf"


@pytest.mark.parametrize(
    ("field", "issuer"), [("issuer", "安和县人民政府"), ("source", "教育局"), ("issuer_full", "教育局")]
)
def test_the_page_names_the_issuer_of_a_file_only_where_the_portal_alone_does(tmp_path, field, issuer):
    with Archive.open(tmp_path / "a.db") as archive:
        run = begun(archive)
        kept = archive.keep(run, visit(1, NB + "2020.html", b"page"))
        page = report(NB + "2020.html", verdict="attachment_only", text="详见附件")
        archive.file(kept.visit_id, replace(page, attachments=(Attachment("全文", FILE, FILE),)))
        kept = archive.keep(run, visit(2, FILE, b"%PDF", role="attachment", discovered_on=1))
        evidence = (Evidence("issuer", "教育局", "title", "教育局2020年"), Evidence(field, "安和县", "portal", "anhe"))
        archive.file(kept.visit_id, report(FILE, issuer="教育局", evidence=evidence[field == "issuer" :]))
        (row,) = [row for row in archive.reports(all=True) if row["url"] == FILE]
        assert row["issuer"] == issuer
