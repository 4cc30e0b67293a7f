"""Many sites in one run: each one as if it were read alone, and a broken one is named."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.__main__ import main
from tap_wix.sites.settings import Site
from tap_wix.sites.state import Record, SitesState
from tap_wix.tap import TapWix
from tests.in_process import call
from tests.shops import UNPACED
from tests.tap.runs import Run, command, run, selecting
from tests.tap.test_removals import delete
from tests.tap.test_streams import keys_of
from tests.tap.webhooks import Webhooks, deleted
from wix_api.errors import SettingsError
from wix_events.log import EventLog
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wix_sandbox import RunningAccount, RunningSite

STREAMS = ("contact_labels", "contacts", "collection_products", "collections", "orders", "product_variants", "products")
APP = {"api_key": None, "app_id": "app", "app_secret": "hush"}
NOBODY = "5a4db0c5-0000-4000-8000-00000000dead"


@pytest.fixture
def account() -> Iterator[RunningAccount]:
    sites = [SandboxOptions(catalog=("v3", "v1")[at % 2], size=2 + at) for at in range(12)]
    with Account(sites).serve() as running:
        yield running


@pytest.fixture
def few() -> Iterator[RunningAccount]:
    with Account([SandboxOptions(catalog=each, size=4) for each in ("v3", "v1", "v3")]).serve() as running:
        yield running


def settings(account: RunningAccount, **more: Any) -> dict[str, Any]:
    return {**account.config(), **UNPACED, "retry_patience_seconds": 0, **more}


def ids(account: RunningAccount) -> list[str]:
    return [account[at].config()["site_id"] for at in range(len(account))]


def read(
    folder: Path,
    config: dict[str, Any],
    *arguments: str,
    state: Any = None,
    select: tuple[str, ...] = (*STREAMS, "_site_runs"),
) -> Run:
    """Run the command with the streams that tests compare."""
    catalog = folder / "catalog.json"
    if not catalog.exists():
        (folder / "config.json").write_text(json.dumps(config))
        found = call(main, "--config", folder / "config.json", "--discover")
        catalog.write_text(json.dumps(selecting(json.loads(found.out), select)))
    more = ["--catalog", str(catalog)]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        more += ["--state", str(folder / "state.json")]
    return command(folder, config, *more, *arguments)


def alone(account: RunningAccount, at: int, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """The records of a site that is read alone, with its ID."""
    config = {**account[at].config(), **UNPACED, **more}
    own = {"siteId": config["site_id"]}
    return {stream: [own | row for row in rows] for stream, rows in run(config, select=STREAMS).records.items()}


def of_site(done: Run, site_id: str) -> dict[str, list[dict[str, Any]]]:
    """The records of a site in a run of many."""
    found = {
        stream: [row for row in rows if row["siteId"] == site_id]
        for stream, rows in done.records.items()
        if stream != "_site_runs"
    }
    return {stream: rows for stream, rows in found.items() if rows}


def outcomes(done: Run) -> dict[str, str]:
    return {row["siteId"]: row["outcome"] for row in done.records["_site_runs"]}


def test_each_site_is_read_as_if_alone_and_broken_ones_are_named(account: RunningAccount, tmp_path: Path) -> None:
    whole = ids(account)
    account[3].faults.plan({"operation": "orders.*", "action": {"status": 503}})
    sites: list[Any] = [*whole[:5], {"site_id": whole[5], "api_key_env": "NO_SUCH_KEY"}, *whole[6:11], NOBODY]
    done = read(tmp_path, settings(account, sites=sites, fail_above=0.2))
    broken = {whole[3], whole[5], NOBODY}
    assert outcomes(done) == {each: "failed" if each in broken else "complete" for each in (*whole[:11], NOBODY)}
    reasons = {row["siteId"]: row["reason"] for row in done.records["_site_runs"] if row["outcome"] == "failed"}
    assert "`orders`" in reasons[whole[3]]
    assert "503" in reasons[whole[3]]
    assert "NO_SUCH_KEY, which is not set" in reasons[whole[5]]
    assert "not found" in reasons[NOBODY]
    for site_id, reason in reasons.items():
        assert f"Site {site_id}: failed" in done.stderr
        assert reason in done.stderr
    for at in (*range(5), *range(6, 11)):
        expected = alone(account, at, retry_patience_seconds=0) if at != 3 else None
        if expected is not None:
            assert of_site(done, whole[at]) == expected, at
    assert "orders" not in of_site(done, whole[3])
    assert of_site(done, whole[3])["contacts"]
    schemas = [message for message in done.messages if message["type"] == "SCHEMA"]
    assert sorted(each["stream"] for each in schemas) == sorted((*STREAMS, "_site_runs"))
    assert all(each["key_properties"][0] == "siteId" for each in schemas)
    # 3 of 12 sites are more than a fifth
    assert done.code == 1
    assert "9 complete, 3 failed, 0 parked of 12" in done.stderr


def test_a_share_of_failed_sites_may_be_allowed(few: RunningAccount, tmp_path: Path) -> None:
    sites = [*ids(few), NOBODY]
    assert read(tmp_path, settings(few, sites=sites, fail_above=0.25)).code == 0
    assert read(tmp_path, settings(few, sites=sites, fail_above=0.24)).code == 1


def test_all_sites_of_an_account_are_read_and_the_next_run_continues(few: RunningAccount, tmp_path: Path) -> None:
    first = read(tmp_path, settings(few))
    assert outcomes(first) == dict.fromkeys(ids(few), "complete")
    assert sorted(first.state["sites"]) == sorted(ids(few))
    # target-postgres reads fractions of a state as decimals, and cannot write these again.
    json.loads(json.dumps(first.state), parse_float=pytest.fail)
    requests = {row["siteId"]: row["requests"] for row in first.records["_site_runs"]}
    assert requests == {each: few[at].journal.total for at, each in enumerate(ids(few))}
    changed = change_contact(few, 1, Random(1))
    second = read(tmp_path, settings(few, lookback_seconds=0), state=first.state)
    # A bookmark includes its own date, so the last row comes again.
    assert changed in [row["id"] for row in of_site(second, ids(few)[1])["contacts"]]
    assert [len(of_site(second, each)["contacts"]) for each in (ids(few)[0], ids(few)[2])] == [1, 1]


def test_include_and_exclude_choose_sites_by_name_and_id(few: RunningAccount, tmp_path: Path) -> None:
    third = ids(few)[2]
    done = read(tmp_path, settings(few, sites_include=["Shop *"], sites_exclude=["Shop 1", third]))
    assert outcomes(done) == {ids(few)[1]: "complete"}
    assert "No site is left" in read(tmp_path, settings(few, sites_exclude=["*"])).stderr


def test_ids_in_capitals_are_the_same_sites(few: RunningAccount, tmp_path: Path) -> None:
    first, second, third = ids(few)
    before = read(tmp_path, settings(few, sites=[first, second, third]))
    capitals = [first.upper(), second.upper(), third.upper()]
    config = settings(few, sites=capitals, sites_exclude=[third.upper()], only_sites=capitals[:1], lookback_seconds=0)
    after = read(tmp_path, config, state=before.state)
    assert outcomes(after) == {first: "complete"}
    assert len(of_site(after, first)["contacts"]) == 1
    assert sorted(after.state["sites"]) == [first, second, third]
    alone = run({**few[0].config(), **UNPACED, "site_id": first.upper(), "add_site_id": True}, select=STREAMS)
    assert {row["siteId"] for row in alone.records["contacts"]} == {first}


@pytest.mark.parametrize(
    ("kind", "delimiter"), [("csv", ","), ("csv", ";"), ("csv", "\t"), ("json", ""), ("yaml", ""), ("jsonl", "")]
)
def test_sites_come_from_a_file(
    kind: str, delimiter: str, few: RunningAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with credentials by reference and settings of its own."""
    first, second, third = ids(few)
    config = settings(few)
    key, app = config.pop("api_key"), few[1].app_config()
    monkeypatch.setenv("KEY_OF_FIRST", key)
    (tmp_path / "secret").write_text(app["app_secret"] + "\n")
    (tmp_path / "key").write_text(key)
    rows = [
        {"site_id": first, "name": "One", "api_key_env": "KEY_OF_FIRST", "start_date": "2100-01-01T00:00:00Z"},
        {
            "site_id": second,
            "app_id": app["app_id"],
            "instance_id": app["instance_id"],
            "app_secret_file": str(tmp_path / "secret"),
        },
        {"site_id": third, "api_key_file": str(tmp_path / "key"), "stream_options": {"contacts": {"limit": 1}}},
    ]
    file = tmp_path / f"sites.{kind}"
    if kind == "csv":
        names = list(dict.fromkeys(name for row in rows for name in row))
        cells = [[row.get(name, "") for name in names] for row in rows]
        lines = [names, *([json.dumps(cell) if isinstance(cell, dict) else cell for cell in row] for row in cells)]
        quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line] for line in lines]
        file.write_text("".join(delimiter.join(line) + "\n" for line in quoted))
    elif kind == "jsonl":
        schema = {"type": "SCHEMA", "stream": "sites", "schema": {}, "key_properties": ["site_id"]}
        every = [{"name": None, **row} for row in rows]
        records = [{"type": "RECORD", "stream": "sites", "record": row} for row in every[:2]]
        lines = [schema, *records, {"type": "STATE", "value": {}}, every[2]]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        text = json.dumps(rows)  # YAML has JSON in it
        file.write_text(text.replace('"2100-01-01T00:00:00Z"', "2100-01-01T00:00:00Z") if kind == "yaml" else text)
    done = read(tmp_path, {**config, "sites": str(file)})
    assert outcomes(done) == dict.fromkeys(ids(few), "complete"), done.stderr
    assert "contacts" not in of_site(done, first)
    assert len(of_site(done, second)["contacts"]) == 4
    assert len(of_site(done, third)["contacts"]) == 1
    assert {row["siteName"] for row in done.records["_site_runs"]} == {"One", None}
    assert key not in done.stderr


def test_a_site_that_failed_three_runs_in_a_row_is_parked_and_tried_ever_less_often(
    few: RunningAccount, tmp_path: Path
) -> None:
    config = settings(few, sites=[ids(few)[0], NOBODY])
    state: Any = None
    seen = []
    for _ in range(5):
        done = read(tmp_path, config, state=state, select=("contact_labels", "_site_runs"))
        state = done.state
        row = next(row for row in done.records["_site_runs"] if row["siteId"] == NOBODY)
        seen.append((row["outcome"], row["requests"] > 0, done.code))
        assert "not found" in row["reason"]
    failed, tried, left_out = ("failed", True, 1), ("parked", True, 0), ("parked", False, 0)
    assert seen == [failed] * 3 + [left_out, tried]
    by_name = read(tmp_path, config, "--site", NOBODY, state=state)
    assert [row["requests"] > 0 for row in by_name.records["_site_runs"]] == [True]
    mended = read(tmp_path, settings(few, sites=[ids(few)[0], NOBODY]), "--site", ids(few)[0], state=state)
    assert mended.state["sites"][NOBODY] == state["sites"][NOBODY]


def test_runs_in_which_all_sites_fail_park_none(few: RunningAccount, tmp_path: Path) -> None:
    for at in range(3):
        few[at].faults.plan({"operation": "labels.list", "action": {"status": 503}})
    parked = {"bookmarks": {}, "site": {"failures": 3, "runs_left_out": 1}}
    state: Any = {"bookmarks": {}, "sites": {NOBODY: parked}}
    for failures in (3, 4, 4, 4, 4):  # the first run leaves the parked site out
        config = settings(few, sites=[*ids(few), NOBODY])
        done = read(tmp_path, config, state=state, select=("contact_labels", "_site_runs"))
        state = done.state
        assert (done.code, outcomes(done)) == (1, {**dict.fromkeys(ids(few), "failed"), NOBODY: "parked"})
        assert state["sites"][NOBODY]["site"]["failures"] == failures
        assert "No site could be read, so this run parks none." in done.stderr
    few[1].faults.clear()
    assert set(outcomes(read(tmp_path, settings(few), state=state)).values()) == {"complete", "failed"}


def test_a_second_attempt_of_a_run_in_which_all_sites_failed_reads_them(few: RunningAccount, tmp_path: Path) -> None:
    due = {"bookmarks": {}, "site": {"failures": 3}}
    config = settings(few, sites=ids(few)[:2], run_id="Friday")
    for at in range(2):
        few[at].faults.plan({"operation": "labels.list", "action": {"status": 503}})
    state = {"bookmarks": {}, "sites": dict.fromkeys(ids(few)[:2], due)}
    failed = read(tmp_path, config, state=state, select=("contact_labels", "_site_runs"))
    for at in range(2):
        few[at].faults.clear()

    again = read(tmp_path, config, state=failed.state, select=("contact_labels", "_site_runs"))

    assert set(outcomes(failed).values()) == {"parked"}
    assert set(outcomes(again).values()) == {"complete"}


def test_a_site_of_which_one_stream_fails_and_the_other_is_left_out_is_parked(
    few: RunningAccount, tmp_path: Path
) -> None:
    few[1].faults.plan({"operation": "labels.list", "action": {"status": 503}})
    few[1].faults.plan({"operation": "members.list", "action": {"status": 404, "body": {"message": "No app"}}})
    state: Any = None
    for failures in (1, 2, 3):
        done = read(tmp_path, settings(few), state=state, select=("contact_labels", "members", "_site_runs"))
        state = done.state
        (row,) = [row for row in done.records["_site_runs"] if row["siteId"] == ids(few)[1]]
        assert (row["outcome"], row["failuresInARow"]) == ("failed", failures)
    assert "Stream `members` is left out." in done.stderr


def test_a_site_of_which_one_stream_fails_is_read_in_each_run(few: RunningAccount, tmp_path: Path) -> None:
    few[1].faults.plan({"operation": "labels.list", "action": {"status": 503}})
    state: Any = {"bookmarks": {}, "sites": {ids(few)[1]: {"bookmarks": {}, "site": {"failures": 3}}}}
    for _ in range(4):
        done = read(tmp_path, settings(few), state=state, select=("contact_labels", "contacts", "_site_runs"))
        state = done.state
        (row,) = [row for row in done.records["_site_runs"] if row["siteId"] == ids(few)[1]]
        assert (done.code, row["outcome"], row["failuresInARow"]) == (1, "failed", 1)
        assert "Failed runs in a row" not in done.stderr
        assert row["requests"] > 1


def test_the_state_of_one_site_is_continued_in_a_list(few: RunningAccount, tmp_path: Path) -> None:
    first, second, third = ids(few)
    one = run({**few[0].config(), **UNPACED, "add_site_id": True}, select=STREAMS)
    config = settings(few, sites=[first, second], lookback_seconds=0)
    nameless = {"bookmarks": one.state["bookmarks"]}  # as earlier releases wrote it
    unclear = read(tmp_path, config, state=nameless)
    assert (unclear.code, unclear.messages) == (1, [])
    assert "Set `site_id` to the ID of this site" in unclear.stderr
    for done in (
        read(tmp_path, {**config, "site_id": first}, state=nameless),
        read(tmp_path, config, state=one.state),
    ):
        assert [len(of_site(done, each)["contacts"]) for each in (first, second)] == [1, 4]
    stranger = read(tmp_path, settings(few, sites=[second, third]), state=one.state)
    assert (stranger.code, stranger.messages) == (1, [])
    assert f"The state is that of the site {first}. Add it to `sites`" in stranger.stderr
    # A site that left is kept until it is to be forgotten.
    later = read(tmp_path, settings(few, sites=[second, third]), state=done.state)
    assert sorted(later.state["sites"]) == [first, second, third]
    assert later.state["sites"][first] == done.state["sites"][first]
    gone = read(tmp_path, settings(few, sites=[second, third], forget_absent_sites=True), state=later.state)
    assert sorted(gone.state["sites"]) == [second, third]


def test_a_run_of_one_site_continues_its_own_state_only(few: RunningAccount) -> None:
    first, second, third = ({**few[i].config(), **UNPACED, "lookback_seconds": 0} for i in range(3))
    of_first, of_second = (run(each, select=("contacts",)).state for each in (first, second))
    assert of_first["site_id"] == first["site_id"]
    assert len(run(first, select=("contacts",), state=of_first).records["contacts"]) == 1
    with pytest.raises(SettingsError, match=f"The state is that of the site {first['site_id']}, and `site_id` is"):
        run(second, select=("contacts",), state=of_first)
    many = {"bookmarks": {}, "sites": {first["site_id"]: of_first, second["site_id"]: of_second}}
    assert len(run(second, select=("contacts",), state=many).records["contacts"]) == 1
    with pytest.raises(SettingsError, match=f"no part of the site {third['site_id']}"):
        run(third, select=("contacts",), state=many)


def test_a_run_of_one_installation_continues_its_own_state_only(few: RunningAccount) -> None:
    first, second = ({**few[i].app_config(), **UNPACED, "lookback_seconds": 0} for i in range(2))
    site_id = few[0].config()["site_id"]
    for config in (first, {**first, "site_id": site_id}):
        state = run(config, select=("contacts",)).state
        for same in (first, {**first, "site_id": site_id}, {**few[0].config(), **UNPACED, "lookback_seconds": 0}):
            assert len(run(same, select=("contacts",), state=state).records["contacts"]) == 1
        with pytest.raises(SettingsError, match=f"that of the installation {first['instance_id']}, and `instance_id`"):
            run(second, select=("contacts",), state=state)
    again = {**first, "site_id": site_id, "instance_id": second["instance_id"]}  # installed again on the same site
    assert TapWix(config=again, state=state).state["site_id"] == site_id
    of_key = run({**few[0].config(), **UNPACED}, select=("contacts",)).state
    with pytest.raises(SettingsError, match=f"that of the site {site_id}, and only `instance_id` names the site of"):
        run(second, select=("contacts",), state=of_key)


def test_a_change_log_of_an_app_with_a_refresh_token_needs_the_site(few: RunningAccount, tmp_path: Path) -> None:
    log = {"change_log": f"sqlite:///{tmp_path}/changes.db"}
    with pytest.raises(SettingsError, match="`change_log` needs `site_id` with a `refresh_token`"):
        run({**few[0].refresh_config(), **UNPACED, **log})
    for at in range(2):
        done = run({**few[at].refresh_config(), **few[at].config(), **UNPACED, **log, "api_key": None}, select=STREAMS)
        assert not [row for rows in done.records.values() for row in rows if row.get("_sdc_deleted_at")]


def test_a_start_date_in_the_future_is_reported_once(few: RunningAccount, tmp_path: Path) -> None:
    done = read(tmp_path, settings(few, start_date="2999-01-01"), select=("contacts",))
    assert (done.code, done.stderr.count("is in the future (2999-01-01)")) == (0, 1)


@pytest.mark.parametrize(("own", "common"), [("start_date", "full_sync_every"), ("full_sync_every", "start_date")])
def test_a_setting_of_a_site_counts_instead_of_what_excludes_it(own: str, common: str) -> None:
    values = {"start_date": "2025-01-01T00:00:00Z", "full_sync_every": "7d"}
    shared = {common: values[common], "api_key": "IST.key"}
    assert common not in Site("a", own={own: values[own]}).config(shared)
    assert Site("b").config(shared)[common] == values[common]


def test_a_parked_site_is_left_out_of_twice_as_many_runs_after_each_failure() -> None:
    record, tried = Record(), []
    for at in range(400):
        if record.runs_left_out:
            record = record.left_out("")
        else:
            tried.append(at)
            record = record.failed("403", "")
    assert tried == [0, 1, 2, 4, 7, 12, 21, 38, 71, 136, 201, 266, 331, 396]


def test_a_whole_state_message_and_what_meltano_prints_are_taken_for_a_state() -> None:
    bookmarks = {"orders": {"replication_key": "updatedDate", "replication_key_value": "2026-01-01T00:00:00.000Z"}}
    message = {"type": "STATE", "value": {"bookmarks": {}, "sites": {"a": {"bookmarks": bookmarks}}}}
    for each in (message, {"singer_state": message["value"]}):
        read_back = SitesState.read(json.dumps(each).encode(), None, {"a"})
        assert read_back.bookmarks("a") == {"bookmarks": bookmarks}
    assert SitesState.read(b'{"type": "STATE", "value": null}', None, {"a"}).parts == {}
    for other in ({"value": {"bookmarks": {"a": {}}}}, {"type": "RECORD"}, {"type": "STATE", "value": {"foo": 1}}):
        with pytest.raises(SettingsError, match="is not a state"):
            SitesState.read(json.dumps(other).encode(), None, {"a"})


def test_a_state_of_many_lines_is_written_as_one(few: RunningAccount, tmp_path: Path) -> None:
    first = read(tmp_path, settings(few), select=("contacts", "_site_runs"))
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(few, sites=ids(few)[:1])))
    (tmp_path / "lines.json").write_text(json.dumps(first.state, indent=2))
    catalog = tmp_path / "catalog.json"
    done = call(main, "--config", config, "--catalog", catalog, "--state", tmp_path / "lines.json")
    states = [line for line in map(json.loads, done.out.splitlines()) if line["type"] == "STATE"]
    assert states[0]["value"] == first.state


def test_attempts_of_one_run_read_what_is_missing_and_count_as_one_failure(few: RunningAccount, tmp_path: Path) -> None:
    first, second, third = ids(few)
    few[1].faults.plan({"operation": "contacts.query", "action": {"status": 503}})
    state: Any = None
    seen = []
    for run_id in ("Monday", "Monday", "Tuesday", "Tuesday", "Wednesday", "Wednesday", "Thursday", "Thursday"):
        before = few[0].journal.total
        done = read(tmp_path, settings(few, run_id=run_id), state=state, select=("contacts", "_site_runs"))
        state = done.state
        row = next(row for row in done.records["_site_runs"] if row["siteId"] == second)
        seen.append((row["outcome"], row["failuresInARow"], row["requests"] > 0, done.code))
        # A first attempt reads the others, a second one does not.
        assert (few[0].journal.total > before) == (len(seen) % 2 == 1), seen
        assert len(done.records["_site_runs"]) == (3 if len(seen) % 2 else 1)
    failed = [("failed", failures, True, 1) for failures in (1, 2, 3) for _ in range(2)]
    assert seen == [*failed, *[("parked", 3, False, 0)] * 2]
    few[1].faults.clear()
    mended = read(tmp_path, settings(few, run_id="Friday"), state=state)
    assert outcomes(mended) == dict.fromkeys((first, second, third), "complete")
    again = read(tmp_path, settings(few, run_id="Friday"), state=mended.state)
    assert (again.records, again.code) == ({}, 0)
    assert "Already complete in the run Friday: 3 sites. A new run needs another `run_id`." in again.stderr


def test_the_sites_of_a_configuration_are_listed_without_their_settings(few: RunningAccount, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(settings(few, sites_exclude=["Shop 2"])))
    listed = call(main, "--config", file, "--list-sites")
    first, _, third = ids(few)
    assert json.loads(listed.out) == [{"site_id": first, "name": "Shop 1"}, {"site_id": third, "name": "Shop 3"}]
    file.write_text(json.dumps(settings(few, sites=[{"site_id": first, "api_key": "a secret"}])))
    assert json.loads(call(main, "--config", file, "--list-sites").out) == [{"site_id": first, "name": ""}]
    file.write_text(json.dumps(few[0].config()))
    assert "`--list-sites` needs the setting `sites`" in call(main, "--config", file, "--list-sites").err


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 40))])
def test_a_run_that_is_killed_anywhere_is_continued_by_each_site_as_if_alone(
    seed: int, few: RunningAccount, tmp_path: Path
) -> None:
    """Whatever reached the loader is a number of whole lines, and the next run begins with the last STATE of these."""
    check_killed(seed, few, tmp_path)


def check_killed(seed: int, account: RunningAccount, folder: Path, kills: int = 2) -> None:
    """Kill runs at any line while rows change in between, then compare the rows of each site with those of the site."""
    random = Random(seed)
    messages: list[dict[str, Any]] = []
    config = settings(account, lookback_seconds=1)
    for _ in range(kills):
        done = read(folder, config, state=last_state(messages))
        messages += done.messages[: random.randrange(1, len(done.messages))]
        for at in range(len(account)):
            change_contact(account, at, random)
    messages += read(folder, config, state=last_state(messages)).messages
    rows: dict[str, dict[str, dict[Any, Any]]] = {each: {stream: {} for stream in STREAMS} for each in ids(account)}
    for stream, record in ((each["stream"], each["record"]) for each in messages if each["type"] == "RECORD"):
        if stream in STREAMS:
            rows[record["siteId"]][stream][keys_of(stream, [record])[0]] = record
    for at, site_id in enumerate(ids(account)):
        expected = alone(account, at)
        for stream, found in rows[site_id].items():
            assert sorted(found.values(), key=repr) == sorted(expected.get(stream, []), key=repr), (stream, site_id)


def last_state(messages: list[dict[str, Any]]) -> Any:
    return next((message["value"] for message in reversed(messages) if message["type"] == "STATE"), None)


def change_contact(account: RunningAccount, at: int, random: Random) -> str:
    site = account[at]
    row = site.store.get("contacts", random.choice(site.ids("contacts")))
    assert row is not None
    site.store.update("contacts", row | {"updatedDate": site.site.now()})
    return str(row["id"])


def test_removed_rows_of_each_site_are_emitted_with_a_change_log(few: RunningAccount, tmp_path: Path) -> None:
    config = settings(few, change_log=f"sqlite:///{tmp_path}/changes.db")
    first = read(tmp_path, config)
    gone = {each: few[at].ids("orders")[0] for at, each in enumerate(ids(few))}
    for at, order in enumerate(gone.values()):
        few[at].store.delete("orders", order)
    for part in first.state["sites"].values():
        part["bookmarks"]["orders"].pop("replication_key_value")
    second = read(tmp_path, config, state=first.state)
    removed = {row["siteId"]: row["id"] for row in second.records["orders"] if "_sdc_deleted_at" in row}
    assert removed == gone


def test_each_site_follows_its_own_events_in_a_log_of_all_sites(few: RunningAccount, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    log, sites = (
        EventLog(url),
        [
            {"site_id": few[at].config()["site_id"], "instance_id": few[at].app_config()["instance_id"]}
            for at in range(len(few))
        ],
    )
    config = settings(few, event_log=url, sites=sites)
    hooks = [Webhooks(few[at], log) for at in range(len(few))]
    first = read(tmp_path, config)
    gone = {each: delete(few[at], "contacts") for at, each in enumerate(ids(few)) if at != 1}
    for each in hooks:
        each.deliver()
    read_by_id = [count_reads(few[at]) for at in range(len(few))]
    second = read(tmp_path, config, state=first.state)
    removed = {row["siteId"]: row["id"] for row in second.records["contacts"] if "_sdc_deleted_at" in row}
    assert removed == gone
    assert not {"orders"} & {
        stream for stream, rows in second.records.items() if any("_sdc_deleted_at" in x for x in rows)
    }
    assert count_reads(few[1]) - read_by_id[1] == 1  # the usual one: no event of another site is looked up


def test_a_deletion_on_an_unknown_site_removes_no_row_of_the_same_id_elsewhere(
    few: RunningAccount, tmp_path: Path
) -> None:
    """A copy of a site may have rows with the IDs of the first one."""
    url, first = f"sqlite:///{tmp_path}/events.db", ids(few)[0]
    log, config = EventLog(url), settings(few, event_log=url)
    (shared, *_) = few[0].state()["contacts"]
    for at in (1, 2):
        few[at].site.store.insert("contacts", shared)
    before = read(tmp_path, config)
    few[0].site.store.delete("contacts", shared["id"])
    log.append(deleted("wix.contacts.v4.contact", [shared["id"]], instance_id="unknown"))
    done = read(tmp_path, config, state=before.state)
    assert [row["siteId"] for row in done.records["contacts"] if "_sdc_deleted_at" in row] == [first]


def count_reads(site: RunningSite) -> int:
    return sum(entry.path == "/contacts/v4/contacts/query" for entry in site.journal.entries)


@pytest.mark.parametrize(("path", "code"), [("/stores/v3/products/query", 0), ("/stores/v9/things/query", 1)])
def test_a_custom_stream_is_left_out_on_a_site_of_the_other_catalog(
    path: str, code: int, few: RunningAccount, tmp_path: Path
) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    things = {"name": "things", "path": path, "rows": "products", "schema": schema}
    done = read(tmp_path, settings(few, custom_streams=[things]), select=("things", "_site_runs"))
    of_v3 = [] if code else [ids(few)[0], ids(few)[2]]
    assert (done.code, {row["siteId"] for row in done.records["things"]}) == (code, set(of_v3))
    assert outcomes(done) == dict.fromkeys(ids(few), "failed" if code else "complete")
    assert ("Stream `things` is left out." in done.stderr) == (not code)


def test_the_stream_of_events_is_for_runs_without_sites(few: RunningAccount, tmp_path: Path) -> None:
    config = settings(few, event_log=f"sqlite:///{tmp_path}/events.db")
    assert read(tmp_path, config).stderr.count("no wix-listen has used this database yet") == 1
    catalog = json.loads((tmp_path / "catalog.json").read_text())
    entry = next(each for each in catalog["streams"] if each["tap_stream_id"] == "contacts")
    catalog["streams"].append(entry | {"tap_stream_id": "events", "stream": "events"})
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    done = read(tmp_path, config)
    assert "selects `events`: read it in a run without `sites`" in done.stderr
    assert (done.code, done.messages) == (1, [])


def test_follow_is_for_one_site(few: RunningAccount, tmp_path: Path) -> None:
    done = read(tmp_path, settings(few, event_log=f"sqlite:///{tmp_path}/events.db"), "--follow")
    assert "`--follow` reads one site" in done.stderr
    assert (done.code, done.messages) == (1, [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sites": []}, "has no sites"),
        ({"sites": ""}, "`sites` has no sites"),
        ({"sites": "FOLDER/object.json"}, "object.json is not a list of sites. Write one"),
        ({"sites": ["a", "A"]}, "has the site a twice"),
        ({"sites": "account", "account_id": None}, "`sites: account` needs `account_id`"),
        ({"sites": [{"name": "a"}]}, "entry 1 lacks `site_id`"),
        ({"sites": [{"id": "a"}]}, "entry 1 lacks `site_id`"),
        ({"sites": [{"site_id": "a", "stream_maps": {}}]}, "entry 1: There is no setting `stream_maps`"),
        ({"sites": "nowhere.csv"}, "names the file nowhere.csv, which cannot be read"),
        ({"sites": ["a"], "catalog_shape": "native"}, "Setting `catalog_shape: native`"),
        ({"sites": "FOLDER/wrong.jsonl"}, "wrong.jsonl is not JSON in UTF-8"),
        ({"sites": "FOLDER/batch.jsonl"}, "batch.jsonl is a BATCH message"),
        ({"only_sites": ["a"]}, "needs `sites`"),
        ({"run_id": "a"}, "needs `sites`"),
        ({"sites_include": ["Shop *"]}, "Setting `sites_include` needs `sites`"),
        ({"sites_exclude": ["Shop *"]}, "Setting `sites_exclude` needs `sites`"),
        ({"sites": ["a"], "only_sites": ["b"]}, "The site b of `--site`"),
        ({"sites": "account", "api_key": None}, "needs an API key of the account"),
        (APP | {"sites": ["a", "b"], "instance_id": "i"}, "The sites a and b have the same `instance_id`"),
        (
            APP | {"sites": [{"site_id": each, "refresh_token_env": "TOKEN"} for each in "ab"]},
            "The sites a and b have the same `refresh_token`",
        ),
    ],
)
def test_wrong_settings_of_sites_end_the_run_before_the_first_request(
    wrong: dict[str, Any], said: str, few: RunningAccount, tmp_path: Path
) -> None:
    (tmp_path / "wrong.jsonl").write_text('{"site_id": "a"}\n{"site_id"\n')
    (tmp_path / "object.json").write_text('{"site_id": "a"}')
    (tmp_path / "batch.jsonl").write_text('{"type": "BATCH", "stream": "sites"}\n')
    config = settings(few) | {"sites": None, "site_id": ids(few)[0]} | wrong
    if isinstance(config["sites"], str):
        config["sites"] = config["sites"].replace("FOLDER", str(tmp_path))
    done = command(tmp_path, config)
    assert said in done.stderr
    assert (done.code, done.messages) == (1, [])
