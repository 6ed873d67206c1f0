"""Handing over: the reports as files that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

from archive.archive import Archive
from archive.whole import whole


def export_jsonl(archive: Archive, directory: Path | str) -> dict[str, int]:
    """Write `reports.jsonl`, one object for each row of `current_reports` with all that `Archive.report` knows of it.

    The file appears under its name when it is whole. Returns how many reports and bytes were written.
    """
    target = Path(directory) / "reports.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with whole(target) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        for row in archive.reports():
            file.write(json.dumps(archive.report(row["report_id"]), ensure_ascii=False) + "\n")
            count += 1
    return {"reports": count, "bytes": target.stat().st_size}
