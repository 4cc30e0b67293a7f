"""Files that users name: settings, states, catalogs. A mistake in one is reported on one line with the file's name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.commands import CLIENTS, Done, arguments_of, in_process, installed
from tests.shops import config, shop

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = "hush-hush"
GARBAGE = {
    "UTF-16": (json.dumps({"a": HIDDEN}).encode("utf-16"), "is UTF-16. Save it in UTF-8."),
    "UTF-16 big-endian": (b"\xfe\xff" + json.dumps({"a": HIDDEN}).encode("utf-16-be"), "is UTF-16"),
    "UTF-16 without a mark": (json.dumps({"a": HIDDEN}).encode("utf-16-le"), "is not JSON"),
    "Latin-1": ('{"a": "hush-hushé"}'.encode("latin-1"), "is not text in UTF-8 (byte 17)"),
    "half a character": (b'{"a": "hush-hush\xe2\x82', "is not text in UTF-8"),
    "bytes": (bytes(range(256)), "is not text in UTF-8"),
    "nothing": (b"", "is not JSON (line 1, column 1)"),
    "cut off": (b'{\n "a": "hush-hush', "is not JSON (line 2"),
    "nested": (b'{"a":' + b"[" * 100_000, "is nested too deeply"),
    "a long number": (b'{"a": ' + b"9" * 5000 + b"}", "holds a number that is too long"),
    "NaN": (b'{"a": NaN}', "holds NaN, which JSON does not have"),
    "Infinity": (b'{"a": -Infinity}', "holds -Infinity"),
}


def tapped(folder: Path, *arguments: str, **changes: Any) -> Done:
    given = {**config(shop("v3")), **changes}
    return in_process("tap-wix", *arguments_of("tap-wix", given, folder), *arguments, cwd=folder).checked()


CASES = {
    f"{name} {option}": (option, *case)
    for name, case in GARBAGE.items()
    for option in ("--config", "--state", "--catalog")
    if (name, option) != ("nothing", "--state")  # an empty state is none
}


@pytest.mark.parametrize(("option", "content", "reported"), CASES.values(), ids=CASES)
def test_garbage_is_reported_with_the_option_and_the_name_of_its_file(
    option: str, content: bytes, reported: str, tmp_path: Path
) -> None:
    file = tmp_path / "garbage.json"
    file.write_bytes(content)
    done = tapped(tmp_path, option, str(file))
    assert done.code == 1
    assert f"{option} {file} {reported}" in done.complaints[-1]
    assert len(done.complaints) == 1
    assert HIDDEN not in done.err


@pytest.mark.parametrize("name", CLIENTS)
def test_the_config_of_each_command_is_read_alike(name: str, tmp_path: Path) -> None:
    done = in_process(name, *arguments_of(name, b"\xff\xfe{\0}\0", tmp_path), cwd=tmp_path).checked()
    assert done.code == 1
    assert "is UTF-16. Save it in UTF-8." in done.complaints[-1]


@pytest.mark.services
def test_the_installed_command_reports_a_state_in_another_encoding(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_bytes('{"bookmarks": {}}'.encode("utf-16"))
    given = [*arguments_of("tap-wix", config(shop("v3")), tmp_path), "--state", str(state)]
    for locale in ("C.UTF-8", "C"):
        done = installed("tap-wix", *given, LC_ALL=locale, PYTHONCOERCECLOCALE="0").checked()
        assert done.code == 1
        assert f"--state {state} is UTF-16" in done.complaints[-1]


def test_a_byte_order_mark_before_utf_8_does_no_harm(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_bytes(b"\xef\xbb\xbf{}")
    settings = b"\xef\xbb\xbf" + json.dumps(config(shop("v3"))).encode()
    given = arguments_of("tap-wix", settings, tmp_path)
    assert in_process("tap-wix", *given, "--state", str(state), cwd=tmp_path).checked().code == 0


def test_the_installed_command_warns_of_a_bookmark_of_the_future(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    ahead = {"replication_key": "updatedDate", "replication_key_value": "2099-01-01T00:00:00.000Z"}
    state.write_text(json.dumps({"bookmarks": {"orders": ahead}}))
    given = arguments_of("tap-wix", config(shop("v3")), tmp_path)
    done = installed("tap-wix", *given, "--state", str(state)).checked()
    last = json.loads([line for line in done.out.splitlines() if line.startswith('{"type":"STATE"')][-1])
    assert done.code == 0
    assert "`orders`: the state's bookmark 2099-01-01T00:00:00.000Z is in the future" in done.complaints[0]
    assert last["value"]["bookmarks"]["orders"]["replication_key_value"] < "2099"


ENTRY = {"tap_stream_id": "orders", "stream": "orders", "schema": {}, "metadata": []}
NO_CATALOGS: dict[str, Any] = {
    "a number for an id": {**ENTRY, "tap_stream_id": 5},
    "half a character": {**ENTRY, "schema": {"properties": {"id": {"type": "\ud800"}}}},
    "a list for an id": {**ENTRY, "tap_stream_id": []},
    "a text for metadata": {**ENTRY, "metadata": "selected"},
    "metadata of texts": {**ENTRY, "metadata": ["selected"]},
    "metadata without a place": {**ENTRY, "metadata": [{"metadata": {"selected": True}}]},
    "a number for a place": {**ENTRY, "metadata": [{"breadcrumb": 5, "metadata": {}}]},
    "a list for a schema": {**ENTRY, "schema": []},
    "numbers for properties": {**ENTRY, "schema": {"properties": {"id": 5}}},
    "null for a schema": {**ENTRY, "schema": None},
    "properties that are none": {**ENTRY, "schema": {"properties": []}},
    "a number for a type": {**ENTRY, "schema": {"properties": {"id": {"type": 5, "properties": {}}}}},
    "an object for a name": {**ENTRY, "stream": {"name": "orders"}},
    "a number for keys": {**ENTRY, "key_properties": 5},
}


@pytest.mark.parametrize("entry", NO_CATALOGS.values(), ids=NO_CATALOGS)
def test_files_that_are_not_catalogs_are_refused(entry: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({"streams": [entry]}))
    done = tapped(tmp_path, "--catalog", str(file))
    assert done.code == 1
    assert "is not a Singer catalog" in done.complaints[-1]


def test_a_catalog_without_the_member_of_the_bookmark_is_reported(tmp_path: Path) -> None:
    entry = {
        **ENTRY,
        "replication_key": "updatedDate",
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({"streams": [{**entry, "schema": {"properties": {"id": {"type": "string"}}}}]}))
    done = tapped(tmp_path, "--catalog", str(file))
    assert done.code == 1
    assert "Field 'updatedDate' is not in schema for stream 'orders'. Write a new catalog" in done.complaints[-1]


@pytest.mark.parametrize(
    "odd", [{"stream": "another"}, {"schema": {"properties": {"id": {}, "updatedDate": {"format": "date-time"}}}}]
)
def test_a_catalog_may_name_a_stream_otherwise_or_leave_types_out(odd: dict[str, Any], tmp_path: Path) -> None:
    entry = {
        **ENTRY,
        "replication_key": "updatedDate",
        "replication_method": "INCREMENTAL",
        "schema": {"properties": {"id": {"type": "string"}, "updatedDate": {"type": "string", "format": "date-time"}}},
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({"streams": [{**entry, **odd}]}))
    done = tapped(tmp_path, "--catalog", str(file))
    assert done.code == 0, done.complaints
    assert '"stream":"orders"' in done.out.replace(" ", "")


@pytest.mark.parametrize(
    "changes", [{}, {"change_log": "sqlite:///log.db"}, {"flattening_enabled": True, "flattening_max_depth": 2}]
)
def test_a_catalog_without_properties_leaves_no_member_out(changes: dict[str, Any], tmp_path: Path) -> None:
    entry = {**ENTRY, "tap_stream_id": "contact_labels", "stream": "contact_labels", "key_properties": ["key"]}
    file = tmp_path / "catalog.json"
    entry |= {"schema": {"type": "object"}, "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}]}
    file.write_text(json.dumps({"streams": [entry]}))
    done = tapped(tmp_path, "--catalog", str(file), **changes)
    assert done.code == 0, done.complaints
    assert '"displayName"' in done.out


# Settings

NO_SETTINGS: dict[str, tuple[str, Any, str]] = {
    "a huge quota": ("tap-wix", {"requests_per_minute": 1e20}, "`requests_per_minute` must be at most 1000000"),
    "a huge time-out": ("tap-wix", {"request_timeout": 1e20}, "`request_timeout` must be at most"),
    "a huge lookback": ("tap-wix", {"lookback_seconds": 1e20}, "`lookback_seconds` must be at most"),
    "a huge concurrency": ("tap-wix", {"max_concurrency": 10**20}, "`max_concurrency` must be at most"),
    "a huge limit": ("tap-wix", {"stream_options": {"orders": {"limit": 10**20}}}, "`stream_options.orders.limit`"),
    "a huge lag": ("target-wix", {"index_lag_seconds": 1e20}, "`index_lag_seconds` must be at most"),
    "max_deletes is nan": ("target-wix", {"max_deletes": "nan"}, "`max_deletes` is 'nan'. Set it to a number"),
    "max_deletes is snan": ("target-wix", {"max_deletes": "snan"}, "`max_deletes` is 'snan'"),
    "max_deletes is inf": ("target-wix", {"max_deletes": "inf"}, "`max_deletes` is 'inf'"),
    "max_deletes is endless": ("target-wix", {"max_deletes": "1e999999999"}, "`max_deletes` is '1e999999999'"),
    "max_deletes is tiny": ("target-wix", {"max_deletes": "1e-99999999"}, "`max_deletes` is '1e-99999999'"),
    "max_deletes is negative": ("target-wix", {"max_deletes": -1}, "`max_deletes` is '-1'"),
    "NUL in a path": ("target-wix", {"results_path": "a\0b"}, "`results_path` contains an invalid character"),
    "half a character": ("target-wix", {"report_path": "a\ud800b"}, "`report_path` contains an invalid character"),
    "a deep filter": ("tap-wix", None, "`stream_options` is nested more than 50 levels deep"),
    "options as a text": ("wix-export", {"stream_options": "products"}, "`stream_options` must be an object"),
    "options as a list": ("wix-import", {"stream_options": ["products"]}, "`stream_options` must be an object"),
}


@pytest.mark.parametrize(("name", "changes", "reported"), NO_SETTINGS.values(), ids=NO_SETTINGS)
def test_a_setting_out_of_bounds_is_reported(name: str, changes: Any, reported: str, tmp_path: Path) -> None:
    nested: dict[str, Any] = {}
    for _ in range(60):
        nested = {"$not": nested}
    changes = {"stream_options": {"orders": {"filter": nested}}} if changes is None else changes
    given = arguments_of(name, {**config(shop("v3")), **changes}, tmp_path)
    done = in_process(name, *given, cwd=tmp_path, stdin=b'{"type": "STATE", "value": {}}\n').checked()
    assert done.code == 1
    assert reported in done.complaints[-1]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "9" * 5000])
@pytest.mark.parametrize("setting", ["request_timeout", "lookback_seconds", "requests_per_minute"])
def test_an_invalid_number_is_reported(setting: str, number: str, tmp_path: Path) -> None:
    settings = json.dumps({**config(shop("v3")), setting: "HERE"}).replace('"HERE"', number)
    done = in_process("tap-wix", *arguments_of("tap-wix", settings.encode(), tmp_path)).checked()
    assert done.code == 1
    assert re.search("which JSON does not have|a number that is too long", done.complaints[-1])


@pytest.mark.parametrize("value", ["nan", "inf", "1e400", "[" * 100_000, "9" * 5000])
def test_a_variable_that_is_not_a_number_is_reported(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variable = "TAP_WIX_STREAM_OPTIONS" if value.startswith("[") else "TAP_WIX_LOOKBACK_SECONDS"
    (tmp_path / ".env").write_text(f"{variable}={value}\n")
    given = arguments_of("tap-wix", config(shop("v3")), tmp_path)
    done = in_process("tap-wix", *given, "--config", "ENV", cwd=tmp_path).checked()
    assert done.code == 1
    assert variable in done.complaints[-1]


@pytest.mark.parametrize("maps", [{"__else__": [None]}, {"products": {"__else__": [None]}}, {"products": {"a": [1]}}])
@pytest.mark.parametrize("name", ["tap-wix", "target-wix"])
def test_a_stream_map_of_another_type_is_refused(name: str, maps: dict[str, Any], tmp_path: Path) -> None:
    given = arguments_of(name, {**config(shop("v3")), "stream_maps": maps}, tmp_path)
    done = in_process(name, *given, stdin=b'{"type": "STATE", "value": {}}\n').checked()
    assert done.code == 1
    assert "The setting `stream_maps" in done.complaints[-1]


@pytest.mark.parametrize("name", ["tap-wix", "target-wix"])
def test_a_setting_of_null_is_a_missing_one(name: str, tmp_path: Path) -> None:
    nulls = dict.fromkeys(
        ["stream_maps", "stream_options", "requests_per_minute", "flattening_enabled", "store_catalog"]
    )
    given = arguments_of(name, {**config(shop("v3")), **nulls}, tmp_path)
    more = ("--discover",) if name == "tap-wix" else ()
    assert in_process(name, *given, *more, stdin=b'{"type": "STATE", "value": {}}\n').checked().code == 0


def test_a_whole_number_with_a_point_is_a_whole_number(tmp_path: Path) -> None:
    done = tapped(tmp_path, "--discover", requests_per_minute=1000.0, max_concurrency=2.0)
    assert done.code == 0, done.err


def test_the_smallest_limits_of_deletes_are_accepted(tmp_path: Path) -> None:
    for reported in (0, "0", 0.25, "25%", "0%", "off", 10**12):
        given = arguments_of("target-wix", {**config(shop("v3")), "max_deletes": reported}, tmp_path)
        assert in_process("target-wix", *given, stdin=b'{"type": "STATE", "value": {}}\n').checked().code == 0


@pytest.mark.parametrize("name", ["tap-wix", "target-wix", "wix-import"])
def test_flattening_without_a_depth_names_the_setting_that_is_missing(name: str, tmp_path: Path) -> None:
    given = arguments_of(name, {**config(shop("v3")), "flattening_enabled": True}, tmp_path)
    done = in_process(name, *given, cwd=tmp_path).checked()
    assert done.code == 1
    assert "Setting `flattening_enabled` needs `flattening_max_depth`. Set that as well" in done.complaints[-1]


@pytest.mark.parametrize("changes", [{"flattening_enabled": True}, {"stream_maps": {"products": {"a": "nope("}}}])
def test_an_export_ignores_what_a_tap_does_to_its_records(changes: dict[str, Any], tmp_path: Path) -> None:
    given = arguments_of("wix-export", {**config(shop("v3")), **changes}, tmp_path)
    assert in_process("wix-export", *given, "-o", "shop.csv", cwd=tmp_path).checked().code == 0
