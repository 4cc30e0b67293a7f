"""Whatever Wix does where its documentation is silent: a shop is read whole, and copied once."""

from __future__ import annotations

import contextlib
import io
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.wire import Wire
from tests.tap.killing.taps import SmallTap
from tests.tap.runs import Run, parse
from tests.tap.test_streams import OF_ORDERS
from tests.target.kill.lives import live
from tests.target.runs import messages, product, writes
from wix_api.catalog import StoreCatalog
from wix_api.retry import RetryPolicy
from wix_api.settings import connect
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, SITE_ID
from wix_sandbox.readings import READINGS

if TYPE_CHECKING:
    from pathlib import Path

    Rows = dict[str, list[dict[str, Any]]]

PICTURE = "https://pictures.example.com/{}.jpg"
SIZE = 4
PAGE = 4
STORE = ("collections", "products", "inventory_items")
READ = frozenset({*STORE, "contacts", "contact_labels", "contact_fields", "orders"})
"""Streams that are read; their children are, too."""
COPIED = ("contacts", "collections", "products")
HIDDEN = {("order-identity", "missing"): {"orders", *OF_ORDERS, "invoices"}}
"""Streams that a reading leaves nothing of."""
ONE_BY_ONE = [{each.name: value} for each in READINGS for value in each.values[1:]]
AT_ONCE = 8
TOGETHER = [
    {name: value for chosen in ONE_BY_ONE[start :: len(ONE_BY_ONE) // AT_ONCE] for name, value in chosen.items()}
    for start in range(len(ONE_BY_ONE) // AT_ONCE)
]
"""Each value with some of other readings; in long runs, each alone."""
AT_RANDOM = [{each.name: Random(f"{seed} {each.name}").choice(each.values) for each in READINGS} for seed in range(20)]
SOME, MORE = 2, 5
"""How many of the combinations are tried in the default run, and with the services."""


def name(chosen: dict[str, str]) -> str:
    if len(chosen) == 1:
        return "-".join(*chosen.items())
    return f"together-{TOGETHER.index(chosen)}" if chosen in TOGETHER else f"random-{AT_RANDOM.index(chosen)}"


OPTIONS = {"stream_options": {"contacts": {"create_missing_fields": True, "create_missing_labels": True}}}


def read(sandbox: Sandbox, wanted: frozenset[str] = READ) -> Run:
    """Read a site in small pages."""
    credentials = {"api_url": "http://sandbox.localhost", "api_key": API_KEY, "site_id": SITE_ID}
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(written), contextlib.suppress(SystemExit):
        SmallTap(
            Wire(sandbox, lambda: None),
            sandbox.site,
            page_size=PAGE,
            readers=1,
            wanted=wanted,
            config={**credentials, "store_catalog": sandbox.site.options.catalog},
            state=None,
        ).sync_all()
    written.flush()
    found = Run(parse(written.buffer.getvalue().decode()))
    found.records.pop("order_pdf_links", None)  # a new link each time
    return found


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
        return read(self.source)

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


def test_every_value_of_every_reading_is_chosen() -> None:
    chosen = {one for together in TOGETHER for one in together.items()}
    assert chosen == {(each.name, value) for each in READINGS for value in each.values[1:]}


def test_the_shop_has_rows_of_every_stream(shops: Shops) -> None:
    assert shops.wanted.keys() >= READ | {"fulfillments", "order_line_items", "order_transactions", "product_variants"}


@pytest.mark.parametrize(
    "chosen",
    [
        *TOGETHER,
        *AT_RANDOM[:SOME],
        *(pytest.param(each, marks=pytest.mark.services) for each in AT_RANDOM[SOME:MORE]),
        *(pytest.param(each, marks=pytest.mark.soak) for each in (*ONE_BY_ONE, *AT_RANDOM[MORE:])),
    ],
    ids=name,
)
def test_a_shop_is_read_whole_and_its_copy_is_written_once(shops: Shops, chosen: dict[str, str]) -> None:
    shops.choose(chosen)
    run = shops.read()
    hidden = set().union(*(HIDDEN.get(one, set()) for one in chosen.items()))
    assert run.records == {stream: rows for stream, rows in shops.wanted.items() if stream not in hidden}, chosen
    assert shops.load(run) <= {"created", "updated", "unchanged"}, chosen
    assert shops.load(run) == {"unchanged"}, chosen
    assert writes(shops.copy.app) == []


# What no copy of a shop does


def values_of(name: str) -> tuple[str, ...]:
    return next(each.values for each in READINGS if each.name == name)


class Empty:
    """An empty site with one reading."""

    def __init__(self, folder: Path, catalog: str, name: str, value: str) -> None:
        self.sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, readings={name: value}))
        self.sandbox.fill()
        self._results = folder / "results.jsonl"

    def load(self, **streams: list[dict[str, Any]]) -> set[str]:
        """Write records; return the outcomes."""
        done = live(self.sandbox, messages(**streams), self._results, settings={**OPTIONS, "index_lag_seconds": 0})
        assert done.error is None, [result["error"] for result in done.results]
        return {result["outcome"] for result in done.results}

    def all(self, kind: str) -> list[dict[str, Any]]:
        return list(self.sandbox.site.store.all(kind))


@pytest.mark.parametrize("form", values_of("numeric-id-filter"))
def test_products_that_changed_at_one_moment_are_read_whole(form: str) -> None:
    sandbox = Sandbox(SandboxOptions(catalog="v1", size=3 * PAGE, readings={"numeric-id-filter": form}))
    sandbox.fill()
    table = sandbox.site.store.table("products")
    for row in list(sandbox.site.store.all("products")):
        table.put({**row, "lastUpdated": "2026-01-01T00:00:00.000Z"})
    read_ids = read(sandbox, frozenset({"products"})).ids("products")
    assert sorted(read_ids) == sorted(sandbox.site.store.ids("products"))


@pytest.mark.parametrize("place", values_of("labels-of-delete"))
def test_a_label_is_taken_off_wherever_its_key_is_read(tmp_path: Path, place: str) -> None:
    site = Empty(tmp_path, "v3", "labels-of-delete", place)
    for keys in (["VIP", "Wholesale"], ["VIP"]):
        info = {"name": {"first": "Ada"}, "emails": {"items": [{"email": "ada@example.com"}]}}
        site.load(contacts=[{"info": {**info, "labelKeys": {"items": keys}}}])
    (contact,) = site.all("contacts")
    assert len(contact["info"]["labelKeys"]["items"]) == 1


@pytest.mark.parametrize("answer", values_of("search-variants-by-sku"))
def test_variants_are_found_by_sku_whether_or_not_they_can_be_searched(tmp_path: Path, answer: str) -> None:
    site = Empty(tmp_path, "v3", "search-variants-by-sku", answer)
    site.load(products=[product(name, handle=name, sku=name.upper()) for name in ("mug", "cup")])
    rows = [{"sku": "CUP", "price": {"actualPrice": {"amount": "9"}}}]
    assert site.load(product_variants=rows) == {"updated"}
    assert site.load(product_variants=rows) == {"unchanged"}


@pytest.mark.parametrize("most", values_of("slugs-in-filter"))
def test_more_products_are_found_by_slug_than_one_filter_may_name(tmp_path: Path, most: str) -> None:
    site = Empty(tmp_path, "v3", "slugs-in-filter", most)
    products = [product(f"Mug {at}", slug=f"mug-{at}") for at in range(12)]
    assert site.load(products=products) == {"created"}
    assert site.load(products=products) == {"unchanged"}


@pytest.mark.parametrize("found", values_of("v1-stock-of-products"))
def test_stock_is_written_to_all_products_on_v1(tmp_path: Path, found: str) -> None:
    site = Empty(tmp_path, "v1", "v1-stock-of-products", found)
    names = ("Mug", "Cup", "Jug")
    site.load(products=[{"name": name, "priceData": {"price": 10}, "sku": name} for name in names])
    rows = [{"sku": name, "quantity": 3} for name in names]
    assert site.load(inventory_items=rows) == {"updated"}
    assert site.load(inventory_items=rows) == {"unchanged"}


@pytest.mark.parametrize("stock", values_of("stock-of-simple-creates"))
def test_a_new_product_has_its_quantity_after_the_run_that_makes_it(tmp_path: Path, stock: str) -> None:
    site = Empty(tmp_path, "v3", "stock-of-simple-creates", stock)
    assert site.load(products=[product(handle="mug", variant={"inventoryItem": {"quantity": 3}})]) == {"created"}
    assert [item["quantity"] for item in site.all("inventory_items")] == [3]


@pytest.mark.parametrize("stock", values_of("stock-without-id"))
def test_the_stock_of_a_product_is_changed_where_it_is(tmp_path: Path, stock: str) -> None:
    site = Empty(tmp_path, "v3", "stock-without-id", stock)
    site.load(products=[product(handle="mug", variant={"inventoryItem": {"quantity": 3}})])
    (before,) = site.all("inventory_items")
    again = product(handle="mug", variant={"inventoryItem": {"quantity": 5}})
    assert site.load(products=[again]) == {"updated"}
    assert [(row["id"], row["quantity"]) for row in site.all("inventory_items")] == [(before["id"], 5)]
    assert site.load(products=[again]) == {"unchanged"}


def sized(*sizes: str, pictures: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    """Return a product with a variant for each size, whose choices each show a picture of the gallery."""
    choices = [
        {"name": size, "media": {"items": [{"url": PICTURE.format(size)}]} if pictures else {}} for size in sizes
    ]
    variants = [
        {
            "sku": size,
            "price": {"actualPrice": {"amount": "9"}},
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            "inventoryItem": {"quantity": 3},
        }
        for size in sizes
    ]
    media = (
        {"media": {"itemsInfo": {"items": [{"url": PICTURE.format(name)} for name in pictures]}}} if pictures else {}
    )
    return {
        "name": "Shirt",
        "handle": "shirt",
        "options": [{"name": "Size", "choicesSettings": {"choices": choices}}],
        "variantsInfo": {"variants": variants},
        **media,
        **members,
    }


@pytest.mark.parametrize("what", values_of("gallery-only-write"))
def test_choices_keep_their_pictures_when_the_gallery_alone_changes(tmp_path: Path, what: str) -> None:
    site = Empty(tmp_path, "v3", "gallery-only-write", what)
    site.load(products=[sized("S", "M", pictures=("S", "M"))])
    assert site.load(products=[sized("S", "M", pictures=("S", "M", "back"))]) == {"updated"}
    (option,) = site.all("products")[0]["options"]
    shown = [choice["media"]["items"] for choice in option["choicesSettings"]["choices"]]
    assert [len(items) for items in shown] == [1, 1]


@pytest.mark.parametrize("what", values_of("stock-after-rebuild"))
def test_variants_that_are_kept_show_their_stock_when_another_one_comes(tmp_path: Path, what: str) -> None:
    site = Empty(tmp_path, "v3", "stock-after-rebuild", what)
    site.load(products=[sized("S", "M")])
    assert site.load(products=[sized("S", "M", "L")]) == {"updated"}
    variants = site.all("products")[0]["variantsInfo"]["variants"]
    assert [variant["inventoryStatus"]["inStock"] for variant in variants] == [True] * 3


@pytest.mark.parametrize("most", values_of("choices-limit"))
def test_as_many_choices_are_written_as_wix_takes(tmp_path: Path, most: str) -> None:
    site = Empty(tmp_path, "v3", "choices-limit", most)
    sizes = [str(number) for number in range(150)]
    done = live(site.sandbox, messages(products=[sized(*sizes)]), tmp_path / "r", settings={"on_reject": "skip"})
    (result,) = done.results
    assert result["outcome"] == ("created" if int(most) >= len(sizes) else "rejected")


@pytest.mark.parametrize("what", values_of("reader-path-on-v3"))
def test_a_new_v3_site_is_known_by_a_key_that_may_not_ask_for_the_version(what: str) -> None:
    options = SandboxOptions(
        catalog="v3",
        empty=True,
        provisioning_ms=60_000,
        denied_scopes=frozenset({"SCOPE.STORES.CATALOG_READ_LIMITED"}),
        readings={"reader-path-on-v3": what},
    )
    sandbox = Sandbox(options)
    sandbox.fill()
    config = {"api_url": "http://sandbox.localhost", "api_key": API_KEY, "site_id": SITE_ID}
    patience = RetryPolicy(sleep=sandbox.site.clock.shift)
    client = connect(config, user_agent="tests", adapter=Wire(sandbox, lambda: None), retry=patience)
    assert client.store_catalog is StoreCatalog.V3
    client.close()
