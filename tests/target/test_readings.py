"""The shop is the same, and a second run idle, whatever sites do where Wix's documentation is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import product, writes
from tests.target.site_v3 import SiteV3, outcomes
from wix_sandbox.readings import READINGS
from wix_sandbox.resources.stores_v3.inventory import KIND as STOCK

if TYPE_CHECKING:
    from pathlib import Path

    Entity = dict[str, Any]

ONE_BY_ONE = [{each.name: value} for each in READINGS for value in each.values[1:]]
GROUPS = len(ONE_BY_ONE) // 6
TOGETHER = [
    {name: value for chosen in ONE_BY_ONE[start::GROUPS] for name, value in chosen.items()} for start in range(GROUPS)
]
"""Each value with some of other readings; with the services, each alone."""
LAGS = {
    "index_lag_ms": 4_000,
    "read_lag_ms": 40_000,
    "membership_lag_ms": 100_000,
    "media_delay_ms": 30_000,
    "provisioning_ms": 40_000,
}
FAULTS = ("fail_stock", "refuse_stock", "undetailed_stock", "lose_pictures")
COLLECTIONS = [{"name": "Cups"}]
AN_HOUR = 3_600
PICTURE = "https://pictures.example.com/{}.jpg"


def pictures(*names: str) -> Entity:
    return {"itemsInfo": {"items": [{"url": PICTURE.format(name), "altText": f"A {name} one"} for name in names]}}


def shirt(*sizes: str, gallery: tuple[str, ...], **members: Any) -> Entity:
    """Return a product whose choices each show a picture."""
    choices = [{"name": size, "media": {"items": [{"url": PICTURE.format(f"shirt-{size}")}]}} for size in sizes]
    variants = [
        {
            "sku": f"SHIRT-{size}",
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            "inventoryItem": {"quantity": 3},
        }
        for size in sizes
    ]
    return {
        "handle": "shirt",
        "options": [{"name": "Size", "choicesSettings": {"choices": choices}}],
        "media": pictures(*(f"shirt-{size}" for size in sizes), *gallery),
        "variantsInfo": {"variants": variants},
        **members,
    }


def mug(handle: str, name: str, quantity: int, **members: Any) -> Entity:
    stock = {"inventoryItem": {"quantity": quantity}}
    return product(name, handle=handle, sku=handle.upper(), variant=stock, collections=["Cups"], **members)


def title(text: str) -> Entity:
    return {"tags": [{"type": "title", "children": text}], "settings": {"preventAutoRedirect": True}}


FIRST = [
    mug(
        "red", "Red mug", 1, plainDescription="<p>Thrown by <strong>hand</strong><br>in Kiel</p>", seoData=title("Red")
    ),
    mug("blue", "Blue mug", 2, visible=False, brand={"name": "Kiln"}, media=pictures("blue")),
    mug("green", "Green mug", 3, visible=True),
    shirt("S", "M", gallery=(), name="Shirt", visible=False, ribbon={"name": "New"}),
]
SECOND = [
    mug(
        "red", "Red cup", 1, plainDescription="<p>Thrown by <strong>hand</strong><br>in Bonn</p>", seoData=title("Cup")
    ),
    mug("blue", "Blue mug", 5, visible=True, brand={"name": "Clay"}, media=pictures("blue", "navy")),
    mug("green", "Green mug", 3, visible=False, ribbon={"name": "Sale"}),
    shirt("S", "Medium", gallery=("back",), name="Shirt", visible=False, ribbon={"name": "Sale"}),
]


def facts(site: SiteV3) -> Entity:
    """What a shop has to sell, by handle."""
    stock = {(item["productId"], item["variantId"]): item["quantity"] for item in site.all(STOCK)}
    return {
        each["handle"]: {
            **{name: each.get(name) for name in ("name", "visible", "plainDescription", "seoData")},
            **{name: (each.get(name) or {}).get("name") for name in ("brand", "ribbon")},
            "pictures": [item.get("id") for item in each["media"]["itemsInfo"]["items"]],
            "choices": [
                (choice["name"], choice["media"]["items"])
                for option in each.get("options") or []
                for choice in option["choicesSettings"]["choices"]
            ],
            "variants": [
                (variant["sku"], variant["visible"], stock.get((each["id"], variant["id"])))
                for variant in each["variantsInfo"]["variants"]
            ],
        }
        for each in site.all()
    }


def load_twice(site: SiteV3) -> Entity:
    """Load both states of the shop, and the second one again; return what the shop has then."""
    for products in (FIRST, SECOND):
        site.load(collections=COLLECTIONS, products=products)
        site.sandbox.site.clock.shift(AN_HOUR)
    assert set(outcomes(site.load(collections=COLLECTIONS, products=SECOND))) == {"unchanged"}
    assert writes(site.sandbox.app) == []
    return facts(site)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Entity:
    """What the shop has where all readings and lags are the usual ones."""
    return load_twice(SiteV3(tmp_path_factory.mktemp("usual")))


def test_the_usual_site_has_what_the_records_say(wanted: Entity) -> None:
    said = {each["handle"]: each for each in SECOND}
    for handle, each in wanted.items():
        assert each["name"] == said[handle]["name"]
        assert each["visible"] == said[handle].get("visible", True)
        assert len(each["pictures"]) == len(said[handle].get("media", pictures())["itemsInfo"]["items"])
        assert all(len(references) == 1 for _, references in each["choices"])
        quantities = [one["inventoryItem"]["quantity"] for one in said[handle]["variantsInfo"]["variants"]]
        assert [stock for *_, stock in each["variants"]] == quantities


def test_every_value_of_every_reading_is_chosen() -> None:
    chosen = {one for together in TOGETHER for one in together.items()}
    assert chosen == {(each.name, value) for each in READINGS for value in each.values[1:]}


@pytest.mark.parametrize(
    "readings",
    [
        *(pytest.param(each, id=f"together-{at}") for at, each in enumerate(TOGETHER)),
        *(pytest.param(each, id="-".join(*each.items()), marks=pytest.mark.services) for each in ONE_BY_ONE),
    ],
)
def test_under_every_reading_the_shop_is_the_same(tmp_path: Path, wanted: Entity, readings: dict[str, str]) -> None:
    assert load_twice(SiteV3(tmp_path, readings=readings)) == wanted, readings


@pytest.mark.parametrize("lag", LAGS)
def test_under_every_lag_the_shop_is_the_same(tmp_path: Path, wanted: Entity, lag: str) -> None:
    assert load_twice(SiteV3(tmp_path, **{lag: LAGS[lag]})) == wanted


@pytest.mark.parametrize("fault", FAULTS)
def test_after_every_fault_the_shop_is_the_same(tmp_path: Path, wanted: Entity, fault: str) -> None:
    site = SiteV3(tmp_path)
    site.sandbox.app.faults.plan([{"operation": "products.bulk-*", "action": {fault: True}, "times": 1}])
    assert load_twice(site) == wanted
