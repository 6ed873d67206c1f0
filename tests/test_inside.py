"""A portal that does all it can to have us ask a server inside: by links, redirects, pages, files, robots.txt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fault_server import Answer, Host, faults, raw
from tests.servers import Crawls, serving
from tests.test_crawl import entry, listing, report

# The address inside in words that one reader or another takes for it; {here}: the portal's own.
SPELLED = (
    "http://127.3.0.2:{port}/",
    "http://0x7f.3.0.2:{port}/",
    "http://2130903042:{port}/",
    "http://0x7f030002:{port}/",
    "http://127.196610:{port}/",
    "http://0177.03.0.02:{port}/",
    "http://[::ffff:127.3.0.2]:{port}/",
    "http://[::ffff:7f03:2]:{port}/",
    "http://[::127.3.0.2]:{port}/",
    "http://127.3.0.2.:{port}/",
    "http://①27.3.0.2:{port}/",
    "http://127。3。0。2:{port}/",
    "http://%31%32%37.3.0.2:{port}/",
    "http://{here}@127.3.0.2:{port}/",
    "http://127.3.0.2:{port}\\@{here}/",
    "http://127.3.0.2:{port}%2f@{here}/",
    "http://127.3.0.2:{port}%5c@{here}/",
    "http://127.3.0.2:{port}#@{here}/",
    "http://127.3.0.2:{port}?@{here}/",
    "http://{here}\\@127.3.0.2:{port}/",
    "//127.3.0.2:{port}/",
    "\\\\127.3.0.2:{port}/",
    "http:\\\\127.3.0.2:{port}/",
    "http:///127.3.0.2:{port}/",
    "ht\ttp://127.3.0.2:{port}/",
    "\x01http://127.3.0.2:{port}/",
    "HTTP://127.3.0.2:{port}/",
    "http://localhost:{port}/",
    "http://0:{port}/",
    "http://[::]:{port}/",
    "http://[::1]:{port}/",
)


def html(body: str, head: str = "") -> bytes:
    return f"<html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>".encode()


def answer(body: bytes, status: str = "200 OK", *more: str) -> Answer:
    headers = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        "Connection: close",
        *more,
        f"Content-Length: {len(body)}",
    ]
    return raw("\r\n".join([*headers, "", ""]).encode() + body)


def sent(to: str) -> Answer:
    return answer(b"", "302 Found", f"Location: {to}".replace("\t", "%09").replace("\x01", ""))


def ways(number: int, to: str) -> Iterator[tuple[str, Answer]]:
    """Pages of the portal, each of which leads inside in a way of its own."""
    yield f"/nb/{number}/hop.html", sent(to)
    yield f"/nb/{number}/hops.html", sent(f"/nb/{number}/hop.html")
    yield f"/nb/{number}/refresh.html", answer(html("", f'<meta http-equiv="refresh" content="0;url={to}">'))
    yield f"/nb/{number}/script.html", answer(html(f'<script>window.location.href="{to}"</script>'))
    words = report(
        2020,
        f'<iframe src="{to}"></iframe><p>附件：<a href="{to}tj.xls">2020年统计表.xls</a></p><a href="{to}">下一页</a>',
    ).body
    yield f"/nb/{number}/report.html", answer(words.replace(b"2020", b"%d" % (1990 + number)))


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crawls, Host, Host, str]]:
    folder = tmp_path_factory.mktemp("inside")
    with faults() as server, serving({}) as proxy:
        here, inside, ruled = server.host({}), server.host({}), server.host({})
        assert inside.address == "127.3.0.2"
        for path in ("*", "/robots.txt"):
            inside.pages[path] = answer(report(2020).body)
        places = [place.format(port=inside.port, here=f"{here.address}:{here.port}") for place in SPELLED]
        for number, place in enumerate(places):
            here.pages |= dict(ways(number, place))
        links = [entry(2020, path) for path in here.pages]
        links += [entry(2020, place) for place in places]
        ruled.pages["/robots.txt"] = sent(f"http://127.3.0.2:{inside.port}\\@{ruled.address}:{ruled.port}/robots.txt")
        links.append(entry(2021, f"{ruled.url}/nb/2021.html"))
        pager = "".join(f'<a href="{place}">下一页</a>' for place in places)
        column = listing(links, pager).body
        here.pages["/nb/"] = answer(column)
        hosts = [here.address, ruled.address]
        crawls = Crawls(folder, proxy, direct="*")
        crawls.portal("anhe", f'name = "安禾县"\nhome = "{here.url}/"\nhosts = {hosts}\nstart = ["{here.url}/nb/"]\n')
        log = crawls.run("anhe", CONCURRENT_REQUESTS=8, CONCURRENT_REQUESTS_PER_DOMAIN=8, RETRY_TIMES=0)
        yield crawls, here, inside, log


def test_nobody_inside_is_asked(crawl: tuple[Crawls, Host, Host, str]) -> None:
    _, here, inside, log = crawl
    assert not inside.asked
    asked = {path for path in here.asked if path.startswith("/nb/")}
    assert len(asked) > len(SPELLED) * 4, "the traps themselves were walked into"
    assert "Traceback" not in log


def test_what_leads_inside_says_so(crawl: tuple[Crawls, Host, Host, str]) -> None:
    crawls, *_ = crawl
    assert {host for (host,) in crawls.rows("SELECT DISTINCT host FROM visits")} == {"127.3.0.1", "127.3.0.3"}
    sent_on = crawls.rows("SELECT error FROM visits WHERE outcome = 'off_host' AND role = 'report'")
    assert len(sent_on) > len(SPELLED) * 2  # by a hop, and by a page
    assert all(error.startswith("sent on to ") for (error,) in sent_on)
    assert crawls.rows("SELECT outcome FROM visits WHERE host = '127.3.0.3' ORDER BY role DESC") == [
        ("off_host",),  # robots.txt
        ("robots_denied",),
    ]
