"""Chinese full text with plain FTS5: overlapping pairs of characters, made here.

A run of Han characters becomes its pairs and its last character (政府信息 → 政府 府信 信息 息), any other run of
letters and digits stays a word. Rows can only be taken out of the index with the very words they were put in with:
who changes `terms` empties the index and fills it again in a migration.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata

from archive.errors import BadQuery

# Invisible inside a word: control characters that are no white space, soft hyphen, zero-width and direction marks.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_TERM = re.compile(rf"(?=([{_HAN}]{{1,2}}|[^\W_{_HAN}]+))(?:[{_HAN}]|[^\W_{_HAN}]+)")  # steps over one, sees two
_WORD = re.compile(rf"(?:[{_HAN}]|[^\W_])+")
_IS_HAN = re.compile(rf"[{_HAN}]")

_BEFORE, _AROUND = 16, 80  # characters of a snippet: before its first word, and in all
_MARKS = "【{}】"

# Which reports are in the index: those that hold for their page, are or stand for a report, are no copy and no lead.
INDEXED = (
    "SELECT report FROM latest WHERE verdict IN ('report', 'attachment_only', 'thin') AND NOT is_copy"
    " AND portal <> 'leads'"
)


# Marks that every Chinese text is full of, in the form NFKC gives them: a text without them need not be rebuilt.
_WIDE_MARKS = tuple(zip("，：；！？（）％　", ",:;!?()% ", strict=True))


def fold(text: str) -> str:
    """Text as the index sees it: width and case folded, nothing invisible."""
    for wide, narrow in _WIDE_MARKS:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).lower()


def terms(text: str) -> str:
    """The words of a text as the index holds them, separated by spaces."""
    return " ".join(_TERM.findall(fold(text)))


def query(words: str) -> str:
    """A user's words as an FTS5 query: every word must occur, each as written; nothing in them is syntax.

    A word that ends in a single Han character (or is one) is looked for as the beginning of a pair.
    """
    return " AND ".join(map(_phrase, _WORD.findall(fold(words)))) or '""'


def _phrase(word: str) -> str:
    parts = terms(word).split(" ")
    if not _IS_HAN.match(parts[-1]):
        return f'"{" ".join(parts)}"'
    if len(parts) > 1 and _IS_HAN.match(parts[-2]):
        # A run's last character stands alone only where the run ends; in the text it may go on.
        return f'"{" ".join(parts[:-1])}"'
    return f'"{" ".join(parts)}" *'


def refresh(connection: sqlite3.Connection, visit: int) -> None:
    """Make the index hold what it should of a visit's reports: the one that holds, or none."""
    wanted = {row[0] for row in connection.execute(f"{INDEXED} AND visit = ?", [visit])}
    held = {
        row[0]
        for row in connection.execute(
            "SELECT id FROM reports WHERE visit = ? AND id IN (SELECT rowid FROM search_docsize)", [visit]
        )
    }
    for report in held - wanted:
        _take_out(connection, report)
    for report in wanted - held:
        title, text = _words(connection, report)
        connection.execute("INSERT INTO search(rowid, title, text) VALUES (?, ?, ?)", [report, title, text])


def forget(connection: sqlite3.Connection, report: int) -> None:
    """Take a report that is about to go out of the index, if it is there."""
    if connection.execute("SELECT 1 FROM search_docsize WHERE id = ?", [report]).fetchone() is not None:
        _take_out(connection, report)


def _take_out(connection: sqlite3.Connection, report: int) -> None:
    title, text = _words(connection, report)
    connection.execute(
        "INSERT INTO search(search, rowid, title, text) VALUES ('delete', ?, ?, ?)", [report, title, text]
    )


def _words(connection: sqlite3.Connection, report: int) -> tuple[str, str]:
    title, text = connection.execute(
        "SELECT r.title, t.text FROM reports AS r JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE r.id = ?", [report]
    ).fetchone()
    return terms(title or ""), terms(text)


def matches(connection: sqlite3.Connection, words: str, limit: int) -> list[int]:
    """Numbers of the reports that hold all the words, best first; a word of the title weighs ten of the text."""
    asked = query(words)
    if asked == '""':
        raise BadQuery(f"nothing to search for in {words!r}: give Chinese characters, letters or digits")
    found = connection.execute(
        "SELECT rowid FROM search WHERE search MATCH ? ORDER BY bm25(search, 10.0, 1.0), rowid LIMIT ?", [asked, limit]
    )
    return [row[0] for row in found]


def snippet(text: str, words: str) -> str:
    """A line of the text around the first of the words, all of them marked 【so】."""
    flat = re.sub(r"\s+", " ", text)
    folded, origin = _traced(flat)
    runs = {match[0] for word in _WORD.findall(fold(words)) for match in _RUN.finditer(word)}
    if not runs:
        return flat[:_AROUND]
    pattern = re.compile("|".join(_standing(run) for run in sorted(runs, key=len, reverse=True)))
    spans = [(origin[hit.start()], origin[hit.end() - 1] + 1) for hit in pattern.finditer(folded)]
    first = max(runs, key=len)  # the longest word says most about where to look
    at = re.search(_standing(first), folded)
    start = max(0, (origin[at.start()] if at else spans[0][0] if spans else 0) - _BEFORE)
    end = start + _AROUND
    line, done = "…" if start else "", start
    for left, right in spans:
        if done <= left and right <= end:
            line += flat[done:left] + _MARKS.format(flat[left:right])
            done = right
    return line + flat[done:end] + ("…" if end < len(flat) else "")


def _standing(run: str) -> str:
    """A pattern for a run: Han characters anywhere, other words only whole."""
    if _IS_HAN.match(run):
        return re.escape(run)
    return rf"(?<![^\W_{_HAN}]){re.escape(run)}(?![^\W_{_HAN}])"


def _traced(text: str) -> tuple[str, list[int]]:
    """Folded text, and for each of its characters the place it came from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    pieces = [fold(character) for character in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]
