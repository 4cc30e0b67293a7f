"""SIGTERM and Ctrl-C end a run at once where it waits, after the call in flight where it writes."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox_support.forking import Forked
from target_wix.errors import StoppedError
from target_wix.stopping import StopSign
from target_wix.target import TargetWix
from tests.target.runs import FAST, lines, messages, product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox import RunningSite

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def stop() -> StopSign:
    sign = StopSign()
    sign.handle_signals()
    return sign


def test_a_closed_terminal_stops_the_run_however_often_it_says_so(stop: StopSign) -> None:
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(StoppedError) as stopped:
        stop.check()
    assert stopped.value.signal == signal.SIGHUP


def test_nohup_keeps_a_run_alive_when_its_terminal_closes() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sign = StopSign()
    sign.handle_signals()
    signal.raise_signal(signal.SIGHUP)
    sign.check()


def sent_from_a_thread(number: int) -> threading.Thread:
    thread = threading.Thread(target=os.kill, args=(os.getpid(), number))
    thread.start()
    return thread


@SIGNALS
def test_the_first_signal_raises_no_exception_and_a_later_one_kills(
    stop: StopSign, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = threading.Condition()
    with condition:
        signal.raise_signal(number)
    with pytest.raises(StoppedError) as stopped:
        stop.check()
    assert stopped.value.signal == number
    signal.raise_signal(number)  # as `timeout` sends it again
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("wix_api.signal_pipe._SAME_REQUEST", 0.0)
    monkeypatch.setattr(os, "kill", lambda *sent: killed.append(sent))
    signal.raise_signal(number)
    assert killed == [(os.getpid(), number)]
    assert signal.getsignal(number) is signal.SIG_DFL


@SIGNALS
@pytest.mark.parametrize("waits_for_input", [False, True])
def test_a_signal_ends_a_wait_of_an_hour(stop: StopSign, number: int, waits_for_input: bool) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as file, os.fdopen(writing, "w"):
        sender = sent_from_a_thread(number)
        with pytest.raises(StoppedError):
            stop.wait_for(file, 3600) if waits_for_input else stop.sleep(3600)
        sender.join()


def test_a_wait_continues_after_a_signal_with_another_handler(stop: StopSign) -> None:
    reading, writing = os.pipe()
    before = signal.signal(signal.SIGUSR1, lambda *_: os.write(writing, b"x"))
    try:
        with os.fdopen(reading) as file:
            sender = sent_from_a_thread(signal.SIGUSR1)
            assert stop.wait_for(file)
            sender.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
        os.close(writing)


@SIGNALS
def test_a_signal_ends_the_waits_of_other_threads(stop: StopSign, number: int) -> None:
    with ThreadPoolExecutor() as pool:
        waits = [pool.submit(stop.sleep, 3600) for _ in range(2)]
        signal.raise_signal(number)
        assert [type(wait.exception()) for wait in waits] == [StoppedError] * 2


def test_other_threads_wait_for_input(stop: StopSign) -> None:
    with Path(os.devnull).open() as file, ThreadPoolExecutor() as pool:
        assert pool.submit(stop.wait_for, file).result()


@pytest.mark.parametrize("waits_for_input", [False, True])
def test_a_wait_ends_in_a_process_with_more_than_a_thousand_open_files(stop: StopSign, waits_for_input: bool) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 2_000), before[1]))
    with ExitStack() as files:
        files.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        for _ in range(1_024):
            files.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        last = files.enter_context(Path(os.devnull).open())
        assert last.fileno() > 1_023
        stop.wait_for(last, 3600) if waits_for_input else stop.sleep(0)


@SIGNALS
def test_a_signal_between_two_lines_emits_the_state_before_it(empty_v3: RunningSite, number: int) -> None:
    before, after = (lines(messages(products=[product(sku=sku)])).splitlines(keepends=True) for sku in "AB")
    target = TargetWix(config={**empty_v3.config(), **FAST, "batch_size_rows": 1})

    def listed() -> Iterator[str]:
        yield from before
        signal.raise_signal(number)
        yield from after

    with redirect_stdout(io.StringIO()) as reported:
        with pytest.raises(StoppedError) as stopped:
            target.listen(listed())  # type: ignore[arg-type] # only iterated
        target.settle_up(stopped.value)
    assert reported.getvalue() == '{"after": "products"}\n'
    assert len(empty_v3.state()["products"]) == 1


@SIGNALS
def test_a_signal_at_the_end_of_the_input_leaves_late_records_to_the_next_run(
    empty_v3: RunningSite, number: int
) -> None:
    target = TargetWix(config={**empty_v3.config(), **FAST, "batch_size_rows": 1})

    def listed() -> Iterator[str]:
        yield from lines(messages(products=[product(sku=sku, slug="mug") for sku in "AB"])).splitlines(keepends=True)
        signal.raise_signal(number)

    with pytest.raises(StoppedError) as stopped:
        target.listen(listed())  # type: ignore[arg-type] # only iterated
    target.settle_up(stopped.value)
    assert target.run.outcomes.rejections() == 0


@SIGNALS
def test_a_signal_ends_the_wait_for_the_index(empty_v1: RunningSite, number: int) -> None:
    target = TargetWix(config={**empty_v1.config(), **FAST, "index_lag_seconds": 3600})
    sleep = target.stop.sleep

    def asleep(seconds: float) -> None:
        senders.append(sent_from_a_thread(number))
        sleep(seconds)

    senders: list[threading.Thread] = []
    target.stop.sleep = asleep  # type: ignore[method-assign]
    listed = lines(messages(products=[{"name": "Mug", "slug": "mug", "priceData": {"price": 1}}]))
    with pytest.raises(StoppedError) as stopped:
        target.listen(io.StringIO(listed))
    target.settle_up(stopped.value)
    for sender in senders:
        sender.join()
    assert senders
    assert empty_v1.state().get("products", []) == []


BLOCKED = {"rate_limit": True, "retry_after": 3600}


@SIGNALS
@pytest.mark.parametrize("name", ["target-wix", "wix-import"])
def test_a_signal_ends_the_wait_for_a_site_that_refuses_requests(
    empty_v1: RunningSite, tmp_path: Path, name: str, number: int
) -> None:
    """New products of V1 are written by several threads, all of which wait."""
    rows = [{"name": f"Mug {one}", "slug": f"mug-{one}", "priceData": {"price": 1}} for one in range(20)]
    config, given = tmp_path / "config.json", tmp_path / "given"
    config.write_text(json.dumps({**empty_v1.config(), **FAST}))
    if name == "target-wix":
        given.write_text(lines(messages(products=rows)))
        command = [name, "--config", str(config), "--input", str(given)]
    else:
        given.write_text("handle,name,price\n" + "".join(f"mug-{one},Mug,1\n" for one in range(20)))
        command = [name, "--config", str(config), "--yes", str(given)]
    empty_v1.faults.plan({"operation": "products.create", "action": BLOCKED})
    command[0] = str(Path(sys.executable).parent / name)
    with Forked(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as run:
        assert run.stderr
        while "Trying again in" not in (line := run.stderr.readline()):
            assert line
        run.send_signal(number)
        log = run.stderr.read()
        assert run.wait() == 128 + number, log
    assert "Traceback" not in log
    assert "Stopped before the end of the input." in log
    assert empty_v1.state().get("products", []) == []
