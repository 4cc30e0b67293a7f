"""Webhooks with contents at random: they are refused or stored, and nothing else happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.listen.test_verifying import verifier
from tests.listen.tokens import claims, payload, sign
from wix_events.log import EventLog
from wix_listen.verifying import RefusedError

if TYPE_CHECKING:
    from wix_events.log import Event

texts = st.text(max_size=20) | st.sampled_from(["\0", "\ud800", "x" * 400, "9" * 400, "id", "{", "[]", "null", "NaN"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("id", "entityFqdn", "entityId", "eventTime", "entityEventSequence", "slug")
ENVELOPE = ("eventType", "instanceId", "identity", "accountInfo", "data")


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Claims of a webhook in which some members are anything."""
    event = {**payload(1), **draw(st.dictionaries(st.sampled_from(MEMBERS), values, max_size=2))}
    envelope = json.loads(claims(event)["data"])
    envelope |= draw(st.dictionaries(st.sampled_from(ENVELOPE), values, max_size=2))
    whole = {**claims(event), "data": json.dumps(envelope) if draw(st.booleans()) else envelope}
    return whole | draw(st.dictionaries(st.sampled_from(("data", "exp", "nbf", "aud", "iat")), values, max_size=1))


def taken(body: bytes) -> Event | None:
    """Return the event of a body, or None if it is refused."""
    try:
        return verifier("app").event(body)
    except RefusedError:
        return None


@given(st.binary(max_size=200) | st.from_regex(rb"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}", fullmatch=True))
def test_bytes_are_refused(body: bytes) -> None:
    assert taken(body) is None


def test_every_event_that_is_taken_can_be_stored(url: str) -> None:
    log = EventLog(url)

    @given(content=contents())
    def check(content: dict[str, Any]) -> None:
        found = taken(sign(content))
        if found is not None:
            seen = log.last
            log.append([found._replace(event_id=f"{found.event_id} {seen}")])
            assert [each.event.raw for each in log.read(seen, 2)] == [found.raw]

    check()


@pytest.mark.parametrize("place", range(0, 900, 31))
def test_a_token_with_one_changed_character_is_refused(place: int) -> None:
    body = bytearray(sign(claims(payload(1))))
    body[place % len(body)] = ord("A") if body[place % len(body)] != ord("A") else ord("B")
    assert taken(bytes(body)) is None
