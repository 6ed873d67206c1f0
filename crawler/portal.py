"""What a portal file may say, and reading folders of them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from crawler.families import NAMES
from pipelines.divisions import is_known
from pipelines.records import Access, Expect, Hints, Portal

PORTALS = Path(__file__).with_name("portals")  # the files that come with gongkai

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_NETLOC = re.compile(r"([a-z0-9.-]+)(?::[0-9]*)?")


class PortalError(ValueError):
    """Raised for a portal file that cannot be read and for a portal that is not there."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Expect(_Strict):
    since: int | None = Field(default=None, ge=2008, le=2100)  # the regulation is in force since 1 May 2008
    reports: int | None = Field(default=None, ge=1)


class _Access(_Strict):
    # Never 0: without any delay Scrapy 2.19 opens several connections before it counts the first.
    delay: float | None = Field(default=None, gt=0, le=3600)
    tls: Literal["strict", "relaxed"] | None = None
    scheme: Literal["http", "https"] | None = None
    browser: bool = False


class _Hints(_Strict):
    container: str = Field(default="", pattern=r"^[#.][A-Za-z_][\w-]*$")


class _File(_Strict):
    name: str
    code: str | None = None
    hosts: list[str]  # before `home` and `start`, which are checked against it
    home: str
    start: list[str] = []
    family: str = ""
    expect: _Expect = _Expect()
    access: _Access = _Access()
    hints: _Hints = _Hints()

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("is empty; allowed: the government's name, such as 安乡县")
        return name

    @field_validator("code")
    @classmethod
    def _six_digits(cls, code: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]{5}", code):
            raise ValueError("allowed: six digits in quotes (GB/T 2260), such as '430721'")
        return code

    @field_validator("hosts")
    @classmethod
    def _bare(cls, hosts: list[str]) -> list[str]:
        wrong = [host for host in hosts if not _HOST.fullmatch(host)]
        if wrong or not hosts:
            given = f"{wrong[0]!r} is not one; " if wrong else ""
            raise ValueError(f"{given}allowed: one or more host names in lower case, without scheme, port or path")
        return hosts

    @field_validator("home")
    @classmethod
    def _at_home(cls, home: str, info: ValidationInfo) -> str:
        _check(home, info.data.get("hosts"))
        return home

    @field_validator("start")
    @classmethod
    def _inside(cls, start: list[str], info: ValidationInfo) -> list[str]:
        for url in start:
            _check(url, info.data.get("hosts"))
        return start

    @field_validator("family")
    @classmethod
    def _known(cls, family: str) -> str:
        if family and family not in NAMES:
            raise ValueError(f"is unknown; allowed: {', '.join(sorted(NAMES))}, or nothing")
        return family


def _check(url: str, hosts: list[str] | None) -> None:
    if not address(url):
        raise ValueError(f"{url!r} is not an address; allowed: http:// or https://, a host and a path")
    if hosts is not None and not on_hosts(url, hosts):  # None: the hosts are wrong themselves, and say so
        raise ValueError(f"{url!r} is outside the portal's hosts; allowed: {', '.join(hosts)}")


def address(url: str) -> bool:
    """Whether it is an address that can be asked for."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a malformed port or IPv6 host
        return False


def on_hosts(url: str, hosts: list[str] | tuple[str, ...]) -> bool:
    """Whether an address belongs to one of the hosts; with more than a host and a port, such as a user's name or a
    backslash, it belongs to none: whoever reads it next may take another part of it for the host.
    """
    said = _NETLOC.fullmatch(urlsplit(url).netloc.lower()) if address(url) else None
    return said is not None and said[1] in hosts


def read_portal(path: Path) -> Portal:
    """The portal a file describes; a `PortalError` names file, field, value and what is allowed."""
    try:
        raw = path.read_bytes()
        data = tomllib.loads(raw.decode("utf-8-sig"))  # editors of Windows begin a file with a BOM
    except OSError as error:
        raise PortalError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PortalError(f"{path}: not a TOML file: {error}") from error
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise PortalError("\n".join(_faults(path, error))) from error
    return Portal(
        id=path.stem,
        name=file.name,
        code=file.code,
        home=file.home,
        hosts=tuple(file.hosts),
        start=tuple(file.start),
        family=file.family,
        expect=Expect(file.expect.since, file.expect.reports),
        access=Access(file.access.delay, file.access.tls, file.access.scheme, file.access.browser),
        hints=Hints(file.hints.container),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def doubts(portal: Portal) -> tuple[str, ...]:
    """What may be a mistake in a portal's file, though it reads."""
    if portal.code and not is_known(portal.code):
        return (f"{portal.id}: code = {portal.code!r}: the table of divisions since 2007 has no such code",)
    return ()


_TABLES: Mapping[tuple[str | int, ...], type[BaseModel]] = {
    (): _File,
    ("expect",): _Expect,
    ("access",): _Access,
    ("hints",): _Hints,
}


def _faults(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "missing":
            lines.append(f"{path}: {field}: is missing")
        elif fault["type"] == "extra_forbidden":
            allowed = ", ".join(_TABLES[fault["loc"][:-1]].model_fields)
            lines.append(f"{path}: {field} = {fault['input']!r}: is no field; allowed: {allowed}")
        elif fault["type"] == "model_type":
            allowed = ", ".join(_TABLES[fault["loc"]].model_fields)
            lines.append(f"{path}: {field} = {fault['input']!r}: is a table; allowed in it: {allowed}")
        else:
            said = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{path}: {field} = {fault['input']!r}: {said}")
    return lines


def read_portals(*folders: Path, bad: dict[str, str] | None = None) -> dict[str, Portal]:
    """All portals by id, in order; a later folder overrides an earlier one.

    `bad` takes what is wrong with a portal's file, by its id; without it the first raises.
    """
    portals: dict[str, Portal] = {}
    for folder in folders:
        if not folder.is_dir():
            raise PortalError(f"{folder}: no such folder of portal files")
        files: defaultdict[str, list[Path]] = defaultdict(list)
        for path in sorted(folder.rglob("*.toml")):
            files[path.stem].append(path)
        for stem, paths in files.items():
            try:
                portals[stem] = _one(stem, paths)
            except PortalError as error:
                if bad is None:
                    raise
                portals.pop(stem, None)  # another folder's is not what was meant
                bad[stem] = str(error)
    return dict(sorted(portals.items()))


def _one(stem: str, paths: list[Path]) -> Portal:
    if len(paths) > 1:
        raise PortalError(f"{paths[0]} and {paths[1]} would both be the portal {stem!r}: rename one of them")
    return read_portal(paths[0])
