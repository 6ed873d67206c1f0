"""The three tables of the statutory form, in both versions; their labels are the law's, the numbers invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crawler.demo.figures import APPLICANTS, REVISED_SINCE, cases, changes, dice, requests, stock

Cell = Callable[[str], str]  # how a CMS dresses the words of a cell

_DENIED = (
    "属于国家秘密", "其他法律行政法规禁止公开", "危及“三安全一稳定”", "保护第三方合法权益",
    "属于三类内部事务信息", "属于四类过程性信息", "属于行政执法案卷", "属于行政查询事项",
)  # fmt: skip
_UNABLE = ("本机关不掌握相关政府信息", "没有现成信息需要另行制作", "补正后申请内容仍不明确")
_UNPROCESSED = (
    "信访举报投诉类申请", "重复申请", "要求提供公开出版物", "无正当理由大量反复申请",
    "要求行政机关确认或重新出具已获取信息",
)  # fmt: skip
_OTHERWISE = (
    "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    "其他",
)
_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_KINDS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
_ENDS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def proactive(issuer: str, year: int, cell: Cell) -> str:
    """The second section's table."""
    rows = _proactive_2021(issuer, year) if year >= REVISED_SINCE else _proactive_2019(issuer, year)
    return _table(rows, cell)


Row = list[tuple[str, int, int]]  # a cell: words, rows and columns it takes


def _proactive_2021(issuer: str, year: int) -> Iterator[Row]:
    came, went = changes(issuer, year, "normative_documents")
    yield [("第二十条第（一）项", 1, 4)]
    yield _row("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")
    yield _row("规章", "0", "0", "0")
    yield _row("行政规范性文件", str(came), str(went), str(stock(issuer, year, "normative_documents")))
    for heading, column, names in (
        ("第二十条第（五）项", "本年处理决定数量", ("行政许可",)),
        ("第二十条第（六）项", "本年处理决定数量", ("行政处罚", "行政强制")),
        ("第二十条第（八）项", "本年收费金额（单位：万元）", ("行政事业性收费",)),
    ):
        yield [(heading, 1, 4)]
        yield [("信息内容", 1, 1), (column, 1, 3)]
        for name in names:
            drawn = dice(issuer, year, name).randint(0, 9000)
            yield [(name, 1, 1), (f"{drawn / 100:.2f}" if "万元" in column else str(drawn), 1, 3)]


def _proactive_2019(issuer: str, year: int) -> Iterator[Row]:
    made, _ = changes(issuer, year, "normative_documents")
    yield [("第二十条第（一）项", 1, 5)]
    yield _wide("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量")
    yield _wide("规章", "0", "0", "0")
    yield _wide("规范性文件", str(made), str(made), str(stock(issuer, year, "normative_documents")))
    for heading, names in (
        ("第二十条第（五）项", ("行政许可", "其他对外管理服务事项")),
        ("第二十条第（六）项", ("行政处罚", "行政强制")),
        ("第二十条第（八）项", ("行政事业性收费",)),
    ):
        yield [(heading, 1, 5)]
        decides = heading != "第二十条第（八）项"
        head = ("上一年项目数量", "本年增/减", "处理决定数量")
        yield _wide("信息内容", *head) if decides else _halves("信息内容", *head[:2])
        for name in names:
            came, went = changes(issuer, year, name)
            moved = (str(stock(issuer, year - 1, name)), f"{came - went:+d}" if came != went else "0")
            decided = str(dice(issuer, year, name, "decided").randint(0, 9000))
            yield _wide(name, *moved, decided) if decides else _halves(name, *moved)
    random = dice(issuer, year, "procurement")
    yield [("第二十条第（九）项", 1, 5)]
    yield _halves("信息内容", "采购项目数量", "采购总金额")
    yield _halves("政府集中采购", str(random.randint(1, 90)), f"{random.randint(1000, 900000) / 100:.2f}万元")


def _row(*words: str) -> Row:
    return [(word, 1, 1) for word in words]


def _wide(name: str, first: str, second: str, third: str) -> Row:
    return [(name, 1, 1), (first, 1, 1), (second, 1, 2), (third, 1, 1)]


def _halves(name: str, first: str, second: str) -> Row:
    return [(name, 1, 1), (first, 1, 2), (second, 1, 2)]


def received(issuer: str, year: int, cell: Cell) -> str:
    """The third section's table."""
    groups: list[tuple[str, tuple[str, ...]]] = [
        ("（一）予以公开", ()),
        ("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", ()),
        ("（三）不予公开", _DENIED),
        ("（四）无法提供", _UNABLE),
        ("（五）不予处理", _UNPROCESSED),
        ("（六）其他处理", _OTHERWISE if year >= REVISED_SINCE else ()),
    ]
    ways = sum(len(leaves) or 1 for _, leaves in groups)
    flow = requests(issuer, year, ways)
    rows: list[Row] = [
        [(_NOTE, 3, 3), ("申请人情况", 1, APPLICANTS + 1)],
        [("自然人", 2, 1), ("法人或其他组织", 1, len(_KINDS)), ("总计", 2, 1)],
        _row(*_KINDS),
        [("一、本年新收政府信息公开申请数量", 1, 3), *_counts(flow.new)],
        [("二、上年结转政府信息公开申请数量", 1, 3), *_counts(flow.carried_in)],
    ]
    ended = iter(flow.results)
    results: list[Row] = []
    for name, leaves in groups:
        if not leaves:
            results.append([(name, 1, 2), *_counts(next(ended))])
        for number, leaf in enumerate(leaves, 1):
            group = [(name, len(leaves), 1)] if number == 1 else []
            results.append([*group, (f"{number}.{leaf}", 1, 1), *_counts(next(ended))])
    results.append([("（七）总计", 1, 2), *_counts(flow.done)])
    results[0].insert(0, ("三、本年度办理结果", len(results), 1))
    rows += results
    rows.append([("四、结转下年度继续办理", 1, 3), *_counts(flow.carried_out)])
    return _table(rows, cell)


def _counts(numbers: list[int]) -> Row:
    return _row(*map(str, [*numbers, sum(numbers)]))


def disputes(issuer: str, year: int, cell: Cell) -> str:
    """The fourth section's table."""
    five = len(_ENDS)
    rows: list[Row] = [
        [("行政复议", 1, five), ("行政诉讼", 1, 2 * five)],
        [*((end, 2, 1) for end in _ENDS), ("未经复议直接起诉", 1, five), ("复议后起诉", 1, five)],
        _row(*_ENDS, *_ENDS),
        _row(*(str(n) for which in ("review", "direct", "after_review") for n in cases(issuer, year, which))),
    ]
    return _table(rows, cell)


def _table(rows: list[Row] | Iterator[Row], cell: Cell) -> str:
    lines = ["".join(_cell(words, down, across, cell) for words, down, across in row) for row in rows]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table border="1" cellspacing="0" cellpadding="0" align="center">\n<tbody>\n{body}\n</tbody>\n</table>'


def _cell(words: str, down: int, across: int, cell: Cell) -> str:
    spans = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
    return f"<td{spans}>{cell(words)}</td>"
