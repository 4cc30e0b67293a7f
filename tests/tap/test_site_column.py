"""The column `siteId`, by which the tables of several sites are one (`add_site_id`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.tap import TapWix
from tests.shops import config, shop
from tests.tap.runs import catalog_of, command, run
from tests.tap.test_versions import without_bookmarks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

STREAMS = ("contact_labels", "contacts", "collection_products", "collections", "orders", "product_variants", "products")


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=repr)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("mapped", [False, True])
def test_each_record_has_its_site_in_its_key_and_is_otherwise_the_same(catalog: str, *, mapped: bool) -> None:
    site = shop(catalog)
    maps = {"stream_maps": {name: {"more": "1"} for name in STREAMS}} if mapped else {}
    plain = run(config(site, **maps), select=STREAMS)
    marked = run(config(site, add_site_id=True, **maps), select=STREAMS)
    assert plain.records.keys() == marked.records.keys() == set(STREAMS)
    for stream in STREAMS:
        own = {"siteId": site.config()["site_id"]}
        assert _sorted(marked.records[stream]) == _sorted([own | row for row in plain.records[stream]])
    keys = {each["stream"]: each["key_properties"] for each in plain.messages if each["type"] == "SCHEMA"}
    for message in marked.messages:
        if message["type"] == "SCHEMA":
            assert message["key_properties"] == ["siteId", *keys[message["stream"]]]
            assert message["schema"]["properties"]["siteId"]["type"] == "string"


def test_a_catalog_that_was_written_without_the_column_loads_it_nevertheless() -> None:
    site = shop("v3")
    catalog = catalog_of(config(site), ("contact_labels",))
    entry = catalog.get_stream("contact_labels")
    assert entry is not None
    stream = TapWix(config=config(site, add_site_id=True), catalog=catalog).streams["contact_labels"]
    assert list(stream.primary_keys) == ["siteId", "key"]
    assert "siteId" in stream.effective_schema["properties"]


def test_a_catalog_that_was_written_with_the_column_is_read_without_it() -> None:
    site = shop("v3")
    catalog = catalog_of(config(site, add_site_id=True), ("contact_labels",))
    tap = TapWix(config=config(site), catalog=catalog)
    assert list(tap.streams["contact_labels"].primary_keys) == ["key"]
    assert "siteId" not in tap.streams["contact_labels"].effective_schema["properties"]


def test_rows_are_read_in_full_when_their_key_gets_or_loses_the_column() -> None:
    site = shop("v3")
    plain, marked = config(site), config(site, add_site_id=True)
    first = run(plain, select=STREAMS)
    second = run(marked, select=STREAMS, state=first.state)
    third = run(marked, select=STREAMS, state=second.state)
    fourth = run(plain, select=STREAMS, state=third.state)
    for stream in STREAMS:
        all_rows = len(first.records[stream])
        assert len(second.records[stream]) == len(fourth.records[stream]) == all_rows
    assert len(third.records["orders"]) < len(first.records["orders"])


def test_a_site_is_needed_for_its_column(tmp_path: Path) -> None:
    settings = {**shop("v3").app_config(), "add_site_id": True}
    done = command(tmp_path, settings)
    assert (done.code, done.messages) == (1, [])
    assert "Setting `add_site_id` needs `site_id`" in done.stderr


def test_removed_rows_have_their_site_and_no_version_is_activated(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    """A loader that activates a version would delete the rows of other sites from the same table."""
    site = open_shop(size=3)
    settings = config(site, add_site_id=True, change_log=f"sqlite:///{tmp_path}/changes.db")
    first = run(settings, select=("products",))
    gone = site.ids("products")[0]
    site.store.delete("products", gone)
    second = run(settings, state=without_bookmarks(first), select=("products",))
    own = site.config()["site_id"]
    removed = [row for row in second.records["products"] if "_sdc_deleted_at" in row]
    assert [(row["siteId"], row["id"]) for row in removed] == [(own, gone)]
    for message in first.messages + second.messages:
        assert message["type"] != "ACTIVATE_VERSION"
        assert "version" not in message
