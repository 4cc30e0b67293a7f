from __future__ import annotations

from itertools import count
from threading import Barrier, Event, Lock, Thread, current_thread
from time import sleep
from types import SimpleNamespace

import pytest

from target_wix.concurrency import concurrently
from target_wix.domains.lookup import Revisions
from target_wix.run import Run
from wix_api.errors import SettingsError


@pytest.mark.parametrize("most", [1, 2, 8])
@pytest.mark.parametrize("size", [0, 1, 2, 100])
def test_results_are_in_the_order_of_the_items(size, most):
    assert concurrently(lambda item: item * 2, range(size), most) == [item * 2 for item in range(size)]


def test_the_maximum_of_concurrent_calls_is_used():
    met = Barrier(3)
    names = concurrently(lambda _: (met.wait(), current_thread().name)[1], range(3), 3)
    assert len(set(names)) == 3


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_the_threads_that_the_system_allows_do_the_work(allowed, monkeypatch):
    start, number = Thread.start, count()

    def limited(thread):
        if next(number) >= allowed:
            raise RuntimeError
        start(thread)

    monkeypatch.setattr(Thread, "start", limited)
    if allowed:
        assert concurrently(lambda item: item * 2, range(100), 8) == [item * 2 for item in range(100)]
    else:
        with pytest.raises(SettingsError, match="No further thread can be started"):
            concurrently(str, range(100), 8)


@pytest.mark.parametrize("error", [ValueError, IndexError, KeyboardInterrupt])
def test_after_a_failure_none_is_begun_and_what_had_begun_is_finished(error):
    begun, finished, failed = [], [], Event()

    def work(item):
        begun.append(item)
        if item == 0:
            failed.set()
            raise error(item)
        failed.wait()
        finished.append(item)

    with pytest.raises(error):
        concurrently(work, range(100_000), 2)
    assert sorted(finished) == sorted(begun)[1:]
    assert len(begun) < 100_000


def test_an_interrupt_while_the_work_is_waited_for_begins_no_more_of_it(monkeypatch):
    begun, first = [], Event()

    def work(item):
        begun.append(item)
        first.set()

    def interrupted(_threads):
        first.wait()
        raise KeyboardInterrupt

    monkeypatch.setattr("target_wix.concurrency.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        concurrently(work, range(1_000_000), 2)
    assert len(begun) < 1_000_000


def test_what_threads_share_is_made_once():
    run, begun, made = Run(None, None, None), Barrier(2), []

    def make(_run):
        made.append(current_thread())
        sleep(0.05)
        return len(made)

    assert concurrently(lambda _: (begun.wait(), run.once(make))[1], range(2), 2) == [1, 1]
    assert len(made) == 1


def test_revisions_of_concurrent_answers_are_recorded_one_after_another():
    inside, overlaps = Lock(), []

    def clock():
        if not inside.acquire(blocking=False):
            overlaps.append(current_thread().name)
            return 0.0
        sleep(0.01)
        inside.release()
        return 0.0

    revisions = Revisions(SimpleNamespace(lag=SimpleNamespace(clock=clock)))
    concurrently(lambda one: revisions.at_least(f"product {one}", 1), range(10), 5)
    assert overlaps == []
