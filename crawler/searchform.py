"""The portal's own search, as a form on its page: the last resort where no link leads to the column."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

from pipelines.dom import Element
from pipelines.links import resolve

WORDS = "政府信息公开工作年度报告"
_SEARCH = re.compile(r"search|query|sousuo|jiansuo|keyword|检索|搜索|(?:^|[/_])s[os]?(?:[/_.\s]|$)", re.IGNORECASE)
_FIELD = re.compile(
    r"^(?:q|qt|wd|w|k|kw|key|keys|keyword|keywords|query|words?|search\w*|s|title|content|sw|tit)$", re.IGNORECASE
)


def search_form(tree: Element, base: str, charset: str) -> str | None:
    """The address at which the portal's search answers for annual reports; None where no form of the page asks so.

    `charset` is the page's, in which a browser sends what a form says unless that names another.
    Only forms that a browser sends as an address (GET): what a POST answers has none to come back to.
    """
    for form in tree.iter("form"):
        fields = [field for field in form.iter("input") if field.get("name")]
        kinds = [(field.get("type") or "text").lower() for field in fields]
        texts = [field for field, kind in zip(fields, kinds, strict=True) if kind in {"text", "search"}]
        names = " ".join(form.get(key) or "" for key in ("action", "id", "name", "class"))
        if (form.get("method") or "get").lower() != "get" or "password" in kinds or len(texts) != 1:
            continue
        name = texts[0].get("name") or ""
        if not (_SEARCH.search(names) or _SEARCH.search(name)) or not _FIELD.match(name):
            continue
        hidden = {
            field.get("name") or "": field.get("value") or ""
            for field, kind in zip(fields, kinds, strict=True)
            if kind == "hidden"
        }
        to = resolve(base, form.get("action") or "")
        if to and urlsplit(to).scheme:
            return f"{to.partition('?')[0]}?{_encoded({**hidden, name: WORDS}, form.get('accept-charset') or charset)}"
    return None


def _encoded(fields: dict[str, str], charset: str) -> str:
    try:
        return urlencode(fields, encoding=charset, errors="replace")
    except LookupError:  # a name nobody knows
        return urlencode(fields)
