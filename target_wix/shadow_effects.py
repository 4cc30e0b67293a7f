"""Effects of calls on the shadow: how a dry run answers writes, and reads of entities that it has changed.

Most calls create, change or delete one entity, or place products in collections; a few generic effects serve them.
Products have their own effects, since Wix derives their variants and their stock.
Source: https://dev.wix.com/docs/rest/business-solutions/stores,
https://dev.wix.com/docs/rest/business-management/categories and
https://dev.wix.com/docs/rest/crm/members-contacts/contacts
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from target_wix.contact_fields import info_of, items_of
from target_wix.desired import only, without
from target_wix.shadow import Shadow, View, gone, is_planned, patched, revised, values_at
from wix_api.endpoints import contacts, ecom, forms, inbox, stores_v1, stores_v3
from wix_api.errors import ConflictError, InvalidRequestError, PermissionDeniedError, RejectionError, WixError
from wix_api.products.collection import slug_of_name
from wix_api.products.options import choices_of
from wix_api.products.rows import variant_of_row
from wix_api.products.variants import DEFAULT_VARIANT, implied_variants, stocked, variants_of
from wix_files import media_cells

if TYPE_CHECKING:
    from target_wix.change import Choices, Entity
    from wix_api.operations import Operation

Effect = Callable[[Shadow, dict[str, Any]], dict[str, Any]]
"""Applies a call to the shadow, and returns Wix's answer. What is sent are the names in its path, and its body."""
Show = Callable[[Shadow, dict[str, Any], Mapping[str, Any]], dict[str, Any]]
"""Returns an entity as a read call with these parameters shows it."""

_PRODUCT_V1, _STOCK_V1, _COLLECTION = "V1 product", "V1 stock", "V1 collection"
_PRODUCT_V3, _VARIANTS, _STOCK_V3, _CATEGORY = "V3 product", "V3 variants", "V3 stock", "V3 category"
_CONTACT, _OF_V5, _LABEL, _FIELD, _FULFILLMENTS = "contact", "contact of v5", "label", "contact field", "fulfillments"
_BRAND, _RIBBON, _ORDER = "brand", "ribbon", "order"
_MORE_RIBBONS = "additionalRibbons"
_COSTS = "costAndProfitData"
_DERIVED_SLUG = "slugOfName"
"""Member of new products of which no record names the slug: the slug that Wix derives from the name."""
_MOST_CHOICES = 100
"""Maximum number of choices of all options of one name and type; measured on live sites."""
_CUSTOMIZED = {"PRODUCT_OPTION": ("options", "optionRenderType"), "MODIFIER": ("modifiers", "modifierRenderType")}
"""Kinds of customizations: the member of products with them, and the member of each with its type."""


# Generic effects


def creates_collection(kind: str, envelope: str, **defaults: Any) -> Effect:
    """Return the effect of a call that creates a collection, which gets the slug of its name if this is free."""

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        slug = sent[envelope].get("slug") or slug_of_name(str(sent[envelope]["name"]))
        made = {**defaults, **sent[envelope], "slug": _free_slug(shadow, kind, slug), "id": shadow.new_id(envelope)}
        shadow.keep(kind, made["id"], [made])
        return {envelope: made}

    return effect


def updates(kind: str, envelope: str, *fixed: str) -> Effect:
    """Return the effect of a call that changes members of an entity, except the fixed ones."""

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        changes = _with_slug(shadow, kind, sent["id"], without(sent[envelope], *fixed))
        return {envelope: shadow.change(kind, sent["id"], changes)}

    return effect


def _with_slug(shadow: Shadow, kind: str, owner: str, changes: Entity) -> Entity:
    """Return the changes of an entity with the slug that it gets, which replaces a derived one."""
    slug = changes.get("slug")
    return {**changes, "slug": _free_slug(shadow, kind, slug, owner), _DERIVED_SLUG: None} if slug else changes


def _free_slug(shadow: Shadow, kind: str, slug: str, owner: str = "") -> str:
    """Return a slug, with a number that Wix appends if another entity is known to have it."""
    _with_slugs(kind, shadow, "slug", [slug])
    numbered = chain([slug], (f"{slug}-{number}" for number in count(1)))
    return next(one for one in numbered if {*shadow.known_to_have(kind, "slug", [one])} <= {owner})


def deletes(*kinds: str, parent: str = "") -> Effect:
    """Return the effect of a call that deletes an entity and its parts of the kinds, and its descendants."""

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        for one in shadow.below(kinds[0], sent["id"], parent) if parent else (sent["id"],):
            _delete(shadow, one, *kinds)
        return {}

    return effect


def _delete(shadow: Shadow, entity_id: str, *kinds: str) -> Entity:
    entity = shadow.entity(kinds[0], entity_id)
    for kind in kinds:
        shadow.keep(kind, entity_id, [])
    shadow.leave_all(entity_id)
    return entity


def places(*, is_member: bool) -> Effect:
    """Return the effect of a call that adds products to collections or removes them."""

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        items = sent.get("items") or ([sent["item"]] if "item" in sent else [])
        for collection in sent.get("categoryIds") or [sent["id"]]:
            for product in sent.get("productIds") or [item["catalogItemId"] for item in items]:
                shadow.place(collection, product, is_member=is_member)
        return {"results": []}

    return effect


def bulk(
    member: str,
    change: Callable[[Shadow, Any], Entity],
    inner: str = "",
    *,
    read: Callable[[Shadow, list[Any]], Any] = lambda _shadow, _items: None,
    returns: str = "",
) -> Effect:
    """Return the effect of a bulk call, whose items are the entries of a member, or their member `inner`.

    `read` reads in few requests what `change` needs of all items. `change` applies one item and returns its entity, or
    at least its id. `returns` is the member of Wix's results with the entity, if they have one.
    """

    def result(shadow: Shadow, index: int, item: Any) -> Entity:
        try:
            entity = change(shadow, item)
        except RejectionError as error:
            refusal = {"code": error.code, "description": str(error).rstrip("."), "data": dict(error.data)}
            return {"itemMetadata": {"id": "", "originalIndex": index, "success": False, "error": refusal}}
        metadata = {"id": entity["id"], "originalIndex": index, "success": True}
        return {"itemMetadata": metadata, **({returns: entity} if returns else {})}

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        items = [entry[inner] if inner else entry for entry in sent[member]]
        read(shadow, items)
        return {"results": [result(shadow, index, item) for index, item in enumerate(items)]}

    return effect


def reads(
    operation: Operation,
    kind: str,
    envelope: str,
    *parts: str,
    show: Show = lambda _, row, __: row,
    fill: Callable[[Entity, Entity], Entity] | None = None,
) -> Effect:
    """Return the effect of a call that reads one entity: from the site, unless the run would have changed it.

    `fill` returns a changed entity with members that it lacks, from the site's.
    """

    def read(shadow: Shadow, sent: Entity) -> Entity:
        place = "params" if operation.method == "GET" else "body"
        return shadow.site.entity(operation, envelope, names={"id": sent["id"]}, **{place: without(sent, "id")})

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        owner = sent["id"]
        if not any(shadow.knows(each, owner) for each in (kind, *parts)) and not is_planned(owner):
            entity = read(shadow, sent)
            shadow.see(kind, owner, [without(entity, "variantsInfo")])
        else:
            shadow.count_reads(1)  # also if it is gone
            entity = shadow.entity(kind, owner)
            if fill and not is_planned(owner):
                entity = fill(entity, read(shadow, sent))
                shadow.count_reads(-1)  # which was sent
                shadow.keep(kind, owner, [entity])
        with shadow.lock:
            return {envelope: show(shadow, entity, sent)}

    return effect


# Products of catalog V3


def _placed(shadow: Shadow, product: Entity, _asked: Mapping[str, Any]) -> Entity:
    """Return a product with the categories, the brand and the ribbons that it would have."""
    listed = {one["id"]: one for one in (product.get("directCategoriesInfo") or {}).get("categories") or []}
    found = shadow.places(_CATEGORY, product["id"], listed)
    parts = {kind: _as_planned(shadow, kind, product.get(kind)) for kind in (_BRAND, _RIBBON)}
    more = [_as_planned(shadow, _RIBBON, one) for one in product.get(_MORE_RIBBONS) or ()]
    parts[_MORE_RIBBONS] = list(filter(None, more)) or None
    places = {"categories": [listed.get(one) or {"id": one} for one in found]}
    whole = {**product, _DERIVED_SLUG: None, **parts, "directCategoriesInfo": places}
    return {name: value for name, value in whole.items() if value is not None}


def _as_planned(shadow: Shadow, kind: str, part: Any) -> Any:
    """Return a brand or ribbon of a product with the name that it would have; None if it would be deleted."""
    if not part or not shadow.knows(kind, str(part.get("id"))):
        return part
    rows = shadow.rows(kind, part["id"])
    return {**part, **only(rows[0], "name")} if rows else None


def _with_slugs(kind: str, shadow: Shadow, member: str, slugs: Iterable[str]) -> list[Entity]:
    """Return new products that were not found by their slugs, since Wix derives these from their names.

    Of several products with one name, the first one gets the slug, unless the site or the plan has it already.
    """
    free = [one for one in slugs if member == "slug" and not shadow.known_to_have(kind, "slug", [one])]
    found = []
    for slug in free:
        for owner in shadow.known_to_have(kind, _DERIVED_SLUG, [slug])[:1]:
            found.append({**without(shadow.entity(kind, owner), _DERIVED_SLUG), "slug": slug})
            shadow.keep(kind, owner, found[-1:])
    return found


def _has_costs(asked: Mapping[str, Any]) -> bool:
    return stores_v3.MERCHANT_DATA in (asked.get("fields") or ())


def _shown_variant(shadow: Shadow, row: Entity, asked: Mapping[str, Any]) -> Entity:
    if not _has_costs(asked):
        row = without(row, "revenueDetails")
    owner = row["productData"]["productId"]
    if not shadow.knows(_PRODUCT_V3, owner) or shadow.is_gone(_PRODUCT_V3, owner):
        return row
    return {**row, "productData": {**row["productData"], "revision": shadow.entity(_PRODUCT_V3, owner)["revision"]}}


def _with_variants(shadow: Shadow, product: Entity, asked: Mapping[str, Any]) -> Entity:
    """Return a product with its categories, and with its variants unless it was read with them."""
    placed = _placed(shadow, product, asked)
    if "variantsInfo" in placed:
        return placed
    rows = [_shown_variant(shadow, row, asked) for row in shadow.rows(_VARIANTS, product["id"])]
    return {**placed, "variantsInfo": {"variants": list(map(variant_of_row, rows))}}


def _create_product(shadow: Shadow, body: Entity) -> Entity:
    _with_slugs(_PRODUCT_V3, shadow, "slug", values_at(body, "slug"))
    _refuse_taken(shadow, _PRODUCT_V3, body, slug="DUPLICATE_SLUG_ERROR", handle="DUPLICATE_HANDLE")
    _refuse_many_choices(shadow, body)
    owner = shadow.new_id("product")
    shown = {"visible": True, "visibleInPos": body.get("productType") != "DIGITAL", "handle": f"Product_{owner}"}
    shown |= _first_slug(shadow, _PRODUCT_V3, body)
    product = {**shown, **without(body, "variantsInfo"), "id": owner, "revision": "1"}
    shadow.keep(_PRODUCT_V3, owner, [_with_ids(shadow, product)])
    shadow.keep(_STOCK_V3, owner, [])
    _keep_variants(shadow, owner, variants_of(body))
    return product


def _first_slug(shadow: Shadow, kind: str, body: Entity) -> Entity:
    """Return the slug that a new product without one may get, unless another one is known to have it."""
    slug = slug_of_name(str(body.get("name")))
    return {} if body.get("slug") or shadow.known_to_have(kind, "slug", [slug]) else {_DERIVED_SLUG: slug}


def _update_product(shadow: Shadow, body: Entity) -> Entity:
    before = shadow.entity(_PRODUCT_V3, body["id"])
    _with_slugs(_PRODUCT_V3, shadow, "slug", values_at(body, "slug"))
    _refuse_taken(shadow, _PRODUCT_V3, body, slug="DUPLICATE_SLUG_ERROR")
    _refuse_many_choices(shadow, body)
    changes = without(body, "id", "handle", "productType", "variantsInfo", "revision")
    changes = _with_slug(shadow, _PRODUCT_V3, body["id"], changes)
    whole = {name: changes.pop(name) for name in ("brand", "ribbon") if changes.get(name)}
    if "plainDescription" in changes and "description" not in changes:
        changes["description"] = None
    product = revised({**patched(before, changes), **whole})
    if variants := variants_of(body):
        _keep_variants(shadow, body["id"], variants)
        product["variantSummary"] = {"variantCount": len(variants)}
    shadow.keep(_PRODUCT_V3, body["id"], [_with_ids(shadow, product)])
    return product


def _refuse_many_choices(shadow: Shadow, body: Entity) -> None:
    """Raise if a product brings a choice that its option or modifier has no place for, in the whole store."""
    new = {
        (kind, str(part.get("name")), str(part.get(render_type))): names
        for kind, (parts, render_type) in _CUSTOMIZED.items()
        for part in body.get(parts) or ()
        if (names := {str(choice.get("name")) for choice in choices_of(part) if not choice.get("choiceId")})
    }
    if not new:
        return
    existing = shadow.once(_existing_choices)
    found = {key: existing.get(key, set()) | names for key, names in new.items()}
    if any(len(names) > _MOST_CHOICES and names != existing.get(key) for key, names in found.items()):
        msg = f"an option has at most {_MOST_CHOICES} choices"
        raise InvalidRequestError(msg, code="CHOICES_LIMIT_EXCEEDED")
    existing |= found


def _existing_choices(shadow: Shadow) -> dict[tuple[str, str, str], set[str]]:
    """Return the names of the site's choices by kind, name and type of their option or modifier; the plan adds others.

    If the credentials may not read them, there is a warning, and the plan only counts those of its own products.
    """
    query = stores_v3.CUSTOMIZATIONS
    try:
        rows = list(query.find(shadow.site, "customizationType", list(_CUSTOMIZED)))
    except PermissionDeniedError as error:
        shadow.warn(f"The plan cannot count the choices that options have already: {error}")
        rows = []
    shadow.count_reads(-query.pages(len(rows)))
    return {
        (row["customizationType"], str(row.get("name")), str(row.get("customizationRenderType"))): {
            str(choice.get("name")) for choice in choices_of(row)
        }
        for row in reversed(rows)  # of two with the same name, the first one counts
    }


def _refuse_taken(shadow: Shadow, kind: str, body: Entity, **codes: str) -> None:
    """Raise if another entity that the plan knows has the handle or slug; `codes` are the codes of the members."""
    for member, code in codes.items():
        value = body.get(member)
        if value and set(shadow.known_to_have(kind, member, [value])) - {body.get("id")}:
            msg = f"Another {kind} would have this {member} by then."
            raise ConflictError(msg, code=code, status=409)


def _read_holders(shadow: Shadow, bodies: list[Any]) -> None:
    """Read which entities have the slugs, handles, brands and ribbons of products to write."""
    for kind, member, path in (
        *((_PRODUCT_V3, member, member) for member in ("slug", "handle")),
        (_BRAND, "name", "brand.name"),
        *((_RIBBON, "name", f"{member}.name") for member in ("ribbon", _MORE_RIBBONS)),
    ):
        shadow.read_owners(kind, member, values_at(bodies, path))


_create_products = bulk("products", _create_product, read=_read_holders)
_update_products = bulk("products", _update_product, "product", read=_read_holders)


def _with_free_slug(effect: Effect) -> Effect:
    """Return the effect of a call that writes a category, whose slug must be free."""

    def checked(shadow: Shadow, sent: Entity) -> Entity:
        _refuse_taken(shadow, _CATEGORY, sent["category"], slug="DUPLICATE_SLUG")
        return effect(shadow, sent)

    return checked


def _with_stock(effect: Effect) -> Effect:
    """Return the effect of a call that writes products with their stock: all stock is written."""

    def answered(shadow: Shadow, sent: Entity) -> Entity:
        items = sum(stocked(entry.get("product", entry)) for entry in sent["products"])
        results = effect(shadow, sent)
        return {"productResults": results, "inventoryResults": {"bulkActionMetadata": {"totalSuccesses": items}}}

    return answered


def _with_ids(shadow: Shadow, product: Entity) -> Entity:
    """Return a product with ids for its pictures, brand and ribbons that have none: Wix creates them."""
    items = [{"id": shadow.new_id("picture"), **item} for item in media_cells.items_of(product)]

    def made(kind: str, part: Any) -> Any:
        is_new = part and part.get("name") and not part.get("id")
        return {"id": _part(shadow, kind, part["name"])["id"], **part} if is_new else part

    parts = {kind: made(kind, product[kind]) for kind in (_BRAND, _RIBBON) if kind in product}
    if more := product.get(_MORE_RIBBONS):
        parts[_MORE_RIBBONS] = [made(_RIBBON, one) for one in more]
    return {**product, **parts, **({"media": media_cells.media(items)} if items else {})}


def _keep_variants(shadow: Shadow, owner: str, bodies: list[Entity]) -> None:
    """Store all variants of a product, and their stock."""
    rows = [_variant_row(shadow, owner, body) for body in bodies]
    shadow.keep(_VARIANTS, owner, rows)
    items = {row["variantId"]: body.get("inventoryItem") for row, body in zip(rows, bodies, strict=True)}
    if not any(items.values()) and not shadow.knows(_STOCK_V3, owner):
        return  # its stock was not read, and the only change is the removal of stock
    existing = [row for row in shadow.rows(_STOCK_V3, owner) if row["variantId"] in items]
    existing = [_restocked(row, item) if (item := items.pop(row["variantId"], None)) else row for row in existing]
    new = [{"productId": owner, "variantId": variant, **item} for variant, item in items.items() if item]
    shadow.keep(_STOCK_V3, owner, [*existing, *(_new_stock(shadow, body) for body in new)])


def _variant_row(shadow: Shadow, owner: str, body: Entity) -> Entity:
    return {
        "visible": True,
        **without(body, "id", "choices", "inventoryItem"),
        "variantId": body.get("id") or shadow.new_id("variant"),
        "optionChoices": body.get("choices") or [],
        "productData": {"productId": owner},
    }


# Stock of catalog V3


def _new_stock(shadow: Shadow, body: Entity) -> Entity:
    row = {"locationId": "", **body, "id": shadow.new_id("stock"), "revision": "0"}
    says_count = body.get("quantity") is not None or body.get("inStock") is not None
    return _restocked(row, {} if says_count else {"inStock": False})


def _restocked(row: Entity, changes: Mapping[str, Any]) -> Entity:
    """Return a row of stock with changes; a `quantity` or `inStock` decides whether the stock is tracked."""
    row = {**row, **without(changes, "id", "productId", "variantId", "revision")}
    if changes.get("inStock") is not None and changes.get("quantity") is None:
        row.pop("quantity", None)
    if row.get("quantity") is not None:
        row.pop("inStock", None)
    return revised({**row, "trackQuantity": row.get("quantity") is not None})


def _get_stock(shadow: Shadow, sent: Entity) -> Entity:
    shadow.count_reads(1)
    return {"inventoryItem": _stock_of(shadow, shadow.owner_of(_STOCK_V3, sent["id"]), sent["id"])}


def _stock_of(shadow: Shadow, owner: str, item_id: str) -> Entity:
    for row in shadow.rows(_STOCK_V3, owner) if owner else ():
        if row["id"] == item_id:
            return row
    raise gone(item_id, "stock")


def _update_stock(shadow: Shadow, body: Entity) -> Entity:
    owner = shadow.owner_of(_STOCK_V3, body["id"])
    return _keep_stock(shadow, owner, _restocked(_stock_of(shadow, owner, body["id"]), body))


def _upsert_stock(shadow: Shadow, body: Entity) -> Entity:
    rows = shadow.rows(_STOCK_V3, body["productId"])
    existing = next((row for row in rows if _spot(row) == _spot(body)), None)
    return _keep_stock(shadow, body["productId"], _restocked(existing, body) if existing else _new_stock(shadow, body))


def _delete_stock(shadow: Shadow, item_id: str) -> Entity:
    owner = shadow.owner_of(_STOCK_V3, item_id)
    row = _stock_of(shadow, owner, item_id)
    shadow.keep(_STOCK_V3, owner, [one for one in shadow.rows(_STOCK_V3, owner) if one["id"] != item_id])
    return row


def _read_stock(shadow: Shadow, items: list[Any]) -> None:
    """Read the stock of all products of a call, whose items are rows of stock or their ids."""
    rows: list[Entity] = [{"id": one} if isinstance(one, str) else one for one in items]
    owners = [row["productId"] for row in rows if row.get("productId")]
    owners += shadow.known_to_have(_STOCK_V3, "id", (row["id"] for row in rows if row.get("id")))
    shadow.read(_STOCK_V3, owners)


def _keep_stock(shadow: Shadow, owner: str, row: Entity) -> Entity:
    rows = {one["id"]: one for one in shadow.rows(_STOCK_V3, owner)} | {row["id"]: row}
    shadow.keep(_STOCK_V3, owner, rows.values())
    return row


def _spot(row: Entity) -> tuple[str, str]:
    return row["variantId"], row.get("locationId") or ""


# Categories


def _categories_of(shadow: Shadow, sent: Entity) -> Entity:
    known = [item for item in sent["items"] if not is_planned(item["catalogItemId"])]
    entries: dict[str, Entity] = {}
    if known:
        answer = shadow.site.call(stores_v3.CATEGORIES_OF_ITEMS, body={**sent, "items": known})
        entries = {entry["item"]["catalogItemId"]: entry for entry in answer["categoriesForItems"]}
    else:
        shadow.count_reads(1)
    found = []
    for item in sent["items"]:
        entry = entries.get(item["catalogItemId"]) or {"item": item}
        listed = shadow.places(_CATEGORY, item["catalogItemId"], entry.get("directCategoryIds") or [])
        found.append({**entry, "directCategoryIds": listed})
    return {"categoriesForItems": found}


def _list_items(shadow: Shadow, sent: Entity) -> Entity:
    category = sent["id"]
    joined, left = shadow.members(category)
    answer: Entity = {}
    if is_planned(category):
        shadow.count_reads(1)
    else:
        answer = shadow.site.call(stores_v3.LIST_ITEMS, names={"id": category}, body=without(sent, "id"))
    existing = [item for item in answer.get("items") or [] if item["catalogItemId"] not in left]
    items = [item for item in existing if not shadow.is_gone(_PRODUCT_V3, item["catalogItemId"])]
    if not ((answer.get("pagingMetadata") or {}).get("cursors") or {}).get("next"):
        items += [{"catalogItemId": product} for product in joined]
    return {**answer, "items": items}


_PARENT = "parentCategory.id"


def _move_category(shadow: Shadow, sent: Entity) -> Entity:
    parent = sent.get("parentCategoryId")
    if parent in shadow.below(_CATEGORY, sent["id"], _PARENT):
        msg = "A category cannot be below itself."
        raise InvalidRequestError(msg, code="TREE_CYCLE_DETECTED", status=400)
    return shadow.change(_CATEGORY, sent["id"], {"parentCategory": {"id": parent}})


# Products of catalog V1


def _shown_v1(shadow: Shadow, row: Entity, asked: Mapping[str, Any]) -> Entity:
    """Return a product with its collections and stock, and with costs if the call asks for them."""
    shown = {
        **without(row, _DERIVED_SLUG),
        "collectionIds": shadow.places(_COLLECTION, row["id"], row.get("collectionIds") or []),
    }
    if shadow.knows(_STOCK_V1, row["id"]) and (stock := shadow.rows(_STOCK_V1, row["id"])):
        _show_stock(shown, stock[0])
    if asked.get(stores_v1.COSTS):
        return shown
    variants = [{**one, "variant": without(one["variant"], _COSTS)} for one in shown.get("variants") or []]
    return {**without(shown, _COSTS), "variants": variants}


def _with_costs_v1(product: Entity, found: Entity) -> Entity:
    """Return a product with the costs that it lacks, from the site's row; queries return them only on request."""
    costs = {one["id"]: only(one["variant"], _COSTS) for one in found.get("variants") or []}
    variants = [{**one, "variant": costs.get(one["id"], {}) | one["variant"]} for one in product.get("variants") or []]
    return {**only(found, _COSTS), **product, "variants": variants}


def _members_v1(shadow: Shadow, member: str, values: set[str]) -> list[Entity]:
    """Return the products that would be added to collections, as rows with their ids only, or with derived slugs."""
    joined = (
        {one for collection in values for one in shadow.members(collection)[0]} if member == "collections.id" else ()
    )
    found = [{"id": product, member: min(values)} for product in sorted(joined)]
    return [*found, *_with_slugs(_PRODUCT_V1, shadow, member, values)]


def _create_v1(shadow: Shadow, sent: Entity) -> Entity:
    owner = shadow.new_id("product")
    body = sent["product"]
    product: Entity = {
        "description": "",
        "visible": True,
        "additionalInfoSections": [],
        "productOptions": [],
        "manageVariants": False,
        "discount": {"type": "NONE", "value": 0},
        **({} if body.get("manageVariants") else {"sku": "", "weight": 0}),
        **_first_slug(shadow, _PRODUCT_V1, body),
        **_with_slug(shadow, _PRODUCT_V1, owner, body),
        "productType": "physical",
        "id": owner,
        "collectionIds": [stores_v1.ALL_PRODUCTS_COLLECTION],
        "media": {"items": []},
    }
    shadow.keep(
        _STOCK_V1, owner, [{"id": f"{owner}-stock", "productId": owner, "trackQuantity": False, "variants": []}]
    )
    return {"product": _keep_v1(shadow, product, _variants_v1(shadow, product))}


def _update_v1(shadow: Shadow, sent: Entity) -> Entity:
    before = shadow.entity(_PRODUCT_V1, sent["id"])
    changes = {**_with_slug(shadow, _PRODUCT_V1, sent["id"], sent["product"])}
    if _is_managed(before):
        changes.pop("manageVariants", None)
    variants = _repriced(before, (changes.get("priceData") or {}).get("price"))
    product = patched(before, changes)
    are_new = bool(changes.keys() & {"productOptions", "manageVariants"})
    if are_new:
        variants = _variants_v1(shadow, product, variants)
    if not product.get("manageVariants"):
        followed = {name: changes[name] for name in ("sku", "weight", _COSTS) if changes.get(name) is not None}
        variants = [{**one, "variant": {**one["variant"], **followed}} for one in variants]
    return {"product": _keep_v1(shadow, product, variants, are_new=are_new)}


def _keep_v1(shadow: Shadow, product: Entity, variants: list[Entity], *, are_new: bool = True) -> Entity:
    """Store a product with its variants and their stock, and return it as a read shows it."""
    for option in product.get("productOptions") or []:
        for choice in option.get("choices") or []:
            choice["description"] = choice.get("description") or choice.get("value") or ""
            choice["value"] = choice.get("value") or choice["description"]
    if _is_managed(product):
        product = without(product, "sku", "weight")
    product = {**product, "variants": variants}
    shadow.keep(_PRODUCT_V1, product["id"], [product])
    # Stock that was not read yet stays unread if its rows do not change.
    if are_new or shadow.knows(_STOCK_V1, product["id"]):
        _keep_stock_v1(shadow, product)
    return _shown_v1(shadow, product, {})


def _keep_stock_v1(shadow: Shadow, product: Entity) -> None:
    """Store the stock of a product with a row for each managed variant, or for the default one."""
    ids = [one["id"] for one in product["variants"]] if _is_managed(product) else [DEFAULT_VARIANT]
    for item in shadow.rows(_STOCK_V1, product["id"]):
        known = {row["variantId"]: row for row in item.get("variants") or []}
        fresh = {"inStock": not item.get("trackQuantity"), "quantity": 0}
        rows = [known.get(one) or {"variantId": one, **fresh} for one in ids]
        shadow.keep(_STOCK_V1, product["id"], [{**item, "variants": rows}])


def _is_managed(product: Entity) -> bool:
    return bool(product.get("manageVariants") and product.get("productOptions"))


def _variants_v1(shadow: Shadow, product: Entity, before: Iterable[Entity] = ()) -> list[Entity]:
    """Return the variants that result from a product's options; existing variants stay as they are."""
    known = {_choices(one): one for one in before}
    new = {"weight": 0, "sku": "", "visible": True}
    made = [{**one, "variant": {**new, **one["variant"]}} for one in implied_variants(product)]
    if not product.get("productOptions"):
        return [{**known.get(_choices(one), one), "id": DEFAULT_VARIANT, "choices": {}} for one in made]
    return [known.get(_choices(one)) or {**one, "id": shadow.new_id("variant")} for one in made]


def _choices(variant: Entity) -> Choices:
    return tuple(sorted((variant.get("choices") or {}).items()))


def _repriced(product: Entity, price: float | None) -> list[Entity]:
    """Return the variants of a product with a new price; managed variants keep their difference to it."""
    variants = product.get("variants") or []
    if price is None:
        return variants
    by = price - (product.get("priceData") or {}).get("price", price)

    def moved(data: Entity) -> float:
        existing = (data.get("priceData") or {}).get("price", price)
        new = round(existing + by, 2) if product.get("manageVariants") else price
        if new < 0:
            msg = "The price of a variant would be negative."
            raise InvalidRequestError(msg, status=400)
        return new

    return [{**one, "variant": {**one["variant"], "priceData": {"price": moved(one["variant"])}}} for one in variants]


def _show_stock(product: Entity, item: Entity) -> None:
    """Add the stock of each variant, and their total for the product, in place."""
    tracked, rows = bool(item.get("trackQuantity")), {row["variantId"]: row for row in item.get("variants") or []}
    default = rows.get(DEFAULT_VARIANT) or {"inStock": True, "quantity": 0}
    variants = []
    for variant in product.get("variants") or []:
        row = rows.get(variant["id"]) or default
        counted = {"quantity": row.get("quantity")} if tracked else {}
        variants.append({**variant, "stock": {"trackQuantity": tracked, "inStock": row.get("inStock"), **counted}})
    product["variants"] = variants
    product["stock"] = {"trackInventory": tracked, "inStock": any(row.get("inStock") for row in rows.values())}
    if tracked:
        product["stock"]["quantity"] = sum(row.get("quantity") or 0 for row in rows.values())


def _add_media(shadow: Shadow, sent: Entity) -> Entity:
    product = shadow.entity(_PRODUCT_V1, sent["id"])
    items = (product.get("media") or {}).get("items") or []
    for entry in sent["media"]:
        item = {"id": entry.get("mediaId") or shadow.new_id("picture"), "image": {"url": entry.get("url")}}
        items = [*items, item]
        if choice := entry.get("choice"):
            _show_for_choice(product, choice, [item])
    shadow.keep(_PRODUCT_V1, sent["id"], [{**product, "media": {"items": items}}])
    return {}


def _remove_media(shadow: Shadow, sent: Entity) -> Entity:
    product = shadow.entity(_PRODUCT_V1, sent["id"])
    items = [item for item in (product.get("media") or {}).get("items") or [] if item["id"] not in sent["mediaIds"]]
    shadow.keep(_PRODUCT_V1, sent["id"], [{**product, "media": {"items": items}}])
    return {}


def _show_for_choices(shadow: Shadow, sent: Entity) -> Entity:
    product = shadow.entity(_PRODUCT_V1, sent["id"])
    for entry in sent["media"]:
        _show_for_choice(product, entry, [{"id": one} for one in entry["mediaIds"]])
    shadow.keep(_PRODUCT_V1, sent["id"], [product])
    return {}


def _show_for_choice(product: Entity, named: Entity, items: list[Entity]) -> None:
    """Add pictures to the choice that an entry names by `option` and `choice`, in place."""
    for option in product.get("productOptions") or []:
        for choice in option["choices"]:
            if (option["name"], choice["description"]) == (named["option"], named["choice"]):
                existing = (choice.get("media") or {}).get("items") or []
                choice["media"] = {"items": [*existing, *items]}


def _update_variants_v1(shadow: Shadow, sent: Entity) -> Entity:
    product = shadow.entity(_PRODUCT_V1, sent["id"])
    for override in sent["variants"]:
        details = without(override, "choices", "price", "cost")
        if override.get("price") is not None:
            details["priceData"] = {"price": override["price"]}
        if override.get("cost") is not None:
            details[_COSTS] = {"itemCost": override["cost"]}
        for variant in product["variants"]:
            if variant["choices"] == override["choices"]:
                variant["variant"] = {**variant["variant"], **details}
    shadow.keep(_PRODUCT_V1, sent["id"], [product])
    return {"variants": product["variants"]}


def _update_inventory_v1(shadow: Shadow, sent: Entity) -> Entity:
    shadow.read_with_others(_STOCK_V1, sent["id"], _PRODUCT_V1)
    item, body = shadow.entity(_STOCK_V1, sent["id"]), sent["inventoryItem"]
    tracked = bool(body.get("trackQuantity"))
    sent_rows = {row["variantId"]: row for row in body.get("variants") or []}
    rows = []
    for before in item["variants"]:
        row = patched(before, without(sent_rows.get(before["variantId"], {}), "variantId"))
        rows.append({**row, "inStock": (row.get("quantity") or 0) > 0} if tracked else row)
    shadow.keep(_STOCK_V1, sent["id"], [{**item, **body, "trackQuantity": tracked, "variants": rows}])
    return {}


# Contacts

_EMAILS, _PHONES = "info.emails.email", "info.phones.phone"
_PRIMARY_EMAIL, _PRIMARY_PHONE = "primaryInfo.email", "primaryInfo.phone"


def _labelled(shadow: Shadow, contact: Entity, _asked: Mapping[str, Any]) -> Entity:
    """Return a contact without labels that would be deleted."""
    keys = values_at(contact, "info.labelKeys.items")
    left = [key for key in keys if not shadow.is_gone(_LABEL, key)]
    return contact if left == keys else patched(contact, {"info": {"labelKeys": {"items": left}}})


def _new_contact(shadow: Shadow) -> Entity:
    return {"id": shadow.new_id("contact"), "revision": -1}


def _update_contact(shadow: Shadow, sent: Entity) -> Entity:
    before = shadow.entity(_CONTACT, sent["id"])
    info = patched(before.get("info") or {}, sent["info"])
    return _keep_contact(shadow, before, info, *([_refuse_twin] if sent["info"].keys() & {"emails", "phones"} else []))


def _delete_contact(shadow: Shadow, contact_id: str) -> Entity:
    if shadow.entity(_CONTACT, contact_id).get("memberInfo"):
        msg = "The contact is a site member. Delete the member first."
        raise InvalidRequestError(msg, code="CANNOT_DELETE_MEMBER", status=428)
    return _delete(shadow, contact_id, _CONTACT, _OF_V5)


def _relabel(shadow: Shadow, sent: Entity, *, is_labelled: bool) -> Entity:
    before = shadow.entity(_CONTACT, sent["id"])
    info = before.get("info") or {}
    existing = [key for key in values_at(info, "labelKeys.items") if key not in sent["labelKeys"]]
    labels = [*existing, *sent["labelKeys"]] if is_labelled else existing
    return _keep_contact(shadow, before, {**info, "labelKeys": {"items": labels}})


def _keep_contact(shadow: Shadow, before: Entity, info: Entity, *checks: Callable[[Shadow, Entity], None]) -> Entity:
    """Store a contact with the values that Wix adds to its lists: ids, tags, and the primary entry."""
    info, primary = dict(info), {}
    for name, member in (("emails", "email"), ("phones", "phone"), ("addresses", "")):
        items = items_of(info, name)
        items = [{"id": shadow.new_id(name), "tag": "UNTAGGED", **item} for item in items]
        marked = next((item for item in items if item.get("primary")), items[0] if items else None)
        if member and marked is not None:
            items = [{**item, "primary": item is marked} for item in items]
            primary[member] = marked[member]
        info[name] = {"items": items}
    contact = revised({"revision": 0, **before, "info": info, "primaryInfo": primary})
    for check in checks:
        check(shadow, contact)
    if before.get("memberInfo") and not {*values_at(before, _PRIMARY_EMAIL)} <= {*values_at(contact, _PRIMARY_EMAIL)}:
        msg = "The contact is a site member, whose e-mail is changed in the member's account."
        raise InvalidRequestError(msg, code="CANNOT_UPDATE_MEMBER_EMAIL", status=428)
    shadow.keep(_CONTACT, contact["id"], [contact])
    return {"contact": contact}


def _refuse_twin(shadow: Shadow, contact: Entity) -> None:
    """Raise if another contact has the same e-mail, or without e-mails, the same phone."""
    member, name = (_EMAILS, "Email") if values_at(contact, _EMAILS) else (_PHONES, "Phone")
    shadow.read_owners(_CONTACT, member, values_at(contact, member))
    for other in shadow.known_to_have(_CONTACT, member, values_at(contact, member)):
        if other != contact["id"]:
            raise _twin(name.lower(), {"duplicateContactId": other, f"duplicate{name}": ""})


def _twin(member: str, data: Entity) -> ConflictError:
    msg = f"Another contact would have this {member} by then."
    error = ConflictError(msg, code="DUPLICATE_CONTACT_EXISTS", status=409)
    error.data = data
    return error


def _refuse_twin_v5(shadow: Shadow, contact: Entity, external_id: str | None) -> None:
    """Raise if another contact has the same external id, or no other one and the same primary e-mail or phone."""
    for kind, owner, member, asked in (
        ("EXTERNAL_ID", _OF_V5, "externalId", "externalId"),
        ("EMAIL", _CONTACT, _PRIMARY_EMAIL, _EMAILS),
        ("PHONE", _CONTACT, _PRIMARY_PHONE, _PHONES),
    ):
        values = values_at({**contact, "externalId": external_id}, member)
        shadow.read_owners(owner, asked, values)
        for other in shadow.known_to_have(owner, member, values):
            theirs = values_at(shadow.rows(_OF_V5, other), "externalId") if external_id else []
            if other != contact["id"] and theirs in ([], [external_id]):
                raise _twin(member, {"matchingContactId": other, "matchType": kind})


def _write_v5(shadow: Shadow, contact: Entity) -> Entity:
    """Update the contact with an id, or create a contact without one."""
    before = shadow.entity(_CONTACT, contact["id"]) if "id" in contact else _new_contact(shadow)
    known = values_at(shadow.rows(_OF_V5, before["id"]), "externalId")
    external_id = contact.get("externalId") or next(iter(known), None)
    is_checked = "id" not in contact or contact.keys() & {"externalId", "email", "phone"}
    checks = [partial(_refuse_twin_v5, external_id=external_id)] if is_checked else []
    info = patched(before.get("info") or {}, info_of(contact))
    written: Entity = _keep_contact(shadow, before, info, *checks)["contact"]
    if contact.get("externalId"):
        shadow.keep(_OF_V5, written["id"], [{"id": written["id"], "externalId": external_id}])
    return written


def _refuse_v5(shadow: Shadow, *_asked: Any) -> list[Entity]:
    """Raise if Wix refuses Contacts v5. Return no rows.

    A dry run sends no write to find out, nor a query if all contacts of a look-up are planned ones.
    """
    if (refusal := shadow.once(_refusal_of_v5)) is not None:
        raise refusal
    return []


def _refusal_of_v5(shadow: Shadow) -> WixError | None:
    """Return the error of a query of Contacts v5, which writes would have, too; None if Wix answers."""
    shadow.count_reads(-1)
    try:
        shadow.site.call(contacts.CONTACTS_V5.operation, body={"query": {"cursorPaging": {"limit": 1}}})
    except WixError as error:
        return error
    return None


def _read_twins_v5(shadow: Shadow, items: list[Any]) -> None:
    """Read which contacts have the keys of contacts to write; raise if Wix refuses Contacts v5."""
    _refuse_v5(shadow)
    shadow.read_owners(_OF_V5, "externalId", values_at(items, "externalId"))
    shadow.read_owners(_CONTACT, _EMAILS, values_at(items, "email.email"))
    shadow.read_owners(_CONTACT, _PHONES, values_at(items, "phone.phone"))


def _creates_named(kind: str, envelope: str) -> Effect:
    """Return the effect of a call that creates a label or an extended field: Wix derives its key from its name."""

    def effect(shadow: Shadow, sent: Entity) -> Entity:
        slug = re.sub(r"[^a-z0-9]+", "-", sent["displayName"].casefold()).strip("-")
        key = f"{contacts.OWN_NAMESPACE}{slug}"
        while shadow.rows(kind, key):  # of another name, or one that had this name before
            key = f"{key}-1"
        made = {**sent, "key": key, f"{envelope}Type": contacts.USER_DEFINED}
        shadow.keep(kind, key, [made], new=True)
        return {envelope: made}

    return effect


# Brands and ribbons


def _part(shadow: Shadow, kind: str, name: str) -> Entity:
    """Return the brand or ribbon with a name; it is created if it does not exist."""
    existing = shadow.known_to_have(kind, "name", [name])
    part = {"id": existing[0] if existing else shadow.new_id(kind), "name": name, "revision": "1"}
    if not existing:
        shadow.keep(kind, part["id"], [part])
    return part


def _part_effects(part: stores_v3.Part, kind: str) -> dict[Operation, Effect]:
    """Return the effects of the calls for brands or ribbons."""

    def update(shadow: Shadow, sent: Entity) -> Entity:
        if kind == _BRAND:  # ribbons may have the same name
            shadow.read_owners(kind, "name", [sent["name"]])
            _refuse_taken(shadow, kind, sent, name="ALREADY_EXISTS")
        return shadow.change(kind, sent["id"], without(sent, "revision"))

    return {
        part.get: reads(part.get, kind, kind),
        part.make: bulk(
            f"{kind}Names",
            lambda shadow, name: _part(shadow, kind, name),
            read=lambda shadow, names: shadow.read_owners(kind, "name", names),
            returns="item",
        ),
        part.update: bulk(f"{kind}s", update, kind),
        part.delete: bulk(f"{kind}Ids", lambda shadow, one: _delete(shadow, one, kind)),
    }


# Orders


def _import_order(shadow: Shadow, sent: Entity) -> Entity:
    lines = [{"id": shadow.new_id("line"), **line} for line in sent["order"].get("lineItems") or []]
    order = {**sent["order"], "lineItems": lines, "imported": True}
    shadow.keep(_ORDER, order["id"], [order], new=not shadow.rows(_ORDER, order["id"]))
    return {"order": order}


def _delete_orders(shadow: Shadow, sent: Entity) -> Entity:
    for order_id in sent["orderIds"]:
        _delete(shadow, order_id, _ORDER, _FULFILLMENTS)
    return {"jobId": shadow.new_id("job")}


# Fulfillments: the rows of their order


def _fulfillments_of(shadow: Shadow, sent: Entity) -> Entity:
    answer = shadow.site.call(ecom.FULFILLMENTS_OF_ORDERS, body=sent)
    existing = {one["orderId"]: one.get("fulfillments") or [] for one in answer.get("ordersWithFulfillments") or []}
    existing |= {order: [] for order in sent["orderIds"] if order not in existing and shadow.knows(_ORDER, order)}
    listed = []
    for order, fulfillments in existing.items():
        if not shadow.is_gone(_ORDER, order):
            shadow.see(_FULFILLMENTS, order, fulfillments)
            listed.append({"orderId": order, "fulfillments": shadow.rows(_FULFILLMENTS, order)})
    return {"ordersWithFulfillments": listed}


def _create_fulfillments(shadow: Shadow, one: Entity) -> Entity:
    order = one["orderId"]
    existing = shadow.rows(_FULFILLMENTS, order)
    for fulfillment in one["fulfillments"]:
        lines = _with_quantities(shadow.rows(_ORDER, order), existing, fulfillment.get("lineItems") or [])
        existing.append({**fulfillment, "lineItems": lines, "id": shadow.new_id("fulfillment")})
    shadow.keep(_FULFILLMENTS, order, existing)
    return {"id": order, "orderId": order, "fulfillments": existing}


def _with_quantities(orders: list[Entity], fulfillments: list[Entity], lines: list[Entity]) -> list[Entity]:
    """Return the line items of a new fulfillment; without a quantity, all that is left. Searches hide some orders.

    Raises:
        InvalidRequestError: More of a line item than is left of it.
    """
    for order in orders:
        left = Counter({line["id"]: line.get("quantity") or 1 for line in order.get("lineItems") or ()})
        for one in fulfillments:
            for line in one.get("lineItems") or ():
                left[line.get("id")] -= line.get("quantity") or 1
        for index, line in enumerate(lines):
            quantity = line.get("quantity") or left[line.get("id")]
            left[line.get("id")] -= quantity
            if quantity < 1 or left[line.get("id")] < 0:
                msg = "the order has fewer of these line items left"
                raise InvalidRequestError(msg, code="INVALID_ARGUMENT")
            lines[index] = {**line, "quantity": quantity}
    return lines


def _update_fulfillment(shadow: Shadow, sent: Entity) -> Entity:
    rows = shadow.rows(_FULFILLMENTS, sent["order"])
    changed = [patched(row, sent["fulfillment"]) if row["id"] == sent["id"] else row for row in rows]
    shadow.keep(_FULFILLMENTS, sent["order"], changed)
    return {}


def _delete_fulfillment(shadow: Shadow, sent: Entity) -> Entity:
    rows = shadow.rows(_FULFILLMENTS, sent["order"])
    left = [row for row in rows if row["id"] != sent["id"]]
    if len(left) == len(rows):
        raise gone(sent["id"], "fulfillment")
    shadow.keep(_FULFILLMENTS, sent["order"], left)
    return {}


# The inbox and forms


def _messages_of(shadow: Shadow, sent: Entity) -> Entity:
    """Return the messages of a conversation; one that would be made has none."""
    if is_planned(sent["conversationId"]):
        shadow.count_reads(1)
        return {"messages": [], "pagingMetadata": {}}
    return shadow.site.call(inbox.MESSAGES_OF, params=sent)


def _planned_as(envelope: str) -> Effect:
    """Answer a call that makes something which no later call of a run asks for."""
    return lambda shadow, _sent: {envelope: {"id": shadow.new_id(envelope)}}


VIEWS = (
    View(
        stores_v3.PRODUCTS,
        _PRODUCT_V3,
        keys=("handle", "slug", _DERIVED_SLUG),
        show=_placed,
        more=partial(_with_slugs, _PRODUCT_V3),
    ),
    View(stores_v3.PRODUCT_SEARCH, _PRODUCT_V3, is_whole=lambda _asked: False),
    View(
        stores_v3.VARIANTS_WITH_COSTS,
        _VARIANTS,
        "productData.productId",
        ("sku",),
        is_group=True,
        show=_shown_variant,
        is_whole=_has_costs,
    ),
    View(stores_v3.SEARCH_VARIANTS, _VARIANTS, "productData.productId", ("sku",), is_group=True, is_whole=_has_costs),
    View(stores_v3.STOCK, _STOCK_V3, "productId", ("id", "product.variantSku"), is_group=True),
    View(stores_v3.CATEGORIES, _CATEGORY, keys=("slug",)),
    View(stores_v3.BRANDS, _BRAND, keys=("name",)),
    View(stores_v3.RIBBONS, _RIBBON, keys=("name",)),
    View(
        ecom.ORDERS,
        _ORDER,
        keys=("number", "channelInfo.externalOrderId"),
        has=lambda order: order.get("status") != ecom.NOT_SEARCHED,
    ),
    View(
        stores_v1.PRODUCTS,
        _PRODUCT_V1,
        keys=("slug", "sku", "name", _DERIVED_SLUG),
        show=_shown_v1,
        more=_members_v1,
        fill=_with_costs_v1,
    ),
    View(stores_v1.INVENTORY, _STOCK_V1, "productId"),
    View(stores_v1.COLLECTIONS, _COLLECTION, keys=("slug",)),
    View(contacts.CONTACTS, _CONTACT, keys=(_EMAILS, _PHONES, _PRIMARY_EMAIL, _PRIMARY_PHONE), show=_labelled),
    View(contacts.CONTACTS_V5, _OF_V5, keys=("externalId",), more=_refuse_v5),
    View(contacts.LABELS, _LABEL, "key"),
    View(contacts.FIELDS, _FIELD, "key"),
)
EFFECTS: dict[Operation, Effect] = {
    stores_v3.GET_PRODUCT: reads(stores_v3.GET_PRODUCT, _PRODUCT_V3, "product", _VARIANTS, show=_with_variants),
    stores_v3.CREATE_PRODUCTS: _create_products,
    stores_v3.CREATE_PRODUCTS_WITH_INVENTORY: _with_stock(_create_products),
    stores_v3.UPDATE_PRODUCTS: _update_products,
    stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY: _with_stock(_update_products),
    stores_v3.DELETE_PRODUCTS: bulk(
        "productIds", lambda shadow, owner: _delete(shadow, owner, _PRODUCT_V3, _VARIANTS, _STOCK_V3)
    ),
    **_part_effects(stores_v3.BRAND, _BRAND),
    **_part_effects(stores_v3.RIBBON, _RIBBON),
    stores_v3.GET_STOCK: _get_stock,
    stores_v3.CREATE_STOCK: bulk("inventoryItems", _upsert_stock, read=_read_stock),
    stores_v3.UPDATE_STOCK: bulk("inventoryItems", _update_stock, "inventoryItem", read=_read_stock),
    stores_v3.UPSERT_STOCK: bulk("inventoryItems", _upsert_stock, "inventoryItem", read=_read_stock, returns="item"),
    stores_v3.DELETE_STOCK: bulk("inventoryItemIds", _delete_stock, read=_read_stock),
    stores_v3.CATEGORIES_OF_ITEMS: _categories_of,
    stores_v3.LIST_ITEMS: _list_items,
    stores_v3.CREATE_CATEGORY: _with_free_slug(
        creates_collection(_CATEGORY, "category", visible=True, parentCategory={}, revision="1", itemCounter=0)
    ),
    stores_v3.UPDATE_CATEGORY: _with_free_slug(
        updates(_CATEGORY, "category", "id", "visible", "parentCategory", "managingAppId", "revision")
    ),
    stores_v3.SHOW_CATEGORY: lambda shadow, sent: {
        "category": shadow.change(_CATEGORY, sent["categoryId"], {"visible": sent["visible"]})
    },
    stores_v3.MOVE_CATEGORY: _move_category,
    stores_v3.DELETE_CATEGORY: deletes(_CATEGORY, parent=_PARENT),
    stores_v3.ADD_ITEMS: places(is_member=True),
    stores_v3.REMOVE_ITEMS: places(is_member=False),
    stores_v3.ADD_ITEM: places(is_member=True),
    stores_v3.REMOVE_ITEM: places(is_member=False),
    stores_v1.GET_PRODUCT: reads(
        stores_v1.GET_PRODUCT, _PRODUCT_V1, "product", _STOCK_V1, show=_shown_v1, fill=_with_costs_v1
    ),
    stores_v1.CREATE_PRODUCT: _create_v1,
    stores_v1.UPDATE_PRODUCT: _update_v1,
    stores_v1.REMOVE_BRAND: lambda shadow, sent: shadow.change(_PRODUCT_V1, sent["id"], {"brand": None}),
    stores_v1.DELETE_PRODUCT: deletes(_PRODUCT_V1, _STOCK_V1),
    stores_v1.ADD_MEDIA: _add_media,
    stores_v1.REMOVE_MEDIA: _remove_media,
    stores_v1.SHOW_FOR_CHOICES: _show_for_choices,
    stores_v1.UPDATE_VARIANTS: _update_variants_v1,
    stores_v1.GET_INVENTORY: reads(stores_v1.GET_INVENTORY, _STOCK_V1, "inventoryItem"),
    stores_v1.UPDATE_INVENTORY: _update_inventory_v1,
    stores_v1.CREATE_COLLECTION: creates_collection(
        _COLLECTION, "collection", description="", visible=True, numberOfProducts=0
    ),
    stores_v1.UPDATE_COLLECTION: updates(_COLLECTION, "collection"),
    stores_v1.DELETE_COLLECTION: deletes(_COLLECTION),
    stores_v1.ADD_TO_COLLECTION: places(is_member=True),
    stores_v1.REMOVE_FROM_COLLECTION: places(is_member=False),
    contacts.GET_CONTACT: reads(contacts.GET_CONTACT, _CONTACT, "contact", show=_labelled),
    contacts.CREATE_CONTACT: lambda shadow, sent: _keep_contact(
        shadow, _new_contact(shadow), sent["info"], _refuse_twin
    ),
    contacts.UPDATE_CONTACT: _update_contact,
    contacts.DELETE_CONTACT: lambda shadow, sent: _delete_contact(shadow, sent["id"]),
    contacts.CREATE_CONTACTS: bulk("contacts", _write_v5, read=_read_twins_v5),
    contacts.UPDATE_CONTACTS: bulk("contacts", _write_v5, "contact", read=_read_twins_v5),
    contacts.DELETE_CONTACTS: bulk("contactIds", _delete_contact, read=_refuse_v5),
    contacts.LABEL_CONTACT: partial(_relabel, is_labelled=True),
    contacts.UNLABEL_CONTACT: partial(_relabel, is_labelled=False),
    contacts.MAKE_LABEL: _creates_named(_LABEL, "label"),
    contacts.RENAME_LABEL: updates(_LABEL, "label"),
    contacts.DELETE_LABEL: deletes(_LABEL),
    contacts.MAKE_FIELD: _creates_named(_FIELD, "field"),
    inbox.CONVERSATION_OF: _planned_as("conversation"),
    inbox.MESSAGES_OF: _messages_of,
    inbox.SEND_MESSAGE: _planned_as("message"),
    forms.CREATE_SUBMISSION: _planned_as("submission"),
    ecom.GET_ORDER: reads(ecom.GET_ORDER, _ORDER, "order"),
    ecom.IMPORT_ORDER: _import_order,
    ecom.DELETE_IMPORTED_ORDERS: _delete_orders,
    ecom.FULFILLMENTS_OF_ORDERS: _fulfillments_of,
    ecom.CREATE_FULFILLMENTS: bulk(
        "ordersWithFulfillments",
        _create_fulfillments,
        read=lambda shadow, items: shadow.read(_ORDER, (one["orderId"] for one in items)),
        returns="ordersWithFulfillments",
    ),
    ecom.UPDATE_FULFILLMENT: _update_fulfillment,
    ecom.DELETE_FULFILLMENT: _delete_fulfillment,
}
"""Effects of all write calls, and of reads of single entities, which the run would have changed."""
