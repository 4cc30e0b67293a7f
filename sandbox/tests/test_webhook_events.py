"""Which events changes raise, and what they carry. Wix's own client has to take each of them."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager

import pytest

from sandbox_support.api import running
from sandbox_support.hooked import Raises, everything
from sandbox_support.official_client import HERE, install
from sandbox_support.receiver import decoded, receiving
from sandbox_support.services import need
from wix_sandbox.options import StoreCatalog
from wix_sandbox.webhooks.kinds import EVENT_TYPES
from wix_sandbox.webhooks.sender import public_key, public_key_in_base64

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


@pytest.mark.services
@pytest.mark.parametrize("key", [public_key, public_key_in_base64])
def test_the_official_client_takes_every_event(raised, key):
    need(install())
    _, tokens = raised
    lines = "\n".join(json.dumps({"publicKey": key(), "token": each.decode()}) for each in tokens)
    done = subprocess.run(["node", "webhooks.mjs"], cwd=HERE, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for token, line in zip(tokens, done.stdout.splitlines(), strict=True):
        sent, said = decoded(token), json.loads(line)
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
