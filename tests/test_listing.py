"""Listing pages: which entries they list, which are reports, and where the list goes on."""

import json
import re
import time
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decode import decode
from pipelines.dom import parse
from pipelines.listing import is_report_title, read_listing, read_lists, read_tree, reasons

LISTINGS = Path(__file__).parent / "listings"
SHARED = Path(__file__).parents[2] / "shared" / "pages"
HOST = "http://www.county.example"


def read(name: str, path: str):
    return read_listing((LISTINGS / f"{name}.html").read_text("utf-8"), HOST + path)


# ---------------------------------------------------------------- whole pages

PAGES = {
    "trs-create-page-html": {
        "url": "/zwgk/nb/",
        "title": "政府信息公开年报",
        "items": [
            ("青麓县2023年政府信息公开工作年度报告", "./202403/t20240308_901.html", "2024-03-08"),
            ("青麓县2022年政府信息公开工作年度报告", "./202303/t20230301_801.html", "2023-03-01"),
            ("2022年政府网站工作年度报表", "./202303/t20230301_802.html", "2023-03-01"),
            ("青麓县2021年政府信息公开工作年度报告", "./202203/t20220302_701.html", "2022-03-02"),
            ("青麓县2020年政府信息公开工作年度报告解读", "./202103/t20210302_601.html", "2021-03-02"),
        ],
        "reports": [0, 1, 3],
        "rejected": {2: "website report", 4: "explanation"},
        "next": ["/zwgk/nb/index_1.html", "/zwgk/nb/index_2.html", "/zwgk/nb/index_3.html"],
        "pages": 4,
    },
    "trs-count-page": {
        "url": "/gk/nb/index_1.htm",
        "title": "信息公开年报",
        "items": [
            ("柳垭县2020年政府信息公开工作年度报告", "./202102/t20210205_33.htm", "2021-02-05"),
            ("柳垭县2019年政府信息公开工作年度报告", "./202002/t20200206_22.htm", "2020-02-06"),
            ("柳垭县2018年政府信息公开工作年度报告", "./201902/t20190230_11.htm", None),
        ],
        "reports": [0, 1, 2],
        "next": ["/gk/nb/index_2.htm"],
        "pages": 3,
    },
    "ucap-common-list": {
        "url": "/yunjin/c100012/common_list.shtml",
        "title": "年度报告",
        "items": [
            (
                "云津市2023年政府信息公开工作年度报告",
                "/yunjin/c100012/202401/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01.shtml",
                "2024-01-29",
            ),
            (
                "云津市2022年政府信息公开工作年度报告",
                "/yunjin/c100012/202301/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa02.shtml",
                "2023-01-30",
            ),
            (
                "云津市2021年法治政府建设年度报告",
                "/yunjin/c100012/202201/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa03.shtml",
                "2022-01-26",
            ),
        ],
        "reports": [0, 1],
        "rejected": {2: "rule of law report"},
        "next": ["/yunjin/c100012/common_list_2.shtml", "/yunjin/c100012/common_list_3.shtml"],
        "pages": 3,
        "total": 41,
    },
    "lonsun-table": {
        "url": "/public/column/6600?type=3&action=list",
        "title": "政府信息公开年报",
        "items": [
            ("石塬区财政局2023年政府信息公开工作年度报告", "/public/6600/61240001.html", "2024-01-12"),
            ("石塬区财政局2022年政府信息公开工作年度报告", "/public/6600/61240002.html", "2023-01-11"),
            ("石塬区财政局2021年部门预算公开", "/public/6600/61240003.html", "2021-03-02"),
        ],
        "reports": [0, 1],
        "rejected": {2: "budget"},
        "next": ["/public/column/6600?type=3&action=list&nav=&pageIndex=2"],
        "pages": 2,
        "total": 23,
    },
    "hanweb-col": {
        "url": "/col/col1229000123/index.html?uid=5&pageNum=2",
        "title": "信息公开年报",
        "items": [
            (
                "临溪县人民政府2023年政府信息公开工作年度报告",
                "/art/2024/1/30/art_1229000123_401.html",
                "2024-01-30",
            ),
            (
                "临溪县人民政府2022年政府信息公开工作年度报告",
                "/art/2023/1/31/art_1229000123_301.html",
                "2023-01-31",
            ),
            ("临溪县人民政府2021年政府信息公开工作年度报告", "/art/2022/2/7/art_1229000123_201.html", None),
        ],
        "reports": [0, 1, 2],
        "next": ["/col/col1229000123/index.html?uid=5&pageNum=3", "/col/col1229000123/index.html?uid=5&pageNum=4"],
        "pages": 4,
    },
    "hanweb-recordset": {
        "url": "/col/col77/index.html",
        "title": "信息公开年报",
        "items": [
            ("竹塘镇2020年政府信息公开工作年度报告", "/art/2021/1/22/art_77_5.html", "2021-01-22"),
            ("竹塘镇2019年政府信息公开工作年度报告", "/art/2020/1/21/art_77_4.html", "2020-01-21"),
        ],
        "reports": [0, 1],
        "pages": 2,
        "total": 16,
    },
    "vsb-chain": {
        "url": "/zwgk/xxgknb/4.htm",
        "title": "政府信息公开年报",
        "items": [
            ("白桦县2016年政府信息公开年度报告", "../info/1041/31887.htm", "2017-01-18"),
            ("白桦县教育局2016年政府信息公开年度报告", "../info/1041/29001.htm", "2017-01-12"),
        ],
        "reports": [0, 1],
        "next": ["/zwgk/xxgknb/3.htm"],
        "pages": 5,
        "total": 65,
    },
    "hunan-i-id": {
        "url": "/zwgk/xxgkndbg/xzxxgkndbg/index.html",
        "title": "乡镇信息公开年度报告",
        "items": [
            ("杨梅镇2023年政府信息公开工作年度报告", "/zwgk/xxgkndbg/xzxxgkndbg/20240326/i3300070.html", "2024-03-26"),
            ("大浦乡2023年政府信息公开工作年度报告", "/zwgk/xxgkndbg/xzxxgkndbg/20240325/i3300069.html", "2024-03-25"),
            (
                "关于做好2023年政府信息公开工作年度报告编制工作的通知",
                "/zwgk/xxgkndbg/xzxxgkndbg/20240325/i3300068.html",
                "2024-03-25",
            ),
        ],
        "reports": [0, 1],
        "rejected": {2: "rules"},
        "next": ["/zwgk/xxgkndbg/xzxxgkndbg/index_2.html", "/zwgk/xxgkndbg/xzxxgkndbg/index_3.html"],
        "pages": 3,
    },
    "pinyin-directory": {
        "url": "/zwgk/ndbg/",
        "title": "年度报告",
        "items": [
            ("岚山区民政局2023年度政府信息公开工作报告", "bm/2023/a1.html", "2024-01-15"),
            ("岚山区水利局2023年度政府信息公开工作报告", "bm/2023/a2.html", "2024-01-16"),
            ("岚山区林业局2023年度政府信息公开工作报告.pdf", "bm/2023/a3.pdf", "2024-01-17"),
            ("岚山区民政局2023年度政府信息公开工作报告", "bm/2023/a1.html", "2024-01-15"),  # listed twice
        ],
        "reports": [0, 1, 2],
    },
    "asp-query": {
        "url": "/xxgk/class.asp?class=7&page=2",
        "title": "信息公开年报",
        "items": [
            ("2012年政府信息公开工作年度报告", "show.asp?id=385", "2013-03-20"),
            ("2011年政府信息公开工作年度报告", "show.asp?id=301", "2012-03-21"),
            ("2010年政府信息公开工作总结", "show.asp?id=255", "2011-03-24"),
        ],
        "reports": [0, 1],
        "rejected": {2: "summary"},
        "next": ["/xxgk/class.asp?class=7&page=3"],
        "pages": 3,
        "total": 25,
    },
    "gbk-layout-tables": {
        "url": "/list.asp?lm=5",
        "title": "政务公开",
        "items": [
            ("北塘县人民政府二○一○年政府信息公开年度报告", "newshow.asp?newsid=812", "2011-03-18"),
            ("北塘县人民政府２００９年政府信息公开年度报告", "newshow.asp?newsid=633", "2010-03-22"),
            ("北塘县政府信息公开年度报告制度", "newshow.asp?newsid=502", None),
        ],
        "reports": [0, 1],
        "rejected": {2: "rules"},
        "next": [f"/list.asp?lm=5&pageno={n}" for n in range(2, 7)],
        "pages": 6,
    },
    "years": {
        "url": "/zfxxgk/zfxxgknb/",
        "title": "信息公开年报",
        "items": [
            ("2015年度", "2015nb/", None),
            ("2014年度", "2014nb/", None),
            ("2013年", "2013nb/", None),
            ("2012年", "2012nb/", None),
        ],
        "reports": [0, 1, 2, 3],
    },
    "script-rest": {
        "url": "/zwgk/zfxxgknb/",
        "title": "政府信息公开年报",
        "items": [
            ("梧洲新区2023年度政府信息公开工作年度报告", "./202403/t20240308_3.htm", "2024-03-08"),
            ("梧洲新区2022年度政府信息公开工作年度报告", "./202302/t20230220_2.htm", "2023-02-20"),
        ],
        "reports": [0, 1],
        "pages": 4,
        "total": 7,
    },
}


def test_every_page_has_its_expectations():
    assert {path.stem for path in LISTINGS.glob("*.html")} == {*PAGES, "home-hub"}


@pytest.mark.parametrize("name", PAGES)
def test_items(name):
    page = PAGES[name]
    found = read(name, page["url"]).items
    assert [(item.title, item.href, item.date) for item in found] == page["items"]


@pytest.mark.parametrize("name", PAGES)
def test_reports_and_their_neighbours(name):
    page = PAGES[name]
    listing = read(name, page["url"])
    assert listing.reports == tuple(listing.items[index] for index in page["reports"])
    assert {item: why for item, why in listing.rejected if item in listing.items} == {
        listing.items[index]: why for index, why in page.get("rejected", {}).items()
    }


@pytest.mark.parametrize("name", PAGES)
def test_pager(name):
    page = PAGES[name]
    listing = read(name, page["url"])
    assert list(listing.next) == [HOST + path for path in page.get("next", [])]
    assert (listing.total_pages, listing.total_items) == (page.get("pages"), page.get("total"))


@pytest.mark.parametrize("name", PAGES)
def test_column_name(name):
    assert read(name, PAGES[name]["url"]).title == PAGES[name]["title"]


def test_a_home_page_lists_each_box_and_its_hidden_tab_only_among_reports():
    listing = read("home-hub", "/")
    assert [item.title for item in listing.items] == [
        "市政府召开常务会议研究部署重点工作",
        "双溪市举行重点项目集中开工仪式",
        "我市防汛应急演练取得圆满成功",
        "双溪市事业单位公开招聘工作人员公告",
        "关于老旧小区改造项目的公示",
        "双溪市发布2023年政府信息公开年度报告",
    ]
    assert {item.date for item in listing.items} == {
        *("2024-05-06", "2024-05-04", "2024-05-03", "2024-05-05", "2024-05-02", "2024-04-30")
    }
    assert [(item.title, item.date) for item in listing.reports] == [
        ("双溪市2023年政府信息公开工作年度报告", "2024-01-30")
    ]
    assert (listing.items[5], "news") in listing.rejected


# ---------------------------------------------------------------- small pages


def rows(*entries: str, pager: str = "", head: str = "") -> str:
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return f"<html><head>{head}</head><body><ul>{items}</ul>{pager}</body></html>"


REPORT = '<a href="t20240310_{0}.html">清河县20{0}年政府信息公开年度报告</a>'


def three(date: str) -> str:
    return rows(*(f"{REPORT.format(year)} {date}" for year in (21, 22, 23)))


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ("2024-03-10", "2024-03-10"),
        ("2024/3/10", "2024-03-10"),
        ("2024年3月10日", "2024-03-10"),
        ("２０２４－０３－１０", "2024-03-10"),
        ("[2024.03.10]", "2024-03-10"),
        ("<span>2024-03-10 08:15:00</span>", "2024-03-10"),
        ("<b>10</b><i>2024-03</i>", "2024-03-10"),
        ("<b>2024-03</b><i>10</i>", "2024-03-10"),
        ("<b>03-10</b><i>2024</i>", "2024-03-10"),
        ("24-03-10", "2024-03-10"),
        ("[03-10]", "2024-03-10"),  # the address says the year
        ("[04-10]", None),  # and contradicts this one
        ("2024-02-30", None),
        ("2024-13-01", None),
        ("<i>成文日期：2024-01-02</i> <i>发布日期：2024-03-10</i>", "2024-03-10"),
        ("", None),
    ],
)
def test_date_beside(beside, expected):
    assert {item.date for item in read_listing(three(beside), f"{HOST}/nb/").items} == {expected}


def test_a_day_without_year_between_two_of_one_year_has_that_year():
    entry = '<a href="show?id={0}">清河县第{0}季度重点工作推进情况通报</a> <i>{1}</i>'
    page = rows(entry.format(1, "2023-05-06"), entry.format(2, "04-05"), entry.format(3, "2023-03-02"))
    assert [item.date for item in read_listing(page, HOST).items] == ["2023-05-06", "2023-04-05", "2023-03-02"]


def test_a_date_inside_the_link_is_not_of_its_words():
    page = rows(
        *(f'<a href="/a/{n}.html">清河县20{n}年政府信息公开年报 <em>20{n + 1}-01-09</em></a>' for n in (20, 21, 22))
    )
    assert [(item.title[-6:], item.date) for item in read_listing(page, HOST).items] == [
        ("信息公开年报", "2021-01-09"),
        ("信息公开年报", "2022-01-09"),
        ("信息公开年报", "2023-01-09"),
    ]


def test_a_category_before_the_title_is_not_the_title():
    page = rows(
        *(
            f'<a href="/fl/{n % 2}/">[年报]</a> <a href="/a/{n}.html">清河县20{n}年政府信息公开年报</a> 20{n + 1}-01-09'
            for n in (20, 21, 22)
        )
    )
    listing = read_listing(page, HOST)
    assert [item.href for item in listing.items] == ["/a/20.html", "/a/21.html", "/a/22.html"]


def test_a_link_around_title_summary_and_date_has_the_title():
    entry = (
        "<a href='/a/{0}.html'><h4>清河县20{0}年政府信息公开年报</h4>"
        "<p>全文由六个部分组成，自2019年1月1日起</p><i>20{1}-01-09</i></a>"
    )
    listing = read_listing(rows(entry.format(20, 21), entry.format(21, 22)), HOST)
    assert [(item.title, item.date) for item in listing.items] == [
        ("清河县2020年政府信息公开年报", "2021-01-09"),
        ("清河县2021年政府信息公开年报", "2022-01-09"),
    ]


def test_an_index_number_beside_the_title_is_not_the_title():
    link = "<td><a href='/a/{0}.html'>{1}</a></td>"
    page = "<table>"
    for n in (20, 21, 22):
        number, title = f"113302000024822340-20{n}-00007", f"清河县20{n}年政府信息公开年报"
        page += f"<tr>{link.format(n, number)}{link.format(n, title)}<td>20{n + 1}-01-09</td></tr>"
    assert [item.title[:8] for item in read_listing(page, HOST).items] == [
        "清河县2020年",
        "清河县2021年",
        "清河县2022年",
    ]


def test_a_list_in_two_columns_is_one_list():
    cell = "<td><a href='/a/{0}.html'>清河县第{0}号重点项目建设情况通报</a> 2021-01-0{0}</td>"
    page = "<table>" + "".join(f"<tr>{cell.format(n)}{cell.format(n + 1)}</tr>" for n in (1, 3, 5)) + "</table>"
    items = read_listing(page, HOST).items
    assert [item.date for item in items] == [f"2021-01-0{n}" for n in range(1, 7)]


def test_names_of_classes_that_mislead_do_not_hide_the_only_list():
    page = rows(REPORT.format(20), REPORT.format(21))
    for wrapper in ("<div class='nav'>", "<div style='display:none'>"):
        assert len(read_listing(page.replace("<ul>", f"{wrapper}<ul>"), HOST).items) == 2


def test_a_script_call_that_carries_an_address_is_a_link():
    page = rows(
        """<a href="javascript:;" onclick="window.open('./nb/2020.html')">清河县2020年政府信息公开年度报告</a>"""
    )
    assert [item.href for item in read_listing(page, HOST).reports] == ["./nb/2020.html"]


def test_a_labelled_date_inside_a_link_with_a_heading_is_its_date():
    row = '<div><a href="{0}"><h4>关于召开第{0}次会议的通知</h4><p>发布时间：2023-03-0{0}　浏览：1</p></a></div>'
    found = read_listing("".join(row.format(n) for n in (1, 2, 3)), HOST)
    assert [(item.href, item.date) for item in found.items] == [(str(n), f"2023-03-0{n}") for n in (1, 2, 3)]


def test_a_day_in_a_summary_is_not_the_date_of_its_entry():
    box = (
        '<div class="item"><div class="d"><b>{0}</b><span>2023-09</span></div>'
        '<div class="t"><h3>{1}</h3><p>7月12日上午，会议召开……</p></div></div>'
    )
    found = read_listing("".join(box.format(day, REPORT.format(day)) for day in (11, 12, 13)), HOST)
    assert [item.date for item in found.items] == ["2023-09-11", "2023-09-12", "2023-09-13"]


def test_rows_that_their_scripts_write_are_entries():
    row = (
        '<li><script>var url="./t{0}_1.htm";var title="青麓县{0}年政府信息公开工作年度报告";'
        """document.writeln("<a href='"+url+"'>"+title+"</a><span>{1}-01-18</span>");</script></li>"""
    )
    found = read_listing(
        f"<title>信息公开年报</title><ul>{row.format(2020, 2021)}{row.format(2019, 2020)}</ul>", f"{HOST}/nb/"
    )
    assert [(item.title[3:8], item.href, item.date) for item in found.items] == [
        ("2020年", "./t2020_1.htm", "2021-01-18"),
        ("2019年", "./t2019_1.htm", "2020-01-18"),
    ]
    assert len(found.reports) == 2


def test_deep_elements_that_are_clicked_do_not_cost_quadratic_time():
    begin = time.process_time()
    read_listing("<div onclick=\"open('/a.html')\">" * 2000 + "长" * 5_000, HOST)
    assert time.process_time() - begin < 2


def test_a_report_on_a_link_that_leads_nowhere_is_named_and_not_a_report():
    listing = read_listing(rows('<a href="javascript:;">清河县2020年政府信息公开年度报告</a>'), HOST)
    assert not listing.reports
    assert [why for _, why in listing.rejected] == ["no address"]


def test_bare_years_are_reports_only_under_a_column_of_reports():
    links = [f'<a href="{year}/">{year}年</a>' for year in (2013, 2014, 2015)]
    head = "<title>{}-清河县人民政府</title>"
    assert len(read_listing(rows(*links, head=head.format("信息公开年报")), f"{HOST}/a/").reports) == 3
    assert not read_listing(rows(*links, head=head.format("专题回顾")), f"{HOST}/a/").reports
    assert len(read_listing(rows(*links), f"{HOST}/zwgk/ndgzbg_15/").reports) == 3


def test_letters_filed_among_reports_are_not_reports():
    entries = (REPORT.format(20), REPORT.format(21), '<a href="x.html">关于2021年春节放假安排的函</a>')
    listing = read_listing(rows(*entries, head="<title>信息公开年报</title>"), f"{HOST}/nb/")
    assert len(listing.items) == 3
    assert len(listing.reports) == 2


def test_reports_of_each_kind_in_a_box_of_its_own_are_all_listed():
    box = '<div class="box"><h3>{0}</h3><ul>{1}</ul></div>'
    page = "<body>" + "".join(
        box.format(
            kind,
            "".join(f'<li><a href="/{kind}/{n}.html">{kind}甲{n}年政府信息公开年报</a></li>' for n in (2020, 2021)),
        )
        for kind in ("部门", "乡镇")
    )
    listing = read_listing(page, HOST)
    assert len(listing.items) == len(listing.reports) == 4


def test_relative_addresses_follow_the_base_tag():
    page = rows(REPORT.format(20), pager='<a href="p2.html">下一页</a>', head=f'<base href="{HOST}/zwgk/nb/">')
    assert read_listing(page, f"{HOST}/zwgk/nb/list/x.html").next == (f"{HOST}/zwgk/nb/p2.html",)


# ---------------------------------------------------------------- pagers


@pytest.mark.parametrize(
    ("pager", "url", "expected"),
    [
        ('<a href="index_1.html">下一页</a>', "/nb/", ["/nb/index_1.html"]),
        ('<a href="index_1.html">[下页]</a>', "/nb/index.html", ["/nb/index_1.html"]),
        ('<a href="index_1.html">后一页 &gt;&gt;</a>', "/nb/", ["/nb/index_1.html"]),
        ('<a href="list_2.html">›</a>', "/nb/list.html", ["/nb/list_2.html"]),
        ("""<a href="javascript:location.href='list_2.html'">下一页</a>""", "/nb/list.html", ["/nb/list_2.html"]),
        ('<a href="list_2.html" title="下一页"><img src="n.gif"></a>', "/nb/list.html", ["/nb/list_2.html"]),
        (
            """<input type="button" value="下一页" onclick="location='list_2.html'">""",
            "/nb/list.html",
            ["/nb/list_2.html"],
        ),
        ('<a href="javascript:void(0)">下一页</a>', "/nb/", []),
        ('<a href="#">下一页</a>', "/nb/", []),
        ('<a href="list_2.html" class="disabled">下一页</a>', "/nb/list.html", []),
        ('<a href="index.html">下一页</a>', "/nb/", []),  # the page itself
        ('<a href="http://elsewhere.example/nb/2.html">下一页</a>', "/nb/", []),
        ('<a href="/xw/list_2.html">下一页</a>', "/nb/list.html", []),  # of another column
        ('<a href="../nb/3.htm">下一页</a>', "/zwgk/nb.htm", []),  # above the column: another site's
        ('<a href="nb/3.htm">下页</a><a href="nb/1.htm">尾页</a>', "/zwgk/nb.htm", ["/zwgk/nb/3.htm"]),
        ("<script>createPageHTML(3, 2, 'index', 'html')</script>", "/nb/index_2.html", []),
        ("<script>createPageHTML(1, 0, 'index', 'html')</script>", "/nb/", []),
        ("<script>createPageHTML(2, 0, 'index', 'shtml')</script>", "/nb/", ["/nb/index_1.shtml"]),
        ("<script>createPageHTML(46, 3, 1, 'index', 'html')</script>", "/nb/index_1.html", ["/nb/index_2.html"]),
        ("<script>createPage(3, 1, 'list', 'html')</script>", "/nb/list_1.html", ["/nb/list_2.html"]),
        ("<script>createPageHTML('p', 3, 2, 'list', 'shtml', 41)</script>", "/nb/list_2.shtml", ["/nb/list_3.shtml"]),
        (
            "<script>var countPage = 3;\nvar currentPage = 0;\n</script>",
            "/nb/",
            ["/nb/index_1.html", "/nb/index_2.html"],
        ),
        (
            "<span>1</span><a href='index_2.html'>2</a><a href='index_3.html'>3</a>",
            "/nb/",
            ["/nb/index_2.html", "/nb/index_3.html"],
        ),
        ("<a href='index.html'>1</a><b>2</b><a href='index_3.html'>3</a>", "/nb/index_2.html", ["/nb/index_3.html"]),
        (
            "<p>共 3 页 第 2 页 <a href='javascript:go(3)'>下一页</a></p>",
            "/list.jsp?c=1&page=2",
            ["/list.jsp?c=1&page=3"],
        ),
        ("<p>共 3 页 第 3 页</p>", "/list.jsp?c=1&page=3", []),
        (
            "<select><option value='l.asp?p=1'>1</option><option value='l.asp?p=2'>2</option></select>",
            "/l.asp?p=1",
            ["/l.asp?p=2"],
        ),
    ],
)
def test_next_pages(pager, url, expected):
    found = read_listing(rows(REPORT.format(20), REPORT.format(21), pager=f"<div>{pager}</div>"), HOST + url)
    assert list(found.next) == [HOST + path for path in expected]


@pytest.mark.parametrize(
    ("pager", "pages", "items"),
    [
        ("共 <b>20</b> 条 共 <b>2</b> 页", 2, 20),
        ("共有36条记录&nbsp;&nbsp;1/3&nbsp;页", 3, 36),
        ("总记录数：45 每页15条 页次：1/3", 3, 45),
        ("<script>var pager = {totalRecord: '45', perPage: 15}</script>", 3, 45),
        ("<script>createPageHTML(46, 4, 0, 'index', 'html')</script>", 4, 46),
        ("<a href='x.html'>我县出台优化营商环境措施共12条</a>", None, None),
        ("共 1 条", None, None),  # said of something else: two entries are here
        ("<a href='/nb/?page=2'>2</a> <a href='/nb/?page=9'>末页</a>", 9, None),
    ],
)
def test_totals(pager, pages, items):
    found = read_listing(rows(REPORT.format(20), REPORT.format(21), pager=f"<p>{pager}</p>"), f"{HOST}/nb/")
    assert (found.total_pages, found.total_items) == (pages, items)


# ---------------------------------------------------------------- titles

TITLES = """
2011年度安乡县政府信息公开工作年度报告
2013年度安乡县政府信息公开工作年度报告
2008年度衡阳市政府信息公开工作年度报告
2018年武汉市政府信息公开工作年度报告
2012年上海市政府信息公开工作年度报告
2009上海市政府信息公开工作年度报告
方正县2014年政府信息公开工作年度报告
泰顺县2020年政府信息公开工作年度报告
福州市晋安区2016年政府信息公开工作年度报告
万潮镇2023年政府信息公开工作年度报告
内蒙古自治区2012年政府信息公开工作年度报告
荆州市2015年政府信息公开年度工作报告
淮北市烈山区人民政府2017年政府信息公开年度报告
衡阳市衡东县杨林镇2023年政府信息公开年度报告
2012年泾县人民政府信息公开年度报告
宿州市人民政府2016年 政府信息公开工作年度报告
洲泉镇人民政府2008年信息公开工作年度报告
2008年张义镇人民政府信息公开工作年度报告
2016年朝阳乡政府信息公开工作年度报告
2022年度螅镇政府信息公开工作年度报告
2009年度下管镇政府信息公开年度报告
汤浦镇2009年政府信息公开工作年报
德城区天衢街道2010年度政府信息公开工作年度报告
重庆市九龙坡区二郎街道办事处2022年政府信息公开工作年度报告
龙潭区龙华街道办事处2010年政府信息公开工作年度报告(二〇一〇年十二月二十日)
道县文广新局2013年度信息公开工作 年度报告
永嘉县统计局2015年政府信息公开工作年度报告
永嘉县农业局2010年度政府信息公开工作年度报告
蚌山区财政局2017年度政府信息公开工作年度报告
阜新市公安局2014年政府信息公开年度报告
2008年南京市建邺区教育局 政府信息公开年报
2012年上海市青浦区审计局政府信息公开年报
舒城县审计局2012年度政府信息公开年度报告
重庆市万州区规划和自然资源局2020年政府信息公开工作年度报告
永泰县水利局2010年度政府信息公开工作报告
湘阴县林业局2025年度政府信息公开工作报告
舟曲县应急管理局2025年政府信息公开工作年度报告
黄石市卫健委2019年政府信息公开工作年度报告
开平市卫生健康局2020年度政府信息公开工作 年度报告
兴安盟行署外事办公室2025年 政府信息公开工作年度报告
大庆市住房公积金管理中心2025年政府信息公开工作年度报告
舒兰市市场监督管理局2016年政务信息公开年度报告
2019年上海市人民政府办公厅政府信息公开工作年度报告
融侨开发区管委会2011年政府信息公开工作年度报告
天津滨海高新技术产业开发区2021年度政府信息公开工作报告
五华科技产业园管理委员会2022年度政府信息公开工作年度报告
自然资源部2024年政府信息公开工作报告
国家税务总局2010年政府信息公开年度报告
关于《2010年度太仓经济开发区信息公开》的报告
关于2022年度政府信息公开情况的报告
2012年政府信息公开工作年度报告
区财政局2018年度政府信息公开工作报告
应急管理局2025年政府信息公开工作年度报告
宿州市人民政府2019年政府信息公开工作年度报告（图片版）
上海市黄浦区人民政府2022年政府信息公开工作年度报告（超链版）
淮安市洪泽区人民政府2025年年报.pdf
唐村镇2010年政府信息公开工作年度报告.docx
林业厅2015年度政府信息公开工作报告
宿迁高新区年政府信息公开工作年度报告
公报标题黄石市卫健委2019年政府信息公开工作年度报告
2013年政务信息公开年度报告
2014年度信息公开工作年度报告
昌图县2019年政府信息公开工作告年度报
２０１０年政府信息公开年度报告
海南省二○一一年政府信息公开年度报告
兖州市二O一一年政府信息公开年报
政府信息公开工作年度报告（2014）
08年度政府信息公开年报
清河县2012年政府公开信息年度报告
2018年政务公开年度报告
清河县中小企业服务中心2020年政府信息公开年报
关于印发清河县2012年政府信息公开年度报告的通知
清河自来水公司2020年信息公开年度报告
清河县法治政府建设办公室2010年政府信息公开工作年度报告
清河县制度改革办公室2012年政府信息公开年度报告
清河日报社2013年政府信息公开年度报告
清河县2014年政府信息公开工作年度报告及统计表
清河县2014年政府信息公开工作年度报告（附统计表）
关于公布清河县2015年政府信息公开工作年度报告的公告
清河县2019年政府信息公开年度报告汇编
2015年政府信息公开工作年度报告公开
2015年年报
2016年度报告
区教育局2015年度报告
"""


@pytest.mark.parametrize("title", TITLES.split("\n")[1:-1])
def test_report_titles(title):
    assert is_report_title(title) is None


NEIGHBOURS = {
    "清河县政府网站工作年度报表（2020年度）": "website report",
    "清河县2020年法治政府建设年度报告": "rule of law report",
    "清河市2019年政务公开工作总结": "summary",
    "2021年部门预算公开情况": "budget",
    "财政局2019年预决算公开报告": "budget",
    "2015年度工作报告": "work report",
    "县人大常委会2015年度工作报告": "work report",
    "2024年政府工作报告": "work report",
    "政府信息公开年度报告制度": "rules",
    "政府信息公开工作年度报告格式": "rules",
    "关于印发政府信息公开工作年度报告格式的通知": "rules",
    "关于做好2013年政府信息公开年度报告编制发布工作的通知": "rules",
    "关于政府信息公开工作年度报告有关事项的通知": "rules",
    "关于催报2020年度政府信息公开工作年度报告的通知": "rules",
    "2020年政府信息公开年度报告编制工作": "rules",
    "关于报送2014年政府信息公开工作年度报告的函": "letter",
    "关于2014年政府信息公开工作要点落实情况的函": "letter",
    "关于某某政府信息公开申请的答复": "letter",
    "2019年度政府信息公开工作先进单位表彰决定": "award",
    "关于2013年政府信息公开考核情况的通报": "award",
    "关于征集政府信息公开工作年度报告意见建议的公告": "call",
    "2019年度政府信息公开情况统计表": "statistics",
    "清河县2020年度政府信息公开工作年度报告解读": "explanation",
    "一图读懂清河县2020年政府信息公开年报": "explanation",
    "政府信息公开年度报告范文": "template",
    "2014年度企业年报公示": "enterprise",
    "清河市住房公积金2021年年度报告": "enterprise",
    "清河水务股份有限公司2019年年度报告": "enterprise",
    "2018统计年鉴": "yearbook",
    "我市发布2020年政府信息公开年度报告": "news",
    "政府信息公开2011年情况公布": "news",
    "2012年上半年政府信息公开工作报告": "part of year",
    "2016年1月至6月政府信息公开工作报告": "part of year",
    "2020年政务公开工作要点": "plan",
    "2012年政府信息公开自查报告": "other report",
    "清河县2019年知识产权年度报告": "other report",
    "政府信息公开指南": "guide",
    "政府信息公开年报": "name of a column",
    "乡镇信息公开年度报告": "name of a column",
    "市直部门信息公开年度报告": "name of a column",
    "历年政府信息公开年报": "name of a column",
    "各部门年报": "name of a column",
    "年度报告": "name of a column",
    "2015年": "bare year",
    "关于春节放假的通知": "no report words",
    "": "no report words",
}


@pytest.mark.parametrize(("title", "reason"), NEIGHBOURS.items())
def test_neighbours(title, reason):
    assert is_report_title(title) == reason


@pytest.mark.parametrize(
    "unit", ["县", "乡镇街道", "人民政府", "2015年", "〇二", "(", "通知", "、局", "信息公开", "年度"]
)
def test_no_title_is_slow_to_judge(unit):
    begin = time.process_time()
    for title in (unit * 30, unit * 12 + "信息公开年报", unit * 12 + "2015年年报", f"关于{unit * 12}"):
        is_report_title(title)
        read_listing(rows(f"<a href='x.html'>{title}</a>", head="<title>信息公开年报</title>"), HOST)
    assert time.process_time() - begin < 1


def test_every_reason_has_a_meaning_and_a_title_that_earns_it():
    assert set(reasons()) == {*NEIGHBOURS.values(), "no address"}
    assert all(reasons().values())


def test_the_table_of_words_compiles_and_names_each_reason_once_a_pattern():
    table = tomllib.loads(files("pipelines.data").joinpath("report_words.toml").read_text("utf-8"))
    patterns = [entry["pattern"] for entry in table["refusals"]]
    assert len(set(patterns)) == len(patterns)
    assert all(re.compile(pattern) for pattern in patterns)


# ---------------------------------------------------------------- anything at all

FRAGMENTS = st.sampled_from(
    [
        *("<ul>", "</ul>", "<li>", "<table>", "<tr>", "<td>", "</table>", "<a href='x.html'>", "<a href='http://['>"),
        *("</a>", "下一页", "共9999页", "2024-02-30", "[03-10]", "2015年", "信息公开年报", "<script>", "</script>"),
        *(
            "createPageHTML(",
            "9, 0, 'index', 'html')",
            "var countPage = 3;",
            "<base href='//'>",
            "<select><option value='?'>2",
        ),
        *("<record><![CDATA[", "]]></record>", "<!--", "-->", "\x00", "\ud800", "²", "٣", "/", "当前位置：", ">"),
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(FRAGMENTS | st.text(max_size=6), max_size=40).map("".join), st.text(max_size=30))
def test_no_string_is_too_strange(html, url):
    listing = read_listing(html, url)
    assert set(listing.reports) & {item for item, _ in listing.rejected} == set()


def test_no_address_is_too_strange():
    for url in ("", "http://[", "http://h:x/", "file:///a/b.html", "//", "http://www.county.example"):
        assert len(read_listing(rows(REPORT.format(20), REPORT.format(21)), url).reports) == 2


def test_deep_nesting_is_read():
    page = "<div>" * 2000 + rows(REPORT.format(20), REPORT.format(21)) + "</div>" * 2000
    assert len(read_listing(page, HOST).reports) == 2


def test_nested_links_do_not_cost_quadratic_time():
    begin = time.process_time()
    assert read_listing("<div><a href='y'>清河县重点项目通报</a>" * 1000, HOST).next == ()
    assert time.process_time() - begin < 5  # unbounded, the search for dates took half a minute for 3,000


def test_a_long_page_is_read_in_time_in_proportion():
    def seconds(size: int) -> float:
        html = rows(
            *(f"<a href='/a/{n}.html'>清河县第{n}号政府信息公开目录说明</a> <i>2024-03-10</i>" for n in range(size))
        )
        tree = parse(html)
        begin = time.process_time()
        assert len(read_tree(tree, HOST, html).items) == size
        return time.process_time() - begin

    seconds(200)
    assert seconds(4000) < 60 * max(seconds(400), 0.005)


@pytest.mark.parametrize(
    "piece",
    [
        "<h2>", "<b>条", "<p>", "<br>", "共3页", "<a href=a.pdf>",
        "<a href=1.html><h3>关于举办</h3><p>发布时间：2020-01-02</p>",
        "<li><a href=/a/1.html>政务公开会议召开</a><span>01-02</span></li>",
        "<tr><td><a href=x>12</a><td>2020-01-02", "当前位置",
        "<span onclick=\"open('/a.html')\">", "<option value=a.html>3</option>", "InitData1=[", "<span>5</span>",
    ],
)  # fmt: skip
def test_a_page_of_one_piece_is_read_in_time_in_proportion(piece):
    def seconds(size):
        html = piece * (size // len(piece))
        tree = parse(html)
        begin = time.process_time()
        read_tree(tree, HOST, html)
        return time.process_time() - begin

    assert seconds(120_000) < 25 * max(seconds(12_000), 0.02)


def test_the_lists_alone_are_those_of_the_listing():
    for path in sorted(LISTINGS.glob("*.html")):
        html = path.read_text("utf-8")
        whole, lists = read_listing(html, HOST), read_lists(parse(html), HOST, html)
        assert (lists.items, lists.reports, lists.title) == (whole.items, whole.reports, whole.title)


# ---------------------------------------------------------------- real pages


def real_pages():
    gold = SHARED / "gold"
    return (
        [path for path in sorted(gold.glob("*.json")) if json.loads(path.read_text()).get("items")]
        if gold.is_dir()
        else []
    )


@pytest.mark.shared
@pytest.mark.parametrize("gold", real_pages(), ids=lambda path: path.stem)
def test_real_listings(gold):
    expected = json.loads(gold.read_text("utf-8"))
    html, _ = decode((SHARED / expected["file"]).read_bytes())
    listing = read_listing(html, expected["url"] or "")
    dates = [(item["title"], item["date"]) for item in expected["items"]]
    assert [(item.title, item.date) for item in listing.items] == dates
    assert listing.title == expected["title"]
    assert (listing.total_pages, listing.total_items) == (expected.get("total_pages"), expected.get("total_items"))
    assert list(listing.next) == [href.partition("#")[0] for href in [expected["next"]] if href]
