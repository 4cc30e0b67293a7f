"""Members that Wix sends and a schema lacks: they are written, reported once a stream, and can be let through."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix.tap import TapWix
from tests.bent import Answer, Asked, bent
from tests.tap.runs import Run, catalog_of, parse
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
