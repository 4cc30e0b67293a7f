"""Members that Wix sends and a schema lacks: they are written, reported once a stream, and can be let through."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.tap import TapWix
from tests.bent import Answer, Asked, bent
from tests.tap.runs import Run, catalog_of, parse, run
from wix_api.errors import SettingsError
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.singerlib import Catalog

EXTRA = {"orders": {"mood": {"type": ["string", "null"]}}}
SELECT = ("orders", "order_line_items", "contacts")


@pytest.fixture(scope="module")
def site() -> RunningSite:
    sandbox = Sandbox(SandboxOptions(catalog="v3", size=3, random_seed=3))
    sandbox.fill()
    return RunningSite("http://localhost", sandbox.app)


def moody(asked: Asked, ask: Callable[[], Answer]) -> Answer:
    """Add a member that no schema has to each order."""
    answer = ask()
    if asked.path.startswith("/ecom/v1/orders/search"):
        orders = [{**order, "mood": "fine", "tone": 1} for order in answer.body["orders"]]
        return Answer(answer.status, {**answer.body, "orders": orders})
    return answer


def read(site: RunningSite, change: Callable[[Catalog], None] = lambda _: None, **more: Any) -> Run:
    """Run with a catalog that is changed first."""
    with bent(site, moody) as settings:
        config = {**settings, **more}
        catalog = catalog_of(config, SELECT)
        change(catalog)
        written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(written):
            TapWix(config=config, catalog=catalog).sync_all()
    written.flush()
    return Run(parse(written.buffer.getvalue().decode()))


COMPUTED = {"order_pdf_links"}
"""Streams whose records consist of members that tap-wix names."""
IN_V1 = {"collections", "products", "product_variants", "inventory_items"}
"""Streams of catalog V1 whose members without an equivalent on V3 are in the object `v1`."""
EMPTY = {"inbox_conversations", "inbox_messages"}
"""Streams of which the sandbox has no rows without further settings; they are read as the others are."""


def new_everywhere(_asked: Asked, ask: Callable[[], Answer]) -> Answer:
    """Add a member that no schema has to each object of an answer, at any depth."""
    answer = ask()
    return Answer(answer.status, with_mood(answer.body))


def with_mood(value: Any) -> Any:
    if isinstance(value, list):
        return [with_mood(one) for one in value]
    return {**{key: with_mood(one) for key, one in value.items()}, "mood": "fine"} if isinstance(value, dict) else value


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_new_member_of_any_stream_is_written_and_reported_once(
    catalog: str, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, size=12, random_seed=3))
    sandbox.fill()
    with bent(RunningSite("http://localhost", sandbox.app), new_everywhere) as settings:
        names = set(TapWix(config=settings, setup_mapper=False).streams)
        found = run(settings, select=tuple(names))
    rows = found.records
    lacking = {name for name in rows if not all("mood" in row for row in rows[name])}
    of_v1 = {*IN_V1, "collection_products"} if catalog == "v1" else set()
    assert lacking == COMPUTED | of_v1
    assert all("mood" in row["v1"] for name in IN_V1 & of_v1 for row in rows[name])
    assert sorted(report.split("`")[1] for report in reports(caplog)) == sorted(rows.keys() - lacking)
    assert names - rows.keys() == EMPTY


def reports(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [entry.getMessage() for entry in caplog.records if "members that" in entry.getMessage()]


def test_new_members_are_written_and_reported_once(site: RunningSite, caplog: pytest.LogCaptureFixture) -> None:
    found = read(site)
    assert {row["mood"] for row in found.records["orders"]} == {"fine"}
    assert reports(caplog) == [
        (
            "Stream `orders`: its records have members that the schema lacks: `mood`, `tone`. Loaders may drop "
            "them. To load them, add them to the setting `schema_extra`, and write a new catalog with --discover if "
            "you use one."
        )
    ]


def test_members_in_schema_extra_are_in_the_schema(site: RunningSite, caplog: pytest.LogCaptureFixture) -> None:
    found = read(site, schema_extra=EXTRA)
    assert found.schemas["orders"]["properties"]["mood"] == {"type": ["string", "null"]}
    (report,) = reports(caplog)
    assert "lacks: `tone`." in report


def test_members_that_only_an_old_catalog_lacks_need_a_new_catalog(
    site: RunningSite, caplog: pytest.LogCaptureFixture
) -> None:
    def forget(catalog: Catalog) -> None:
        known = catalog["orders"].schema.to_dict()["properties"]
        del known["mood"], known["number"]

    extra = {"orders": {"mood": {"type": ["string", "null"]}, "tone": {"type": ["integer", "null"]}}}
    read(site, forget, schema_extra=extra)
    assert reports(caplog) == [
        (
            "Stream `orders`: its records have members that the catalog lacks: `mood`, `number`. Loaders may drop "
            "them. To load them, write a new catalog with --discover."
        )
    ]


def test_a_stream_that_does_not_exist_is_refused(site: RunningSite) -> None:
    with bent(site, moody) as settings, pytest.raises(SettingsError, match="do not exist: ordres"):
        TapWix(config={**settings, "schema_extra": {"ordres": {}}})
