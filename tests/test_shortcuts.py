"""What is told by a quick way on most pages must be what the plain way tells on all."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import dom, furniture, tables
from pipelines.dates import find_dates, normal
from pipelines.fingerprint import normalise
from pipelines.lines import seen_lines

CHINESE = st.text(
    alphabet="青禾县年报：；，。！？（）％１２①㎡℃～－…\u3000\u0301\u0338＝＞＜e\u200b\xa0 |:a", max_size=40
)


@settings(deadline=None)
@given(CHINESE | st.text(max_size=40))
def test_folding_is_nfkc(words: str) -> None:
    assert normal(words) == unicodedata.normalize("NFKC", words)


@settings(deadline=None)
@given(CHINESE)
def test_normalised_words_have_no_white_space_no_bar_and_nothing_invisible(words: str) -> None:
    expected = "".join(char for char in unicodedata.normalize("NFKC", words) if not char.isspace())
    assert normalise(words) == expected.replace("|", "").replace("\u200b", "")


@pytest.mark.parametrize(
    "markup",
    [
        "<p>青禾县<b>水利局</b><!-- 注 -->年报</p>",
        "<p>甲<br>乙<span> </span>丙&nbsp;丁&copy;&unknown;</p>",
        "<div>前<script>var a = '字';</script><style>p {}</style>后</div>",
        "<table><tr><td>一<td>二<tr><td><p>三</p>\n四</table>",
        "<p></p>",
    ],
)
def test_inner_text_is_that_of_itertext(markup: str) -> None:
    for element in dom.parse(markup).iter("p", "div", "table", "td", "script", "body"):
        assert dom.inner_text(element) == "".join(element.itertext())


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\ufffe", "\uffff"])
def test_control_characters_are_dropped_before_the_markup_is_mended(control: str) -> None:
    root = dom.parse(f"<p>青{control}禾县</{control}p>年报</bo{control}dy><p>附件</p>")
    assert [line.text for line in seen_lines(root.find("body"))] == ["青禾县", "年报", "附件"]


@pytest.mark.parametrize("length", [10, 3000])
def test_a_style_hides_however_long_it_is(length: int) -> None:
    filler = "mso-style:x;" * (length // 12)
    root = dom.parse(f'<p>甲</p><p style="{filler}DISPLAY : none">乙</p><p style="{filler}color:red">丙</p>')
    for _ in range(2):  # the second time from memory
        assert [line.text for line in seen_lines(root.find("body"))] == ["甲", "丙"]


def test_white_space_between_blocks_ends_the_count_of_links() -> None:
    body = dom.parse('<div><a href="/a"><img></a> <p>青禾县</p> <a href="/b">年报</a></div>').find("body")
    assert [(line.text, line.links) for line in seen_lines(body)] == [("青禾县", 0), ("年报", 1)]


def test_a_named_part_reaches_down_through_more_levels_than_python_may_call() -> None:
    deep = 1500
    inner = "<div>" * deep + "<p>分享到微信</p>" + "</div>" * deep
    text = "青禾县水利局全年主动公开信息一百二十条，办理依申请公开三件。" * 9
    body = dom.parse(f"<div id='zoom'><p>{text}</p><div class='share'>{inner}</div></div>").find("body")
    sifted = list(furniture.sift(list(seen_lines(body)), body))
    assert [(line.text[:5], rule) for line, rule in sifted] == [("青禾县水利", None), ("分享到微信", "named part")]


def test_cells_that_reach_over_others_leave_their_slots_empty() -> None:
    html = "<table><tr><td rowspan=2>甲<td colspan=2>乙<tr><td colspan=x>丙<td rowspan=0>丁<tr><td>戊</table>"
    rows, spans = tables.grid(dom.parse(html).find(".//table"))
    assert rows == (("甲", "乙", ""), ("", "丙", "丁"), ("戊", "", ""))
    assert [(span.row, span.column, span.rowspan, span.colspan) for span in spans] == [
        (0, 0, 2, 1),
        (0, 1, 1, 2),
        (1, 2, 2, 1),
    ]


@pytest.mark.parametrize("words", ["2021年1月5日", "1999-12-31", "二〇二一年一月五日", "签于 2021/1/5 10:30"])
def test_dates_are_found_whatever_their_century_is_written_in(words: str) -> None:
    assert len(list(find_dates(normal(words)))) == 1
