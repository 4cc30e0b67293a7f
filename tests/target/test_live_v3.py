"""What live V3 sites were seen to do with products, and what comes of a record there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.killing.wire import Wire
from tests.target.kill.lives import live
from tests.target.runs import messages, product, writes
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources.stores_v3.inventory import KIND as STOCK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.kill.lives import Life

    Entity = dict[str, Any]
    Start = Callable[..., Life]
    Sent = list[tuple[str, Entity]]


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(SandboxOptions(catalog="v3", empty=True))
    made.fill()
    return made


@pytest.fixture
def sent() -> Sent:
    """Paths and bodies of the requests of the last run."""
    return []


@pytest.fixture
def start(sandbox: Sandbox, tmp_path: Path, sent: Sent) -> Start:
    """Load messages into the sandbox: `start(products=[…])`; a journal of what was sent begins with each."""

    def witness(request: requests.PreparedRequest) -> None:
        sent.append((request.path_url, json.loads(request.body or "{}")))

    def begin(settings: Entity | None = None, **streams: list[Entity]) -> Life:
        sandbox.app.journal.clear()
        sent.clear()
        done = live(sandbox, messages(**streams), tmp_path / "results.jsonl", settings=settings, witness=witness)
        assert done.error is None, done.results
        return done

    return begin


Alter = Callable[[str, Callable[["Entity"], None]], None]


@pytest.fixture
def alter(monkeypatch: pytest.MonkeyPatch) -> Alter:
    """Change the next answer to a path before it arrives: `alter("/create", change)`."""
    waiting: list[tuple[str, Callable[[Entity], None]]] = []
    send = Wire.send

    def sent(wire: Wire, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = send(wire, request, *args, **kwargs)
        if waiting and str(request.path_url).endswith(waiting[0][0]):
            body = response.json()
            waiting.pop(0)[1](body)
            response._content = json.dumps(body).encode()
        return response

    monkeypatch.setattr(Wire, "send", sent)
    return lambda path, change: waiting.append((path, change))


def outcomes(done: Life) -> list[str]:
    return [result["outcome"] for result in done.results]


def the_product(sandbox: Sandbox) -> Entity:
    (found,) = sandbox.site.store.all("products")
    return found


def test_a_slug_with_accents_that_is_on_the_site_is_not_sent_back(sandbox: Sandbox, start: Start) -> None:
    start(products=[product(sku="MUG")])
    sandbox.site.store.update("products", the_product(sandbox) | {"slug": "tasse-bleuâtre"})

    done = start(products=[product("Red mug", sku="MUG", slug="tasse-bleuâtre")])

    assert outcomes(done) == ["updated"]
    assert done.results[0]["fields"] == ["name"]
    assert writes(sandbox.app) == ["products.bulk-update"]
    assert the_product(sandbox)["slug"] == "tasse-bleuâtre"


# Stock of with-inventory calls

MUGS = [
    product(f"Mug {number}", sku=f"M{number}", variant={"inventoryItem": {"quantity": number}}) for number in range(3)
]


def quantities(sandbox: Sandbox) -> list[int]:
    return sorted(item["quantity"] for item in sandbox.site.store.all(STOCK))


def lose_stock(sandbox: Sandbox, quantity: int, code: str = "") -> Callable[[Entity], None]:
    """Take an item of stock away, as if Wix had not written it, and tell so in one of Wix's ways."""

    def change(answer: Entity) -> None:
        (item,) = [one for one in sandbox.site.store.all(STOCK) if one["quantity"] == quantity]
        sandbox.site.store.delete(STOCK, item["id"])
        told = answer["inventoryResults"]
        if code == "error":
            told["error"] = {"code": "INTERNAL", "description": "no stock today", "data": {}}
        elif code == "undetailed":
            told["results"] = []
            told["bulkActionMetadata"] = {"totalSuccesses": 2, "totalFailures": 1, "undetailedFailures": 1}
        elif code == "counts":
            told["bulkActionMetadata"]["totalSuccesses"] = 2
        else:
            del answer["inventoryResults"]

    return change


@pytest.mark.parametrize("told", ["error", "undetailed", "counts", "nothing"])
@pytest.mark.parametrize("is_new", [True, False])
def test_stock_that_wix_does_not_confirm_is_read_and_finished(
    sandbox: Sandbox, start: Start, alter: Alter, told: str, *, is_new: bool
) -> None:
    if not is_new:
        start(products=[{**mug, "variantsInfo": {"variants": [each_without_stock(mug)]}} for mug in MUGS])
    alter("/create" if is_new else "/update", lose_stock(sandbox, 1, told))

    done = start(products=MUGS)

    assert outcomes(done) == ["created" if is_new else "updated"] * 3
    assert quantities(sandbox) == [0, 1, 2]


def each_without_stock(mug: Entity) -> Entity:
    (variant,) = mug["variantsInfo"]["variants"]
    return {name: value for name, value in variant.items() if name != "inventoryItem"}


def test_stock_that_with_inventory_calls_never_write_is_made_by_itself(
    sandbox: Sandbox, start: Start, alter: Alter
) -> None:
    """One of Wix's texts says that they do not stock products without options."""
    alter("/create", lose_stock(sandbox, 1, "counts"))

    start(products=MUGS)

    assert writes(sandbox.app) == ["products.bulk-create-with-inventory", "inventory-items.bulk-create"]


def test_an_update_without_stock_needs_no_word_of_stock(sandbox: Sandbox, start: Start, alter: Alter) -> None:
    start(products=MUGS[:1])
    alter("/update", lambda answer: answer.pop("inventoryResults"))

    done = start(products=[product("Mug 0", sku="M0", price="11")])

    assert outcomes(done) == ["updated"]
    assert writes(sandbox.app) == ["products.bulk-update-with-inventory"]
    assert quantities(sandbox) == [0]


def test_products_with_and_without_variants_share_a_call(sandbox: Sandbox, start: Start) -> None:
    start(products=[{**mug, "handle": mug["name"]} for mug in MUGS])

    done = start(products=[product("Mug 0", sku="M0", price="11"), {"handle": "Mug 1", "visibleInPos": False}])

    assert outcomes(done) == ["updated"] * 2
    assert writes(sandbox.app) == ["products.bulk-update-with-inventory"]


# Brands and ribbons


def branded(number: int, brand: str, ribbon: str = "New", **members: Any) -> Entity:
    return product(f"Mug {number}", sku=f"M{number}", brand={"name": brand}, ribbon={"name": ribbon}, **members)


def updates(sent: Sent) -> list[Entity]:
    """Bodies of the products of updates."""
    return [entry["product"] for path, body in sent if path.endswith("/update") for entry in body["products"]]


def brands_of(sent: Sent) -> list[Entity]:
    return [body[name] for body in updates(sent) for name in ("brand", "ribbon") if name in body]


def test_updates_name_brands_and_ribbons_by_id(sandbox: Sandbox, start: Start, sent: Sent) -> None:
    start(products=[branded(number, "Kiln") for number in range(3)])

    done = start(products=[branded(0, "Clay", "Sale"), branded(1, "Clay"), branded(2, "Mud")])

    assert [result["fields"] for result in done.results] == [["brand", "ribbon"], ["brand"], ["brand"]]
    asked = {path.split("/")[-2]: body for path, body in sent if path.endswith("/get-or-create")}
    assert asked == {"brands": {"brandNames": ["Clay", "Mud"]}, "ribbons": {"ribbonNames": ["Sale"]}}
    assert all(brand["id"] for brand in brands_of(sent))
    assert {one["brand"]["name"] for one in sandbox.site.store.all("products")} == {"Clay", "Mud"}
    assert outcomes(start(products=[branded(1, "Clay")])) == ["unchanged"]


def test_a_brand_that_another_product_shows_needs_no_call(start: Start, sent: Sent) -> None:
    start(products=[branded(0, "Kiln"), branded(1, "Clay")])

    start(products=[branded(0, "Clay"), branded(1, "Clay", "New", visibleInPos=False)])

    assert [path for path, _ in sent if path.endswith("/get-or-create")] == []


@pytest.mark.parametrize("status", [403, 404, 501])
def test_without_a_way_to_ids_brands_are_sent_by_name(sandbox: Sandbox, start: Start, sent: Sent, status: int) -> None:
    start(products=[branded(0, "Kiln")])
    sandbox.app.faults.plan([{"operation": "brands.*", "action": {"status": status}}])

    done = start(products=[branded(0, "Clay")])

    assert outcomes(done) == ["updated"]
    assert [brand.get("id") for brand in brands_of(sent)] == [None]


def test_a_plan_counts_the_calls_for_ids(sandbox: Sandbox, start: Start) -> None:
    start(products=[branded(0, "Kiln")])
    changed = [branded(0, "Clay", "Sale")]
    start({"dry_run": True}, products=changed)
    assert writes(sandbox.app) == []
    reads = len(sandbox.app.journal.entries)

    start(products=changed)

    assert len(sandbox.app.journal.entries) == reads + 3


# Codes that several variants have


def refusing(code: str, value: str, **data: str) -> Entity:
    """A fault: products that hold a value are refused for it."""
    error = {"code": code, "description": f"{value} is in use", "data": data}
    return {"operation": "products.bulk-*", "holds": f'"{value}"', "action": {"fail_items": error}}


def skus(sandbox: Sandbox) -> list[str | None]:
    listed = sorted(sandbox.site.store.all("products"), key=lambda each: each["name"])
    return [variant.get("sku") for each in listed for variant in each["variantsInfo"]["variants"]]


def shirt(*variant_skus: str) -> Entity:
    sizes = ["S", "M", "L"][: len(variant_skus)]
    variants = [
        {
            "sku": sku,
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
        }
        for size, sku in zip(sizes, variant_skus, strict=True)
    ]
    options = [{"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in sizes]}}]
    return {"name": "Shirt", "handle": "shirt", "options": options, "variantsInfo": {"variants": variants}}


@pytest.mark.parametrize("data", [{"sku": "TAKEN"}, {}])
def test_a_refused_sku_is_left_out_and_named(sandbox: Sandbox, start: Start, data: Entity) -> None:
    sandbox.app.faults.plan([refusing("SKU_ALREADY_EXIST_ERROR", "TAKEN", **data)])

    done = start(products=[shirt("OWN", "TAKEN"), product("Mug", sku="M")])

    assert outcomes(done) == ["created"] * 2
    assert [result["left_out"] for result in done.results] == [
        ["variantsInfo.variants[1].sku"] if data else [f"variantsInfo.variants[{at}].sku" for at in range(2)],
        [],
    ]
    assert skus(sandbox) == ["M", "OWN" if data else None, None]


def test_a_refused_sku_of_an_update_is_left_out(sandbox: Sandbox, start: Start) -> None:
    start(products=[shirt("OWN", "OTHER")])
    sandbox.app.faults.plan([refusing("SKU_ALREADY_EXIST_ERROR", "TAKEN")])

    done = start(products=[{**shirt("OWN", "TAKEN"), "name": "Blue shirt"}])

    assert outcomes(done) == ["updated"]
    assert the_product(sandbox)["name"] == "Blue shirt"
    assert skus(sandbox) == ["OWN", "OTHER"]


def test_a_refused_barcode_of_a_row_is_left_out(sandbox: Sandbox, start: Start) -> None:
    start(products=[product(sku="MUG")])
    sandbox.app.faults.plan([refusing("BARCODE_ALREADY_EXIST_ERROR", "4000")])

    done = start(product_variants=[{"sku": "MUG", "barcode": "4000", "price": {"actualPrice": {"amount": "9"}}}])

    assert outcomes(done) == ["updated"]
    assert [(result["fields"], result["left_out"]) for result in done.results] == [(["price"], ["barcode"])]


def test_a_sku_that_variants_of_one_product_share_is_kept_by_the_first(sandbox: Sandbox, start: Start) -> None:
    listed = [shirt("SAME", "SAME", "OTHER")]

    assert outcomes(start(products=listed)) == ["created"]

    assert skus(sandbox) == ["SAME", None, "OTHER"]
    assert outcomes(start(products=listed)) == ["unchanged"]
    assert writes(sandbox.app) == []
