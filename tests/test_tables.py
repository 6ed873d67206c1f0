"""Grids after WHATWG HTML 4.9.12, and which tables hold data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dom import parse
from pipelines.records import Span
from pipelines.tables import grid, is_data

PICTURE = "<td><img src=a.jpg></td>"


def table(html):
    return next(parse(html).iter("table"))


def test_spans_leave_the_other_slots_empty():
    rows, spans = grid(
        table(
            "<table><tr><th rowspan=2>项目</th><th colspan=2>申请人</th></tr><tr><td>自然人</td><td>总计</td></tr>"
            "<tr><td>新收</td><td>3</td><td>4</td></tr></table>"
        )
    )
    assert rows == (("项目", "申请人", ""), ("", "自然人", "总计"), ("新收", "3", "4"))
    assert spans == (Span(0, 0, 2, 1), Span(0, 1, 1, 2))


@pytest.mark.parametrize(
    ("attribute", "width"),
    [("colspan=0", 1), ("colspan=-2", 1), ("colspan='2px'", 2), ("colspan=x", 1), ("colspan=99999999", 1000)],
)
def test_span_attributes_are_read_as_browsers_do(attribute, width):
    rows, _ = grid(table(f"<table><tr><td {attribute}>甲</td></tr></table>"))
    assert len(rows[0]) == width


def test_rowspan_zero_reaches_the_last_row():
    rows, _ = grid(
        table("<table><tr><td rowspan=0>甲</td><td>1</td></tr><tr><td>2</td></tr><tr><td>3</td></tr></table>")
    )
    assert rows == (("甲", "1"), ("", "2"), ("", "3"))


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>甲<td>1<tr><td>乙<td>2<tr><td>丙<td>3</table>",
        "<table><td>甲</td><td>1</td><tr><td>乙</td><td>2</td></tr><td>丙</td><td>3</td></tr></table>",
        "<table><tbody><tr><td>甲</td><td>1</td></tr><td>乙</td><td>2</td></tr><tr><td>丙</td><td>3</td></tbody></table>",
        "<table><form><tr><td>甲</td><td>1</td></tr></form><tr><td>乙</td><td>2</td></tr><tr><td>丙<td>3</table>",
    ],
    ids=["no ends", "no first row", "no start of a row", "form"],
)
def test_forgotten_tags_of_rows(html):
    rows, _ = grid(table(html))
    assert rows == (("甲", "1"), ("乙", "2"), ("丙", "3"))


def test_paragraphs_of_a_cell_are_joined():
    rows, _ = grid(
        table(
            "<table><tr><td><p>商业</p><p>企业</p></td><td>本年新<br>收 <b>3</b></td>"
            "<td style='display:none'>x</td></tr></table>"
        )
    )
    assert rows == (("商业企业", "本年新收 3", ""),)


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=5), min_size=1, max_size=6)
)
def test_every_cell_lands_once_where_a_browser_puts_it(layout):
    """Against the plain statement of the algorithm: the first free slot of its row, then fill what it spans."""
    html, number = "<table>", 0
    owner = {}
    for y, row in enumerate(layout):
        html += "<tr>"
        x = 0
        for colspan, rowspan in row:
            number += 1
            html += f"<td colspan={colspan} rowspan={rowspan}>{number}</td>"
            while (y, x) in owner:
                x += 1
            for dy in range(min(rowspan, len(layout) - y)):
                for dx in range(colspan):
                    owner.setdefault((y + dy, x + dx), number if dx == dy == 0 else 0)
            owner[y, x] = number
            x += colspan
        html += "</tr>"
    rows, _ = grid(table(html + "</table>"))
    assert {(y, x): int(cell) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell} == {
        slot: n for slot, n in owner.items() if n
    }


def test_a_hostile_span_does_not_fill_the_memory():
    rows, _ = grid(table("<table>" + "<tr>" + "<td colspan=1000 rowspan=60000>x</td>" * 400 + "</tr></table>"))
    assert sum(map(len, rows)) <= 500_000


@pytest.mark.parametrize(
    ("html", "data"),
    [
        (
            f"<table><tr>{PICTURE}<td><p>听取了汇报。</p><p>抓好落实。</p><tr><td colspan=2>研究了事项。</table>",
            False,
        ),
        (f"<table><tr>{PICTURE}{PICTURE}<tr><td>图一：会场<td>图二：参会人员</table>", False),
        (
            f"<table><tr><td>序号<td>名称<td>二维码<tr><td>1<td>溪口发布{PICTURE}<tr><td>2<td>溪口政务{PICTURE}</table>",
            True,
        ),
        ("<table><tr><td>规章</td><td>0</td></tr><tr><td>规范性文件</td><td>3</td></tr></table>", True),
        ("<table><tr><td>全文一格</td></tr></table>", False),
        (
            "<table><tr><td><table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table></td><td>x</td></tr></table>",
            False,
        ),
        (
            "<table><tr><td>"
            + "这是正文，讲了很多事情。" * 20
            + "</td><td></td></tr><tr><td>"
            + "第二段也很长，不是数据。" * 20
            + "</td><td></td></tr></table>",
            False,
        ),
        (
            "<table><tr><td>违法事实</td><td>"
            + "一是不按规定公开；二是不答复。" * 12
            + "</td></tr><tr><td>依据</td><td>条例</td></tr><tr><td>日期</td><td>7月8日</td></tr></table>",
            True,
        ),
    ],
)
def test_data_or_layout(html, data):
    assert is_data(table(html)) is data
