"""The benchmarks of docs/performance.md run to their end, with the smallest sizes that they take."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES

SMALLEST = {
    "commands": "--size 10 --runs 1",
    "cpu": "--size 10 --runs 1 --streams orders --shapes mapped",
    "target_cpu": "--records 1 --runs 1 --memory 1",
    "requests": "--hourly --hourly-size 10",
    "memory": "--sizes 1 --latency 0",
    "product_file": "--rows 5",
    "events": "--events 10",
    "follow": "--seconds 1",
    "sandbox": "--sizes 2000",
}
WITHOUT_SIZES = {"waits", "fresh_shops", "quota", "target_quota"}
"""Benchmarks that wait for minutes of a quota, or measure the same number of requests each time."""


def test_each_benchmark_with_sizes_has_its_smallest() -> None:
    assert SMALLEST.keys() == {*NAMES} - WITHOUT_SIZES


@pytest.mark.services
@pytest.mark.parametrize("name", SMALLEST)
def test_a_benchmark_runs_to_its_end(name: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", *SMALLEST[name].split()]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
