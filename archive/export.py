"""Handing over: the reports as files that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

from archive.archive import Archive


def export_jsonl(archive: Archive, directory: Path | str) -> dict[str, int]:
    """Write `reports.jsonl`, one object for each row of `current_reports` with all that `Archive.report` knows of it.

    The file appears under its name when it is whole. Returns how many reports and bytes were written.
    """
    target = Path(directory) / "reports.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    count = 0
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        for row in archive.reports():
            file.write(json.dumps(archive.report(row["report_id"]), ensure_ascii=False) + "\n")
            count += 1
    size = unfinished.stat().st_size
    unfinished.replace(target)
    return {"reports": count, "bytes": size}
