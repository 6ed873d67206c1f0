"""Lines of bars, counters and neighbours, and lines of reports that look alike."""

import pytest

from pipelines import derive
from pipelines.furniture import is_furniture
from pipelines.records import Capture

FURNITURE = """\
【打印本页】 【关闭窗口】
[打印文章] [添加收藏]
【纠错】 【收藏本页】
【我要打印】【返回顶部】
长按识别二维码
打印 关闭
字号【大 中 小】
【浏览字号 :大 中 小】
字号：〖大 中 小〗
选择阅读字号:[ 大 中 小 ]
字体大小：A+ A A-
视力保护色：
分享到：
分享到：微信 微博 QQ空间
浏览次数：
点击数:531
浏览量：354 次
您现在的位置：首页 > 政务公开 > 信息公开年报 > 正文
当前位置 :首页 > 政府信息公开
扫一扫在手机打开当前页
用微信扫描二维码分享至好友和朋友圈，扫一扫
上一篇：溪口县2014年政府信息公开年度报告
下一条：没有了
取消收藏成功！
来源：县政府办 发布时间：2017-03-01 11:18
发布时间:2016-03-09 11:18 浏览次数: 次
2026-01-20 17:20 来源:盟外事办 字体大小:A+ A A-
| | | | |
语音播报
"""
REPORT = """\
分享改革发展成果
听取汇报
听证情况
推荐本文作者
停止执行
扫描件共120份
微信公众号发布信息120条，设置二维码供查询
点击率位居全市前列
下载量为2万次
大中小企业政策解读
打印店备案情况
位置偏远的乡镇设查阅点12个
政务微信、微博分享信息300条。
一、主动公开情况
（二）平台建设
收藏家协会信息公开情况
浏览量达17万余人
溪口县人民政府
2021年1月28日
"""


@pytest.mark.parametrize("line", FURNITURE.splitlines())
def test_furniture(line):
    assert is_furniture(line)


@pytest.mark.parametrize("line", REPORT.splitlines())
def test_words_of_a_report(line):
    assert not is_furniture(line)


def test_what_a_report_says_of_hosts_and_editors_stays_in_the_middle_of_it():
    sentence = "<p>全县各单位按照要求公开各类政府信息，并对各乡镇的公开平台做了两次检查，没有发现问题。</p>"
    inside = "<p>主办单位：县政府办公室</p><p>审核：各单位负责人</p><p>相关政策</p><p>时间：2020年5月</p>"
    page = f"<div id=zoom><p>来源：县政府办</p>{sentence}{inside}{sentence}<p>责任编辑：张三</p></div>"
    lines = derive(Capture("http://www.xikou.example/a.html", page.encode())).text.splitlines()
    assert lines[1:-1] == ["主办单位：县政府办公室", "审核：各单位负责人", "相关政策", "时间：2020年5月"]
    assert len(lines) == 6


def test_words_of_editors_behind_the_report_are_cut():
    sentence = "<p>全县各单位按照要求公开各类政府信息，并对各乡镇的公开平台做了两次检查，没有发现问题。</p>"
    behind = "<p>【责任编辑：李梅】</p><p>[编辑：张三]</p><p>（来源：县府办）</p><p>欢迎关注“溪口发布”微信公众号</p>"
    page = f"<div id=zoom>{sentence * 2}{behind}</div>"
    assert len(derive(Capture("http://www.xikou.example/a.html", page.encode())).text.splitlines()) == 2


def test_a_form_without_sentences_is_no_footer():
    entries = [
        "填报单位：溪口县人民政府办公室",
        "网站名称：溪口县人民政府门户网站",
        "首页网址：http://www.xikou.example",
        "主办单位：溪口县人民政府办公室",
        "独立用户访问总量（单位：个）：231005",
        "信息发布（单位：条）总数：5120",
        "单位负责人：李某",
    ]
    head = "<p>发布时间：2021-01-20</p><p>来源：县政府办</p>"
    foot = "<p>主办单位：县政府</p><p>联系电话：1234567</p><p>邮编：415500</p>"
    page = f"<div id=zoom>{head}{''.join(f'<p>{entry}</p>' for entry in entries)}{foot}</div>"
    lines = derive(Capture("http://www.xikou.example/a.html", page.encode())).text.splitlines()
    assert lines[: len(entries)] == entries
    assert "主办单位：县政府" not in lines
