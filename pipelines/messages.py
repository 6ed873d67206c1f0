"""Pages that hold no document: what they say of themselves in its place, or do instead.

The marks are in `data/pages.toml`. They are looked for where such a page is bare; never in a report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from pipelines import guards
from pipelines.extract import Content
from pipelines.records import Identity, Verdict

SHORT = 400  # visible characters under which a page can be nothing but a message
HEAD = 40  # characters of a heading that is a message
_LONG = 1500  # characters over which a page is more than a message, whatever its heading says
_BARE = 200  # visible characters beside a guard's script or in a shell: a site's name, 请稍候
_DATED = 30  # characters of a message under a date, as articles have one
_TITLE_BREAK = re.compile(r"\s*[-_|｜—–>»]+\s*")
# a title of a paper, not a message: 关于部分规范性文件已失效的公告
PAPER = re.compile(r"^关于|(?:公告|通知|公示|决定|通告|通报|清单|目录|办法|报告|年报|意见|方案)(?:[(（].*)?$")
YEAR = re.compile(r"(?:19|20)\d\d|[二2２][〇零○oO0０][〇零○oO一二三0-9０-９]")
_ALERT = re.compile(r"""\balert\(\s*["']([^"'<>]{2,80})["']""")  # <script>alert("该信息不存在");history.back()</script>
_LOGIN = re.compile(
    r".{0,12}登[录陆](?:页面?|界面|系统|平台|入口)?|(?:.{0,12}统一)?身份认证(?:平台|系统|中心)?|Log ?in|Sign ?in",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"""<input\b[^<>]*\btype\s*=\s*["']?password""", re.IGNORECASE)

_VERDICTS: Mapping[str, Verdict] = {"captcha": "challenge", "not_found": "soft_404"}  # of messages; error_page else
_LEADS_ON: Mapping[str, Verdict] = {"redirect_shell": "soft_404", "not_found": "soft_404"}  # of shells


@cache
def _marks(kind: str) -> dict[str, re.Pattern[str]]:
    return {
        code: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE | re.MULTILINE)
        for code, patterns in guards.table()[kind].items()
    }


def message(
    html: str, status: int, title_tag: str, content: Content, identity: Identity, visible: Sequence[str], *, own: bool
) -> tuple[Verdict, str] | None:
    """Verdict and reason of a page that only says something about itself; `own`: a report is on the page."""
    size = sum(map(len, visible))
    if size < _BARE and not own and (guard := guards.guard_script(html)):
        return "challenge", f"guard: {guard[0]} ({guard[1][:HEAD]})"
    if status >= 400:
        return "error_page", f"status: {status}"
    if own:
        return None
    length = sum(map(len, content.lines))
    titles = _TITLE_BREAK.split(title_tag)
    if length < SHORT and (login := _login(html, titles, identity, size)):
        return "error_page", f"login: {login}"
    heads = [*titles, *(h.text for h in content.headings)]
    looked_at = [head for head in heads if len(head) < HEAD and not PAPER.search(head)] if length < _LONG else []
    title = identity.title or ""
    is_paper = PAPER.search(title) is not None and not YEAR.search(title)
    if length < (_DATED if identity.published_on else SHORT) and not content.tables and not is_paper:
        looked_at += visible[1:] if size < SHORT else content.lines
    if size < HEAD:
        looked_at += _ALERT.findall(html)
    said = "\n".join(looked_at)
    for code, words in _marks("messages").items():
        if found := words.search(said):
            return _VERDICTS.get(code, "error_page"), f"{code}: {found[0].strip()}"
    return None


def _login(html: str, titles: Sequence[str], identity: Identity, size: int) -> str | None:
    """What makes a page without an article one that asks who one is: its title, or a field for a password alone."""
    if identity.published_on:
        return None
    if found := next(filter(None, map(_LOGIN.fullmatch, titles)), None):
        return found[0]
    return "a field for a password" if size < _BARE and _PASSWORD.search(html) else None


def shell(html: str, visible: Sequence[str]) -> tuple[Verdict, str] | None:
    """What a page with next to no words does instead, with the address it leads to."""
    if sum(map(len, visible)) >= _BARE:
        return None
    for code, marks in _marks("shells").items():
        if found := marks.search(html):
            return _LEADS_ON.get(code, "not_a_report"), f"{code}: {next(filter(None, found.groups()), found[0])}"
    return None


def empty_list(content: Content, visible: Sequence[str]) -> str | None:
    """The words of a list that says that it is empty."""
    if len(content.text) >= SHORT:
        return None
    found = _marks("lists")["empty_list"].search("\n".join(line for line in visible if len(line) < HEAD))
    return found[0] if found else None
