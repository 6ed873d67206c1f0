"""How often the right column comes first: the home pages of tests/web/homes.

python -m benchmarks.column
"""

from __future__ import annotations

from tests.test_column import HOMES, searched


def main() -> None:
    right = requests = 0
    for home in HOMES:
        search = searched(home)
        found = search.best.url if search.best else ""
        right += found == home.column
        requests += search.asked
        if found != home.column:
            print(f"{home.name}: {found or 'nothing'} in place of {home.column or 'nothing'}")
    count = len(HOMES)
    print(f"right column first on {right} of {count} home pages: {right / count:.2f}")
    print(f"{requests / count:.1f} requests each")


if __name__ == "__main__":
    main()
