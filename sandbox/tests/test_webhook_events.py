"""Which events changes raise, and what they carry. Wix's own client has to take each of them."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from contextlib import contextmanager

import pytest

from sandbox_support.api import running
from sandbox_support.hooked import Raises, everything
from sandbox_support.official_client import HERE, install
from sandbox_support.receiver import decoded, receiving
from sandbox_support.services import need
from sandbox_support.wix_types import LACKED, judged, mistyped
from wix_sandbox.options import StoreCatalog
from wix_sandbox.webhooks.kinds import EVENT_TYPES
from wix_sandbox.webhooks.sender import public_key, public_key_in_base64

CREATED = ("auto_sdk_stores_products-v-3", "onProductCreated")
WRONG_EVENTS = [
    (CREATED, {"entity": {"colour": "blue"}, "metadata": {}}),
    (CREATED, {"entity": {"visible": "true"}, "metadata": {}}),
    (CREATED, {"metadata": {}}),
    (CREATED, {"entity": {}, "metadata": {"entityEventSequence": 5}}),
]
"""Events that the types must refuse, by handler."""
DOCUMENTED = {
    "auto_sdk_stores_products": {"priceData", "collectionId"},
    "auto_sdk_stores_inventory": {"externalId"},
}
"""Members of flat events that Wix documents; its types lack them, or have them under another name."""
CONTENTS = {"createdEvent", "updatedEvent", "deletedEvent", "actionEvent"}


@pytest.fixture(scope="module", params=["v1", "v3"])
def raised(request):
    """The catalog of a site, and the tokens of every event that its changes raised, as a receiver gets them."""
    with contextmanager(running)(catalog=request.param) as api, receiving() as receiver:
        hooks = api.site.webhooks
        hooks.subscribe(receiver.url, ["*"])
        hooks.pause()
        everything(api, Raises(hooks))
        count = len(hooks.deliveries())
        hooks.resume()
        yield StoreCatalog(request.param), [receiver.next()[1] for _ in range(count)]


def test_every_event_type_of_a_site_is_raised_and_no_other(raised):
    catalog, tokens = raised
    of_the_site = {each.name for each in EVENT_TYPES if each.catalog in {None, catalog}}
    assert {decoded(each)["eventType"] for each in tokens} == of_the_site


def test_events_have_the_members_that_wix_documents(raised):
    _, tokens = raised
    events = [decoded(each) for each in tokens]
    domain = [each["data"] for each in events if each["eventType"].startswith("wix.")]
    assert {len(CONTENTS & each.keys()) for each in domain} == {1}
    assert all(f"{each['entityFqdn']}_{each['slug']}" in {each["eventType"] for each in events} for each in domain)
    sequences = [int(each["entityEventSequence"]) for each in domain]
    assert sequences == sorted(set(sequences))
    merged = [each for each in domain if each.get("originatedFrom") == "merge"]
    assert {(each["slug"]) for each in merged} == {"updated", "deleted"}
    flat = [each["data"] for each in events if not each["eventType"].startswith("wix.")]
    assert not [each for each in flat if {"id", "entityFqdn", "entityId", "slug"} <= each.keys()]


def test_events_of_changed_rows_have_old_values_where_the_client_declares_these(raised):
    _, tokens = raised
    events = [decoded(each) for each in tokens]
    updated = {each["eventType"]: each["data"].get("updatedEvent", {}) for each in events}
    without = {each for each, content in updated.items() if content and "modifiedFields" not in content}
    plain = {"contacts.v4.label", "contacts.v4.extended-field", "crm.notes.v2.note", "members.v1.member"}
    assert without == {f"wix.{each}_updated" for each in (*plain, "ecom.v1.abandoned_checkout")}
    contact = updated["wix.contacts.v4.contact_updated"]
    assert contact["modifiedFields"]["revision"] == contact["currentEntity"]["revision"] - 1
    assert "paymentStatus" in updated["wix.ecom.v1.order_updated"]["modifiedFields"]
    fulfillments = updated["wix.ecom.v1.fulfillments_updated"]
    assert fulfillments["modifiedFields"]["fulfillments[0].completed"] is True


@pytest.mark.services
@pytest.mark.parametrize("key", [public_key, public_key_in_base64])
def test_the_official_client_takes_every_event(raised, key):
    need(install())
    _, tokens = raised
    for token, said in zip(tokens, taken_by_the_client(tokens, key()), strict=True):
        sent = decoded(token)
        assert "error" not in said, (sent["eventType"], said)
        taken, payload = said["event"], sent["data"]
        assert taken is not None, f"no handler for {sent['eventType']}"
        assert taken["instanceId"] == sent["instanceId"]
        assert taken["entityId"] == payload.get("entityId", "")
        body = payload.get("actionEvent", {}).get("body")
        if body is not None:
            assert set(taken["content"]) == set(body)
        elif {"createdEvent", "updatedEvent"} & payload.keys() or payload.get("deletedEvent", {}).get("deletedEntity"):
            assert "entity" in taken["members"], sent["eventType"]


@pytest.mark.services
def test_handlers_of_the_official_client_get_events_of_the_types_that_they_declare(raised, tmp_path):
    need(install())
    _, tokens = raised
    events = defaultdict(list)
    for said in taken_by_the_client(tokens, public_key()):
        event = said["event"]
        module = f"auto_sdk_{event['module']}"
        documented = DOCUMENTED.get(module, LACKED.get(module, ()))
        events[module, event["handler"]].append(judged(event["envelope"], documented, set()))
    assert mistyped(events, tmp_path, of="Event", wrong=WRONG_EVENTS) == []


def taken_by_the_client(tokens, key):
    """Return what the official client makes of each token."""
    lines = "\n".join(json.dumps({"publicKey": key, "token": each.decode()}) for each in tokens)
    done = subprocess.run(["node", "webhooks.mjs"], cwd=HERE, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
