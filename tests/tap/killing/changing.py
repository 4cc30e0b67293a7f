"""Changes of a shop, drawn from a seed, and what a reader must know in the end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from tests.tap.test_streams import keys_of
from wix_api.products.inventory import lift_inventory
from wix_sandbox.errors import WixError
from wix_sandbox.moving import move_to_v3
from wix_sandbox.resources import inbox, rebuild
from wix_sandbox.resources.stores_v3.variants import sync_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from wix_sandbox.moving import Move
    from wix_sandbox.site import Site

Row = dict[str, Any]

_decoded = lru_cache(5_000)(msgspec.json.decode)
"""Schedules begin in one shop, most of whose rows they leave as they are."""


@dataclass(frozen=True)
class Kind:
    """Rows of one kind that change: their stream, their date, and the place that differs between versions."""

    name: str
    stream: str
    date: str
    version: tuple[str, ...]

    def mark(self, row: Row, number: int) -> None:
        *path, last = self.version
        for member in path:
            row = row.setdefault(member, {})
        row[last] = number if last == "quantity" else f"version {number}"

    def reported(self, row: Row) -> tuple[Any, Any]:
        """What an emitted record must agree in: its date and its version."""
        value: Any = row
        for member in self.version:
            value = (value or {}).get(member)
        return row.get(self.date) or row.get("updatedDate"), value


_EVERYWHERE = (
    Kind("contacts", "contacts", "updatedDate", ("info", "company")),
    Kind("orders", "orders", "updatedDate", ("buyerNote",)),
    Kind("abandoned_checkouts", "abandoned_checkouts", "updatedDate", ("buyerLanguage",)),
    Kind("draft_orders", "draft_orders", "updatedDate", ("weightUnit",)),
    Kind("forms", "forms", "updatedDate", ("name",)),
    Kind("form_submissions", "form_submissions", "updatedDate", ("accessRestriction",)),
)
KINDS = {
    "v1": (
        *_EVERYWHERE,
        Kind("products", "products", "lastUpdated", ("name",)),
        Kind("inventory_items", "inventory_items", "lastUpdated", ("preorderInfo", "message")),
    ),
    "v3": (
        *_EVERYWHERE,
        Kind("products", "products", "updatedDate", ("name",)),
        Kind("inventory_items", "inventory_items", "updatedDate", ("quantity",)),
        Kind("categories", "collections", "updatedDate", ("description",)),
        Kind("brands", "brands", "updatedDate", ("name",)),
        Kind("ribbons", "ribbons", "updatedDate", ("name",)),
        Kind("info_sections", "info_sections", "updatedDate", ("title",)),
    ),
}
PURCHASES = frozenset({"orders", "abandoned_checkouts"})
"""Kinds that refer to carts and checkouts."""
PURCHASED = ("carts", "checkouts")
STEPS_MS = (0, 0, 1, 7, 250, 2500)
"""By how much time goes on with a change: often not at all."""


class ChangingShop:
    """A shop whose rows change while it is read.

    Args:
        site: The sandbox's site; its clock moves with the changes only.
        catalog: `v1` or `v3`.
        chance: Where all choices come from.
        restorable: Seconds for which a deleted row may come back with its old date: no longer than readers look back.
        is_lifted: Whether rows of catalog V1 are read in V3's shape.
        steps_ms: By how much time goes on with a change.
    """

    def __init__(
        self,
        site: Site,
        catalog: str,
        chance: Random,
        restorable: float,
        *,
        is_lifted: bool = False,
        steps_ms: tuple[int, ...] = STEPS_MS,
    ) -> None:
        self.site = site
        self.kinds = KINDS[catalog]
        self.log: list[str] = []
        self.wanted: Container[str] | None = None
        """Streams whose rows change, as far as there are any; None for all."""
        self.unread: frozenset[str] = frozenset()
        """Streams that the tap does not read."""
        self.catalog = catalog
        self._is_lifted = is_lifted
        self._chance = chance
        self._steps_ms = steps_ms
        self._drops = Random(f"drops/{chance.getstate()[1][:4]}")
        """As the readings are: what else a seed draws does not change with it."""
        self._talks = Random(f"talks/{chance.getstate()[1][:4]}")
        self._restorable = timedelta(seconds=restorable)
        self._deleted: list[tuple[Kind, Row]] = []
        self._copies: set[str] = set()
        self._expected: tuple[Any, dict[str, dict[tuple[str, ...], Any]]] | None = None
        """The number of changes, and the tables that are expected after them."""
        self.ever_deleted: set[str] = set()
        """Ids of rows that were deleted once, of all kinds; some came back."""
        self._number = 0
        self._changes: tuple[Callable[[Kind], str], ...] = (
            *[self._update] * 5,
            *[self._update_many] * 2,
            *[self._create] * 2,
            self._delete,
            self._restore,
        )

    def change(self) -> None:
        """Make a random change, as another client would."""
        with self.site.store.lock:
            self.site.clock.shift(self._chance.choice(self._steps_ms) / 1000)
            wanted = [kind for kind in self.kinds if self.wanted is None or kind.stream in self.wanted]
            if self._talks.random() < 0.3:
                self._talk()
            change = self._chance.choice(self._changes)(self._chance.choice(wanted or self.kinds))
            self.log.append(f"{self.site.now()} {change}")

    def _talk(self) -> None:
        """Send a message in some conversation: of its contact, which raises an event, or of the shop."""
        conversation = self._talks.choice(list(self.site.store.all("inbox_conversations")))
        number = self._talks.random()
        way = "PARTICIPANT_TO_BUSINESS" if number < 0.5 else "BUSINESS_TO_PARTICIPANT"
        message = {"content": {"previewText": f"message {number}"}, "visibility": inbox.BOTH, "direction": way}
        sender = conversation["participant"] if number < 0.5 else {"wixUserId": inbox.OWNER_ID}
        inbox.send(self.site, conversation, message, sender)

    def move(self, move: Move) -> None:
        """Move the site from V1 to V3, as Wix does; deleted rows of V1 are not restored any more.

        Raises:
            WixError: V3 refuses a product; nothing is moved then.
        """
        with self.site.store.lock:
            stocked = self._stock_all()
            self.log.append(f"{self.site.now()} {move}")
            try:
                move_to_v3(self.site, move)
            except WixError:
                for item_id in stocked:  # of an old date, so no later run would read them
                    self.site.store.delete("inventory_items", item_id)
                raise
        self.catalog, self.kinds, self._is_lifted = "v3", KINDS["v3"], False
        self._deleted = [(kind, row) for kind, row in self._deleted if kind in _EVERYWHERE]

    def _stock_all(self) -> list[str]:
        """Bring back the stock of products whose item was deleted, and return the ids of the new items.

        Only this harness makes products without.
        """
        made = []
        first, *rest = self.site.store.all("inventory_items")
        stocked = {item["productId"] for item in (first, *rest)}
        for product in self.site.store.all("products"):
            if product["id"] not in stocked:
                rows = [{**first["variants"][0], "variantId": variant["id"]} for variant in product["variants"]]
                item = {**first, "id": self.site.new_id(), "productId": product["id"], "variants": rows}
                self.site.store.table("inventory_items").put(item)
                made.append(item["id"])
        return made

    def _ids(self, kind: Kind) -> list[str]:
        return self.site.store.ids(kind.name)

    def _update(self, kind: Kind, count: int = 1) -> str:
        ids = self._ids(kind)
        chosen = self._chance.sample(ids, min(count, len(ids)))
        for each in chosen:
            row = self.site.store.get(kind.name, each)
            assert row is not None
            self._put(kind, row)
        return f"update {kind.name} {chosen}"

    def _update_many(self, kind: Kind) -> str:
        return self._update(kind, self._chance.randint(2, 9))

    def _create(self, kind: Kind) -> str:
        ids = self._ids(kind)
        if not ids:
            return f"nothing to copy in {kind.name}"
        source = self.site.store.get(kind.name, self._chance.choice(ids))
        assert source is not None
        row = {**source, "id": self.site.new_id()}
        if "numericId" in row:
            row["numericId"] = str(max(int(each["numericId"]) for each in self.site.store.all(kind.name)) + 1)
        for member in ("slug", "handle", "number"):
            if member in row:
                row[member] = f"{row[member]}-{self._number}"
        if "createdDate" in row:
            row["createdDate"] = self.site.now()
        if kind.name in PURCHASES:
            self._copy_purchase(row)
        self._copies.add(row["id"])
        self._put(kind, row)
        return f"create {kind.name} {row['id']}"

    def _copy_purchase(self, row: Row) -> None:
        """Create a cart and a checkout for a copied order or abandoned checkout, if its source has them."""
        ids = {name: self.site.new_id() for name in ("checkoutId", "cartId")}
        for name, own in zip(PURCHASED, ("cartId", "checkoutId"), strict=True):
            for each in self._purchased(name, row):
                self.site.store.table(name).put({**each, **ids, "id": ids[own]})
        row.update({name: ids[name] for name in ids if name in row})

    def _delete(self, kind: Kind) -> str:
        ids = self._ids(kind)
        if kind.name == "categories":  # it may have children or products
            ids = [each for each in ids if each in self._copies]
        if not ids:
            return f"nothing to delete in {kind.name}"
        row = self.site.store.get(kind.name, self._chance.choice(ids))
        assert row is not None
        self.site.store.delete(kind.name, row["id"])
        self._deleted.append((kind, row))
        self.ever_deleted.update(part for key in self._keys(kind, row) for part in key)
        if kind.name == "products":
            self._delete_stock(row["id"])
        if kind.name in PURCHASES:  # Wix lists no carts and checkouts but in these rows
            self.ever_deleted.update(each["id"] for name in PURCHASED for each in self._purchased(name, row))
        self._rebuild(kind)
        return f"delete {kind.name} {row['id']}"

    def _delete_stock(self, product_id: str, variant_id: str | None = None) -> None:
        """Delete the stock of a product, or that of one of its variants on V3, as Wix does with the product."""
        kind = next(each for each in self.kinds if each.name == "inventory_items")
        for item in self.site.store.find(kind.name, "productId", product_id):
            if variant_id in (None, item.get("variantId")):
                self.site.store.delete(kind.name, item["id"])
                self._deleted.append((kind, item))
                self.ever_deleted.update(part for key in self._keys(kind, item) for part in key)

    def forget_deleted(self, kinds: Container[str]) -> None:
        """Never restore the rows of some kinds that were deleted so far."""
        self._deleted = [(kind, row) for kind, row in self._deleted if kind.name not in kinds]

    def _has_owner(self, kind: Kind, row: Row) -> bool:
        """False for stock of a product or variant that is deleted."""
        if kind.name != "inventory_items":
            return True
        product = self.site.store.get("products", row["productId"])
        if product is None or self.catalog == "v1":
            return product is not None
        return row["variantId"] in (each["id"] for each in product["variantsInfo"]["variants"])

    def _restore(self, kind: Kind) -> str:
        """Bring a deleted row back as it was, with its old date, as long as readers look back that far."""
        if not self._deleted:
            return "nothing to restore"
        kind, row = self._deleted.pop(self._chance.randrange(len(self._deleted)))
        if not self._has_owner(kind, row):
            return f"{kind.name} {row['id']} stays deleted"
        old = datetime.fromisoformat(row[kind.date]) >= self.site.clock() - self._restorable
        if old:
            self.site.store.table(kind.name).put(row)
            self._rebuild(kind)
        else:
            if kind.name == "orders":  # otherwise its checkout would be known from before it was deleted
                self._pay(row)
            self._put(kind, row)
        return f"restore {kind.name} {row['id']} {'with its old date' if old else 'now'}"

    def _put(self, kind: Kind, row: Row) -> None:
        self._number += 1
        row[kind.date] = self.site.now()
        kind.mark(row, self._number)
        if kind.name == "products" and self.catalog == "v3" and self._drops.random() < 0.3:
            self._drop_part(row)
        if kind.name == "orders" and len(row["lineItems"]) > 1 and self._drops.random() < 0.3:
            dropped = row["lineItems"].pop(self._drops.randrange(len(row["lineItems"])))
            self.log.append(f"drop line item {dropped['id']}")
        self.site.store.table(kind.name).put(row)
        if kind.name == "orders":
            self._ship(row["id"])
        if kind.name in PURCHASES:
            self._put_purchase(kind, row)
        self._rebuild(kind)

    def _put_purchase(self, kind: Kind, row: Row) -> None:
        """Change the cart and the checkout of an order or an abandoned checkout, of which either may be gone.

        Those of an order change only with what is noted in the order.
        """
        if kind.name == "orders":
            if self._drops.random() < 0.5:
                return
            self._pay(row)
            self.site.store.table(kind.name).put(row)
        for name in PURCHASED:
            for each in self._purchased(name, row):
                self.site.store.table(name).put({**each, "buyerNote": f"version {self._number}"})

    def _pay(self, order: Row) -> None:
        """Add a payment to an order."""
        paid = {"id": self.site.new_id(), "type": "ORDER_PAID", "createdDate": self.site.now()}
        order["activities"] = [*order.get("activities", ()), paid]

    def _purchased(self, name: str, row: Row) -> list[Row]:
        """Return the cart or checkout of an order or an abandoned checkout, as Wix looks it up."""
        store = self.site.store
        if "checkoutId" not in row:  # an order that a call of the API made
            return []
        if name == "checkouts":
            found = store.get(name, row["checkoutId"])
        elif "cartId" in row:
            found = store.get(name, row["cartId"])
        else:
            found = store.first(name, "checkoutId", row["checkoutId"])
        return [] if found is None else [found]

    def _drop_part(self, product: Row) -> None:
        """Drop a variant of a product that has several."""
        variants = product["variantsInfo"]["variants"]
        if len(variants) > 1:
            dropped = variants[self._drops.randrange(len(variants))]
            left = [each for each in variants if each is not dropped]
            product["variantsInfo"] = {**product["variantsInfo"], "variants": left}
            product["variantSummary"] = {**product.get("variantSummary", {}), "variantCount": len(left)}
            sync_rows(self.site, None, product)
            self._delete_stock(product["id"], dropped["id"])
            self.log.append(f"drop variant {dropped['id']}")

    def _ship(self, order_id: str) -> None:
        """A changed order has new fulfillments, payments, refunds and invoices, too."""
        table = self.site.store.table("fulfillments")
        entry = table.get(order_id) or {"id": order_id, "orderId": order_id, "fulfillments": []}
        if entry["fulfillments"] and self._drops.random() < 0.3:
            dropped = entry["fulfillments"].pop(self._drops.randrange(len(entry["fulfillments"])))
            self.log.append(f"drop fulfillment {dropped['id']}")
        if self._chance.random() < 0.5:
            entry["fulfillments"].append({"id": self.site.new_id(), "status": "Pending", "lineItems": []})
        table.put(entry)
        payments = {"id": order_id, "orderId": order_id, "payments": [{"id": self.site.new_id()}]}
        payments["refunds"] = [{"id": self.site.new_id()} for _ in range(self._drops.randrange(3))]
        self.site.store.table("order_transactions").put(payments)
        invoices = [{"id": self.site.new_id(), "appId": "app"} for _ in range(self._drops.randrange(3))]
        self.site.store.table("invoices").put({"id": order_id, "orderId": order_id, "invoicesInfo": invoices})

    def _rebuild(self, kind: Kind) -> None:
        if kind.name == "products":
            rebuild(self.site)

    def expected(self) -> dict[str, dict[tuple[str, ...], Any]]:
        """What the last record of each key must say, of all that still exists: `{stream: {key: what it says}}`."""
        tables = [(kind, table.past.noted) for kind, table in self.site.store.tables().items()]
        if self._expected is None or self._expected[0] != tables:
            self._expected = tables, self._read_expected()
        return self._expected[1]

    def _read_expected(self) -> dict[str, dict[tuple[str, ...], Any]]:
        wanted: dict[str, dict[tuple[str, ...], Any]] = {}
        for kind in self.kinds:
            rows = [row for row in self._rows(kind.name) if row.get("status") != "INITIALIZED"]
            wanted[kind.stream] = {key: kind.reported(row) for row in rows for key in self._keys(kind, row)}
        orders = {key[0]: reported[0] for key, reported in wanted["orders"].items()}
        wanted["fulfillments"] = {
            (entry["orderId"], each["id"]): orders[entry["orderId"]]
            for entry in self._rows("fulfillments")
            if entry["orderId"] in orders
            for each in entry["fulfillments"]
        }
        wanted["order_line_items"] = {
            (row["id"], line["id"]): orders[row["id"]]
            for row in self._rows("orders")
            if row["id"] in orders
            for line in row["lineItems"]
        }
        wanted["order_refunds"] = {
            (row["orderId"], refund["id"]): orders[row["orderId"]]
            for row in self._rows("order_transactions")
            if row["orderId"] in orders
            for refund in row["refunds"]
        }
        wanted["order_pdf_links"] = {(order_id,): updated for order_id, updated in orders.items()}
        wanted["invoices"] = {
            (row["orderId"], invoice["id"]): orders[row["orderId"]]
            for row in self._rows("invoices")
            if row["orderId"] in orders
            for invoice in row["invoicesInfo"]
        }
        wanted["order_transactions"] = {
            (row["orderId"],): (orders[row["orderId"]], [each["id"] for each in row["payments"]])
            for row in self._rows("order_transactions")
            if row["orderId"] in orders
        }
        for name in PURCHASED:
            wanted[name] = {
                (each["id"],): each.get("buyerNote")
                for kind in sorted(PURCHASES)
                for row in self._rows(kind)
                if row.get("status") != "INITIALIZED"
                for each in self._purchased(name, row)
            }
        wanted["inbox_messages"] = {
            (row["conversationId"], row["id"]): row["content"]["previewText"] for row in self._rows("inbox_messages")
        }
        products = next(kind for kind in self.kinds if kind.name == "products")
        wanted["product_variants"] = {
            (row["id"], variant["id"]): row[products.date]
            for row in self._rows("products")
            for variant in (row["variants"] if self.catalog == "v1" else row["variantsInfo"]["variants"])
        }
        return {stream: rows for stream, rows in wanted.items() if stream not in self.unread}

    def _rows(self, kind: str) -> list[Row]:
        """Return the rows of a kind. Equal rows are one object: do not change them."""
        table = self.site.store.table(kind)
        return [_decoded(table.text(place)) for place in table.places()]

    def _keys(self, kind: Kind, row: Row) -> list[tuple[str, ...]]:
        """Keys of the records that a row makes: stock of V1 makes one of each variant where it is lifted."""
        if self._is_lifted and kind.name == "inventory_items":
            return [(each["id"],) for each in lift_inventory(row)]
        return [(row["id"],)]

    def losses(self, messages: list[dict[str, Any]], streams: Container[str] | None = None) -> list[str]:
        """Return a line for each row that messages lacked or had in an old version, of some streams (None: all)."""
        given: dict[str, dict[tuple[str, ...], Any]] = defaultdict(dict)
        for message in messages:
            if message["type"] == "RECORD":
                stream, record = message["stream"], message["record"]
                (key,) = keys_of(stream, [record])
                if record.get("_sdc_deleted_at"):
                    given[stream].pop(key, None)
                else:
                    given[stream][key] = self.reported(stream, record)
        return [
            f"{stream} {key}: {given[stream].get(key, 'never')} instead of {wanted}"
            for stream, rows in self.expected().items()
            if streams is None or stream in streams
            for key, wanted in rows.items()
            if given[stream].get(key) != wanted
        ]

    def differences(self, run: list[dict[str, Any]], streams: Container[str] | None = None) -> list[str]:
        """Return a line for each stream without a bookmark for which a whole run did not emit exactly its rows."""
        given: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for message in run:
            if message["type"] == "RECORD" and not message["record"].get("_sdc_deleted_at"):
                given[message["stream"]].add(keys_of(message["stream"], [message["record"]])[0])
        return [
            f"{stream} in the last run: {sorted(given[stream] ^ wanted)}"
            for stream, wanted in self.everything().items()
            if (streams is None or stream in streams) and given[stream] != wanted
        ]

    def reported(self, stream: str, record: Row) -> Any:
        """What a record says, in the form of `expected`."""
        for kind in self.kinds:
            if kind.stream == stream:
                return kind.reported(record)
        if stream == "inbox_messages":
            return record["content"]["previewText"]
        if stream in PURCHASED:
            return record.get("buyerNote")
        if stream == "order_transactions":
            return record["orderUpdatedDate"], [each["id"] for each in record["payments"]]
        return record.get("orderUpdatedDate") or record.get("productUpdatedDate")

    def everything(self) -> dict[str, set[tuple[str, ...]]]:
        """Return the keys that streams without a bookmark must emit in their last run, exactly."""
        store = self.site.store
        held = {"labels": "contact_labels", "members": "members", "locations": "locations"} | (
            {"collections": "collections"} if self.catalog == "v1" else {}
        )
        held |= {"inbox_conversations": "inbox_conversations", "coupons": "coupons"}
        return {
            stream: {(row.get("key") or row["id"],) for row in store.all(kind)}
            for kind, stream in held.items()
            if stream not in self.unread
        }
