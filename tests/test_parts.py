"""Articles on several pages and in frames: read as one, kept page by page, read again from the archive the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.archive import Archive
from pipelines import RECIPE, derive
from pipelines.article import Article
from pipelines.records import Capture, Part, Report
from tests.archive_samples import ANHE, visit
from tests.servers import Crawls, Page, serving
from tests.web.articles import COLUMN, HOST, SITES, article, name, onward, pager, parts

TYPE = "text/html; charset=utf-8"
FIRST, SECOND, THIRD = parts(2020)
WHOLE = derive(Capture(name(2020), article(2020, FIRST + SECOND + THIRD).body, TYPE))


def first(below: str = pager(2020, 0), text: str = FIRST) -> Capture:
    return Capture(name(2020), article(2020, text, below).body, TYPE)


def part(page: int, text: str, below: str | None = None) -> Part:
    return Part(name(2020, page), article(2020, text, pager(2020, page) if below is None else below).body, TYPE)


def codes(report: Report) -> dict[str, list[str]]:
    return {finding.code: finding.evidence.splitlines() for finding in report.findings}


def says_the_same(one: Report, other: Report) -> None:
    for field in ("text", "markdown", "sections", "tables", "attachments", "fingerprint", "verdict", "reasons"):
        assert getattr(one, field) == getattr(other, field), field
    for field in ("title", "issuer", "year", "period", "published_on", "signed_on", "source"):
        assert getattr(one.identity, field) == getattr(other.identity, field), field


# ---------------------------------------------------------------- one report of many pages


def test_the_sample_is_a_report_with_all_its_parts():
    """What the tests below compare with, seen once."""
    assert WHOLE.text.splitlines()[-3:] == ["附件：2020年统计表.xls", "安禾县人民政府办公室", "2021年1月20日"]
    assert [section.number for section in WHOLE.sections] == ["", "一、", "二、", "三、", "四、"]
    assert [(table.after, table.rows[2]) for table in WHOLE.tables] == [(5, ("行政规范性文件", "6", "1"))]
    assert (WHOLE.verdict, WHOLE.identity.year, WHOLE.identity.signed_on) == ("report", 2020, "2021-01-20")
    assert (WHOLE.further, WHOLE.findings) == ((), ())


def test_pages_are_read_as_one_in_their_order():
    capture = first()
    pages = [part(2, THIRD), part(1, SECOND)]
    report = derive(replace(capture, parts=tuple(pages)))
    says_the_same(report, WHOLE)
    assert codes(report) == {"joined": [name(2020, 1), name(2020, 2)]}
    assert [page.url for page in report.further] == [name(2020, 1), name(2020, 2)]
    assert derive(replace(capture, parts=tuple(reversed(pages)))) == report


def test_the_page_of_a_list_may_be_a_later_one():
    capture = Capture(name(2020, 1), article(2020, SECOND, pager(2020, 1)).body, TYPE)
    says_the_same(derive(replace(capture, parts=(part(2, THIRD), part(0, FIRST)))), WHOLE)


def test_each_page_may_name_the_next_alone():
    capture = first(onward(2020, 1))
    assert [page.url for page in derive(capture).further] == [name(2020, 1)]
    pages = (part(1, SECOND, onward(2020, 2)), part(2, THIRD, ""))
    assert [page.sha256 is None for page in derive(replace(capture, parts=pages[:1])).further] == [False, True]
    says_the_same(derive(replace(capture, parts=pages)), WHOLE)


@pytest.mark.parametrize("words", ["余下全文", "全文"])
def test_of_a_page_with_the_whole_text_nothing_is_read_twice(words):
    capture = first(f'{pager(2020, 0)}<p><a href="{name(2020, 9)}">{words}</a></p>')
    pages = (part(1, SECOND), part(2, THIRD), part(9, FIRST + SECOND + THIRD, ""))
    says_the_same(derive(replace(capture, parts=pages)), WHOLE)


def test_what_a_page_has_beside_that_of_another_is_accounted_for():
    """Where one page holds nearly all of another, the rest of that is not in the text but among what was dropped."""
    said: dict[str, object] = {}
    pages = (part(1, f"{FIRST}{SECOND}<p>这是第二页。</p>", ""),)
    report = derive(replace(first(onward(2020, 1), FIRST + SECOND), parts=pages), said.__setitem__)
    assert report.text == derive(first("", FIRST + SECOND)).text
    article = said["join"]
    assert isinstance(article, Article)
    assert "这是第二页。" in {line.text for line in article.content.dropped}


def test_the_first_page_under_its_number_is_no_other_page():
    capture = first(pager(2020, 0, 4))
    pages = (part(1, FIRST), part(2, SECOND), part(3, THIRD))
    says_the_same(derive(replace(capture, parts=pages)), WHOLE)


def test_what_every_page_begins_and_ends_with_stands_once():
    head, foot = "<p>安禾县2020年政府信息公开工作年度报告（全文）</p>", "<p>（此件主动公开）</p>"
    report = derive(
        replace(
            first(text=head + FIRST + foot),
            parts=(part(1, head + SECOND + foot), part(2, head + THIRD + foot)),
        )
    )
    says_the_same(report, derive(first("", head + FIRST + SECOND + THIRD + foot)))


def test_the_text_of_a_frame_is_the_page_s():
    capture = first("", '<iframe src="nr_2020.htm" width="100%" height="900"></iframe>')
    framed = Part(f"{COLUMN}nr_2020.htm", f'<meta charset="gbk">{FIRST}{SECOND}{THIRD}'.encode("gbk"))
    alone, report = derive(capture), derive(replace(capture, parts=(framed,)))
    assert (alone.verdict, [page.sha256 for page in alone.further]) == ("thin", [None])
    says_the_same(replace(report, reasons=WHOLE.reasons), WHOLE)
    assert codes(report) == {"text_in_frame": [framed.url]}


def test_frames_lead_on_to_frames_and_stand_beside_others():
    frames = (
        '<iframe src="nav.htm" width="200"></iframe><iframe src="outer.htm"></iframe>',
        '<iframe src="inner.htm">',
    )
    nav = '<ul><li><a href="/a">指南</a></li><li><a href="/b">制度</a></li></ul>'
    bodies = {"nav.htm": nav, "outer.htm": frames[1], "inner.htm": FIRST + SECOND + THIRD}
    framed = tuple(Part(COLUMN + to, f'<meta charset="utf-8">{body}'.encode()) for to, body in bodies.items())
    report = derive(replace(first("", frames[0]), parts=framed))
    says_the_same(replace(report, reasons=WHOLE.reasons), WHOLE)
    assert "part_missing" not in codes(report)
    assert codes(derive(replace(first("", frames[0]), parts=framed[:2])))["part_missing"] == [f"{COLUMN}inner.htm"]


def test_a_last_page_of_a_few_words_brings_no_title():
    """Where there is hardly any text its page's title is in it."""
    text, _, end = THIRD.partition("<p>安禾县人民政府办公室")
    pages = (part(1, f"<p>安禾县人民政府办公室{end}", ""),)
    capture = first(onward(2020, 1), FIRST + SECOND + text)
    says_the_same(derive(replace(capture, parts=pages)), WHOLE)


def test_a_sentence_that_ends_two_pages_stands_on_both():
    nothing = "<p>没有其他需要报告的事项。</p>"
    report = derive(replace(first(onward(2020, 1), FIRST + nothing), parts=(part(1, SECOND + nothing, ""),)))
    assert report.text == derive(first("", FIRST + nothing + SECOND + nothing)).text


@pytest.mark.parametrize("mark", ["（{}）", "（第{}页）", "第{}页"])
def test_titles_may_say_which_page_they_are_of(mark):
    title = "2020年政府信息公开工作年度报告"
    bodies = [
        article(2020, text, onward(2020, 1)).body.decode().replace(title, title + mark.format(page))
        for page, text in enumerate((FIRST, SECOND + THIRD), 1)
    ]
    report = derive(Capture(name(2020), bodies[0].encode(), TYPE, parts=(Part(name(2020, 1), bodies[1].encode()),)))
    assert report.text == WHOLE.text


def test_the_neighbours_of_an_article_with_a_number_are_none_of_its_pages():
    """Of nb_45.html they are nb_44.html and nb_46.html; those of a text would have a first one."""
    urls = [f"{COLUMN}nb_{n}.html" for n in (44, 45, 46)]
    links = f'<p><a href="{urls[0]}">上一页</a> <a href="{urls[2]}">下一页</a></p>'
    neighbours = tuple(Part(url, article(2020, f"<p>防汛通知，请各单位落实。{url}</p>").body) for url in urls[::2])
    report = derive(Capture(urls[1], article(2020, FIRST + SECOND + THIRD, links).body, TYPE, parts=neighbours))
    assert (report.text, report.further) == (WHOLE.text, ())
    assert codes(report)["continues"] == urls[::2]


def test_addresses_are_the_same_by_either_scheme_and_however_quoted():
    capture = Capture(f"{COLUMN}年报_2020001.html", article(2020, FIRST, '<a href="年报_2020001_1.html">2</a>').body)
    quoted = f"https{COLUMN[4:]}%E5%B9%B4%E6%8A%A5_2020001_1.html"
    report = derive(replace(capture, parts=(Part(quoted, article(2020, SECOND + THIRD).body),)))
    assert report.text == WHOLE.text


def test_links_of_a_page_that_was_moved_are_relative_to_where_it_is():
    text = THIRD.replace("/files/", "files/")
    moved = replace(part(1, SECOND + text, ""), at=f"{HOST}/moved/2020.html")
    report = derive(replace(first(pager(2020, 0, 2)), parts=(moved,)))
    assert [file.url for file in report.attachments] == [f"{HOST}/moved/files/tj2020.xls"]


# ---------------------------------------------------------------- pages that are missing


OTHER = article(2020, SECOND).body.decode().replace("安禾县", "溪口县").encode()


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (None, "it is not at hand"),
        ("<title>提示</title><body><p>您访问的页面不存在或已删除</p></body>".encode(), "soft_404"),
        (b"<html><head><title></title></head><body></body></html>", "holds no text"),
        (b" ", "unreadable"),
        (OTHER, "another report (溪口县2020年"),
    ],
    ids=["none", "soft-404", "empty", "blank", "neighbour"],
)
def test_a_page_that_cannot_be_had_is_named(came, why):
    """The report stands with what is there."""
    pages = (part(2, THIRD), *((Part(name(2020, 1), came, TYPE),) if came else ()))
    report = derive(replace(first(), parts=pages))
    (missing,) = (finding for finding in report.findings if finding.code == "part_missing")
    assert (missing.severity, missing.evidence) == ("warning", name(2020, 1))
    assert why in missing.message
    assert report.text == derive(first("", FIRST + THIRD)).text
    assert report.verdict == "report"


def test_only_a_report_is_followed():
    page = article(
        2020, "<p>县政府召开会议，研究部署全县防汛工作，会议由县长主持，各单位负责人参加。</p>" * 9, pager(2020, 0)
    )
    body = page.body.decode().replace("2020年政府信息公开工作年度报告", "召开防汛工作会议").encode()
    report = derive(Capture(name(2020), body, TYPE))
    assert (report.verdict, report.further) == ("not_a_report", ())
    assert "continues" in codes(report)


def test_no_article_is_endless():
    """The hundredth page names the next as well."""
    pages = tuple(
        part(n, f"<p>第{n}段：共收到申请{n}件，全部按期答复。</p>", onward(2020, n + 1)) for n in range(1, 99)
    )
    more = tuple(
        Part(
            f"{name(2020)}?page={n}", article(2020, f"<p>第{n}节，无。</p>", f'<a href="?page={n + 1}">下一页</a>').body
        )
        for n in range(2, 21)
    )
    capture = first(f'{onward(2020, 1)}<p><a href="?page=2">第2页</a></p>')
    report = derive(replace(capture, parts=pages + more))
    assert len(report.further) == 100
    assert "there are more" in " ".join(finding.message for finding in report.findings)


def test_what_no_page_names_is_not_read():
    pages = (part(1, SECOND), part(2, THIRD))
    stranger = Part(f"{COLUMN}t20210120_999999.html", article(2020, FIRST).body, TYPE)
    assert derive(replace(first(), parts=(*pages, stranger))) == derive(replace(first(), parts=pages))


def test_pages_broken_anywhere_cost_no_more_than_themselves():
    """The report is made whatever the further pages hold."""
    chance = random.Random(7)
    body = article(2020, SECOND, pager(2020, 1)).body
    for _ in range(40):
        broken = bytearray(body[: chance.randrange(len(body))])
        for _ in range(8 if broken else 0):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        report = derive(replace(first(), parts=(Part(name(2020, 1), bytes(broken), TYPE),)))
        assert report.text.startswith(derive(first("")).text)


# ---------------------------------------------------------------- in the archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "gongkai.db") as opened:
        yield opened


class Runs:
    """Runs that keep a page and its further pages, as a crawl does."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.number = 0

    def keep(self, page: bytes | None, further: dict[int, bytes | None]) -> int:
        """The page's visit; without a body it came as a 304, as did what is None of the further pages."""
        run = self.archive.start_run("test", settings={}, versions={}, recipe=RECIPE)
        kept = self._keep(run, name(2020), page, role="report")
        at = self.number
        for number, body in further.items():
            self._keep(run, name(2020, number), body, role="further", discovered_on=at)
        return kept

    def _keep(self, run: int, url: str, body: bytes | None, **fields: object) -> int:
        self.number += 1
        outcome = {"outcome": "not_modified", "status": 304} if body is None else {}
        return self.archive.keep(run, visit(self.number, url, body, **outcome, **fields)).visit_id

    def file(self, at: int) -> bool:
        """Whether what is said of a visit's page is new."""
        return self.archive.file(at, derive(self.archive.capture(at))).is_new

    def current(self) -> str:
        (row,) = self.archive.reports()
        return str(row["text"])


PAGE, TWO, THREE = first().body, part(1, SECOND).body, part(2, THIRD).body
NEWER = TWO.replace("全部按期答复".encode(), "一件逾期答复".encode())


def test_a_capture_comes_back_with_its_parts(archive: Archive):
    runs = Runs(archive)
    at = runs.keep(PAGE, {1: TWO, 2: THREE})
    ((found, capture),) = archive.captures(lacking=RECIPE)
    assert found == at
    assert {page.url: page.body for page in capture.parts} == {name(2020, 1): TWO, name(2020, 2): THREE}
    assert runs.file(at)
    assert runs.current() == WHOLE.text
    assert archive.report(1)["further"] == [{"url": page.url, "body": page.sha256} for page in derive(capture).further]
    assert not list(archive.captures(lacking=RECIPE))


def test_a_further_page_that_changed_makes_another_report_of_an_unchanged_page(archive: Archive):
    runs = Runs(archive)
    at = runs.keep(PAGE, {1: TWO, 2: THREE})
    runs.file(at)
    again = runs.keep(None, {1: None, 2: None})
    assert not archive.is_stale(again)
    assert not runs.file(again)
    changed = runs.keep(None, {1: NEWER, 2: None})
    assert archive.is_stale(changed)
    assert runs.file(changed)
    assert "一件逾期答复" in runs.current()
    assert not archive.is_stale(changed)
    # another recipe reads both again, each with the pages of its time
    captures = dict(archive.captures(lacking="another"))
    texts = {visit_id: derive(capture).text for visit_id, capture in captures.items()}
    assert {visit_id: "一件逾期答复" in text for visit_id, text in texts.items()} == {at: False, changed: True}
    # and back: what was said before is said again
    back = runs.keep(None, {1: TWO, 2: None})
    assert archive.is_stale(back)
    assert runs.file(back)
    assert runs.current() == WHOLE.text


def test_a_further_page_that_fails_later_is_read_as_it_was(archive: Archive):
    runs = Runs(archive)
    runs.file(runs.keep(PAGE, {1: TWO, 2: THREE}))
    later = runs.keep(None, {1: None})
    assert not archive.is_stale(later)
    assert derive(archive.capture(later)).text == WHOLE.text


def test_a_crawl_killed_before_the_further_pages_is_made_up_for(archive: Archive):
    runs = Runs(archive)
    killed = runs.keep(PAGE, {})
    ((_, capture),) = archive.captures(lacking=RECIPE)
    assert capture.parts == ()
    later = runs.keep(None, {1: TWO, 2: THREE})
    assert [(found, len(capture.parts)) for found, capture in archive.captures(lacking=RECIPE)] == [(killed, 2)]
    assert runs.file(later)
    assert archive.last_report(killed)["text"] == WHOLE.text
    assert not list(archive.captures(lacking=RECIPE))


def test_a_report_filed_without_its_parts_is_superseded(archive: Archive):
    runs = Runs(archive)
    runs.file(runs.keep(PAGE, {}))
    assert runs.current() == derive(first()).text
    later = runs.keep(None, {1: TWO, 2: THREE})
    assert archive.known(later).further == (name(2020, 1), name(2020, 2))
    assert archive.is_stale(later)
    assert runs.file(later)
    assert runs.current() == WHOLE.text


def test_parts_of_another_version_of_the_page_are_not_taken_for_its_own(archive: Archive):
    """The page has changed before its further pages came: to the older bytes they do not belong."""
    runs = Runs(archive)
    killed = runs.keep(PAGE, {})
    runs.keep(PAGE.replace("三百".encode(), b"").replace("一、".encode(), b"1."), {1: TWO, 2: THREE})
    assert archive.capture(killed).parts == ()


# ---------------------------------------------------------------- in a crawl


START = f"{COLUMN}2023/"
PORTAL = SITES[0].portal.replace(f"start = ['{COLUMN}']", f"start = ['{START}']")
FURTHER = "SELECT v.url, d.url FROM visits v JOIN visits d ON d.id = v.discovered_on WHERE v.role = 'further'"


def test_what_a_killed_crawl_left_is_completed_and_a_change_is_seen(tmp_path: Path):
    """Of two first pages one is still listed. Later its second page changes, and the first does not."""
    row = f'<a href="{name(2023)}">安禾县2023年政府信息公开工作年度报告</a>'
    listing = Page(f"<title>政府信息公开年报</title><ul><li>{row}</li></ul>".encode())
    with serving(dict(SITES[0].pages) | {START: listing}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("articles", PORTAL)
        left = {year: article(year, parts(year)[0], pager(year, 0)).body for year in (2022, 2023)}
        with Archive.open(crawls.archive) as archive:
            run = archive.start_run("crawl", settings={}, versions={}, recipe=RECIPE)
            for number, (year, body) in enumerate(left.items(), 1):
                fields = {"portal": replace(ANHE, id="articles"), "response_headers": (("ETag", '"2023-0"'),)}
                archive.keep(run, visit(number, name(year), body, **fields))

        crawls.run("articles", GONGKAI_AGENDA="")  # else what is no longer listed is asked for as well
        assert crawls.rows(f"{FURTHER} ORDER BY v.id") == [(name(2023, page), name(2023)) for page in (1, 2)]
        found = crawls.rows("SELECT v.url, r.verdict FROM reports r JOIN visits v ON v.id = r.visit ORDER BY v.url")
        assert found == [(START, "listing"), (name(2022), "report"), (name(2023), "report")]
        missing = crawls.rows("SELECT evidence FROM findings WHERE code = 'part_missing' ORDER BY evidence")
        assert missing == [(name(2022, page),) for page in (1, 2)]
        ((text,),) = crawls.rows("SELECT text FROM current_reports WHERE year = 2023")
        assert text == derive(Capture(name(2023), article(2023, "".join(parts(2023))).body, TYPE)).text

        changed = parts(2023)[1].replace("全部按期答复", "一件逾期答复")
        web.pages[name(2023, 1)] = article(2023, changed, pager(2023, 1))
        crawls.run("articles", GONGKAI_AGENDA="")
        outcomes = crawls.rows(
            "SELECT url, outcome FROM visits WHERE run = 3 AND url GLOB ? ORDER BY id", f"{COLUMN}t*"
        )
        assert outcomes == [
            (name(2023), "not_modified"),
            (name(2023, 1), "changed"),
            (name(2023, 2), "not_modified"),
        ]
        now = crawls.rows("SELECT text FROM current_reports WHERE year = 2023")
        assert now == [(text.replace("全部按期答复", "一件逾期答复"),)]
        with Archive.open(crawls.archive) as archive:  # promise 2: what was filed is what the archive reads again
            again = {visit_id: derive(capture).text for visit_id, capture in archive.captures()}
            filed = {row["visit"]: row["text"] for row in archive.reports(all=True)}
        assert again == filed
