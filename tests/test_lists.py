"""Lists walked to their end: columns below columns, and every way in which a list can fail to say all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Answer, Crawls, Page, redirect, serving
from tests.test_crawl import COLUMN, HOST, PORTAL, entry, listing, report

YEARS = range(2014, 2024)


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    with serving({f"{COLUMN}{year}.html": report(year) for year in (*YEARS, 2024)}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        yield crawls


def lists(crawls: Crawls, run: int = 1) -> dict[str, tuple[str, int, int]]:
    """How each list ended, and how many pages and reports it had."""
    rows = crawls.rows("SELECT url, ended, pages, reports FROM lists WHERE run = ?", run)
    return {url.removeprefix(COLUMN): (ended, pages, reports) for url, ended, pages, reports in rows}


def pages(count: int, answers: dict[int, Answer], says: str, each: int = 3, last: int = YEARS[-1]) -> dict[str, Answer]:
    """A list of so many pages, some of which answer something else."""
    years = range(last, YEARS[0] - 1, -1)
    made: dict[str, Answer] = {}
    for number in range(count):
        url = COLUMN + (f"index_{number}.html" if number else "")
        pager = says + (f'<a href="index_{number + 1}.html">下一页</a>' if number + 1 < count else "")
        made[url] = listing([entry(year) for year in years[number * each : (number + 1) * each]], pager)
        made[url] = answers.get(number, made[url])
    return made


@pytest.mark.parametrize(
    ("count", "answers", "says", "ended", "read"),
    [
        (3, {}, "共9条 ", "complete", (3, 9)),
        (3, {}, "", "end", (3, 9)),
        (3, {}, "共20条 ", "short", (3, 9)),
        (3, {1: "first"}, "共9条 ", "repeated", (2, 3)),
        (3, {1: Page(b"<html>no more</html>")}, "共9条 ", "stub", (2, 3)),
        (3, {1: Page(b"", 404)}, "共9条 ", "broken", (1, 3)),
        (1, {0: Page(b"", 404)}, "", "unreachable", (0, 0)),
        (
            1,
            {0: Page("<title>政府信息公开年报</title>栏目建设，敬请期待。".encode() + b" " * 900)},
            "",
            "nothing",
            (1, 0),
        ),
        (
            1,
            {0: Page(b'<title>x</title><div id="app"></div><script>axios.get("/api")</script>' + b" " * 900)},
            "",
            "script",
            (1, 0),
        ),
    ],
    ids=["complete", "end", "short", "repeated", "stub", "broken", "unreachable", "nothing", "script"],
)
def test_how_a_list_ended_is_named(crawls, count, answers, says, ended, read):
    made = pages(count, answers, says)
    first = made[COLUMN]
    crawls.web.pages |= {url: first if answer == "first" else answer for url, answer in made.items()}
    log = crawls.run("anhe")
    assert lists(crawls) == {"": (ended, *read)}
    odd = ended not in {"complete", "end", "short", "nothing"}
    assert (f"{COLUMN}: " in log) is odd


def test_a_pager_without_an_end_is_left(crawls):
    def endless(handler):
        number = int(handler.path.rpartition("index_")[2].removesuffix(".html") or 0)
        title = f"安禾县{1000 + number}年政府信息公开工作年度报告"
        more = f'<a href="index_{number + 1}.html">下一页</a>'
        listing([(title, f"./x{number}.html", "2020-01-20"), *map(entry, YEARS)], more)(handler)

    crawls.web.pages |= {f"{COLUMN}index_{number}.html": endless for number in range(300)}
    crawls.web.pages[COLUMN] = listing([entry(2023)], '<a href="index_1.html">下一页</a>')
    crawls.run("anhe", DOWNLOAD_DELAY=0.0001)
    assert lists(crawls)[""][:2] == ("capped", 200)


def test_columns_below_a_column_are_walked(crawls):
    """Years, below a year the departments; the menu names the same words for another column, which is left alone."""
    column = Page(
        f"""<title>政府信息公开年报_安禾县人民政府</title><div class="nav"><a href="/zwgk/zdly/2022/">2022年</a></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; 政府信息公开年报</div>
<ul class="list"><li><a href="2023/">2023年</a></li><li><a href="./2022/index.html">2022年</a></li>
<li><a href="{COLUMN}bm/">部门年报</a></li></ul>{"<p>　</p>" * 60}""".encode()
    )
    crawls.web.pages |= {
        COLUMN: column,
        f"{COLUMN}2023/": listing([entry(2023, "../2023.html")]),
        f"{COLUMN}2022/index.html": listing(
            [("安禾县教育局2022年政府信息公开工作年度报告", "jyj.html", "2023-01-10"), entry(2022, "../2022.html")]
        ),
        f"{COLUMN}2022/jyj.html": report(2022),
        f"{COLUMN}bm/": listing([("教育局", "jyj/", "2023-01-10"), ("水利局", "slj/", "2023-01-10")]),
        f"{COLUMN}bm/jyj/": listing([("安禾县教育局2021年政府信息公开工作年度报告", "2021.html", "2022-01-10")]),
        f"{COLUMN}bm/jyj/2021.html": report(2021),
        f"{COLUMN}bm/slj/": listing([]),
    }
    crawls.run("anhe")
    assert not [url for url in crawls.web.asked if "zdly" in url]
    walked = lists(crawls)
    assert {url: reports for url, (_, _, reports) in walked.items()} == {
        "": 0,
        "2023/": 1,
        "2022/index.html": 2,
        "bm/": 0,
        "bm/jyj/": 1,
        "bm/slj/": 0,
    }
    parents = dict(crawls.rows("SELECT url, parent FROM lists"))
    assert parents[f"{COLUMN}bm/jyj/"] == f"{COLUMN}bm/"
    assert parents[COLUMN] is None
    verdicts = "SELECT v.url FROM visits AS v JOIN latest AS l ON l.visit = v.id WHERE l.verdict = 'report'"
    assert {url for (url,) in crawls.rows(verdicts)} == {
        f"{COLUMN}2023.html",
        f"{COLUMN}2022.html",
        f"{COLUMN}2022/jyj.html",
        f"{COLUMN}bm/jyj/2021.html",
    }


def test_what_was_taken_for_a_report_and_is_a_list_is_walked_each_time(crawls):
    bare = [("2023年", "nd/2023.html", "2024-01-10"), ("2022年", "nd/2022.html", "2023-01-10"), entry(2021)]
    bare += [("2020年", "nd/2020.html", "2021-01-10")]
    several = [entry(2023, "../2023.html"), ("安禾县教育局2023年政府信息公开工作年度报告", "../jyj.html", "2024-01-11")]
    several += [(f"安禾县{name}镇2023年政府信息公开工作年度报告", f"../{name}.html", "2024-01-12") for name in "东西南"]
    crawls.web.pages |= {
        COLUMN: listing(bare),
        f"{COLUMN}nd/2023.html": redirect(f"{COLUMN}nd/2023_1.html"),
        f"{COLUMN}nd/2023_1.html": listing(several),
        f"{COLUMN}nd/2020.html": listing(several),
        f"{COLUMN}nd/2022.html": report(2022),
        **{f"{COLUMN}{name}.html": report(2023) for name in ("jyj", *"东西南")},
    }
    for run in (1, 2):
        crawls.run("anhe")
        below = {f"nd/{name}.html": ("end", 1, 5) for name in ("2023_1", "2020")}
        assert lists(crawls, run) == {"": ("end", 1, 2), **below}
        assert crawls.rows("SELECT count(*) FROM visits WHERE run = ? AND url = ?", run, f"{COLUMN}2023.html") == [(1,)]


def test_a_list_that_has_shrunk_is_told(crawls):
    crawls.web.pages[COLUMN] = listing([entry(year) for year in YEARS])
    assert "when it was last walked" not in crawls.run("anhe")
    crawls.web.pages[COLUMN] = listing([entry(year) for year in YEARS if year > 2016])
    assert f"{COLUMN} lists 7 reports, 10 when it was last walked" in crawls.run("anhe")
    assert crawls.rows("SELECT json_extract(counts, '$.lists_shrunk') FROM runs") == [(None,), (1,)]
    assert HOST in crawls.web.asked[0]


def test_a_list_in_which_nothing_is_new_is_not_walked_to_its_end_each_night(crawls):
    def night() -> tuple[list[str], tuple[str, int, int, int], str]:
        del crawls.web.asked[:]
        log = crawls.run("anhe", GONGKAI_AGENDA="")
        told = "SELECT ended, pages, entries, reports FROM lists WHERE run = (SELECT max(id) FROM runs)"
        asked = [url.removeprefix(COLUMN) for url in crawls.web.asked if not url.endswith("robots.txt")]
        return asked, crawls.rows(told)[0], log

    crawls.web.pages |= pages(3, {}, "", each=4)
    crawls.portal("anhe", PORTAL + "[expect]\nreports = 10\n")
    assert night()[1] == ("end", 3, 10, 10)
    asked, told, log = night()
    assert asked == ["", "2023.html", "2022.html", "2021.html", "2020.html"]
    assert told == ("known", 1, 10, 10)
    assert f"{COLUMN}: " not in log
    assert "reports listed" not in log  # fewer than expected
    (began,) = crawls.rows("SELECT started_at FROM runs WHERE id = 1")
    assert crawls.rows("SELECT walked_at, listed FROM lists WHERE run = 2") == [(*began, None)]

    # one more above: walked until there is nothing new on a page
    crawls.web.pages |= pages(3, {}, "", each=4, last=2024)
    asked, told, _ = night()
    assert set(asked) == {"", "index_1.html", *(f"{year}.html" for year in range(2017, 2025))}
    assert told == ("known", 2, 11, 11)
    asked, told, _ = night()
    assert (asked[1], told) == ("2024.html", ("known", 1, 11, 11))

    # one has gone from the first page
    left = [entry(year) for year in (2024, 2022, 2021, 2020)]
    crawls.web.pages[COLUMN] = listing(left, '<a href="index_1.html">下一页</a>')
    assert night()[1] == ("end", 3, 10, 10)


def test_a_list_that_was_not_walked_for_long_or_led_to_what_did_not_come_is_walked_to_its_end(crawls):
    ended = "SELECT ended, pages FROM lists ORDER BY run DESC LIMIT 1"
    crawls.web.pages |= pages(3, {}, "", each=4)
    crawls.web.pages[f"{COLUMN}2015.html"] = Page(b"", 500)
    for answer in (report(2015), report(2015)):
        crawls.run("anhe", RETRY_TIMES=0)
        assert crawls.rows(ended) == [("end", 3)]
        crawls.web.pages[f"{COLUMN}2015.html"] = answer
    crawls.run("anhe")
    assert crawls.rows(ended) == [("known", 1)]
    crawls.run("anhe", GONGKAI_FULL_WALK=0.0000001)
    assert crawls.rows(ended) == [("end", 3)]


def test_columns_deeper_than_is_walked_are_said_to_be_left_out(crawls):
    """Below the fourth level nothing is asked for, and the list that names it says so."""
    level = COLUMN
    for name in ("一", "二", "三", "四"):
        below = f"{level}{'abcd'['一二三四'.index(name)]}/"
        links = f'<li><a href="{below}">{name}平镇</a></li><li><a href="{below}2/">{name}平乡</a></li>'
        crawls.web.pages[level] = Page(
            f"<title>政府信息公开年报_安禾县人民政府</title><ul>{links}</ul>{'<p>　</p>' * 60}".encode()
        )
        crawls.web.pages[f"{below}2/"] = listing([])
        level = below
    crawls.web.pages[level] = listing([entry(2023, f"{COLUMN}2023.html")])
    crawls.run("anhe")
    ended = lists(crawls)
    assert {url: told[0] for url, told in ended.items() if not url.endswith("2/")} == {
        "": "end",
        "a/": "end",
        "a/b/": "end",
        "a/b/c/": "capped",
    }
    assert level not in crawls.web.asked
