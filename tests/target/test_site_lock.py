"""One run a site at a time on a machine: nothing is created twice, and no run waits for a killed one."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import Forked
from target_wix import run as target_run
from target_wix import site_lock
from target_wix.errors import StoppedError, TargetError
from target_wix.memory import Before, IndexLag
from target_wix.site_lock import SiteLock, path_of
from target_wix.stopping import StopSign
from target_wix.target import TargetWix
from tests.target.runs import FAST, TARGET, lines, messages, product, writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.target.runs import Run
    from wix_sandbox import RunningSite
    from wix_sandbox.journal import Entry

    Start = Callable[..., Run]

MUG = {"name": "Mug", "slug": "mug", "priceData": {"price": 1}}
INPUT = messages(
    collections=[{"name": name} for name in ("Cups", "Sale")],
    products=[{**MUG, "slug": f"mug-{letter}", "collections": ["Cups"]} for letter in "abcd"],
    contacts=[{"email": "ann@example.com"}],
)


@contextmanager
def held(site: RunningSite) -> Iterator[SiteLock]:
    """Hold the lock of a site as another run does."""
    lock = SiteLock.taken(site.config(), TargetWix.logger, StopSign())
    try:
        yield lock
    finally:
        lock.release()


def started(site: RunningSite, folder: Path, listed: list[dict[str, Any]], **settings: Any) -> subprocess.Popen[str]:
    """Start the installed command over an input, with files of its own: another run may still read those of another."""
    folder = Path(mkdtemp(dir=folder))
    config, source = folder / "config.json", folder / "input.jsonl"
    config.write_text(json.dumps({**site.config(), **FAST, **settings}))
    source.write_text(lines(listed))
    with source.open() as opened:
        return Forked(
            [TARGET, "--config", config], stdin=opened, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and the log of a command."""
    _, log = process.communicate()
    return process.returncode, log


def named(site: RunningSite, kind: str, member: str) -> Counter[str]:
    return Counter(row[member] for row in site.state().get(kind, []))


# Two at once


@pytest.mark.parametrize("times", [pytest.param(1, id="some"), pytest.param(25, id="many", marks=pytest.mark.soak)])
@pytest.mark.parametrize("lag", [0, 0.3])
def test_two_runs_at_the_same_moment_make_nothing_twice_on_v1(
    times: int, lag: float, open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    for _ in range(times):
        site = open_shop(catalog="v1", empty=True, index_lag_ms=round(lag * 500))
        site.faults.plan({"operation": "*.create", "action": {"delay": 0.5}})
        both = [started(site, tmp_path, INPUT, index_lag_seconds=lag) for _ in range(2)]
        assert [ended(each)[0] for each in both] == [0, 0]
        assert set(named(site, "products", "slug").values()) == {1}
        assert named(site, "products", "name") == {"Mug": 4}
        assert named(site, "collections", "name") == {"All Products": 1, "Cups": 1, "Sale": 1}
        assert len(site.state()["contacts"]) == 1


def test_a_run_waits_for_another_one_and_says_for_whom(
    empty_v3: RunningSite, run: Start, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"), held(empty_v3) as lock:
        threading.Timer(0.3, lock.release).start()
        done = run(empty_v3, messages(products=[product(sku="A")]))
    assert done.outcomes == ["created"]
    waits = [text for text in caplog.messages if "Another run writes to this site" in text]
    assert len(waits) == 1
    assert f"process {os.getpid()}, since " in waits[0]


def test_a_run_that_waited_in_vain_sends_nothing_and_says_why(
    empty_v3: RunningSite, run: Start, tmp_path: Path
) -> None:
    results = tmp_path / "results.jsonl"
    results.write_text('{"of": "the other run"}\n')
    with held(empty_v3), pytest.raises(TargetError) as busy:
        TargetWix(config={**empty_v3.config(), "results_path": str(results), "other_run_seconds": 0}).run  # noqa: B018
    assert f"Another run writes to this site (process {os.getpid()}, since " in str(busy.value)
    assert "raise `other_run_seconds`" in str(busy.value)
    assert results.read_text() == '{"of": "the other run"}\n'
    assert len(empty_v3.journal.entries) == 0


def test_a_plan_does_not_wait_for_another_run(empty_v3: RunningSite, run: Start) -> None:
    with held(empty_v3):
        done = run(empty_v3, messages(products=[product(sku="A")]), dry_run=True, other_run_seconds=0)
    assert done.outcomes == ["created"]


def test_runs_on_different_sites_do_not_wait_for_each_other(empty_v3: RunningSite, empty_v1: RunningSite) -> None:
    with held(empty_v3), held(empty_v1):
        pass


def test_a_signal_ends_the_wait_for_another_run(empty_v3: RunningSite) -> None:
    target = TargetWix(config=empty_v3.config())
    sleep = target.stop.sleep

    def asleep(seconds: float) -> None:
        signal.raise_signal(signal.SIGTERM)
        sleep(seconds)

    target.stop.sleep = asleep  # type: ignore[method-assign]
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with held(empty_v3), pytest.raises(StoppedError):
            target.run  # noqa: B018
    finally:
        signal.signal(signal.SIGTERM, handler)


# The dead


def killed_at_a_create(site: RunningSite, folder: Path, delay: float) -> threading.Event:
    """Kill a run whose create Wix finishes that many seconds after it began; return what is set then."""
    came, finished = threading.Event(), threading.Event()
    take, add = site.faults.take, site.journal.add

    def taken(operation: str | None, *request: Any) -> Any:
        if operation == "products.create":
            came.set()
        return take(operation, *request)

    def added(entry: Entry) -> None:
        add(entry)
        if entry.fault_numbers:
            finished.set()

    site.faults.take = taken  # type: ignore[method-assign] # a place at which it is known to have come …
    site.journal.add = added  # type: ignore[method-assign] # … and to be done
    site.faults.plan({"operation": "products.create", "action": {"delay": delay}, "times": 1})
    process = started(site, folder, messages(products=[MUG]))
    came.wait()
    process.kill()
    ended(process)
    return finished


def test_a_killed_run_never_blocks_the_next_one(empty_v3: RunningSite, run: Start, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**empty_v3.config(), **FAST, "batch_size_rows": 1}))
    with Forked([TARGET, "--config", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(lines(messages(products=[product(sku="A")])))
        process.stdin.flush()
        assert process.stdout.readline()
        with pytest.raises(TargetError):
            TargetWix(config={**empty_v3.config(), "other_run_seconds": 0}).run  # noqa: B018
        process.kill()
    assert run(empty_v3, messages(products=[product(sku="A")]), other_run_seconds=0).outcomes == ["unchanged"]


def test_a_create_that_wix_finishes_after_the_restart_is_found(
    empty_v1: RunningSite, run: Start, tmp_path: Path
) -> None:
    # As nine seconds are to a lag of five.
    killed_at_a_create(empty_v1, tmp_path, delay=9 / 5 * 0.6)
    assert run(empty_v1, messages(products=[MUG]), index_lag_seconds=0.6).outcomes == ["unchanged"]
    assert named(empty_v1, "products", "slug") == {"mug": 1}


def test_a_twin_that_appears_later_still_is_named_by_the_next_run(
    empty_v1: RunningSite, run: Start, tmp_path: Path
) -> None:
    finished = killed_at_a_create(empty_v1, tmp_path, delay=2)
    assert run(empty_v1, messages(products=[MUG]), index_lag_seconds=0.1).outcomes == ["created"]
    finished.wait()
    for _ in range(2):
        done = run(empty_v1, messages(products=[MUG]), index_lag_seconds=0.1)
        assert done.codes == ["AMBIGUOUS_MATCH"]
        assert all(each["id"] in done.results[0]["error"]["message"] for each in empty_v1.state()["products"])


def test_products_of_one_name_are_no_twins(empty_v1: RunningSite, run: Start, tmp_path: Path) -> None:
    killed_at_a_create(empty_v1, tmp_path, delay=0.01).wait()
    listed = messages(products=[MUG, {**MUG, "slug": "mug-1", "priceData": {"price": 2}}])
    assert run(empty_v1, listed).outcomes == ["unchanged", "created"]
    assert run(empty_v1, listed).outcomes == ["unchanged", "unchanged"]


def test_a_wait_for_wix_is_logged(
    empty_v1: RunningSite, run: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(target_run, "_LONG_WAIT", 0.01)
    with caplog.at_level("INFO"):
        run(empty_v1, messages(products=[MUG]), index_lag_seconds=2)
    expected = r"Waiting \d s until Wix's queries show the latest writes \(`index_lag_seconds`\)\."
    assert any(re.fullmatch(expected, each) for each in caplog.messages)


# The file


def test_the_file_is_its_owners_and_holds_nothing_of_the_site(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(products=[product(sku="A")]))
    path = path_of(empty_v3.config())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = f"{path}\n{path.read_text()}"
    assert all(str(value) not in shown for value in empty_v3.config().values())
    assert json.loads(path.read_text())["has_ended"] is True


SITE = {"api_url": "https://wix.example", "site_id": "a"}


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({**SITE, "api_url": "https://wix.example/ "}, True),
        ({**SITE, "api_key": "another", "requests_per_minute": 1}, True),
        ({**SITE, "site_id": "A"}, True),
        ({**SITE, "site_id": "b"}, False),
        ({**SITE, "api_url": "https://other.example"}, False),
        ({"instance_id": "a"}, False),
    ],
)
def test_a_file_is_of_one_site(other: dict[str, Any], is_same: bool) -> None:
    assert (path_of(SITE) == path_of(other)) is is_same


def test_a_relative_state_folder_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert path_of(SITE).is_relative_to(tmp_path / ".local" / "state")


def without_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))


def without_locks(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    def refuse(_descriptor: int, _flags: int) -> None:
        msg = "this system has no file locks"
        raise OSError(msg)

    monkeypatch.setattr(site_lock, "flock", refuse)


@pytest.mark.parametrize("spoil", [without_a_folder, without_locks])
def test_a_run_goes_on_where_nothing_can_be_locked(
    *,
    spoil: Callable[..., None],
    empty_v3: RunningSite,
    run: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spoil(monkeypatch, tmp_path)
    with caplog.at_level("INFO"):
        assert run(empty_v3, messages(products=[product(sku="A")])).outcomes == ["created"]
    reported = [record for record in caplog.records if "No file can be locked" in record.message]
    assert [record.levelname for record in reported] == ["INFO"]


@pytest.mark.parametrize(
    ("set_by", "boot", "ago"),
    [
        (0, "a", 2),
        (3600, "a", 2),
        (-3600, "a", 0),
        (3600, "b", 3602),  # the machine was booted meanwhile: only the clock is known
        (3600, "", 3602),
    ],
)
def test_a_clock_that_is_set_forward_lets_no_time_pass(
    set_by: float, boot: str, ago: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now, up, boot_id = 1e9, 500.0, tmp_path / "boot_id"
    monkeypatch.setattr(site_lock, "clock", lambda: now)
    monkeypatch.setattr(site_lock, "uptime", lambda: up)
    monkeypatch.setattr(site_lock, "_BOOT_ID", boot_id)
    boot_id.write_text("a\n")
    first = SiteLock.taken(SITE, TargetWix.logger, StopSign())
    lag = IndexLag(clock=lambda: now, before=Before())
    lag.shown_from()
    first.end(lag)
    first.release()
    now, up = now + 2 + set_by, up + 2
    boot_id.write_text(boot) if boot else boot_id.unlink()
    second = SiteLock.taken(SITE, TargetWix.logger, StopSign())
    second.release()
    assert (now - second.before.wrote, second.before.lost_create) == (ago, 0)


@pytest.mark.parametrize("content", ["", "{", '{"pid": 1}', "null"])
def test_a_spoilt_file_is_no_clean_end(content: str, empty_v1: RunningSite) -> None:
    path = path_of(empty_v1.config())
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with held(empty_v1) as lock:
        assert lock.before.wrote > 0
        assert lock.before.has_mark is bool(content)
    assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_derived_handle_is_the_same_in_each_run(empty_v3: RunningSite, run: Start) -> None:
    listed = messages(products=[product(sku="A")])
    run(empty_v3, listed)
    (first,) = empty_v3.state()["products"]
    run(empty_v3, messages(products=[{"sku": "A", "_command": "delete"}]), max_deletes="off")
    run(empty_v3, listed)
    (second,) = empty_v3.state()["products"]
    assert first["handle"] == second["handle"]
    assert first["id"] != second["id"]
    assert writes(empty_v3)
