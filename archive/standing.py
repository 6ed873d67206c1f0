"""When something that stands unchanged is due to be looked at again: after as long as it has stood, within a limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SLACK = timedelta(hours=12)  # nights are not exactly a day apart


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when it is as it is, when it was looked at last, and after what time at most it is due again."""

    since: datetime
    last: datetime
    longest: timedelta
    was_otherwise: bool  # before that

    def stretched(self, times: float) -> Standing:
        """The same where all takes so many times as long."""
        return replace(self, longest=self.longest * times)

    @property
    def has_changed(self) -> bool:
        """Whether it was otherwise, and was not seen to stand for a night since."""
        return self.was_otherwise and self.last - self.since < SLACK

    @property
    def is_new(self) -> bool:
        """Whether it has been looked at on one night alone."""
        return not self.was_otherwise and self.last - self.since < SLACK

    def late(self, now: datetime) -> float:
        """How long ago it was last looked at, as a share of the time after which it is due."""
        rest = max(min(self.last - self.since, self.longest), SLACK)
        return (now + SLACK - self.last) / rest

    def has_waited(self, now: datetime) -> bool:
        """Whether it was left alone for the longest time."""
        return now + SLACK - self.last >= self.longest
