"""The portal file that a probe proposes: facts as they were found, what is inferred in comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from crawler.probe import Found
from pipelines.dates import normal

_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")
_FIRST = 2008  # the regulation is in force since then


def portal_file(found: Found) -> str:
    """A portal file that `gongkai crawl --portals` reads, in a folder of its own."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Found) -> Iterator[str]:
    where = " ".join(found.division)
    yield f"# {_plain(where or found.name)}. Proposed by `gongkai probe`: read it before it is used."
    for way in found.ways:
        yield f"# {way.name}: " + _plain(way.error or f"answers with status {way.status}")
    if found.delay:
        yield f"# robots.txt asks for {found.delay:g} seconds between requests, which is kept to."
    marks = ", ".join(found.marks)
    yield (
        f"# inferred: family {found.family}" + (f" ({_plain(marks)})" if marks else "") + ", told from each page anew."
    )
    for doubt in found.doubts:
        yield f"# doubtful: {_plain(doubt)}"
    yield f"name = {_text(found.name)}"
    if found.code:
        yield f"code = {_text(found.code)}"
    yield f"home = {_text(found.home)}"
    yield f"hosts = {_text(list(found.hosts))}"
    for lead in found.elsewhere:
        yield f"# not asked, on another host: {_plain(lead.words)} {_plain(lead.url)}"
    if found.column is None:
        yield "# No column of annual reports was found: a crawl looks for it again, from the home page."
        yield from _access(found)
        return
    for reason in found.reasons:
        yield f"# inferred: {_plain(reason)}"
    if not found.sure:
        yield "# unsure: no report was seen there"
    yield f"start = [{_text(found.column)}]"
    years = [int(year) for item in found.reports for year in _YEAR.findall(normal(item.title))]
    if oldest := min((year for year in years if year >= _FIRST), default=None):
        yield ""
        yield "[expect]"
        yield f"since = {oldest}  # the oldest on the column's first page"
    yield from _access(found)


def _access(found: Found) -> Iterator[str]:
    if not found.drawn:
        return
    yield ""
    yield "[access]"
    for url in found.drawn:
        yield f"# only a script draws {_plain(url)}"
    yield "browser = true  # needs Chromium and the extra: pip install 'gongkai[browser]'"


def _text(value: object) -> str:
    """As TOML writes it: its strings and arrays of strings are JSON's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(words: str) -> str:
    """Words of a page or a server that may stand in a comment."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", words).strip()
