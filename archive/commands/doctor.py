"""`gongkai doctor`: what would keep a night from its work, and what to do about it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

import click

from archive import show
from archive.archive import Archive
from archive.commands.crawl import settings_for
from archive.errors import ArchiveError
from archive.filing import stamp
from archive.verify import verify
from crawler.asking import Answer, Asker
from crawler.browser import NoBrowser, find
from crawler.loader import PortalLoader
from crawler.portal import PortalError
from pipelines.records import Portal

_ROOM = 2 << 30  # bytes: a first night over a few hundred portals
_FILES = 1024  # open files that the portals of one crawl may need
_AHEAD = timedelta(minutes=2)  # between two clocks that are right
_OLDEST = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before it was never set
_WAIT = 10.0  # seconds for an answer
_ASKED = 2  # portals that are asked
_PINNED = {"trafilatura": "2.3.1", "scrapy": "2.19"}
_SQLITE = (3, 37)  # STRICT tables
_COLUMNS = (("state", ""), ("name", "check"), ("found", "found"), ("action", "what to do"))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: Literal["well", "note", "wrong"]
    found: str
    action: str = ""


def run(archive: Path, folders: Sequence[Path], *, json_out: bool) -> int:
    """The command. Exit code 1: something is wrong; a note does not keep a night from its work."""
    checks = list(_checks(archive, folders))
    if json_out:
        show.as_json([asdict(check) for check in checks])
    else:
        show.as_table((asdict(check) for check in checks), _COLUMNS)
    wrong = [check.name for check in checks if check.state == "wrong"]
    click.echo(f"wrong: {', '.join(wrong)}" if wrong else "a night can begin", err=True)
    return 1 if wrong else 0


def _checks(archive: Path, folders: Sequence[Path]) -> Iterator[Check]:
    yield from versions()
    yield files()
    yield disk(archive)
    yield from held(archive)
    yield sound(archive)
    yield contact(os.environ.get("GONGKAI_CONTACT", ""))
    yield proxy()
    portals, said = _portals(archive, folders)
    yield said
    yield from network(portals)
    yield browser(portals)


def versions() -> Iterator[Check]:
    """Python, SQLite and the packages whose output is part of what is filed."""
    yield Check("python", "well", sys.version.split()[0])
    if sqlite3.sqlite_version_info < _SQLITE:
        yield Check("sqlite", "wrong", sqlite3.sqlite_version, "install a Python with SQLite 3.37 or newer")
    else:
        yield Check("sqlite", "well", sqlite3.sqlite_version)
    for name, wanted in _PINNED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Check(name, "wrong", "is not installed", "install from requirements.lock")
            continue
        is_it = found == wanted or found.startswith(f"{wanted}.")
        yield Check(name, "well" if is_it else "wrong", found, "" if is_it else f"install {name} {wanted}")


def files() -> Check:
    """How many files may be open: each portal that is crawled needs some."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= _FILES or soft == resource.RLIM_INFINITY:
        return Check("open files", "well", str(soft))
    return Check(
        "open files", "note", f"{soft}, at most {hard}", f"LimitNOFILE={_FILES} in the service, or `ulimit -n`"
    )


def disk(archive: Path) -> Check:
    """Room for what a night brings."""
    folder = archive.resolve().parent
    if not folder.is_dir():
        return Check("disk", "wrong", f"{folder} is not there", "create it, or name another archive with --archive")
    if not os.access(folder, os.W_OK):
        return Check("disk", "wrong", f"{folder} cannot be written", "make it writable for this user")
    if archive.exists() and not os.access(archive, os.W_OK):
        return Check("disk", "wrong", f"{archive} cannot be written", "make it writable for this user")
    free = shutil.disk_usage(folder).free
    need = max(_ROOM, archive.stat().st_size // 10 if archive.exists() else 0)
    said = f"{free / 1e9:.1f} GB free in {folder}"
    if free < need // 10:
        return Check("disk", "wrong", said, f"make room: {need / 1e9:.1f} GB")
    return Check(
        "disk", "well" if free >= need else "note", said, "" if free >= need else f"{need / 1e9:.1f} GB are safe"
    )


def held(archive: Path) -> Iterator[Check]:
    """Whether another process holds the archive or a night of it, and which one."""
    for name, path in (("archive lock", archive), ("nightly lock", Path(f"{archive}.nightly"))):
        beside = Path(f"{path.resolve()}.lock")
        if not beside.exists():
            yield Check(name, "well", "nobody holds it")
            continue
        with beside.open("r", encoding="utf-8", errors="replace") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                yield Check(name, "wrong", f"held by {file.read().strip()}", "wait until it ends, or stop it")
            else:
                yield Check(name, "well", "nobody holds it")


def sound(archive: Path, now: datetime | None = None) -> Check:
    """The archive as the quick check of its structure, seals and texts finds it."""
    if not archive.exists():
        return Check("archive", "note", f"{archive} is not there yet", "the first crawl makes it")
    began = time.monotonic()
    try:
        with Archive.open(archive, write=False) as opened:
            faults = list(verify(opened, quick=True))
            (last,) = opened.connection.execute("SELECT max(started_at) FROM runs").fetchone()
    except ArchiveError as error:
        return Check("archive", "wrong", str(error), "see docs/backup.md")
    wrong = [fault for fault in faults if fault.severity == "error"]
    if wrong:
        said = f"{len(wrong)} faults, first: {wrong[0].code} in {wrong[0].table}: {wrong[0].message}"
        return Check("archive", "wrong", said, "run `gongkai verify`: it names each and what it costs")
    if last and last > stamp((now or datetime.now(UTC)) + _AHEAD):
        said = f"its last run began at {last}, which is yet to come"
        return Check(
            "archive", "wrong", said, "set the clock; if it was wrong then, what was due by it waits until then"
        )
    killed = sum(fault.code == "run_unfinished" for fault in faults)
    said = f"{archive.stat().st_size / 1e6:.1f} MB, sound, {killed} runs were killed"
    return Check("archive", "well", f"{said}; {time.monotonic() - began:.1f} s")


def contact(address: str) -> Check:
    """Whom a webmaster can ask."""
    if address:
        return Check("contact", "well", address)
    return Check(
        "contact", "note", "none", "set GONGKAI_CONTACT to a mail address or a page: it goes out in User-Agent"
    )


def proxy() -> Check:
    """The proxy that the environment names, and whether anybody listens there."""
    for scheme, address in getproxies().items():
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if scheme not in {"http", "https"} or not parts.hostname:
            continue
        try:
            with closing(socket.create_connection((parts.hostname, parts.port or 80), timeout=_WAIT)):
                pass
        except OSError as error:
            said = f"{scheme}_proxy {parts.hostname}:{parts.port}: {error}"
            return Check("proxy", "wrong", said, f"start it, or unset {scheme}_proxy")
        return Check("proxy", "well", f"{scheme}_proxy {parts.hostname}:{parts.port}")
    return Check("proxy", "well", "none")


def _portals(archive: Path, folders: Sequence[Path]) -> tuple[list[Portal], Check]:
    try:
        found = list(PortalLoader.from_settings(settings_for(archive, folders)).portals.values())
    except PortalError as error:
        return [], Check("portal files", "wrong", str(error), "correct the file that is named")
    return found, Check("portal files", "well", f"{len(found)} read")


def network(portals: Sequence[Portal]) -> Iterator[Check]:
    """Names resolve, portals answer, and their clocks and ours agree."""
    step = max(1, len(portals) // _ASKED)
    answers = [(portal, _asked(portal.home)) for portal in portals[::step][:_ASKED]]
    came = [answer for _, answer in answers if answer.status is not None]
    for portal, answer in answers:
        name, host = f"network: {portal.id}", urlsplit(portal.home).hostname
        if answer.status is None:
            said = f"{host} gives no answer: {answer.outcome}: {answer.error}"
            yield Check(name, "note", said, "if it is this portal alone, its file may be old")
        else:
            yield Check(name, "well", f"{host} answers {answer.status}")
    if answers and not came:
        yield Check(
            "network", "wrong", "no portal answers", "check cable, resolver (/etc/resolv.conf), proxy, fire wall"
        )
    yield clock([date for answer in came if (date := answer.headers.get("date"))], datetime.now(UTC))


def _asked(home: str) -> Answer:
    """What comes of a request for robots.txt, asked for as a crawl does."""
    parts, said = urlsplit(home), settings_for(Path(), ())
    asker = Asker(said["USER_AGENT"], private=said.getlist("GONGKAI_PRIVATE"), whole=_WAIT)
    with closing(asker):
        return asker.get(f"{parts.scheme}://{parts.netloc}/robots.txt")


def clock(dates: Sequence[str], now: datetime) -> Check:
    """The clock, beside those of servers: visits are evidence, and say when."""
    if now < _OLDEST:
        return Check("clock", "wrong", f"{now:%Y-%m-%d %H:%M} UTC", "set the clock, and keep it with NTP")
    apart: list[timedelta] = []
    for date in dates:
        try:
            told = parsedate_to_datetime(date)
        except ValueError:  # a server's header is its own affair
            continue
        apart.append(now - (told if told.tzinfo else told.replace(tzinfo=UTC)))
    if not apart:
        return Check("clock", "note", f"{now:%Y-%m-%d %H:%M} UTC, no server to compare with", "check NTP: timedatectl")
    least = min(apart, key=abs)  # one server may be wrong
    said = f"{now:%Y-%m-%d %H:%M} UTC, {abs(least).total_seconds():.0f} s from a server's"
    if abs(least) > _AHEAD:
        return Check("clock", "wrong", said, "set the clock, and keep it with NTP: timedatectl")
    return Check("clock", "well", said)


def browser(portals: Sequence[Portal]) -> Check:
    """A browser, where a portal wants one."""
    wanted = [portal.id for portal in portals if portal.access.browser]
    try:
        return Check("browser", "well", find())
    except NoBrowser as error:
        if wanted:
            return Check("browser", "wrong", f"portals want one: {', '.join(wanted)}", str(error))
        return Check("browser", "well", f"{error}; no portal wants one")
