"""Work that a signal stops, and what the process does then."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from tap_wix import __main__ as command
from tap_wix.interrupts import Interrupts, StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[list[object]]:
    """The handlers of the test run, which it has again afterwards."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield before
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)
    signal.set_wakeup_fd(-1)


def test_work_returns_its_result_and_restores_the_handlers(handlers: list[object]) -> None:
    with Interrupts() as interrupts:
        assert interrupts.run(lambda: 1) == 1
        assert interrupts.run(lambda: 2) == 2
    assert [signal.getsignal(number) for number in SIGNALS] == handlers


@pytest.mark.parametrize("error", [SystemExit(3), KeyError("name"), BrokenPipeError()])
def test_an_error_of_the_work_is_raised(error: BaseException, handlers: list[object]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised, Interrupts() as interrupts:
        interrupts.run(fail)
    assert raised.value is error
    assert [signal.getsignal(number) for number in SIGNALS] == handlers


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_work_that_waits_and_a_later_one_kills(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_ever = threading.Event()

    def wait() -> None:
        os.kill(os.getpid(), number)
        for_ever.wait()

    with pytest.raises(StoppedError) as stopped, Interrupts() as interrupts:
        interrupts.run(wait)
    for_ever.set()
    assert stopped.value.signum == number
    assert str(stopped.value) == f"Stopped by {number.name}."
    # A closed terminal and `timeout` send their signal twice: the second one must not kill the process while it ends.
    signal.raise_signal(number)
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("wix_api.signal_pipe._SAME_REQUEST", 0.0)
    monkeypatch.setattr(os, "kill", lambda *sent: killed.append(sent))
    for each in SIGNALS:
        signal.raise_signal(each)
    assert killed == [(os.getpid(), signal.SIGTERM), (os.getpid(), signal.SIGINT)]
    assert [signal.getsignal(each) for each in SIGNALS] == [signal.SIG_DFL, signal.SIG_DFL, signal.SIG_IGN]


def test_nohup_keeps_the_work_alive_when_its_terminal_closes() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Interrupts() as interrupts:
        assert interrupts.run(lambda: signal.raise_signal(signal.SIGHUP) or 1) == 1
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_signal_between_two_works_stops_the_next_one() -> None:
    for_ever = threading.Event()
    with Interrupts() as interrupts:
        interrupts.run(lambda: 1)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(StoppedError):
            interrupts.run(for_ever.wait)
    for_ever.set()


def test_a_signal_after_the_last_work_of_a_process_changes_nothing() -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        with Interrupts(ends_process=True) as interrupts:
            assert interrupts.run(lambda: 1) == 1
        for number in SIGNALS:
            signal.raise_signal(number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_signal_that_others_handle_stops_nothing() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
    try:
        with Interrupts() as interrupts:
            assert interrupts.run(lambda: signal.raise_signal(signal.SIGUSR1)) is None
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [signal.SIGUSR1]


@pytest.mark.parametrize(("threads", "ends"), [(1, "exit"), (2, "leave")])
def test_a_process_whose_sites_are_still_read_ends_without_closing_their_databases(
    threads: int, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite crashes if a connection is closed while another thread uses it."""
    ended: list[tuple[str, int]] = []
    for name in ("set_up_streams", "_share_one_heap"):
        monkeypatch.setattr(command, name, lambda: None)
    monkeypatch.setattr(command.gc, "freeze", lambda: None)
    monkeypatch.setattr(command, "main", lambda: 1)
    monkeypatch.setattr(command.threading, "active_count", lambda: threads)
    monkeypatch.setattr(command, "leave", lambda code: ended.append(("leave", code)))
    monkeypatch.setattr(command.sys, "exit", lambda code: ended.append(("exit", code)))
    command.run()
    assert ended[0] == (ends, 1)
