"""Whatever Wix does where its documentation is silent: a shop is read whole, and copied once."""

from __future__ import annotations

import contextlib
import io
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.killing.wire import Wire
from tests.tap.killing.taps import SmallTap
from tests.tap.runs import Run, parse
from tests.target.kill.lives import live
from tests.target.runs import writes
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, SITE_ID
from wix_sandbox.readings import READINGS

if TYPE_CHECKING:
    from pathlib import Path

    Rows = dict[str, list[dict[str, Any]]]

SIZE = 4
PAGE = 4
STORE = ("collections", "products", "inventory_items")
READ = frozenset({*STORE, "contacts", "contact_labels", "contact_fields", "orders"})
"""Streams that are read; their children are, too."""
COPIED = ("contacts", "collections", "products")
HIDDEN = {("order-identity", "missing"): {"orders", "fulfillments", "order_transactions"}}
"""Streams that a reading leaves nothing of."""
ONE_BY_ONE = [{each.name: value} for each in READINGS for value in each.values[1:]]
AT_RANDOM = [{each.name: Random(f"{seed} {each.name}").choice(each.values) for each in READINGS} for seed in range(20)]


def name(chosen: dict[str, str]) -> str:
    return "-".join(*chosen.items()) if len(chosen) == 1 else f"random-{AT_RANDOM.index(chosen)}"


OPTIONS = {"stream_options": {"contacts": {"create_missing_fields": True, "create_missing_labels": True}}}


class Shops:
    """A shop, and an empty site that it is copied to; both without the readings of the test before."""

    def __init__(self, catalog: str, folder: Path) -> None:
        self.source = Sandbox(SandboxOptions(catalog=catalog, size=SIZE))
        self.source.fill()
        self.copy = Sandbox(SandboxOptions(catalog=catalog, empty=True))
        self.wanted = self.read().records
        self._folder = folder

    def choose(self, chosen: dict[str, str]) -> None:
        self.copy.fill()
        for sandbox in (self.source, self.copy):
            sandbox.site.readings.reset()
            sandbox.site.readings.choose(chosen)

    def read(self) -> Run:
        site = self.source.site
        credentials = {"api_url": "http://sandbox.localhost", "api_key": API_KEY, "site_id": SITE_ID}
        written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(written), contextlib.suppress(SystemExit):
            SmallTap(
                Wire(self.source, lambda: None),
                site,
                page_size=PAGE,
                readers=1,
                wanted=READ,
                config={**credentials, "store_catalog": site.options.catalog},
                state=None,
            ).sync_all()
        written.flush()
        return Run(parse(written.buffer.getvalue().decode()))

    def load(self, run: Run) -> set[str]:
        """Write what was read to the other site; return the outcomes."""
        listed = [message for message in run.messages if message.get("stream") in COPIED]
        self.copy.app.journal.clear()
        done = live(self.copy, listed, self._folder / "results.jsonl", settings=OPTIONS)
        assert done.error is None, [result["error"] for result in done.results if result["error"]]
        return {result["outcome"] for result in done.results}


@pytest.fixture(scope="module", params=["v1", "v3"])
def shops(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shops:
    return Shops(request.param, tmp_path_factory.mktemp("copies"))


def test_the_shop_has_rows_of_every_stream(shops: Shops) -> None:
    assert shops.wanted.keys() >= READ | {"fulfillments", "order_transactions", "product_variants"}


@pytest.mark.parametrize("chosen", [*ONE_BY_ONE, *AT_RANDOM], ids=name)
def test_a_shop_is_read_whole_and_its_copy_is_written_once(shops: Shops, chosen: dict[str, str]) -> None:
    shops.choose(chosen)
    run = shops.read()
    hidden = set().union(*(HIDDEN.get(one, set()) for one in chosen.items()))
    assert run.records == {stream: rows for stream, rows in shops.wanted.items() if stream not in hidden}
    assert shops.load(run) <= {"created", "updated", "unchanged"}
    assert shops.load(run) == {"unchanged"}
    assert writes(shops.copy.app) == []
