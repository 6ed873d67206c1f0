"""`gongkai probe`: what a look at an unknown portal finds, what it asks for, and the portal file it proposes."""
# ruff: noqa: E501  # pages and words beside each other

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
import requests
import responses
from click.testing import CliRunner

from archive.cli import main
from archive.commands.probe import run
from crawler.asking import BUDGET, Asker
from crawler.portal import read_portal
from crawler.probe import ProbeError, probe
from crawler.proposal import portal_file
from tests.servers import NOWHERE, Page, serving
from tests.test_tls import server_context, sign
from tests.web.homes import homes
from tests.web.homes.made import links, listed, other, page

HOST = "http://www.wangjiang.example"
META = '<meta name="SiteName" content="望江县人民政府"><meta name="SiteIDCode" content="3408270001">'
ROBOTS = "User-agent: *\nDisallow: /private/\n"


def portal(answers: responses.RequestsMock, pages: dict[str, Page], *, robots: str = ROBOTS, root: str = HOST) -> None:
    """A portal that answers plain http only."""
    host = root.partition("://")[2]
    answers.get(f"{root}/robots.txt", robots)
    answers.get(f"https://{host}/robots.txt", body=requests.ConnectionError("Connection refused"))
    for path, answer in pages.items():
        answers.get(
            path if "://" in path else root + path,
            answer.body,
            status=answer.status,
            headers={name: value for name, value in answer.headers.items() if name != "Content-Type"},
            content_type=answer.headers.get("Content-Type", "text/html"),
        )


def home(*pairs: tuple[str, str], head: str = META) -> Page:
    return page(f"<body><ul>{links(pairs)}</ul></body>", "望江县人民政府门户网站", head=head, charset="gbk")


@pytest.fixture
def answers():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def look(url: str = HOST, **more: object):
    return probe(url, "gongkai/test", pause=0, **more)


def test_a_probe_tells_all_of_a_portal_and_its_file_reads(answers, tmp_path: Path):
    pages = {
        "/": home(("政务公开", "/zwgk/"), ("政府信息公开", "http://xxgk.wangjiang.example/"), ("内部", "/private/gk/")),
        "/zwgk/": other("望江县", "政务公开", f"<ul>{links([('政府信息公开年报', '/zwgk/nb/')])}</ul>"),
        "/zwgk/nb/": listed("望江县", "政府信息公开年报"),
    }
    portal(answers, pages)
    found = look()
    assert [(way.name, way.outcome, way.status) for way in found.ways] == [
        ("http", "fetched", 200),
        ("https", "refused", None),
    ]
    assert (found.site_code, found.code, found.division[-1]) == ("3408270001", "340827", "望江县")
    assert (found.charset.chosen, found.charset.declared) == ("gb18030", None)
    assert (found.column, found.sure) == (f"{HOST}/zwgk/nb/", True)
    assert [item.title for item in found.reports][:1] == ["望江县2023年政府信息公开工作年度报告"]
    assert [lead.url for lead in found.elsewhere] == ["http://xxgk.wangjiang.example/"]
    asked = [call.request.url for call in answers.calls]
    assert found.requests == len(asked) == 5
    assert not [url for url in asked if "xxgk" in url or "private" in url]

    path = tmp_path / "wangjiang.toml"
    path.write_text(portal_file(found), "utf-8")
    read = read_portal(path)
    assert (read.name, read.code, read.home, read.hosts) == ("望江县", "340827", f"{HOST}/", ("www.wangjiang.example",))
    assert (read.start, read.expect.since) == ((f"{HOST}/zwgk/nb/",), 2014)
    text = path.read_text("utf-8")
    assert "# inferred: link 政府信息公开年报: names the column" in text
    assert "# not asked, on another host: 政府信息公开 http://xxgk.wangjiang.example/" in text


def test_the_command_prints_the_file_alone_on_stdout(answers, capsys):
    portal(answers, {"/": home(("信息公开年报", "/nb/")), "/nb/": listed("望江县", "信息公开年报")})
    run(HOST, json_out=False, pause=0)
    out, err = capsys.readouterr()
    assert out.startswith("# 安徽省 安庆市 望江县. Proposed by `gongkai probe`")
    assert 'start = ["http://www.wangjiang.example/nb/"]' in out
    assert "https         refused  Connection refused" in err
    assert "robots.txt    there" in err
    assert "candidate     108 信息公开年报 http://www.wangjiang.example/nb/" in err
    run(HOST, json_out=True, pause=0)
    told = json.loads(capsys.readouterr().out)
    assert told["column"] == f"{HOST}/nb/"
    assert told["portal_file"] == out
    assert told["reports"][0]["title"].startswith("望江县2023年")


def test_without_a_column_the_file_still_reads(answers, tmp_path: Path):
    portal(answers, {"/": home(("办事服务", "/bsfw/"), head="")})
    found = look()
    assert found.column is None
    path = tmp_path / "w.toml"
    path.write_text(portal_file(found), "utf-8")
    assert read_portal(path).start == ()
    assert "code and name are read off the title" in path.read_text("utf-8")


def test_hostile_words_stay_in_their_place(answers, tmp_path: Path):
    """Names, titles and addresses of a page cannot write lines of a portal file."""
    head = '<meta name="SiteName" content="望江&#10;[access]&#10;tls = &quot;relaxed&quot;"><meta name="SiteIDCode" content="999999&#10;x">'
    link = '<a href="/nb/&quot;]%0Afamily=1">信息公开年报&#27;[2J</a>'
    hostile = page(f"<body>{link}</body>", "政府\n[expect]\nreports = 0", head=head)
    portal(answers, {"/": hostile, "/nb/%22]%0Afamily=1": listed('望江"\nx = 1\n', "信息公开年报")})
    path = tmp_path / "w.toml"
    path.write_text(portal_file(look()), "utf-8")
    read = read_portal(path)
    assert read.hosts == ("www.wangjiang.example",)
    assert read.access.tls is None


def test_a_site_code_of_another_division_is_doubted(answers):
    portal(
        answers,
        {
            "/": home(
                head='<meta name="SiteName" content="太湖县人民政府"><meta name="SiteIDCode" content="4307210001">'
            )
        },
    )
    (doubt, *_) = look().doubts
    assert "4307210001 is of 安乡县, but the page calls itself '太湖县人民政府'" in doubt


def test_never_more_requests_than_allowed(answers):
    """A portal of nothing but ways on and detours."""
    pages = {
        "/": home(*((f"{word}公开栏目", f"/way{n}/") for n, word in enumerate("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳")))
    }
    for n in range(16):
        for hop in range(5):
            to = f"/way{n}/{hop + 1}" if hop < 4 else f"/way{n}/end"
            pages[f"/way{n}/{hop or ''}"] = Page(b"", 302, {"Location": to})
        pages[f"/way{n}/end"] = other("望江县", f"栏目{n}")
    portal(answers, pages)
    found = look()
    assert len(answers.calls) == found.requests == BUDGET
    assert found.column is None


@pytest.mark.parametrize(
    ("pages", "robots", "words"),
    [
        ({"/": Page(b"<html><title>My shop</title><p>Buy!</p></html>")}, ROBOTS, "does not look like a Chinese government's portal: its title is 'My shop'"),
        ({"/": Page(b"", 302, {"Location": "http://spam.example/"})}, ROBOTS, "off_host: sent on to http://spam.example/: probe that address"),
        ({"/": Page(b"", 302, {"Location": "/"})}, ROBOTS, "redirect_loop"),
        ({"/": Page(b"<script>x</script>", 412)}, ROBOTS, "challenge: a script or captcha"),
        ({"/": NOWHERE}, ROBOTS, "gone: status 404"),
        ({"/": Page(b"")}, ROBOTS, "an empty page"),
        ({"/": home()}, "User-agent: *\nDisallow: /", "robots_denied"),
    ],
)  # fmt: skip
def test_what_is_nothing_to_look_at_is_said(answers, pages, robots, words):
    portal(answers, pages, robots=robots)
    with pytest.raises(ProbeError, match=re.escape(words)):
        look()


def test_a_host_that_does_not_answer_is_said_with_exit_code_1(answers):
    for scheme in ("http", "https"):
        answers.get(
            f"{scheme}://gone.example/robots.txt", body=requests.ConnectionError("Failed to resolve 'gone.example'")
        )
    done = CliRunner().invoke(main, ["probe", "gone.example"])
    assert done.exit_code == 1
    assert "gone.example cannot be reached: http: dns" in done.output


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ProbeError, match="no address"):
        probe("http://[::1", "gongkai/test")


def test_robots_txt_that_cannot_be_had_forbids_all(answers):
    portal(answers, {"/": home()})
    answers.replace(responses.GET, f"{HOST}/robots.txt", "", status=503)
    with pytest.raises(ProbeError, match="nothing may be asked"):
        look()


def test_the_pause_is_kept_and_crawl_delay_lengthens_it(answers):
    portal(
        answers,
        {"/": home(("信息公开年报", "/nb/")), "/nb/": listed("望江县", "信息公开年报")},
        robots="User-agent: *\nCrawl-delay: 0.3\n",
    )
    began = time.monotonic()
    found = look()
    assert (found.delay, found.requests) == (0.3, 4)
    assert 0.55 < time.monotonic() - began < 3
    assert "# robots.txt asks for 0.3 seconds" in portal_file(found)
    assert Asker("x").pause >= 1


# ---------------------------------------------------------------- real servers


def test_a_portal_on_loopback(tmp_path: Path):
    """A home from the sample web under an address with a port: no other scheme is tried."""
    chosen = next(one for one in homes() if one.name == "mega-byway-hanweb")
    with serving({}) as web:
        root = chosen.home.rstrip("/")
        web.pages = {url.replace(root, web.address): answer for url, answer in chosen.pages.items()}
        found = look(web.address)
        assert found.column == chosen.column.replace(root, web.address)
        assert [way.name for way in found.ways] == ["http"]
        assert found.robots == "none (status 404)"
        path = tmp_path / "one.toml"
        path.write_text(portal_file(found), "utf-8")
        assert read_portal(path).hosts == ("127.0.0.1",)
        assert len(web.asked) == found.requests <= BUDGET


def test_a_certificate_nobody_vouches_for_is_told(tmp_path: Path):
    with serving({}, tls=server_context(tmp_path, sign("127.0.0.1"))) as web:
        root = f"https://127.0.0.1:{web.server_port}"
        web.pages = {f"http://127.0.0.1:{web.server_port}/": home(("信息公开年报", "/nb/"))}
        found = look(root)
    strict, relaxed = found.ways
    assert (strict.name, strict.outcome, relaxed.name, relaxed.status) == ("https", "tls", "https relaxed", 404)
    assert "certificate" in strict.error
    assert relaxed.tls["protocol"].startswith("TLS")
    assert re.fullmatch("[0-9a-f]{64}", relaxed.tls["sha256"])
    assert "# https relaxed: answers with status 404" in portal_file(found)
