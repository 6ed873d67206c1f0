"""No page, however broken, stops `derive`; what cannot be read says why."""

import re
from pathlib import Path

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


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_soup_of_tags_is_read(pieces):
    report = read("".join(pieces).encode())
    assert report["verdict"]
    assert "|" not in report["text"]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(body):
    assert read(body)["verdict"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%PDF-1.4 ...", "damaged"),
        (b"PK\x03\x04....", "unsupported"),
        (b"\xd0\xcf\x11\xe0doc", "unsupported"),
        (b"<p>x" + b"a" * (17 << 20), "too_large"),
    ],
)
def test_what_is_no_page_says_why(body, reason):
    report = read(body)
    assert report["verdict"] == "unreadable"
    assert report["reasons"] == (reason,)
    assert [finding["code"] for finding in report["findings"]] == [reason]


@pytest.mark.parametrize("depth", [300, 5000])
@pytest.mark.parametrize("tag", ["div", "table><tr><td", "span", "ul><li", "b"])
def test_thousands_of_levels_deep(tag, depth):
    words = "全年主动公开政府信息3120条，均在门户网站发布，群众可以随时查询。"
    report = read(f"<html><body>{f'<{tag}>' * depth}<p>{words}</p>".encode())
    assert words in report["text"]


SENTENCE = "全年主动公开政府信息3120条，均在门户网站发布，群众可以随时查询。"
LINES = "第一<b>条\n" * 9_000
OWN = [path.read_bytes() for path in sorted(Path(__file__).parent.joinpath("pages").glob("*/page.html"))]
DAMAGE = st.sampled_from(
    [b"<", b">", b'"', b"<!--", b"]]>", b"</table>", b"<td colspan=1000000000>", b"\xff", b"\xe4\xbd", b"\x00"]
)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(OWN), st.data())
def test_a_page_broken_off_anywhere_is_read(page, data):
    assert read(page[: data.draw(st.integers(0, len(page)))])["verdict"]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(OWN), st.lists(st.tuples(st.floats(0, 1), DAMAGE | st.binary(max_size=8)), min_size=1, max_size=12)
)
def test_a_page_with_damage_anywhere_is_read(page, damage):
    for share, piece in damage:
        at = int(share * len(page))
        page = page[:at] + piece + page[at + len(piece) // 2 :]
    assert read(page)["verdict"]


@pytest.mark.parametrize(
    "page",
    [
        f'<div id="zoom" class="{"content " * 50_000}"><p style="{"display;" * 100_000}">{SENTENCE}</p></div>',
        f'<div id="zoom">{"<i></i>" * 10_000}<p>{SENTENCE}</p></div>',
        f'<div id="zoom"><p>{SENTENCE}</p><pre>{LINES[:200]}{"<pre>" * 200}{LINES}</pre></div>',
        f"<title>{'溪口县人民政府' * 50_000}</title><p>{SENTENCE}</p>{'<p>溪口县人民政府办公室</p>' * 3_000}",
        f"<div id=zoom><p>{SENTENCE}</p><table>{'<td>项目</td>' * 5_000}</table></div>",
        f"<p>{SENTENCE}</p>{'<b style=opacity:0>' * 200}{'<i></i>' * 5_000}",
        f'<div id="zoom"><p>{SENTENCE}</p>{"<p>第一条</p>" * 4_000}</div>',
        f'<div id="zoom"><p>{SENTENCE}</p><table>{"<tr><td>项目<td>3" * 1_000}</table></div>',
        (
            f"<div id=zoom><p>{SENTENCE}</p><table><tr><td colspan=1000000000>a<td>b<tr>"
            "<td rowspan=1000000000>1<td>2</table>"
        ),
        f"<p>{SENTENCE}</p><script>var content = '{chr(92) * 300_001}</script>",
        f"<p>{SENTENCE}</p><script>{'content=' * 100_000}</script>",
        f"<p>{SENTENCE}</p><script>{chr(61) + chr(34)}{'a' * 500_000}</script>{'&lt;' * 100_000}",
        f"<p>{SENTENCE}</p><textarea id=content>{'&lt;' * 100_000}</textarea>",
        f"<p>{SENTENCE}</p>" + "".join(f'<div id="page{n}" style="display:none">x</div>' for n in range(2_000)),
    ],
    ids="attributes siblings lines title cells faint paragraphs rows spans escapes keys strings entities pages".split(),
)
def test_hostile_sizes_are_read(page):
    assert SENTENCE in read(page.encode())["text"]


def spaced(page):
    """White space where a browser shows none: between the tags of blocks."""
    blocks = "p|div|table|tr|td|th|tbody|h1|h2|h3|ul|li|body|html"
    return re.sub(rf"(</(?:{blocks})>)(<(?:{blocks})\b)", "\\1\n\t \\2", page)


def shouted(page):
    return re.sub(r"<(/?)([a-z]\w*)", lambda tag: f"<{tag[1]}{tag[2].upper()}", page)


def turned(page):
    """The attributes of each tag the other way round."""

    def turn(tag):
        return f"<{tag[1]} {' '.join(reversed(re.findall(ATTRIBUTE, tag[2])))}>"

    return re.sub(rf"<([a-zA-Z]\w*)((?:\s+{ATTRIBUTE})+)\s*>", turn, page)


ATTRIBUTE = r"""[\w-]+=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""


@pytest.mark.parametrize("change", [spaced, shouted, turned])
@pytest.mark.parametrize("page", OWN)
def test_the_text_does_not_depend_on_how_markup_is_written(page, change):
    before = page.decode("utf-8", "replace")
    after = change(before)
    if after == before:
        pytest.skip("the page has nothing to change")
    assert read(after.encode())["text"] == read(before.encode())["text"]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(OWN), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_the_text_does_not_depend_on_the_encoding(page, codec):
    html = re.sub(r"charset=[\"']?[\w-]+[\"']?", "", page.decode("utf-8", "ignore"))
    same = read(html.encode("utf-8"), content_type="text/html; charset=utf-8")["text"]
    assert read(html.encode(codec), content_type=f"text/html; charset={codec}")["text"] == same


def test_a_large_page_is_read_whole():
    lines = [f"第{n}段，这一段有自己的话要说，编号是{n}。" for n in range(4_000)]
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
    assert read(b"<script>" + b"<record><![CDATA[" * 30_000)["verdict"]


def test_a_report_that_is_a_file_is_known_by_its_link():
    report = read(b"%PDF-1.4 ...", link_text="溪口县2020年政府信息公开工作年度报告")
    assert (report["verdict"], report["year"]) == ("attachment_only", 2020)
    assert [file["url"] for file in report["attachments"]] == ["http://www.xikou.example/a/b.html"]
    assert read(b"%PDF-1.4 ...", link_text="溪口县2020年政府工作报告")["verdict"] == "unreadable"
