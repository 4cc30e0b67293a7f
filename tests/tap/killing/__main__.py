"""Run the schedule of a seed: `python -m tests.tap.killing v3 123 [--mishaps] [--times 20]`."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from tests.tap.killing.schedule import Schedule


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", choices=("v1", "v3"))
    parser.add_argument("seed", type=int)
    parser.add_argument("--mishaps", action="store_true")
    parser.add_argument("--times", type=int, default=1, help="again and again: threads do not keep to a seed")
    options = parser.parse_args()
    for _ in range(options.times):
        schedule = Schedule(options.catalog, options.seed, options.mishaps)
        with closing(schedule):
            schedule.run()
            losses = schedule.losses() + schedule.refresh() + schedule.wrongly_removed
        if losses:
            raise SystemExit("\n".join([*schedule.log, *losses]))
    sys.stdout.write("\n".join([*schedule.log, "nothing lost", ""]))


if __name__ == "__main__":
    main()
