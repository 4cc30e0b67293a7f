"""The contents of events, each as a function of a changed row; catalog V1 and abandoned carts have flat ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_sandbox.auth import APP_ID
from wix_sandbox.call import Call
from wix_sandbox.resources import carts_v2
from wix_sandbox.resources.carts import CHECKOUTS
from wix_sandbox.resources.categories import TREE
from wix_sandbox.resources.ecom import IMPORTS
from wix_sandbox.resources.stores_v1.endpoints import shown_on_v3
from wix_sandbox.resources.stores_v3.present import show_product
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import Entity, only, without

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.store import Change

Show = Callable[["Site", Entity], Entity]
"""Returns a row as GET returns it."""


TREE_REFERENCE = {"treeReference": TREE}


class Moment(NamedTuple):
    """A changed row, and everything else that changed in the same request."""

    site: Site
    change: Change
    turn: list[Change]

    @property
    def before(self) -> Entity:
        """The row before the change; empty if it is new."""
        return self.change.before or {}

    @property
    def after(self) -> Entity:
        """The row after the change; empty if it was deleted."""
        return self.change.after or {}

    def moved(self, name: str) -> bool:
        """True if a row that stays has another value of a member."""
        return bool(self.before and self.after) and self.before.get(name) != self.after.get(name)

    def became(self, name: str, value: object) -> bool:
        """True if a member, also one of a new row, has this value from now on."""
        return self.after.get(name) == value != self.before.get(name)

    def other(self, kind: str) -> Change | None:
        """Return the change of the row of another kind that has the same id, or None."""
        return next((each for each in self.turn if each.kind == kind and each.id == self.change.id), None)


def as_it_is(_site: Site, entity: Entity) -> Entity:
    """Return a row whose members are those of GET."""
    return entity


def product_v3(site: Site, product: Entity) -> Entity:
    """Return a V3 product without empty lists and the members that GET only has on demand."""
    return {name: value for name, value in show_product(site, product, frozenset()).items() if value != []}


def presented(present: Callable[[Call, Entity], Entity]) -> Show:
    """Return the function that shows a row without the members that GET only has on demand."""
    return lambda site, entity: present(Call(site, "webhooks", {}), entity)


def alone(show: Callable[[Entity], Entity]) -> Show:
    """Return the function that shows a row whose members in GET depend on nothing else."""
    return lambda _site, entity: show(entity)


def cart_v2(site: Site, cart: Entity) -> Entity:
    """Return a cart as the events of Cart V2 show it; each change of a cart raises the events of V1 and of V2."""
    return carts_v2.shown(site, cart, site.store.get(CHECKOUTS, cart.get("checkoutId") or "") or {})


def created(show: Show) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a new row."""
    return lambda moment: show(moment.site, moment.after) if not moment.before and not _imported(moment) else None


def updated(show: Show, *, compares: bool = True) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a changed row, with its old values if it `compares`.

    Choice: only of one whose date or revision moved, if it has any. Stock that a product repeats moves neither.
    """

    def body(moment: Moment) -> Entity | None:
        if not (moment.before and moment.after) or _imported(moment):
            return None
        dated = [name for name in ("updatedDate", "revision") if name in moment.after]
        if dated and not any(moment.moved(name) for name in dated):
            return None
        now = show(moment.site, moment.after)
        return _current(show(moment.site, moment.before), now) if compares else {"currentEntity": now}

    return body


def _current(before: Entity, now: Entity) -> Entity:
    """Return the members of an event of an entity that changed.

    Choice: `modifiedFields`, which Wix hides in its documentation, has null for new members.
    """
    old, new = dict(_flat(before)), dict(_flat(now))
    return {"currentEntity": now, "modifiedFields": {path: old.get(path) for path in _different(old, new)}}


def _different(before: Entity, after: Entity) -> list[str]:
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def _flat(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield what is in a value by paths as Wix's client reads them: `lines[0].name`, dots in names escaped."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _flat(each, f"{path}.{_SPECIAL.sub(_ESCAPED, name)}".removeprefix("."))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _flat(each, f"{path}[{at}]")
    else:
        yield path, value


_SPECIAL, _ESCAPED = re.compile(r"[.\[\]]"), r"\\\g<0>"


def deleted(show: Show | None) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a deleted row, which has the row if it is given how to show it."""

    def body(moment: Moment) -> Entity | None:
        if moment.after:
            return None
        return {} if show is None else {"deletedEntity": show(moment.site, moment.before)}

    return body


def _imported(moment: Moment) -> bool:
    return moment.change.kind == "orders" and moment.other(IMPORTS) is not None


def _order(moment: Moment, **more: object) -> Entity:
    return {"order": moment.after, **more}


def approved(moment: Moment) -> Entity | None:
    """Return the order that is approved from now on."""
    return _order(moment) if moment.became("status", "APPROVED") and not _imported(moment) else None


def canceled(moment: Moment) -> Entity | None:
    """Return the order that was canceled, and how."""
    if not moment.moved("status") or moment.after["status"] != "CANCELED":
        return None
    restocked = any(line.get("restockQuantity") for line in moment.after["lineItems"])
    mail = {"kind": "mail", "about": "order canceled", "orderId": moment.change.id}
    mailed = any(mail.items() <= each.items() for each in moment.site.effects)
    return _order(moment, restockAllItems=restocked, sendOrderCanceledEmail=mailed)


def fulfilled(moment: Moment) -> Entity | None:
    """Return the order whose fulfillment status changed. Choice: `action` is the type of its last activity."""
    if not moment.moved("fulfillmentStatus") or _imported(moment):
        return None
    return _order(
        moment,
        previousFulfillmentStatus=moment.before["fulfillmentStatus"],
        newFulfillmentStatus=moment.after["fulfillmentStatus"],
        action=moment.after["activities"][-1]["type"],
    )


def imported(moment: Moment) -> Entity | None:
    """Return the order that was imported, or imported again."""
    return {"order": moment.site.store.get("orders", moment.change.id)} if moment.after else None


def imported_order_deleted(moment: Moment) -> Entity | None:
    """Return the imported order that was deleted."""
    return {"order": moment.before} if not moment.after and moment.before.get("imported") else None


def fulfillments(moment: Moment) -> Entity | None:
    """Return all fulfillments of an order."""
    return _current(without(moment.before, "id"), without(moment.after, "id")) if moment.after else None


def committed(moment: Moment) -> Entity | None:
    """Return the order whose draft was committed."""
    order = moment.site.store.get("orders", moment.after["orderId"]) if moment.after else None
    if order is None or not moment.became("status", "COMMITTED"):
        return None
    return {"order": order, "draftOrderId": moment.change.id, "commitDate": moment.after["updatedDate"]}


def transactions(moment: Moment) -> Entity | None:
    """Return the payments and refunds of an order, and the ids of those that changed."""
    if not moment.after:
        return None
    changed = {name: [each["id"] for each in _new(moment, name)] for name in ("payments", "refunds")}
    return {
        "orderTransactions": without(moment.after, "id"),
        "paymentIds": changed["payments"],
        "refundIds": changed["refunds"],
    }


def _new(moment: Moment, name: str) -> list[Entity]:
    """Return the items of a list that are not in the row before."""
    return [each for each in moment.after.get(name, []) if each not in moment.before.get(name, [])]


def refund(moment: Moment) -> Entity | None:
    """Return the latest new refund of an order. Choice: one event for each change, and no side effects."""
    known = {each["id"] for each in moment.before.get("refunds", [])}
    added = [each for each in moment.after.get("refunds", []) if each["id"] not in known]
    if not added:
        return None
    return {"orderId": moment.change.id, "refund": added[-1], "orderTransactions": without(moment.after, "id")}


def chargeback(status: str) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a chargeback of a payment that has this status from now on."""

    def body(moment: Moment) -> Entity | None:
        known = {each["id"]: each["status"] for _, each in _chargebacks(moment.before)}
        for payment_id, each in _chargebacks(moment.after):
            if each["status"] == status != known.get(each["id"]):
                members = {"orderId": moment.change.id, "paymentId": payment_id, "chargeback": each}
                return {**members, "orderTransactions": without(moment.after, "id")}
        return None

    return body


def _chargebacks(transactions: Entity) -> Iterator[tuple[str, Entity]]:
    """Yield the chargebacks of an order, each with the id of its payment."""
    for payment in transactions.get("payments", []):
        for each in (payment.get("regularPaymentDetails") or {}).get("chargebacks", []):
            yield payment["id"], each


def became(envelope: str, name: str, *, value: object) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a row whose member has a value from now on."""
    return lambda moment: {envelope: moment.after} if moment.became(name, value) else None


def moved(envelope: str, name: str) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a row whose member, such as a status, has another value."""
    previous = f"previous{name[0].upper()}{name[1:]}"

    def body(moment: Moment) -> Entity | None:
        if not moment.moved(name) or _imported(moment):
            return None
        return {envelope: moment.after, previous: moment.before[name]}

    return body


def merged(moment: Moment) -> Entity | None:
    """Return the target of a merge; one event for all its sources."""
    target = moment.after.get("targetId")
    sources = [each.id for each in moment.turn if each.kind == moment.change.kind and _target(each) == target]
    if target is None or sources[0] != moment.change.id:
        return None
    contact = moment.site.store.get("contacts", target)
    return {"targetContactId": target, "sourceContactIds": sources, "targetContact": contact}


def _target(change: Change) -> str | None:
    return (change.after or {}).get("targetId")


def message(moment: Moment) -> Entity | None:
    """Return the message that a visitor, contact or member sent."""
    if moment.before or moment.after["direction"] != "PARTICIPANT_TO_BUSINESS":
        return None
    shown = dict(moment.after)
    return {"conversationId": shown.pop("conversationId"), "message": shown}


def submitted(moment: Moment) -> Entity | None:
    """Return the new submission, unless it comes from the trash bin."""
    is_new = not moment.before and moment.other("trashed_submissions") is None
    return moment.after if is_new else None


def restored(moment: Moment) -> Entity | None:
    """Return the submission that came from the trash bin."""
    is_back = not moment.before and moment.other("trashed_submissions") is not None
    return {"submission": moment.after} if is_back else None


def contact_mapped(moment: Moment) -> Entity | None:
    """Return the contact of a submission that had another one or none."""
    if not (moment.before and moment.moved("contactId")):
        return None
    return only(moment.after, "contactId", "namespace")


def form_switched(*, to: bool) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a form that is enabled or disabled from now on."""
    return lambda moment: (
        only(moment.after, "namespace") if moment.before and moment.became("enabled", value=to) else None
    )


def submission_deleted(moment: Moment) -> Entity | None:
    """Return the submission that was deleted, and whether it is in the trash bin now."""
    if moment.after:
        return None
    return {"movedToTrash": moment.other("trashed_submissions") is not None, "deletedEntity": moment.before}


def trash_emptied(moment: Moment) -> Entity | None:
    """Return the submission that was deleted from the trash bin."""
    if moment.after or moment.other("form_submissions") is not None:
        return None
    return {"movedToTrash": False, "deletedEntity": moment.before}


def stock_reason(moment: Moment) -> Entity | None:
    """Return the changed stock of a variant, and why: an order, the end of one, or neither."""
    event = updated(as_it_is, compares=False)(moment)
    if event is None:
        return None
    orders = [each for each in moment.turn if each.kind == "orders"]
    placed = any(each.before is None for each in orders)
    reason = "ORDER" if placed else "REVERT_INVENTORY_CHANGE" if orders else "MANUAL"
    return {**event, "reason": reason, "appId": APP_ID if moment.site.caller == "app" else STORES_APP_ID}


def stock_status(moment: Moment) -> Entity | None:
    """Return whether the variant is in stock from now on."""
    if not moment.moved("availabilityStatus"):
        return None
    before, after = (each["availabilityStatus"] == "IN_STOCK" for each in (moment.before, moment.after))
    return {"inStock": after} if before != after else None


def category_moved(moment: Moment) -> Entity | None:
    """Return the new place of a category. Categories that make room for it have no event."""
    if not (moment.moved("parentCategory") and moment.moved("revision")):
        return None
    return {"categoryId": moment.change.id, **only(moment.after, "parentCategory", "treeReference")}


def item_added(moment: Moment) -> Entity | None:
    """Return the product that was added to a category."""
    return None if moment.before else _membership(moment.after, "addedItem")


def item_removed(moment: Moment) -> Entity | None:
    """Return the product that was removed from a category."""
    return None if moment.after else _membership(moment.before, "removedItem")


def _membership(place: Entity, name: str) -> Entity:
    item = {"catalogItemId": place["catalogItemId"], "appId": STORES_APP_ID}
    return {"categoryId": place["categoryId"], name: item, **TREE_REFERENCE}


def items_arranged(moment: Moment) -> Entity | None:
    """Return the category whose products were arranged."""
    return {"categoryId": moment.change.id, **TREE_REFERENCE} if moment.after else None


_OF_PRODUCTS = ("name", "visible", "media", "sku", "productPageUrl", "brand", "costAndProfitData", "slug")
_OF_COLLECTIONS = ("name", "media", "slug", "visible")
_DERIVED = frozenset({"lastUpdated", "stock", "inStock", "variants", "numberOfProducts"})
"""Members that other events have, or none."""


def on_v3(moment: Moment) -> Moment | None:
    """Return the change of a V3 product as one of V1, if such a site raises the events of V1; else None."""
    if moment.change.kind != "products" or moment.site.readings["v1-events-on-v3"] != "raised":
        return None
    before, after = (
        None if row is None else shown_on_v3(moment.site, row) for row in (moment.change.before, moment.change.after)
    )
    return moment._replace(change=moment.change._replace(before=before, after=after))


def _version(moment: Moment) -> Entity:
    return {"originatedFromVersion": f"{moment.site.catalog.name}_CATALOG"}


def _differing(before: Entity, after: Entity) -> list[str]:
    return [name for name in _different(before, after) if name not in _DERIVED]


def product_created(moment: Moment) -> Entity | None:
    """Return a new product: documents and typings differ on the name of its price, so it has both."""
    if moment.before:
        return None
    product = moment.after
    members = only(product, *_OF_PRODUCTS)
    prices = {"price": product["priceData"], "priceData": product["priceData"]}
    return {"productId": product["id"], **members, **prices, **_version(moment)}


def deleted_flat(name: str) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a deleted product or collection, with its id under a name."""
    return lambda moment: None if moment.after else {name: moment.change.id, **_version(moment)}


def variants_changed(moment: Moment) -> Entity | None:
    """Return the new and changed variants of a product, with the names of their changed members."""
    if not (moment.before and moment.after):
        return None
    before = {each["id"]: each for each in moment.before["variants"]}
    changed = []
    for each in moment.after["variants"]:
        names = _differing(before.get(each["id"], {}).get("variant", {}), each["variant"])
        if names:
            changed.append({"variantId": each["id"], "choices": each["choices"], "changedFields": names})
    return {"productId": moment.change.id, "variants": changed, **_version(moment)} if changed else None


def collection_created(moment: Moment) -> Entity | None:
    """Return a new collection."""
    if moment.before:
        return None
    return {"collectionId": moment.change.id, **only(moment.after, *_OF_COLLECTIONS), **_version(moment)}


def changed_flat(name: str) -> Callable[[Moment], Entity | None]:
    """Return the function for the event of a changed product or collection, with the names of its changed members.

    Choice: a product has one only if its `lastUpdated` moved.
    """

    def body(moment: Moment) -> Entity | None:
        is_changed = moment.moved("lastUpdated") if "lastUpdated" in moment.after else moment.before and moment.after
        names = _differing(moment.before, moment.after) if is_changed else []
        return {name: moment.change.id, "changedFields": names, **_version(moment)} if names else None

    return body


def inventory_changed(moment: Moment) -> Entity | None:
    """Return how the stock of a product is counted from now on."""
    names = {"trackQuantity": "trackInventory", "preorderInfo": "preorderInfo"}
    mask = [named for name, named in names.items() if moment.moved(name)]
    if not mask:
        return None
    members = {named: moment.after.get(name) for name, named in names.items()}
    return {**_inventory(moment), **members, "fieldMask": mask}


def stock_changed(moment: Moment) -> Entity | None:
    """Return the old and the new stock of the variants whose stock changed."""
    before = {each["variantId"]: each for each in moment.before.get("variants", [])}
    changed = [
        {"id": each["variantId"], "oldValue": _stock(before[each["variantId"]]), "newValue": _stock(each)}
        for each in moment.after.get("variants", [])
        if each["variantId"] in before and before[each["variantId"]] != each
    ]
    return {**_inventory(moment), "variants": changed} if changed else None


def _inventory(moment: Moment) -> Entity:
    item = moment.after
    ids = {"inventoryItemId": item["id"], "productId": item["productId"], "externalId": item["externalId"]}
    return {**ids, "updatedDate": item["lastUpdated"]}


def _stock(variant: Entity) -> dict[str, Any]:
    return {name: variant.get(name) for name in ("quantity", "inStock", "availableForPreorder")}


def cart_abandoned(moment: Moment) -> Entity | None:
    """Return a cart that was abandoned."""
    checkout = moment.after
    if not checkout or not moment.became("status", "ABANDONED"):
        return None
    return {
        "cartId": checkout["cartId"],
        "creationTime": checkout["createdDate"],
        "abandonTime": checkout["createdDate"],
        "itemsCount": sum(each["quantity"] for each in checkout["lineItems"]),
        "checkoutUrl": checkout["checkoutUrl"],
    }


def cart_recovered(moment: Moment) -> Entity | None:
    """Return an abandoned cart that was recovered."""
    checkout = moment.after
    if not moment.became("status", "RECOVERED"):
        return None
    return {
        "cartId": checkout["cartId"],
        "creationTime": checkout["createdDate"],
        "abandonedTime": checkout["createdDate"],
        "recoveredTime": checkout.get("checkoutRecoveredDate", checkout["updatedDate"]),
    }
