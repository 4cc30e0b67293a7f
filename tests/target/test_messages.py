"""Messages of the inbox: each record is sent once, whether or not Wix shows again what was sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.lives import End, live
from tests.target.runs import messages
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources import contacts_store, inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

pytestmark = pytest.mark.either_catalog
BADGES, LISTED = "message-badges", "messages-of-apps"
SITES = {
    "marked": {},
    "looked for": {BADGES: "left-out"},
    "undecided": {LISTED: "left-out"},
}
"""What the site shows of messages that were sent: readings of the sandbox."""


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


@pytest.fixture
def ann(shop: RunningSite) -> str:
    """Return the id of a contact."""
    return str(contact(shop.site)["id"])


@pytest.fixture
def talk(shop: RunningSite, ann: str) -> str:
    """Return the id of her conversation."""
    return str(inbox.find_or_create(shop.site, "contactId", ann)[0]["id"])


def contact(site: Any, name: str = "Ann") -> dict[str, Any]:
    made: dict[str, Any] = contacts_store.create(site, {"name": {"first": name}})
    return made


def sending(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return messages(messages=rows)


def texts(site: Any) -> list[str]:
    """Return the texts of all messages that were sent, oldest first."""
    kept = site.store.snapshot().get("inbox_messages", ())
    return [one["content"]["basic"]["items"][0]["text"] for one in sorted(kept, key=lambda one: int(one["id"]))]


def test_a_message_goes_to_a_contact_or_a_conversation(shop: RunningSite, run: Start, ann: str) -> None:
    rows = [{"contactId": ann, "text": "Your mug is ready"}]
    assert run(shop, sending(*rows)).outcomes == ["created"]
    (sent,) = shop.state()["inbox_messages"]
    assert sent["content"]["basic"]["items"] == [{"text": "Your mug is ready"}]
    assert (sent["visibility"], sent["direction"]) == ("BUSINESS_AND_PARTICIPANT", "BUSINESS_TO_PARTICIPANT")
    assert sent["badges"][0]["badgeVisibility"] == "BUSINESS"
    other = {"conversationId": sent["conversationId"], "text": "Come by", "visibility": "BUSINESS", "silent": True}
    assert run(shop, sending(other)).outcomes == ["created"]
    assert texts(shop.site) == ["Your mug is ready", "Come by"]
    assert len(shop.state()["inbox_conversations"]) == 1


def test_a_contact_of_another_site_is_found_by_its_record(shop: RunningSite, run: Start) -> None:
    theirs = "00000000-0000-4000-8000-000000000001"
    person = {"id": theirs, "info": {"emails": {"items": [{"email": "ann@example.com"}]}}}
    done = run(shop, messages(messages=[{"contactId": theirs, "text": "Welcome"}], contacts=[person]))
    assert done.outcomes == ["created", "created"], done.results


def test_people_are_notified_only_if_a_record_requests_it(shop: RunningSite, run: Start, talk: str) -> None:
    rows = [{"conversationId": talk, "text": text, "sendNotifications": text == "Loud"} for text in ("Quiet", "Loud")]
    assert run(shop, sending(*rows)).outcomes == ["created", "created"]
    assert len([effect for effect in shop.site.effects if effect["kind"] == "mail"]) == 1


@pytest.mark.parametrize("readings", SITES.values(), ids=SITES)
def test_a_second_run_sends_nothing(shop: RunningSite, run: Start, talk: str, readings: dict[str, str]) -> None:
    shop.site.readings.choose(readings)
    rows = [{"conversationId": talk, "text": "Ready"}, {"conversationId": talk, "text": "Ready", "id": "2"}]
    assert run(shop, sending(*rows, *rows), batch_size_rows=1).outcomes == ["created", "created", *["unchanged"] * 2]
    assert run(shop, sending(*rows)).outcomes == ["unchanged", "unchanged"]
    assert texts(shop.site) == ["Ready", "Ready"]


@pytest.fixture
def state() -> Path:
    """Return the state folder of a test."""
    return Path(os.environ["XDG_STATE_HOME"])


def test_a_marker_is_enough_on_another_machine(shop: RunningSite, run: Start, talk: str, state: Path) -> None:
    row = {"conversationId": talk, "text": "Ready"}
    assert run(shop, sending(row)).outcomes == ["created"]
    _forget(state)
    shop.site.clock.shift(30 * 86_400)
    assert run(shop, sending(row)).outcomes == ["unchanged"]
    assert run(shop, sending({**row, "id": "2"})).outcomes == ["created"]


def test_without_markers_and_notes_the_last_hour_counts(shop: RunningSite, run: Start, talk: str, state: Path) -> None:
    shop.site.readings.choose({BADGES: "left-out"})
    row = {"conversationId": talk, "text": "Ready"}
    shop.site.clock.shift(-7_200)
    assert run(shop, sending(row)).outcomes == ["created"]
    shop.site.clock.shift(7_200)
    for outcome in ("created", "unchanged"):
        _forget(state)
        assert run(shop, sending(row)).outcomes == [outcome]


def _forget(folder: Path) -> None:
    """Remove notes from a state folder, which has some."""
    notes = list(folder.rglob("*.sent"))
    assert notes
    for path in notes:
        path.unlink()


def test_columns_without_a_value_make_no_other_message(shop: RunningSite, run: Start, talk: str) -> None:
    record = {"conversationId": talk, "text": "Ready"}
    assert run(shop, sending(record)).outcomes == ["created"]
    assert run(shop, sending({"id": None, "text": "Ready ", "conversationId": talk, "silent": ""})).outcomes == [
        "unchanged"
    ]
    assert texts(shop.site) == ["Ready"]


def test_the_column_of_the_site_makes_no_other_message(shop: RunningSite, run: Start, talk: str) -> None:
    row = {"conversationId": talk, "text": "Your mug is ready"}
    assert run(shop, sending(row, {**row, "siteId": "of the tap"})).outcomes == ["created", "unchanged"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"text": "x" * 16_385}, "MAX_LENGTH"),
        ({"text": None}, "REQUIRED_FIELD"),
        ({"text": ["a"]}, "WRONG_TYPE"),
        ({"conversationId": None}, "REQUIRED_FIELD"),
        ({"conversationId": "00000000-0000-4000-8000-000000000404"}, "CONVERSATION_NOT_FOUND"),
        ({"conversationId": None, "contactId": "00000000-0000-4000-8000-000000000404"}, "CONTACT_NOT_FOUND"),
        ({"sendAs": "NOBODY"}, "UNKNOWN_VALUE"),
        ({"visibility": "ALL"}, "UNKNOWN_VALUE"),
        ({"_command": "update"}, "NOT_FOUND"),
    ],
)
def test_a_wrong_record_is_rejected_alone(
    shop: RunningSite, run: Start, talk: str, row: dict[str, Any], code: str
) -> None:
    right = {"conversationId": talk, "text": "Ready"}
    done = run(shop, sending({**right, "text": "No", **row}, right), on_reject="skip")
    assert done.codes == [code], done.results
    assert done.outcomes == ["rejected", "created"]
    assert texts(shop.site) == ["Ready"]


def test_a_refusal_is_reported_with_its_code(shop: RunningSite, run: Start, talk: str) -> None:
    body = {"message": "Not you", "details": {"applicationError": {"code": "IDENTITY_DOES_NOT_MATCH"}}}
    shop.faults.plan({"operation": "messages.send", "action": {"status": 400, "body": body}, "times": 1})
    row = {"conversationId": talk, "text": "Ready"}
    assert run(shop, sending(row), on_reject="skip").codes == ["IDENTITY_DOES_NOT_MATCH"]
    assert run(shop, sending(row)).outcomes == ["created"]


@pytest.mark.parametrize("status", [429, 401])
def test_a_call_that_wix_did_not_take_is_sent_later(shop: RunningSite, run: Start, talk: str, status: int) -> None:
    shop.faults.plan({"operation": "messages.send", "action": {"status": status}, "times": 1 if status == 429 else 9})
    row = {"conversationId": talk, "text": "Ready"}
    run(shop, sending(row))
    shop.faults.clear()
    run(shop, sending(row))
    assert texts(shop.site) == ["Ready"]


@pytest.mark.parametrize("readings", SITES.values(), ids=SITES)
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_send_whose_answer_is_lost_is_never_repeated(
    shop: RunningSite, run: Start, talk: str, readings: dict[str, str], drop: str
) -> None:
    shop.site.readings.choose(readings)
    shop.faults.plan({"operation": "messages.send", "action": {"drop": drop}, "times": 1})
    rows = [{"conversationId": talk, "text": text} for text in ("First", "Second")]
    done = run(shop, sending(*rows), on_reject="skip")
    is_seen = drop == "after" and LISTED not in readings
    assert done.outcomes == ["created" if is_seen else "rejected", "created"]
    assert done.codes == ([] if is_seen else ["UNKNOWN"])
    there = texts(shop.site)
    assert sorted(there) == (["Second"] if drop == "before" else ["First", "Second"])
    again = run(shop, sending(*rows), on_reject="skip")
    assert again.outcomes == ["unchanged" if is_seen else "rejected", "unchanged"]
    assert texts(shop.site) == there
    assert run(shop, sending({**rows[0], "id": "again"})).outcomes == ["created"]


def test_messages_are_neither_changed_nor_deleted(shop: RunningSite, run: Start, talk: str) -> None:
    row = {"conversationId": talk, "text": "Ready", "id": "1"}
    run(shop, sending(row))
    rows = [{**row, "text": "Other", "_command": command} for command in ("upsert", "update", "create", "delete")]
    done = run(shop, sending(*rows), on_reject="skip")
    assert done.outcomes == ["unchanged", "unchanged", "unchanged", "rejected"]
    assert done.codes == ["NOT_DELETABLE"]
    assert texts(shop.site) == ["Ready"]


def test_a_dry_run_sends_nothing_and_decides_as_a_run_does(shop: RunningSite, run: Start, ann: str) -> None:
    rows = [{"contactId": ann, "text": "A"}, {"contactId": ann, "text": "A"}, {"contactId": ann, "text": "B"}]
    shop.journal.clear()
    planned = run(shop, sending(*rows), dry_run=True)
    assert [entry.operation for entry in shop.journal.entries if entry.method == "POST" and entry.operation] == []
    assert "inbox_conversations" not in shop.state() or shop.state()["inbox_conversations"] == []
    before = len(shop.journal)
    done = run(shop, sending(*rows))
    assert planned.outcomes == done.outcomes == ["created", "unchanged", "created"]
    assert planned.plan == len(shop.journal) - before
    (talk,) = (one["id"] for one in shop.state()["inbox_conversations"])
    known = [{"conversationId": talk, "text": "C"}, {"conversationId": talk, "text": "C", "_command": "delete"}]
    planned = run(shop, sending(*known), dry_run=True, on_reject="skip")
    assert texts(shop.site) == ["A", "B"]
    assert planned.outcomes == run(shop, sending(*known), on_reject="skip").outcomes == ["created", "rejected"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("readings", SITES.values(), ids=SITES)
@pytest.mark.parametrize("what", ["before", "after", "result"])
def test_a_killed_run_is_finished_without_a_message_twice(
    catalog: str, readings: dict[str, str], what: str, tmp_path: Path
) -> None:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3))
    sandbox.fill()
    people = [contact(sandbox.site, name)["id"] for name in ("Ann", "Bea")]
    state = sandbox.site.store.snapshot()
    rows = [{"contactId": one, "text": text} for one in people for text in ("First", "Second")]

    def lived(*end: End) -> Life:
        return live(sandbox, sending(*rows), tmp_path / "results.jsonl", *end, settings={"batch_size_rows": 3})

    def begun() -> None:
        sandbox.site.store.load(state)
        _forget(tmp_path)

    sandbox.site.readings.choose(readings)
    ends = lived().counts[what]
    assert ends >= len(rows)
    for at in range(1, ends + 1):
        begun()
        assert lived(End(what, at)).killed
        dead = texts(sandbox.site)
        reported = [(one["error"] or {}).get("code") or one["outcome"] for one in lived().results]
        assert set(reported) <= {"created", "unchanged", "UNKNOWN"}
        assert reported.count("UNKNOWN") <= 1
        there = texts(sandbox.site)
        assert len(there) == len(dead) + reported.count("created")
        assert all(there.count(text) <= len(people) for text in there)
        if "UNKNOWN" not in reported:
            assert len(there) == len(rows)
        if LISTED not in readings and what != "before":
            assert "UNKNOWN" not in reported


def test_the_conversation_is_asked_for_once(shop: RunningSite, run: Start, ann: str) -> None:
    rows = [{"contactId": ann, "text": str(number)} for number in range(5)]
    shop.journal.clear()
    run(shop, sending(*rows))
    sent = [str(entry.operation) for entry in shop.journal.entries if entry.operation]
    assert sent.count("conversations.get-or-create") == 1
    assert sent.count("messages.list") == 1
    assert sent.count("messages.send") == 5
