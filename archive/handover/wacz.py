"""WACZ 1.1.1: WARC files with an index and a list of pages in one zip, as replay tools open it."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from archive.archive import Archive
from archive.errors import ArchiveError, DamagedBody
from archive.handover import outgoing, warc
from archive.handover.outgoing import Placed
from archive.whole import whole

VERSION = "1.1.1"
_PACKAGE, _DIGEST = "datapackage.json", "datapackage-digest.json"
_LINES = 300  # of the index in one gzip member: what a reader fetches to find one address
_PIECE = 1 << 20
_NO_ZIP = (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error)  # what a damaged one may raise
_ELSEWHERE = b"\xff" * 4  # in the place of a size: a larger field has it
_RATIO = 200  # of unpacked bytes to packed ones: plain WARC files reach a tenth of it, deflate 1032
_ENCRYPTED = 1  # of a member's flags
_LONGEST_LIST = 1 << 24  # bytes of a list of files, the zip's or the package's, that are read into memory
_LIST_ENDS = re.compile(rb"(?=PK\x05\x06.{8}(?P<small>.{4})|PK\x06\x06.{36}(?P<large>.{8}))", re.DOTALL)
_TAIL = (1 << 16) + 100  # bytes in which they are looked for: a comment may follow
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the times of a zip's members say nothing: the records have theirs


class NoWacz(ArchiveError):  # noqa: N818 - as in archive.errors: the name says what is wrong
    """Raised for a file that is no zip, or holds no WARC."""


def write(
    archive: Archive,
    directory: Path,
    *,
    damaged: Callable[[int, DamagedBody], None],
    progress: Callable[[], None],
) -> dict[str, int]:
    """Write `gongkai.wacz`: all visits, and for pages the reports to cite. While it is made it takes twice its room."""
    try:
        from surt import surt  # noqa: PLC0415 - an extra
    except ImportError as error:
        warc.missing(error)
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / "gongkai.wacz"
    with (
        whole(target) as unfinished,
        TemporaryDirectory(dir=directory, prefix=".wacz-") as room,
        closing(sqlite3.connect("")) as lines,  # on disk where it grows: an index may not fit into memory
        zipfile.ZipFile(unfinished, "w") as file,
    ):
        lines.execute("CREATE TABLE lines (line TEXT)")

        def note(placed: Placed) -> None:
            if (
                placed.status != HTTPStatus.NOT_MODIFIED
            ):  # a browser that is shown a 304 shows nothing: the page before it is found
                lines.execute("INSERT INTO lines VALUES (?)", [_line(surt(placed.record.url), placed)])

        counts = outgoing.write(archive, Path(room), placed=note, damaged=damaged, progress=progress)
        package = _Package(file)
        for path in sorted(Path(room).iterdir()):
            with path.open("rb") as data:
                package.add(f"archive/{path.name}", _pieces(data), path.stat().st_size)
            path.unlink()
        _add_index(package, (line for (line,) in lines.execute("SELECT line FROM lines ORDER BY line")))
        pages = list(_pages(archive))
        package.add("pages/pages.jsonl", pages, sum(map(len, pages)))
        package.close()
    return counts | {"files": 1, "pages": len(pages) - 1, "bytes": target.stat().st_size}


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


class _Package:
    """A zip that notes what it is given, for the list at its end."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._resources: list[dict[str, object]] = []

    def add(self, path: str, pieces: Iterable[bytes], size: int) -> None:
        info = zipfile.ZipInfo(path, _EPOCH)
        info.file_size = size  # known before, a small member gets no ZIP64 field: wabac.js would read it as content
        digest = hashlib.sha256()
        with self._file.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
        name = path.rpartition("/")[2]
        self._resources.append({"name": name, "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size})

    def close(self) -> None:
        package = {
            "profile": "data-package",
            "wacz_version": VERSION,
            "title": "政府信息公开工作年度报告",
            "software": outgoing.software(),
            "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "resources": self._resources,
        }
        data = json.dumps(package, ensure_ascii=False, indent=2).encode()
        self._file.writestr(zipfile.ZipInfo(_PACKAGE, _EPOCH), data)
        digest = json.dumps({"path": _PACKAGE, "hash": warc.sha256(data)}).encode()
        self._file.writestr(zipfile.ZipInfo(_DIGEST, _EPOCH), digest)


def _line(key: str, placed: Placed) -> str:
    """A line of the index (CDXJ); readers expect numbers as text."""
    facts = {
        "url": placed.record.url,
        "mime": placed.mime,
        "digest": placed.digest,
        "length": str(placed.length),
        "offset": str(placed.offset),
        "filename": placed.file,
    }
    if placed.status is not None:
        facts["status"] = str(placed.status)
    stamp = "".join(sign for sign in placed.record.date[:19] if sign.isdigit())
    return f"{key} {stamp} {json.dumps(facts, ensure_ascii=False)}\n"


def _add_index(package: _Package, lines: Iterator[str]) -> None:
    """The sorted lines in gzip members of some hundred, and for each member its first key and its place."""
    places = [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    members: list[bytes] = []
    offset = 0
    while block := list(islice(lines, _LINES)):
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
        data = packer.compress("".join(block).encode()) + packer.flush()
        key = block[0].partition(" {")[0]
        place = {"offset": offset, "length": len(data), "digest": warc.sha256(data), "filename": "index.cdx.gz"}
        places.append(f"{key} {json.dumps(place)}\n".encode())
        members.append(data)
        offset += len(data)
    package.add("indexes/index.cdx.gz", members, offset)
    package.add("indexes/index.idx", places, sum(map(len, places)))


def _pages(archive: Archive) -> Iterator[bytes]:
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "Reports"}\n'
    for row in archive.reports():
        page = {"id": str(row["report_id"]), "url": row["url"], "ts": row["fetched_at"], "title": row["title"] or ""}
        yield (json.dumps(page, ensure_ascii=False) + "\n").encode()


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The WARC files of a WACZ by their names in it, laid out in a folder, and what is wrong with it, in words."""

    files: Mapping[str, Path]
    faults: tuple[str, ...]


def unpack(path: Path, room: Path) -> Unpacked:
    """Lay out the WARC files of a WACZ. One whose hash is not the listed one is read all the same, and named."""
    faults: list[str] = []
    files: dict[str, Path] = {}
    if (size := _list_size(path)) > _LONGEST_LIST:
        raise NoWacz(f"{path}: its list of files takes {size:,} bytes: no WACZ has so many, look what is in it")
    try:
        with zipfile.ZipFile(path) as file:
            members = [member for member in file.infolist() if _is_warc(member.filename)]
            need, free = sum(member.file_size for member in members), shutil.disk_usage(room).free
            if need > free:  # a small file may hold any number of zeros
                raise NoWacz(
                    f"{path}: unpacked it takes {need:,} bytes, and {room.parent} has {free:,}: make room there"
                )
            listed = _listed(file, faults)
            for member in members:
                name = member.filename
                if name in files:
                    faults.append(f"{name}: comes twice: the second one is not read")
                    continue
                out = room / str(len(files))  # no name of theirs becomes one of ours
                if _unpacked(file, member, out, faults):
                    files[name] = out
                    if (said := listed.get(name)) and said != f"sha256:{file_hash(out)}":
                        faults.append(f"{name}: is not what {_PACKAGE} says ({said})")
    except (*_NO_ZIP, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a place before the file's beginning
            raise
        raise NoWacz(f"{path}: is no WACZ ({error}): a WARC file is taken in with `import warc`") from error
    if not files:
        raise NoWacz(f"{path}: holds no WARC file under archive/ that can be read: name a WACZ that does")
    return Unpacked(files, tuple(faults))


def _list_size(path: Path) -> int:
    """How long the list of files at the end of a zip may be: zipfile would read all of it at once."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        ends = [found["small"] or found["large"] for found in _LIST_ENDS.finditer(file.read())]
    return max((int.from_bytes(size, "little") for size in ends if size != _ELSEWHERE), default=0)


def _is_warc(name: str) -> bool:
    return name.startswith("archive/") and name.endswith((".warc", ".warc.gz"))


def _unpacked(file: zipfile.ZipFile, member: zipfile.ZipInfo, out: Path, faults: list[str]) -> bool:
    """Write a member to a file, as far as it can be read; what cannot is named."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or member.flag_bits & _ENCRYPTED:
        faults.append(f"{member.filename}: is encrypted or packed as no WACZ is: it is not read")
        return False
    if member.file_size > _RATIO * member.compress_size + _PIECE:
        words = f"{member.compress_size:,} bytes that unpack to {member.file_size:,} are no WARC file: it is not read"
        faults.append(f"{member.filename}: {words}")
        return False
    try:
        with file.open(member) as source, out.open("wb") as target:
            shutil.copyfileobj(source, target, _PIECE)
    except (*_NO_ZIP, zlib.error, EOFError) as error:
        faults.append(f"{member.filename}: {error}: what came before is read")
    return out.exists()


def _listed(file: zipfile.ZipFile, faults: list[str]) -> dict[str, str]:
    """The SHA-256 hashes a package says its files have."""
    if _PACKAGE not in file.namelist():
        return {}
    try:
        if file.getinfo(_PACKAGE).file_size > _LONGEST_LIST:
            raise ValueError(f"it is longer than {_LONGEST_LIST} bytes")
        package = json.loads(file.read(_PACKAGE))
        found = {part["path"]: part["hash"] for part in package["resources"]}
    except (*_NO_ZIP, zlib.error, EOFError, KeyError, TypeError, RuntimeError) as error:
        faults.append(f"{_PACKAGE}: cannot be read ({error}): no hash in it is compared")
        return {}
    return {path: said for path, said in found.items() if str(said).startswith("sha256:")}


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
