"""Any call, one for each record: sent once, to Wix only, and never in a dry run."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.report import Report
from target_wix.sent_log import Sent, SentLog
from tests.bent import impatient
from tests.target.kill.lives import End, live
from tests.target.runs import messages
from wix_api.errors import SettingsError
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

pytestmark = pytest.mark.either_catalog
__all__ = ["impatient"]

CONTACTS = "/contacts/v4/contacts"


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


def calling(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return messages(api_calls=rows)


def making(name: str, **members: Any) -> dict[str, Any]:
    info = {"name": {"first": name}, "phones": {"items": [{"phone": f"+1 555 01{len(name):02}"}]}}
    return {"method": "POST", "path": CONTACTS, "body": {"info": info, "allowDuplicates": True}, **members}


def made(shop: RunningSite | Sandbox) -> list[str]:
    state = shop.site.store.snapshot()
    return sorted(row["info"]["name"]["first"] for row in state.get("contacts", ()))


def test_each_record_is_one_call(shop: RunningSite, run: Start) -> None:
    label = {"method": "POST", "path": "/contacts/v4/labels", "body": {"displayName": "Press"}}
    place = "/contacts/v4/labels/custom.press"
    rows = [
        label,
        {"method": "get", "path": f"{place}?language=en"},
        {"method": "PATCH", "path": place, "body": json.dumps({"label": {"displayName": "News"}})},
        {"method": "GET", "path": "/contacts/v4/labels", "query": {"paging.limit": 5, "labelType": ["USER_DEFINED"]}},
        {"method": "DELETE", "path": f"https://www.wixapis.com{place}"},
    ]
    shop.journal.clear()
    done = run(shop, calling(*rows))
    assert done.outcomes == ["created", "unchanged", "updated", "unchanged", "deleted"], done.results
    sent = [f"{entry.method} {entry.path}" for entry in shop.journal.entries if "labels" in entry.path]
    assert sent == [
        "POST /contacts/v4/labels",
        f"GET {place}",
        f"PATCH {place}",
        "GET /contacts/v4/labels",
        f"DELETE {place}",
    ]


@pytest.mark.parametrize("column", ["body__displayName", "boddy"])
def test_a_call_that_lost_its_body_is_not_sent(shop: RunningSite, run: Start, column: str) -> None:
    call = {"method": "POST", "path": "/contacts/v4/labels", column: "Press"}
    shop.journal.clear()
    assert run(shop, calling(call, {**call, column: None, "body": {"displayName": "Press"}})).codes == [
        "UNKNOWN_COLUMN"
    ]
    assert [entry.method for entry in shop.journal.entries] == ["POST"]


def test_null_in_a_body_reaches_wix(shop: RunningSite, run: Start) -> None:
    assert run(shop, calling(making("Ann"))).outcomes == ["created"]
    (ann,) = shop.site.store.snapshot()["contacts"]
    emptied = {"revision": ann["revision"], "info": {"name": {"first": "Ada"}, "phones": None}}
    done = run(shop, calling({"method": "PATCH", "path": f"{CONTACTS}/{ann['id']}", "body": emptied}))
    assert done.outcomes == ["updated"]
    (ada,) = shop.site.store.snapshot()["contacts"]
    assert not ada["info"].get("phones")


def test_a_call_is_sent_once_in_an_input_and_again_in_the_next_run(shop: RunningSite, run: Start) -> None:
    rows = [making("Ann"), making("Ann"), making("Ann", id="2"), making("Ann", id="2")]
    assert run(shop, calling(*rows), batch_size_rows=1).outcomes == ["created", "unchanged", "created", "unchanged"]
    assert made(shop) == ["Ann", "Ann"]
    assert run(shop, calling(making("Ann"))).outcomes == ["created"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"path": "https://example.com/contacts"}, "NOT_OF_WIX"),
        ({"path": "//example.com/contacts"}, "NOT_OF_WIX"),
        ({"path": "https://www.wixapis.com.example.com/contacts"}, "NOT_OF_WIX"),
        ({"path": "/contacts/../oauth2/token"}, "NOT_OF_WIX"),
        ({"path": ""}, "REQUIRED_FIELD"),
        ({"method": "BREW"}, "UNKNOWN_VALUE"),
        ({"method": None}, "REQUIRED_FIELD"),
        ({"body": [1]}, "WRONG_TYPE"),
        ({"method": "GET"}, "NOT_POSSIBLE"),
        ({"_command": "update"}, "NOT_POSSIBLE"),
        ({"_command": "delete"}, "NOT_POSSIBLE"),
        ({"path": "/contacts/v4/nowhere"}, "HTTP_404"),
        ({"body": {"info": {}}}, "INSUFFICIENT_CONTACT_DATA"),
    ],
)
def test_a_wrong_record_is_rejected_alone(shop: RunningSite, run: Start, row: dict[str, Any], code: str) -> None:
    done = run(shop, calling(making("Ann") | row, making("Ada")), on_reject="skip")
    assert done.codes == [code], done.results
    assert done.outcomes == ["rejected", "created"]
    assert made(shop) == ["Ada"]


def test_a_missing_permission_is_about_one_call(shop: RunningSite, run: Start) -> None:
    body = {"message": "Not yours", "details": {"applicationError": {"code": "NO_PERMISSION_TO_X"}}}
    shop.faults.plan({"operation": "contacts.create", "action": {"status": 403, "body": body}, "times": 1})
    done = run(shop, calling(making("Ann"), making("Ada")), on_reject="skip")
    assert done.codes == ["NO_PERMISSION_TO_X"]
    assert made(shop) == ["Ada"]


def test_a_wrong_key_ends_the_run_and_the_call_is_sent_by_the_next(shop: RunningSite, run: Start) -> None:
    shop.faults.plan({"operation": "contacts.create", "action": {"status": 401}})
    assert "401" in str(run(shop, calling(making("Ann"))).error)
    shop.faults.clear()
    assert run(shop, calling(making("Ann"))).outcomes == ["created"]


@pytest.mark.parametrize("action", [{"drop": "before"}, {"drop": "after"}, {"truncate": True}])
def test_a_call_whose_answer_is_lost_is_never_sent_again(shop: RunningSite, run: Start, action: dict[str, Any]) -> None:
    shop.faults.plan({"operation": "contacts.create", "action": action, "times": 1})
    done = run(shop, calling(making("Ann"), making("Ada")), on_reject="skip")
    assert done.codes == ["UNKNOWN"]
    assert not done.results[0]["error"]["retryable"]
    there = made(shop)
    assert there == (["Ada"] if action == {"drop": "before"} else ["Ada", "Ann"])
    for _ in range(2):
        done = run(shop, calling(making("Ann")), on_reject="skip")
        assert done.codes == ["UNKNOWN"]
        assert made(shop) == there
    assert run(shop, calling(making("Ann", id="again"))).outcomes == ["created"]


@pytest.mark.usefixtures("impatient")
def test_a_call_without_a_connection_was_not_sent(shop: RunningSite, run: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}"
    for _ in range(2):
        done = run(shop, calling(making("Ann"), making("Ada")), api_url=nowhere)
        assert "cannot be reached" in str(done.error)
        assert done.outcomes == []  # and not `UNKNOWN`


def test_a_read_whose_answer_is_lost_is_asked_again(shop: RunningSite, run: Start) -> None:
    shop.faults.plan({"operation": "contacts.query", "action": {"drop": "after"}, "times": 1})
    read = {"method": "POST", "path": f"{CONTACTS}/query", "body": {"query": {}}}
    assert run(shop, calling(read)).outcomes == ["unchanged"]


def test_a_slow_down_is_waited_for(shop: RunningSite, run: Start) -> None:
    shop.faults.plan({"operation": "contacts.create", "action": {"status": 429}, "times": 1})
    assert run(shop, calling(making("Ann"))).outcomes == ["created"]
    assert made(shop) == ["Ann"]


def test_a_dry_run_sends_nothing_and_decides_as_a_run_does(shop: RunningSite, run: Start) -> None:
    rows = [
        making("Ann"),
        making("Ann"),
        {"method": "GET", "path": CONTACTS},
        {"method": "DELETE", "path": "/contacts/v4/labels/custom.none", "id": "1"},
        making("Ada", path="https://example.com"),
    ]
    shop.journal.clear()
    planned = run(shop, calling(*rows), dry_run=True, on_reject="skip")
    assert [entry.path for entry in shop.journal.entries if "/contacts/" in entry.path] == []
    assert planned.outcomes == ["created", "unchanged", "unchanged", "deleted", "rejected"]
    before = len(shop.journal)
    done = run(shop, calling(*rows), on_reject="skip")
    assert done.outcomes == ["created", "unchanged", "unchanged", "rejected", "rejected"]  # there is no such label
    assert planned.plan == len(shop.journal) - before


def test_a_run_whose_report_cannot_be_written_sends_no_call_twice(
    shop: RunningSite, run: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Report, "_parts", full)
    done = run(shop, calling(making("Ann")), report_path=str(tmp_path / "report.html"))
    assert "report_path" in str(done.error)
    assert run(shop, calling(making("Ann"))).outcomes == ["unchanged"]
    assert made(shop) == ["Ann"]


def test_a_run_that_could_not_delete_what_the_input_lacks_sends_no_call_twice(shop: RunningSite, run: Start) -> None:
    run(shop, messages(contacts=[{"email": "bob@example.com"}]))
    refusal = {"message": "no", "details": {"applicationError": {"code": "CANNOT_DELETE_MEMBER"}}}
    shop.faults.plan({"operation": "contacts.delete", "action": {"status": 428, "body": refusal}, "times": 1})
    listed = messages(contacts=[{"email": "ann@example.com"}], api_calls=[making("Ann")])
    mirror = {"stream_options": {"contacts": {"load_method": "overwrite"}}}

    assert "1 delete of entities that the input lacks failed" in str(run(shop, listed, **mirror).error)

    assert run(shop, listed, **mirror).outcomes == ["unchanged", "unchanged"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("what", ["before", "after", "result"])
def test_a_killed_run_is_finished_without_a_call_twice(catalog: str, what: str, tmp_path: Path) -> None:
    names = ["Ann", "Bea", "Cid"]
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3))

    def lived(*end: End) -> Life:
        return live(sandbox, calling(*map(making, names)), tmp_path / "results.jsonl", *end)

    def outcomes(life: Life) -> list[str]:
        return [(one["error"] or {}).get("code") or one["outcome"] for one in life.results]

    sandbox.fill()
    ends = lived().counts[what]
    assert ends >= len(names)
    for at in range(1, ends + 1):
        sandbox.fill()
        for path in (tmp_path / "target-wix").glob("*.sent"):
            path.unlink()
        assert lived(End(what, at)).killed
        dead = made(sandbox)
        reported = outcomes(lived())
        assert len(reported) == len(names)
        assert reported.count("UNKNOWN") == (0 if what == "result" else 1)
        for name, outcome in zip(names, reported, strict=True):
            assert outcome in {"UNKNOWN", "unchanged" if name in dead else "created"}
            assert made(sandbox).count(name) == int(name in dead or outcome == "created")
        if "UNKNOWN" in reported:
            assert outcomes(lived()) == ["unchanged" if one == "created" else one for one in reported]


# Notes


def known(log: SentLog, keys: str) -> list[Sent | None]:
    return [note.sent if (note := log.find(key)) else None for key in keys]


def test_notes_outlive_a_process_and_end_with_a_run_without_an_error(tmp_path: Path) -> None:
    path = tmp_path / "notes" / "site.sent"
    log = SentLog(path)
    log.note("a", Sent.BEGUN)
    log.note("b", Sent.BEGUN)
    log.note("b", Sent.DONE)
    log.note("c", Sent.BEGUN)
    log.note("c", Sent.DROPPED)
    log.note("d", Sent.DONE, "made", is_kept=True)
    killed = SentLog(path)
    assert known(killed, "abcde") == [Sent.BEGUN, Sent.DONE, None, Sent.DONE, None]
    assert [killed.is_made_for_another(*asked) for asked in (("made", "a"), ("made", "d"), ("other", "a"))] == [
        True,
        False,
        False,
    ]
    killed.finish()
    assert known(SentLog(path), "abcde") == [Sent.BEGUN, None, None, Sent.DONE, None]
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_note_that_was_cut_off_counts_as_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "site.sent"
    SentLog(path).note("a", Sent.BEGUN)
    path.write_bytes(path.read_bytes() + b'{"key": "b", "se')
    assert known(SentLog(path), "ab") == [Sent.BEGUN, None]
    SentLog(path).note("c", Sent.BEGUN)
    assert known(SentLog(path), "c") == [Sent.BEGUN]


def test_what_cannot_be_noted_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="XDG_STATE_HOME"):
        SentLog(tmp_path / "file" / "site.sent").note("a", Sent.BEGUN)


def test_notes_that_cannot_be_read_or_dropped_are_reported(
    shop: RunningSite, run: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_log: SentLog) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SentLog, "finish", full)
    assert run(shop, calling(making("Ann"))).outcomes == ["created"]
    assert "XDG_STATE_HOME" in caplog.text
    monkeypatch.setattr(SentLog, "_read", full)
    error = run(shop, calling(making("Ann"))).error
    assert isinstance(error, SettingsError)
    assert "No space left" in str(error)


def test_a_dry_run_reads_notes_and_writes_none(tmp_path: Path) -> None:
    path = tmp_path / "site.sent"
    SentLog(path).note("a", Sent.BEGUN)
    before = path.read_bytes()
    plan = SentLog(path, writes=False)
    plan.note("b", Sent.DONE)
    assert known(plan, "ab") == [Sent.BEGUN, Sent.DONE]
    plan.finish()
    assert path.read_bytes() == before
