"""Bodies: unique bytes, stored once, each packed against the one it is most like.

A body's reference is a body of the same file: the file is enough to read it, and a foreign key holds it there. What
is stored may be packed anew (`gongkai compress`), what was received stays. References never lead back to where they
began: what is kept refers to what is there already, what is packed anew looks before it refers, and a merge copies a
body after its reference and leaves alone what it finds.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from archive.codec import FAST, ZstdError, pack, unpack
from archive.errors import DamagedBody
from archive.likeness import FEW, Likeness, sketch

logger = logging.getLogger(__name__)

# What may lie below a body when it is written, for all of it is unpacked whenever the body is read: so many bodies, of
# so many bytes. The foot of a chain may be larger, and a merge may make longer chains, which are read like any other.
DEPTH = 16
BELOW = 1 << 20
_HELD = 32 << 20  # bytes of bodies that are kept in memory, so that few references are read back
_SURELY = 16  # times smaller than the page, as hardly any is by itself: the reference is what made it so
_WORTH = 40  # bytes a doubtful reference must save: to name it costs something, and so does reading it


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `bodies`."""

    sha256: str
    size: int
    codec: str
    reference: str | None
    level: int
    stored: bytes


# By hashes: of the body, and of the one it is packed against.
INSERT = """INSERT INTO bodies (sha256, size, codec, reference, level, bytes)
VALUES (?, ?, ?, (SELECT id FROM bodies WHERE sha256 = ?), ?, ?)"""


def restore(connection: sqlite3.Connection, sha256: str, raw: bytes) -> None:
    """Store a body by itself, in the place of what is damaged; what is packed against it can be read again."""
    codec, stored = pack(raw, level=FAST)
    connection.execute(
        f"{INSERT} ON CONFLICT (sha256) DO UPDATE SET size = excluded.size, codec = excluded.codec,"
        " reference = excluded.reference, level = excluded.level, bytes = excluded.bytes",
        [sha256, len(raw), codec, None, FAST, stored],
    )


class Chain:
    """A body, and below it those it is packed against, one against the next."""

    def __init__(self, connection: sqlite3.Connection, path: Path, sha256: str) -> None:
        self._path = path
        self._sha256 = sha256
        self.rows: list[Row] = []
        wanted: str | None = sha256
        while wanted is not None:
            if wanted in self:
                raise self._damaged(wanted, "is packed against itself in the end")
            row = connection.execute(
                "SELECT b.reference, b.sha256, b.size, b.codec, r.sha256, b.level, b.bytes FROM bodies AS b"
                " LEFT JOIN bodies AS r ON r.id = b.reference WHERE b.sha256 = ?",
                [wanted],
            ).fetchone()
            if row is None:
                raise self._damaged(wanted, "is not in the archive")
            reference, *rest = row
            self.rows.append(Row(*rest))
            if reference is not None and self.rows[-1].reference is None:
                raise self._damaged(wanted, f"is packed against body number {reference}, which is not in the archive")
            wanted = self.rows[-1].reference

    def __contains__(self, sha256: str) -> bool:
        return any(row.sha256 == sha256 for row in self.rows)

    def read(self) -> bytes:
        """Bytes as received, checked against the hash they were kept under."""
        try:
            return self._unpacked(check_all=False)
        except DamagedBody:
            return self._unpacked(check_all=True)  # takes longer, and names the body that is at fault

    def _unpacked(self, *, check_all: bool) -> bytes:
        raw = b""
        for row in reversed(self.rows):
            try:
                raw = unpack(row.codec, row.stored, row.size, raw)
            except ZstdError as error:
                raise self._damaged(row.sha256, f"cannot be unpacked ({error})") from error
            last = row.sha256 == self._sha256
            if (last or check_all) and not (len(raw) == row.size and hashlib.sha256(raw).hexdigest() == row.sha256):
                raise self._damaged(row.sha256, "is not what was kept")
        return raw

    def _damaged(self, culprit: str, fault: str) -> DamagedBody:
        named = f"body {self._sha256}"
        if culprit != self._sha256:
            named += f" cannot be read: body {culprit}, which it is packed against,"
        return DamagedBody(
            f"{self._path}: {named} {fault}: take it from another copy of the archive"
            " (`gongkai merge` both into a new one), or from where it came (`gongkai verify --refetch`)"
        )


def read(connection: sqlite3.Connection, path: Path, sha256: str) -> bytes:
    """Bytes as received; `DamagedBody` where they are not, naming the body at fault."""
    return Chain(connection, path, sha256).read()


@dataclass(frozen=True, slots=True)
class Packed:
    """How a body may be stored."""

    codec: str
    stored: bytes
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """A body in memory, and its chain: how many and how large its bodies are, which of them is its foot.

    The foot is the body that took most to store: the first of its kind, where one of another kind lies below.
    """

    raw: bytes
    bodies: int
    size: int
    foot: str
    stored: int  # bytes of the foot as stored


class Bodies:
    """Packs bodies, each against the most similar one of those that came for its portal before."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._likeness = Likeness(connection, self._read)
        self._recent: OrderedDict[str, _Known] = OrderedDict()  # last used last
        self._held = 0  # bytes of all of them

    def forget(self) -> None:
        """What was stored may have been undone."""
        self._likeness.forget()
        self._recent.clear()
        self._held = 0

    def keep(self, sha256: str, raw: bytes, portal: str, at_address: str | None) -> int:
        """Store a body that is not there; its number. `at_address` is the one that last came from the same address."""
        packed = self.pack(sha256, raw, portal, at_address, FAST)
        values = [sha256, len(raw), packed.codec, packed.reference, FAST, packed.stored]
        number = self._connection.execute(INSERT, values).lastrowid
        assert number is not None  # an INSERT has one
        return number

    def begin(self, portal: str) -> None:
        """Compare the next bodies of a portal with nothing but those met from here on."""
        self._likeness.begin(portal)

    def meet(self, sha256: str, raw: bytes, portal: str) -> None:
        """Let the next bodies of a portal be compared with one that is stored well."""
        self._likeness.add(portal, sha256, sketch(raw))

    def pack(self, sha256: str, raw: bytes, portal: str, at_address: str | None, level: int) -> Packed:
        """How to store a body, which from now on is among those that the next ones of its portal are compared with."""
        pieces = sketch(raw)
        near, shared = self._likeness.nearest(portal, pieces, at_address)
        known = self._known(near)
        if known is not None and (known.bodies > DEPTH or known.size > BELOW):
            near, known, shared = known.foot, self._known(known.foot), 0  # begin a new chain on the foot of this one
        is_alike = len(pieces) >= FEW and shared * 2 > len(pieces)
        packed = Packed(*pack(raw, known.raw, level), near) if known is not None else None
        if packed is None or packed.codec == "none" or not (is_alike or len(packed.stored) * _SURELY < len(raw)):
            alone = Packed(*pack(raw, level=level))
            if packed is None or len(packed.stored) + _WORTH > len(alone.stored):
                packed, known = alone, None
        self._likeness.add(portal, sha256, pieces)
        foot, most = (sha256, len(packed.stored)) if known is None else (known.foot, known.stored)
        bodies, size = (known.bodies + 1, known.size + len(raw)) if known else (1, len(raw))
        if len(packed.stored) > most and bodies <= DEPTH:
            foot, most = sha256, len(packed.stored)
        self._remember(sha256, _Known(raw, bodies, size, foot, most))
        return packed

    def _read(self, sha256: str) -> bytes | None:
        known = self._known(sha256)
        return None if known is None else known.raw

    def _known(self, sha256: str | None) -> _Known | None:
        """A body of the archive; None where it is damaged, which is no reason not to keep another one."""
        if sha256 is None:
            return None
        if sha256 in self._recent:
            self._recent.move_to_end(sha256)
            return self._recent[sha256]
        try:
            chain = Chain(self._connection, self._path, sha256)
            raw = chain.read()
        except DamagedBody as error:
            logger.warning("%s; nothing is packed against it", error)
            return None
        foot = max(reversed(chain.rows[-DEPTH:]), key=lambda row: len(row.stored))
        size = sum(row.size for row in chain.rows)
        known = _Known(raw, len(chain.rows), size, foot.sha256, len(foot.stored))
        self._remember(sha256, known)
        return known

    def _remember(self, sha256: str, known: _Known) -> None:
        if (before := self._recent.pop(sha256, None)) is not None:
            self._held -= len(before.raw)
        self._recent[sha256] = known
        self._held += len(known.raw)
        while self._held > _HELD:
            _, oldest = self._recent.popitem(last=False)
            self._held -= len(oldest.raw)
