"""Epoint: lists drawn from a service whose address and key stand in a script; pages counted from 0 or from 1."""

from typing import Any
from urllib.parse import quote

from tests.servers import NOWHERE, Answer, Handler, Page
from tests.web import Site
from tests.web.parts import as_json, column, posted, report, titled

ISSUER = "安禾县"
GUID = "7eb5f7f1-9041-43ad-8e13-8fcb82ea831a"
YEARS = sorted(range(1990, 2023), reverse=True)


def _shell(start: str = "") -> Page:
    return column(
        f"""<div class="ewb-right"><ul class="ewb-list" id="govlist"></ul><div class="ewb-page" id="page"></div></div>
<script src="/js/webBuilderCommon.js"></script><script>{start}
ajaxReq.post(siteInfo.projectName + "/rest/lightfrontaction/getgovinfolist", draw); $.ajax({{}});</script>"""
    )


def _script(project: str) -> Page:
    site = f'{{"siteGuid": "{GUID}", "projectName": "{project}", "isonlyintranet": "0"}}'
    return Page(f"// 公共脚本\nvar siteInfo = {site};\nvar ajaxReq = {{ post: function () {{}} }};".encode())


def _records(host: str, years: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{titled(year, ISSUER)[:12]}…",
            "realtitle": f"<font color='red'>{titled(year, ISSUER)}</font>",
            "infourl": _href(year),
            "infodate": f"{year + 1}-01-20 09:30:00",
        }
        for year in years
    ]


def _href(year: int) -> str:
    return f"/govxxgk/11210800/{year + 1}-01-20/0b7c1a52-4d1e-4c3a-9e0f-00000000{year}.html"


def _service(host: str, page: str, first: int, *, wrapped: bool = False) -> Answer:
    """The service: without the page as referer 404, by wrong parameters nothing, beyond the end nothing."""

    def answers(handler: Handler) -> None:
        sent: Any = posted(handler)
        if handler.headers.get("Referer") != page or handler.command != "POST":
            NOWHERE(handler)
            return
        asked = sent.get("params") if wrapped else sent
        if not asked or asked.get("siteGuid") != GUID or asked.get("categorynum") != "003001006":
            as_json({"status": {"code": 0, "text": "参数错误"}})(handler)
            return
        index, size = max(0, int(asked["pageIndex"]) - first), int(asked["pageSize"])
        chosen = YEARS[index * size : (index + 1) * size]
        as_json({"custom": {"code": 1, "total": str(len(YEARS)), "data": _records(host, chosen)}})(handler)

    return answers


def _site(name: str, first: int, project: str, *, wrapped: bool, most: int, traps: str) -> Site:
    host = f"http://www.{name}.example"
    page = f"{host}/dynamic/zwgk/govInfoPubright.html?categorynum=003001006&deptcode="
    return Site(
        name=name,
        family="epoint",
        start=(page,),
        pages={
            page: _shell(),
            f"{host}/js/webBuilderCommon.js": _script(project),
            f"{host}{project}/rest/lightfrontaction/getgovinfolist": _service(host, page, first, wrapped=wrapped),
            **{host + _href(year): report(ISSUER, year) for year in YEARS},
        },
        reports=frozenset(host + _href(year) for year in YEARS),
        lists={page: "complete"},
        most=most,
        traps=traps,
    )


# ---------------------------------------------------------------- a static list in a shell

STATIC = "http://www.epoint-static.example"
_LIST = "/govxxgk/114110/category/002/002001/govlist.html"
_SHELL = f"{STATIC}/govxxgk/openSubPage.html?specialurl={quote(_LIST, safe='')}&righttitle={quote('信息公开年度报告')}"
_STATIC_YEARS = sorted(range(2014, 2024), reverse=True)


def _static(number: int) -> Page:
    rows = "".join(
        f'<li class="ewb-list-node clearfix"><a href="{_href(year)}" title="{titled(year, ISSUER)}">'
        f'{titled(year, ISSUER)}</a><span class="ewb-list-date">{year + 1}-01-20</span></li>'
        for year in _STATIC_YEARS[(number - 1) * 4 : number * 4]
    )
    links = "".join(
        f'<li class="ewb-page-li{" ewb-page-hover" if page == number else ""}"><a href="{_name(page)}">{page}</a></li>'
        for page in (1, 2, 3)
    )
    return column(
        f"""<ul class="ewb-list">{rows}</ul><div class="ewb-page"><ul class="ewb-page-items">{links}
<li class="ewb-page-li ewb-page-noborder ewb-page-num"><span id="index">{number}/3</span></li></ul></div>""",
        title="信息公开年度报告",
    )


def _name(page: int) -> str:
    return _LIST if page == 1 else _LIST.replace("govlist", str(page))


SITES = (
    _site(
        "epoint-zero",
        0,
        "/EWB-FRONT",
        wrapped=False,
        most=4,
        traps="counts from 0, titles with tags, total as a string, 404 without referer",
    ),
    _site(
        "epoint-one",
        1,
        "/EWB_AH_Mid",
        wrapped=True,
        most=6,
        traps="counts from 1 and takes 0 for 1; parameters in a wrapping, as strings",
    ),
    Site(
        name="epoint-static",
        family="epoint",
        start=(_SHELL,),
        pages={
            _SHELL: column(
                '<div class="ewb-right"><iframe id="sub" src=""></iframe></div><script src="/js/x.js"></script>'
            ),
            **{STATIC + _name(page): _static(page) for page in (1, 2, 3)},
            **{STATIC + _href(year): report(ISSUER, year) for year in _STATIC_YEARS},
        },
        reports=frozenset(STATIC + _href(year) for year in _STATIC_YEARS),
        lists={_SHELL: "complete"},
        most=4,
        traps="a shell that says in its address what its frame is to show",
    ),
)
