"""What a place counts in a year: invented numbers that keep the form's identities, within a year and across years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

FORM_SINCE = 2019  # the statutory form
REVISED_SINCE = 2021  # its second version
APPLICANTS = 6  # kinds of applicant; a seventh column is their total


def dice(*key: object) -> Random:
    """Randomness that is the same for the same key, in every process."""
    return Random("/".join(map(str, key)))  # noqa: S311  # repeatable is what is wanted here


def parts(random: Random, total: int, weights: Sequence[float]) -> list[int]:
    """A total spread over as many parts as there are weights."""
    drawn = random.choices(range(len(weights)), weights, k=total)
    return [drawn.count(part) for part in range(len(weights))]


@dataclass(frozen=True, slots=True)
class Requests:
    """The form's table of requests; a row is a number per kind of applicant."""

    new: list[int]
    carried_in: list[int]
    results: list[list[int]]  # a row per way to end
    done: list[int]
    carried_out: list[int]


def requests(issuer: str, year: int, ways: int) -> Requests:
    """New and carried in is done and carried out, and what is carried out is carried in a year later."""
    random = dice(issuer, year, "requests")
    came, left = _left_over(issuer, year - 1), _left_over(issuer, year)
    new = [max(random.randint(0, most), out) for most, out in zip((60, 9, 0, 0, 4, 1), left, strict=True)]
    done = [n + c - out for n, c, out in zip(new, came, left, strict=True)]
    weights = [12.0, 3.0] + [1.0 if random.random() < 0.3 else 0.0 for _ in range(ways - 2)]
    columns = [parts(random, total, weights) for total in done]
    return Requests(new, came, [list(row) for row in zip(*columns, strict=True)], done, left)


def _left_over(issuer: str, year: int) -> list[int]:
    random = dice(issuer, year, "left over")
    return [random.randint(0, 4), random.randint(0, 1), 0, 0, 0, 0]


def cases(issuer: str, year: int, which: str) -> list[int]:
    """Upheld, corrected, otherwise ended, pending, and their total."""
    random = dice(issuer, year, which)
    ended = [random.choice((0, 0, 0, 1, 2)) for _ in range(4)]
    return [*ended, sum(ended)]


def changes(issuer: str, year: int, what: str) -> tuple[int, int]:
    """How many of something came and how many went in a year."""
    random = dice(issuer, year, what)
    return random.randint(0, 9), random.randint(0, 4)


def stock(issuer: str, year: int, what: str) -> int:
    """How many of something there are at the end of a year: those of the year before, and what came less what went."""
    begun = dice(issuer, what).randint(40, 200)
    return begun + sum(came - went for came, went in (changes(issuer, y, what) for y in range(FORM_SINCE, year + 1)))


def prose(issuer: str, year: int) -> dict[str, int]:
    """The figures of a report's sentences; what is enumerated adds up."""
    random = dice(issuer, year, "prose")
    web, gazette, elsewhere = random.randint(900, 6000), random.randint(12, 90), random.randint(100, 1900)
    asked = random.randint(0, 40)
    online, letter, visit = parts(random, asked, (6, 2, 1))
    granted, denied, absent = parts(random, asked, (8, 1, 2))
    named = {
        "total": web + gazette + elsewhere, "web": web, "gazette": gazette, "other": elsewhere,
        "requests": asked, "online": online, "letter": letter, "visit": visit,
        "granted": granted, "denied": denied, "absent": absent,
        "rules": changes(issuer, year, "normative_documents")[0],
        "reviews": cases(issuer, year, "review")[-1],
    }  # fmt: skip
    if year >= FORM_SINCE:
        flow = requests(issuer, year, 3)  # the ways to end do not touch the flow
        named |= {
            "new": sum(flow.new), "carried": sum(flow.carried_in), "done": sum(flow.done), "left": sum(flow.carried_out)
        }  # fmt: skip
    return named
