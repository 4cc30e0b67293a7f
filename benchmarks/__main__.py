"""Runs all benchmarks of docs/performance.md, one after another: `make bench`.

That takes about two hours, mostly waiting: `quota` waits for whole minutes of quota, `memory` for a million orders.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

NAMES = (
    *("commands", "cpu", "target_cpu", "requests", "memory", "product_file", "events", "follow"),
    *("waits", "sandbox", "fresh_shops", "quota", "target_quota"),
)


def main() -> None:
    """Run the chosen benchmarks; the exit code is the number of those that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all if none is named")
    names = parser.parse_args().names or NAMES
    if unknown := sorted({*names} - {*NAMES}):
        parser.error(f"no benchmark {', '.join(unknown)}: there are {', '.join(NAMES)}")
    sys.exit(
        sum(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0 for name in names)
    )


if __name__ == "__main__":
    main()
