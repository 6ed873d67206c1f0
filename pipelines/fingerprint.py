"""When two captures say the same: the exact fingerprint of a report's words."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_IGNORED = re.compile(r"[\s\u200b-\u200f\u2060\ufeff|]+")


def normalise(text: str) -> str:
    """The words alone: width and compatibility forms folded, white space and invisible characters gone."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text))


def fingerprint(text: str) -> str:
    """SHA-256 of the normalised text, in hex."""
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()
