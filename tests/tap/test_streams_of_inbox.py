"""Conversations that the settings name, and their messages: row by row what the site has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import Run, run
from wix_sandbox.resources import inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.either_catalog
STREAMS = ("inbox_conversations", "inbox_messages")
GONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=["v1", "v3"])
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, size=30)


def conversations(site: RunningSite) -> list[str]:
    return sorted(row["id"] for row in list(site.store.all("inbox_conversations"))[:3])


def send(site: RunningSite, conversation_id: str, text: str) -> dict[str, Any]:
    conversation = site.store.get("inbox_conversations", conversation_id)
    assert conversation is not None
    content = {"basic": {"items": [{"text": text}]}, "previewText": text}
    message = {"content": content, "visibility": inbox.BOTH, "direction": "BUSINESS_TO_PARTICIPANT"}
    return inbox.send(site.site, conversation, message, {"wixUserId": inbox.OWNER_ID})


def there(site: RunningSite, stream: str, *conversation_ids: str) -> list[dict[str, Any]]:
    """Return the rows of some conversations as the site has them."""
    member = "id" if stream == "inbox_conversations" else "conversationId"
    return ordered([row for row in site.store.all(stream) if row[member] in conversation_ids])


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row.get("conversationId", ""), row["id"]))


def texts(found: Run) -> list[str]:
    return [row["content"]["previewText"] for row in found.records["inbox_messages"]]


def asked(site: RunningSite, since: int = 0) -> list[str]:
    entries = list(site.journal.entries)[since:]
    return [f"{entry.method} {entry.path}" for entry in entries if entry.path.startswith("/inbox/")]


def test_a_full_read_emits_the_conversations_of_the_settings_and_their_messages(site: RunningSite) -> None:
    ids = conversations(site)
    for number in range(2 * 30):
        send(site, ids[0], f"more {number}")
    found = run(config(site, conversation_ids=ids[:2]))
    for stream in STREAMS:
        wanted = there(site, stream, *ids[:2])
        assert wanted
        assert ordered(found.records[stream]) == wanted


def test_without_settings_nothing_is_asked_for(site: RunningSite) -> None:
    found = run(config(site), select=STREAMS)
    assert not found.records["inbox_conversations"]
    assert not found.records["inbox_messages"]
    assert asked(site) == []


def test_the_next_run_emits_new_messages_only(site: RunningSite) -> None:
    ids = conversations(site)
    settings = config(site, conversation_ids=ids, lookback_seconds=0)
    first = run(settings, select=STREAMS)
    newest = {row["conversationId"]: row for row in ordered(first.records["inbox_messages"])}
    sent = send(site, ids[1], "New") | {"conversationId": ids[1]}
    before = len(site.journal.entries)

    second = run(settings, state=first.state, select=STREAMS)

    assert ordered(second.records["inbox_messages"]) == ordered([*newest.values(), sent])
    assert asked(site, before).count("GET /inbox/v2/messages") == len(ids)


def test_a_conversation_that_is_added_later_is_read_in_full(site: RunningSite) -> None:
    early, late, *_ = conversations(site)
    first = run(config(site, conversation_ids=[early]), select=STREAMS)
    second = run(config(site, conversation_ids=[early, late]), state=first.state, select=STREAMS)
    found = [row for row in second.records["inbox_messages"] if row["conversationId"] == late]
    assert ordered(found) == there(site, "inbox_messages", late)


def test_a_new_conversation_is_made_for_contacts_of_the_setting_only(
    site: RunningSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    state = site.state()
    known = state["inbox_conversations"][0]
    contacts = [row["id"] for row in state["contacts"]]
    new = next(each for each in contacts if each not in str(state["inbox_conversations"]))
    run(config(site, conversation_ids=[known["id"]]), select=STREAMS)
    assert list(site.store.all("inbox_conversations")) == state["inbox_conversations"]

    settings = config(site, conversation_contact_ids=[known["participant"]["contactId"], new])
    found = run(settings, select=STREAMS)

    (made,) = [row for row in site.store.all("inbox_conversations") if row["participant"].get("contactId") == new]
    assert ordered(found.records["inbox_conversations"]) == there(site, "inbox_conversations", known["id"], made["id"])
    assert ordered(found.records["inbox_messages"]) == there(site, "inbox_messages", known["id"])
    warning = f"Stream `inbox_conversations`: Wix created a conversation for the contact {new}."
    assert [message for message in caplog.messages if "created a conversation" in message] == [warning]


def test_messages_alone_need_no_conversation(site: RunningSite) -> None:
    (first, *_) = conversations(site)
    found = run(config(site, conversation_ids=[first]), select=("inbox_messages",))
    assert ordered(found.records["inbox_messages"]) == there(site, "inbox_messages", first)
    assert asked(site) == ["GET /inbox/v2/messages"]


def test_a_conversation_that_is_gone_is_named_and_no_error(site: RunningSite, caplog: pytest.LogCaptureFixture) -> None:
    for streams in (STREAMS, ("inbox_messages",)):
        caplog.clear()
        found = run(config(site, conversation_ids=[GONE]), select=streams)
        assert found.code == 0
        assert f"Stream `{streams[0]}`: Wix has no conversation with the id {GONE}." in caplog.messages


def test_a_start_date_leaves_older_messages_out(site: RunningSite) -> None:
    (first, *_) = conversations(site)
    start = site.site.now()
    send(site, first, "Late")
    settings = config(site, conversation_ids=[first], start_date=start)
    assert texts(run(settings, select=STREAMS)) == ["Late"]


def test_a_limit_reads_some_conversations_and_moves_no_bookmark(site: RunningSite) -> None:
    ids = conversations(site)
    options = {"inbox_conversations": {"limit": 1}}
    settings = config(site, conversation_ids=ids, stream_options=options)
    found = run(settings, select=STREAMS)
    assert found.ids("inbox_conversations") == ids[:1]
    assert ordered(found.records["inbox_messages"]) == there(site, "inbox_messages", ids[0])
    assert "newest_sequences" not in str(found.state)
