"""Hints of a portal file: where the markup of its pages misleads, the file says what holds the text."""

from dataclasses import replace

import pytest

from archive.archive import Archive
from crawler.portal import PortalError, read_portal
from pipelines import derive
from pipelines.records import Capture, Hints
from tests.archive_samples import ANHE, begun, visit

FILE = """\
name = "安和县"
home = "http://www.anhe.example/"
hosts = ["www.anhe.example"]

[hints]
container = "%s"
"""
PAGE = """<meta charset="utf-8"><title>安和县2020年政府信息公开工作年度报告</title>
<div class="a1"><p>本县概况：安和县位于湖东省北部，全县总面积一千二百平方公里，辖十二个乡镇，总人口四十万人。</p>
<p>本县历史悠久，物产丰富，交通便利，是著名的鱼米之乡，历年来获得多项荣誉，欢迎各界人士前来投资兴业。</p></div>
<div class="b2 wide"><p>一、总体情况</p><p>2020年，全县公开信息三百条，没有行政诉讼。</p></div>""".encode()


@pytest.mark.parametrize("hint", [".b2", ".none", ""])
def test_the_hinted_element_holds_the_text(tmp_path, hint):
    portal = replace(ANHE, hints=Hints(hint))
    report = derive(Capture("http://www.anhe.example/nb/2020.html", PAGE, portal=portal))
    assert ("本县概况" in report.text) is (hint != ".b2")
    assert ("全县公开信息三百条" in report.text) is (hint == ".b2")


def test_a_hint_stands_in_the_file_and_in_the_archive(tmp_path):
    path = tmp_path / "anhe.toml"
    path.write_text(FILE % "#zw", encoding="utf-8")
    portal = read_portal(path)
    assert portal.hints == Hints("#zw")
    with Archive.open(tmp_path / "a.db") as archive:
        kept = archive.keep(begun(archive), visit(1, portal=portal))
        assert archive.capture(kept.visit_id).portal == portal


@pytest.mark.parametrize("wrong", ["div.zw", "", "#", ".a b"])
def test_a_hint_that_names_no_element_is_refused(tmp_path, wrong):
    path = tmp_path / "anhe.toml"
    path.write_text(FILE % wrong, encoding="utf-8")
    with pytest.raises(PortalError, match=r"anhe\.toml: hints\.container = "):
        read_portal(path)
