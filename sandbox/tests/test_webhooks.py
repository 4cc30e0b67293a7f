"""How webhooks are sent: form, subscriptions, tries, order, pauses, store files."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from random import Random

import pytest
import requests

from sandbox_support.api import running
from sandbox_support.command import read_config, start
from sandbox_support.receiver import receiving, until
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.account import Account
from wix_sandbox.auth import APP_ID, INSTANCE_ID
from wix_sandbox.errors import WixError
from wix_sandbox.webhooks.outbox import GAPS_SECONDS

CONTACT = "wix.contacts.v4.contact_"
opened = contextmanager(running)


@pytest.fixture(scope="module")
def receiver_server():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(receiver_server):
    while not receiver_server.requests.empty():
        receiver_server.next()
    receiver_server.status = 200
    yield receiver_server
    receiver_server.opened.set()


@pytest.fixture
def hooks(v3, receiver):
    """The webhooks of a site, with a subscription to the events of contacts."""
    v3.site.webhooks.subscribe(receiver.url, [f"{CONTACT}*"])
    v3.site.webhooks.choose({"timeout_ms": 60_000})  # a receiver on a busy machine may need more than Wix grants
    yield v3.site.webhooks
    v3.control("POST", "reset")


def contact(api, name="Ada"):
    body = {"info": {"name": {"first": name}}, "allowDuplicates": True}
    return api.ok("POST", "/contacts/v4/contacts", body)["contact"]


def name_of(event):
    return event["data"]["createdEvent"]["entity"]["info"]["name"]["first"]


def tries(hooks):
    return [each["result"] for row in hooks.deliveries() for each in row["tries"]]


def test_an_event_is_a_signed_token_with_three_texts_in_each_other(v3, hooks, receiver):
    created = contact(v3)
    headers, token = receiver.next()
    assert headers["Content-Type"].startswith("text/plain")
    head, claims, _ = token.split(b".")
    assert json.loads(base64.urlsafe_b64decode(head + b"=="))["alg"] == "RS256"
    claims = json.loads(base64.urlsafe_b64decode(claims + b"=="))
    assert claims["exp"] > time.time() > claims["iat"] - 1
    envelope = json.loads(claims["data"])
    assert (envelope["eventType"], envelope["instanceId"]) == (f"{CONTACT}created", INSTANCE_ID)
    assert json.loads(envelope["identity"])["identityType"] == "WIX_USER"
    payload = json.loads(envelope["data"])
    assert payload["entityFqdn"] + "_" + payload["slug"] == envelope["eventType"]
    assert payload["entityId"] == created["id"]
    assert payload["createdEvent"] == {"entity": created}


def test_sequences_grow_with_each_event_of_an_entity(v3, hooks, receiver):
    created = contact(v3)
    path = f"/contacts/v4/contacts/{created['id']}"
    v3.ok("PATCH", path, {"revision": 0, "info": {"name": {"first": "Eve"}}})
    v3.ok("DELETE", path)
    events = [receiver.event() for _ in range(3)]
    assert [each["data"]["slug"] for each in events] == ["created", "updated", "deleted"]
    assert events[1]["data"]["updatedEvent"]["currentEntity"]["info"]["name"]["first"] == "Eve"
    assert events[2]["data"]["deletedEvent"] == {}
    sequences = [int(each["data"]["entityEventSequence"]) for each in events]
    assert sequences == sorted(set(sequences))
    assert len({each["data"]["id"] for each in events}) == 3


def test_only_subscribed_events_are_sent_and_only_to_their_receivers(v3, hooks, receiver):
    with receiving() as other:
        v3.control("POST", "webhooks/subscriptions", {"url": other.url, "eventTypes": [f"{CONTACT}deleted"]})
        v3.product()
        created = contact(v3)
        v3.ok("DELETE", f"/contacts/v4/contacts/{created['id']}")
        assert other.types(1) == ["contact_deleted"]
        assert receiver.types(2) == ["contact_created", "contact_deleted"]
        assert not [each for each in hooks.deliveries() if "contact" not in each["eventType"]]
        assert (other.requests.qsize(), receiver.requests.qsize()) == (0, 0)


def test_nothing_is_sent_after_an_unsubscription(v3, hooks, receiver):
    hooks.pause()
    contact(v3)
    (subscription,) = v3.control("GET", "webhooks")["subscriptions"]
    v3.control("DELETE", f"webhooks/subscriptions/{subscription['id']}")
    contact(v3)
    hooks.resume()
    assert hooks.deliveries() == []
    assert v3.control("GET", "webhooks")["waiting"] == 0


def test_a_refused_call_raises_nothing(v3, hooks, receiver):
    v3.code(404, "PATCH", "/contacts/v4/contacts/00000000-0000-4000-8000-000000000404", {"revision": 1, "info": {}})
    contact(v3, "sentinel")
    assert name_of(receiver.event()) == "sentinel"


@pytest.mark.parametrize(
    ("url", "types"),
    [
        ("https://127.0.0.1:1/", ["*"]),
        ("http://192.0.2.1/", ["*"]),
        ("http://example.com/", ["*"]),
        ("nowhere", ["*"]),
        ("http://127.0.0.1:1/", ["wix.contacts.v4.contact_renamed"]),
        ("http://127.0.0.1:1/", []),
    ],
)
def test_a_subscription_is_refused(v3, url, types):
    with pytest.raises(WixError):
        v3.site.webhooks.subscribe(url, types)


def test_settings_are_checked_as_a_whole(v3, hooks):
    for wrong in ({"order": "sorted"}, {"tries": 3}, {"duplicates": -1}):
        with pytest.raises(ValueError, match=r"."):
            hooks.choose({"delay_ms": 5, **wrong})
    assert hooks.settings.delay_ms == 0


def test_an_event_is_sent_several_times(v3, hooks, receiver):
    hooks.choose({"duplicates": 2})
    contact(v3)
    assert len({receiver.event()["data"]["id"] for _ in range(3)}) == 1


@pytest.mark.parametrize(("order", "wanted"), [("newest-first", "4321"), ("random", None)])
def test_events_that_waited_come_in_another_order(v3, hooks, receiver, order, wanted):
    hooks.choose({"order": order})
    hooks.pause()
    for name in "1234":
        contact(v3, name)
    assert receiver.requests.empty()
    hooks.resume()
    came = "".join(name_of(receiver.event()) for _ in range(4))
    assert came == wanted if wanted else sorted(came) == list("1234")


def test_a_delayed_event_comes_when_the_clock_of_the_shop_says_so(v3, hooks, receiver):
    hooks.choose({"delay_ms": 3_600_000})
    contact(v3, "late")
    hooks.choose({"delay_ms": 0})
    contact(v3, "soon")
    assert name_of(receiver.event()) == "soon"
    v3.control("POST", "clock", {"shiftSeconds": 3600})
    assert name_of(receiver.event()) == "late"


def test_a_failed_event_is_repeated_by_the_schedule_and_then_given_up(v3, hooks, receiver):
    receiver.status = 500
    contact(v3)
    first = receiver.event()
    for done, gap in enumerate(GAPS_SECONDS, start=1):
        until(lambda done=done: len(tries(hooks)) == done)
        v3.site.site.clock.shift(gap - 2)
        assert receiver.requests.empty()
        v3.site.site.clock.shift(2)
        assert receiver.event() == first
    until(lambda: hooks.deliveries()[0]["status"] == "failed")
    assert tries(hooks) == ["500"] * 13


def test_a_shortened_schedule_needs_no_clock(v3, hooks, receiver):
    hooks.choose({"schedule_factor": 0.0})
    receiver.status = 503
    contact(v3)
    for _ in range(13):
        receiver.next()


@pytest.mark.parametrize(
    ("reading", "answers"),
    [({"webhook-retries": "2"}, ["500"] * 3), ({"webhook-answer": "2xx"}, ["204"]), ({}, ["204"] * 13)],
)
def test_readings_say_how_often_and_after_which_answers(v3, hooks, receiver, reading, answers):
    v3.site.site.readings.choose(reading)
    hooks.choose({"schedule_factor": 0})
    receiver.status = int(answers[0])
    contact(v3)
    until(lambda: hooks.deliveries()[0]["status"] != "waiting")
    assert tries(hooks) == answers


def test_an_answer_after_the_timeout_counts_as_none(v3, hooks, receiver):
    hooks.choose({"timeout_ms": 1250})
    receiver.opened.clear()
    contact(v3, "slow")
    assert name_of(receiver.event()) == "slow"
    v3.site.site.clock.shift(1.25)
    until(lambda: tries(hooks) == ["no answer within 1250 ms"])
    receiver.opened.set()
    v3.site.site.clock.shift(60)
    assert name_of(receiver.event()) == "slow"
    until(lambda: tries(hooks)[1:] == ["200"])


def test_a_slow_receiver_delays_no_other(v3, hooks, receiver):
    receiver.opened.clear()
    with receiving() as other:
        hooks.subscribe(other.url, [f"{CONTACT}created"])
        for name in "12":
            contact(v3, name)
        assert [name_of(other.event()) for _ in range(2)] == ["1", "2"]
        assert name_of(receiver.event()) == "1"
        assert receiver.requests.empty()


def test_a_stopped_site_raises_nothing_and_keeps_what_waits(v3, hooks, receiver):
    hooks.pause()
    contact(v3, "kept")
    v3.control("POST", "webhooks/stop")
    contact(v3, "lost")
    v3.control("POST", "webhooks/resume")
    contact(v3, "next")
    assert [name_of(receiver.event()) for _ in range(2)] == ["kept", "next"]


def test_an_app_acts_as_itself(v3, hooks, receiver):
    config = v3.site.app_config()
    body = {"grant_type": "client_credentials", "client_id": config["app_id"]}
    body |= {"client_secret": config["app_secret"], "instance_id": config["instance_id"]}
    token = v3.send("POST", "/oauth2/token", body, headers={}).json()["access_token"]
    v3.send("POST", "/contacts/v4/contacts", {"info": {"name": {"first": "A"}}}, headers={"Authorization": token})
    assert receiver.event()["identity"] == {"identityType": "APP", "appId": APP_ID}


def test_edits_of_rows_raise_events_too(v3, hooks, receiver):
    created = contact(v3)
    v3.site.store.delete("contacts", created["id"])
    v3.control("PUT", "state", {"contacts": [created]})
    v3.control("DELETE", "state", {"contacts": [created["id"]]})
    assert receiver.types(4) == ["contact_created", "contact_deleted"] * 2
    assert v3.session.put(f"{v3.site.url}/_sandbox/state", json={"contacts": [{}]}, timeout=60).status_code == 400


def test_an_orderly_stop_sends_what_was_raised(receiver):
    with opened(empty=True) as api:
        api.site.webhooks.subscribe(receiver.url, [f"{CONTACT}*"])
        api.site.webhooks.choose({"delay_ms": 60_000})
        contact(api, "late")
    assert name_of(receiver.event()) == "late"


def test_a_store_file_keeps_subscriptions_and_what_waits(tmp_path, receiver):
    with opened(empty=True, store=tmp_path / "shop.db") as api:
        api.site.webhooks.subscribe(receiver.url, [f"{CONTACT}*"])
        api.site.webhooks.pause()
        contact(api, "first")
        assert not [kind for kind in api.site.state() if kind.startswith("webhook")]
    with opened(empty=True, store=tmp_path / "shop.db") as api:
        contact(api, "second")
        assert receiver.requests.empty()
        api.site.webhooks.resume()
    events = [receiver.event() for _ in range(2)]
    assert [name_of(each) for each in events] == ["first", "second"]
    assert int(events[0]["data"]["entityEventSequence"]) < int(events[1]["data"]["entityEventSequence"])


def test_a_store_file_keeps_how_events_are_sent(tmp_path):
    def overview():
        with opened(empty=True, store=tmp_path / "shop.db") as api:
            return api.control("GET", "webhooks")

    with opened(empty=True, store=tmp_path / "shop.db") as api:
        api.control("POST", "webhooks/settings", {"duplicates": 2, "order": "random"})
        api.site.webhooks.stop()
    assert (overview()["state"], overview()["settings"]["duplicates"]) == ("stopped", 2)
    with opened(empty=True, store=tmp_path / "shop.db") as api:
        api.site.reset()
    assert (overview()["state"], overview()["settings"]["duplicates"]) == ("running", 0)


def test_a_snapshot_is_one_of_the_shop_and_not_of_its_webhooks(v3, hooks):
    before = v3.site.save()
    hooks.pause()
    contact(v3, "forgotten")
    v3.site.load(before)
    assert ([each["status"] for each in hooks.deliveries()], hooks.state) == (["waiting"], "paused")
    assert len(hooks.subscriptions()) == 1


def test_the_first_change_after_a_start_raises_its_events(tmp_path, receiver):
    options = SandboxOptions(empty=True, store=tmp_path / "shop.db")
    with Sandbox(options).serve() as site:
        site.webhooks.subscribe(receiver.url, [f"{CONTACT}*"])
    with Sandbox(options).serve(before=lambda site: site.store.insert("contacts", {"id": "early"})):
        assert receiver.event()["data"]["entityId"] == "early"


def test_a_killed_sandbox_sends_what_waited_after_its_next_start(tmp_path, receiver):
    options = ("--empty", "--store", str(tmp_path / "shop.db"))
    with start(*options) as process:
        url = read_config(process)[0]["api_url"]
        subscription = {"url": receiver.url, "eventTypes": [f"{CONTACT}*"]}
        for control, body in (
            ("webhooks/subscriptions", subscription),
            ("webhooks/pause", None),
            ("state", {"contacts": [{"id": "a-contact", "info": {"name": {"first": "Ada"}}}]}),
        ):
            method = "PUT" if control == "state" else "POST"
            assert requests.request(method, f"{url}/_sandbox/{control}", json=body, timeout=60).status_code == 200
        process.kill()
    with start(*options) as process:
        url = read_config(process)[0]["api_url"]
        requests.post(f"{url}/_sandbox/webhooks/resume", timeout=60)
        assert name_of(receiver.event()) == "Ada"


def test_nothing_is_lost_between_several_writers_and_a_receiver_that_fails(v3, hooks, receiver):
    hooks.choose({"schedule_factor": 0, "order": "random", "duplicates": 1})
    statuses = Random(1)
    names = [f"{writer}-{number}" for writer in range(4) for number in range(10)]

    def write(writer):
        for number in range(10):
            v3.site.store.insert("contacts", {"id": f"{writer}-{number}"})

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for each in writers:
        each.start()
    while any(each["status"] == "waiting" for each in hooks.deliveries()) or len(hooks.deliveries()) < 80:
        receiver.status = statuses.choice((200, 500, 503))
        time.sleep(0.001)
    for each in writers:
        each.join()
    finished = hooks.deliveries()
    assert {each["status"] for each in finished} <= {"delivered", "failed"}
    assert sorted({each["entityId"] for each in finished}) == sorted(names)
    sent = sum(len(each["tries"]) for each in finished)
    assert sent == receiver.requests.qsize()


def test_each_site_of_an_account_sends_its_own_events(receiver):
    with Account([SandboxOptions(empty=True)] * 2).serve() as account:
        for site in (account[0], account[1]):
            site.webhooks.subscribe(receiver.url, [f"{CONTACT}*"])
        account[1].store.insert("contacts", {"id": "a-contact"})
        assert receiver.event()["instanceId"] == account[1].app_config()["instance_id"]
        assert receiver.requests.empty()


def test_no_thread_outlives_a_sandbox(receiver):
    before = set(threading.enumerate())
    with opened(empty=True) as api:
        api.site.webhooks.subscribe(receiver.url, ["*"])
        contact(api)
        receiver.next()
    until(lambda: not {each for each in set(threading.enumerate()) - before if "process_request" not in each.name})
