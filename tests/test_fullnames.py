"""One name for each body: relative names, abbreviations, branches, zones and towns, on the portals that show them.

Divisions are real where the table must know them; towns, bureaus' reports and portals are invented.
"""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.identify import identify
from pipelines.records import Context, Finding, Heading, Identity, Portal

PORTALS = {
    name: Portal(name, words, code, f"http://www.{name}.example/", (f"www.{name}.example",))
    for name, words, code in (
        ("anxiang", "安乡县", "430721"),
        ("changde", "常德市", "430700"),
        ("hunan", "湖南省", "430000"),
        ("shanghai", "上海市", "310000"),
        ("huangpu", "黄浦区", "310101"),
        ("jiulongpo", "九龙坡区", "500107"),
        ("xiangxi", "湘西土家族苗族自治州", "433100"),
        ("huhehaote", "呼和浩特市", "150100"),
        ("xingan", "兴安盟", "152200"),
        ("bengbu", "蚌埠市", "340300"),
        ("xiwu", "西乌珠穆沁旗", "152526"),
        ("fuzhou", "福州市", "350100"),
        ("fangzheng", "方正县", "230124"),
        ("panyu", "番禺区", "440113"),
        ("suqian", "宿迁市", "321300"),
        ("ningxiang", "宁乡市", "430182"),
        ("xiangyang", "襄阳市", "420600"),
        ("jyj", "安乡县教育局", "430721"),  # a department's own portal
        ("jyj_uncoded", "安乡县教育局", None),
        ("pingtan", "平潭综合实验区", None),
        ("liuqiao", "宿迁市柳桥开发区", None),
        ("gaoxin", "高新区", None),
        ("pudong", "浦东新区", "310115"),
        ("bingtuan", "新疆生产建设兵团", None),
        ("anhe", "安禾县", None),  # not in the table
        ("anhe_coded", "安禾县", "439921"),
    )
}
COUNTY, CITY = "湖南省常德市安乡县", "湖南省常德市"

# portal, the body in the title, year: kind, code and full name. A dash: none.
NAMES = f"""
anxiang 安乡县 2020 government 430721 {COUNTY}人民政府
anxiang 安乡县人民政府 2020 government 430721 {COUNTY}人民政府
anxiang 县人民政府 2020 government 430721 {COUNTY}人民政府
anxiang 常德市安乡县 2020 government 430721 {COUNTY}人民政府
anxiang 湖南省常德市安乡县人民政府 2020 government 430721 {COUNTY}人民政府
anxiang 湖南省安乡县人民政府 2020 government 430721 {COUNTY}人民政府
anxiang 青禾区人民政府 2020 government - -
anxiang 安乡县人民政府办公室 2020 office 430721 {COUNTY}人民政府办公室
anxiang 安乡县政府办公室 2020 office 430721 {COUNTY}人民政府办公室
anxiang 安乡县政府办 2020 office 430721 {COUNTY}人民政府办公室
anxiang 县政府办公室 2020 office 430721 {COUNTY}人民政府办公室
anxiang 县府办 2020 office 430721 {COUNTY}人民政府办公室
anxiang 安乡县政务公开办 2020 office 430721 {COUNTY}政务公开办
anxiang 教育局 2020 department 430721 {COUNTY}教育局
anxiang 县教育局 2020 department 430721 {COUNTY}教育局
anxiang 安乡县教育局 2020 department 430721 {COUNTY}教育局
anxiang 常德市安乡县教育局 2020 department 430721 {COUNTY}教育局
anxiang 湖南省安乡县教育局 2020 department 430721 {COUNTY}教育局
anxiang 湖南省常德市安乡县教育局 2020 department 430721 {COUNTY}教育局
anxiang 安乡县教育和体育局 2020 department 430721 {COUNTY}教育和体育局
anxiang 县教体局 2020 department 430721 {COUNTY}教体局
anxiang 常德市教育局 2020 department 430700 {CITY}教育局
anxiang 市教育局 2020 department 430700 {CITY}教育局
anxiang 湖南省教育厅 2020 department 430000 湖南省教育厅
anxiang 省教育厅 2020 department 430000 湖南省教育厅
anxiang 区教育局 2020 department - -
anxiang 泰顺县教育局 2020 department 330329 浙江省温州市泰顺县教育局
anxiang 青禾县教育局 2020 department - -
anxiang 安乡教育局 2020 department 430721 -
anxiang 市场监督管理局 2020 department 430721 {COUNTY}市场监督管理局
anxiang 县市场监督管理局 2020 department 430721 {COUNTY}市场监督管理局
anxiang 安乡县市场监管局 2020 department 430721 {COUNTY}市场监督管理局
anxiang 安乡县市监局 2020 department 430721 {COUNTY}市场监督管理局
anxiang 县卫健局 2020 department 430721 {COUNTY}卫生健康局
anxiang 安乡县卫生健康局 2020 department 430721 {COUNTY}卫生健康局
anxiang 安乡县卫健委 2020 department 430721 {COUNTY}卫生健康委员会
anxiang 安乡县卫生局 2012 department 430721 {COUNTY}卫生局
anxiang 县发改局 2020 department 430721 {COUNTY}发展和改革局
anxiang 安乡县发展和改革局 2020 department 430721 {COUNTY}发展和改革局
anxiang 安乡县发展和改革委员会 2012 department 430721 {COUNTY}发展和改革委员会
anxiang 县人社局 2020 department 430721 {COUNTY}人力资源和社会保障局
anxiang 安乡县人力资源社会保障局 2020 department 430721 {COUNTY}人力资源和社会保障局
anxiang 县住建局 2020 department 430721 {COUNTY}住房和城乡建设局
anxiang 县应急局 2020 department 430721 {COUNTY}应急管理局
anxiang 应急管理局 2025 department 430721 {COUNTY}应急管理局
anxiang 县自然资源局 2020 department 430721 {COUNTY}自然资源局
anxiang 县国土局 2012 department 430721 {COUNTY}国土资源局
anxiang 安乡县国土资源局 2012 department 430721 {COUNTY}国土资源局
anxiang 县文广新局 2013 department 430721 {COUNTY}文广新局
anxiang 县公安局 2020 department 430721 {COUNTY}公安局
anxiang 安乡县公安局交警大队 2020 department 430721 {COUNTY}公安局交警大队
anxiang 县城市管理局 2020 department 430721 {COUNTY}城市管理局
anxiang 县区划地名办公室 2020 department 430721 {COUNTY}区划地名办公室
anxiang 县市容管理局 2020 department 430721 {COUNTY}市容管理局
anxiang 县政务服务中心 2020 department 430721 {COUNTY}政务服务中心
anxiang 县供销社 2020 department 430721 {COUNTY}供销社
anxiang 安乡县体育局 2012 department 430721 {COUNTY}体育局
anxiang 柳桥镇 2020 town 430721 {COUNTY}柳桥镇
anxiang 柳桥镇人民政府 2020 town 430721 {COUNTY}柳桥镇
anxiang 柳桥镇政府 2020 town 430721 {COUNTY}柳桥镇
anxiang 安乡县柳桥镇 2020 town 430721 {COUNTY}柳桥镇
anxiang 安乡县柳桥镇人民政府 2020 town 430721 {COUNTY}柳桥镇
anxiang 常德市安乡县柳桥镇人民政府 2020 town 430721 {COUNTY}柳桥镇
anxiang 安乡县柳桥镇党政综合办公室 2020 town 430721 {COUNTY}柳桥镇
anxiang 柳桥镇人民政府办公室 2020 town 430721 {COUNTY}柳桥镇
anxiang 柳桥乡 2012 town 430721 {COUNTY}柳桥乡
anxiang 石滩土家族乡人民政府 2012 town 430721 {COUNTY}石滩土家族乡
anxiang 天桥街道 2020 town 430721 {COUNTY}天桥街道
anxiang 天桥街道办事处 2020 town 430721 {COUNTY}天桥街道
anxiang 天桥街道办 2020 town 430721 {COUNTY}天桥街道
anxiang 安乡县人民政府天桥街道办事处 2020 town 430721 {COUNTY}天桥街道
anxiang 县人民政府天桥街道办事处 2020 town 430721 {COUNTY}天桥街道
anxiang 县人力社保局 2020 department 430721 {COUNTY}人力资源和社会保障局
anxiang 县林草局 2020 department 430721 {COUNTY}林业和草原局
anxiang 青禾县柳桥镇 2020 town - -
anxiang 县柳镇 2020 town 430721 {COUNTY}县柳镇
anxiang 国家税务总局安乡县税务局 2020 vertical 430721 {COUNTY}税务局
anxiang 安乡县税务局 2020 vertical 430721 {COUNTY}税务局
anxiang 县税务局 2020 vertical 430721 {COUNTY}税务局
anxiang 税务局 2020 vertical 430721 {COUNTY}税务局
anxiang 安乡县国税局 2012 vertical 430721 {COUNTY}国家税务局
anxiang 安乡县国家税务局 2012 vertical 430721 {COUNTY}国家税务局
anxiang 县地税局 2012 vertical 430721 {COUNTY}地方税务局
anxiang 县气象局 2020 vertical 430721 {COUNTY}气象局
anxiang 安乡县烟草专卖局 2020 vertical 430721 {COUNTY}烟草专卖局
anxiang 中国人民银行安乡县支行 2020 vertical 430721 中国人民银行{COUNTY}支行
anxiang 国家统计局安乡县调查队 2020 vertical 430721 国家统计局{COUNTY}调查队
anxiang 国家税务总局 2010 vertical - 国家税务总局
anxiang 自然资源部 2024 department - 自然资源部
anxiang 县人民医院 2020 enterprise 430721 {COUNTY}人民医院
anxiang 安乡县第一中学 2020 enterprise 430721 {COUNTY}第一中学
anxiang 安乡县自来水公司 2020 enterprise 430721 {COUNTY}自来水公司
anxiang 安乡县妇幼保健院 2020 enterprise 430721 {COUNTY}妇幼保健院
anxiang 安乡县旅游度假区管委会 2020 zone - {COUNTY}旅游度假区
anxiang 工业园区管委会 2020 zone - {COUNTY}工业园区
anxiang 县高新区管委会 2020 zone - {COUNTY}高新区
anxiang 县高新区 2020 zone - {COUNTY}高新区
anxiang 常德高新区管委会 2020 zone - {CITY}高新区
changde 安乡县 2020 government 430721 {COUNTY}人民政府
changde 常德市 2020 government 430700 {CITY}人民政府
changde 市教育局 2020 department 430700 {CITY}教育局
changde 教育局 2020 department 430700 {CITY}教育局
changde 常德市教育局 2020 department 430700 {CITY}教育局
changde 安乡县教育局 2020 department 430721 {COUNTY}教育局
changde 县教育局 2020 department - -
changde 区财政局 2020 department - -
changde 省教育厅 2020 department 430000 湖南省教育厅
changde 市政府办公室 2020 office 430700 {CITY}人民政府办公室
changde 常德市人民政府办公厅 2012 office 430700 {CITY}人民政府办公厅
changde 市民政局 2020 department 430700 {CITY}民政局
changde 市民族宗教事务局 2020 department 430700 {CITY}民族宗教事务局
changde 市政管理局 2020 department 430700 {CITY}市政管理局
changde 市政务服务中心 2020 department 430700 {CITY}政务服务中心
changde 常德市民政局 2020 department 430700 {CITY}民政局
changde 柳桥镇 2020 town 430700 {CITY}柳桥镇
changde 常德经开区 2020 zone - {CITY}经开区
changde 常德经开区管委会 2020 zone - {CITY}经开区
changde 常德市住房公积金管理中心 2020 department 430700 {CITY}住房公积金管理中心
xiwu 旗教育局 2020 department 152526 内蒙古自治区锡林郭勒盟西乌珠穆沁旗教育局
xiwu 西乌旗教育局 2020 department 152526 -
xiwu 东乌旗教育局 2020 department - -
hunan 省教育厅 2020 department 430000 湖南省教育厅
hunan 湖南省教育厅 2020 department 430000 湖南省教育厅
hunan 教育厅 2020 department 430000 湖南省教育厅
hunan 省人社厅 2020 department 430000 湖南省人力资源和社会保障厅
hunan 湖南省住建厅 2020 department 430000 湖南省住房和城乡建设厅
hunan 省政府办公厅 2020 office 430000 湖南省人民政府办公厅
hunan 省政府办 2020 office 430000 湖南省人民政府办公厅
hunan 国家税务总局湖南省税务局 2020 vertical 430000 湖南省税务局
hunan 市教育局 2020 department - -
shanghai 上海市人民政府办公厅 2019 office 310000 上海市人民政府办公厅
shanghai 市政府办公厅 2019 office 310000 上海市人民政府办公厅
shanghai 市教育委员会 2019 department 310000 上海市教育委员会
shanghai 上海市发展改革委 2019 department 310000 上海市发展和改革委员会
shanghai 上海市黄浦区审计局 2012 department 310101 上海市黄浦区审计局
shanghai 黄浦区审计局 2012 department 310101 上海市黄浦区审计局
huangpu 区审计局 2012 department 310101 上海市黄浦区审计局
huangpu 审计局 2012 department 310101 上海市黄浦区审计局
huangpu 市审计局 2012 department 310000 上海市审计局
huangpu 天桥街道办事处 2012 town 310101 上海市黄浦区天桥街道
jiulongpo 重庆市九龙坡区柳桥街道办事处 2022 town 500107 重庆市九龙坡区柳桥街道
jiulongpo 柳桥街道 2022 town 500107 重庆市九龙坡区柳桥街道
jiulongpo 区财政局 2022 department 500107 重庆市九龙坡区财政局
jiulongpo 市财政局 2022 department 500000 重庆市财政局
jiulongpo 县财政局 2022 department - -
jiulongpo 重庆九龙坡高新技术产业开发区管理委员会 2022 zone - 重庆市九龙坡区高新技术产业开发区
xiangxi 州教育局 2015 department 433100 湖南省湘西土家族苗族自治州教育局
xiangxi 湘西州教育局 2015 department 433100 湖南省湘西土家族苗族自治州教育局
xiangxi 湘西自治州教育局 2015 department 433100 湖南省湘西土家族苗族自治州教育局
huhehaote 区财政局 2020 department - -
huhehaote 自治区财政厅 2020 department 150000 内蒙古自治区财政厅
xingan 兴安盟行署 2020 government 152200 内蒙古自治区兴安盟行政公署
xingan 兴安盟行政公署 2020 government 152200 内蒙古自治区兴安盟行政公署
xingan 盟教育局 2020 department 152200 内蒙古自治区兴安盟教育局
bengbu 蚌山区财政局 2017 department 340303 安徽省蚌埠市蚌山区财政局
bengbu 市场监管局 2020 department 340300 安徽省蚌埠市市场监督管理局
fuzhou 鼓楼区人民政府 2017 government 350102 福建省福州市鼓楼区人民政府
fuzhou 鼓楼区教育局 2017 department 350102 福建省福州市鼓楼区教育局
fangzheng 方正林业局 2012 department 230124 -
fangzheng 县林业局 2012 department 230124 黑龙江省哈尔滨市方正县林业局
fangzheng 方正镇 2012 town 230124 黑龙江省哈尔滨市方正县方正镇
panyu 市桥街道办事处 2020 town 440113 广东省广州市番禺区市桥街道
panyu 区市场监督管理局 2020 department 440113 广东省广州市番禺区市场监督管理局
suqian 宿迁高新区 2020 zone - 江苏省宿迁市高新区
suqian 宿迁市高新区管委会 2020 zone - 江苏省宿迁市高新区
suqian 宿迁市柳桥开发区 2020 zone - 江苏省宿迁市柳桥开发区
ningxiang 宁乡县教育局 2015 department 430124 湖南省长沙市宁乡县教育局
ningxiang 宁乡市教育局 2019 department 430182 湖南省长沙市宁乡市教育局
xiangyang 襄樊市教育局 2009 department 420600 湖北省襄樊市教育局
xiangyang 襄阳市教育局 2015 department 420600 湖北省襄阳市教育局
jyj 安乡县教育局 2020 department 430721 {COUNTY}教育局
jyj 教育局 2020 department 430721 {COUNTY}教育局
jyj_uncoded 县教育局 2020 department 430721 {COUNTY}教育局
pingtan 平潭综合实验区 2020 zone - 平潭综合实验区
pingtan 平潭综合实验区管委会 2020 zone - 平潭综合实验区
pingtan 平潭综合实验区教育局 2020 department - 平潭综合实验区教育局
pingtan 区教育局 2020 department - 平潭综合实验区教育局
pingtan 教育局 2020 department - 平潭综合实验区教育局
liuqiao 教育局 2020 department - 江苏省宿迁市柳桥开发区教育局
liuqiao 宿迁市教育局 2020 department 321300 江苏省宿迁市教育局
liuqiao 市教育局 2020 department 321300 江苏省宿迁市教育局
gaoxin 教育局 2020 department - -
pudong 新区财政局 2020 department 310115 上海市浦东新区财政局
pudong 区教委 2020 department 310115 上海市浦东新区教育委员会
changde 津市市教育局 2020 department 430781 {CITY}津市市教育局
changde 新区管委会 2020 zone - -
changde 市市场监督管理局 2020 department 430700 {CITY}市场监督管理局
anxiang 国网安乡县供电公司 2020 enterprise 430721 -
anxiang 市生态环境局安乡分局 2020 department 430700 {CITY}生态环境局安乡分局
bingtuan 兵团教育局 2020 department - -
anhe 安禾县 2020 government - 安禾县人民政府
anhe 安禾县人民政府 2020 government - 安禾县人民政府
anhe 教育局 2020 department - 安禾县教育局
anhe 县教育局 2020 department - 安禾县教育局
anhe 安禾县教育局 2020 department - 安禾县教育局
anhe 安禾县东渡镇人民政府 2020 town - 安禾县东渡镇
anhe 东渡镇 2020 town - 安禾县东渡镇
anhe_coded 县政府办 2020 office 439921 安禾县人民政府办公室
anhe_coded 安禾县 2020 government 439921 安禾县人民政府
- 教育局 2020 department - -
- 县教育局 2020 department - -
- 柳桥镇人民政府 2020 town - -
- 安乡县教育局 2020 department 430721 {COUNTY}教育局
- 鼓楼区教育局 2017 department - -
- 青禾县教育局 2020 department - -
"""
CASES = [tuple(None if word == "-" else word for word in line.split()) for line in NAMES.strip().splitlines()]


def page(title: str, *above: str, portal: str | None = None, **parts: Any) -> tuple[Identity, tuple[Finding, ...]]:
    base: dict[str, Any] = {"url": "http://www.site.example/a.html", "metas": {}, "title_tag": "", "below": ()}
    base |= {"headings": (Heading(title, 1, "above"),), "above": (title, *above), "lines": ()}
    return identify(Context(**base | {"portal": PORTALS[portal] if portal else None} | parts))


@pytest.mark.parametrize(("portal", "words", "year", "kind", "code", "full"), CASES)
def test_a_body_has_one_name(portal, words, year, kind, code, full) -> None:
    issuer = page(f"{words}{year}年政府信息公开工作年度报告", portal=portal)[0].issuer
    assert issuer is not None
    assert (issuer.name, issuer.kind, issuer.code, issuer.full) == (words, kind, code, full)


TITLE = "2020年政府信息公开工作年度报告"


def completed(identity: Identity) -> list[tuple[str, str]]:
    return [(piece.value, piece.where) for piece in identity.evidence if piece.field == "issuer_full"]


@pytest.mark.parametrize(
    ("words", "parts", "full", "where"),
    [
        ("教育局", {"portal": "anxiang"}, f"{COUNTY}教育局", "division of the portal"),
        ("教育局", {"metas": {"siteidcode": ("4307210001",)}}, f"{COUNTY}教育局", "site code"),
        ("教育局", {"metas": {"sitename": ("安乡县人民政府门户网站",)}}, f"{COUNTY}教育局", "meta SiteName"),
        ("县教育局", {"source": "安乡县教育局"}, f"{COUNTY}教育局", "above"),
        ("县教育局", {"source": "安乡县教育局", "portal": "changde"}, f"{COUNTY}教育局", "above"),
        ("柳桥镇", {"source": "安乡县柳桥镇人民政府", "portal": "changde"}, f"{COUNTY}柳桥镇", "above"),
        (
            "柳桥镇",
            {"lines": ("一、概述", "二、其他", "安乡县柳桥镇", "2021年1月29日")},
            f"{COUNTY}柳桥镇",
            "signature",
        ),
        ("柳桥镇", {"link_text": f"安乡县柳桥镇{TITLE}"}, f"{COUNTY}柳桥镇", "link text"),
        ("市桥街道", {"source": "番禺区市桥街道办事处"}, "广东省广州市番禺区市桥街道", "above"),
        # another body, another place, a wider one
        ("柳桥镇", {"source": "安乡县石滩镇人民政府", "portal": "changde"}, f"{CITY}柳桥镇", "division of the portal"),
        ("县教育局", {"source": "泰顺县教育局", "portal": "anxiang"}, f"{COUNTY}教育局", "division of the portal"),
        ("教育局", {"source": "常德市教育局", "portal": "anxiang"}, f"{COUNTY}教育局", "division of the portal"),
        ("区教育局", {"source": "安乡县教育局"}, None, None),
        # one of four districts of that name: the portal says which
        ("鼓楼区教育局", {"portal": "fuzhou"}, "福建省福州市鼓楼区教育局", "division of the portal"),
        ("鼓楼区教育局", {"source": "福州市鼓楼区教育局"}, "福建省福州市鼓楼区教育局", "above"),
        ("鼓楼区教育局", {"source": "福州市鼓楼区民政局"}, None, None),
        # nothing is completed
        ("安乡县教育局", {"portal": "anxiang"}, f"{COUNTY}教育局", None),
        ("常德市教育局", {"portal": "anxiang"}, f"{CITY}教育局", None),
    ],
)
def test_what_a_name_leaves_out_has_its_evidence(words, parts, full, where) -> None:
    source = f"来源：{parts.pop('source')}　发布时间：2021-01-29" if "source" in parts else ""
    identity, _ = page(f"{words}{TITLE}", source, **parts)
    assert identity.issuer is not None
    assert (identity.issuer.name, identity.issuer.full) == (words, full)
    assert completed(identity) == ([(full, where)] if where else [])


@pytest.mark.parametrize(
    ("words", "label", "name", "kind", "full", "findings"),
    [
        ("安乡县", "安乡县人民政府办公室", "安乡县人民政府办公室", "government", f"{COUNTY}人民政府", []),
        ("安乡县", "县政府办", "县政府办", "government", f"{COUNTY}人民政府", []),
        ("安乡县", "安乡县人民政府(办公室)", "安乡县人民政府(办公室)", "government", f"{COUNTY}人民政府", []),
        ("县政府办", "安乡县人民政府", "县政府办", "office", f"{COUNTY}人民政府办公室", []),
        ("安乡县教育局", "教育局", "教育局", "department", f"{COUNTY}教育局", []),
        ("县卫健局", "安乡县卫生健康局", "安乡县卫生健康局", "department", f"{COUNTY}卫生健康局", []),
        (
            "县文广新局",
            "安乡县文化广电新闻出版局",
            "安乡县文化广电新闻出版局",
            "department",
            f"{COUNTY}文化广电新闻出版局",
            [],
        ),
        ("县教育局", "安乡县教育和体育局", "县教育局", "department", f"{COUNTY}教育局", ["issuer_disagrees"]),
        ("县林业局", "县林业和草原局", "县林业局", "department", f"{COUNTY}林业局", ["issuer_disagrees"]),
        ("县教育局", "市教育局", "县教育局", "department", f"{COUNTY}教育局", ["issuer_disagrees"]),
        ("柳桥镇", "安乡县柳桥镇人民政府", "安乡县柳桥镇人民政府", "town", f"{COUNTY}柳桥镇", []),
    ],
)
def test_title_and_label_are_one_body_or_two(words, label, name, kind, full, findings) -> None:
    identity, found = page(f"{words}{TITLE}", f"发布机构：{label}", portal="anxiang")
    assert identity.issuer is not None
    assert (identity.issuer.name, identity.issuer.kind, identity.issuer.full) == (name, kind, full)
    assert [finding.code for finding in found] == findings


DEPARTMENT = ("一、概述", "2020年，我局认真贯彻条例，本局及所属单位公开信息三百条，我县教育系统公开信息六百条。")
GOVERNMENT = ("一、概述", "2020年，我县认真贯彻条例，全县公开信息三百条。")


@pytest.mark.parametrize(
    ("title", "above", "lines", "full", "where"),
    [
        (TITLE, "来源：县政府办", GOVERNMENT, f"{COUNTY}人民政府", "portal"),
        (TITLE, "来源：县大数据局", GOVERNMENT, f"{COUNTY}人民政府", "portal"),
        (TITLE, "来源：县教育局", DEPARTMENT, f"{COUNTY}教育局", "above"),
        (f"我局{TITLE}", "来源：县教育局", (), f"{COUNTY}教育局", "above"),
        (TITLE, "来源：柳桥镇", (), f"{COUNTY}柳桥镇", "above"),
        (TITLE, "发布机构：教育局", GOVERNMENT, f"{COUNTY}教育局", "above"),
        (TITLE, "当前位置：首页 > 部门 > 教育局", DEPARTMENT, f"{COUNTY}教育局", "breadcrumb"),
        (f"我县{TITLE}", "", GOVERNMENT, f"{COUNTY}人民政府", "portal"),
    ],
)
def test_a_report_without_a_name_is_not_always_the_governments(title, above, lines, full, where) -> None:
    identity, found = page(
        title, f"{above}　发布时间：2021-01-29" if ">" not in above else above, lines=lines, portal="anxiang"
    )
    assert identity.issuer is not None
    assert identity.issuer.full == full
    assert [piece.where for piece in identity.evidence if piece.field == "issuer"] == [where]
    assert found == ()


@pytest.mark.parametrize("title", [TITLE, f"我局{TITLE}"])
@pytest.mark.parametrize("source", ["", "来源：县政府办", "来源：青禾日报"])
def test_a_department_that_does_not_say_which_is_not_the_county(title, source) -> None:
    for parts in ({"portal": "anxiang"}, {"metas": {"sitename": ("安乡县人民政府",)}}):
        identity, found = page(title, source, lines=DEPARTMENT, **parts)
        assert (identity.issuer, identity.year) == (None, 2020)
        assert [(finding.code, finding.evidence) for finding in found] == [("issuer_unnamed", "我局")]


def test_on_a_departments_own_portal_it_is_the_department() -> None:
    identity, found = page(TITLE, lines=DEPARTMENT, portal="jyj")
    assert identity.issuer is not None
    assert (identity.issuer.name, identity.issuer.full) == ("安乡县教育局", f"{COUNTY}教育局")
    assert found == ()
