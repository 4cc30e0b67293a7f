"""The stream of the event log: each event once it was stored, in the order of its number, whatever ends a run."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest

from tap_wix.streams import events
from tap_wix.tap import TapWix
from tests.events.test_log import set_alive
from tests.listen.test_verifying import verifier
from tests.listen.tokens import INSTANCE, claims, event_id, payload, sign, token
from tests.shops import config, shop
from tests.tap.runs import Run, catalog_of, command, run, selecting
from tests.tap.test_kill_processes import WAYS, Reader
from wix_api.errors import SettingsError
from wix_api.timestamps import earlier, render_seconds
from wix_events.databases import open_database
from wix_events.log import GAP_SECONDS, KEPT_SECONDS, Event, EventLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

LONG_AGO = "2020-01-01T00:00:00.000Z"
SELECT = ("events",)


def hint(number: int, body: bytes = b"{}") -> Event:
    """A call of an automation that was received long ago."""
    return Event(f"hint:{number}", False, False, "automation/order-placed", "", "", "", None, "", LONG_AGO, body)


def read(url: str, state: dict[str, Any] | None = None, **more: Any) -> Run:
    return run(config(shop("v3"), event_log=url, **more), select=SELECT, state=state)


def sequences(found: Run) -> list[int]:
    return [each["sequence"] for each in found.records["events"]]


def position(found: Run) -> dict[str, Any]:
    place: dict[str, Any] = found.state["bookmarks"]["events"]["event_log_position"]
    return place


def test_a_full_read_emits_each_event_raw_and_decoded(url: str) -> None:
    log = EventLog(url)
    flat = sign(claims({"productId": "p1"}, "com.wix.stores.catalog.product.created"))
    log.append([verifier().event(token(1)), verifier().event(flat), hint(3, b'{"order": 3}'), hint(4, b"\x00\xff[")])
    found = read(url)
    first, second, third, fourth = found.records["events"]
    assert first == {
        "logId": log.id,
        "sequence": 1,
        "eventId": event_id(1),
        "eventType": "wix.contacts.v4.contact_created",
        "instanceId": INSTANCE,
        "siteId": None,
        "entityId": event_id(-1),
        "entityEventSequence": 1,
        "eventTime": "2026-11-28T10:00:00.123456Z",
        "receivedAt": log.read(0, 1)[0].event.received_at,
        "isSigned": True,
        "payload": payload(1),
        "raw": log.read(0, 1)[0].event.raw.decode(),
    }
    assert (second["payload"], second["entityId"], second["eventTime"]) == ({"productId": "p1"}, None, None)
    assert second["raw"] == flat.decode()
    assert (third["payload"], third["isSigned"], third["raw"]) == ({"order": 3}, False, '{"order": 3}')
    assert (fourth["payload"], fourth["raw"]) == (None, r"\x00\xff[")
    for record in found.records["events"]:
        jsonschema.validate(record, found.schemas["events"])
        assert record.keys() == found.schemas["events"]["properties"].keys()
    assert position(found)["last"] == 4


def test_no_event_is_a_version_of_another_or_removed(url: str, tmp_path: Path) -> None:
    EventLog(url).append(map(hint, range(3)))
    found = read(url, change_log=f"sqlite:///{tmp_path / 'changes.db'}")
    assert {each["type"] for each in found.messages} == {"SCHEMA", "RECORD", "STATE"}
    assert not any("version" in each for each in found.messages)
    assert "_sdc_deleted_at" not in found.schemas["events"]["properties"]


def test_a_later_run_reads_what_came_since(url: str) -> None:
    log = EventLog(url)
    log.append(map(hint, range(3)))
    first = read(url)
    log.append(map(hint, range(3, 5)))
    second = read(url, first.state)
    third = read(url, second.state)
    assert (sequences(first), sequences(second), sequences(third)) == ([1, 2, 3], [4, 5], [])
    assert third.state["bookmarks"]["events"] == second.state["bookmarks"]["events"]


def test_another_log_is_read_from_its_beginning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logs = [f"sqlite:///{tmp_path / name}.db" for name in "ab"]
    for each in logs:
        EventLog(each).append(map(hint, range(3)))
    first = read(logs[0])
    second = read(logs[1], first.state)
    assert sequences(second) == [1, 2, 3]
    keys = {(each["logId"], each["sequence"]) for found in (first, second) for each in found.records["events"]}
    assert len(keys) == 6
    assert "is another log than that of the state" in caplog.text


def test_an_older_copy_of_the_log_is_read_from_its_beginning(url: str, caplog: pytest.LogCaptureFixture) -> None:
    log = EventLog(url)
    log.append(map(hint, range(3)))
    first = read(url)
    database = open_database(url, "event_log")
    database.ask("DELETE FROM wix_events WHERE seq > 1")
    database.ask("UPDATE wix_event_log SET last = 1")
    log.append([hint(3)])
    second = read(url, first.state)
    assert sequences(second) == [1, 2]
    keys = {(each["logId"], each["sequence"]) for found in (first, second) for each in found.records["events"]}
    assert len(keys) == 5
    assert "it is an older copy of the log" in caplog.text
    assert sequences(read(url, second.state)) == []


def test_what_the_state_covers_is_forgotten_after_three_days(url: str) -> None:
    log = EventLog(url)
    young = earlier(render_seconds(EventLog(url)._clock()), KEPT_SECONDS - 3600)
    log.append([hint(1), hint(2), hint(3)._replace(received_at=young)])
    first = read(url)
    assert [each.seq for each in log.read(0, 10)] == [1, 2, 3]
    log.append([hint(4)])
    second = read(url, first.state)
    assert sequences(second) == [4]
    assert [each.seq for each in log.read(0, 10)] == [3, 4]


def test_a_test_of_the_connection_forgets_nothing(url: str) -> None:
    log = EventLog(url)
    log.append(map(hint, range(3)))
    state = read(url).state
    assert TapWix(config=config(shop("v3"), event_log=url), state=state).run_connection_test()
    assert len(log.read(0, 10)) == 3


def test_batches_are_bounded_in_number_and_size(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVENTS_PER_BATCH", 3)
    monkeypatch.setattr(events, "BYTES_PER_BATCH", 100)
    sizes = [10, 10, 10, 10, 95, 500, 5, 60, 40, 1]
    EventLog(url).append(hint(number, b"x" * size) for number, size in enumerate(sizes))
    found, batches = read(url), [0]
    for message in found.messages:
        if message["type"] == "RECORD":
            batches[-1] += 1
        elif message["type"] == "STATE" and batches[-1]:
            assert message["value"]["bookmarks"]["events"]["event_log_position"]["last"] == sum(batches)
            batches.append(0)
    assert batches == [3, 1, 1, 1, 2, 2, 0]


def test_large_events_are_read_whole(url: str) -> None:
    body = json.dumps({"text": "ä" * 2_000_000}, ensure_ascii=False).encode()
    EventLog(url).append(hint(number, body) for number in range(5))
    assert [each["raw"].encode() for each in read(url).records["events"]] == [body] * 5


def test_a_payload_with_half_a_character_is_left_out_and_named(url: str, caplog: pytest.LogCaptureFixture) -> None:
    body = rb'{"name": "\ud800"}'
    EventLog(url).append([hint(1, body), hint(2)])
    first, second = read(url).records["events"]
    assert (first["payload"], first["raw"], second["payload"]) == (None, body.decode(), {})
    assert "the payload of event 1 is left out" in caplog.text


def test_a_damaged_token_holds_up_no_other_event(url: str, caplog: pytest.LogCaptureFixture) -> None:
    EventLog(url).append([hint(1)._replace(is_signed=True, raw=b"e30.\x00\x00.c"), hint(2)])
    first, second = read(url).records["events"]
    assert (first["payload"], second["payload"]) == (None, {})
    assert (
        "the payload of event 1 is left out, since it cannot be read or written as JSON: It is not a JWT."
        in caplog.text
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [("9" * 5000, "It has a number of more than 4,300 digits."), ("[" * 100_000, "It is nested too deeply.")],
)
def test_a_payload_that_python_cannot_hold_is_left_out_and_named(
    url: str, caplog: pytest.LogCaptureFixture, body: str, reason: str
) -> None:
    body = f'{{"total": {body}}}'
    signed = verifier().event(sign({**claims({}), "data": json.dumps({"eventType": "x", "data": body})}))
    EventLog(url).append([signed, hint(2, body.encode())])
    assert [each["payload"] for each in read(url).records["events"]] == [None, None]
    assert caplog.text.count(f"cannot be read or written as JSON: {reason}") == 2


def test_stream_maps_apply(url: str) -> None:
    EventLog(url).append(map(hint, range(2)))
    found = read(url, stream_maps={"events": {"raw": None, "who": "eventId"}})
    assert [each["who"] for each in found.records["events"]] == ["hint:0", "hint:1"]
    assert not any("raw" in each for each in found.records["events"])


def test_the_stream_sends_no_request(url: str, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog="v3", size=3)
    EventLog(url).append([verifier().event(token(1))])
    settings = config(site, event_log=url, store_catalog="v3")
    catalog = catalog_of(settings, SELECT)
    before = len(list(site.journal.entries))
    assert sequences(run(settings, select=SELECT)) == [1]
    TapWix(config=settings, catalog=catalog)
    assert len(list(site.journal.entries)) == before


def test_a_really_killed_tap_loses_no_event_though_it_forgets_what_it_read(tmp_path: Path) -> None:
    chance = Random("events")
    url = f"sqlite:///{tmp_path / 'events.db'}"
    settings = config(shop("v3"), event_log=url)
    reader = Reader(tmp_path, shop("v3"), event_log=url)
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(selecting(TapWix(config=settings).catalog_dict, SELECT)))
    reader._command += ["--catalog", catalog]
    log, stored, kills = EventLog(url), 0, 6
    while kills:
        more = chance.randint(500, 3000)
        log.append(hint(number, b'{"padding": "%s"}' % (b"x" * 200)) for number in range(stored, stored + more))
        stored += more
        kills -= reader.run(chance.randint(1, 3000), chance.choice(WAYS)) is None
    assert reader.run() is not None
    assert reader.run() == [each for each in reader.messages[-2:] if each["type"] != "RECORD"]
    found = [each["record"]["sequence"] for each in reader.messages if each["type"] == "RECORD"]
    assert sorted(set(found)) == list(range(1, stored + 1))
    assert log.read(0, 10) == []


def test_a_gap_is_named_once_with_the_streams_that_were_not_read_in_full_since(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings, select = config(shop("v3"), event_log=url), ("contacts", "coupons", "events")
    log = EventLog(url)
    log.append([hint(1)])
    log.beat()
    first = run(settings, select=select)
    set_alive(url, -GAP_SECONDS - 3600)  # the clock was set back by an hour, so the gap ends after this run
    gap = log.beat()
    assert gap is not None
    second = run(settings, select=select, state=first.state)
    (warning,) = [each for each in caplog.messages if "no receiver was running" in each]
    assert f"from {gap.began_at} to {gap.ended_at}" in warning
    assert "`contacts`" in warning
    caplog.clear()
    run(settings, select=select, state=second.state)
    assert "no receiver was running" not in caplog.text


def test_a_gap_before_the_first_full_read_is_no_news(url: str, caplog: pytest.LogCaptureFixture) -> None:
    log = EventLog(url)
    log.beat()
    set_alive(url, GAP_SECONDS + 5)
    assert log.beat() is not None
    log._database.write("UPDATE wix_event_gaps SET began_at = ?, ended_at = ?", [(LONG_AGO, LONG_AGO)])
    run(config(shop("v3"), event_log=url), select=("coupons", "events"))
    assert "no receiver was running" not in caplog.text


def test_one_event_is_counted_in_the_singular(url: str, caplog: pytest.LogCaptureFixture) -> None:
    EventLog(url).append([hint(1)])
    with caplog.at_level("INFO"):
        read(url)
    assert "Read 1 record of `events` from the event log." in caplog.text


def test_a_log_without_events_is_named_until_a_receiver_uses_it(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert sequences(read(url)) == []
    assert "no wix-listen has used this database yet" in caplog.text
    caplog.clear()
    EventLog(url).beat()
    assert sequences(read(url)) == []
    assert not [each for each in caplog.records if each.levelname == "WARNING"]


def test_without_the_setting_there_is_no_stream_and_a_catalog_that_selects_it_says_what_to_set(url: str) -> None:
    without = config(shop("v3"))
    assert "events" not in TapWix(config=without).streams
    catalog = catalog_of({**without, "event_log": url}, SELECT)
    with pytest.raises(SettingsError, match="selects `events`: set `event_log`"):
        TapWix(config=without, catalog=catalog)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("events.db", "`event_log`"),
        ("sqlite:////proc/no/events.db", "Setting `event_log`: /proc/no/events.db cannot be used"),
        ("postgresql://wix:correct-horse@127.0.0.1:1/wix", "Setting `event_log`: database wix on host 127.0.0.1"),
    ],
)
def test_a_wrong_setting_ends_the_run_with_its_name(address: str, said: str, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.json"
    right = config(shop("v3"), event_log=f"sqlite:///{tmp_path / 'events.db'}")
    catalog.write_text(json.dumps(selecting(TapWix(config=right).catalog_dict, SELECT)))
    done = command(tmp_path, config(shop("v3"), event_log=address), "--catalog", str(catalog))
    assert (done.code, done.records) == (1, {})
    assert said in done.stderr
    assert "correct-horse" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("last", [None, "7", -1, True])
def test_a_state_that_is_no_position_begins_again(last: Any, url: str) -> None:
    EventLog(url).append([hint(1)])
    first = read(url)
    state = msgspec.json.decode(msgspec.json.encode(first.state))
    state["bookmarks"]["events"]["event_log_position"]["last"] = last
    assert sequences(read(url, state)) == [1]
