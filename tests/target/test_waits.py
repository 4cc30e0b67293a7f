"""How long a run waits for Wix's index, by the sandbox's own clock, and how long it need not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.lives import LAG_SECONDS, End, live
from tests.target.kill.shops import picture
from tests.target.runs import messages, product
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from requests import PreparedRequest

    from tests.target.kill.lives import Life, Witness

    Start = Callable[..., float]

DAY = 86_400
LATE = 3 * LAG_SECONDS
KILLED = End("after", 3)
TEN = {
    "v1": [{"name": f"Mug {n}", "slug": f"mug-{n}", "priceData": {"price": 1}} for n in range(10)],
    "v3": [product(f"Mug {n}", sku=f"S{n}") for n in range(10)],
}
BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])


class Shop:
    """A shop whose clock moves only while somebody waits."""

    def __init__(self, catalog: str, folder: Path, **options: Any) -> None:
        self.sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, **options))
        self.sandbox.fill()
        self.clock = self.sandbox.site.clock
        self.clock.stop(datetime(2026, 1, 1, tzinfo=UTC))
        folder.mkdir(exist_ok=True)
        self._results = folder / "results.jsonl"
        self.life: Life | None = None

    def waited(
        self, listed: list[dict[str, Any]], *end: End, witness: Witness = lambda _: None, **settings: Any
    ) -> float:
        """Run over messages, and return how long that took."""
        began = self.clock()
        settings = {"batch_size_rows": 3, **settings}
        self.life = live(self.sandbox, listed, self._results, *end, settings=settings, witness=witness)
        assert self.life.error is None
        return (self.clock() - began).total_seconds()

    @property
    def reported(self) -> list[str]:
        return [result["outcome"] for result in self.life.results] if self.life else []

    @property
    def outcomes(self) -> set[str]:
        return set(self.reported)


@pytest.fixture
def shop(catalog: str, tmp_path: Path) -> Shop:
    return Shop(catalog, tmp_path)


@pytest.mark.parametrize(("catalog", "seconds"), [("v1", LATE), ("v3", 0)])
def test_the_first_run_on_a_machine_waits_where_wix_would_make_things_twice(shop: Shop, seconds: float) -> None:
    assert shop.waited(messages(products=TEN[shop.sandbox.options.catalog])) == seconds
    assert shop.outcomes == {"created"}


def test_an_answer_that_is_older_than_a_write_is_not_believed_however_long_the_next_one_takes(tmp_path: Path) -> None:
    shop = Shop("v1", tmp_path, readings={"slugs-in-filter": "10"})
    mugs = [{"name": f"Mug {n}", "slug": f"mug-{n}", "priceData": {"price": 1}} for n in range(12)]
    shop.waited(messages(products=mugs))
    shop.clock.shift(DAY)
    # Of the look-ups, the first is refused; two follow before the first names are written, and two after it.
    stale = {"skip": 3, "times": 1, "action": {"stale_index_ms": 4_000}}
    slow = {"skip": 4, "times": 3, "action": {"status": 500}}
    shop.sandbox.app.faults.plan([{"operation": "products.query", **fault} for fault in (stale, slow)])

    twice = messages(products=[*({**mug, "name": f"{mug['name']} II"} for mug in mugs), *mugs])
    assert shop.waited(twice, batch_size_rows=400) > LAG_SECONDS

    assert shop.outcomes == {"updated"}
    assert {row["name"] for row in shop.sandbox.site.store.all("products")} == {mug["name"] for mug in mugs}


def test_look_ups_end_though_the_clock_is_set_back(tmp_path: Path) -> None:
    shop = Shop("v1", tmp_path)
    sent = []

    def witness(request: PreparedRequest) -> None:
        if not sent:
            shop.clock.shift(-365 * DAY)
        sent.append(request)
        assert len(sent) < 100

    assert shop.waited(messages(products=TEN["v1"]), witness=witness) < 0
    assert shop.outcomes == {"created"}


@BOTH
def test_nothing_is_waited_for_long_after_a_clean_end(shop: Shop, catalog: str) -> None:
    listed = messages(collections=[{"name": "Cups"}], products=TEN[catalog])
    shop.waited(listed)
    shop.clock.shift(DAY)
    assert shop.waited(listed) == 0
    assert shop.outcomes == {"unchanged"}
    more = [{**one, "name": f"{one['name']} II"} for one in TEN[catalog]]
    assert shop.waited(messages(products=more)) == 0
    assert shop.outcomes == {"updated"}


@BOTH
def test_nothing_is_waited_for_after_a_run_that_wrote_nothing(shop: Shop, catalog: str) -> None:
    listed = messages(products=TEN[catalog])
    shop.waited(listed)
    shop.clock.shift(DAY)
    shop.waited(listed)
    assert shop.waited(messages(products=[{**TEN[catalog][0], "slug": "new"}])) == 0


@BOTH
def test_what_an_earlier_run_wrote_just_before_is_waited_for_no_longer_than_needed(shop: Shop, catalog: str) -> None:
    listed = messages(products=TEN[catalog])
    shop.waited(listed)
    shop.clock.shift(2)
    assert shop.waited(listed) == LAG_SECONDS - 2
    assert shop.outcomes == {"unchanged"}


@pytest.mark.parametrize(("catalog", "seconds"), [("v1", LATE), ("v3", LAG_SECONDS)])
def test_a_run_after_one_that_was_killed_waits_once(shop: Shop, seconds: float) -> None:
    listed = messages(products=TEN[shop.sandbox.options.catalog])
    shop.waited([])
    shop.waited(listed, KILLED)
    assert shop.life
    assert shop.life.killed
    assert shop.waited(listed) == seconds
    assert len(shop.sandbox.site.store.snapshot()["products"]) == 10


@BOTH
def test_a_run_that_only_updates_after_one_that_was_killed_waits_for_the_index_alone(shop: Shop, catalog: str) -> None:
    shop.waited(messages(products=TEN[catalog]))
    shop.clock.shift(DAY)
    more = messages(products=[{**one, "name": f"{one['name']} II"} for one in TEN[catalog]])
    shop.waited(more, KILLED)
    assert shop.waited(more) == LAG_SECONDS


def everything(catalog: str, weight: float, quantity: int) -> list[dict[str, Any]]:
    """Write records of all streams, which name what the same input makes."""
    products = [{**one, "name": f"{one['name']} {weight}", "collections": ["Sale"]} for one in TEN[catalog][:3]]
    if catalog == "v1":
        products = [{**one, "sku": f"S{number}"} for number, one in enumerate(products)]
    return messages(
        collections=[{"name": "Cups"}, {"name": "Sale"}],
        products=[*products[:2], {**products[2], "collections": []}],
        contacts=[{"email": "ann@example.com", "lastName": f"Lee {weight}"}],
        product_variants=[{"sku": f"S{n}", "physicalProperties": {"weight": weight}} for n in range(2)],
        inventory_items=[{"sku": f"S{n}", "quantity": quantity} for n in range(2)],
        collection_products=[
            {"collection": "Sale", "sku": "S0"},
            {"collection": "Sale", "sku": "S2"},
            {"collection": "Sale", "sku": "S2", "_command": "delete"},
        ],
    )


@BOTH
def test_a_run_need_not_wait_for_what_it_wrote_itself(catalog: str, tmp_path: Path) -> None:
    prompt, lagging = (Shop(catalog, tmp_path / name) for name in ("prompt", "lagging"))
    lagging.sandbox.app.faults.plan({"operation": "*", "action": {"stale_index_ms": 4900}})
    for shop in (prompt, lagging):
        shop.waited([])
    for weight, quantity in ((1, 3), (2, 5), (2, 5)):
        for shop in (prompt, lagging):
            shop.clock.shift(DAY)
            assert shop.waited(everything(catalog, weight, quantity), max_deletes="off") == 0
        assert lagging.reported == prompt.reported
        assert picture(lagging.sandbox.site.store.snapshot()) == picture(prompt.sandbox.site.store.snapshot())
    # The membership that comes and goes.
    assert Counter(prompt.reported) == {"unchanged": 11, "created": 1, "deleted": 1}


PRICE = {"priceData": {"price": 1}}  # as in records of V1, which both catalogs accept
MUG, CUP = ({"name": slug, "slug": slug, "sku": sku, **PRICE} for slug, sku in ("mA", "cB"))
KEYS = [({"slug": "m"}, {"slug": "n"}), ({"sku": "A"}, {"sku": "N"})]


@pytest.fixture
def lagging(shop: Shop) -> Shop:
    """Return a shop with a mug and a cup, whose index shows no write of the next run."""
    shop.waited(messages(products=[MUG, CUP]))
    shop.clock.shift(DAY)
    shop.sandbox.app.faults.plan({"operation": "*", "action": {"stale_index_ms": 4900}})
    return shop


def left(shop: Shop) -> dict[str, str]:
    return {product["id"]: product["name"] for product in shop.sandbox.site.store.all("products")}


@BOTH
@pytest.mark.parametrize(("old", "new"), KEYS)
@pytest.mark.parametrize("size", [1, 400])
def test_a_product_is_found_by_the_key_that_an_earlier_record_gave_it(
    lagging: Shop, old: dict[str, str], new: dict[str, str], size: int
) -> None:
    mug, _ = left(lagging)
    gone = {**old, "_command": "delete"}
    lagging.waited(
        messages(products=[{"id": mug, **new, **PRICE}, gone, {**new, "name": "Bowl"}]), batch_size_rows=size
    )
    assert lagging.reported == ["updated", "unchanged", "updated"]
    assert sorted(left(lagging).values()) == ["Bowl", "c"]


@BOTH
def test_a_product_is_found_by_the_sku_that_a_row_of_variants_gave_it(lagging: Shop) -> None:
    mug, _ = left(lagging)
    rows = [{"sku": "A", "_command": "delete"}, {"sku": "N", "name": "Bowl"}]
    lagging.waited(messages(product_variants=[{"productId": mug, "sku": "N"}], products=rows), batch_size_rows=1)
    assert lagging.reported == ["updated", "unchanged", "updated"]
    assert sorted(left(lagging).values()) == ["Bowl", "c"]


@BOTH
@pytest.mark.parametrize(("old", "new"), KEYS)
def test_a_new_product_is_found_by_its_last_key_only(shop: Shop, old: dict[str, str], new: dict[str, str]) -> None:
    keys = ["slug", "sku"] if "sku" in old else ["sku", "slug"]
    rows = [MUG, {**MUG, **new}, {**old, "_command": "delete"}, {**new, "name": "Bowl"}]
    shop.waited(messages(products=rows), batch_size_rows=1, stream_options={"products": {"match_on": keys}})
    assert shop.reported == ["created", "updated", "unchanged", "updated"]
    assert [*left(shop).values()] == ["Bowl"]


@BOTH
def test_a_record_whose_product_was_deleted_is_matched_by_its_next_key(lagging: Shop) -> None:
    _, cup = left(lagging)
    rows = [{"slug": "m", "_command": "delete"}, {"slug": "m", "sku": "B", "name": "Bowl"}]
    lagging.waited(
        messages(products=rows), batch_size_rows=1, stream_options={"products": {"match_on": ["slug", "sku"]}}
    )
    assert lagging.reported == ["deleted", "updated"]
    assert left(lagging) == {cup: "Bowl"}


@pytest.mark.parametrize("catalog", ["v1"])
def test_a_product_is_not_found_by_a_sku_that_was_removed(lagging: Shop) -> None:
    mug, _ = left(lagging)
    rows = [{"id": mug, "sku": "", **PRICE}, {"sku": "A", "_command": "delete"}]
    lagging.waited(messages(products=rows), batch_size_rows=1)
    assert lagging.reported == ["updated", "unchanged"]


@BOTH
def test_a_key_that_moved_finds_the_product_that_has_it_now(lagging: Shop) -> None:
    mug, cup = left(lagging)
    rows = [{"id": mug, "slug": "n"}, {"id": cup, "slug": "m"}, {"slug": "m", "name": "Bowl"}]
    lagging.waited(messages(products=rows), batch_size_rows=1)
    assert left(lagging) == {mug: "m", cup: "Bowl"}


@pytest.mark.parametrize("catalog", ["v3"])
def test_a_contact_is_found_by_its_last_email_only(shop: Shop) -> None:
    shop.waited(messages(contacts=[{"email": "a@example.com", "firstName": "Ann"}]))
    shop.clock.shift(DAY)
    shop.sandbox.app.faults.plan({"operation": "*", "action": {"stale_index_ms": 4900}})
    (ann,) = (contact["id"] for contact in shop.sandbox.site.store.all("contacts"))
    new = {"emails": {"items": [{"email": "n@example.com", "primary": True}]}}
    rows = [
        {"id": ann, "info": new},
        {"email": "a@example.com", "firstName": "Bob"},
        {"email": "n@example.com", "firstName": "Cy"},
    ]
    shop.waited(messages(contacts=rows), batch_size_rows=1)
    assert shop.reported == ["updated", "created", "updated"]
    assert [contact["info"]["name"]["first"] for contact in shop.sandbox.site.store.all("contacts")] == ["Cy", "Bob"]


@pytest.mark.parametrize("catalog", ["v3"])
def test_a_brand_is_found_by_its_last_name_only(shop: Shop) -> None:
    shop.waited(messages(brands=[{"name": "Kiln"}]))
    shop.clock.shift(DAY)
    shop.sandbox.app.faults.plan({"operation": "*", "action": {"stale_index_ms": 4900}})
    (kiln,) = shop.sandbox.site.store.all("brands")
    rows = [{"id": kiln["id"], "name": "Clay"}, {"name": "Kiln"}, {"name": "Clay"}]
    shop.waited(messages(brands=rows), batch_size_rows=1)
    assert shop.reported == ["updated", "created", "unchanged"]


@BOTH
def test_products_that_were_given_one_key_are_ambiguous(lagging: Shop) -> None:
    mug, cup = left(lagging)
    rows = [{"id": mug, "sku": "N", **PRICE}, {"id": cup, "sku": "N", **PRICE}, {"sku": "N", "name": "Bowl"}]
    lagging.waited(messages(products=rows), batch_size_rows=1, on_reject="skip")
    assert lagging.reported == ["updated", "updated", "rejected"]
    assert lagging.life
    assert lagging.life.results[-1]["error"]["code"] == "AMBIGUOUS_MATCH"


@BOTH
@pytest.mark.parametrize("options", [{}, {"match_on": ["id"]}])
@pytest.mark.parametrize(
    ("stream", "row"),
    [
        ("inventory_items", {"quantity": 3}),
        ("product_variants", {"physicalProperties": {"weight": 2}}),
        ("collection_products", {"collection": "Cups"}),
    ],
)
def test_records_of_other_streams_find_a_product_by_its_new_sku_only(
    lagging: Shop, stream: str, row: dict[str, Any], options: dict[str, Any]
) -> None:
    mug, _ = left(lagging)
    rows = {stream: [{"sku": sku, **row} for sku in "AN"]}
    listed = messages(collections=[{"name": "Cups"}], products=[{"id": mug, "sku": "N", **PRICE}], **rows)
    assert lagging.waited(listed, on_reject="skip", stream_options={"products": options}) == LAG_SECONDS
    assert lagging.reported[:3] == ["created", "updated", "rejected"]
    assert lagging.reported[3] in {"created", "updated"}


@BOTH
def test_stock_finds_a_new_product_by_a_sku_that_does_not_match_products(lagging: Shop) -> None:
    new = {**MUG, "slug": "z", "sku": "Z"}
    listed = messages(products=[new], inventory_items=[{"sku": "Z", "quantity": 3}])
    lagging.waited(listed, stream_options={"products": {"match_on": ["slug"]}})
    assert lagging.outcomes <= {"created", "updated"}


@BOTH
def test_stock_with_the_sku_of_two_new_products_is_ambiguous(shop: Shop) -> None:
    two = [{**MUG, "slug": slug, "handle": slug} for slug in "ab"]
    shop.waited(messages(products=two, inventory_items=[{"sku": "A", "quantity": 3}]), on_reject="skip")
    assert shop.reported == ["created", "created", "rejected"]


@BOTH
def test_stock_with_a_sku_does_not_wait_after_a_changed_slug(lagging: Shop) -> None:
    mug, _ = left(lagging)
    listed = messages(products=[{"id": mug, "slug": "n"}], inventory_items=[{"sku": "B", "quantity": 3}])
    assert lagging.waited(listed) == 0
    assert lagging.outcomes <= {"created", "updated"}


@BOTH
def test_stock_with_a_sku_does_not_wait_after_variants_without_skus(lagging: Shop) -> None:
    def shirt(**variant: Any) -> dict[str, Any]:
        options = [{"name": "Size", "optionType": "drop_down", "choices": [{"value": "S", "description": "S"}]}]
        variants = [{"choices": {"Size": "S"}, "variant": {**PRICE, **variant}}]
        return {
            "name": "Shirt",
            "slug": "s",
            "productOptions": options,
            "manageVariants": True,
            "variants": variants,
            **PRICE,
        }

    lagging.waited(messages(products=[shirt(sku="S")]))
    lagging.clock.shift(DAY)
    listed = messages(products=[shirt(weight=1)], inventory_items=[{"sku": "B", "quantity": 3}])
    assert lagging.waited(listed) == 0
    assert lagging.reported[0] == "updated"


@BOTH
def test_stock_with_a_sku_waits_once_after_a_changed_sku(lagging: Shop) -> None:
    mug, _ = left(lagging)
    stock = [{"sku": "N", "quantity": 3}]
    changed = messages(products=[{"id": mug, "sku": "N", **PRICE}], inventory_items=stock)
    renamed = messages(products=[{"id": mug, "name": "Bowl"}], inventory_items=stock)
    assert lagging.waited([*changed, *renamed], batch_size_rows=1) == LAG_SECONDS
    assert left(lagging)[mug] == "Bowl"


@BOTH
def test_a_membership_finds_no_product_by_its_former_sku_after_other_writes(shop: Shop) -> None:
    shop.sandbox.app.faults.plan({"operation": "*", "action": {"stale_index_ms": 4900}})
    mug = {**MUG, "handle": "m"}
    streams = {
        "collections": [{"name": "Cups"}],
        "products": [{**mug, "sku": "A"}, {**mug, "sku": "N"}],
        "inventory_items": [{"sku": "N", "quantity": 3}],
        "collection_products": [{"sku": "A", "collection": "Cups"}],
    }
    shop.waited(messages(**streams), batch_size_rows=1, on_reject="skip")
    assert shop.reported[1:3] == ["created", "updated"]
    assert shop.reported[4:] == ["rejected"]


def test_a_product_is_found_by_its_new_sku_after_old_reads(tmp_path: Path) -> None:
    shop = Shop("v3", tmp_path)
    shop.waited(messages(products=[MUG]))
    shop.clock.shift(DAY)
    shop.sandbox.app.faults.plan({"operation": "products.get", "action": {"stale_read_ms": 3_000}})
    (mug,) = left(shop)
    rows = [{"id": mug, "sku": "N", **PRICE}, {"sku": "N", "_command": "delete"}]
    shop.waited(messages(products=rows), batch_size_rows=1)
    assert shop.reported == ["updated", "deleted"]


@BOTH
def test_a_plan_takes_no_time(shop: Shop, catalog: str) -> None:
    assert shop.waited(messages(products=TEN[catalog][:2]), dry_run=True) == 0
    assert shop.outcomes == {"created"}
