"""Removals of every kind, by the functions behind Wix's endpoints, so that stock and memberships are removed, too."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources import categories, contacts_store, ecom_payments
from wix_sandbox.resources.categories import remove_item
from wix_sandbox.resources.stores_v1 import products as products_v1
from wix_sandbox.resources.stores_v1.collections import delete_collection, remove_from_collection
from wix_sandbox.resources.stores_v3 import products as products_v3

if TYPE_CHECKING:
    from random import Random

    from wix_sandbox.site import Site

Row = dict[str, Any]


def remove_one_of_each_kind(site: Site, chance: Random) -> None:
    """Delete a contact, a fulfillment, a product and a collection, drop a variant and a membership."""
    with site.store.lock:
        free = [each["id"] for each in site.store.all("contacts") if not each.get("memberInfo")]
        contacts_store.delete(site, chance.choice(free))
        shipped = [
            each
            for each in site.store.all("fulfillments")
            if each["fulfillments"] and site.store.get("orders", each["orderId"])
        ]
        order = chance.choice(shipped)
        ecom_payments.delete(site, order["orderId"], order["fulfillments"][0]["id"])
        drop_variant(site, chance)
        if site.catalog is StoreCatalog.V1:
            _remove_from_v1(site, chance)
        else:
            _remove_from_v3(site, chance)


def drop_variant(site: Site, chance: Random) -> None:
    """Drop a choice of a product, and the variants that have it."""
    (_drop_choice_of_v1 if site.catalog is StoreCatalog.V1 else _drop_choice_of_v3)(site, chance)


def _drop_choice_of_v1(site: Site, chance: Random) -> None:
    # Changes of the harness may have made a second item of stock, which Wix never has.
    managed = [each for each in site.store.all("products") if _managed(each)]
    product = chance.choice(
        [each for each in managed if len(list(site.store.find("inventory_items", "productId", each["id"]))) == 1]
    )
    first, *others = product["productOptions"]
    fewer = [{**first, "choices": first["choices"][1:]}, *others]
    products_v1.update_product(site, product["id"], {"productOptions": fewer})


def _drop_choice_of_v3(site: Site, chance: Random) -> None:
    product = chance.choice([each for each in site.store.all("products") if _option(each)])
    option = _option(product)
    dropped, *left = option["choicesSettings"]["choices"]
    options = [
        {**each, "choicesSettings": {**each["choicesSettings"], "choices": left}} if each is option else each
        for each in product["options"]
    ]
    variants = [
        each
        for each in product["variantsInfo"]["variants"]
        if dropped["choiceId"] not in (choice["optionChoiceIds"]["choiceId"] for choice in each["choices"])
    ]
    body = {"revision": product["revision"], "options": options, "variantsInfo": {"variants": variants}}
    products_v3.update_product(site, product["id"], body)


def _product(site: Site, chance: Random) -> str:
    return str(chance.choice(site.store.ids("products")))


def _remove_from_v1(site: Site, chance: Random) -> None:
    products_v1.delete_product(site, _product(site, chance))
    member = chance.choice([each for each in site.store.all("products") if _own(each)])
    remove_from_collection(site, _own(member)[0], [member["id"]])
    kept = [each for each in site.store.ids("collections") if each != products_v1.ALL_PRODUCTS]
    delete_collection(site, chance.choice(kept))


def _managed(product: Row) -> bool:
    return product["manageVariants"] and len((product["productOptions"] or [{"choices": ()}])[0]["choices"]) > 1


def _own(product: Row) -> list[str]:
    return [each for each in product["collectionIds"] if each != products_v1.ALL_PRODUCTS]


def _remove_from_v3(site: Site, chance: Random) -> None:
    products_v3.delete_product(site, _product(site, chance))
    place = chance.choice(
        [each for each in site.store.all("category_items") if site.store.get("products", each["catalogItemId"])]
    )
    remove_item(site, place["categoryId"], place["catalogItemId"])
    places = site.store.all("category_items")
    categories.delete(site, chance.choice(sorted({each["categoryId"] for each in places})))


def _option(product: Row) -> Row:
    """The first option of a product that may lose a choice: every choice of every option has a variant."""
    options = product.get("options") or []
    counts = [len(each["choicesSettings"]["choices"]) for each in options]
    is_whole = len(product["variantsInfo"]["variants"]) == prod(counts)
    return options[0] if options and counts[0] > 1 and is_whole else {}
