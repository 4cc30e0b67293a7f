from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import Clock
from wix_api.pacing import AUTO_REQUESTS_PER_MINUTE
from wix_sandbox.errors import WixError as RefusedError
from wix_sandbox.quota import Quota

if TYPE_CHECKING:
    from wix_api.pacing import Pacer

EVEN = 61 / 200
"""Seconds between requests at 200 a minute."""


def starts(pacer: Pacer, count: int) -> list[float]:
    return [pacer.wait() for _ in range(count)]


@given(limit=st.integers(1, 50), gaps=st.lists(st.floats(0, 30), max_size=150))
def test_no_minute_holds_more_than_the_limit(limit: int, gaps: list[float]) -> None:
    clock = Clock()
    pacer = clock.pacer(limit)
    moments = []
    for gap in gaps:
        clock.now += gap
        moments += starts(pacer, 1)
    for first, over in zip(moments, moments[limit:], strict=False):
        assert over - first >= 60.5 - 1e-6


def test_a_job_of_20_requests_does_not_wait_at_all() -> None:
    clock = Clock()
    assert starts(clock.pacer(200), 20)[-1] == 0
    assert clock.waits == []


def test_requests_after_the_first_20_start_evenly() -> None:
    moments = starts(Clock().pacer(200), 200)[19:]
    assert [later - before for before, later in pairwise(moments)] == pytest.approx([EVEN] * 180)


def test_a_long_job_runs_at_exactly_the_limit_without_another_burst() -> None:
    clock = Clock()
    moments = starts(clock.pacer(200), 200 * 10 + 1)
    assert clock.now == pytest.approx(60.5 + 1800 * EVEN)
    assert min(later - before for before, later in pairwise(moments[200:])) > EVEN * 0.999


def test_the_log_says_that_wix_lowered_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    clock = Clock()
    pacer = clock.pacer(200)
    refused = starts(pacer, 20)[-1]
    pacer.refused(refused)
    clock.now += 61
    pacer.answered(starts(pacer, 1)[-1])
    starts(pacer, 200)
    assert "after refusals by Wix (429), the run sends " in caplog.text
    assert "is used up" not in caplog.text


@pytest.mark.parametrize(("late", "every"), [(0.6, 2), (2.0, 20), (5.0, 50)])
def test_late_requests_are_made_up_for(late: float, every: int) -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    starts(pacer, 400)
    began = clock.now
    for number in range(4000):
        pacer.wait()
        clock.now += late if number % every == 0 else 0  # this answer takes long
    assert clock.now - began == pytest.approx(4000 * EVEN, rel=0.002)


def test_after_a_pause_a_burst_has_at_most_20_requests() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    starts(pacer, 300)
    clock.now += 3600
    moments = starts(pacer, 200)
    assert moments.count(moments[0]) == 20


def refused(pacer: Pacer, wait: float) -> None:
    """Have the next request refused, as a call does that is repeated after some seconds."""
    pacer.refused(pacer.wait())
    pacer.close(wait)


def test_a_refusal_pauses_all_and_then_requests_start_one_by_one_at_a_lower_rate() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    starts(pacer, 40)
    began = clock.now
    refused(pacer, 7)
    moments = starts(pacer, 5)
    assert moments[0] == pytest.approx(began + EVEN + 7)
    assert min(later - before for before, later in pairwise(moments)) > EVEN * 1.9


def test_a_request_that_waits_for_the_quota_waits_for_the_pause_too() -> None:
    clock = Clock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now == 61:
            pacer.close(30)

    pacer = clock.pacer(1, sleep=sleep)
    assert starts(pacer, 2) == [0, 91]
    assert pacer.requests == 2


def test_the_limit_after_a_refusal_is_what_wix_let_through() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    starts(pacer, 150)
    refused(pacer, 1)
    assert pacer.requests_per_minute == int(150 * 0.99)


def test_many_refusals_until_an_answer_count_as_one() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    for _ in range(20):
        refused(pacer, 5)
    assert pacer.requests_per_minute == 99


def test_requests_under_way_when_another_one_was_refused_do_not_count_again() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    first, second = starts(pacer, 2)
    pacer.refused(first)
    pacer.close(1)
    pacer.answered(pacer.wait())
    pacer.refused(second)
    assert pacer.requests_per_minute == 99


def test_the_limit_rises_again_by_use_and_not_above_the_first_one() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    refused(pacer, 1)
    lowered = pacer.requests_per_minute
    while clock.now < 170:
        pacer.answered(pacer.wait())
    assert pacer.requests_per_minute == lowered
    while clock.now < 600:
        pacer.answered(pacer.wait())
    assert pacer.requests_per_minute == 200


def test_an_idle_limit_does_not_rise() -> None:
    clock = Clock()
    pacer = clock.pacer(200, most=500)
    for _ in range(300):
        pacer.wait()
        clock.now += 5
    assert pacer.requests_per_minute == 200


def sent(quota: int, minutes: int, first: int, most: int) -> tuple[list[int], list[int]]:
    """Send as much as the pacer lets for some minutes; return answers and refusals of each minute."""
    clock = Clock()
    wix, pacer = Quota(quota, clock), clock.pacer(first, most=most)
    answers, refusals, wait = [0] * minutes, [0] * minutes, 1.0
    while True:
        start = pacer.wait()
        minute = int(start // 60)
        if minute >= minutes:
            return answers, refusals
        try:
            wix.take()
        except RefusedError:
            refusals[minute] += 1
            pacer.refused(start)
            pacer.close(wait)
            wait = min(wait * 2, 60.0)
        else:
            answers[minute] += 1
            pacer.answered(start)
            wait = 1.0


@pytest.mark.parametrize("quota", [500, 400, 300])
def test_auto_finds_a_quota_above_the_documented_one_and_stays_there(quota: int) -> None:
    answers, refusals = sent(quota, 30, 200, AUTO_REQUESTS_PER_MINUTE)
    assert sum(answers[10:]) / (20 * quota) >= 0.95
    assert max(answers) <= quota
    assert sum(refusals) <= 8
    assert max(refusals) <= 2


@pytest.mark.parametrize(("quota", "share"), [(120, 0.95), (60, 0.95), (20, 0.9)])
def test_auto_falls_to_a_quota_below_the_documented_one(quota: int, share: float) -> None:
    answers, refusals = sent(quota, 30, 200, AUTO_REQUESTS_PER_MINUTE)
    assert sum(answers[10:]) / (20 * quota) >= share
    assert sum(refusals[:5]) <= 20
    assert max(refusals[5:]) <= 2


def test_threads_share_one_quota() -> None:
    clock = Clock()
    pacer = clock.pacer(10)

    def work() -> None:
        starts(pacer, 5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pacer.requests == 40
    assert pacer.waited == pytest.approx(39 * 6.1)  # waits at the same time are not added up


def test_a_long_wait_is_logged_once_in_half_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="wix_api.pacing")
    starts(Clock().pacer(10), 11)
    assert len(caplog.records) == 2
    assert "quota of 10 a minute" in caplog.text
    starts(Clock().pacer(1), 2)
    assert "1 request sent; " in caplog.text


@pytest.mark.parametrize(
    ("limit", "seconds", "readers"),
    [(200, 0.05, 1), (200, 0.24, 1), (200, 0.3, 2), (200, 1.0, 5), (2000, 0.005, 1), (2000, 0.1, 5)],
)
def test_slow_answers_need_several_requests_under_way(limit: int, seconds: float, readers: int) -> None:
    pacer = Clock().pacer(limit)
    for _ in range(5):
        pacer.took(seconds)
    assert pacer.readers() == readers


def test_one_request_at_a_time_until_the_first_answer() -> None:
    assert Clock().pacer(200).readers() == 1


def test_a_throttled_site_needs_fewer_requests_under_way() -> None:
    pacer = Clock().pacer(200)
    pacer.took(1.0)
    refused(pacer, 1)
    assert pacer.readers() == 3


def shares(pacer: Pacer) -> tuple[int, float]:
    windows = pacer.windows()
    return windows.ended, (windows.shares / windows.ended if windows.ended else windows.running)


def test_the_share_of_the_quota_is_that_of_whole_minutes() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    starts(pacer, 50)
    assert shares(pacer) == (0, 0.25)
    starts(pacer, 213 - 50)
    assert shares(pacer) == (1, 1.0)
    clock.now += 120
    assert shares(pacer) == (3, pytest.approx((1 + 13 / 200 + 0) / 3))


@given(limit=st.integers(1, 50), gaps=st.lists(st.floats(0, 90), max_size=150), refusals=st.sets(st.integers(0, 150)))
def test_the_share_of_the_quota_is_never_more_than_all_of_it(limit: int, gaps: list[float], refusals: set[int]) -> None:
    clock = Clock()
    pacer = clock.pacer(limit, most=2 * limit)
    for number, gap in enumerate(gaps):
        clock.now += gap
        start = pacer.wait()
        if number in refusals:
            pacer.refused(start)
        else:
            pacer.answered(start)
        windows = pacer.windows()
        assert windows.running <= 1
        assert windows.shares <= windows.ended


def test_an_answer_does_not_end_a_refusal_that_came_while_it_waited_for_its_turn() -> None:
    clock = Clock()
    pacer = clock.pacer(200)
    pacer.refused(pacer.wait())
    clock.now += 1
    started = pacer.wait()
    free = pacer._lock

    class Lock:
        """The lock of the pacer, which two other threads take first."""

        def __enter__(self) -> None:
            pacer._lock = free
            pacer.answered(started)
            clock.now += 1
            pacer.refused(clock.now)
            free.acquire()

        def __exit__(self, *_error: object) -> None:
            free.release()

    pacer._lock = Lock()
    pacer.answered(started)
    limit = pacer.requests_per_minute
    pacer.refused(clock.now + 1)
    assert pacer.requests_per_minute == limit
