"""The sample web, crawled by the real spider: what is found, what it costs, and whether every trap is named."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest

from crawler.families import FAMILIES, NAMES
from crawler.families.reading import read
from pipelines.records import Ask, Capture
from pipelines.walks import ENDS
from tests.conftest import SHARED, gongkai
from tests.servers import Crawls, serving
from tests.web import Site, sites

SITES = sites()


@dataclass(frozen=True)
class Found:
    """What a crawl left in the archive and said on its way."""

    crawls: Crawls
    said: str

    def rows(self, sql: str, site: Site) -> list[tuple[Any, ...]]:
        return self.crawls.rows(sql, site.name)

    def reports(self, site: Site) -> set[str]:
        """What was asked for as a report, less what then was told to be a list of a year."""
        sql = """SELECT url FROM visits AS v WHERE portal = ? AND role = 'report' AND redirected_from IS NULL
            AND NOT EXISTS (SELECT 1 FROM lists WHERE portal = v.portal AND url = v.url)"""
        return {url.replace("https://", "http://") for (url,) in self.rows(sql, site)}  # one where both are tried

    def searching(self, site: Site) -> int:
        """Requests for lists."""
        return int(self.rows("SELECT count(*) FROM visits WHERE portal = ? AND role = 'listing'", site)[0][0])


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """One crawl of all sites that the chosen tests are about."""
    functions = [item for item in request.session.items if item.path == request.path]
    chosen = {site.name: site for item in functions if (site := _site(item))}
    with serving({url: answer for site in chosen.values() for url, answer in site.pages.items()}) as web:
        crawls = Crawls(tmp_path_factory.mktemp("web"), web)
        for site in chosen.values():
            crawls.portal(site.name, site.portal)
        done = gongkai(
            *("crawl", "--archive", crawls.archive, "--portals", crawls.folder / "portals", *chosen),
            env={"http_proxy": web.address, "https_proxy": web.address},
        )
        yield Found(crawls, done.stderr.decode())


def _site(item: pytest.Item) -> Site | None:
    site = item.callspec.params.get("site") if hasattr(item, "callspec") else None
    return site if isinstance(site, Site) else None  # pytest has a stand-in where there are none


def each(of: tuple[Site, ...] = SITES):
    return pytest.mark.parametrize("site", [pytest.param(site, id=site.name) for site in of])


def test_the_sites_are_sound():
    assert not [name for name, count in Counter(site.name for site in SITES).items() if count > 1]
    assert not [url for url, count in Counter(url for site in SITES for url in site.pages).items() if count > 1]
    assert {site.family for site in SITES} <= set(NAMES)
    assert {ended for site in SITES for ended in site.lists.values()} <= set(ENDS)
    for site in SITES:
        assert site.missing <= site.reports


@each()
def test_just_its_reports_are_found(found: Found, site: Site):
    assert found.reports(site) == site.reports


@each()
def test_what_is_found_reads_as_a_report(found: Found, site: Site):
    sql = """SELECT v.url FROM visits AS v JOIN latest AS l ON l.visit = v.id
        WHERE v.portal = ? AND v.role = 'report' AND l.verdict IN ('report', 'attachment_only', 'thin')"""
    read = {url.replace("https://", "http://") for (url,) in found.rows(sql, site)}
    assert read == site.reports - site.missing


@each()
def test_every_list_ends_as_it_should(found: Found, site: Site):
    assert dict(found.rows("SELECT url, ended FROM lists WHERE portal = ?", site)) == dict(site.lists)


@each()
def test_the_family_is_told(found: Found, site: Site):
    families = {family for (family,) in found.rows("SELECT family FROM lists WHERE portal = ? AND pages > 0", site)}
    assert families <= {site.family, "generic"}  # a list below may have no mark of its own
    first = found.rows(f"SELECT family FROM lists WHERE portal = ? AND url = '{site.start[0]}'", site)
    assert first == [(site.family,)] or not families


@each()
def test_it_costs_few_requests(found: Found, site: Site):
    spent, reports = found.searching(site), max(1, len(site.reports))
    print(f"{site.name}: {spent} requests for {len(site.reports)} reports: {spent / reports:.2f} each")  # noqa: T201 - measured: shown by pytest -s
    assert spent <= site.most


@each(tuple(site for site in SITES if site.says))
def test_what_is_odd_is_said(found: Found, site: Site):
    for words in site.says:
        assert re.search(re.escape(words), found.said), found.said


JUNK = (
    "",
    "<html><body>502 Bad Gateway</body></html>",
    "[]",
    '{"data": null}',
    '{"data": [1], "articles": "x", "total": "many", "result": 7, "custom": []}',
    '{"data": {"list": [null, {"title": 3}], "results": [{"title": "年报"}], "html": [], "total": -1}}',
    "cb({);",
    '{"data":' * 9000,
    "<recordset><record><![CDATA[<li>",
)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
def test_an_answer_that_is_none_lists_nothing(family: str, answer: str):
    """What an interface says is the other side's: whatever it is, reading it ends, and nothing is made up."""
    paths = ("front/page/build/unit?paramJson=[]", "module/xxgk/search.jsp", "x/getMessage.do?endrecord=9&perpage=9")
    for path in (*paths, "x?page=a"):
        url = f"http://www.anhe.example/{path}"
        capture = Capture(url, answer.encode(), "application/json")
        asks = (Ask(url), Ask(url, "POST", '{"pageNo": "x"}'))
        for asked in (replace(ask, family=family, headers=(("Referer", url),)) for ask in asks):
            assert not read(capture, asked).reports
        assert not read(capture, Ask(url), family).reports


_CALLED = {"jcms": "hanweb", "nfcms": "gkmlpt", "ivs": "shanghai"}  # as the index of the real pages has them


@pytest.mark.shared
def test_no_real_page_is_told_as_one_of_another_family():
    told = []
    index = (SHARED / "pages" / "INDEX.tsv").read_text("utf-8").splitlines()
    for name, _, host, url, _, system in csv.reader(index, delimiter="\t"):
        family = _CALLED.get(system, system)
        if family in NAMES and name.endswith(".html"):
            capture = Capture(url or f"http://{host}/", (SHARED / "pages" / name).read_bytes())
            told.append((name, family, read(capture, Ask(capture.url)).family))
    assert not [(name, family, as_) for name, family, as_ in told if as_ not in {family, "generic"}]
    assert sum(family == as_ for _, family, as_ in told) >= 0.85 * len(told) > 20
