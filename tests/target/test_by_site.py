"""Records of many sites in one input (`by_site`)."""

from __future__ import annotations

import json
import resource
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from urllib3.connection import HTTPConnection

from target_wix.__main__ import main
from target_wix.errors import TargetError
from target_wix.sites import Sites, _Lines
from target_wix.target import TargetWix
from tests.in_process import Ended, call
from tests.shops import UNPACED
from wix_api.reading import Held
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wix_sandbox import RunningAccount

NOBODY = "5a4db0c5-0000-4000-8000-00000000dead"


@pytest.fixture
def account() -> Iterator[RunningAccount]:
    with Account([SandboxOptions(catalog=each, empty=True) for each in ("v3", "v1", "v3")]).serve() as running:
        yield running


def ids(account: RunningAccount) -> list[str]:
    return [account[at].config()["site_id"] for at in range(len(account))]


def schema(stream: str) -> dict[str, Any]:
    properties = {key: {"type": ["string", "null"]} for key in ("siteId", "firstName", "email")}
    required = {"type": "object", "properties": properties, "required": ["siteId"]}
    return {"type": "SCHEMA", "stream": stream, "schema": required, "key_properties": ["siteId"]}


def contact(site_id: str | None, number: int, **more: Any) -> dict[str, Any]:
    record = {"email": f"{number}@example.com", "firstName": f"Contact {number}", **more}
    named = {} if site_id is None else {"siteId": site_id}
    return {"type": "RECORD", "stream": "contacts", "record": named | record}


def state(number: int) -> dict[str, Any]:
    return {"type": "STATE", "value": {"at": number}}


def load(account: RunningAccount, folder: Path, messages: list[dict[str, Any]] | str, **more: Any) -> Ended:
    config = {
        "api_url": account.url,
        "api_key": account[0].config()["api_key"],
        "by_site": True,
        "index_lag_seconds": 0,
        "results_path": str(folder / "results.jsonl"),
        **UNPACED,
        **more,
    }
    (folder / "config.json").write_text(json.dumps(config))
    lines = messages
    if not isinstance(messages, str):
        lines = "".join(json.dumps(message) + "\n" for message in messages)
    return call(main, "--config", folder / "config.json", stdin=lines, folder=folder)


def test_a_site_whose_thread_cannot_be_started_ends_the_others(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, sites = threading.Thread.start, ids(account)

    def limited(thread: threading.Thread) -> None:
        if thread.name == f"site {sites[1]}":
            message = "can't start new thread"
            raise RuntimeError(message)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    done = load(account, tmp_path, [schema("contacts"), *(contact(site, at) for at, site in enumerate(sites))])
    assert done.code == 1
    assert "No further thread can be started" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def results(folder: Path, site_id: str) -> list[tuple[int, str]]:
    rows = map(json.loads, (folder / f"results.{site_id}.jsonl").read_text().splitlines())
    return [(row["line"], row["outcome"]) for row in rows]


def emails(account: RunningAccount, at: int) -> list[str]:
    return sorted(row["primaryInfo"]["email"] for row in account[at].state().get("contacts", []))


def test_the_credentials_of_an_app_write_to_no_other_site(account: RunningAccount, tmp_path: Path) -> None:
    own = {"api_key": None, **account[0].app_config()}
    done = load(account, tmp_path, [schema("contacts"), contact(ids(account)[1], 1)], **own)
    assert done.code == 1
    assert "`by_site` needs an `api_key`" in done.err
    assert emails(account, 0) == emails(account, 1) == []


def test_each_record_goes_to_its_site_with_the_lines_of_the_whole_input(
    account: RunningAccount, tmp_path: Path
) -> None:
    first, second, third = ids(account)
    sites = [first, second, first, third, second]
    messages = [schema("contacts"), *(contact(each, at) for at, each in enumerate(sites)), state(1)]
    done = load(account, tmp_path, messages)
    assert done.code == 0, done.err
    expected = [["0@example.com", "2@example.com"], ["1@example.com", "4@example.com"], ["3@example.com"]]
    assert [emails(account, at) for at in range(3)] == expected
    assert results(tmp_path, first) == [(2, "created"), (4, "created")]
    assert results(tmp_path, second) == [(3, "created"), (6, "created")]
    assert [json.loads(line) for line in done.out.splitlines()] == [{"at": 1}]
    again = load(account, tmp_path, messages)
    assert {outcome for each in ids(account) for _, outcome in results(tmp_path, each)} == {"unchanged"}
    assert again.code == 0


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_the_site_is_found_in_the_case_of_a_warehouse(account: RunningAccount, tmp_path: Path, case: Any) -> None:
    text = json.dumps([schema("contacts"), contact(ids(account)[1], 1)]).replace("siteId", case("siteId"))
    assert load(account, tmp_path, json.loads(text)).code == 0
    assert emails(account, 1) == ["1@example.com"]


def test_an_id_in_capitals_is_the_same_site(account: RunningAccount, tmp_path: Path) -> None:
    second = ids(account)[1]
    messages = [schema("contacts"), contact(second.upper(), 1), contact(second, 2)]
    assert load(account, tmp_path, messages).code == 0
    assert results(tmp_path, second) == [(2, "created"), (3, "created")]


def test_a_site_that_rejects_or_fails_holds_the_state_back_and_not_the_other_sites(
    account: RunningAccount, tmp_path: Path
) -> None:
    first, second, third = ids(account)
    messages = [
        schema("contacts"),
        *(contact(each, at) for at, each in enumerate((first, second, third))),
        state(1),
        contact(second, 3, _command="update"),
        contact(NOBODY, 4),
        contact(first, 5),
        state(2),
        contact(third, 6),
        state(3),
    ]
    done = load(account, tmp_path, messages)
    assert done.code == 1
    assert "2 of 4 sites failed or rejected records" in done.err
    assert f"Site {NOBODY}: " in done.err
    assert f"Site {second}: 1 record was rejected" in done.err
    assert emails(account, 0) == ["0@example.com", "5@example.com"]
    assert emails(account, 2) == ["2@example.com", "6@example.com"]
    assert results(tmp_path, second) == [(3, "created"), (6, "rejected")]
    # What the loader acknowledges lies before the first record that was not written.
    assert [json.loads(line) for line in done.out.splitlines()] in ([], [{"at": 1}])


def test_a_site_without_earlier_results_gets_all_records_in_a_retry(account: RunningAccount, tmp_path: Path) -> None:
    first, second, third = ids(account)
    account[1].faults.plan({"operation": "*", "action": {"status": 403, "body": {"message": "No."}}, "times": 9})
    rejected = contact(first, 2, _command="update")
    load(account, tmp_path, [schema("contacts"), contact(first, 0), rejected, contact(second, 1)])
    account[1].faults.clear()
    corrected = contact(first, 2)
    again = [schema("contacts"), contact(first, 0), corrected, contact(second, 1), contact(third, 3)]
    done = load(account, tmp_path, again, retry_results=str(tmp_path / "results.jsonl"))
    assert done.code == 0, done.err
    assert results(tmp_path, first) == [(2, "ignored"), (3, "created")]
    assert results(tmp_path, second) == [(4, "created")]
    assert results(tmp_path, third) == [(5, "created")]


def test_a_retry_without_results_of_any_site_sends_nothing(account: RunningAccount, tmp_path: Path) -> None:
    messages = [schema("contacts"), contact(ids(account)[0], 1)]
    done = load(account, tmp_path, messages, retry_results=str(tmp_path / "result.jsonl"))
    assert done.code == 1
    assert "result.SITE-ID.jsonl of any site. Correct the path." in done.err
    assert emails(account, 0) == []


def test_a_wrong_site_is_reported_as_such(account: RunningAccount, tmp_path: Path) -> None:
    done = load(account, tmp_path, [schema("contacts"), contact(NOBODY, 1)])
    assert "check `api_key` and the ID of the site" in done.err
    assert "1 of 1 site failed or rejected records (see above).\n" in done.err


def test_a_fault_of_the_program_is_logged_with_its_traceback(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = ids(account)

    def run(target: TargetWix, _lines: _Lines) -> None:
        assert target.config["site_id"] != first
        raise TargetError(target.config["site_id"])

    monkeypatch.setattr(TargetWix, "listen", run)
    done = load(account, tmp_path, [schema("contacts"), contact(first, 1), contact(second, 2)])
    assert (done.code, done.err.count("Traceback")) == (1, 1)
    assert 'assert target.config["site_id"] != first' in done.err


def test_a_record_with_two_columns_of_the_site_is_refused(account: RunningAccount, tmp_path: Path) -> None:
    first, second, _ = ids(account)
    done = load(account, tmp_path, [schema("contacts"), contact(first, 1, siteid=second)])
    assert "has the column `siteId` twice" in done.err
    assert emails(account, 0) == []


@pytest.mark.parametrize("value", ["NaN", '"\\ud800"', "9" * 200])
def test_a_value_that_cannot_be_read_rejects_one_record(account: RunningAccount, tmp_path: Path, value: str) -> None:
    first, second, _ = ids(account)
    messages = [schema("contacts"), contact(first, 1, company="VALUE"), contact(second, 2), contact(first, 3)]
    lines = "".join(json.dumps(message) + "\n" for message in messages).replace('"VALUE"', value)
    done = load(account, tmp_path, lines)
    assert results(tmp_path, first) == [(2, "rejected"), (4, "created")], done.err
    assert results(tmp_path, second) == [(3, "created")]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "BATCH", "stream": "contacts", "manifest": []}, "is a BATCH message"),
        ({"type": "SPARE"}, "has an unknown message type"),
        ({"type": "SCHEMA", "stream": "orders", "schema": None}, "its `schema` is not a JSON object"),
        ({"type": "SCHEMA", "stream": "orders", "schema": {"properties": []}}, "its `schema.properties` does not hold"),
        ({"type": "STATE"}, "it lacks value"),
        ({"type": "RECORD", "stream": "contacts", "record": []}, "its `record` is not a JSON object"),
    ],
)
def test_a_message_that_is_not_written_ends_the_input(
    account: RunningAccount, tmp_path: Path, message: dict[str, Any], reason: str
) -> None:
    done = load(account, tmp_path, [schema("contacts"), message, contact(ids(account)[0], 1), state(1)])
    assert (done.code, done.out) == (1, "")
    assert reason in done.err.splitlines()[-1]
    assert emails(account, 0) == []


def test_an_input_with_a_byte_order_mark_is_read(account: RunningAccount, tmp_path: Path) -> None:
    lines = [schema("contacts"), contact(ids(account)[0], 1)]
    done = load(account, tmp_path, "\ufeff" + "".join(json.dumps(line) + "\n" for line in lines))
    assert done.code == 0, done.err
    assert emails(account, 0) == ["1@example.com"]


def test_calls_of_a_site_are_sent_once_although_another_site_failed(account: RunningAccount, tmp_path: Path) -> None:
    body = {"info": {"name": {"first": "Cook"}}, "allowDuplicates": True}
    cook = {"id": "1", "method": "POST", "path": "/contacts/v4/contacts", "body": body}
    calls = [{"type": "RECORD", "stream": "api_calls", "record": {"siteId": each, **cook}} for each in ids(account)]
    messages = [schema("api_calls") | {"key_properties": []}, *calls]
    account[1].faults.plan({"operation": "contacts.*", "action": {"status": 401}})
    for code, made in ((1, [1, 0, 1]), (0, [1, 1, 1]), (0, [2, 2, 2])):  # the third run is a new one
        assert load(account, tmp_path, messages).code == code
        assert [len(account[at].state().get("contacts", [])) for at in range(3)] == made
        account[1].faults.clear()


def test_only_sites_with_calls_wait_for_the_others(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = ids(account)
    waited = []

    def have_all_ended(_sites: Sites, site_id: str) -> bool:
        waited.append(site_id)
        return True

    monkeypatch.setattr(Sites, "_have_all_ended", have_all_ended)
    label = {"siteId": first, "method": "POST", "path": "/contacts/v4/labels", "body": {"displayName": "Cook"}}
    calls = [schema("api_calls") | {"key_properties": []}, {"type": "RECORD", "stream": "api_calls", "record": label}]
    contacts = [schema("contacts"), contact(first, 1), contact(second, 2)]
    assert load(account, tmp_path, [*calls, *contacts]).code == 0
    assert load(account, tmp_path, contacts).code == 0
    assert waited == [first]


def test_the_log_names_the_site_of_a_call_that_is_repeated(account: RunningAccount, tmp_path: Path) -> None:
    first, second, _ = ids(account)
    account[1].faults.plan({"operation": "contacts.*", "action": {"status": 503}, "times": 1})
    messages = [schema("contacts"), *(contact(each, at) for at in range(3) for each in (first, second))]
    said = load(account, tmp_path, messages).err.splitlines()
    assert {f"Site {second}: " in line for line in said if "Trying again in" in line} == {True}


def put(lines: _Lines, numbers: range) -> threading.Thread:
    thread = threading.Thread(target=lambda: [lines.put((at, b"%4d" % at)) for at in numbers], daemon=True)
    thread.start()
    return thread


def test_a_site_that_waits_does_not_hold_up_the_others_while_there_is_room(account: RunningAccount) -> None:
    lines = _Lines(TargetWix(config=account[0].config()), Held(10_000))
    put(lines, range(1_000)).join()
    assert [int(line) for line in islice(lines, 1_000)] == list(range(1_000))


def test_the_input_waits_for_a_site_once_many_lines_wait(account: RunningAccount) -> None:
    held = Held(1_000)
    lines = _Lines(TargetWix(config=account[0].config()), held)
    putting = put(lines, range(1_000))
    for _ in range(2):  # 500 lines wait, and one more once one was read
        while held.total < 2_000:
            time.sleep(0.01)
        putting.join(0.2)
        assert held.total == 2_000
        next(iter(lines))
    lines.close()
    putting.join()
    assert held.total == 0


def test_the_brake_counts_the_deletes_of_one_site(account: RunningAccount, tmp_path: Path) -> None:
    first, second, _ = ids(account)
    written = [contact(each, at) for each in (first, second) for at in range(4)]
    assert load(account, tmp_path, [schema("contacts"), *written]).code == 0
    gone = [contact(first, at, _sdc_deleted_at="2026-01-01T00:00:00Z") for at in range(3)]
    gone += [contact(second, 0, _sdc_deleted_at="2026-01-01T00:00:00Z")]
    done = load(account, tmp_path, [schema("contacts"), *gone], max_deletes=2)
    assert done.code == 1
    assert len(emails(account, 0)) == 4
    assert len(emails(account, 1)) == 3


@pytest.mark.parametrize(
    ("odd", "reason"),
    [(None, "has no `siteId`"), ("../../other", "has `siteId` '../../other', which is not the ID of a site")],
)
def test_an_input_that_breaks_off_is_written_up_to_there(
    odd: str | None, reason: str, account: RunningAccount, tmp_path: Path
) -> None:
    first, second, _ = ids(account)
    messages = [
        schema("contacts"),
        contact(first, 1),
        contact(second, 2),
        state(1),
        contact(odd, 3),
        contact(first, 4),
    ]
    done = load(account, tmp_path, messages)
    assert done.code == 1
    assert f"Line 5 of the input: a record of stream `contacts` {reason}" in done.err
    assert [emails(account, 0), emails(account, 1)] == [["1@example.com"], ["2@example.com"]]
    assert [json.loads(line) for line in done.out.splitlines()] == [{"at": 1}]


def test_a_thousand_sites_may_have_their_files_open(account: RunningAccount, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, before[1]))
    try:
        load(account, tmp_path, [schema("contacts"), contact(ids(account)[0], 1)])
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(before[1], 4_096)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_system_that_refuses_the_limit_on_open_files_gets_a_lower_one(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def set_limit(_kind: int, limits: tuple[int, int]) -> None:
        if limits[0] > 10_240:
            raise ValueError
        given.append(limits)

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    load(account, tmp_path, [schema("contacts"), contact(ids(account)[0], 1)])
    assert given == [(10_240, resource.RLIM_INFINITY)]


def test_more_sites_than_files_may_be_open_end_the_input_with_what_to_do(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("target_wix.sites._allow_open_files", lambda: 36)
    first, second, _ = ids(account)
    done = load(account, tmp_path, [schema("contacts"), contact(first, 1), state(1), contact(second, 2), state(2)])
    assert done.code == 1
    assert (
        "Line 4 of the input: the system allows 36 open files (`ulimit -Hn`), too few for more than 1 site." in done.err
    )
    assert [emails(account, 0), emails(account, 1)] == [["1@example.com"], []]
    assert [json.loads(line) for line in done.out.splitlines()] == [{"at": 1}]


def test_sites_share_as_many_connections_as_files_may_be_open(
    account: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, made = HTTPConnection.connect, []

    def counted(connection: HTTPConnection) -> None:
        made.append(connection)
        connect(connection)

    monkeypatch.setattr(HTTPConnection, "connect", counted)
    monkeypatch.setattr("target_wix.sites._allow_open_files", lambda: 47)
    monkeypatch.setattr("target_wix.sites._OTHER_FILES", 0)
    products = {"type": "SCHEMA", "stream": "products", "schema": {"properties": {}}, "key_properties": []}
    variants = {"variants": [{"price": {"actualPrice": {"amount": "5"}}}]}
    rows = [
        {"siteId": site, "name": f"A {at}", "slug": f"a-{at}", "productType": "PHYSICAL", "variantsInfo": variants}
        for at in range(8)
        for site in ids(account)
    ]
    records = [{"type": "RECORD", "stream": "products", "record": row} for row in rows]
    done = load(account, tmp_path, [products, *records])
    assert (done.code, [len(account[at].state()["products"]) for at in range(3)]) == (0, [8, 8, 8])
    assert len(made) <= 2


def test_an_empty_input_is_reported(account: RunningAccount, tmp_path: Path) -> None:
    done = load(account, tmp_path, [])
    assert (done.code, done.err.count("The input is empty, so nothing was written.")) == (0, 1)
