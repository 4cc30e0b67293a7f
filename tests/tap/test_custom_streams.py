"""`custom_streams`: rows of any endpoint, with bookmarks, versions, quota and retries of the other streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tap_wix.inference import schema_of
from tap_wix.tap import TapWix
from tests.shops import config, shop
from tests.tap.runs import command, run
from wix_api.errors import SettingsError
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wix_sandbox import RunningSite

LANGUAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "list": ("v3", "contacts", {"path": "/contacts/v4/contacts", "rows": "contacts", "language": "list"}),
    "offset": ("v3", "contacts", {"path": "/contacts/v4/contacts/query", "rows": "contacts", "language": "offset"}),
    "cursor": ("v3", "products", {"path": "/stores/v3/products/query", "rows": "products"}),
    "search": ("v3", "products", {"path": "/stores/v3/products/search", "rows": "products", "language": "search"}),
    "json_text": (
        "v1",
        "products",
        {
            "path": "/stores-reader/v1/products/query",
            "rows": "products",
            "language": "json_text",
            "body": {"includeHiddenProducts": True},
        },
    ),
}
PRODUCTS = {"name": "things", "path": "/stores/v3/products/query", "rows": "products"}
DATED = {**PRODUCTS, "replication_key": "updatedDate"}


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with Sandbox(SandboxOptions(catalog="v3", size=5)).serve() as running:
        yield running


def settings(site: RunningSite, *streams: dict[str, Any], **more: Any) -> dict[str, Any]:
    return config(site, custom_streams=list(streams), **more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_is_emitted_once_in_each_query_language(language: str) -> None:
    catalog, kind, entry = LANGUAGES[language]
    done = run(settings(shop(catalog), {"name": "things", "page_size": 50, **entry}), select=("things",))
    assert sorted(done.ids("things")) == sorted(shop(catalog).ids(kind))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_inferred_schema_holds_for_every_row(language: str) -> None:
    catalog, kind, entry = LANGUAGES[language]
    done = run(settings(shop(catalog), {"name": "things", "page_size": 50, **entry}), select=("things",))
    schema = next(each["schema"] for each in done.messages if each["type"] == "SCHEMA")
    validator = Draft202012Validator(schema)
    assert not [error.message for row in done.records["things"] for error in validator.iter_errors(row)]
    assert {"id", "name" if kind == "products" else "info"} <= schema["properties"].keys()


def test_a_replication_key_makes_it_incremental(site: RunningSite) -> None:
    given = settings(site, DATED, lookback_seconds=0)
    first = run(given, select=("things",))
    assert len(first.ids("things")) == 5
    newest = max(site.store.all("products"), key=lambda row: row["updatedDate"])
    assert first.bookmarks["things"] == newest["updatedDate"]
    second = run(given, select=("things",), state=first.state)
    assert second.ids("things") == [newest["id"]]


def test_a_full_table_activates_its_version(site: RunningSite) -> None:
    done = run(settings(site, PRODUCTS), select=("things",))
    versions = [each["version"] for each in done.messages if each["type"] == "ACTIVATE_VERSION"]
    assert versions == [done.messages[-1]["value"]["bookmarks"]["things"]["version"]]


def test_a_removed_row_has_a_key_of_the_type_of_its_column(site: RunningSite, tmp_path: Path) -> None:
    entry = {"name": "things", "primary_keys": ["id", "revision"], **LANGUAGES["list"][2]}
    logged = settings(site, entry, change_log=f"sqlite:///{tmp_path / 'changes.db'}")
    first = run(logged, select=("things",))
    removed = first.records["things"][0]
    site.store.delete("contacts", removed["id"])
    second = run(logged, select=("things",), state=first.state)
    (row,) = [row for row in second.records["things"] if row.get("_sdc_deleted_at")]
    assert (row["id"], row["revision"]) == (removed["id"], removed["revision"])


def test_a_filter_and_members_of_the_body_are_sent(site: RunningSite) -> None:
    wanted = next(site.store.all("products"))["id"]
    entry = {**PRODUCTS, "filter": {"id": {"$in": [wanted]}}, "body": {"fields": ["URL"]}}
    done = run(settings(site, entry), select=("things",))
    assert done.ids("things") == [wanted]
    assert "url" in done.records["things"][0]


def test_a_changed_body_makes_the_stream_start_again(site: RunningSite) -> None:
    first = run(settings(site, DATED), select=("things",))
    entry = {**DATED, "body": {"fields": ["URL"]}}
    second = run(settings(site, entry), select=("things",), state=first.state)
    assert second.ids("things") == first.ids("things")
    assert len(run(settings(site, entry), select=("things",), state=second.state).ids("things")) < 5


def test_a_state_with_a_filter_of_an_earlier_version_goes_on(site: RunningSite) -> None:
    entry = settings(site, {**DATED, "filter": {"visible": True}})
    state = run(entry, select=("things",)).state
    state["bookmarks"]["things"]["filter"] = '{"visible":true}'
    assert len(run(entry, select=("things",), state=state).ids("things")) == 1


def test_options_of_a_stream_apply(site: RunningSite) -> None:
    done = run(settings(site, DATED, stream_options={"things": {"limit": 2}}), select=("things",))
    assert len(done.ids("things")) == 2


def test_a_catalog_or_the_settings_hold_the_schema_so_no_row_is_sampled(site: RunningSite, tmp_path: Path) -> None:
    given = settings(site, {**PRODUCTS, "schema": {"properties": {"id": {"type": "string"}}}})
    TapWix(config=given).streams  # noqa: B018 - discovery
    assert [entry.operation for entry in site.journal.entries if "products" in entry.path] == []
    given = settings(site, PRODUCTS)
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(TapWix(config=given).catalog_dict))
    before = len(site.journal.entries)
    TapWix(config=given, catalog=json.loads(catalog.read_text())).streams  # noqa: B018 - as above
    assert [entry.path for entry in site.journal.entries[before:] if "products" in entry.path] == []


def test_a_given_schema_gets_the_keys_that_it_lacks(site: RunningSite) -> None:
    given = {"properties": {"updatedDate": {"type": "string", "format": "date-time"}, "name": {"type": "string"}}}
    tap = TapWix(config=settings(site, {**DATED, "schema": given}))
    assert tap.streams["things"].schema["properties"] == {**given["properties"], "id": {"type": ["string"]}}


def test_a_stream_without_rows_is_reported(site: RunningSite, caplog: pytest.LogCaptureFixture) -> None:
    entry = {**PRODUCTS, "filter": {"id": {"$in": ["00000000-0000-0000-0000-000000000000"]}}}
    done = run(settings(site, entry), select=("things",))
    assert done.ids("things") == []
    assert "Stream `things` has no rows yet, so its schema has only its keys." in caplog.text


def test_an_endpoint_that_wix_refuses_fails_alone(site: RunningSite, tmp_path: Path) -> None:
    given = settings(site, {**PRODUCTS, "path": "/stores/v9/things/query"}, {**PRODUCTS, "name": "others"})
    done = command(tmp_path, given)
    assert done.code == 1
    assert "Stream `things` failed" in done.stderr
    assert len(done.ids("others")) == 5


def test_a_language_that_shows_only_the_first_rows_is_an_error(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(catalog="v3", size=60)).serve() as large:
        entry = {"name": "things", "path": "/contacts/v4/contacts/query", "rows": "contacts"}
        done = command(tmp_path, settings(large, entry))
    assert done.code == 1
    assert "Set `language` of `custom_streams` to `offset`" in done.stderr
    assert {"ACTIVATE_VERSION"} & {each["type"] for each in done.messages if each.get("stream") == "things"} == set()


def test_members_that_came_after_discovery_name_the_setting(site: RunningSite, tmp_path: Path) -> None:
    entry = {**PRODUCTS, "schema": {"properties": {"id": {"type": "string"}}}}
    assert "add them to the setting `schema` of `custom_streams`" in command(tmp_path, settings(site, entry)).stderr


def test_a_catalog_without_a_stream_does_not_sample_it_and_further_keys_are_optional(site: RunningSite) -> None:
    entries = [{**PRODUCTS, "rows": "items"}, {**PRODUCTS, "name": "others", "primary_keys": ["id", "absent"]}]
    catalog = TapWix(config=settings(site, entries[1])).catalog_dict
    catalog["streams"] = [each for each in catalog["streams"] if each["stream"] == "others"]
    assert not TapWix(config=settings(site, *entries), catalog=catalog).streams["things"].selected


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({**PRODUCTS, "name": "products"}, "there are two streams named `products`"),
        ({**PRODUCTS, "replication_key": "name"}, "`replication_key` must be a date"),
        ({**DATED, "language": "list"}, "a `language` that sorts"),
        ({**PRODUCTS, "language": "list", "filter": {"a": 1}}, "a list has no `filter`"),
        ({**PRODUCTS, "path": "https://example.com/x"}, "The setting `custom_streams.0.path`"),
        ({**PRODUCTS, "path": "/stores/../x"}, "The setting `custom_streams.0.path`"),
        ({**PRODUCTS, "language": "sql"}, "The setting `custom_streams.0.language` is none of cursor, search"),
        ({"name": "things", "rows": "things"}, "The setting `custom_streams.0` lacks `path`."),
        ({**PRODUCTS, "rows": "items"}, "`things`: `rows` is `items`, but the answer has `products`."),
        ({**PRODUCTS, "primary_keys": ["productId"]}, "`things`: no row has the key `productId`, but `id`,"),
        (
            {**PRODUCTS, "primary_keys": ["media"]},
            "`things`: the key `media` is a list or object. Correct `primary_keys`.",
        ),
        ({**PRODUCTS, "schema": {"properties": 5}}, "The setting `custom_streams.0.schema.properties`"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused(site: RunningSite, entry: dict[str, Any], reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        TapWix(config=settings(site, entry)).streams  # noqa: B018 - discovery
    assert reason in str(refused.value)


def test_the_environment_can_hold_them(site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_WIX_CUSTOM_STREAMS", json.dumps([PRODUCTS]))
    assert TapWix.environment()["custom_streams"] == [PRODUCTS]


def test_inference_is_wide_enough() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "n": 1, "at": "2026-01-01T00:00:00Z", "nested": {"x": None}, "list": [{"y": 1}], "mixed": 1},
        {"id": "b", "n": None, "at": None, "nested": {"z": True}, "list": [], "mixed": "text"},
    ]
    schema = schema_of(rows, ["id"])
    validator = Draft202012Validator(schema)
    assert not [error for row in rows for error in validator.iter_errors(row)]
    properties = schema["properties"]
    assert properties["id"] == {"type": ["string"]}
    assert properties["n"] == {"type": ["number", "null"]}
    assert properties["at"] == {"type": ["string", "null"], "format": "date-time"}
    assert properties["nested"]["properties"]["z"] == {"type": ["boolean", "null"]}
    assert properties["list"]["items"]["properties"]["y"] == {"type": ["number", "null"]}
    assert properties["mixed"]["type"] == ["number", "string", "null"]
