"""What of a source could not be taken in, in words that are safe to print and never more than can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

_NAMED = 1000  # faults of one file that are told one by one
_LONGEST = 500  # characters of one


class Faults:
    """Faults in the order they were met; of a file with very many the first ones, and how many more there are."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._counts: Counter[str] = Counter()

    def add(self, words: str, file: str = "") -> None:
        self._counts[file] += 1
        if self._counts[file] <= _NAMED:
            self._said.append(_safe(words))

    def __len__(self) -> int:
        return self._counts.total()

    def __iter__(self) -> Iterator[str]:
        yield from self._said
        for file, count in self._counts.items():
            if count > _NAMED:
                of = f"{_safe(file)}: " if file else ""
                yield f"{of}{count - _NAMED:,} more are not told one by one: mend those above and take it in again"


def _safe(words: str) -> str:
    """Words of a file may move a terminal's cursor, or be megabytes long."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in words[: _LONGEST + 1])
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]} …"
