"""Visits and reports of an invented county, for the tests of the archive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipelines.fingerprint import fingerprint
from pipelines.records import (
    Access,
    Attachment,
    Charset,
    Evidence,
    Expect,
    Finding,
    Identity,
    Issuer,
    Item,
    Portal,
    Report,
    Section,
    Span,
    Table,
    Visit,
)

ANHE = Portal(
    id="anhe",
    name="安和县",
    code="439921",
    home="http://www.anhe.example/",
    hosts=("www.anhe.example", "zwgk.anhe.example"),
    start=("http://www.anhe.example/nb/",),
    family="generic",
    expect=Expect(2008, 12),
    access=Access(1.5),
    sha256="0" * 64,
)
RECIPE = "test.1"
DAY = datetime(2024, 3, 1, 8, 0, tzinfo=UTC)
NB = "http://www.anhe.example/nb/"

SENTENCES = (
    "安和县人民政府办公室依照条例编制本年度报告。",
    "全年主动公开信息三百二十条，其中规范性文件六件。",
    "收到公开申请四件，均在期限内答复。",
    "下一步将改进目录，方便群众查询。",
)


def visit(number, url=NB + "2020.html", body=b"<p>2020</p>", **fields):
    values = {
        "number": number,
        "portal": ANHE,
        "role": "report",
        "url": url,
        "requested_at": DAY + timedelta(seconds=number),
        "outcome": "fetched",
        "status": 200,
        "response_headers": (("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{number}"')),
        "body": body,
    }
    return Visit(**(values | fields))


def report(
    url=NB + "2020.html", *, year=2020, issuer="安和县人民政府", text=None, recipe=RECIPE, verdict="report", **fields
):
    words = "\n".join((f"安和县{year}年政府信息公开工作年度报告", *SENTENCES)) if text is None else text
    identity = Identity(
        title=f"安和县{year}年政府信息公开工作年度报告",
        issuer=issuer
        and Issuer(
            issuer,
            "government" if issuer.endswith("人民政府") else "department",
            "439921" if issuer.startswith("安和县") else None,
            ("湖东省", issuer[:3]),
        ),
        year=year,
        period=(f"{year}-01-01", f"{year}-12-31") if year else None,
        published_on=f"{year + 1}-01-20" if year else None,
        source="安和县政府办",
        evidence=(Evidence("year", str(year), "title", f"{year}年"),),
    )
    values = {
        "url": url,
        "charset": Charset("gb2312", "gb18030", "gb18030", 1),
        "identity": replace(identity, **fields),
        "text": words,
        "markdown": "# " + words,
        "sections": (
            Section(1, "一、", "总体情况", "\n".join(SENTENCES[:2])),
            Section(1, "二、", "依申请公开", "不在正文里的一句"),
            Section(1, "三、", "改进", SENTENCES[3]),
        ),
        "tables": (Table("申请情况", 3, (("新收", "4"), ("结转", "")), (Span(0, 0, 1, 2),)),),
        "attachments": (Attachment("全文下载", "fj/2020.doc", NB + "fj/2020.doc#top"),),
        "items": (Item("2019年报告", "2019.html", "2020-01-15"),),
        "verdict": verdict,
        "reasons": ("标题写明年度报告",),
        "findings": (Finding("number_repeated", "warning", "编号重复", "二、"),),
        "fingerprint": fingerprint(words),
        "recipe": recipe,
    }
    return Report(**values)


def begun(archive, recipe=RECIPE):
    return archive.start_run("crawl anhe", settings={"DELAY": 1}, versions={"gongkai": "0.1.0"}, recipe=recipe)
