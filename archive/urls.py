"""When two addresses are the same one: the key under which the archive compares visits."""

from __future__ import annotations

import re

import ada_url

# Session identifiers of servlet containers, PHP, ASP and ColdFusion, as path parameter, path segment or query key.
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*|/\([as]\([0-9a-z]{24}\)\)(?=/)", re.IGNORECASE)
_NOISE_KEY = re.compile(
    r"(?:jsessionid|phpsessid|aspsessionid\w*|cfid|cftoken|sessionid|utm_\w+|spm)(?:=|$)", re.IGNORECASE
)


def canonical(url: str) -> str:
    """The address in WHATWG form without fragment, session ids and tracking keys; a text that is no URL stays."""
    try:
        address = ada_url.normalize_url(url).partition("#")[0]
    except ValueError:
        return url
    path, mark, query = address.partition("?")
    if "=" in path or "(" in path:
        path = _SESSION_PATH.sub("", path)
    if not mark:
        return path
    kept = "&".join(part for part in query.split("&") if not _NOISE_KEY.match(part))
    return f"{path}?{kept}" if kept else path


def host(address: str) -> str:
    """The bare host name of a canonical address, empty where there is none."""
    authority = re.match(r"[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)", address)
    return authority[1] if authority else ""
