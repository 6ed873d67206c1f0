"""Bodies that are stored already, packed anew and smaller: those of an older archive, and what was kept in passing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from archive.archive import Archive
from archive.bodies import BELOW, DEPTH, Bodies, Chain, Packed
from archive.codec import unpack
from archive.errors import DamagedBody
from archive.likeness import BROUGHT

LEVEL = 10  # of zstd: a tenth smaller than what is kept in passing, at 2 ms a page; 19 takes ten times that for 6 %
_BATCH = 50  # bodies a transaction

# Bodies of a portal in the order they came, with the visit that brought each first.
_BODIES = f"""SELECT b.sha256, b.level, v.address
FROM (SELECT body, min(id) AS id FROM exchanges WHERE {BROUGHT} GROUP BY body) AS came
JOIN exchanges AS v ON v.id = came.id JOIN bodies AS b ON b.id = came.body ORDER BY v.id"""  # noqa: S608 - a constant


def compress(
    archive: Archive, damaged: Callable[[str, DamagedBody], None], progress: Callable[[int, int], None]
) -> Counter[str]:
    """Pack anew what was packed at a lower level; tells how many bodies were looked at and replaced, and what it saved.

    A stored body is replaced only after what takes its place was unpacked again and found the same, a few in one
    transaction: after a kill every body reads as before. What is damaged is left alone, and `damaged` is told of it.
    """
    counts: Counter[str] = Counter(bodies=0, replaced=0, saved_bytes=0, damaged=0)
    (total,) = archive.connection.execute("SELECT count(*) FROM bodies WHERE level < ?", [LEVEL]).fetchone()
    for (portal,) in archive.connection.execute("SELECT id FROM portals ORDER BY id").fetchall():
        rows = archive.connection.execute(_BODIES, [portal]).fetchall()
        if all(level >= LEVEL for _, level, _ in rows):
            continue
        bodies = Bodies(archive.connection, archive.path)
        bodies.begin(portal)
        last: dict[int, str] = {}  # body of each address
        for begin in range(0, len(rows), _BATCH):
            with archive.transaction():
                for sha256, level, address in rows[begin : begin + _BATCH]:
                    try:
                        chain = Chain(archive.connection, archive.path, sha256)
                        raw = chain.read()
                    except DamagedBody as error:
                        counts["damaged"] += 1
                        damaged(sha256, error)
                        continue
                    before, last[address] = last.get(address), sha256
                    if level >= LEVEL:
                        bodies.meet(sha256, raw, portal)
                        continue
                    packed = bodies.pack(sha256, raw, portal, before, LEVEL)
                    counts.update(_replace(archive, chain, raw, packed))
            progress(counts["bodies"], total)
    return counts


def _replace(archive: Archive, chain: Chain, raw: bytes, packed: Packed) -> dict[str, int]:
    """Store a body as packed where that is smaller, or shortens a chain that has grown too long."""
    now = chain.rows[0]
    saved = len(now.stored) - len(packed.stored)
    below = chain.rows[1:]
    is_long = len(below) > 1 and (len(below) > DEPTH or sum(row.size for row in below) > BELOW)
    if (saved > 0 or is_long) and _holds(archive, now.sha256, raw, packed):
        archive.connection.execute(
            "UPDATE bodies SET codec = ?, reference = (SELECT id FROM bodies WHERE sha256 = ?), level = ?, bytes = ?"
            " WHERE sha256 = ?",
            [packed.codec, packed.reference, LEVEL, packed.stored, now.sha256],
        )
        return {"bodies": 1, "replaced": 1, "saved_bytes": saved}
    archive.connection.execute("UPDATE bodies SET level = ? WHERE sha256 = ?", [LEVEL, now.sha256])
    return {"bodies": 1}


def _holds(archive: Archive, sha256: str, raw: bytes, packed: Packed) -> bool:
    """Whether what was packed gives the same bytes back, and does not rest on the body itself."""
    reference = b""
    if packed.reference is not None:
        chain = Chain(archive.connection, archive.path, packed.reference)
        if sha256 in chain:
            return False
        reference = chain.read()
    return unpack(packed.codec, packed.stored, len(raw), reference) == raw
