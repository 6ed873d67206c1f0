"""Pages of a true host that somebody broke into: spam in the head, in links no reader sees, in lines of the text.

Such a page is still the report. The spam is told apart and taken out of what is read of it, into a finding.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipelines import render, spam
from pipelines.extract import Content
from pipelines.records import Finding, Table
from pipelines.render import Block, Paragraph

_PIECES = re.compile(r"(\s*[_|｜,，]\s*|\s+[-–—]+\s+|(?<=[^A-Za-z0-9])-+|-+(?=[^A-Za-z0-9]))")
_TAG = re.compile(r"<[^<>]*>?|^[^<>]*>")
_AROUND = 60  # characters on either side of a hidden mark that are shown
_SHARE = 4  # of a line of links a quarter is such words, the rest their neighbours: 下载, 登录, 官网
_MANY = 40  # characters written as entities, from which they are words
_MOST = 40  # different marks in the markup that are looked at


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page's parts without the spam, and the finding that has it."""

    title_tag: str
    metas: Mapping[str, tuple[str, ...]]
    content: Content
    finding: Finding


def look(html: str, title_tag: str, metas: Mapping[str, tuple[str, ...]], content: Content) -> Cleaned | None:
    """The page without the spam that was put into it; None where there is none."""
    if html.count("&#") > _MANY:  # spam is often written in entities
        html = entities.unescape(html)
    script = spam.redirect(html)
    named = (title_tag, *(value for values in metas.values() for value in values))
    if not script and not spam.occurs(html) and not _is_spam("\n".join((*named, *content.lines, *content.below))):
        return None
    found: list[tuple[str, str]] = []
    title = _title(title_tag)
    if title != title_tag:
        found.append(("title", title_tag))
    clean = {name: tuple(value for value in values if not _is_spam(value)) for name, values in metas.items()}
    found += [(f"meta {name}", value) for name, values in metas.items() for value in values if value not in clean[name]]
    found += [
        ("text" if _is_nothing_else(line) else "text, left there", line) for line in content.lines if _is_spam(line)
    ]
    found += [("beside the text", line) for line in (*content.above, *content.below) if _is_spam(line)]
    known = "\n".join(words for _, words in found)
    found += [("hidden", words) for words in _hidden(html, known, content)]
    if script:
        found.append(("script", script))
    if not found:
        return None
    places = ", ".join(dict.fromkeys(place for place, _ in found))
    message = f"somebody broke into the page and left words or a script of betting or porn: {places}"
    evidence = "\n".join(f"{place}: {words}" for place, words in found)
    return Cleaned(title, clean, _without(content), Finding("hijacked", "error", message, evidence))


def _is_spam(words: str) -> bool:
    return next(spam.accused(words), None) is not None


def _is_nothing_else(line: str) -> bool:
    """Whether a line is a list of such words, and no sentence that they were put into."""
    size = sum(mark.end - mark.start for mark in spam.accused(line))
    return size * _SHARE >= len(line) and "。" not in line


def _title(title_tag: str) -> str:
    """What is left of a title tag without its parts that are spam."""
    parts = _PIECES.split(title_tag)
    kept = [parts[at : at + 2] for at in range(0, len(parts), 2) if not _is_spam(parts[at])]
    if len(kept) * 2 > len(parts):
        return title_tag
    return _PIECES.sub(lambda sign: sign[0], "".join("".join(piece) for piece in kept)).strip(" _|｜,，-–—")


def _hidden(html: str, known: str, content: Content) -> Iterator[str]:
    """Marks in the markup that are neither seen nor told yet, with the words around them; each once."""
    seen = "\n".join((known, *content.above, *content.lines, *content.below))
    looked: set[str] = set()
    for mark in spam.accused(html):
        if mark.words in looked or len(looked) >= _MOST:
            continue
        looked.add(mark.words)
        if mark.words in seen:
            continue
        around = html[max(0, mark.start - _AROUND) : mark.end + _AROUND]
        yield " ".join(_TAG.sub(" ", around).split())


def _without(content: Content) -> Content:
    """The content without the lines that are nothing but spam; a sentence keeps its words."""
    blocks: list[Block] = []
    paragraphs = 0
    for block in content.blocks:
        if isinstance(block, Paragraph):
            if _is_spam(block.text) and _is_nothing_else(block.text):
                continue
            blocks.append(block)
            paragraphs += 1
        else:
            blocks.append(replace(block, after=paragraphs))
    text = render.text(blocks)
    return replace(
        content,
        blocks=tuple(blocks),
        text=text,
        lines=tuple(text.splitlines()),
        markdown=render.markdown(blocks),
        sections=render.sections(blocks),
        tables=tuple(block for block in blocks if isinstance(block, Table)),
        headings=tuple(heading for heading in content.headings if not _is_spam(heading.text)),
        above=tuple(line for line in content.above if not _is_spam(line)),
        below=tuple(line for line in content.below if not _is_spam(line)),
        attachments=tuple(file for file in content.attachments if not _is_spam(file.text)),
    )
