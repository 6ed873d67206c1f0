"""Families that the generic reader reads as they are: told by a table of marks, so that a run says what it met.

The table is `smaller.toml`, with a word on each: how it lists, what its articles' addresses look like.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

from crawler.families.family import Family
from crawler.families.marks import by_table


def _table() -> tuple[Family, ...]:
    table = tomllib.loads(files("crawler.families").joinpath("smaller.toml").read_text("utf-8"))
    return tuple(
        Family(name, by_table({mark: re.compile(pattern, re.IGNORECASE) for mark, pattern in entry["marks"].items()}))
        for name, entry in table.items()
    )


FAMILIES = _table()
