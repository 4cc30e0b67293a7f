"""Wix's own client as the judge: it takes the tokens of these tests, and refuses what `wix-listen` refuses."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from sandbox_support.official_client import HERE, install
from sandbox_support.services import need
from tests.listen.test_verifying import FLAT, REFUSED, V1, verifier
from tests.listen.tokens import claims, event_id, one_line, payload, public_pem, sign, token

pytestmark = pytest.mark.services

ORDER = {"id": event_id(-5), "number": "10001"}


def domain(fqdn: str, slug: str, **content: Any) -> dict[str, Any]:
    """Return claims of a domain event."""
    event = {**payload(5), "entityFqdn": fqdn, "slug": slug, **content}
    if "createdEvent" not in content:
        del event["createdEvent"]
    return claims(event, f"{fqdn}_{slug}")


TAKEN = {
    "created": lambda: token(1),
    "updated": lambda: sign(
        domain("wix.stores.catalog.v3.product", "updated", updatedEvent={"currentEntity": {"id": event_id(-5)}})
    ),
    "deleted": lambda: sign(domain("wix.contacts.v4.contact", "deleted", deletedEvent={})),
    "deleted with its entity": lambda: sign(
        domain("wix.stores.catalog.v3.product", "deleted", deletedEvent={"deletedEntity": {"id": event_id(-5)}})
    ),
    "action": lambda: sign(domain("wix.ecom.v1.order", "approved", actionEvent={"body": {"order": ORDER}})),
    "flat": lambda: sign(claims(FLAT, V1)),
    "without sequence": lambda: sign(claims({**payload(6), "entityEventSequence": None})),
    "no expiry": lambda: sign({"data": claims(payload(7))["data"]}),
    "any issuer and audience": lambda: token(8, iss="anyone", aud="anything", iat=9_999_999_999),
    "a line break at its end": lambda: token(9) + b"\n",
}
KNOWN_TO_DIFFER = {
    # The client passes no list of algorithms to its library.
    "RS512",
    "PS256",
    # The client's library takes padding, which RFC 7515 rules out.
    "padding",
    # The client compares the audience with nothing.
    "another app",
    "other apps",
    "an audience of no kind",
}


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, Any]]:
    """What the client said to each token, by name."""
    need(install())
    sent = {name: make() for name, make in TAKEN.items()} | {name: make() for name, (_, make) in REFUSED.items()}
    lines = []
    for number, body in enumerate(sent.values()):
        key = one_line(public_pem()) if number % 2 else public_pem()
        lines.append(json.dumps({"publicKey": key, "token": body.decode("latin-1")}))
    command = ["node", "webhooks.mjs"]
    done = subprocess.run(command, cwd=HERE, input="\n".join(lines), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(sent, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", TAKEN)
def test_the_client_and_the_receiver_read_the_same_event(name: str, said: dict[str, dict[str, Any]]) -> None:
    theirs = said[name]["event"]
    ours = verifier().event(TAKEN[name]())
    assert theirs["id"] == (ours.event_id if ours.has_id else "")
    assert theirs["entityId"] == ours.entity_id
    assert theirs["sequence"] == (None if ours.entity_sequence is None else str(ours.entity_sequence))
    assert theirs["instanceId"] == ours.instance_id
    assert theirs["time"][:23] == ours.event_time[:23]


@pytest.mark.parametrize("name", REFUSED)
def test_the_client_refuses_what_the_receiver_refuses(name: str, said: dict[str, dict[str, Any]]) -> None:
    assert ("error" in said[name]) == (name not in KNOWN_TO_DIFFER), said[name]
