"""Copies that lie, and pages that were broken into: who is accused, on what grounds, and what is proposed instead."""

import csv
from collections import Counter
from functools import cache

import pytest

from pipelines import derive, hosts, spam, true_address
from pipelines.mirrors import SIGNALS
from pipelines.records import Capture, Portal, Substitution
from tests import mirror_pages as pages
from tests.conftest import SHARED
from tests.mirror_pages import CHROMES, HOSTS, QINGHE, VICTIMS, Case, known, prose
from tests.mirror_pages_held_out import held_out

KNOWN = {case.name: case for case in known()}
HELD_OUT = {case.name: case for case in held_out()}
NOWHERE = "about:blank"


@cache
def read(case: Case, url: str):
    return derive(Capture(url, case.html.encode()))


def judged(case: Case, url: str) -> str:
    report = read(case, url)
    if report.verdict == "mirror":
        return "mirror"
    return "hijacked" if any(finding.code == "hijacked" for finding in report.findings) else "honest"


@pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN)
def test_with_the_host_known(case):
    assert judged(case, case.url) == case.truth


@pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN)
def test_with_the_host_hidden(case):
    assert judged(case, NOWHERE) == (case.truth if case.traced or case.truth != "mirror" else "honest")


def test_pages_that_no_rule_was_made_for():
    cases = HELD_OUT.values()
    told = Counter((case.truth, judged(case, case.url)) for case in cases)
    blind = Counter((case.truth, judged(case, NOWHERE)) for case in cases if case.traced)
    assert told["mirror", "mirror"] >= 0.99 * sum(case.truth == "mirror" for case in cases) > 35
    assert blind["mirror", "mirror"] >= 0.95 * sum(case.truth == "mirror" for case in cases if case.traced) > 30
    accused = [(truth, verdict) for truth, verdict in (*told, *blind) if truth not in ("mirror", verdict)]
    assert accused == []


# ---------------------------------------------------------------- real pages


def real_pages():
    index = SHARED / "pages" / "INDEX.tsv"
    lines = index.read_text("utf-8").splitlines() if index.is_file() else []
    return [pytest.param(row, id=row["file"]) for row in csv.DictReader(lines, delimiter="\t")]


@pytest.mark.shared
@pytest.mark.parametrize("row", real_pages())
def test_no_real_page_is_accused(row):
    body = (SHARED / "pages" / row["file"]).read_bytes()
    for url in {row["url"] or f"http://{row['host']}/x.html", NOWHERE}:
        report = derive(Capture(url, body))
        assert report.verdict != "mirror", report.reasons
        assert "hijacked" not in {finding.code for finding in report.findings}


@pytest.mark.shared
@pytest.mark.parametrize("row", [row for row in real_pages() if row.id.startswith("report-pingtan-20")])
def test_a_real_report_on_a_foreign_host_is_a_mirror(row):
    report = derive(Capture(f"http://{HOSTS[0]}/x.html", (SHARED / "pages" / row["file"]).read_bytes()))
    assert report.verdict == "mirror"


# ---------------------------------------------------------------- what is proposed

UNDONE = [
    name
    for name in KNOWN
    if name.startswith(("full name", "name and 关于", "关于", "政府信息公开", "《条例》", "noise"))
    and KNOWN[name].victim
]


def chrome_of(case: Case):
    """The portal that the page of a case was made from, by the number at the end of its name."""
    return CHROMES[int(case.name.rpartition(" ")[2]) % 3]


@pytest.mark.parametrize("name", UNDONE)
def test_the_restored_text_is_that_of_the_true_page(name):
    case = KNOWN[name]
    report = read(case, case.url)
    true = derive(Capture(case.victim.url, chrome_of(case)(case.victim, prose(case.victim)).encode()))
    names_own = case.victim.host in case.html.replace(f"@{case.victim.host[4:]}", f"@{case.victim.host}")
    if names_own:  # else nothing on the page says what the mirror's host stands for
        assert report.lead.restored == true.text
    else:
        assert report.lead.restored.replace(report_host(case), case.victim.host) == true.text
    assert report.text != true.text  # what the page says stays what it says


def report_host(case: Case) -> str:
    return hosts.of(case.url)


def test_every_substitution_is_listed_with_its_grounds():
    case = KNOWN["name and 关于 3"]
    listed = read(case, case.url).lead.substitutions
    grounds = {(one.found, one.proposed): one for one in listed}
    name, about = grounds["欧洲杯决赛竞猜", "柳林区人民政府"], grounds["欧洲杯决赛竞猜:", "关于"]
    text = read(case, case.url).text
    assert name.times + about.times == text.count("欧洲杯决赛竞猜")
    assert about.times == text.count("欧洲杯决赛竞猜:")
    assert "柳林区" in name.basis


def test_what_the_page_does_not_tell_is_not_made_up():
    """All names are gone but the short one: with 全县 it is the county's, without it nobody's."""
    case = KNOWN["county 0"]
    lead = read(case, case.url).lead
    assert [(one.found, one.proposed) for one in lead.substitutions if "365" in one.found] == [("mobile288-365", "")]
    assert "青禾县" not in lead.restored
    told = case.html.replace("组织培训2期", "组织全县培训2期")
    lead = derive(Capture(case.url, told.encode())).lead
    assert [one.proposed for one in lead.substitutions if "365" in one.found] == ["青禾县"]
    assert "青禾县人民政府办公室" in lead.restored


def test_a_portal_file_says_whose_page_it_was():
    portal = Portal("qinghe", "青禾县", None, f"http://{QINGHE.host}/", (QINGHE.host,))
    case = KNOWN["county 0"]
    lead = derive(Capture(case.url, case.html.encode(), portal=portal)).lead
    assert lead.address == QINGHE.url
    assert Substitution("mobile288-365", "青禾县", 11, "the portal's name") in lead.substitutions


def test_a_host_that_the_portal_file_names_is_no_foreign_one():
    case = KNOWN["clean 0"]
    portal = Portal("qinghe", "青禾县", None, case.url, (hosts.of(case.url),))
    assert derive(Capture(case.url, case.html.encode(), portal=portal)).verdict == "report"


@pytest.mark.parametrize("case", [case for case in KNOWN.values() if case.address], ids=lambda case: case.name)
def test_the_true_address(case):
    address = read(case, case.url).lead.address
    assert address in (case.address, case.victim.url)


def test_the_true_host_is_told_where_the_page_still_names_it():
    addresses = [(case, read(case, case.url).lead.address) for case in KNOWN.values() if case.address]
    named = [case for case, address in addresses if address == case.victim.url]
    silent = [case for case, address in addresses if address == case.address]
    assert len(named) > len(silent) > 0
    assert not any(f"//{case.victim.host}" in case.html for case in silent)


@pytest.mark.parametrize(
    ("path", "true"),
    [
        ("/html/c1520170612i146779.html", "/c15/20170612/i146779.html"),
        (
            "/html/zzhengwugongkaizhengfuxinxigongkaixinxigongkainianbao2016-06-1649225.html",
            "/z/zhengwugongkai/zhengfuxinxigongkai/xinxigongkainianbao/2016-06-16/49225.html",
        ),
        ("/html/zwgkgfybz....info101523195.html", "/info/1015/23195.html"),
        ("/html/.zfxxgkzlgkgd.201311t20131126_376223.html", "/zfxxgk/zlgkgd/201311/t20131126_376223.html"),
        ("/html/zwgkart2018228art_46355_1634538.html", "/zwgk/art/2018/2/28/art_46355_1634538.html"),
        ("/html/colcol4963index.html", "/col/col4963/index.html"),
        ("/6bntud/col/col4963/index.html", "/col/col4963/index.html"),
        ("/zwgk/art/2018/2/28/art_46355_1634538", "/zwgk/art/2018/2/28/art_46355_1634538.html"),
        ("/html/HCS/202401/0170495898062751.html", "/html/HCS/202401/0170495898062751.html"),
        (
            "/module/xxgk/xxgkAnnualReport.jsp?area=1&fbtime=2023",
            "/module/xxgk/xxgkAnnualReport.jsp?area=1&fbtime=2023",
        ),
        ("/www/zfxxgk/col/1586916059247/2020/04/15/158", "/www/zfxxgk/col/1586916059247/2020/04/15/158"),
        ("/html/26555735905575.html", ""),
        ("/", "/"),
    ],
)
def test_paths_put_back_together(path, true):
    assert true_address.true_path(f"http://{HOSTS[0]}{path}") == true


@pytest.mark.parametrize("url", ["about:blank", "", "page.html", "http://[::1"])
def test_no_address_tells_no_path(url):
    assert true_address.true_path(url) == ""


# ---------------------------------------------------------------- broken into


def clean_twin(case: Case):
    return derive(Capture(case.url, chrome_of(case)(case.victim, prose(case.victim)).encode()))


@pytest.mark.parametrize("name", [name for name, case in KNOWN.items() if case.truth == "hijacked"])
def test_a_hijacked_report_is_the_report_without_the_spam(name):
    case = KNOWN[name]
    for url in (case.url, NOWHERE):
        report, clean = read(case, url), clean_twin(case)
        assert (report.verdict, report.text, report.markdown) == ("report", clean.text, clean.markdown)
        assert report.identity.title == clean.identity.title
        (finding,) = [finding for finding in report.findings if finding.code == "hijacked"]
        assert next(spam.marks(finding.evidence), None) or "referrer" in finding.evidence
        assert report.lead is None


def test_a_sentence_keeps_its_words():
    lines = prose(QINGHE)
    lines[6:6] = ["全年公开澳门金沙娱乐城官网信息300条，百家乐平台信息20条。"]
    report = derive(Capture(QINGHE.url, pages.trs(QINGHE, lines).encode()))
    assert report.verdict == "report"
    assert lines[6] in report.text
    assert [f"text, left there: {lines[6]}"] == [f.evidence for f in report.findings if f.code == "hijacked"]


# ---------------------------------------------------------------- other pages of a mirror, and what only looks like one

TITLE = "青禾县2016年政府信息公开工作年度报告"


def bare(title, lines, foot="主办：青禾县人民政府办公室"):
    text = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<meta charset="utf-8"><title>{title}</title><div class="content">{text}</div><div class="foot">{foot}</div>'
    )


def test_an_article_of_a_mirror_is_one():
    lines = (
        "欧洲杯决赛竞猜平台办公室欧洲杯决赛竞猜平台:举办培训的通知",
        "经欧洲杯决赛竞猜平台同意，决定举办全县政务公开培训班，现就有关事项通知如下。请各单位分管领导和工作人员按时参加。",
        "欧洲杯决赛竞猜平台办公室",
    )
    report = derive(
        Capture(NOWHERE, bare("关于举办培训的通知", lines, "欧洲杯决赛竞猜平台:我们 主办：青禾县人民政府").encode())
    )
    assert report.verdict == "mirror"
    assert report.lead.restored.splitlines()[0] == "青禾县人民政府办公室关于举办培训的通知"


def test_a_list_of_a_mirror_is_one():
    rows = "".join(
        f'<li><a href="{year}.html">威廉希尔中文网人民政府{year}年信息公开年报</a><span>{year + 1}-01-20</span></li>'
        for year in range(2010, 2020)
    )
    html = (
        f'<meta charset="utf-8"><title>政府信息公开年报</title><ul>{rows}</ul><p>主办：威廉希尔中文网人民政府办公室</p>'
    )
    report = derive(Capture(NOWHERE, html.encode()))
    assert (report.verdict, report.items) == ("mirror", ())


def test_a_name_above_an_alien_word_is_not_the_name_it_replaced():
    name = "puroview.com溪下乡人民政府"
    lines = (f"本报告由{name}编制，电子版在puroview.com人民政府网站公布。", *prose(QINGHE)[1:2], *prose(QINGHE)[7:8])
    page = bare(f"湖东省{name}2016年政府信息公开工作年度报告", lines, "主办：puroview.com人民政府")
    report = derive(Capture(NOWHERE, page.encode()))
    assert [(one.found, one.proposed) for one in report.lead.substitutions] == [("puroview.com", "")]
    assert report.lead.restored == ""


@pytest.mark.parametrize(
    "words",
    [
        "COVID-19办公室、COVID-19办公室和COVID-19办公室公开疫情信息120条。",
        "ISO9001办公室、ISO9001办公室、ISO9001办公室、创建ISO9001办公室。",
        "12345办公室、12345办公室、12345办公室、110办公室公开。",
        "涉及生僻地名的公告加注读音：郴(chēn)州、蠡(lǐ)县、亳(bó)州、歙(shè)县、泌(bì)阳。",
        "修路12公里(km)，供水30吨(t)，配送(wifi)设备，使用oa(办公)、(app)(ppt)(gong)。",
        "本报告可在青禾县信息网（http://www.qinghexian-x.com）、教育局门户网站（www.qhedu-x.com）、中国青禾网（www.zgqh-x.com）下载。",
        "电子版可在“中国·青禾”政府网站（www.qinghe-x.com.cn）查阅。",
        "开展“北京pk10”“时时彩”网络犯罪宣讲，群众沉迷百家乐的危害讲座4场；清除“亚博体育”“bet365”等小广告200处。",
        "是否公开：□是 ■否；★重点事项→办理流程→结果◆公开；全年公开????信息??多条???，更新????栏目。",
        "邮箱为qhxzf@126.com、qh365@163.com，网址qinghe-x.gov.cn政府门户网站。",
    ],
)
@pytest.mark.parametrize("url", [NOWHERE, QINGHE.url])
def test_what_only_looks_like_one(words, url):
    report = derive(Capture(url, bare(TITLE, (TITLE, words, *prose(QINGHE)[1:8])).encode()))
    assert report.verdict == "report"
    assert words in report.text
    assert not {"hijacked", "mirror"} & {finding.code for finding in report.findings}


# ---------------------------------------------------------------- the parts

ALONE = {
    "other_division": (
        pages.trs(QINGHE, prose(QINGHE)).replace("青禾县", "安乡县").replace("9902100005", "4210000005"),
        f"http://{HOSTS[0]}/x.html",
    ),
    "spam": (
        pages.trs(QINGHE, [*prose(QINGHE), "县城新建百家乐平台广场，开通时时彩投注专线。"]),
        f"http://{HOSTS[0]}/x.html",
    ),
}


def test_every_signal_has_a_page_that_earns_it():
    reasons = {
        reason.partition(":")[0]
        for case in KNOWN.values()
        if case.truth == "mirror"
        for reason in read(case, case.url).reasons
    }
    reasons |= {
        reason.partition(":")[0]
        for html, url in ALONE.values()
        for reason in derive(Capture(url, html.encode())).reasons
    }
    assert reasons == {"score", *SIGNALS}


@pytest.mark.parametrize(
    ("host", "standing"),
    [
        ("www.anxiang.gov.cn", "official"),
        ("anxiang.gov.cn.evil.com", "foreign"),
        ("notgov.cn", "national"),
        ("www.redcross.org.cn", "institution"),
        ("mp.weixin.qq.com", "platform"),
        ("10.1.2.3", "unknown"),
        ("www.county.example", "unknown"),
        ("", "unknown"),
        ("www.828365.com", "foreign"),
    ],
)
def test_whose_a_host_is(host, standing):
    assert hosts.standing(host) == standing


@pytest.mark.parametrize(
    "words", [*pages.MENTIONS, "国家精品视频公开课12门。", "乐余镇网址www.leyu.gov.cn。", "全年365天开放。"]
)
def test_honest_words_are_no_marks(words):
    assert list(spam.accused(words)) == []


def test_all_victims_are_read_as_reports_of_their_own():
    for victim in VICTIMS:
        for chrome in CHROMES:
            report = derive(Capture(victim.url, chrome(victim, prose(victim)).encode()))
            assert (report.verdict, report.identity.year) == ("report", victim.year)
