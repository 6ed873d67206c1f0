"""How well mirrors are told: `python -m benchmarks.mirrors` prints a row for each set of pages and what they are."""

from __future__ import annotations

from collections import Counter

from pipelines import derive
from pipelines.records import Capture
from tests.mirror_pages import Case, known
from tests.mirror_pages_held_out import held_out


def judged(case: Case, url: str) -> str:
    report = derive(Capture(url, case.html.encode()))
    if report.verdict == "mirror":
        return "mirror"
    return "hijacked" if any(finding.code == "hijacked" for finding in report.findings) else "honest"


def main() -> None:
    print("set       host    truth     pages  right  taken for")
    for name, cases in (("known", list(known())), ("held out", list(held_out()))):
        for host in ("known", "hidden"):
            told: Counter[tuple[str, str]] = Counter()
            for case in cases:
                truth = case.truth if host == "known" or case.traced or case.truth != "mirror" else "untraced"
                told[truth, judged(case, case.url if host == "known" else "about:blank")] += 1
            for truth in sorted({truth for truth, _ in told}):
                row = {verdict: count for (one, verdict), count in told.items() if one == truth}
                pages = sum(row.values())
                right = row.get("honest" if truth == "untraced" else truth, 0)
                print(f"{name:9} {host:7} {truth:9} {pages:5} {right / pages:6.3f}  {row}")


if __name__ == "__main__":
    main()
