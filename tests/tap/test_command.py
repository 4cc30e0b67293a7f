"""The command as its users meet it: messages, exit codes, signals, closed pipes."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox_support.forking import Forked, run_forked
from tap_wix import catalog_file
from tap_wix.__main__ import main
from tap_wix.tap import TapWix
from tests.in_process import call
from tests.shops import config, shop
from tests.tap.runs import TAP, Run, catalog_of, command, parse, selecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

SECRETS = ("IST.wrong-key", "hush-hush")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def told_once(done: Run, *words: str) -> None:
    """One error line that holds the words, exit code 1, no traceback, no secret."""
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "CRITICAL" in line]
    assert done.code == 1, done.stderr
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in errors[0]
    for secret in SECRETS:
        assert secret not in done.stderr
    assert "@example.com" not in done.stderr


def site_config(**more: Any) -> dict[str, Any]:
    return config(shop("v3"), **more)


WRONG_SETTINGS = {
    "wrong key": ({"api_key": "IST.wrong-key"}, ["401", "`api_key`"]),
    "missing site": ({"site_id": None}, ["`site_id` is missing"]),
    "unknown site": ({"site_id": "11111111-1111-4111-8111-111111111111"}, ["404", "`site_id`"]),
    "no address": ({"api_url": "not an address"}, ["`api_url` is not an address"]),
    "unknown setting": ({"api_kye": "IST.wrong-key"}, ["no setting `api_kye`", "Did you mean `api_key`?"]),
    "too few": ({"requests_per_minute": 0}, ["`requests_per_minute` must be at least 1"]),
    "too short": ({"request_timeout": 0}, ["`request_timeout` must be more than 0"]),
    "none of several": ({"stream_maps": {"orders": 5}}, ["`stream_maps.orders` has an invalid form"]),
    "wrong type": ({"api_key": {"secret": "hush-hush"}}, ["`api_key`"]),
    "bad date": ({"start_date": "yesterday"}, ["`start_date`", "2024-01-01T00:00:00Z"]),
    "no pace": (
        {"requests_per_minute": "fast"},
        ["`requests_per_minute` has an invalid form. Write it like `200` or `auto`."],
    ),
    "no time": ({"full_sync_every": "weekly"}, ["`full_sync_every` has an invalid form. Write it like `7d` or `12h`."]),
    "too patient": ({"retry_patience_seconds": 1e9}, ["`retry_patience_seconds` must be at most 86400"]),
    "bad choice": ({"store_catalog": "v2"}, ["`store_catalog`"]),
    "map of no stream": ({"stream_maps": {"contact": {"info": None}}}, ["`stream_maps`", "`contact`", "`contacts`"]),
    "map of no source": ({"stream_maps": {"copy": {"__source__": "contact"}}}, ["`stream_maps`", "`contact`"]),
}


@pytest.mark.parametrize(("change", "words"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
@pytest.mark.parametrize("arguments", [(), ("--discover",), ("--test",)], ids=["run", "discover", "test"])
def test_a_wrong_setting_is_one_clear_message(
    tmp_path: Path, change: dict[str, Any], words: list[str], arguments: tuple[str, ...]
) -> None:
    told_once(command(tmp_path, site_config(**change), *arguments), *words)


def test_an_unreachable_server_is_one_clear_message(tmp_path: Path) -> None:
    done = command(tmp_path, site_config(api_url=f"http://127.0.0.1:{closed_port()}"))
    told_once(done, "cannot be reached", "`api_url`")


def test_a_server_that_is_not_wix_is_one_clear_message(tmp_path: Path) -> None:
    done = command(tmp_path, site_config(api_url=f"{shop('v3').url}/elsewhere"))
    told_once(done, "`api_url`")


def test_a_selected_store_stream_without_stores_is_one_clear_message(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(TapWix(config=site_config()).catalog_dict))
    done = command(tmp_path, config(shop("absent")), "--catalog", str(catalog))
    told_once(done, "no Wix Stores", "`products`", "Install")
    assert done.messages == []


def test_a_pinned_catalog_v1_on_a_site_without_stores_is_one_clear_message(tmp_path: Path) -> None:
    done = command(tmp_path, config(shop("absent"), store_catalog="v1"))
    told_once(done, "401", "`api_key`", "may lack Wix Stores: remove the setting `store_catalog`")


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_a_file_that_is_not_json_is_one_clear_message(tmp_path: Path, option: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"api_key": "IST.wrong-key", ')
    told_once(command(tmp_path, site_config(), option, str(broken)), "JSON")


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("--catalog", [], "not a Singer catalog"),
        ("--catalog", {"api_url": "x"}, "not a Singer catalog"),
        ("--catalog", {"streams": [{"stream": "orders"}]}, "not a Singer catalog"),
        ("--state", {"contacts": "2024-01-01"}, "not a state"),
        ("--state", [], "not a state"),
        ("--config", [], "has no settings"),
    ],
)
def test_a_file_of_another_kind_is_one_clear_message(tmp_path: Path, option: str, content: Any, words: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps(content))
    told_once(command(tmp_path, site_config(), option, str(file)), option, words)


def test_a_catalog_with_two_entries_of_a_stream_is_refused(tmp_path: Path) -> None:
    catalog = catalog_of(site_config(), ("orders",)).to_dict()
    (orders,) = (each for each in catalog["streams"] if each["tap_stream_id"] == "orders")
    catalog["streams"].append({**orders, "metadata": []})
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(), "--catalog", str(file))
    told_once(done, "--catalog", "2 entries of the stream `orders`", "Keep one")


@pytest.mark.parametrize("place", [[], ["properties", "buyerInfo"]])
def test_a_catalog_with_two_metadata_entries_of_a_stream_or_member_is_refused(tmp_path: Path, place: list[str]) -> None:
    metadata = [{"breadcrumb": place, "metadata": {"selected": selected}} for selected in (False, True)]
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({"streams": [{"tap_stream_id": "orders", "schema": {}, "metadata": metadata}]}))
    done = command(tmp_path, site_config(), "--catalog", str(file))
    shown = json.dumps(place, separators=(",", ":"))
    told_once(done, f"2 metadata entries of `orders` with the breadcrumb {shown}. Keep one of them")


def test_a_catalog_may_have_metadata_entries_of_the_members_of_rows_in_a_list() -> None:
    items = ["properties", "lineItems", "items"]
    places = [items[:2], items, [*items, "properties", "id"], [*items, "properties", "sku"]]
    metadata = [{"breadcrumb": place, "metadata": {"selected": True}} for place in places]
    catalog = catalog_file.catalog_of({"streams": [{"tap_stream_id": "orders", "schema": {}, "metadata": metadata}]})
    assert [list(place) for place in catalog["orders"].metadata] == places


@pytest.mark.parametrize("place", [[], ["properties", "buyerInfo", "properties", "email"]])
def test_a_selection_in_a_catalog_that_is_a_text_is_refused(tmp_path: Path, place: list[str]) -> None:
    metadata = [{"breadcrumb": place, "metadata": {"selected": "false"}}]
    file = tmp_path / "catalog.json"
    entry = {"tap_stream_id": "orders", "stream": "orders", "schema": {}, "metadata": metadata}
    file.write_text(json.dumps({"streams": [entry]}))
    name = ".".join(("orders", *place[1::2]))
    told_once(
        command(tmp_path, site_config(), "--catalog", str(file)), f"wrong `selected` of `{name}`", "true or false"
    )


@pytest.mark.parametrize(("method", "is_known"), [("full_table", True), ("LOG_BASED", False), ("all", False)])
@pytest.mark.parametrize("is_in_metadata", [False, True])
def test_a_replication_method_of_a_catalog_is_one_that_the_tap_has(
    tmp_path: Path, method: str, is_known: bool, is_in_metadata: bool
) -> None:
    of_entry = {"replication_method": "INCREMENTAL" if is_in_metadata else method}  # the former is of --discover
    of_metadata = {"replication-method": method} if is_in_metadata else {}
    entry = {"tap_stream_id": "orders", "stream": "orders", "schema": {}, **of_entry}
    selected = {"breadcrumb": [], "metadata": {"selected": True, **of_metadata}}
    file = tmp_path / "catalog.json"
    other = {"tap_stream_id": "products", "stream": "products", "schema": {}, "replication_method": "LOG_BASED"}
    unselected = {"breadcrumb": [], "metadata": {"selected": False}}
    entries = [{**entry, "metadata": [selected]}, {**other, "metadata": [unselected]}]
    file.write_text(json.dumps({"streams": entries}))
    done = command(tmp_path, site_config(), "--catalog", str(file))
    if is_known:
        assert done.code == 0
        bookmarks = [message["value"]["bookmarks"] for message in done.messages if message["type"] == "STATE"]
        assert all("replication_key" not in each.get("orders", {}) for each in bookmarks)
    else:
        told_once(done, "--catalog", f"`{method}`", "`orders`", "INCREMENTAL or FULL_TABLE")


def test_a_start_date_in_the_future_is_reported(tmp_path: Path) -> None:
    done = command(tmp_path, site_config(start_date="2999-01-01"), "--discover")
    assert "`start_date` is in the future (2999-01-01)" in done.stderr


def test_a_catalog_that_selects_an_unknown_stream_is_reported(tmp_path: Path) -> None:
    catalog = {"streams": [{"tap_stream_id": "oders", "stream": "oders", "schema": {}}]}
    catalog["streams"][0]["metadata"] = [{"breadcrumb": [], "metadata": {"selected": True}}]
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(), "--catalog", str(file))
    assert done.code == 0
    assert "left out: oders." in done.stderr


@pytest.mark.parametrize(
    ("wanted", "named"),
    [({"half": "number("}, "number("), ({"half": ""}, "`orders`"), ({"__alias__": None}, "for stream")],
)
def test_a_stream_map_that_cannot_be_read_is_one_clear_message(
    wanted: dict[str, Any], named: str, tmp_path: Path
) -> None:
    told_once(command(tmp_path, site_config(stream_maps={"orders": wanted})), "`stream_maps`", named)


def test_a_variable_that_is_no_number_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_WIX_REQUEST_TIMEOUT", "long")
    told_once(command(tmp_path, site_config(), "--config", "ENV"), "TAP_WIX_REQUEST_TIMEOUT", "is not a number")


def test_a_whole_state_message_is_taken_for_a_state(tmp_path: Path) -> None:
    first = command(tmp_path, site_config())
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"type": "STATE", "value": first.state}))
    second = command(tmp_path, site_config(), "--state", str(state))
    assert second.bookmarks == first.bookmarks
    assert len(second.records["orders"]) < len(first.records["orders"])


def test_about_needs_no_site_and_marks_secrets(tmp_path: Path) -> None:
    done = call(main, "--about", "--format", "json", folder=tmp_path)
    assert done.code == 0
    about = json.loads(done.out)
    settings = about["settings"]["properties"]
    secrets = {name for name, setting in settings.items() if setting.get("secret")}
    assert {"api_key", "app_secret", "refresh_token"} <= secrets
    assert {"site_id", "start_date", "api_url"} & secrets == set()
    assert "stream-maps" in about["capabilities"]


def test_discover_leaves_no_file_of_another_option_open(tmp_path: Path) -> None:
    """Meltano names the state there, too, and shows a warning about an open file below each error."""
    file = tmp_path / "file.json"
    file.write_text("{}")
    done = call(main, "--config", file, "--state", file, "--catalog", file, "--discover")
    gc.collect()  # pytest makes an error of a file that is closed here
    assert "No credentials. Set `api_key`" in done.err


def test_discover_writes_a_usable_catalog(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    found = subprocess.run([TAP, "--config", file, "--discover"], capture_output=True, text=True, check=True)
    catalog = tmp_path / "catalog.json"
    catalog.write_text(found.stdout)
    done = command(tmp_path, site_config(), "--catalog", str(catalog))
    assert done.code == 0
    assert len(done.records["products"]) == shop("v3").store.count("products")


def test_test_reads_one_record_of_each_stream(tmp_path: Path) -> None:
    before = shop("v3").journal.count("orders.print")
    done = command(tmp_path, site_config(), "--test")
    assert done.code == 0
    assert shop("v3").journal.count("orders.print") == before + 1  # a request for each order
    assert "ERROR" not in done.stderr
    streams = {stream["tap_stream_id"] for stream in TapWix(config=site_config()).catalog_dict["streams"]}
    of_settings = {"inbox_conversations", "inbox_messages"}
    read = {stream: len(records) for stream, records in done.records.items()}
    assert read == dict.fromkeys(streams - of_settings, 1)


def test_stream_maps_selection_and_flattening_work(tmp_path: Path) -> None:
    done = command(
        tmp_path,
        site_config(
            stream_maps={"contacts": {"version": "revision + 1", "__else__": None, "id": "id"}},
            flattening_enabled=True,
            flattening_max_depth=2,
        ),
    )
    assert done.code == 0
    assert set(done.records["contacts"][0]) == {"id", "version"}
    assert "priceSummary__total__amount" in done.records["orders"][0]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("nothing.like.this", "'nothing' is not defined"),
        ("{}[id]", ": KeyError."),
        ("fakeId.nothing", "'fakeId' is not defined"),
        ("revision * 'x' * 9999999", "evaluate something that long."),
        ("source + 'x'", "TypeError"),
        ("revision / 0", "ZeroDivisionError"),
        ("int(source['sourceType'])", "ValueError"),
    ],
)
def test_a_stream_map_that_fails_is_one_clear_message(tmp_path: Path, expression: str, reason: str) -> None:
    maps = {"contacts": {"mail": expression}}
    done = command(tmp_path, site_config(stream_maps=maps, on_stream_error="fail_fast"))
    first = min(shop("v3").store.all("contacts"), key=lambda row: row["createdDate"])
    told_once(done, "`stream_maps`", "`contacts`", expression, reason, first["id"])
    assert ".." not in done.stderr.split("key {")[-1].splitlines()[0]


def test_a_stream_map_that_fails_does_not_end_other_streams(tmp_path: Path) -> None:
    maps = {"contacts": {"__filter__": "_['primaryInfo']['nothing']"}}
    done = command(tmp_path, site_config(stream_maps=maps))
    assert done.code == 1
    assert "Traceback" not in done.stderr
    assert "contacts" not in done.records
    assert len(done.records["products"]) == shop("v3").store.count("products")


@pytest.mark.parametrize("maps", [{"orders": None}, {"__else__": None, "fulfillments": {"x": "'y'"}}])
def test_rows_that_a_stream_map_removed_come_when_the_map_is_removed(tmp_path: Path, maps: dict[str, Any]) -> None:
    site = shop("v3")
    catalog = catalog_of(config(site), ("orders", "fulfillments")).to_dict()
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(catalog))
    first = command(tmp_path, config(site, stream_maps=maps), f"--catalog={selection}")
    assert first.code == 0
    assert set(first.records) == {"fulfillments"}
    state = tmp_path / "state.json"
    state.write_text(json.dumps(first.state))
    second = command(tmp_path, config(site), f"--catalog={selection}", f"--state={state}")
    placed = [order for order in site.store.all("orders") if order["status"] != "INITIALIZED"]
    assert len(second.records["orders"]) == len(placed)


@pytest.mark.parametrize("maps", [{"orders": {"buyerInfo": None}}, {"*": {"x": "'y'"}}])
def test_a_stream_map_of_a_deselected_parent_lets_its_children_be_read(tmp_path: Path, maps: dict[str, Any]) -> None:
    catalog = catalog_of(site_config(), ("orders", "fulfillments")).to_dict()
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(selecting(catalog, ("fulfillments",))))
    done = command(tmp_path, site_config(stream_maps=maps), f"--catalog={selection}")
    assert (done.code, set(done.records)) == (0, {"fulfillments"})


@pytest.mark.parametrize("maps", [{}, {"orders": None}])
def test_a_run_that_reads_no_stream_says_so(tmp_path: Path, maps: dict[str, Any]) -> None:
    catalog = catalog_of(site_config(), ("orders",)).to_dict()
    if not maps:
        catalog = selecting(catalog, ())
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(stream_maps=maps), f"--catalog={selection}")
    assert (done.code, done.messages) == (0, [])
    assert "No stream is selected" in done.stderr


@pytest.mark.parametrize("place", ["entry", "metadata"])
@pytest.mark.parametrize(("key", "is_right"), [("updatedDate", True), ("createdDate", False)])
def test_a_replication_key_that_would_miss_changes_is_refused(
    tmp_path: Path, key: str, is_right: bool, place: str
) -> None:
    catalog = catalog_of(site_config(), ("orders", "contacts", "contact_labels")).to_dict()
    for entry in catalog["streams"]:
        entry.pop("replication_method", None)  # a stream without a key of its own is read in full anyway
        (root,) = (item["metadata"] for item in entry["metadata"] if not item["breadcrumb"])
        root["selected"] = entry["tap_stream_id"] != "contacts"
        (entry if place == "entry" else root).update({"replication_key": key, "replication-key": key})
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(), f"--catalog={selection}")
    if is_right:
        assert (done.code, set(done.records)) == (0, {"orders", "contact_labels"})
    else:
        told_once(done, "`orders`", "`createdDate`", "`updatedDate`")
        assert not done.records


@pytest.mark.parametrize("key", ["id", "handle"])
def test_a_catalog_whose_schema_lacks_a_key_is_refused(tmp_path: Path, key: str) -> None:
    catalog = catalog_of(site_config(), ("orders",)).to_dict()
    for entry in catalog["streams"]:
        entry["key_properties"] = [key]
        entry["schema"]["properties"].pop(key, None)
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(), f"--catalog={selection}")
    told_once(done, "`orders` in the file of --catalog", f"lacks the key `{key}`", "--discover")


def test_stream_maps_may_name_patterns_and_streams_of_another_catalog(tmp_path: Path) -> None:
    maps = {"order*": {"x": "'y'"}, "brands": {"x": "'y'"}, "events": None, "__else__": None}
    done = command(tmp_path, config(shop("v1"), stream_maps=maps))
    assert (done.code, done.records["orders"][0]["x"]) == (0, "y")


def test_stream_maps_that_write_two_streams_under_one_name_are_refused(tmp_path: Path) -> None:
    maps: dict[str, Any] = {"products": {"__alias__": "contacts"}}
    told_once(command(tmp_path, site_config(stream_maps=maps)), "`stream_maps`", "`products`", "written as `contacts`")
    done = command(tmp_path, site_config(stream_maps={**maps, "__else__": None}))
    assert (done.code, set(done.records)) == (0, {"contacts"})
    maps = {"coupons": {"__alias__": "Locations"}}
    told_once(command(tmp_path, site_config(stream_maps=maps)), "`coupons`", "`locations`", "written as `")


def test_stream_maps_may_write_two_streams_under_one_name_if_neither_removes_rows_of_the_other(tmp_path: Path) -> None:
    maps: dict[str, Any] = {"products": {"__alias__": "contacts"}}
    moved = {**maps, "contacts": None, "people": {"__source__": "contacts"}, "__else__": None}
    for settings in (site_config(stream_maps=moved), site_config(stream_maps=maps, add_site_id=True)):
        assert command(tmp_path, settings).code == 0


def test_a_source_of_a_stream_map_that_is_no_text_is_refused(tmp_path: Path) -> None:
    maps = {"sales": {"__source__": None, "x": "'y'"}}
    told_once(command(tmp_path, site_config(stream_maps=maps)), "`stream_maps`", "`__source__` of `sales`")


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_state_file_is_no_state(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    done = command(tmp_path, site_config(), "--state", str(state))
    assert done.code == 0
    assert "is empty" in done.stderr
    assert len(done.records["orders"]) == len(command(tmp_path, site_config()).records["orders"])


def test_a_file_of_several_states_is_refused_with_advice(tmp_path: Path) -> None:
    state = tmp_path / "states.jsonl"
    state.write_text('{"bookmarks": {}}\n{"bookmarks": {}}\n')
    told_once(command(tmp_path, site_config(), "--state", str(state)), "several lines", "tail -1")
    state.write_text('{\n"bookmarks": {\n}\n}\n')
    assert command(tmp_path, site_config(), "--state", str(state)).code == 0


@pytest.mark.parametrize("is_of_many", [True, False])
def test_a_state_that_a_killed_loader_cut_off_is_refused_with_advice(tmp_path: Path, is_of_many: bool) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"bookmarks": {"orders": {"replication_key": "upda\n')
    settings = site_config(sites=[site_config()["site_id"]]) if is_of_many else site_config()
    told_once(command(tmp_path, settings, "--state", str(state)), "cut off", "before it", "without --state")


def test_keys_are_written_although_a_catalog_deselects_them(tmp_path: Path) -> None:
    catalog = catalog_of(site_config(), ("fulfillments",)).to_dict()
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] in (
                ["properties", "id"],
                ["properties", "orderId"],
                ["properties", "orderUpdatedDate"],
            ):
                item["metadata"] = {"selected": False}
    selection = tmp_path / "catalog.json"
    selection.write_text(json.dumps(catalog))
    done = command(tmp_path, site_config(), f"--catalog={selection}")
    for members in (done.records["fulfillments"][0], done.schemas["fulfillments"]["properties"]):
        assert {"id", "orderId", "orderUpdatedDate"} <= members.keys()


def test_an_empty_log_level_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLEVEL", "")
    monkeypatch.setenv("TARGET_WIX_LOGLEVEL", "LOUD")  # of another command
    assert command(tmp_path, site_config()).code == 0


@pytest.mark.parametrize("is_in_file", [True, False])
def test_an_unknown_log_level_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_in_file: bool
) -> None:
    monkeypatch.setenv("LOGLEVEL", "LOUD")
    if is_in_file:
        monkeypatch.delenv("LOGLEVEL")
        (tmp_path / ".env").write_text("LOGLEVEL=LOUD\n")
        monkeypatch.chdir(tmp_path)
    done = command(tmp_path, site_config(), "--config=ENV")
    assert (done.code, done.messages) == (1, [])
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "The environment variable LOGLEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
    ]


def test_a_test_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    done = call(main, "--config", file, "--test=record")
    assert (done.code, done.out) == (2, "")
    assert "'record' is not one of all, schema, disabled" in done.err


def test_a_config_file_without_its_option_is_wrong_usage() -> None:
    done = call(main, "config.json")
    assert (done.code, done.out) == (2, "")
    assert "`config.json` belongs to no option. Name a file of settings with --config." in done.err


def test_a_closed_pipe_ends_the_tap_quietly(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    with Forked([TAP, "--config", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap:
        assert tap.stdout
        assert tap.stderr
        first = tap.stdout.readline()
        tap.stdout.close()
        stderr = tap.stderr.read()
        code = tap.wait()
    assert json.loads(first)["type"] == "SCHEMA"
    assert code == 0, stderr
    assert "ERROR" not in stderr
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_the_tap_with_a_last_state_that_resumes(
    tmp_path: Path, number: signal.Signals, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3", latency=0.05)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config(site)))
    with Forked([TAP, "--config", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
        assert tap.stdout
        text = b""
        # Orders come after contacts; the pipe holds less than both, so the tap is in the middle of writing.
        # A bookmark follows its record: once the third is written, the second one's bookmark is valid.
        while text.count(b'"stream":"orders","record"') < 3:
            text += os.read(tap.stdout.fileno(), 4096)
        tap.send_signal(number)
        text += tap.stdout.read()
        assert tap.stderr
        stderr = tap.stderr.read().decode()
        code = tap.wait()
    messages = parse(text.decode())
    assert code == 0, stderr
    assert "Traceback" not in stderr
    assert messages[-1]["type"] == "STATE"
    bookmark = messages[-1]["value"]["bookmarks"]["orders"]["replication_key_value"]
    written = [m["record"]["updatedDate"] for m in messages if m["type"] == "RECORD" and m["stream"] == "orders"]
    assert min(written) <= bookmark <= max(written)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(messages[-1]["value"]))
    rest = command(tmp_path, config(site), "--state", str(state))
    everything = {m["record"].get("id") for m in messages if m["type"] == "RECORD"} | {
        record.get("id") for records in rest.records.values() for record in records
    }
    placed = [order["id"] for order in site.store.all("orders") if order["status"] != "INITIALIZED"]
    assert everything >= set(placed)
    assert everything >= {contact["id"] for contact in site.store.all("contacts")}
    assert everything >= {product["id"] for product in site.store.all("products")}


ORDERS = "/ecom/v1/orders/search"
WAITS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "for an answer": ([{"path": ORDERS, "action": {"delay": 3600}}], {"request_timeout": 3600}, ""),
    "for a retry": ([{"path": ORDERS, "action": {"rate_limit": True, "retry_after": 3600}}], {}, "again in 900.0 s"),
    "for the quota": ([], {"requests_per_minute": 3}, "the quota of 3 a minute is used up"),
}


@pytest.mark.parametrize(("faults", "settings", "sign"), WAITS.values(), ids=WAITS)
def test_a_signal_ends_a_long_wait(
    tmp_path: Path,
    open_shop: Callable[..., RunningSite],
    faults: list[dict[str, Any]],
    settings: dict[str, Any],
    sign: str,
) -> None:
    site = open_shop(catalog="v3", size=20)
    requests.post(f"{site.url}/_sandbox/faults", json=faults, timeout=30).raise_for_status()
    file, written = tmp_path / "config.json", tmp_path / "written.jsonl"
    file.write_text(json.dumps(config(site, **settings)))
    with (
        written.open("wb") as stdout,
        Forked([TAP, "--config", file], stdout=stdout, stderr=subprocess.PIPE, text=True) as tap,
    ):
        assert tap.stderr
        stderr = ""
        while sign and sign not in stderr:
            stderr += tap.stderr.readline()
        while not sign and not requests.get(f"{site.url}/_sandbox/faults", timeout=30).json()["faults"][0]["seen"]:
            assert tap.poll() is None
        tap.send_signal(signal.SIGTERM)
        stderr += tap.stderr.read()
        code = tap.wait()
    assert code == 0, stderr
    assert "Traceback" not in stderr
    assert "Stopped by SIGTERM. The next run continues from the last state." in stderr
    done = Run(parse(written.read_text()))
    assert done.messages[-1]["type"] == "STATE"
    assert done.records["contacts"] or "quota" in sign  # it waits before the second request
    assert not done.records["orders"]


@pytest.mark.parametrize("options", [["--discover"], ["--test"], ["--test=schema"], ["--list-sites"]])
def test_a_signal_fails_what_writes_no_state(
    tmp_path: Path, open_shop: Callable[..., RunningSite], options: list[str]
) -> None:
    site = open_shop(catalog="v3", size=20)
    requests.post(f"{site.url}/_sandbox/faults", json=[{"operation": "*", "action": {"delay": 60}}], timeout=30)
    file = tmp_path / "config.json"
    file.write_text(
        json.dumps(config(site, sites="account", account_id="a") if "--list" in options[0] else config(site))
    )
    with Forked([TAP, "--config", file, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap:
        while not requests.get(f"{site.url}/_sandbox/faults", timeout=30).json()["faults"][0]["seen"]:
            assert tap.poll() is None
        tap.send_signal(signal.SIGTERM)
        stdout, stderr = tap.communicate()
    assert (tap.returncode, stdout) == (128 + signal.SIGTERM, "")
    assert stderr.splitlines()[-1].endswith("Stopped by SIGTERM.")


def test_a_second_signal_ends_the_tap_while_its_output_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    reading, writing = os.pipe()
    with Forked([TAP, "--config", file], stdout=writing, stderr=subprocess.PIPE, text=True) as tap:
        assert tap.stderr
        while select([], [writing], [], 0)[1]:
            assert tap.poll() is None
        tap.send_signal(signal.SIGTERM)
        while "Stopped by SIGTERM" not in tap.stderr.readline():
            assert tap.poll() is None
        while tap.poll() is None:  # the first half second counts as one request to stop
            tap.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        assert tap.wait() == -signal.SIGTERM
    os.close(reading)
    os.close(writing)


DENIED_ORDERS = {"path": "/ecom/v1/orders/search", "action": {"status": 403, "body": {"message": "Unauthorized"}}}


def test_a_stream_that_fails_says_why_and_the_others_go_on(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3", size=20)
    requests.post(f"{site.url}/_sandbox/faults", json=[DENIED_ORDERS], timeout=30).raise_for_status()
    done = command(tmp_path, config(site))
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line]
    assert done.code == 1
    assert "`orders`" in errors[0]
    assert "SCOPE.DC-STORES.READ-ORDERS" in errors[0]
    assert "`orders`" in errors[-1]
    assert "`contacts`" not in errors[-1]
    assert "Traceback" not in done.stderr
    assert len(done.records["products"]) == site.store.count("products")
    assert "orders" not in done.bookmarks or not done.bookmarks["orders"]
    assert done.bookmarks["products"]


def test_failing_fast_ends_the_run_and_keeps_what_was_read(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3", size=20)
    requests.post(f"{site.url}/_sandbox/faults", json=[DENIED_ORDERS], timeout=30).raise_for_status()
    done = command(tmp_path, config(site, on_stream_error="fail_fast"))
    told_once(done, "`orders`", "403", "SCOPE.DC-STORES.READ-ORDERS")
    assert done.records["contacts"]
    assert done.bookmarks["contacts"]
    assert "coupons" not in done.records


def test_a_child_without_its_permission_leaves_its_parent_alone(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(catalog="v3", size=20)
    fault = {"path": "/ecom/v1/fulfillments", "action": {"status": 403, "body": {"message": "Unauthorized"}}}
    requests.post(f"{site.url}/_sandbox/faults", json=[fault], timeout=30).raise_for_status()
    done = command(tmp_path, config(site))
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line]
    assert done.code == 1
    assert "`fulfillments`" in errors[-1]
    assert "`orders`" not in errors[-1]
    assert any("Grant the missing permission SCOPE.DC-STORES.READ-ORDERS to" in line for line in errors)
    assert done.bookmarks["orders"]
    assert not done.bookmarks.get("fulfillments")
    placed = [order["id"] for order in site.store.all("orders") if order["status"] != "INITIALIZED"]
    assert set(done.ids("orders")) == set(placed)


def test_the_help_lists_the_exit_codes() -> None:
    done = call(main, "--help")
    assert done.code == 0
    assert "Exit codes: 0 every stream was read" in done.out


@pytest.mark.parametrize("options", [["--discover"], ["--about"], ["--about", "--format", "json"], ["--help"]])
def test_a_closed_pipe_ends_every_output_quietly(tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    with Forked([TAP, "--config", file, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap:
        assert tap.stdout
        assert tap.stderr
        tap.stdout.close()
        stderr = tap.stderr.read()
        code = tap.wait()
    assert code == 0, stderr
    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr


def test_a_database_that_cannot_be_opened_is_one_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config(change_log=f"sqlite:///{tmp_path}")))
    done = run_forked([TAP, "--config", file], capture_output=True, text=True)
    told_once(Run([], done.stderr, done.returncode), f"Setting `change_log`: {tmp_path} cannot be used", "free space")


def test_standard_output_on_a_full_disk_is_one_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site_config()))
    with Path("/dev/full").open("wb") as full:
        done = run_forked([TAP, "--config", file], stdout=full, stderr=subprocess.PIPE, text=True)
    told_once(Run([], done.stderr, done.returncode), "Standard output cannot be written: No space left")
    assert "Exception ignored" not in done.stderr
