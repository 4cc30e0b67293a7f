"""`tap-wix --follow`: rows within seconds of their events, until a signal or the reader of stdout ends it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import Forked
from tap_wix.tap import TapWix
from tap_wix.watching import LOOKS
from tests.shops import config
from tests.tap.runs import TAP, Run, catalog_of, command, parse, selecting
from tests.tap.test_removals import delete
from tests.tap.webhooks import deleted, hint, webhook
from wix_api.timestamps import render_seconds
from wix_events.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

CONTACT = "wix.contacts.v4.contact"
POLL = 15 * 60


class EndedError(Exception):
    """There is no further step."""


class Followed:
    """A tap that follows an event log in this process, with a step of a test at each pause.

    Args:
        site: The shop.
        folder: Where the event log lies.
        select: The streams.
        more: Other settings.
    """

    def __init__(self, site: RunningSite, folder: Path, *select: str, **more: Any) -> None:
        self.site = site
        url = f"sqlite:///{folder / 'events.db'}"
        self.log = EventLog(url)
        self._config = config(site, event_log=url, **more)
        self._select = select
        self.seconds = 0.0

    def run(self, *steps: Callable[[], None], fails: bool = False) -> list[Run]:
        """Return what was written before each step, and after the last one."""
        written, marks = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), [0]
        left = iter((*steps, self._end))

        def pause(_seconds: float) -> None:
            written.flush()
            marks.append(written.buffer.tell())
            next(left)()

        with redirect_stdout(written), pytest.raises(SystemExit if fails else EndedError):
            TapWix(config=self._config, catalog=catalog_of(self._config, self._select)).follow(
                pause, lambda: self.seconds
            )
        text = written.buffer.getvalue()
        ends = [*marks[1:], len(text)] if fails else marks[1:]
        return [Run(parse(text[begin:end].decode())) for begin, end in zip(marks, ends, strict=False)]

    @staticmethod
    def _end() -> None:
        raise EndedError


def aged(tap: Followed, seconds: float) -> Callable[[], None]:
    """Return a step after which all events are a second older than some seconds."""
    date = render_seconds(time.time() - seconds - 1)
    return lambda: tap.log._database.write("UPDATE wix_events SET received_at = ?", [(date,)])


@pytest.fixture
def followed(open_shop: Callable[..., RunningSite], tmp_path: Path) -> Callable[..., Followed]:
    return lambda *select, catalog="v3", **more: Followed(open_shop(catalog=catalog), tmp_path, *select, **more)


def test_rows_and_events_come_as_soon_as_the_log_has_them(followed: Callable[..., Followed]) -> None:
    tap = followed("contacts", "events")
    contact, other = [row["id"] for row in tap.site.site.store.all("contacts")][:2]

    def change() -> None:
        tap.log.append([webhook(f"{CONTACT}_updated", contact)])

    def remove() -> None:
        tap.site.site.store.delete("contacts", other)
        tap.log.append(deleted(CONTACT, [other]))

    first, changed, quiet, removed, end = tap.run(change, lambda: None, remove, lambda: None)
    assert len(first.records["contacts"]) == len(list(tap.site.site.store.all("contacts"))) + 1
    assert changed.ids("contacts") == [contact]
    assert [row["entityId"] for row in changed.records["events"]] == [contact]
    assert changed.messages[-1]["type"] == "STATE"
    assert changed.state["bookmarks"]["events"]["event_log_position"]["last"] == 1
    assert [message["type"] for message in changed.messages if message["type"] == "SCHEMA"] == []
    assert [row["id"] for row in removed.records["contacts"] if row["_sdc_deleted_at"]] == [other]
    assert (quiet.messages, end.messages) == ([], [])


def test_changes_without_events_come_with_the_next_poll(followed: Callable[..., Followed]) -> None:
    tap = followed("contacts")
    contact = next(iter(tap.site.site.store.all("contacts")))

    def change() -> None:
        row = {**contact, "revision": 999, "updatedDate": tap.site.site.now()}
        tap.site.site.store.table("contacts").put(row)

    def wait() -> None:
        tap.seconds += POLL

    _, nothing, polled = tap.run(change, wait)
    assert nothing.messages == []
    assert contact["id"] in [row["id"] for row in polled.records["contacts"] if row["revision"] == 999]
    assert polled.bookmarks["contacts"] >= contact["updatedDate"]


def test_a_hint_of_an_automation_makes_its_stream_be_read_as_in_each_run(followed: Callable[..., Followed]) -> None:
    tap = followed("contacts", "members")

    def change() -> None:
        delete(tap.site, "members")
        tap.log.append([hint("member-deleted")])

    first, hinted, _ = tap.run(change, lambda: None)
    assert len(hinted.records["members"]) == len(first.records["members"]) - 1
    assert [message["stream"] for message in hinted.messages if message["type"] == "ACTIVATE_VERSION"] == ["members"]
    assert hinted.records["contacts"] == []


def test_rows_are_read_once_more_when_the_index_has_caught_up(followed: Callable[..., Followed]) -> None:
    tap = followed("contacts")
    contact = next(iter(tap.site.site.store.all("contacts")))["id"]
    long_ago = render_seconds(0)

    def change() -> None:
        tap.log.append([webhook(f"{CONTACT}_updated", contact)])

    def settle() -> None:
        tap.log._database.write("UPDATE wix_events SET received_at = ?", [(long_ago,)])

    first, changed, nothing, again, end = tap.run(change, lambda: None, settle, lambda: None)
    assert (changed.ids("contacts"), again.ids("contacts")) == ([contact], [contact])
    places = [each.state["bookmarks"]["contacts"]["event_log_position"]["last"] for each in (first, again)]
    assert (places, changed.states) == ([0, 1], [])
    assert (nothing.messages, end.messages) == ([], [])


def test_rows_are_read_soon_again_since_the_index_needs_some_seconds(followed: Callable[..., Followed]) -> None:
    tap = followed("products", "collection_products")
    product, other = [row["id"] for row in tap.site.site.store.all("products")][:2]

    def change() -> None:
        fqdn = "wix.stores.catalog.v3.product"
        tap.log.append([webhook(f"{fqdn}_updated", product), *deleted(fqdn, [other])])

    steps = [change, aged(tap, LOOKS[0]), lambda: None, aged(tap, LOOKS[1]), lambda: None]
    _, changed, *looks = tap.run(*steps)
    assert changed.ids("products") == [product, other]
    assert [each.ids("products") for each in looks] == [[product], [], [product], []]
    assert [each.states for each in looks] == [[], [], [], []]


def test_whole_streams_are_read_soon_again_too(followed: Callable[..., Followed]) -> None:
    tap = followed("contact_labels")

    def change() -> None:
        tap.log.append([webhook("wix.contacts.v4.label_created", "custom.a")])

    first, *looks = tap.run(change, aged(tap, LOOKS[0]), lambda: None, aged(tap, LOOKS[1]), lambda: None)
    labels = first.records["contact_labels"]
    assert [each.records["contact_labels"] for each in looks] == [labels, labels, [], labels, []]


def test_what_is_stored_for_three_days_and_covered_is_forgotten_with_each_poll(
    followed: Callable[..., Followed],
) -> None:
    tap = followed("contacts")

    def store() -> None:
        tap.log.append([webhook(f"{CONTACT}_updated", tap.site.site.new_id(), received_at=render_seconds(0))])

    def wait() -> None:
        tap.seconds += POLL

    tap.run(store, wait, lambda: None)
    assert tap.log.read(0, 10) == []


def test_a_stream_that_fails_ends_it_with_what_was_written(
    followed: Callable[..., Followed], caplog: pytest.LogCaptureFixture
) -> None:
    tap = followed("contacts")
    contact = next(iter(tap.site.site.store.all("contacts")))["id"]

    def break_down() -> None:
        tap.site.faults.plan([{"operation": "contacts.query", "action": {"status": 403}}])
        tap.log.append([webhook(f"{CONTACT}_updated", contact)])

    _, failed = tap.run(break_down, fails=True)
    assert failed.records["contacts"] == []
    assert "Stream `contacts` failed." in caplog.text


def test_without_an_event_log_it_says_what_to_set(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    done = command(tmp_path, config(open_shop()), "--follow")
    assert (done.code, done.messages) == (1, [])
    assert "`--follow` needs the setting `event_log`" in done.stderr


@pytest.mark.parametrize("way", ["term", "int", "pipe"])
def test_a_signal_or_a_closed_pipe_ends_it_though_nothing_happens(
    way: str, tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop()
    settings = config(site, event_log=f"sqlite:///{tmp_path / 'events.db'}")
    (tmp_path / "config.json").write_text(json.dumps(settings))
    catalog = selecting(TapWix(config=settings).catalog_dict, ("coupons",))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["--config", tmp_path / "config.json", "--catalog", tmp_path / "catalog.json", "--follow"]
    with Forked([TAP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
        assert tap.stdout
        assert tap.stderr
        text = b""
        while b"ACTIVATE_VERSION" not in text:
            chunk = os.read(tap.stdout.fileno(), 65536)
            assert chunk, tap.stderr.read()
            text += chunk
        if way == "pipe":
            tap.stdout.close()
        else:
            tap.send_signal(signal.SIGTERM if way == "term" else signal.SIGINT)
            text += tap.stdout.read()
            assert json.loads(text.splitlines()[-1])["type"] == "STATE"
        log = tap.stderr.read().decode()
    assert tap.returncode == 0, log
    assert "Traceback" not in log
