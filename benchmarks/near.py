"""Near copies: how many are found, and how many are joined wrongly.

python -m benchmarks.near
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from archive import near
from benchmarks.corpus import ROOT, portals, report_pages
from pipelines import derive
from pipelines.copies import Words, compare
from pipelines.fingerprint import _simplified, numbers, prose, sketch
from pipelines.records import Capture, Identity, Issuer

SHARED = ROOT.parent / "shared" / "pages"
RECIPE = "bench"
SPAM = "澳门新葡京 威尼斯人"
CHROME = "首页 > 政务公开 > 年报\n字体：大 中 小 打印 关闭\n{}\n上一篇：上年报告\n网站标识码9900010001 地址：解放路1号"

Text = Callable[[str], str]


def perturbations(seed: int = 1) -> dict[str, Text]:
    """What makes a copy of a text: all of them must be found."""
    rnd = random.Random(seed)
    traditional = {ord(new): chr(old) for old, new in _simplified().items()}

    def lines(text: str) -> list[str]:
        return text.split("\n")

    return {
        "white space": lambda text: re.sub("(?<=[，。])", lambda _: rnd.choice(("　", " ", "\n", "")), text),
        "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
        "traditional": lambda text: text.translate(traditional),
        "punctuation": lambda text: text.translate({ord("，"): "、", ord("；"): "。", ord("“"): "「", ord("”"): "」"}),
        "chrome": CHROME.format,
        "second half cut": lambda text: "\n".join(lines(text)[: max(2, len(lines(text)) // 2)]),
        "last 40 % cut": lambda text: text[: len(text) * 6 // 10],
        "first lines cut": lambda text: "\n".join(lines(text)[len(lines(text)) // 4 :]),
        "tables lost": lambda text: "\n".join(line for line in lines(text) if "\t" not in line) or text,
        "spam": lambda text: SPAM + text.replace("政府信息公开", "政府信息公开" + SPAM, 3) + "\n" + SPAM * 2,
    }


def next_year(text: str, year: int, kept: float, rnd: random.Random) -> str:
    """Next year's report that keeps the words and this share of the figures, and all that are 0."""
    later = re.sub(r"20\d\d(?=年)", lambda found: str(int(found[0]) + 1), text)
    return re.sub(
        r"(?<![\d.])\d+(?:\.\d+)?(?![\d年月日号])",
        lambda found: found[0] if found[0] == "0" or rnd.random() < kept else str(rnd.randrange(10, 999)),
        later.replace(f"{year}年度", f"{year + 1}年度"),
    )


def other_place(text: str, name: str, rnd: random.Random) -> str:
    """The neighbour's report by the same template: its name and its figures."""
    return next_year(text, 0, 0.1, rnd).replace(name[:2], "青禾") if name else text


@dataclass(frozen=True)
class Doc:
    """A report: its words, and what near copies share a key of."""

    words: Words
    keys: near.Keys


def doc(text: str, year: int | None, issuer: str | None) -> Doc:
    identity = Identity(year=year, issuer=Issuer(issuer, None, None) if issuer else None)
    keys = near.keys(bytes.fromhex(sketch(text, identity)), RECIPE)
    return Doc(Words(text, issuer, year), keys)


def joined(one: Doc, other: Doc) -> bool:
    return not {*one.keys.own}.isdisjoint(other.keys.others) and compare(one.words, other.words) is not None


def corpus(count: int) -> list[tuple[str, int, str]]:
    """Reports of the demo's portals and, where they are at hand, real ones; those that name issuer and year."""
    pages = [Capture(url, body, kind) for url, body, kind in report_pages(portals(8, -(-count // 8)))]
    pages += [Capture("http://shared.example/", path.read_bytes()) for path in sorted(SHARED.glob("*.html"))]
    reports = map(derive, pages)
    return [
        (report.text, report.identity.year, report.identity.issuer.full or report.identity.issuer.name)
        for report in reports
        if report.verdict == "report" and report.identity.year and report.identity.issuer
    ]


def pairs(count: int) -> None:
    reports = corpus(count)
    docs = [doc(*report) for report in reports]
    print(f"{len(reports)} reports, {sum(len(text) for text, _, _ in reports) / len(reports):.0f} characters each")
    for named in (True, False):
        print("copies found" + ("" if named else ", where the copy names neither issuer nor year"))
        for name, change in perturbations().items():
            copies = [doc(change(text), year if named else None, who if named else None) for text, year, who in reports]
            found = sum(map(joined, docs, copies))
            print(f"  {name:20}{found / len(docs):.4f}")
    print("joined wrongly")
    for name, wrong in strangers(reports, docs):
        print(f"  {name:48}{sum(wrong)} of {len(wrong)}")


def strangers(reports: list[tuple[str, int, str]], docs: list[Doc]) -> Iterator[tuple[str, list[bool]]]:
    """Pairs that are not one, each with issuer and year said, and with the other one's unsaid."""
    rnd = random.Random(2)
    by_issuer = defaultdict(list)
    for one in docs:
        by_issuer[one.words.issuer].append(one)
    chains = [sorted(chain, key=lambda one: one.words.year or 0) for chain in by_issuer.values()]
    neighbours = [(a, b) for chain in chains for a, b in pairwise(chain) if a.words.year != b.words.year]
    yield "years of an issuer", [joined(a, b) for a, b in neighbours]
    yield "years of an issuer, unsaid", [joined(a, unsaid(b)) for a, b in neighbours]
    places = [
        (a, b) for a, b in (rnd.sample(docs, 2) for _ in range(5 * len(docs))) if a.words.issuer != b.words.issuer
    ]
    yield "two places", [joined(a, b) for a, b in places]
    yield "two places, unsaid", [joined(a, unsaid(b)) for a, b in places]
    for kept in (0.0, 0.5, 0.9, 1.0):
        later = [doc(next_year(text, year, kept, rnd), year + 1, who) for text, year, who in reports]
        yield f"next year, {kept:.0%} of the figures kept", [joined(a, b) for a, b in zip(docs, later, strict=True)]
        yield (
            f"next year, {kept:.0%} of the figures kept, unsaid",
            [joined(a, unsaid(b)) for a, b in zip(docs, later, strict=True)],
        )
    for name in ("second half cut", "first lines cut"):
        change = perturbations()[name]
        for kept in (0.5, 0.9, 1.0):
            later = [doc(change(next_year(text, year, kept, rnd)), None, None) for text, year, _ in reports]
            yield f"next year, {kept:.0%} kept, {name}, unsaid", list(map(joined, docs, later))
    cut = perturbations()["first lines cut"]
    yield (
        "place changed, first lines cut, unsaid",
        [
            joined(a, doc(cut(other_place(text, who, rnd)), None, None))
            for a, (text, _, who) in zip(docs, reports, strict=True)
        ],
    )
    moved = [doc(other_place(text, who, rnd), year, "青禾县人民政府") for text, year, who in reports]
    yield "place changed", [joined(a, b) for a, b in zip(docs, moved, strict=True)]
    yield "place changed, unsaid", [joined(a, unsaid(b)) for a, b in zip(docs, moved, strict=True)]


def unsaid(one: Doc) -> Doc:
    return doc(one.words.text, None, None)


def sketches(count: int) -> None:
    reports = corpus(count)
    began = time.process_time()
    for text, year, who in reports:
        doc(text, year, who)
    spent = (time.process_time() - began) / len(reports)
    told = Counter(min(len(numbers(prose(text))), 8) for text, _, _ in reports)
    print(
        f"sketch {spent * 1e3:.2f} ms a report, CPU; reports by count of numbers, up to 8: {dict(sorted(told.items()))}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=560, help="reports of the demo that pairs are made of")
    given = parser.parse_args()
    pairs(given.reports)
    sketches(given.reports)


if __name__ == "__main__":
    main()
