"""Reports on several pages and in frames: by pager, by script, by one link to the next, with the whole text beside."""

from __future__ import annotations

from tests.servers import Answer, Page, redirect
from tests.web import Site
from tests.web.parts import column, rows, titled

HOST = "http://www.articles.example"
COLUMN = f"{HOST}/zwgk/xxgknb/"
ISSUER = "安禾县"
TABLE = (("信息内容", "本年制发件数", "本年废止件数"), ("规章", "0", "0"), ("行政规范性文件", "6", "1"))


def parts(year: int) -> tuple[str, str, str]:
    """The report of a year in three pieces, the table in the second and an attachment in the third."""
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TABLE)
    return (
        f"""<p>本报告根据《中华人民共和国政府信息公开条例》编制，所列数据的统计期限从{year}年1月1日起至{year}年12月31日止。</p>
<p>一、总体情况</p><p>{year}年，{ISSUER}各单位按照要求公开各类信息，县政府网站全年更新栏目内容{year % 97 + 300}条，
按时答复群众提出的公开申请，并对各乡镇的公开平台做了两次检查，检查结果在全县范围内通报。</p>""",
        f"""<p>二、主动公开政府信息情况</p><p>全年发布文件{year % 13 + 20}件，均在规定时间内完成。</p>
<table border="1">{cells}</table>
<p>三、收到和处理政府信息公开申请情况</p><p>共收到申请{year % 7 + 3}件，全部按期答复，没有收取费用。</p>""",
        f"""<p>四、存在的主要问题及改进情况</p><p>部分乡镇更新不够及时，下一步将安排专人负责，每季度通报一次。</p>
<p>附件：<a href="/files/tj{year}.xls">{year}年统计表.xls</a></p>
<p>{ISSUER}人民政府办公室</p><p>{year + 1}年1月20日</p>""",
    )


def article(year: int, text: str, below: str = "", **headers: str) -> Page:
    """A page of the portal around a piece of a report."""
    title = titled(year, ISSUER)
    return Page(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>
<div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a> <a href="/zmhd/">政民互动</a></div>
<h1>{title}</h1><div class="info">发布日期：{year + 1}-01-20　来源：{ISSUER}人民政府办公室　【字体：大 中 小】</div>
<div class="TRS_Editor">{text}</div>{below}
<div class="footer">主办：{ISSUER}人民政府办公室　联系电话：0999-1234567</div></body></html>""".encode(),
        headers=headers,
    )


def name(year: int, page: int = 0) -> str:
    """The address of a page of a report; 0 is the first."""
    return f"{COLUMN}t{year + 1}0120_88{year}{f'_{page}' if page else ''}.html"


def pager(year: int, page: int, of: int = 3) -> str:
    links = (f'<a href="{name(year, other)}">{other + 1}</a>' for other in range(of) if other != page)
    return f'<div class="page">{" ".join(links)}</div>'


def onward(year: int, page: int) -> str:
    return f'<p align="center"><a href="{name(year, page)}">下一页</a></p>'


def pages() -> dict[str, Answer]:
    found: dict[str, Answer] = {
        f"{HOST}/files/tj{year}.xls": Page(b"\xd0\xcf\x11\xe0" + bytes(2000)) for year in range(2016, 2024)
    }
    # 2023: every page names all others; their servers know whether they have changed
    for page, text in enumerate(parts(2023)):
        found[name(2023, page)] = article(2023, text, pager(2023, page), ETag=f'"2023-{page}"')
    # 2022: a script names them
    script = '<script>createPageHTML(3, {}, "t20230120_882022", "html");</script>'
    for page, text in enumerate(parts(2022)):
        found[name(2022, page)] = article(2022, text, script.format(page))
    # 2021: each page names the next alone
    for page, text in enumerate(parts(2021)):
        found[name(2021, page)] = article(2021, text, onward(2021, page + 1) if page < 2 else "")
    # 2020: and one has them all
    for page, text in enumerate(parts(2020)):
        found[name(2020, page)] = article(
            2020, text, pager(2020, page) + f'<p><a href="{name(2020, 9)}">余下全文</a></p>'
        )
    found[name(2020, 9)] = article(2020, "".join(parts(2020)))
    # 2019: in a frame
    found[name(2019)] = article(2019, '<iframe src="nr_2019.htm" width="100%" height="900"></iframe>')
    found[f"{COLUMN}nr_2019.htm"] = Page(f'<meta charset="utf-8"><body>{"".join(parts(2019))}</body>'.encode())
    # 2018: its second page is gone; 2017: it was moved; 2016: what comes is a page that says that there is none
    first, second, third = parts(2018)
    found[name(2018)] = article(2018, first + third, pager(2018, 0, 2))
    first, second, third = parts(2017)
    found[name(2017)] = article(2017, first, pager(2017, 0, 2))
    found[name(2017, 1)] = redirect("/moved/2017.html", 301)
    found[f"{HOST}/moved/2017.html"] = article(2017, second + third)
    first, second, third = parts(2016)
    found[name(2016)] = article(2016, first + second + third, pager(2016, 0, 2))
    found[name(2016, 1)] = Page("<title>提示</title><body><p>您访问的页面不存在或已删除</p></body>".encode())
    return found


YEARS = range(2023, 2015, -1)
SITES = (
    Site(
        name="articles",
        family="trs",
        start=(COLUMN,),
        pages={
            COLUMN: column(
                f"<ul>{rows((name(year), titled(year, ISSUER), f'{year + 1}-01-20') for year in YEARS)}</ul>"
            ),
            **pages(),
        },
        reports=frozenset(map(name, YEARS)),
        lists={COLUMN: "end"},
        most=1,
        traps="reports on several pages, of which some are gone, moved or in a frame",
    ),
)
