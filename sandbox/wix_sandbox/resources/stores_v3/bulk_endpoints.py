"""The bulk endpoints of V3 products: per-item results, and limits that refuse a request as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.attaching import change_sections, tagger
from wix_sandbox.resources.stores_v3.contents import echo_plain_description
from wix_sandbox.resources.stores_v3.masks import check_mask
from wix_sandbox.resources.stores_v3.present import asked_fields, show_product
from wix_sandbox.resources.stores_v3.products import (
    PRODUCTS,
    check_slug_format,
    create_product,
    delete_product,
)
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.stocking import Stocking
from wix_sandbox.resources.stores_v3.updating import update_product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

    Answered = list[tuple[dict[str, Any], Entity | None]]

MOST_VARIANTS = 1_000
MOST_PARTS = 100
"""Maximum options, modifiers and info sections of one bulk call in total."""


def _check_bulk(products: list[Entity], *, new: bool) -> None:
    """Refuse a whole bulk request: too many entities in one call, forbidden or repeated ids."""
    for at, product in enumerate(products):
        path = f"products[{at}]" if new else f"products[{at}].product"
        if product.get("slug"):
            check_slug_format(product["slug"], path)
        if new and product.get("id"):
            raise rule_error(f"{path}.id", "ID_NOT_ALLOWED_IN_REQUEST", "must not be set")
    _check_totals(products)
    if not new:
        _check_repeated([str(each.get("id")) for each in products])


def _check_totals(products: list[Entity]) -> None:
    parts = ("options", "modifiers", "infoSections")
    named = {name: sum(len(each.get(name) or []) for each in products) for name in parts}
    named["variants"] = sum(len((each.get("variantsInfo") or {}).get("variants") or []) for each in products)
    if named["variants"] > MOST_VARIANTS:
        raise refusal("TOO_MANY_VARIANTS", f"{named['variants']} variants in one call, at most {MOST_VARIANTS}")
    if named["options"] > MOST_PARTS:
        text = f"{named['options']} options in one call, at most {MOST_PARTS}"
        raise refusal("TOO_MANY_OPTIONS_IN_REQUEST", text)
    for name in ("modifiers", "infoSections"):
        if named[name] > MOST_PARTS:
            raise rule_error(f"products.{name}", "", f"has size {named[name]}, expected {MOST_PARTS} or less")


def _check_repeated(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise rule_error("products", "DUPLICATE_PRODUCT_IDS_REQUEST", "must not name a product twice")


def _objects(call: Call) -> list[Entity]:
    return [each if isinstance(each, dict) else {} for each in call.items("products")]


def _bulk_create(call: Call, stocking: Stocking | None) -> Answered:
    bodies = _objects(call)
    _check_bulk(bodies, new=True)

    def act(at: int, body: Entity) -> Entity:
        return create_product(call.site, body, stocking=stocking, path=f"products[{at}]")

    return _bulk(call, bodies, act)


def _bulk_update(call: Call, stocking: Stocking | None) -> Answered:
    entries = _objects(call)
    bodies = [each.get("product") or {} for each in entries]
    _check_bulk(bodies, new=False)

    def act(at: int, body: Entity) -> Entity:
        product_id, path = str(body.get("id")), f"products[{at}].product"
        check_mask(entries[at].get("fieldMask"), body)
        return update_product(call.site, product_id, body, stocking=stocking, path=path)

    return _bulk(call, bodies, act)


def _bulk(call: Call, bodies: list[Entity], act: Callable[[int, Entity], Entity], name: str = "id") -> Answered:
    """Return per-item results, each with the stored product if it succeeded; `name` is the key of the id."""
    fields, give = asked_fields(call), call.flag("returnEntity")
    answered = []
    for result in each_item(bodies, act, give=True, id_of=lambda body: body.get(name)):
        product = result.pop("item", None)
        if give and product is not None:
            body = bodies[result["itemMetadata"]["originalIndex"]]
            result["item"] = echo_plain_description(show_product(call.site, product, fields), body)
        answered.append((result, product))
    return answered


def _plain_bulk(work: Callable[..., Answered]) -> Handler:
    return lambda call: bulk_answer(result for result, _ in work(call, None))


def _stocked_bulk(work: Callable[..., Answered]) -> Handler:
    def handler(call: Call) -> Entity:
        stocking = Stocking(call.faults)
        products = bulk_answer(result for result, _ in work(call, stocking))
        return {"productResults": products, "inventoryResults": stocking.answer(give=call.flag("returnEntity"))}

    return handler


def _bulk_delete(call: Call) -> Entity:
    ids = call.items("productIds")
    _check_repeated(ids)

    def act(_at: int, product_id: str) -> None:
        delete_product(call.site, product_id)

    return bulk_answer(each_item(ids, act))


def _attach_sections(*, add: bool) -> Handler:
    """Add info sections to products, or remove them."""

    def handler(call: Call) -> Entity:
        ids = call.body["infoSectionIds"]

        def act(at: int, entry: Entity) -> Entity:
            product = PRODUCTS.fetch(call.site, str(entry.get("productId")))
            PRODUCTS.check_revision(product, entry, f"products[{at}]")
            return change_sections(call.site, product, ids, add=add)

        return bulk_answer(result for result, _ in _bulk(call, _objects(call), act, "productId"))

    return handler


def _update_tags(call: Call) -> Entity:
    tag = tagger(call.site, call.body)

    def act(_at: int, product_id: str) -> Entity:
        return tag(PRODUCTS.fetch(call.site, product_id))

    return bulk_answer(each_item(call.items("productIds"), act))


def routes() -> Iterator[Route]:
    """The bulk endpoints of products."""
    bulk = "/stores/v3/bulk/products"
    for path, verb, handler in (
        (f"{bulk}/create", "bulk-create", _plain_bulk(_bulk_create)),
        (f"{bulk}/update", "bulk-update", _plain_bulk(_bulk_update)),
        (f"{bulk}/delete", "bulk-delete", _bulk_delete),
        (f"{bulk}-with-inventory/create", "bulk-create-with-inventory", _stocked_bulk(_bulk_create)),
        (f"{bulk}-with-inventory/update", "bulk-update-with-inventory", _stocked_bulk(_bulk_update)),
        (f"{bulk}/add-info-sections", "bulk-add-info-sections", _attach_sections(add=True)),
        (f"{bulk}/remove-info-sections", "bulk-remove-info-sections", _attach_sections(add=False)),
        (f"{bulk}/update-tags", "bulk-update-tags", _update_tags),
    ):
        operation = f"products.{verb}"
        yield Route(method="POST", path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
