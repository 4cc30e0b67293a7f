from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wix_api.pacing import Pacer


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(limit: int) -> tuple[Pacer, Clock]:
    clock = Clock()
    return Pacer(limit, clock=clock, sleep=clock.sleep), clock


def starts(pacer: Pacer, clock: Clock, count: int) -> list[float]:
    moments = []
    for _ in range(count):
        pacer.wait()
        moments.append(clock.now)
    return moments


@given(limit=st.integers(1, 50), gaps=st.lists(st.floats(0, 30), max_size=150))
def test_no_minute_holds_more_than_the_limit(limit: int, gaps: list[float]) -> None:
    pacer, clock = paced(limit)
    moments = []
    for gap in gaps:
        clock.now += gap
        moments += starts(pacer, clock, 1)
    for first, over in zip(moments, moments[limit:], strict=False):
        assert over - first >= 61 - 1e-6


def test_a_short_job_does_not_wait_at_all() -> None:
    pacer, clock = paced(200)
    assert starts(pacer, clock, 200)[-1] == 0
    assert pacer.waited == 0


def test_a_long_job_runs_at_exactly_the_limit() -> None:
    pacer, clock = paced(200)
    starts(pacer, clock, 200 * 10 + 1)
    assert clock.now == 610


def test_a_refusal_pauses_all_and_halves_the_rate() -> None:
    pacer, clock = paced(100)
    starts(pacer, clock, 40)
    pacer.slow_down(7)
    moments = starts(pacer, clock, 30)
    assert moments[0] == 7
    assert sum(moment < 60 for moment in moments) <= 50 - 40 + 15


def test_the_rate_recovers_by_itself() -> None:
    pacer, clock = paced(100)
    pacer.slow_down(1)
    clock.now += 61 * 10
    assert starts(pacer, clock, 100)[-1] == 610


def test_many_refusals_at_once_count_as_one() -> None:
    pacer, clock = paced(100)
    for _ in range(20):
        pacer.slow_down(5)
    clock.now += 5
    assert starts(pacer, clock, 50)[-1] == 5


def test_threads_share_one_quota() -> None:
    lock = threading.Lock()
    clock = Clock()
    moments: list[float] = []
    pacer = Pacer(10, clock=clock, sleep=lambda _: None)

    def work() -> None:
        for _ in range(5):
            pacer.wait()
            with lock:
                moments.append(clock.now)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pacer.requests == 40
    assert pacer.waited == 61 * 3  # the last of 40 starts then; waits at the same time are not added up


def test_a_long_wait_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="wix_api.pacing")
    pacer, clock = paced(10)
    starts(pacer, clock, 20)
    assert len(caplog.records) == 1
    assert "quota of 10 a minute" in caplog.text


@pytest.mark.parametrize(
    ("limit", "seconds", "readers"),
    [(200, 0.05, 1), (200, 0.3, 1), (200, 0.32, 2), (200, 1.0, 4), (2000, 0.005, 1), (2000, 0.1, 4)],
)
def test_slow_answers_need_several_requests_under_way(limit: int, seconds: float, readers: int) -> None:
    pacer, _clock = paced(limit)
    for _ in range(5):
        pacer.took(seconds)
    assert pacer.readers() == readers


def test_one_request_at_a_time_until_an_answer_tells_more() -> None:
    assert paced(200)[0].readers() == 1


def test_a_throttled_site_needs_fewer_requests_under_way() -> None:
    pacer, _clock = paced(200)
    pacer.took(1.0)
    pacer.slow_down(1)
    assert pacer.readers() == 2
