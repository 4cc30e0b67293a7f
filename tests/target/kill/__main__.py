"""Run the schedule of a seed and print what happened: `python -m tests.target.kill v3 123 [--to 223] [--times 20]`."""

from __future__ import annotations

import argparse
import sys

from tests.target.kill.schedule import Schedule


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", choices=("v1", "v3"))
    parser.add_argument("seed", type=int)
    parser.add_argument("--to", type=int, help="all seeds up to this one; reports those that fail")
    parser.add_argument("--times", type=int, default=1, help="again and again: threads do not keep to a seed")
    options = parser.parse_args()
    if options.to is not None:
        failed = []
        for seed in range(options.seed, options.to):
            if _fails(options.catalog, seed):
                failed.append(seed)
                sys.stdout.write(f"{options.catalog} {seed} fails\n")
                sys.stdout.flush()
        sys.stdout.write(f"{options.to - options.seed} schedules, {len(failed)} failed: {failed}\n")
        raise SystemExit(bool(failed))
    for _ in range(options.times):
        schedule = Schedule(options.catalog, options.seed)
        wrong = schedule.run()
        if wrong:
            raise SystemExit("\n".join([*schedule.log, *wrong]))
    sys.stdout.write("\n".join([*schedule.log, "as one clean run", ""]))


def _fails(catalog: str, seed: int) -> bool:
    return bool(Schedule(catalog, seed).run())


if __name__ == "__main__":
    main()
