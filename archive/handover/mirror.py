"""A folder of saved pages, as wget and scrapers leave one: paths as addresses, times of files as dates."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from archive.handover.faults import Faults
from archive.handover.http import LARGEST
from archive.handover.incoming import Taken
from archive.handover.kinds import Territory, role_of
from pipelines.records import Visit

_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)
_WHY = {
    errno.ELOOP: "is a symbolic link: put what it leads to in its place",
    errno.ENODEV: "is neither file nor folder: it is not read",
    errno.ENXIO: "is neither file nor folder: it is not read",  # of a socket
}
_SAFE = "/%:@!$&'()*+,;=~-._"  # stand in addresses as they are


@dataclass(slots=True)
class Folder:
    """Its files as visits. Nothing in them says who fetched them and when: status, headers and charset stay unknown.

    Without `prefix` the first part of a path is the host, as `wget -r` writes it; with it, the address of the folder.
    """

    path: Path
    prefix: str | None
    territory: Territory
    counts: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)

    def visits(self) -> Iterator[Taken]:
        for folder, folders, names in os.walk(self.path, onerror=self._unreadable):
            folders.sort()  # the order in which it goes on
            links = [name for name in folders if Path(folder, name).is_symlink()]
            for name in sorted([*names, *links]):
                if taken := self._taken(Path(folder, name)):
                    yield taken

    def _unreadable(self, error: OSError) -> None:
        self.faults.add(f"{self._name(Path(error.filename))}: cannot be read ({error.strerror}): make it readable")

    def _name(self, path: Path) -> str:
        return self._written(path).decode("utf-8", "replace")

    def _written(self, path: Path) -> bytes:
        return os.fsencode(path.relative_to(self.path))

    def _taken(self, path: Path) -> Taken | None:
        name = self._name(path)
        url = self._address(self._written(path))
        portal = None if url is None else self.territory.portal(url)
        if url is None or portal is None:
            self.counts["unaddressed" if url is None else "elsewhere"] += 1
            return None
        try:
            body, changed = _read(path)
        except OSError as error:
            why = _WHY.get(error.errno or 0) or f"cannot be read ({error.strerror}): make it readable"
            self.faults.add(f"{name}: {why}")
            return None
        except (ValueError, OverflowError) as error:
            self.faults.add(f"{name}: its time is none ({error}): set it with `touch`")
            return None
        if len(body) > LARGEST:
            self.faults.add(f"{name}: is larger than {LARGEST:,} bytes: it is not taken")
            return None
        if (role := role_of(url, "", body)) is None or not body:
            self.counts["furniture"] += 1
            return None
        digest = hashlib.sha256(body).hexdigest()
        origin = {"record": f"file:{name}#{digest}", "file": name, "date": "mtime"}
        return Taken(Visit(0, portal, role, url, changed, "fetched", body=body, imported=origin))

    def _address(self, name: bytes) -> str | None:
        """The address that a path stands for; a name in another encoding than UTF-8 is one of those bytes."""
        path, mark, query = name.partition(b"?")  # wget keeps the query in the name
        rest = quote(path, safe=_SAFE) + (f"?{quote(query, safe=_SAFE + '?')}" if mark else "")
        if self.prefix is not None:
            return f"{self.prefix.rstrip('/')}/{rest}"
        host, _, rest = rest.partition("/")
        if not rest or not _HOST.fullmatch(host):
            return None
        portal = self.territory.portal(f"http://{host}/")
        scheme = "https" if portal and portal.home.startswith("https:") else "http"
        return f"{scheme}://{host.lower()}/{rest}"


def _read(path: Path) -> tuple[bytes, datetime]:
    """A file's bytes, one more than may be at most, and its time. Neither a link nor what is no file is opened."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return file.read(LARGEST + 1), datetime.fromtimestamp(facts.st_mtime, UTC)
