"""Pages that only a script draws: with a real browser, without one, and what stays impossible to their scripts."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from archive.archive import Archive
from archive.commands.probe import run
from crawler.browser import Given, NoBrowser, Undrawn, draw, find
from crawler.portal import PortalError, read_portal
from pipelines.records import RENDER
from tests.archive_samples import NB, begun, visit
from tests.conftest import gongkai
from tests.servers import Crawls, Page, redirect, serving
from tests.web.parts import as_json, column, posted, report, titled


def _missing() -> str:
    try:
        find()
    except NoBrowser as error:
        return str(error)
    return ""


MISSING = _missing()
drawn = pytest.mark.skipif(bool(MISSING), reason=MISSING)
YEARS = (2023, 2022, 2021)
SHELL = '<div id="app"></div><script src="/js/app.js"></script>'
# As such programs do: what to list is asked for in JSON, the rows are written a moment later.
SCRIPT = """
const app = document.getElementById('app');
fetch('/api/list', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Site': '42'},
  body: JSON.stringify({at: location.pathname})}).then(answer => answer.json()).then(found => setTimeout(() => {
    app.innerHTML = found.text || '<ul class="list">' + found.map(row =>
      `<li><a href="${row.at}">${row.title}</a><span>${row.on}</span></li>`).join('') + '</ul>';
  }, 200));
"""


def script(text):
    return Page(text.encode(), headers={"Content-Type": "text/javascript; charset=utf-8"})


def interface(issuer):
    """What is behind a column and behind a report; it answers only to what the script asks."""

    def answer(handler):
        path = str(posted(handler).get("at"))
        if handler.headers.get("X-Site") != "42":
            Page(b"", 400)(handler)
        elif path == "/nb/":
            rows = [{"at": f"{year}.html", "title": titled(year, issuer), "on": f"{year + 1}-01-20"} for year in YEARS]
            as_json(rows)(handler)
        else:
            whole = report(issuer, int(path[4:8])).body.decode()
            as_json({"text": whole[whole.index("<h1>") : whole.index("</body>")]})(handler)

    return answer


def portal(host, browser="browser = true", delay=0.01):
    return f"""name = "安禾县"
home = "http://{host}/"
hosts = ["{host}"]
start = ["http://{host}/nb/"]
[access]
delay = {delay}
{browser}
"""


def site(host, code=SCRIPT, issuer="安禾县", charset="utf-8"):
    """A portal whose column a script draws."""
    return {
        f"http://{host}/nb/": column(SHELL, charset=charset),
        f"http://{host}/js/app.js": script(code),
        f"http://{host}/api/list": interface(issuer),
        **{f"http://{host}/nb/{year}.html": report(issuer, year) for year in YEARS},
    }


# ---------------------------------------------------------------- crawls with a browser

DRAWN, WILD, VAST, CLOSED = "www.drawn.example", "www.wild.example", "www.vast.example", "www.closed.example"
PAGED = "www.paged.example"
# One row a page, a button without an address, arrows that lead nowhere, a clock; past the end it stays where it is.
PAGED_SCRIPT = """
const app = document.getElementById('app');
let page = 0;
function show() {
  fetch('/api/page?' + page).then(answer => answer.json()).then(row => {
    app.innerHTML = `首页 <span>&gt;</span> 年报 <i>${performance.now()}</i>
      <ul class="list"><li><a href="${row.at}">${row.title}</a><span>${row.on}</span></li></ul>
      <div class="pager"><button class="btn-prev">上一页</button><button class="btn-next">下一页</button></div>`;
    app.querySelector('.btn-next').addEventListener('click', () => { if (page < 2) { page += 1; show(); } });
  });
}
show();
"""
ONE = f"<html><head><meta charset=utf-8><title>{titled(2022)}</title></head><body>{SHELL}</body></html>"
WILD_SCRIPT = """
for (const url of ['http://cdn.example/x.json', 'http://127.0.0.1:PORT/a', 'http://localhost:PORT/b',
    'http://[::1]:PORT/c', '/secret/d.json', '/away/e.json', 'file:///etc/passwd'])
  fetch(url).catch(() => 0);
fetch('/api/list', {method: 'DELETE'}).catch(() => 0);
new WebSocket('ws://127.0.0.1:PORT/f');
navigator.sendBeacon('http://127.0.0.1:PORT/g', 'x');
new Image().src = 'http://127.0.0.1:PORT/h.png';
new Worker(URL.createObjectURL(new Blob(['fetch("http://127.0.0.1:PORT/i")'])));
const link = document.createElement('link');
link.rel = 'preconnect';
link.href = 'http://127.0.0.1:PORT/';
document.head.append(link);
const frame = document.createElement('iframe');
frame.src = 'http://127.0.0.1:PORT/j';
document.body.append(frame);
window.open('http://127.0.0.1:PORT/k');
setTimeout(() => { location.href = '/elsewhere.html'; }, 300);
"""


@dataclass(frozen=True)
class Found:
    """What one crawl of all the sites left, and whom else the browser called."""

    crawls: Crawls
    asked: tuple[str, ...]
    when: tuple[float, ...]
    said: str
    called: bool

    def rows(self, sql, *values):
        return self.crawls.rows(sql, *values)

    def renderings(self, host):
        sql = "SELECT rendering FROM visits WHERE host = ? AND rendering IS NOT NULL ORDER BY number"
        return [json.loads(facts) for (facts,) in self.rows(sql, host)]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    inside = socket.create_server(("127.0.0.1", 0))
    inside.settimeout(0.1)
    wild = SCRIPT + WILD_SCRIPT.replace("PORT", str(inside.getsockname()[1]))
    away = f"http://127.0.0.1:{inside.getsockname()[1]}/e"
    pages = {
        **site(DRAWN, charset="gb18030"),
        f"http://{DRAWN}/nb/2022.html": Page(ONE.encode()),
        **site(WILD, wild, "临溪县"),
        f"http://{WILD}/robots.txt": Page(
            b"User-agent: *\nDisallow: /secret/\n", headers={"Content-Type": "text/plain"}
        ),
        f"http://{WILD}/away/e.json": redirect(away),
        **site(VAST, "app.append('x'.repeat(17 << 20));"),
        **site(CLOSED),
        **site(PAGED, PAGED_SCRIPT, "方山县"),
        **{
            f"http://{PAGED}/api/page?{page}": as_json(
                {"at": f"{year}.html", "title": titled(year, "方山县"), "on": f"{year + 1}-01-20"}
            )
            for page, year in enumerate(YEARS)
        },
    }
    with inside, serving(pages) as web:
        crawls = Crawls(tmp_path_factory.mktemp("browser"), web)
        for host in (DRAWN, WILD, VAST, CLOSED, PAGED):
            name = host.split(".")[1]
            browser = "" if host == CLOSED else "browser = true"
            crawls.portal(name, portal(host, browser, 0.8 if host == WILD else 0.01))
        done = gongkai(
            *("crawl", "--archive", crawls.archive, "--portals", crawls.folder / "portals"),
            *("drawn", "wild", "vast", "closed", "paged"),
            env={"http_proxy": web.address, "https_proxy": web.address},
        )
        try:
            inside.accept()[0].close()
            called = True
        except TimeoutError:
            called = False
        yield Found(crawls, tuple(web.asked), tuple(web.when), done.stderr.decode(), called)


@drawn
def test_a_list_that_a_script_draws_is_read(found):
    assert found.rows("SELECT ended, entries, reports FROM lists WHERE portal = 'drawn'") == [("end", 3, 3)], found.said
    cited = found.rows("SELECT year, title FROM current_reports WHERE portal = 'drawn' ORDER BY year DESC")
    assert cited == [(year, titled(year)) for year in YEARS]
    assert found.asked.count(f"http://{DRAWN}/nb/") == 1  # the browser is given what came, and does not ask again
    assert found.asked.count(f"http://{DRAWN}/js/app.js") == 1  # nor for a script that came in this run


@drawn
def test_what_was_sent_and_what_was_drawn_are_told_apart(found):
    sent, made = found.rows(
        "SELECT method, role, status, outcome, response_headers, request_headers FROM visits WHERE url = ?"
        " ORDER BY number",
        f"http://{DRAWN}/nb/",
    )
    assert sent[:4] == ("GET", "listing", 200, "new")
    assert made == ("RENDER", "listing", None, "new", '[["Content-Type","text/html; charset=utf-8"]]', "[]")
    numbered = dict(found.rows("SELECT number, url FROM visits"))
    facts, _ = found.renderings(DRAWN)
    assert numbered[facts["of"]] == f"http://{DRAWN}/nb/"
    assert [numbered[number] for number in facts["parts"]] == [f"http://{DRAWN}/js/app.js", f"http://{DRAWN}/api/list"]
    assert facts["by"].startswith("Chromium ")
    assert (facts["finished"], facts["refused"]) == (True, {})
    # the interface's answer is a visit like any other, with what was asked and where
    sql = "SELECT v.role, v.method, v.request_body, v.status, d.url, d.method FROM visits AS v JOIN visits AS d"
    asked = found.rows(f"{sql} ON d.id = v.discovered_on WHERE v.url = ? ORDER BY v.number", f"http://{DRAWN}/api/list")
    assert asked[0] == ("part", "POST", '{"at":"/nb/"}', 200, f"http://{DRAWN}/nb/", "GET")
    # the reports were found on the page as drawn
    sql = "SELECT DISTINCT d.method FROM visits AS v JOIN visits AS d ON d.id = v.discovered_on"
    assert found.rows(f"{sql} WHERE v.role = 'report' AND v.portal = 'drawn'") == [("RENDER",)]


@drawn
def test_a_page_in_an_old_charset_is_drawn_as_meant(found):
    sql = "SELECT r.charset_chosen, r.items FROM reports AS r JOIN visits AS v ON v.id = r.visit"
    ((charset, items),) = found.rows(f"{sql} WHERE v.method = 'RENDER' AND v.url = ?", f"http://{DRAWN}/nb/")
    assert charset == "utf-8"
    assert [item["title"] for item in json.loads(items)] == [titled(year) for year in YEARS]
    ((title,),) = found.rows("SELECT title FROM lists WHERE portal = 'drawn'")
    assert title == "政府信息公开年报"  # of the part that was never drawn


@drawn
def test_a_report_that_a_script_draws_is_read(found):
    verdicts = found.rows(
        "SELECT v.method, l.verdict FROM visits AS v JOIN latest AS l ON l.visit = v.id WHERE v.url = ? ORDER BY v.id",
        f"http://{DRAWN}/nb/2022.html",
    )
    assert verdicts == [("GET", "thin"), ("RENDER", "report")]
    ((said,),) = found.rows("SELECT text FROM current_reports WHERE portal = 'drawn' AND year = 2022")
    assert "共收到申请9件" in said
    assert len(found.renderings(DRAWN)) == 2  # none but the two that a script draws


@drawn
def test_scripts_reach_nothing_but_the_portals_hosts_and_these_only_as_we_do(found):
    """A hostile page: other hosts, private addresses, what robots.txt forbids, other pages and methods, sockets."""
    assert found.rows("SELECT ended, reports FROM lists WHERE portal = 'wild'") == [("end", 3)], found.said
    assert not found.called
    assert not [url for url in found.asked if "127.0.0.1" in url or "localhost" in url or "cdn.example" in url]
    assert not {f"http://{WILD}/secret/d.json", f"http://{WILD}/elsewhere.html"} & set(found.asked)
    (facts,) = found.renderings(WILD)
    refused = facts["refused"]
    assert refused["http://cdn.example/x.json"] == "is on no host of the portal"
    assert refused[f"http://{WILD}/secret/d.json"].startswith("robots_denied")
    assert refused[f"http://{WILD}/away/e.json"].startswith("off_host")
    assert refused[f"http://{WILD}/elsewhere.html"].startswith("leads away")
    assert refused[f"http://{WILD}/api/list"] == "only GET and POST are sent, not DELETE"


@drawn
def test_a_list_whose_pages_only_a_script_turns_is_read_to_its_end(found):
    assert found.rows("SELECT ended, pages, reports FROM lists WHERE portal = 'paged'") == [("end", 3, 3)], found.said
    assert [facts["turned"] for facts in found.renderings(PAGED)] == [0, 1, 2]
    # each report was found on the page that listed it
    sql = (
        "SELECT v.url, d.rendering FROM visits AS v JOIN visits AS d ON d.id = v.discovered_on WHERE v.role = 'report'"
    )
    on = {url: json.loads(facts)["turned"] for url, facts in found.rows(f"{sql} AND v.host = ?", PAGED)}
    assert on == {f"http://{PAGED}/nb/{year}.html": page for page, year in enumerate(YEARS)}


@drawn
def test_a_page_that_cannot_be_drawn_is_named(found):
    made = found.rows("SELECT outcome, error, body FROM visits WHERE method = 'RENDER' AND portal = 'vast'")
    ((outcome, error, body),) = made
    assert (outcome, body) == ("failed", None)
    assert "characters once it is drawn" in error
    assert f"http://{VAST}/nb/: cannot be drawn" in found.said
    assert found.rows("SELECT ended FROM lists WHERE portal = 'vast'") == [("script",)]


@drawn
def test_a_portal_whose_file_does_not_ask_for_it_is_not_drawn(found):
    assert found.rows("SELECT ended FROM lists WHERE portal = 'closed'") == [("script",)]
    assert found.renderings(CLOSED) == []
    assert f"http://{CLOSED}/js/app.js" not in found.asked


@drawn
def test_the_pause_between_two_requests_holds_for_scripts_too(found):
    times = sorted(at for url, at in zip(found.asked, found.when, strict=True) if urlsplit(url).hostname == WILD)
    assert len(times) == 8  # robots.txt, the column, its script, two that this asks for at once, three reports
    # of 0.8: they arrive unevenly on a busy machine, and two that are sent at once arrive together
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.2


# ---------------------------------------------------------------- the browser alone


def as_drawn(code, fetch=None, patience=3.0):
    async def nothing(ask, is_script):
        return "not here"

    page = Given(
        200, (("Content-Type", "text/html; charset=utf-8"),), f"<p id=p>原文</p><script>{code}</script>".encode()
    )
    return draw("http://www.drawn.example/", page, fetch or nothing, "gongkai", patience)


@drawn
def test_pages_without_end_are_cut_off():
    """One that never lets go, one that asks and asks."""
    asked = []

    async def fetch(ask, is_script):
        asked.append(ask.url)
        return Given(200, (), b"1")

    async def both():
        tick = "let n = 0; setInterval(() => fetch('/tick?' + n++).catch(() => 0), 20); p.textContent = '成文';"
        hung, ticking = as_drawn("while (true) {}"), as_drawn(tick, fetch)
        return await asyncio.gather(hung, ticking, return_exceptions=True)

    hung, ticking = asyncio.run(both())
    assert isinstance(hung, Undrawn)
    assert str(hung).startswith("hangs")
    assert "成文" in ticking.pages[0]
    assert not ticking.finished
    assert len(asked) == 60
    assert "more than 60 requests" in ticking.refused.values()


# ---------------------------------------------------------------- without a browser


@drawn
def test_without_a_browser_that_starts_the_run_says_so_in_one_line(tmp_path):
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    host = "www.drawn.example"
    with serving(site(host)) as web:
        crawls = Crawls(tmp_path, web, environment={"PATH": str(tmp_path)})
        crawls.portal("anhe", portal(host))
        log = crawls.run("anhe")
    (line,) = [line for line in log.splitlines() if "there is no browser" in line]
    assert f"安禾县 (anhe): http://{host}/nb/ is drawn by a script" in line
    assert f"{program} does not start" in line
    assert "Traceback" not in log
    assert crawls.rows("SELECT ended FROM lists") == [("script",)]
    assert crawls.rows("SELECT count(*) FROM visits WHERE method = 'RENDER'") == [(0,)]


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    if "extra" not in MISSING:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(NoBrowser, match="install the system's package chromium"):
            find()
    monkeypatch.setitem(sys.modules, "playwright", None)  # how Python marks a module that is not there
    with pytest.raises(NoBrowser, match=r"pip install 'gongkai\[browser\]'"):
        find()


# ---------------------------------------------------------------- told beforehand


def test_probe_says_that_a_browser_is_needed_and_proposes_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving({}) as web:
        base = web.address
        web.pages |= {
            f"{base}/": column('<a href="/nb/">政府信息公开年报</a>', title="首页"),
            f"{base}/nb/": column(SHELL),
        }
        run(base, json_out=False, pause=0)
    out, err = capsys.readouterr()
    assert f"drawn         {base}/nb/: only a script draws it" in err
    path = tmp_path / "anhe.toml"
    path.write_text(out, "utf-8")
    assert read_portal(path).access.browser is True
    assert f"# only a script draws {base}/nb/" in out


# ---------------------------------------------------------------- in the archive and in a portal's file


def test_drawn_is_compared_with_drawn_and_sent_with_sent(tmp_path):
    def made(number, body, turned=0):
        facts = {"of": number - 1, "turned": turned, "parts": [], "by": "Chromium 1"}
        return visit(number, NB, body, role="listing", method=RENDER, status=None, rendering=facts)

    with Archive.open(tmp_path / "a.db") as archive:
        run = begun(archive)
        steps = [
            visit(1, NB, b"<p>shell", role="listing"),
            made(2, b"<p>rows"),
            visit(3, NB, b"<p>shell", role="listing"),
            made(4, b"<p>rows"),
            made(6, b"<p>page 2", 1),
            made(7, b"<p>page 2", 1),
            visit(8, NB, None, role="listing", outcome="not_modified", status=304),
        ]
        kept = [archive.keep(run, step) for step in steps]
        assert [one.outcome for one in kept] == [
            *("new", "new", "same_bytes", "same_bytes"),
            *("new", "same_bytes", "not_modified"),
        ]
        assert kept[6].body_sha256 == kept[0].body_sha256  # what still holds is what the server sent


def test_the_field_is_true_or_false(tmp_path):
    path = tmp_path / "anhe.toml"
    path.write_text(portal(DRAWN), "utf-8")
    assert read_portal(path).access.browser is True
    path.write_text(portal(DRAWN, ""), "utf-8")
    assert read_portal(path).access.browser is False
    path.write_text(portal(DRAWN, 'browser = "yes"'), "utf-8")
    with pytest.raises(PortalError, match=r"anhe\.toml: access\.browser = 'yes'"):
        read_portal(path)
