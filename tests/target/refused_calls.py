"""Calls of the target, each with records that make it, on a site in this process whose answers can be others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bent import Answer, Asked, bent
from tests.target.runs import Run, load, messages, product
from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_api.operations import Operation

V1_, V3_ = "v1", "v3"
REFUSED, OTHER = "Mug", "Cup"
"""Names of the record whose call is refused, and of one that is written in the same run."""
PICTURE = {"image": {"url": "https://pictures.example/one.png"}}
SIZE: dict[str, Any] = {
    "name": "Size",
    "choices": [{"value": "S", "description": "S"}, {"value": "L", "description": "L"}],
}
SHOWN = {**SIZE, "choices": [{**choice, "media": {"items": [PICTURE]}} for choice in SIZE["choices"]]}


class Case(NamedTuple):
    """Records that make a call.

    Attributes:
        operation: The call.
        stream: Stream of the records.
        before: The entity of a record before the call; None if the site has none.
        record: The record, without its name and keys.
        is_new: The call makes something that the record needs, whether its entity is new or not.
    """

    operation: Operation
    stream: str
    before: dict[str, Any] | None
    record: dict[str, Any]
    is_new: bool = False


def priced(price: int = 5, **members: Any) -> dict[str, Any]:
    return {"priceData": {"price": price}, **members}


TEN = {"amount": "10.00"}
LINE: dict[str, Any] = {
    "productName": {"original": "Cup of tea"},
    "quantity": 1,
    "price": TEN,
    "catalogReference": {"catalogItemId": "a-product", "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"},
    "itemType": {"preset": "PHYSICAL"},
}
ORDER: dict[str, Any] = {
    "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
    "status": "APPROVED",
    "paymentStatus": "PAID",
    "billingInfo": {"contactDetails": {"lastName": "Sample"}},
    "lineItems": [LINE],
    "priceSummary": {"total": TEN},
}
V3_PRODUCT: dict[str, Any] = {"price": 5}
SEVEN = {"actualPrice": {"amount": "7"}}
MANY = ["Old", "Older", "Oldest"]
"""Collections of every site."""
OWN = "{name}"
"""Replaced by the name of the record."""
DELETE = {"_command": "delete"}
THEIR_KEY = "{id}"
"""Replaced by the id that the site has given the entity of the name, or by its key."""
LABEL = {"key": THEIR_KEY}
PART = {"id": THEIR_KEY}
CONTACTS = {
    "create contact": Case(contacts.CREATE_CONTACT, "contacts", None, {}),
    "update contact": Case(contacts.UPDATE_CONTACT, "contacts", {}, {"company": "New"}),
    "delete contact": Case(contacts.DELETE_CONTACT, "contacts", {}, DELETE),
    "label contact": Case(contacts.LABEL_CONTACT, "contacts", {}, {"labels": ["Old"]}),
    "unlabel contact": Case(contacts.UNLABEL_CONTACT, "contacts", {"labels": ["Old"]}, {"labels": []}),
    "make label": Case(contacts.MAKE_LABEL, "contacts", {}, {"labels": [OWN]}, is_new=True),
    "create label": Case(contacts.MAKE_LABEL, "contact_labels", None, {}),
    "rename label": Case(contacts.RENAME_LABEL, "contact_labels", {}, {**LABEL, "displayName": "New {name}"}),
    "delete label": Case(contacts.DELETE_LABEL, "contact_labels", {}, DELETE),
    "make field": Case(contacts.MAKE_FIELD, "contacts", {}, {"extendedFields": {"items": {OWN: "x"}}}, is_new=True),
}
ORDERS = {
    "import order": Case(ecom.IMPORT_ORDER, "orders", None, {}),
    "overwrite order": Case(ecom.IMPORT_ORDER, "orders", {}, {"buyerNote": "New"}),
}
CASES: dict[str, dict[str, Case]] = {
    V1_: {
        **CONTACTS,
        **ORDERS,
        "create collection": Case(stores_v1.CREATE_COLLECTION, "collections", None, {}),
        "update collection": Case(stores_v1.UPDATE_COLLECTION, "collections", {}, {"description": "New"}),
        "delete collection": Case(stores_v1.DELETE_COLLECTION, "collections", {}, DELETE),
        "create product": Case(stores_v1.CREATE_PRODUCT, "products", None, priced()),
        "update product": Case(stores_v1.UPDATE_PRODUCT, "products", priced(), priced(6)),
        "delete product": Case(stores_v1.DELETE_PRODUCT, "products", priced(), DELETE),
        "remove brand": Case(stores_v1.REMOVE_BRAND, "products", priced(brand="Old"), {"brand": ""}),
        "add media": Case(stores_v1.ADD_MEDIA, "products", priced(), {"media": {"items": [PICTURE]}}),
        "show for choices": Case(
            stores_v1.SHOW_FOR_CHOICES,
            "products",
            priced(productOptions=[SIZE], media={"items": [PICTURE]}),
            {"productOptions": [SHOWN], "media": {"items": [PICTURE]}},
        ),
        "add to collection": Case(stores_v1.ADD_TO_COLLECTION, "products", priced(), {"collections": ["Old"]}),
        "remove from collection": Case(
            stores_v1.REMOVE_FROM_COLLECTION, "products", priced(collections=["Old"]), {"collections": []}
        ),
        "make collection": Case(stores_v1.CREATE_COLLECTION, "products", priced(), {"collections": [OWN]}, is_new=True),
        "update inventory": Case(
            stores_v1.UPDATE_INVENTORY, "products", priced(), {"stock": {"trackInventory": True, "quantity": 3}}
        ),
        "update variants": Case(
            stores_v1.UPDATE_VARIANTS,
            "products",
            priced(productOptions=[SIZE], manageVariants=True),
            {"variants": [{"choices": {"Size": "S"}, "variant": {"priceData": {"price": 9}}}]},
        ),
        "its variants": Case(
            stores_v1.UPDATE_PRODUCT, "product_variants", priced(), {"variant": {"priceData": {"price": 7}}}
        ),
        "its stock": Case(stores_v1.UPDATE_INVENTORY, "inventory_items", priced(), {"quantity": 4}),
        "membership": Case(stores_v1.ADD_TO_COLLECTION, "collection_products", priced(), {"collection": "Old"}),
        "no membership": Case(
            stores_v1.REMOVE_FROM_COLLECTION,
            "collection_products",
            priced(collections=["Old"]),
            {"collection": "Old", **DELETE},
        ),
    },
    V3_: {
        **CONTACTS,
        **ORDERS,
        "create brand": Case(stores_v3.GET_OR_CREATE_BRANDS, "brands", None, {}),
        "update brand": Case(stores_v3.UPDATE_BRANDS, "brands", {}, {**PART, "name": "New {name}"}),
        "delete brand": Case(stores_v3.DELETE_BRANDS, "brands", {}, DELETE),
        "create ribbon": Case(stores_v3.GET_OR_CREATE_RIBBONS, "ribbons", None, {}),
        "update ribbon": Case(stores_v3.UPDATE_RIBBONS, "ribbons", {}, {**PART, "name": "New {name}"}),
        "delete ribbon": Case(stores_v3.DELETE_RIBBONS, "ribbons", {}, DELETE),
        "create category": Case(stores_v3.CREATE_CATEGORY, "collections", None, {}),
        "update category": Case(stores_v3.UPDATE_CATEGORY, "collections", {}, {"description": "New"}),
        "show category": Case(stores_v3.SHOW_CATEGORY, "collections", {}, {"visible": False}),
        "move category": Case(stores_v3.MOVE_CATEGORY, "collections", {}, {"parentCategory": {"id": "Old"}}),
        "delete category": Case(stores_v3.DELETE_CATEGORY, "collections", {}, DELETE),
        "create product": Case(stores_v3.CREATE_PRODUCTS, "products", None, V3_PRODUCT),
        "create with stock": Case(
            stores_v3.CREATE_PRODUCTS_WITH_INVENTORY, "products", None, {"variant": {"inventoryItem": {"quantity": 3}}}
        ),
        "update product": Case(stores_v3.UPDATE_PRODUCTS, "products", {}, {"plainDescription": "<p>New</p>"}),
        "update with stock": Case(
            stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY, "products", {}, {"variant": {"inventoryItem": {"quantity": 3}}}
        ),
        "delete product": Case(stores_v3.DELETE_PRODUCTS, "products", {}, DELETE),
        "add to category": Case(stores_v3.ADD_ITEMS, "products", {}, {"collections": ["Old"]}),
        "remove from category": Case(stores_v3.REMOVE_ITEMS, "products", {"collections": ["Old"]}, {"collections": []}),
        "make category": Case(stores_v3.CREATE_CATEGORY, "products", {}, {"collections": [OWN]}, is_new=True),
        "to many categories": Case(stores_v3.ADD_ITEM, "products", {}, {"collections": MANY}),
        "from many categories": Case(stores_v3.REMOVE_ITEM, "products", {"collections": MANY}, {"collections": []}),
        "its variants": Case(
            stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY,
            "product_variants",
            {},
            {"price": SEVEN},
        ),
        "new stock": Case(stores_v3.CREATE_STOCK, "inventory_items", {}, {"quantity": 4}, is_new=True),
        "its stock": Case(
            stores_v3.UPDATE_STOCK, "inventory_items", {"variant": {"inventoryItem": {"quantity": 3}}}, {"quantity": 4}
        ),
        "no stock": Case(
            stores_v3.DELETE_STOCK, "inventory_items", {"variant": {"inventoryItem": {"quantity": 3}}}, DELETE
        ),
        "membership": Case(stores_v3.ADD_ITEMS, "collection_products", {}, {"collection": "Old"}),
        "no membership": Case(
            stores_v3.REMOVE_ITEMS, "collection_products", {"collections": ["Old"]}, {"collection": "Old", **DELETE}
        ),
    },
}
NAMED = {"contact_labels": "displayName", "brands": "name", "ribbons": "name"}
"""Streams of names, and the member that holds them."""
MAKES = {
    "contacts": {"create_missing_labels": True, "create_missing_fields": True},
    "products": {"create_missing_collections": True},
}


class World:
    """A site on which two records make a call, and answers to the calls for one of them.

    Args:
        catalog: Store catalog of the site.
        name: Name of the case.
        folder: Folder for results.
    """

    def __init__(self, catalog: str, name: str, folder: Path) -> None:
        self.of = (catalog, name)
        self.case = CASES[catalog][name]
        self._catalog = catalog
        self._folder = folder
        state = self._state_before()
        self._sandbox = Sandbox(SandboxOptions(catalog=catalog, seed=state))
        self._site = RunningSite("http://localhost", self._sandbox.app)
        rows = [row for kind in state.values() for row in kind]
        self._old = next(str(row["id"]) for row in rows if row.get("name") == "Old")
        self._ids = {row.get("name") or row.get("displayName"): str(row["id"]) for row in rows if "id" in row}
        own = {str(row["id"]) for row in rows if REFUSED in {row.get("name"), row.get("displayName"), _first_name(row)}}
        self._marks = {f'"{REFUSED}"', f'"{REFUSED.lower()}"', *own}
        self._marks |= {str(row["id"]) for row in rows if row.get("productId") in own and "id" in row}

    def load(self, *answers: Answer, always: bool = False) -> Run:
        """Load the records into the site as it was at the beginning.

        Args:
            answers: Answers to the first calls for the refused record, in place of the site's.
            always: Whether the last answer is repeated for ever.
        """
        self._sandbox.fill()
        left = list(answers)

        def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
            if asked.path == stores_v3.UPSERT_STOCK.path or asked.path.startswith("/contacts/v5/"):
                return Answer(404, {})  # other calls are sent in its place
            if not left or not self._is_call(asked):
                return ask()
            return left[0] if always and len(left) == 1 else left.pop(0)

        listed = messages(**{self.case.stream: [self._record(REFUSED), self._record(OTHER)]})
        with bent(self._site, bend) as settings:
            done = load(self._site, self._folder, listed, stream_options=MAKES, **settings, store_catalog=self._catalog)
        assert always or left == [], "the call was not sent"
        return done

    def _state_before(self) -> dict[str, Any]:
        """Return the state of the site before the call."""
        kind = self.case.stream if self.case.stream in {"contacts", "collections", "orders", *NAMED} else "products"
        before: dict[str, list[dict[str, Any]]] = {
            "collections": [{"name": name, "slug": name.lower()} for name in MANY]
        }
        if self.case.before is not None:
            rows = [record_of(self._catalog, kind, name, self.case.before) for name in (REFUSED, OTHER)]
            before[kind] = [*before.get(kind, []), *rows]
        sandbox = Sandbox(SandboxOptions(catalog=self._catalog, empty=True))
        sandbox.fill()
        site = RunningSite("http://localhost", sandbox.app)
        with bent(site, lambda _asked, ask: ask()) as settings:
            done = load(site, self._folder, messages(**before), stream_options=MAKES, **settings)
        assert (done.error, done.codes) == (None, [])
        return site.state()

    def _is_call(self, asked: Asked) -> bool:
        """True if a request is the call, for the record that is refused."""
        operation = self.case.operation
        path = re.sub(r"\{\w+\}", "[^/]+", operation.path)
        if asked.method != operation.method or not re.fullmatch(path, asked.path.partition("?")[0]):
            return False
        return any(mark in asked.text or mark in asked.path for mark in self._marks)

    def _record(self, name: str) -> dict[str, Any]:
        made = record_of(self._catalog, self.case.stream, name, self.case.record)
        for member in ("id", "key"):
            if made.get(member) == THEIR_KEY:
                made[member] = self._ids[name]
        if "parentCategory" in made:
            made["parentCategory"] = {"id": self._old}
        return made


def record_of(catalog: str, stream: str, name: str, members: dict[str, Any]) -> dict[str, Any]:
    """Return a record, or the entity before it, that is found by its name."""
    members = json.loads(json.dumps(members).replace(OWN, name))
    slug = name.lower()
    apart = {key: members[key] for key in ("_command", "collections", "labels") if key in members}
    rest = {key: value for key, value in members.items() if key not in apart}
    if stream == "contacts":
        info = {"name": {"first": name}, "emails": {"items": [{"email": f"{slug}@example.com"}]}, **rest}
        return {"info": info, **apart}
    keys = {
        "product_variants": {"sku": slug},
        "inventory_items": {"sku": slug},
        "collection_products": {"handle": slug, "slug": slug},
        "collections": {"name": name, "slug": slug},
        **{of_names: {member: name} for of_names, member in NAMED.items()},
    }
    if stream in keys:
        return {**keys[stream], **members}
    if stream == "orders":
        return {**ORDER, "channelInfo": {"type": "OTHER_PLATFORM", "externalOrderId": name}, **members}
    if catalog == V1_:
        return {"name": name, "slug": slug, "sku": slug, **members}
    return {**product(name, handle=slug, slug=slug, sku=slug, **rest), **apart}


def _first_name(row: dict[str, Any]) -> Any:
    return ((row.get("info") or {}).get("name") or {}).get("first")
