"""The report of a night as one self-contained page: no scripts, nothing fetched, every word of a page escaped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from string import Template

from archive.changes import KINDS
from archive.night.alarms import RANK, Alarm
from archive.night.coverage import Cell, Coverage
from archive.night.markup import Markup, bars, joined, link, table, tag, text
from archive.night.report import Change, Night
from pipelines.records import OUTCOMES

_FIRST = 2008  # the first year anybody reports on
_ROWS = 200  # lines of a table that are shown; --json has all
_SHOWN = 25  # reports that are not folded away
_STANDING = 5  # alarms that are old, or no more than a word, before the rest is folded away
_OTHERS = 15  # issuers of a portal beside its government


def page(night: Night) -> str:
    """The whole page."""
    sections = (
        _head(night), _alarms(night), _news(night), _coverage(night), _portals(night), _faults(night), _trends(night),
        _manners(night), _steps(night),
    )  # fmt: skip
    template = Template(files("archive").joinpath("night", "page.html").read_text("utf-8"))
    title = text(f"gongkai, night of {night.began_at[:10]}: {_verdict(night)}")
    return template.substitute(title=title, body=joined(sections))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _verdict(night: Night) -> str:
    counts: Counter[str] = Counter(alarm.severity for alarm in night.alarms if alarm.severity != "info")
    fresh = sum(not alarm.stands for alarm in night.alarms if alarm.severity != "info")
    if not counts:
        return "all is well"
    said = ", ".join(_count(counts[name], name) for name in RANK if counts[name])
    return f"{said}; {fresh or 'none'} of them new tonight"


def _head(night: Night) -> Markup:
    ended = f" to {night.ended_at[11:16]}" if night.ended_at else ""
    kinds = Counter(change.kind for change in night.changes)
    states = Counter(one.state for one in night.portals)
    took = _hours(_seconds(night))
    size = f"{night.record.file_bytes / 1e6:,.1f} MB" if night.record else "-"
    tiles = (
        ("portals", len(night.portals), ""),
        ("failed", states["failed"], "bad" if states["failed"] else ""),
        ("left over", states["left"], "bad" if states["left"] else ""),
        ("new reports", len(night.new), ""),
        ("changed", sum(kinds.values()) - kinds["gone"] - kinds["returned"], ""),
        ("gone", kinds["gone"], "bad" if kinds["gone"] else ""),
        ("requests", f"{sum(one.requests for one in night.portals):,}", ""),
        ("received", f"{sum(one.bytes for one in night.portals) / 1e6:,.1f} MB", ""),
        ("time", took, ""),
        ("archive", size, ""),
    )
    worst = night.worst if night.worst in {"error", "warning"} else "well"
    return joined(
        (
            tag("h1", f"The night of {night.began_at[:10]} ", tag("small", f"run {night.run}")),
            tag("p", f"{night.began_at[11:16]}{ended} UTC, {night.outcome}; {night.command}", cls="sub"),
            tag("div", _verdict(night)[:1].upper() + _verdict(night)[1:], cls=f"banner {worst}"),
            tag("div", *(tag("div", tag("b", much), tag("span", name), cls=f"tile {cls}") for name, much, cls in tiles),
                cls="tiles"),
        )
    )  # fmt: skip


def _seconds(night: Night) -> float:
    began = datetime.fromisoformat(night.began_at)
    crawl = (datetime.fromisoformat(night.ended_at) - began).total_seconds() if night.ended_at else 0.0
    return sum(step.seconds for step in night.record.steps) if night.record and night.record.steps else crawl


def _hours(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _alarms(night: Night) -> Markup:
    if not night.alarms:
        return Markup("")
    names = {one.id: one.name for one in night.portals}
    old = [alarm for alarm in night.alarms if alarm.severity == "info" or (alarm.stands and alarm.severity != "error")]
    folded = old[_STANDING:]
    shown = [_alarm(alarm, names) for alarm in night.alarms if alarm not in folded]
    rest = tag("details", tag("summary", f"{len(folded)} more"), *(_alarm(alarm, names) for alarm in folded))
    return joined((tag("h2", "Alarms"), *shown, rest if folded else ""))


def _alarm(alarm: Alarm, names: dict[str, str]) -> Markup:
    since = tag("span", "stands since before", cls="chip") if alarm.stands else tag("span", "new", cls="chip tonight")
    who = f"{names.get(alarm.portal, '')} ({alarm.portal})" if alarm.portal else "The night"
    return tag(
        "div",
        tag("p", tag("span", alarm.severity, cls=f"chip {alarm.severity}"), since, tag("b", who), ": ", alarm.message,
            " ", tag("span", alarm.code, cls="quiet")),
        tag("p", "→ ", alarm.action, cls="do"),
        tag("p", alarm.evidence, cls="ev"),
        cls=f"alarm {alarm.severity}",
    )  # fmt: skip


def _news(night: Night) -> Markup:
    rows: list[tuple[object, ...]] = [
        (tag("span", change.kind, cls=f"chip {change.kind}", title=KINDS[change.kind]), *_named(change), _told(change))
        for change in sorted(night.changes, key=lambda change: change.kind not in {"gone", "worse", "replaced"})
    ]
    fresh: list[tuple[object, ...]] = [
        (tag("span", "new", cls="chip new"), one["issuer"] or one["portal"], one["year"],
         link(one["url"], one["title"] or one["url"]), "" if one["verdict"] == "report" else one["verdict"])
        for one in night.new
    ]  # fmt: skip
    heading = tag("h2", "Reports ", tag("small", f"{len(night.new)} new, {len(night.changes)} changes"))
    rows += fresh
    if not rows:
        return joined((heading, tag("p", "None is new, none has changed.", cls="quiet")))
    columns = ("", "issuer", "year", "report", "in words")
    rest = rows[_SHOWN:]
    folded = tag("details", tag("summary", f"{len(rest)} more"), table(columns, rest[:_ROWS])) if rest else ""
    return joined((heading, table(columns, rows[:_SHOWN]), folded, _more(len(rest))))


def _named(change: Change) -> tuple[object, object, Markup]:
    return change.issuer or change.portal, change.year, link(change.url, change.title or change.url)


def _told(change: Change) -> Markup:
    if not change.lines:
        return joined((change.message,))
    names = {"+": "ins", "-": "del"}
    lines = [tag(names.get(line[:1], "span"), line) for line in change.lines]
    if change.more:
        lines.append(tag("span", f"… {change.more} more lines: gongkai history {change.url}"))
    return tag("details", tag("summary", change.message), tag("div", *lines, cls="diff"))


def _more(count: int) -> Markup:
    return (
        tag("p", f"and {count - _ROWS} more: gongkai report --json has them all", cls="quiet")
        if count > _ROWS
        else Markup("")
    )


def _coverage(night: Night) -> Markup:
    if not night.coverage:
        return Markup("")
    years = range(min(_FIRST, *(year for line in night.coverage for year in line.years)), int(night.began_at[:4]))
    fresh = {one["report_id"] for one in night.new}
    changed = {change.url for change in night.changes}
    by_portal: defaultdict[str, list[Coverage]] = defaultdict(list)
    for line in night.coverage:
        by_portal[line.portal].append(line)

    def drawn(lines: Iterable[Coverage]) -> Iterator[Markup]:
        for line in lines:
            cells = (_cell(line.years.get(year), year, years[-1], fresh, changed) for year in years)
            yield tag("tr", tag("td", line.issuer), *(tag("td", cell) for cell in cells), tag("td", len(line.years)))

    heads = tag(
        "tr", tag("th", "issuer"), *(tag("th", f"{year % 100:02}", title=year) for year in years), tag("th", "all")
    )
    firsts = [line for lines in by_portal.values() for line in lines if line.is_government]
    rest = [line for lines in by_portal.values() for line in [one for one in lines if not one.is_government][:_OTHERS]]
    parts = [
        tag("h2", "Coverage ", tag("small", f"{_count(len(night.coverage), 'issuer')} by year reported on")),
        _LEGEND,
    ]
    for title, lines in (("", firsts), (f"{_count(len(rest), 'other issuer')}", rest)):
        if not lines:
            continue
        grid = tag(
            "div", tag("table", tag("thead", heads), tag("tbody", *drawn(lines[:_ROWS])), cls="matrix"), cls="wide"
        )
        parts += [tag("details", tag("summary", title), grid) if title else grid, _more(len(lines))]
    return joined(parts)


def _cell(cell: Cell | None, year: int, last: int, fresh: set[int], changed: set[str]) -> Markup:
    if cell is None:
        return tag("span", cls="none due" if year == last else "none", title=f"{year}: not held")
    state = (
        "gone" if cell.standing == "gone" else "new" if cell.report_id in fresh
        else "changed" if cell.url in changed else cell.standing
    )  # fmt: skip
    cls = f"cell {state}" + ("" if cell.verdict == "report" else " thin")
    return link(cell.url, tag("span", cls=cls, title=f"{year}: {state}, {cell.verdict}"))


def _key(cls: str, words: str) -> Markup:
    return tag("span", tag("i", cls=cls), words)


_LEGEND = tag(
    "div", _key("cell", "held"), _key("cell new", "new tonight"), _key("cell changed", "changed tonight"),
    _key("cell unconfirmed", "not found when last looked for"), _key("cell gone", "gone, last good copy held"),
    _key("cell thin", "only a file, or little text"), _key("none", "not held"), cls="legend",
)  # fmt: skip


def _portals(night: Night) -> Markup:
    rows = [
        (
            tag("span", one.state, cls=f"chip {one.state}"), f"{one.name} ({one.id})",
            one.why if one.state != "well" else ", ".join(f"{count} {name}" for name, count in one.outcomes.items()),
            one.listed or "", one.new or "", one.changed or "", one.requests or "", f"{one.bytes / 1e6:,.1f}",
            f"{one.seconds:,.0f}", one.alarms or "",
        )
        for one in night.portals
    ]  # fmt: skip
    headings = ("", "portal", "what came", "listed", "new", "changed", "requests", "MB", "s", "alarms")
    heading = tag("h2", "Portals ", tag("small", "s: how long their servers took to answer"))
    return joined((heading, table(headings, rows[:_ROWS], numbers=range(3, 10)), _more(len(rows))))


def _faults(night: Night) -> Markup:
    if not night.faults:
        return joined((tag("h2", "Faults"), tag("p", "Every request brought a page.", cls="quiet")))
    rows = [
        (one["outcome"], OUTCOMES[one["outcome"]], one["count"], one["portals"],
         joined((f"{one['portal']}: ", link(one["url"], one["url"]), " ", one["said"] or "")))
        for one in night.faults
    ]  # fmt: skip
    return joined(
        (tag("h2", "Faults by kind"), table(("", "what it is", "visits", "portals", "such as"), rows, numbers=(2, 3)))
    )


def _trends(night: Night) -> Markup:
    labels = [f"{trend.at[:10]}, run {trend.run}" for trend in night.trends]
    kinds = (
        ("new reports and files", [trend.new for trend in night.trends], ""),
        ("changed pages", [trend.changed for trend in night.trends], ""),
        ("portals crawled", [trend.portals for trend in night.trends], ""),
        ("portals without a page", [trend.failed for trend in night.trends], ""),
        ("requests", [trend.requests for trend in night.trends], ""),
        ("received", [round(trend.bytes / 1e6, 1) for trend in night.trends], " MB"),
    )
    plots = (bars(title, values, labels, unit) for title, values, unit in kinds)
    heading = tag("h2", "Trends ", tag("small", f"the last {_count(len(labels), 'run')}"))
    return joined((heading, tag("div", *plots, cls="plots")))


def _manners(night: Night) -> Markup:
    rows = [
        (host.host, ", ".join(host.portals[:4]), host.requests, f"{host.delay:g}",
         "" if host.smallest is None else f"{host.smallest:.2f}", host.hurried or "",
         f"{host.seconds / host.requests:.2f}")
        for host in night.hosts
    ]  # fmt: skip
    if not rows:
        return Markup("")
    headings = ("host", "portals", "requests", "promised pause, s", "shortest pause, s", "too soon", "answers in, s")
    return joined(
        (
            tag("h2", "Manners ", tag("small", "requests per host")),
            table(headings, rows[:_ROWS], numbers=range(2, 7)),
            _more(len(rows)),
        )
    )


def _steps(night: Night) -> Markup:
    made = f"Made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {night.recipe}; run {night.uid}."
    if night.record is None:
        return tag("p", f"No night run, or one that was killed: its steps are not known. {made}", cls="quiet")
    names = {"well": "well", "failed": "failed", "left": "left"}
    rows = [
        (tag("span", names[step.outcome], cls=f"chip {step.outcome}"), step.name, step.message, _hours(step.seconds))
        for step in night.record.steps
    ]
    return joined(
        (
            tag("h2", "Steps"),
            table(("", "step", "what came of it", "time"), rows, numbers=(3,)),
            tag("p", made, cls="quiet"),
        )
    )
