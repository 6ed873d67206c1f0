"""The same documents give the same clusters, whatever the order they came in, by whichever way, under which recipe."""

import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.archive import Archive
from archive.merge import merge
from archive.verify import verify
from pipelines.records import Portal
from tests.archive_samples import begun, visit
from tests.test_near import CITY, COPIES, COUNTY, NEIGHBOUR, page, text

MIRROR = Portal("other", "他处", None, "http://www.other.example/", ("www.other.example",))

# Two copies to the letter on three hosts, near copies of them, a piece that names nobody, pieces of it, other reports.
PAGES = {
    "county": {"words": text()},
    "twin": {"words": text(), "portal": CITY},
    "unnamed": {"words": text(), "portal": MIRROR, "issuer": None, "year": None},
    "again": {"words": text()},
    "city": {"words": COPIES["chrome"](text()), "portal": CITY},
    "cut": {"words": COPIES["cut"](text()), "portal": MIRROR, "issuer": None, "year": None},
    "cut-twin": {"words": COPIES["cut"](text()), "portal": CITY, "issuer": None, "year": None},
    "script": {"words": COPIES["traditional"](text()), "portal": CITY},
    "next": {"words": text(2021), "year": 2021},
    "next-there": {"words": text(2021), "year": 2021, "portal": CITY},
    "neighbour": {"words": text(place="青禾县"), "issuer": NEIGHBOUR, "portal": CITY},
    "neighbour-cut": {"words": COPIES["cut"](text(place="青禾县")), "issuer": None, "year": None},
}


def keep_all(archive, names):
    """Keep pages in an order; the visit of each."""
    run = begun(archive)
    kept = {}
    for name in names:
        portal, url, filed = page(name, **PAGES[name])
        # Pages were fetched when they were fetched, whichever archive asked first.
        number = list(PAGES).index(name) + 1
        kept[name] = archive.keep(run, visit(number, url, filed.text.encode(), portal=portal)).visit_id
    archive.finish_run(run, "finished", {})
    return kept


def derive_all(archive, kept, names, recipe):
    for name in names:
        archive.file(kept[name], page(name, **PAGES[name], recipe=recipe)[2])


def said(archive):
    """What a reader sees, by addresses: numbers of rows are each file's own."""
    ask = archive.connection.execute
    url = dict(ask("SELECT id, url FROM reports"))
    pairs = ask("SELECT d.report, d.other, similarity, held, knows, agree, differ, scheme FROM duplicates AS d"
                " JOIN latest AS l ON l.report = d.report")  # fmt: skip
    copies = ask("SELECT report, copy, basis, similarity, agree, differ FROM copies")
    return (
        {(url[one], url[other], *rest) for one, other, *rest in pairs},
        {(url[one], url[other], *rest) for one, other, *rest in copies},
        set(ask("SELECT issuer, year, url, recipe, standing FROM current_reports")),
    )


@dataclass(frozen=True)
class Way:
    """Which pages each of two machines meets, in which order; which readings of an older recipe each has before."""

    met: tuple[list[str], list[str]]
    read: list[str]
    old: tuple[int, int]
    turned: bool


orders = st.permutations(list(PAGES))
olds = st.integers(0, len(PAGES))


@st.composite
def ways(draw):
    order = draw(orders)
    end, start = sorted((draw(olds), draw(olds)), reverse=True)  # what lies between is met by both
    first, second = order[:end], draw(st.permutations(order[start:]))
    if end < len(order) and not second:
        first = order
    return Way((first, second), draw(orders), (draw(olds), draw(olds)), draw(st.booleans()))


def filed(folder, way):
    """An archive that came to hold all pages in this way."""
    paths = [Path(folder, f"{number}.db") for number, met in enumerate(way.met) if met]
    for recipe in ("test.1", "test.2"):  # all machines have the old recipe before one has the new
        for path, met, old in zip(paths, filter(None, way.met), way.old, strict=False):
            with Archive.open(path) as archive:
                kept = keep_all(archive, met) if recipe == "test.1" else visits(archive)
                names = met[:old] if recipe == "test.1" else [name for name in way.read if name in kept]
                derive_all(archive, kept, names, recipe)
    target, *others = reversed(paths) if way.turned else paths
    with Archive.open(target) as archive:
        for other in others:
            merge(archive, other)
    return target


def visits(archive):
    rows = archive.connection.execute("SELECT url, id FROM visits")
    return {url.rsplit("/")[-1].removesuffix(".html"): number for url, number in rows}


@cache
def expected():
    """What pages that came in the order above give."""
    with tempfile.TemporaryDirectory() as folder:
        way = Way((list(PAGES), []), list(PAGES), (0, 0), turned=False)
        with Archive.open(filed(folder, way)) as archive:
            return said(archive)


def short(url):
    return url.rsplit("/")[-1].removesuffix(".html")


def test_the_clusters_are_what_they_should_be():
    pairs, copies, cited = expected()
    assert {(issuer, year, short(url)) for issuer, year, url, *_ in cited} == {
        (COUNTY, 2020, "again"),  # the county's own host, and of its two addresses the first
        (COUNTY, 2021, "next"),
        (NEIGHBOUR, 2020, "neighbour"),
    }
    clusters = defaultdict(dict)
    for report, copy, basis, *_ in copies:
        clusters[short(report)][short(copy)] = basis
    assert clusters == {
        "again": dict.fromkeys(("county", "twin", "unnamed"), "bytes")
        | dict.fromkeys(("city", "cut", "cut-twin", "script"), "near"),
        "next": {"next-there": "bytes"},
        "neighbour": {"neighbour-cut": "near"},
    }
    assert {frozenset((short(one), short(other))) for one, other, *_ in pairs} >= {
        frozenset(("again", "city")),
        frozenset(("county", "cut-twin")),
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ways())
def test_any_way_gives_the_same_clusters_the_same_report_to_cite_and_the_same_reasons(way):
    with tempfile.TemporaryDirectory() as folder, Archive.open(filed(folder, way)) as archive:
        assert said(archive) == expected()
        assert not [fault for fault in verify(archive) if fault.severity == "error"]
