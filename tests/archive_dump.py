"""What an archive says, without a number that only its file knows: two that say the same have the same dump."""

from archive.seals import PARTS, rows

_WORDS = ("公开", "安和县", "改进 目录", "二〇二〇")
_IDS = {"id", "run", "visit", "report", "report_id", "page", "copy", "address"}


def dump(archive):
    connection = archive.connection
    runs = {row["id"]: row["uid"] for row in rows(connection, "SELECT * FROM runs")}
    visits = {}
    kept = {uid: [] for uid in runs.values()}
    for row in rows(connection, "SELECT * FROM visits ORDER BY id"):
        visits[row["id"]] = (runs[row["run"]], row["number"])
        origins = {name: visits.get(row[name]) for name in ("redirected_from", "discovered_on")}
        kept[runs[row["run"]]].append(bare(row) | origins)
    reports = {row["id"]: (*visits[row["visit"]], row["recipe"]) for row in rows(connection, "SELECT * FROM reports")}
    return {
        "runs": {row["uid"]: bare(row) for row in rows(connection, "SELECT * FROM runs")},
        "portals": {row["id"]: row for row in rows(connection, "SELECT * FROM portals")},
        "visits": kept,  # in the order they were kept
        "bodies": {sha256: archive.body(sha256) for (sha256,) in connection.execute("SELECT sha256 FROM bodies")},
        "texts": set(connection.execute("SELECT * FROM texts")),
        "lists": {
            (runs[row["run"]], row["portal"], row["url"]): bare(row) for row in rows(connection, "SELECT * FROM lists")
        },
        "reports": {
            reports[row["id"]]: (
                bare(row),
                {
                    part: [bare(one) for one in rows(connection, f"SELECT * FROM {part} WHERE report = ?", row["id"])]
                    for part in PARTS
                },
            )
            for row in rows(connection, "SELECT * FROM reports")
        },
        "sightings": {
            reports[row["copy"]]: (reports[row["report"]], visits[row["visit"]], bare(row))
            for row in rows(connection, "SELECT * FROM sightings")
        },
        "current": sorted(map(repr, map(bare, rows(connection, "SELECT * FROM current_reports")))),
        "found": {words: {reports[hit["report_id"]] for hit in archive.search(words, 1000)} for words in _WORDS},
    }


def bare(row):
    return {name: value for name, value in row.items() if name not in _IDS}
