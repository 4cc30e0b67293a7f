from __future__ import annotations

import os
import re
import signal
import sys
from collections import defaultdict
from functools import cache, partial
from importlib import metadata
from itertools import count
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from hypothesis import settings
from hypothesis.internal import charmap
from hypothesis.internal.conjecture import providers
from hypothesis.internal.intervalsets import IntervalSet

from sandbox_support.fixtures import open_shop, stack  # noqa: F401 - fixtures
from sandbox_support.shops import shared_shops  # noqa: F401 - a fixture
from target_wix.process import collect_seldom
from tests.near import _without_sockets, over_sockets  # noqa: F401 - fixtures
from tests.shops import open_shops
from wix_api import settings as api_settings
from wix_api.retry import RetryPolicy
from wix_sandbox.journal import Journal
from wix_sandbox.synthetic import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wix_sandbox.journal import Entry

# Commands leave SIGHUP alone if it is ignored, as under `nohup`; tests that send it would wait for ever.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The same few examples each time: a red run is about the change in hand. `--hypothesis-profile random` looks further.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("random", deadline=None, max_examples=5000)
settings.load_profile("repeatable")

_constants_of_modules = providers._get_local_constants


def _constants() -> providers.Constants:
    """Return constants of our modules to try in tests; none in a repeatable run.

    There, examples depend on no module that the process happens to have imported, and none is parsed.
    """
    return providers._local_constants if settings.default.derandomize else _constants_of_modules()


providers._get_local_constants = _constants

_intervals_from_codec = charmap.intervals_from_codec


def _intervals(codec: str) -> tuple[IntervalSet, IntervalSet]:
    """Return the characters that a codec can encode, and those that it does not decode to themselves.

    On the first run in a clone, each process tries all characters for two seconds.
    """
    return _OF_UTF_8 if codec == "utf-8" else _intervals_from_codec(codec)


_OF_UTF_8 = (IntervalSet([(0, 0xD7FF), (0xE000, sys.maxunicode)]), IntervalSet([]))
charmap.intervals_from_codec = _intervals

metadata.version = cache(metadata.version)
"""Each start of a plugin reads its version and the SDK's, which took a fifth of a run that writes one record."""

api_settings.RetryPolicy = partial(RetryPolicy, first_wait=0.05)  # type: ignore[assignment,misc]
"""Tests wait less than users before they send a call again."""

once.KEPT = 40
"""Tests use more shops than the sandbox keeps for a restart, and some of them take half a second to be filled."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave each case of tests that are marked `either_catalog` to `make test-services` on one of the two catalogs.

    Which one depends on its name only, so that a case runs on the same one if it runs alone.
    """
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if "either_catalog" in marks and _CATALOG.search(item.name) and not marks & {"services", "soak"}:
            cases[_CATALOG.sub("", item.nodeid, count=1)].append(item)
    for name, both in cases.items():
        if len(both) == 2:
            both[crc32(name.encode()) % 2].add_marker(pytest.mark.services)


_CATALOG = re.compile(r"(?<![a-z0-9_])v[13](?![a-z0-9_])")
"""A catalog among the parameters of a test."""


def pytest_collection_finish() -> None:
    """Exclude imports and collected tests from garbage collection, which took 8 % of the suite's time."""
    collect_seldom()


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than processors: tests of waits, signals and other processes leave them idle."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Send two messages of a worker for each test that passes, not six, which take a quarter of what pytest does."""
    for plugin in session.config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":  # its module is executed again by name
            plugin.sendevent = partial(_send_if_needed, plugin.sendevent)


def _send_if_needed(send: Callable[..., None], name: str, **event: Any) -> None:
    report = event.get("data") if name == "testreport" else None
    is_ordinary = report is not None and report["when"] != "call" and report["outcome"] == "passed"
    if name not in {"logstart", "logfinish"} and not is_ordinary:
        send(name, **event)


def pytest_unconfigure() -> None:
    open_shops.close()


_tests = count()


@pytest.fixture(scope="session", autouse=True)
def _state_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Move the locks and marks of sites out of the user's folder, also those of module fixtures."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _state_folder(monkeypatch: pytest.MonkeyPatch, _state_folders: Path) -> None:
    """Separate the locks and marks of tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(_state_folders / str(next(_tests))))


@pytest.fixture(autouse=True)
def unknown_members(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Check that no request of a test had a member that Wix does not know; Wix ignores such members in silence.

    A test that sends one on purpose takes it off the list.
    """
    unknown: list[str] = []
    add = Journal.add

    def added(journal: Journal, entry: Entry) -> None:
        unknown.extend(f"{entry.method} {entry.path}: {member}" for member in entry.unknown)
        add(journal, entry)

    monkeypatch.setattr(Journal, "add", added)
    yield unknown
    assert unknown == []
