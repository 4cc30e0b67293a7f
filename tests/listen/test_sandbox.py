"""Changes of a sandbox end in the event log of `wix-listen`: as webhooks of the app, and as hints of automations."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox_support.api import Api, order_body
from tests.in_process import call
from tests.listen.process import SECRET, Listener, listener, settings
from tests.tap.test_follow import Followed
from wix_events.envelope import read_token
from wix_events.log import Event, EventLog
from wix_listen.__main__ import main
from wix_sandbox import RunningSite, Sandbox, SandboxOptions
from wix_sandbox.resources import contacts_store, ecom_orders
from wix_sandbox.webhooks.sender import public_key_in_base64

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 60
"""Bound for an event that never comes; nothing is measured."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("listen")


@pytest.fixture(scope="module")
def receiver(folder: Path) -> Iterator[Listener]:
    with listener(settings(folder, public_key=public_key_in_base64(), hint_secret=SECRET), folder) as running:
        yield running


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with Sandbox(SandboxOptions(empty=True)).serve() as running:
        yield running


def stored(folder: Path, after: int, count: int) -> list[Event]:
    """Wait until some events are in the log, and return them."""
    log = EventLog(f"sqlite:///{folder / 'events.db'}")
    end = time.monotonic() + PATIENCE_SECONDS
    while len(found := log.read(after, 100)) < count:
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return [each.event for each in found]


def newest(folder: Path) -> int:
    return max((each.seq for each in EventLog(f"sqlite:///{folder / 'events.db'}").read(0, 10_000)), default=0)


def test_a_change_of_the_sandbox_is_in_the_event_log(site: RunningSite, receiver: Listener, folder: Path) -> None:
    before = newest(folder)
    site.webhooks.choose({"duplicates": 1})
    site.webhooks.subscribe(f"http://127.0.0.1:{receiver.port}/events", ["wix.contacts.v4.*"])
    with site.store.lock:
        contact = contacts_store.create(site.site, {"name": {"first": "Ada"}})
    contacts_store.delete(site.site, contact["id"])
    while any(each["status"] == "waiting" for each in site.webhooks.deliveries()):
        time.sleep(0.01)
    assert [each["status"] for each in site.webhooks.deliveries()] == ["delivered"] * 4
    created, deleted = stored(folder, before, 2)
    assert (created.type, deleted.type) == ("wix.contacts.v4.contact_created", "wix.contacts.v4.contact_deleted")
    assert created.is_signed
    assert created.has_id
    assert created.entity_id == deleted.entity_id == contact["id"]
    assert (created.entity_sequence or 0) < (deleted.entity_sequence or 0)
    config = site.app_config()
    assert (created.instance_id, created.site_id) == (config["instance_id"], site.config()["site_id"])
    assert read_token(created.raw).payload["createdEvent"]["entity"] == contact


def test_an_automation_of_the_sandbox_is_a_hint_in_the_event_log(
    site: RunningSite, receiver: Listener, folder: Path, tmp_path: Path
) -> None:
    before = newest(folder)
    config = {**site.config(), "public_url": f"http://127.0.0.1:{receiver.port}", "hint_secret": SECRET}
    (tmp_path / "listen.json").write_text(json.dumps(config))

    def listen(*arguments: str) -> str:
        done = call(main, "--config", tmp_path / "listen.json", *arguments, folder=tmp_path)
        assert (done.code, done.err) == (0, "")
        return done.out

    assert listen("subscribe", "order-placed", "contact-created").count("subscribed") == 2
    assert listen("list").count("ACTIVE") == 2
    ecom_orders.create(site.site, order_body(), {})
    (hint,) = stored(folder, before, 1)
    assert (hint.type, hint.is_signed) == ("automation/order-placed", False)
    assert json.loads(hint.raw)["data"]["id"] in site.ids("orders")
    assert listen("unsubscribe", "--all").count("unsubscribed") == 2
    assert site.store.count("automations") == 0


def test_a_change_of_the_shop_is_a_row_by_way_of_the_receiver(site: RunningSite, tmp_path: Path) -> None:
    contact = contacts_store.create(site.site, {"name": {"first": "Ada"}})
    tap, api = Followed(site, tmp_path, "contacts"), Api(site, requests.Session())

    def sent() -> None:
        while any(each["status"] == "waiting" for each in site.webhooks.deliveries()):
            time.sleep(0.01)
        assert {each["status"] for each in site.webhooks.deliveries()} == {"delivered"}

    def change() -> None:
        info = {"revision": contact["revision"], "info": {"company": "Example Bakery"}}
        api.ok("PATCH", f"/contacts/v4/contacts/{contact['id']}", info)
        sent()

    def remove() -> None:
        api.ok("DELETE", f"/contacts/v4/contacts/{contact['id']}")
        sent()

    with listener(settings(tmp_path, public_key=public_key_in_base64()), tmp_path) as receiver:
        site.webhooks.subscribe(f"http://127.0.0.1:{receiver.port}/events", ["wix.contacts.v4.*"])
        first, changed, removed = tap.run(change, remove)
    assert first.ids("contacts") == [contact["id"]]
    assert [row["info"]["company"] for row in changed.records["contacts"]] == ["Example Bakery"]
    assert [(row["id"], bool(row["_sdc_deleted_at"])) for row in removed.records["contacts"]] == [(contact["id"], True)]
