"""Office packages: zip files of XML, unpacked and parsed with limits."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from pipelines.documents import MAX_SIZE, Unreadable

_CHUNK = 1 << 20
_MAX_XML = 16 << 20  # bytes of a part that is held as a tree, which takes twenty times as much
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def opened(body: bytes) -> zipfile.ZipFile:
    """The package, if it is whole and not locked."""
    try:
        archive = zipfile.ZipFile(BytesIO(body))
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise Unreadable("damaged", f"the package cannot be opened: {error}") from error
    if any(member.flag_bits & 1 for member in archive.infolist()):
        raise Unreadable("encrypted", "the package asks for a password")
    return archive


def chunks(archive: zipfile.ZipFile, name: str, limit: int = MAX_SIZE) -> Iterator[bytes]:
    """A member piece by piece; no more comes than the size it states, and its checksum tells whether that is a lie."""
    if archive.getinfo(name).file_size > limit:
        raise Unreadable("too_large", f"{name} unpacks to more than {limit:,} bytes")
    try:
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Unreadable("damaged", f"{name} cannot be unpacked: {error}") from error


def xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of a member; entities stay unexpanded and nothing outside is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        for chunk in chunks(archive, name, _MAX_XML):
            parser.feed(chunk)
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise Unreadable("damaged", f"{name} is no XML: {error}") from error


def related(archive: zipfile.ZipFile, name: str, kind: str) -> str | None:
    """The member that `name` (the package itself: an empty string) refers to as its `kind`, where it is there."""
    folder, base = posixpath.split(name)
    relations = posixpath.join(folder, "_rels", f"{base}.rels")
    if relations not in archive.namelist():
        return None
    for relation in xml(archive, relations).iter(_RELATION):
        if relation.get("Type", "").endswith(f"/{kind}"):
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            return path if path in archive.namelist() else None
    return None
