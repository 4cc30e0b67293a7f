"""What webhooks say, in each form that Wix is known to send."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from wix_events.envelope import Envelope, NotAnEventError, read_claims, read_token

DOMAIN = {
    "id": "e1",
    "entityFqdn": "wix.contacts.v4.contact",
    "slug": "created",
    "entityId": "c1",
    "eventTime": "2026-11-28T10:00:00.123456Z",
    "entityEventSequence": "12",
    "createdEvent": {"entity": {"id": "c1"}},
}
FLAT = {"productId": "p1", "changedFields": ["name"], "id": "not an event's"}


def claims(payload: Any, *, as_text: bool = True, **envelope: Any) -> dict[str, Any]:
    form = json.dumps if as_text else lambda value: value
    content = {
        "eventType": "type",
        "instanceId": "i1",
        "data": form(payload),
        "identity": form({"identityType": "APP"}),
    }
    return {"data": form({**content, **envelope}), "iat": 1}


@pytest.mark.parametrize("as_text", [True, False])
def test_both_forms_of_nesting_are_read(as_text: bool) -> None:
    found = read_claims(claims(DOMAIN, as_text=as_text, accountInfo={"siteId": "s1"}))
    assert found == Envelope("type", "i1", "s1", DOMAIN, {"identityType": "APP"})
    assert (found.event_id, found.entity_id, found.entity_sequence) == ("e1", "c1", 12)
    assert found.event_time == "2026-11-28T10:00:00.123456Z"


def test_a_flat_event_has_no_id() -> None:
    found = read_claims(claims(FLAT))
    assert found.payload == FLAT
    assert (found.event_id, found.entity_id, found.entity_sequence, found.event_time) == ("", "", None, "")


@pytest.mark.parametrize(
    ("sent", "read"),
    [("9223372036854775807", 2**63 - 1), (5, 5), ("", None), ("-1", None), ("9" * 19, None), ("٣", None), ({}, None)],
)
def test_a_sequence_is_a_number_that_databases_can_hold(sent: Any, read: int | None) -> None:
    assert read_claims(claims({**DOMAIN, "entityEventSequence": sent})).entity_sequence == read


@pytest.mark.parametrize("odd", ["\0", "\ud800", "x" * 301, 5, None, {}])
def test_texts_that_a_database_cannot_hold_are_left_out(odd: Any) -> None:
    found = read_claims(claims({**DOMAIN, "id": odd, "entityId": odd}))
    assert (found.event_id, found.entity_id) == ("", "")


@pytest.mark.parametrize("payload", ["", "[1]", "{", "[" * 100_000, None, 5])
def test_a_payload_that_is_no_object_is_an_event_without_members(payload: Any) -> None:
    assert read_claims(claims({}, data=payload)).payload == {}


@pytest.mark.parametrize("data", [None, "", "{}", [], "[" * 100_000, {"eventType": ""}, {"eventType": 5}])
def test_claims_without_an_event_type_are_not_an_event(data: Any) -> None:
    with pytest.raises(NotAnEventError):
        read_claims({"data": data})


def test_a_stored_token_is_read_again() -> None:
    body = base64.urlsafe_b64encode(json.dumps(claims(DOMAIN)).encode()).rstrip(b"=")
    assert read_token(b"head." + body + b".signature").event_id == "e1"


@pytest.mark.parametrize("token", [b"", b"text", b"a.%%%.c", b"a.bm8.c", b"a.W10.c"])
def test_text_that_is_no_token_is_refused(token: bytes) -> None:
    with pytest.raises(NotAnEventError):
        read_token(token)
