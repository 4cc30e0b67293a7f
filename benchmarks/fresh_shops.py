"""Measures what a fresh shop costs a test: `python -m benchmarks.fresh_shops`.

pytest runs 200 tests of one request each, with one shop for all and with a shop that is restored before each test. The
difference of the medians is the price of fresh shops. Besides, it measures the CPU time of what restores a shop, in the
process of the sandbox: `reset()`, and `load()` of a snapshot.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wix_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS, RUNS = 200, 5
SUITE = """
import urllib.request

import pytest


def get(site):
    keys = site.config()
    headers = {{"Authorization": keys["api_key"], "wix-site-id": keys["site_id"], "Accept": "application/json"}}
    request = urllib.request.Request(site.url + "/contacts/v4/contacts?paging.limit=1", headers=headers)
    assert urllib.request.urlopen(request).status == 200


@pytest.fixture(scope="session")
def one_site(wix_sandboxes):
    return wix_sandboxes()


@pytest.mark.parametrize("number", range({tests}))
def test_one_request(number, {fixture}):
    get({fixture})
"""


def seconds(fixture: str) -> float:
    """Return how long pytest says that the tests took."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_shop.py").write_text(SUITE.format(tests=TESTS, fixture=fixture))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder]
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    found = re.search(rf"{TESTS} passed in ([\d.]+)s", said)
    if found is None:
        sys.exit(said)
    return float(found[1])


def milliseconds(restore: Callable[[], None]) -> float:
    """Return the median CPU time of restoring a shop."""
    took = []
    for _ in range(TESTS):
        began = time.thread_time()
        restore()
        took.append(time.thread_time() - began)
    return statistics.median(took) * 1000


def main() -> None:
    """Measure in pairs and print the medians."""
    with Sandbox().serve() as site:
        before = site.save()
        reset, load = milliseconds(site.reset), milliseconds(lambda: site.load(before))
    print(f"reset: {reset:.2f} ms of CPU; load of a snapshot: {load:.2f} ms")  # noqa: T201
    pairs = [(seconds("one_site"), seconds("wix_site")) for _ in range(RUNS)]
    shared, fresh = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{TESTS} tests of one request: {shared / TESTS * 1000:.1f} ms a test with one shop for all")  # noqa: T201
    print(f"with a fresh shop each: {fresh / TESTS * 1000:.1f} ms a test")  # noqa: T201


if __name__ == "__main__":
    main()
