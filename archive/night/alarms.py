"""What an alarm is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
RANK: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an operator should look at: what it rests on, and what to do."""

    code: str
    severity: Severity
    portal: str | None  # None: of the night as a whole
    message: str
    evidence: str
    action: str
    stands: bool = False  # the crawl before raised it as well
