"""Write the golden journal of both catalogs: `python -m tests.target.golden`."""

from __future__ import annotations

from tests.target.golden.journal import CATALOGS, Journal


def main() -> None:
    for catalog in CATALOGS:
        Journal.of_runs(catalog).write()


if __name__ == "__main__":
    main()
