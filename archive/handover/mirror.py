"""A folder of saved pages, as wget and scrapers leave one: paths as addresses, times of files as dates."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from archive.handover.http import LARGEST
from archive.handover.incoming import Taken
from archive.handover.kinds import Territory, role_of
from pipelines.records import Visit

_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)
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
    faults: list[str] = field(default_factory=list)

    def visits(self) -> Iterator[Taken]:
        for path in sorted(file for file in self.path.rglob("*") if file.is_file() or file.is_symlink()):
            written = os.fsencode(path.relative_to(self.path))
            name = written.decode("utf-8", "replace")
            url = self._address(written)
            portal = None if url is None else self.territory.portal(url)
            if url is None:
                self.counts["unaddressed"] += 1
            elif portal is None:
                self.counts["elsewhere"] += 1
            elif path.is_symlink():  # it may lead anywhere
                self.faults.append(f"{name}: is a symbolic link: put what it leads to in its place")
            elif path.stat().st_size > LARGEST:
                self.faults.append(f"{name}: is larger than {LARGEST} bytes")
            else:
                try:
                    body = path.read_bytes()
                except OSError as error:
                    self.faults.append(f"{name}: cannot be read ({error.strerror}): make it readable")
                    continue
                if (role := role_of(url, "", body)) is None or not body:
                    self.counts["furniture"] += 1
                    continue
                digest = hashlib.sha256(body).hexdigest()
                date = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                origin = {"record": f"file:{name}#{digest}", "file": name, "date": "mtime"}
                yield Taken(Visit(0, portal, role, url, date, "fetched", body=body, imported=origin))

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
