"""No page, however broken, stops `derive`; what cannot be read says why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import derive, to_dict
from pipelines.records import Capture

TAGS = st.sampled_from(
    "p div table tr td th span a h1 h2 ul li br form script style !-- ucapcontent o:p b font".split()
)
PIECES = st.one_of(
    TAGS.map("<{}>".format),
    TAGS.map("</{}>".format),
    st.sampled_from(
        [
            '<td colspan="3" rowspan=0>',
            '<a href="x.pdf">',
            '<div id="zoom" style="display:none">',
            "<![CDATA[",
            "&#0;",
            "&nbsp;",
        ]
    ),
    st.text(alphabet="政府信息公开工作年度报告2020年，。、（一）\x00\u3000 0x", max_size=30),
)


def read(body, **about):
    return to_dict(derive(Capture("http://www.xikou.example/a/b.html", body, **about)))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_soup_of_tags_is_read(pieces):
    report = read("".join(pieces).encode())
    assert report["verdict"]
    assert "|" not in report["text"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(body):
    assert read(body)["verdict"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%PDF-1.4 ...", "binary"),
        (b"PK\x03\x04....", "binary"),
        (b"\xd0\xcf\x11\xe0doc", "binary"),
        (b"<p>x" + b"a" * (17 << 20), "too_large"),
    ],
)
def test_what_is_no_page_says_why(body, reason):
    report = read(body)
    assert report["verdict"] == "unreadable"
    assert report["reasons"] == (reason,)
    assert [finding["code"] for finding in report["findings"]] == [reason]


@pytest.mark.parametrize("depth", [2000, 20_000])
@pytest.mark.parametrize("tag", ["div", "table><tr><td", "span", "ul><li", "b"])
def test_thousands_of_levels_deep(tag, depth):
    words = "全年主动公开政府信息3120条，均在门户网站发布，群众可以随时查询。"
    report = read(f"<html><body>{f'<{tag}>' * depth}<p>{words}</p>".encode())
    assert words in report["text"]


def test_a_large_page_is_read_whole():
    lines = [f"第{n}段，这一段有自己的话要说，编号是{n}。" for n in range(20_000)]
    report = read("".join(f"<p>{line}</p>" for line in lines).encode())
    assert report["text"].splitlines() == lines


def test_a_status_of_error_is_no_report():
    page = (
        "<h1>溪口县2020年政府信息公开工作年度报告</h1><div id=zoom>"
        + "<p>主动公开政府信息3120条，行政复议0件。</p>" * 20
    )
    assert read(page.encode())["verdict"] == "report"
    assert read(page.encode(), status=404)["verdict"] == "error_page"


def test_a_label_that_is_no_encoding_is_passed_over():
    report = read(b"<meta charset=x-user-defined><p>\xe9\xe8\xff caf\xe9 d\xe9j\xe0 vu</p>")
    assert report["charset"]["declared"] == "x-user-defined"


def test_escape_characters_do_not_come_out():
    title = "<h1>溪口县2020年政府信息公开&#27;[2J工作年度报告</h1>"
    page = f"{title}<div id=zoom><p>全年&#7;公开&#155;31m信息&#x1b;]0;x&#7;3120条。"
    report = read(page.encode())
    shown = report["text"] + (report["title"] or "") + report["markdown"]
    assert {character for character in shown if character < " " or "\x7f" <= character <= "\x9f"} <= {"\n"}


def test_unclosed_records_do_not_take_for_ever():
    assert read(b"<script>" + b"<record><![CDATA[" * 200_000)["verdict"]


def test_a_report_that_is_a_file_is_known_by_its_link():
    report = read(b"%PDF-1.4 ...", link_text="溪口县2020年政府信息公开工作年度报告")
    assert (report["verdict"], report["year"]) == ("attachment_only", 2020)
    assert [file["url"] for file in report["attachments"]] == ["http://www.xikou.example/a/b.html"]
    assert read(b"%PDF-1.4 ...", link_text="溪口县2020年政府工作报告")["verdict"] == "unreadable"
