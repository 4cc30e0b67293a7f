"""Jobs by filter over V3 products: delete, update, sections, tags, variants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import rule_error
from wix_sandbox.jobs import run_job
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.adjusting import Adjustment
from wix_sandbox.resources.stores_v3.attaching import change_sections, tagger
from wix_sandbox.resources.stores_v3.product_endpoints import SEARCH
from wix_sandbox.resources.stores_v3.products import delete_product
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.updating import update_product
from wix_sandbox.walk import clean, clean_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

NOT_BY_FILTER = ("slug", "options", "modifiers", "variantsInfo")
"""https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-update-products-by-filter"""
OF_VARIANTS = frozenset({"visible", "price", "revenueDetails", "physicalProperties"})
"""Members that update-variants-by-filter changes; its page names only these."""


def _over_products(call: Call, act: Callable[[Entity], Any]) -> Entity:
    return run_job(call, "products", SEARCH, act)


def _change(call: Call, product: Entity, members: Entity) -> None:
    if "variantsInfo" in members:
        members["visible"] = product["visible"]
    update_product(call.site, product["id"], {**members, "revision": product["revision"]})


def _delete(call: Call) -> Entity:
    return _over_products(call, lambda product: delete_product(call.site, product["id"]))


def _update(call: Call) -> Entity:
    body = call.entity("product")
    refused = [name for name in NOT_BY_FILTER if name in body]
    if refused:
        raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"{', '.join(refused)} cannot be updated by filter")
    clean("product_v3", body, "product")
    return _over_products(call, lambda product: _change(call, product, body))


def _sections(call: Call, *, add: bool) -> Entity:
    ids = call.body["infoSectionIds"]
    return _over_products(call, lambda product: change_sections(call.site, product, ids, add=add))


def _tags(call: Call) -> Entity:
    return _over_products(call, tagger(call.site, call.body))


def _variants(call: Call) -> Entity:
    """Change variants. Choice: the filter selects products, and all of their variants change."""
    sent = call.entity("variant")
    refused = sorted(set(sent) - OF_VARIANTS)
    if refused:
        raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"{', '.join(refused)} cannot be updated by filter")
    if not sent:
        raise rule_error("variant", "EMPTY_FIELD_MASK", "must name a member to change")
    clean_item("product_v3", "variantsInfo.variants", sent, "variant")
    if "price" in sent and not ((sent["price"] or {}).get("actualPrice") or {"amount": "0"}).get("amount"):
        raise rule_error("variant.price.actualPrice", "CANNOT_REMOVE_VARIANT_ACTUAL_PRICE", "must not be removed")

    def change(product: Entity) -> None:
        variants = [{**each, **_inside(each, sent)} for each in product["variantsInfo"]["variants"]]
        _change(call, product, {"options": product.get("options", []), "variantsInfo": {"variants": variants}})

    return _over_products(call, change)


def _inside(variant: Entity, sent: Entity) -> Entity:
    """Return members of a variant with the sent ones merged into them, one level deep."""
    return {
        name: {**variant.get(name, {}), **value} if isinstance(value, dict) else value for name, value in sent.items()
    }


def _adjust(call: Call) -> Entity:
    adjustment = Adjustment.read(call.body)

    def change(product: Entity) -> None:
        for variant in product["variantsInfo"]["variants"]:
            adjustment.apply(variant)
        members = {"options": product.get("options", []), "variantsInfo": product["variantsInfo"]}
        _change(call, product, members)

    return _over_products(call, change)


def routes() -> Iterator[Route]:
    """The endpoints by filter."""
    for verb, handler in (
        ("delete-by-filter", _delete),
        ("update-by-filter", _update),
        ("add-info-sections-by-filter", lambda call: _sections(call, add=True)),
        ("remove-info-sections-by-filter", lambda call: _sections(call, add=False)),
        ("update-tags-by-filter", _tags),
        ("update-variants-by-filter", _variants),
        ("adjust-variants-by-filter", _adjust),
    ):
        yield Route(
            method="POST",
            path=f"/stores/v3/bulk/products/{verb}",
            operation=f"products.bulk-{verb}",
            handler=handler,
            catalog=StoreCatalog.V3,
        )
