"""Told by words: is this the title of an annual report on information disclosure, and if not, what is it?

The tables are in `data/report_words.toml`. A title that says 公开 and 报告 in any usual or garbled form is a report's,
unless it is one of the named neighbours (rules about reports, explanations, other yearly reports).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import unquote, urlsplit

from pipelines.dates import normal
from pipelines.dom import squeeze

_EXTENSION = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|ofd|html?|zip|rar)$", re.IGNORECASE)
# （图片版）, a date in brackets, dots of a cut title, 及统计表
_ENDING = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|[.…。·\-—]+|(?:及|和|与|附|含)(?:其)?(?:情况)?(?:统计表|附表|附件))$")
_LONGEST = 120  # characters; longer link texts are abstracts
_READ = 500  # characters with white space; no more than these are looked at
_REPORTING = re.compile(r"年报|报告|年度报|报表|年鉴|总结")
_ALIKE = re.compile(r"公开|年度|年报|年.{0,3}总结|法治政府")

# Reasons beside those of the table.
COLUMN, BARE_YEAR, OTHER = "name of a column", "bare year", "other report"
UNRELATED, NO_ADDRESS = "no report words", "no address"
_SAYS_LITTLE = frozenset({BARE_YEAR, UNRELATED, OTHER, "work report"})
_OWN_REASONS = {
    COLUMN: "neither a year nor an issuer: the words name a column",
    BARE_YEAR: "a year and nothing else; a report's only under a column of reports",
    OTHER: "a report, but not the annual one on information disclosure",
    UNRELATED: "no word of a report",
    NO_ADDRESS: "a report's title on a link that leads nowhere",
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    pattern: re.Pattern[str]
    always: bool


@dataclass(frozen=True, slots=True)
class _Table:
    report: re.Pattern[str]
    bare: re.Pattern[str]
    under_column: re.Pattern[str]
    year: re.Pattern[str]
    body: re.Pattern[str]
    collective: re.Pattern[str]
    columns: re.Pattern[str]
    paths: re.Pattern[str]
    refusals: tuple[_Refusal, ...]
    meanings: dict[str, str]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("pipelines.data").joinpath("report_words.toml").read_text("utf-8"))

    def form(name: str) -> re.Pattern[str]:
        return re.compile(data[name].replace("ISSUER", data["issuer"]).replace("YEAR", data["year"]))

    return _Table(
        report=re.compile("|".join(data["reports"])),
        bare=form("bare"),
        under_column=form("under_column"),
        year=form("year"),
        body=form("issuer"),
        collective=form("collective"),
        columns=form("columns"),
        paths=form("paths"),
        refusals=tuple(
            _Refusal(entry["reason"], re.compile(entry["pattern"]), entry.get("always", False))
            for entry in data["refusals"]
        ),
        meanings={entry["reason"]: entry["meaning"] for entry in data["refusals"]} | _OWN_REASONS,
    )


def reasons() -> dict[str, str]:
    """Every reason why words are no report's title, with its meaning."""
    return dict(_table().meanings)


@lru_cache(maxsize=4096)
def is_report_title(words: str) -> str | None:
    """None if the words are a report's title, else the name of the reason why not."""
    table, text = _table(), _plain(words)
    if not text or len(text) > _LONGEST:
        return UNRELATED
    found = table.report.search(text)
    near = _REPORTING.search(text) is not None
    if not near and "公开" not in text:
        return BARE_YEAR if table.year.fullmatch(text) else UNRELATED
    for refusal in table.refusals:
        if (refusal.always or not found) and refusal.pattern.search(text):
            return refusal.reason
    if not found and table.bare.fullmatch(text):
        return None
    nobody = table.collective.fullmatch(_issuer(text, found)) is not None
    if found:
        return COLUMN if nobody and not table.year.search(normal(words[:_READ])) else None
    return UNRELATED if not near else COLUMN if nobody else OTHER


def _issuer(text: str, found: re.Match[str] | None) -> str:
    """What stands before the words of the report."""
    if found:
        return re.sub(r"(?:政府|政务)$", "", text[: found.start()])
    return re.sub(r"(?:年报|年度报告)$", "", text)


@lru_cache(maxsize=4096)
def is_report_under(words: str, column: str | None, url: str) -> bool:
    """Whether words that say too little for a report's title (2015年, 财政局2015年度) are one's under this column."""
    if is_report_title(words) not in _SAYS_LITTLE or not is_report_column(column, url):
        return False
    return _table().under_column.fullmatch(_plain(words)) is not None


def is_report_column(column: str | None, url: str = "") -> bool:
    """Whether a column holds annual reports: by its name, else by the words of its address."""
    table = _table()
    if column and table.columns.search(_plain(column)):
        return True
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:  # no address at all
        return False
    return table.paths.search(path.lower()) is not None


def is_body(words: str) -> bool:
    """Whether words are a body's name and nothing else: 县发改委, 河西镇."""
    return _table().body.fullmatch(_plain(words)) is not None


def looks_alike(words: str, reason: str) -> bool:
    """Whether what was refused is near enough to a report to be worth a record."""
    return reason not in (UNRELATED, BARE_YEAR) and _ALIKE.search(words) is not None


def _plain(words: str) -> str:
    text = _EXTENSION.sub("", squeeze(normal(words[:_READ])).replace(" ", ""))
    while (shorter := _ENDING.sub("", text)) != text and _REPORTING.search(shorter):
        text = shorter
    return text
