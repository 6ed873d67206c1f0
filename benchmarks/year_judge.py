"""By what archive and alarms must show that something happened, and on which night that is right.

Right is the night on which the program first asked for what had changed: the servers say when that was.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.changes import GONE_AFTER, GONE_LOOKS
from benchmarks.year_found import YEAR, Event, Found, Judge

Nights = tuple[int | None, int | None]  # the right one, and the one on which it was found


def earliest(nights: Sequence[int | None]) -> int | None:
    return min((night for night in nights if night is not None), default=None)


def after(nights: Sequence[int], since: int) -> int | None:
    return earliest([night for night in nights if night >= since])


def changed(kind: str) -> Judge:
    """A change, on the first night on which the page was looked at."""

    def judge(event: Event, found: Found) -> Nights:
        return found.first(event.url, event.night), after(found.changes[event.url, kind], event.night)

    return judge


def gone(event: Event, found: Found) -> Nights:
    """A loss, when it was looked for in vain as often and for as long as it takes."""
    looks = sorted({night for night, _ in found.looks[event.url] if event.night <= night < event.until})
    enough = [night for night in looks[GONE_LOOKS - 1 :] if night - looks[0] >= GONE_AFTER.days]
    return earliest(enough), after(found.changes[event.url, "gone"], event.night)


def raised(code: str, attempts: int = 1, *, until: int = YEAR) -> Judge:
    """An alarm, on the so-manieth night on which the portal was asked, if that was before it was over."""

    def judge(event: Event, found: Found) -> Nights | None:
        over = min(event.until, until)
        lists = set(found.asked(event.portal, event.night))
        asked = [night for night in found.asked(event.portal, event.night, lists=False) if night <= over]
        # a night without an answer says that there is none, whatever was asked for
        says = found.is_silent if code in {"unreachable", "challenged"} else lambda *_: False
        asked = [night for night in asked if night in lists or says(event.portal, night)]
        if code == "overdue":  # nobody can say that of a portal that does not answer
            asked = [night for night in asked if (night, event.portal) in found.came]
        if len(asked) < attempts and over < event.night + event.patience:
            return None  # it was over before it had to be noticed
        nights = [night for night, alarms in enumerate(found.alarms) if (event.portal, code) in alarms]
        return asked[attempts - 1] if len(asked) >= attempts else None, after(nights, event.night)

    return judge


def hijacked(event: Event, found: Found) -> Nights:
    nights = [night for night, alarms in enumerate(found.alarms) if (event.portal, "hijacked") in alarms]
    return found.first(event.url, event.night), after(nights, event.night)


def back(event: Event, found: Found) -> Nights:
    """A page that came, on the first night on which the portal was asked."""
    came = sorted(night for night, portal in found.came if portal == event.portal)
    return earliest(found.asked(event.portal, event.night, lists=False)[:1]), after(came, event.night)


def there(urls: Sequence[str]) -> Judge:
    """All reports of a portal at other addresses, on the first night on which it was asked."""

    def judge(event: Event, found: Found) -> Nights:
        nights = [found.reports.get(url) for url in urls]
        whole = [night for night in nights if night is not None]
        asked = earliest(found.asked(event.portal, event.night)[:1])
        return asked, max(whole) if whole and len(whole) == len(nights) else None

    return judge


def linked(event: Event, found: Found) -> Nights:
    """A foreign link that was counted and not followed."""
    portal = found.web.portals[event.portal]
    linking = [other for other in found.web.portals.values() if other.mirror]
    read = {night for night, status in found.looks[portal.column] if night >= event.night and status < 400}

    def counted(night: int) -> bool:
        """Whether the links of all portals whose lists were read were counted, its own among them."""
        lists = sum((night, 200) in found.looks[other.column] and night >= other.mirrored for other in linking)
        return found.off_host.get(night, 0) >= lists

    followed = any(one.host == portal.mirror for one in found.web.asked)
    return earliest(list(read)), None if followed else earliest([night for night in read if counted(night)])


def recoded(urls: Sequence[str]) -> Judge:
    """Other bytes, the same words, on the first night on which any page was looked at."""

    def judge(event: Event, found: Found) -> Nights:
        told = [night for url in urls for night in found.changes[url, "same_text"]]
        return earliest([found.first(url, event.night) for url in urls]), after(told, event.night)

    return judge
