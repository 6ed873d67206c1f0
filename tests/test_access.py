"""How hosts are reached: by which scheme and address, at whose pace, and when they are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse

from crawler.access import BURST, REST, Ways
from crawler.portal import PortalError, read_portal
from crawler.refresh import leads_on
from crawler.resolver import is_public
from pipelines.records import Access, Portal, Visit
from tests.servers import Answer, Crawls, Handler, Page, Web, in_turn, redirect, reset, serving
from tests.test_crawl import HOST, PORTAL, entry, listing, report
from tests.test_tls import server_context, sign


def page(head: str = "", body: str = "", url: str = f"{HOST}/") -> tuple[HtmlResponse, Visit]:
    title = "<meta charset='utf-8'><title>安禾县人民政府门户网站</title>"
    html = f"<html><head>{title}{head}</head><body>{body}</body></html>"
    portal = Portal("anhe", "安禾县", None, f"{HOST}/", ("www.anhe.example",))
    visit = Visit(1, portal, "listing", url, datetime.now(UTC), "fetched", status=200)
    return HtmlResponse(url, body=html.encode(), encoding="utf-8"), visit


def script(words: str) -> str:
    return f"<script type='text/javascript'>{words}</script>"


YEARS = (2023, 2022)
CHALLENGE = Page(b"<script>go()</script>", 412)
REFRESH = '<meta http-equiv="refresh" content="0;url={}">'
# Each a county of its own, for what is learnt of a host is learnt of it alone. Those of SECURE have a server over TLS.
HOSTS = ("secure", "plain", "neither", "recovered", "onward", "busy", "guarded", "shut", "ruled")
SECURE = ("secure", "recovered")
START = {"plain": "https", "recovered": "https"}


def at(name: str, path: str = "/nb/", scheme: str = "http") -> str:
    return f"{scheme}://{name}.example{path}"


def pages(name: str, *extra: tuple[str, str, str], years: Iterable[int] = YEARS) -> dict[str, Answer]:
    """A column with two reports."""
    return {
        at(name): listing([*(entry(year) for year in years), *extra]),
        **{at(name, f"/nb/{year}.html"): report(year) for year in years},
    }


def proxied(tunnels: dict[str, int]) -> dict[str, Answer]:
    """What is answered without TLS."""

    def recovered(handler: Handler) -> None:
        tunnels["recovered.example:443"] = tunnels["secure.example:443"]
        redirect(at("recovered", "/robots.txt", "https"), 301)(handler)

    years = range(2010, 2022)
    return {
        **dict.fromkeys((at("secure"), at("secure", "/robots.txt")), reset),
        **dict.fromkeys((at("neither"), at("neither", "/robots.txt")), reset),
        **pages("plain", entry(2021, at("plain", "/nb/2023.html", "https")), entry(2020, at("plain", "/a", "https"))),
        at("plain", "/a"): redirect(at("plain", "/b")),
        at("plain", "/b"): report(2020),
        at("recovered", "/robots.txt"): recovered,
        **pages("onward"),
        at("onward", "/"): Page(page(REFRESH.format("/in/"))[0].body),
        at("onward", "/in/"): Page(page(script("location.href='/nb/'"))[0].body),
        at("onward", "/nb/2022.html"): Page(page(REFRESH.format("http://www.qinghe.example/2022.html"))[0].body),
        at("onward", "/nb/2023.html"): Page(page(REFRESH.format("2023a.html"))[0].body),
        at("onward", "/nb/2023a.html"): Page(page(REFRESH.format("2023.html"))[0].body),
        **pages("busy"),
        at("busy", "/nb/2023.html"): in_turn(Page(b"", 429, {"Retry-After": "2"}), report(2023)),
        at("guarded"): listing([entry(year) for year in years]),
        **{at("guarded", f"/nb/{year}.html"): CHALLENGE for year in years},
        at("guarded", "/nb/2011.html"): report(2011),
        **pages("shut"),
        at("shut", "/nb/2023.html"): Page(b"", 429, {"Retry-After": "86400"}),
        **pages("ruled"),
        at("ruled", "/robots.txt"): Page(RULES, headers={"Content-Type": "text/plain"}),
    }


RULES = b"User-agent: *\nDisallow: /nb/2022\n"


@dataclass(frozen=True)
class Crawled:
    crawls: Crawls
    log: str
    asked: list[tuple[str, float]]  # of the proxy, with the time

    def visits(self, name: str) -> list[tuple[str, str]]:
        """Addresses and outcomes; an address on http without its host."""
        rows = self.crawls.rows("SELECT url, outcome FROM visits WHERE host = ? ORDER BY number", f"{name}.example")
        return [(url.removeprefix(at(name, "")), outcome) for url, outcome in rows]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crawls, Web]]:
    """A proxy, and behind its tunnels a server that holds a good certificate."""
    folder = tmp_path_factory.mktemp("access")
    authority = sign("安禾根证书", authority=True)
    (folder / "authorities.pem").write_bytes(authority.pem)
    context = server_context(folder, sign(*(f"{name}.example" for name in SECURE), by=authority))
    with serving({}) as proxy, serving({}, tls=context) as web:
        proxy.tunnels["secure.example:443"] = web.server_port
        proxy.pages = proxied(proxy.tunnels)
        for name in SECURE:
            same = (entry(2021, at(name, "/nb/2022.html", scheme)) for scheme in ("http", "https"))
            web.pages |= pages(name, *same)
        yield Crawls(folder, proxy, environment={"SSL_CERT_FILE": str(folder / "authorities.pem")}), web


@pytest.fixture(scope="module")
def crawled(secured: tuple[Crawls, Web]) -> Crawled:
    crawls, _ = secured
    starts = [at(name, "/" if name == "onward" else "/nb/", START.get(name, "http")) for name in HOSTS]
    crawls.portal(
        "anhe",
        f'name = "安禾县"\nhome = "{starts[0]}"\nhosts = {[f"{name}.example" for name in HOSTS]}\nstart = {starts}\n',
    )
    log = crawls.run("anhe", CONCURRENT_REQUESTS=60, DOWNLOAD_DELAY=0.2)
    return Crawled(crawls, log, list(zip(crawls.web.asked, crawls.web.when, strict=True)))


def test_a_portal_that_answers_https_only(crawled: Crawled) -> None:
    assert crawled.visits("secure") == [
        ("/robots.txt", "reset"),
        (at("secure", "/robots.txt", "https"), "gone"),
        *((at("secure", f"/nb/{file}", "https"), "new") for file in ("", "2023.html", "2022.html")),
    ]
    assert [url for url, _ in crawled.asked if "secure" in url] == [at("secure", "/robots.txt"), "secure.example:443"]
    assert "secure.example: no answer by http" in crawled.log


def test_a_portal_that_answers_http_only(crawled: Crawled) -> None:
    assert crawled.visits("plain") == [
        (at("plain", "/robots.txt", "https"), "refused"),
        ("/robots.txt", "gone"),
        ("/nb/", "new"),
        ("/nb/2023.html", "new"),
        ("/nb/2022.html", "new"),
        ("/a", "redirected"),
        ("/b", "new"),
    ]
    assert [url for url, _ in crawled.asked].count("plain.example:443") == 1


def test_a_portal_that_answers_neither_way_is_judged_by_what_its_own_address_did(crawled: Crawled) -> None:
    assert crawled.visits("neither") == [
        ("/robots.txt", "reset"),
        (at("neither", "/robots.txt", "https"), "refused"),
        *[("/robots.txt", "reset")] * 2,  # tried again
        ("/nb/", "reset"),
    ]


def test_a_server_that_sends_back_to_the_scheme_that_failed_is_believed(crawled: Crawled) -> None:
    assert crawled.visits("recovered") == [
        (at("recovered", "/robots.txt", "https"), "refused"),
        ("/robots.txt", "redirected"),
        (at("recovered", "/robots.txt", "https"), "gone"),
        *((at("recovered", f"/nb/{file}", "https"), "new") for file in ("", "2023.html", "2022.html")),
    ]


def test_a_portal_file_may_name_the_scheme(tmp_path: Path) -> None:
    path = tmp_path / "anhe.toml"
    path.write_text(PORTAL + '[access]\nscheme = "https"\n', "utf-8")
    ways = Ways(read_portal(path).access, 5.0)
    assert ways.url(f"{HOST}/nb/?a=1") == "https://www.anhe.example/nb/?a=1"
    assert ways.url("http://www.anhe.example:8080/nb/") == "http://www.anhe.example:8080/nb/"
    assert ways.another("https://www.anhe.example/nb/", "refused", "no", relaxed=False) is None


def test_who_answers_for_another_host_on_a_scheme_that_nobody_gave_is_not_believed() -> None:
    ways, http, https = Ways(Access(), 5.0), f"{HOST}/", f"{HOST.replace('http', 'https')}/"
    assert ways.another(http, "refused", "no", relaxed=False) == https
    assert ways.another(https, "tls", "the certificate is for another host", relaxed=False) is None
    assert ways.url(https) == http
    assert not ways.relaxed("www.anhe.example")
    ways = Ways(Access(), 5.0)
    assert ways.another(http, "refused", "no", relaxed=False) == https
    assert ways.another(https, "tls", "the certificate has expired", relaxed=False) == https
    assert ways.relaxed("www.anhe.example") == "the certificate has expired"


@pytest.mark.parametrize(("field", "allowed"), [("tls", "'strict' or 'relaxed'"), ("scheme", "'http' or 'https'")])
def test_a_wrong_word_in_a_portal_file_is_named(tmp_path: Path, field: str, allowed: str) -> None:
    path = tmp_path / "anhe.toml"
    path.write_text(f'{PORTAL}[access]\n{field} = "no"\n', "utf-8")
    with pytest.raises(PortalError, match=rf"access\.{field} = 'no'.*{allowed}"):
        read_portal(path)


# ---------------------------------------------------------------- addresses


def test_addresses_of_both_kinds_are_tried_and_none_inside(tmp_path: Path) -> None:
    with serving({}) as web:
        port = web.server_port
        hosts = ["both.example", "inside.example", "mapped.example", "four.example", "loop.example"]
        for host in hosts:
            web.pages[f"http://{host}:{port}/"] = listing([entry(2020)])
            web.pages[f"http://{host}:{port}/2020.html"] = report(2020)
        web.pages[f"http://both.example:{port}/2020.html"] = redirect(f"http://inside.example:{port}/x.html")
        starts = [f"http://{host}:{port}/" for host in hosts]
        crawls = Crawls(tmp_path, web, direct="*")
        crawls.portal("anhe", f'name = "安禾县"\nhome = "{starts[0]}"\nhosts = {hosts}\nstart = {starts}\n')
        settings = {"TWISTED_DNS_RESOLVER": "tests.names.Names", "RETRY_TIMES": 0, "CONCURRENT_REQUESTS": 10}
        crawls.run("anhe", **settings, GONGKAI_PRIVATE="::1/128,127.0.0.1/32")
    rows = crawls.rows("SELECT host, url, outcome, error, remote_address FROM visits WHERE role <> 'robots'")
    assert {(host, outcome, address) for host, _, outcome, _, address in rows} == {
        ("both.example", "new", "127.0.0.1"),
        ("both.example", "redirected", "127.0.0.1"),
        ("inside.example", "private", None),
        ("mapped.example", "private", None),
        ("loop.example", "private", None),
        ("four.example", "new", "127.0.0.1"),
    }
    assert (f"http://inside.example:{port}/x.html", "private") in [(url, outcome) for _, url, outcome, _, _ in rows]
    assert {error.removeprefix("robots.txt cannot be had: ") for *_, error, _ in rows if error} == {
        "inside.example leads to 10.1.2.3, inside a private network",
        "mapped.example leads to ::ffff:10.1.2.3, inside a private network",
        "loop.example leads to 127.0.0.2, inside a private network",
    }
    assert not any("inside" in url or "loop" in url for url in web.asked)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.2.4.8", True),
        ("2400:3200::1", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:192.168.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("64:ff9b::102:408", True),
    ],
)
def test_what_a_public_address_is(address: str, public: bool) -> None:
    assert is_public(address) == public


# ---------------------------------------------------------------- pages that send on


@pytest.mark.parametrize(
    ("head", "body", "to"),
    [
        ('<meta http-equiv="refresh" content="0;url=/zwgk/index.html">', "", "/zwgk/index.html"),
        ("<META HTTP-EQUIV=REFRESH CONTENT='3; URL=web/'>", "正在跳转，请稍候……", "/web/"),
        (script('window.location.href="/ahx/index.html";'), "", "/ahx/index.html"),
        (script("location='zwgk/'"), '<a href="zwgk/">如果没有自动跳转，请点击这里</a>', "/zwgk/"),
        (script("//旧\nself.location.replace('/new/');"), "", "/new/"),
        (script("top.location.assign('http://www.anhe.example/a')"), "", "/a"),
        (script("if (x) { location.href='/a'; } else { location.href = '/a' }"), "", "/a"),
        # not so: text, two ways, a guard, itself, code, words in a comment, a page that renews itself
        ('<meta http-equiv="refresh" content="0;url=/a">', "安禾县" * 40, None),
        (script("if (mobile) { location.href='/m/'; } else { location.href = '/pc/' }"), "", None),
        (script("document.cookie='a=1';location.href='/'"), "", None),
        (script("document.cookie='a=1';location.href='/b'"), "", None),
        ('<meta http-equiv="refresh" content="5">', "", None),
        (script("location.href='/';"), "", None),
        (script("location.href='/list?page=' + page;"), "", None),
        (script("var location_name='/a'; other.mylocation='/a';"), "", None),
        (script("/* location.href='/a'; */ // location.href='/b'"), "", None),
        ('<meta http-equiv="refresh" content="600;url=/b">', "", None),
        (script("location.href='javascript:void(0)'"), "", None),
        (script("location.href='http://[::1/x'"), "", None),
    ],
)
def test_a_page_without_text_sends_on(head: str, body: str, to: str | None) -> None:
    assert leads_on(*page(head, body)) == (f"{HOST}{to}" if to else None)


def test_what_a_page_sends_on_to_is_followed_on_the_portals_hosts(crawled: Crawled) -> None:
    assert crawled.visits("onward") == [
        ("/robots.txt", "gone"),
        ("/", "redirected"),
        ("/in/", "redirected"),
        ("/nb/", "new"),
        ("/nb/2023.html", "redirected"),
        ("/nb/2022.html", "off_host"),
        ("/nb/2023a.html", "redirect_loop"),
    ]
    assert not any("qinghe" in url for url, _ in crawled.asked)


# ---------------------------------------------------------------- patience


def test_a_host_that_asks_to_wait_is_let_alone_altogether(crawled: Crawled) -> None:
    urls, times = zip(*((url, when) for url, when in crawled.asked if "busy" in url), strict=True)
    assert urls == tuple(
        at("busy", f"/{path}") for path in ("robots.txt", "nb/", "nb/2023.html", "nb/2022.html", "nb/2023.html")
    )
    assert times[3] - times[2] > 1.9
    assert times[4] - times[3] < 1.5


def test_a_guard_is_not_hammered(crawled: Crawled) -> None:
    found = [outcome for _, outcome in crawled.visits("guarded")]
    assert found == ["gone", "new", "challenge", "new", *["challenge"] * 3, *["guarded"] * 7]
    assert sum("guarded" in url for url, _ in crawled.asked) == 7
    assert "guarded.example is left for this run: 3 challenges in a row" in crawled.log


def test_a_server_that_shuts_the_door_for_long_is_left(crawled: Crawled) -> None:
    assert crawled.visits("shut")[2:] == [("/nb/2023.html", "http_error"), ("/nb/2022.html", "guarded")]
    assert "come back after 86400 seconds" in crawled.log


def test_errors_in_a_row_slow_the_crawl_down_and_one_answer_ends_that() -> None:
    ways = Ways(Access(), 5.0)
    _, visit = page()

    def heard(status: int, outcome: str = "http_error") -> float:
        portal = visit.portal
        return ways.heard(Visit(1, portal, "report", visit.url, visit.requested_at, outcome, status=status), None)

    assert [heard(500), heard(503), heard(502), heard(500), heard(500)] == [0, 5, 10, 20, REST]
    assert not ways.in_burst(visit.url)
    assert heard(500) == REST
    assert ways.hosts["www.anhe.example"].errors > BURST
    assert ways.in_burst(visit.url)
    assert heard(404, "gone") == 0
    assert heard(500) == 0


# ---------------------------------------------------------------- robots.txt


def test_what_robots_txt_said_is_kept_and_read_as_no_page(crawled: Crawled) -> None:
    crawls = crawled.crawls
    url = at("ruled", "/robots.txt")
    kept = "SELECT role, outcome, size FROM visits JOIN bodies ON sha256 = body WHERE url = ?"
    assert crawls.rows(kept, url) == [("robots", "new", len(RULES))]
    assert dict(crawled.visits("ruled")[1:]) == {
        "/nb/": "new",
        "/nb/2023.html": "new",
        "/nb/2022.html": "robots_denied",
    }
    assert [asked for asked, _ in crawled.asked].count(url) == 1
    assert crawls.rows("SELECT count(*) FROM reports WHERE url LIKE '%robots.txt'") == [(0,)]
    ((counted, visits),) = crawls.rows(
        "SELECT counts ->> 'new', (SELECT count(*) FROM visits WHERE run = 1 AND outcome = 'new')"
        " FROM runs WHERE id = 1"
    )
    assert visits == counted + 1  # robots.txt is none of the pages that a portal brought
