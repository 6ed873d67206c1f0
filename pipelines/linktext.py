"""The words of a link, in full; and links whose words are no title: 更多, 下一页, a number."""

from __future__ import annotations

import re

_MORE = re.compile(
    r"[\[【(<>》›»+\s]*(?:查看)?(?:更多|more|详情|详细|全文|首页|网站首页|[上下前后]一?[页条篇]|尾页|末页|第一页|最后一页|[跳转到]*|go|"
    r"\d{1,3}|[<>《》‹›«»]+|返回.{0,4}|关闭.{0,4}|打印.{0,4}|下载)[\]】)>》›»+.…\s]*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^[·•・●■◆►▪▶○□☆★\s]+")
_CUT = re.compile(r"\s*(?:…+|\.{2,}|．{2,}|。{2,})$")
_DATE_BEHIND = re.compile(r"[\s\d年月日:/.()\[\]-]*")
_CAPTIONED = re.compile(r"(?:标题|文章标题|信息名称)\s*[:：]\s*(.+?)\s*(?:(?:发布|更新|点击|作者|发表).{0,4}[:：].*)?$")
_TITLE = 6  # characters from which a title attribute is one


def is_title(words: str) -> bool:
    """Whether a link's words can be a title: not those of a button, an arrow, a page number."""
    return bool(words) and not _MORE.fullmatch(words)


def full_words(text: str, title: str) -> str:
    """The link's full words: those of the title attribute where the text is missing or cut, with dots or without."""
    text = _BULLET.sub("", text)
    if not title or title == text:
        return text
    stem = _CUT.sub("", text)
    if captioned := _CAPTIONED.search(title):
        title = captioned[1]
    if not stem:
        return title or text
    if len(title) >= _TITLE and text.startswith(title):  # the link holds a summary, too
        return title
    rest = title[len(stem) :] if title.startswith(stem) else ""
    longer = rest and not _DATE_BEHIND.fullmatch(rest)
    return title if longer or (stem != text and stem[:6] in title) else text
