"""What the marts of the dbt package must say, computed from the state of a sandbox without SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, Any]
Rows = list[Row]
DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Expected:
    """The marts of a shop.

    Args:
        state: What `/_sandbox/state` of the sandbox answers.
        catalog: Store catalog, `v1` or `v3`.
        zone: Name of the time zone whose days count.
        as_of: Last day of the sales from which the cover of the stock is computed.
        cover_days: Number of these days.
    """

    state: dict[str, Rows]
    catalog: str
    zone: str
    as_of: date
    cover_days: int = 28

    def marts(self) -> dict[str, Rows]:
        """Return the rows of each mart, the columns in no order."""
        return {
            "wix_orders": self.orders,
            "wix_order_lines": self.lines,
            "wix_refunds": self.refunds,
            "wix_revenue_daily": self._days(),
            "wix_customers": self._customers(),
            "wix_customer_cohorts": self._cohorts(),
            "wix_stock": self._stock(),
            "wix_product_sales": self._product_sales(),
            "wix_collection_sales": self._collection_sales(),
            "wix_checkout_recovery": self._recovery(),
        }

    def _day(self, moment: str) -> date:
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(self.zone)).date()

    @cached_property
    def _contacts(self) -> dict[str, Row]:
        return {each["id"]: each for each in self.state["contacts"]}

    @cached_property
    def _products(self) -> dict[str, Row]:
        return {each["id"]: each for each in self.state["products"]}

    def _customer(self, order: Row) -> str:
        buyer = order["buyerInfo"]
        if buyer.get("contactId"):
            return str(buyer["contactId"])
        email = (buyer.get("email") or "").lower()
        same = [each for each in self._contacts.values() if email and _email(each) == email]
        if same:
            return str(min(same, key=lambda each: (each["createdDate"], each["id"]))["id"])
        return str(email or buyer.get("memberId") or buyer.get("visitorId") or order["id"])

    @cached_property
    def orders(self) -> Rows:
        """Orders, oldest first."""
        rows = []
        placed = [each for each in self.state["orders"] if each["status"] != "INITIALIZED"]
        sales: defaultdict[tuple[str, str], int] = defaultdict(int)
        for order in sorted(placed, key=lambda each: (each["createdDate"], each["id"])):
            customer, currency, is_sale = self._customer(order), order["currency"], order["status"] == "APPROVED"
            if is_sale:
                sales[customer, currency] += 1
            price, balance = order["priceSummary"], order["balanceSummary"]
            total, refunded = _amount(price["total"]), _amount(balance.get("refunded"))
            rows.append(
                {
                    "order_id": order["id"],
                    "order_number": order["number"],
                    "order_day": self._day(order["createdDate"]),
                    "customer_id": customer,
                    "buyer_email": order["buyerInfo"].get("email"),
                    "status": order["status"],
                    "is_sale": is_sale,
                    "customer_order_number": sales[customer, currency] if is_sale else None,
                    "currency": currency,
                    "units": sum(line["quantity"] for line in order["lineItems"]),
                    "line_count": len(order["lineItems"]),
                    "subtotal": _amount(price["subtotal"]),
                    "discount": _amount(price.get("discount")),
                    "shipping": _amount(price.get("shipping")),
                    "tax": _amount(price.get("tax")),
                    "additional_fees": _amount(price.get("totalAdditionalFees")),
                    "total": total,
                    "paid": _amount(balance.get("paid")),
                    "refunded": refunded,
                    "net_total": total - refunded,
                }
            )
        return rows

    @cached_property
    def _by_id(self) -> dict[str, Row]:
        return {each["order_id"]: each for each in self.orders}

    @property
    def _sales(self) -> Rows:
        return [each for each in self.orders if each["is_sale"]]

    @cached_property
    def lines(self) -> Rows:
        """Line items of all orders."""
        return [
            {
                "order_id": order["id"],
                "line_item_id": line["id"],
                "order_day": self._by_id[order["id"]]["order_day"],
                "is_sale": order["status"] == "APPROVED",
                "product_id": (line.get("catalogReference") or {}).get("catalogItemId"),
                "variant_id": ((line.get("catalogReference") or {}).get("options") or {}).get("variantId"),
                "product_name": line["productName"]["original"],
                "sku": line["physicalProperties"].get("sku"),
                "currency": order["currency"],
                "quantity": line["quantity"],
                "refunded_quantity": line.get("refundQuantity", 0),
                "unit_price": _amount(line["price"]),
                "discount": _amount(line.get("totalDiscount")),
                "total_before_tax": _amount(line["totalPriceBeforeTax"]),
                "total_after_tax": _amount(line["totalPriceAfterTax"]),
            }
            for order in self.state["orders"]
            if order["id"] in self._by_id
            for line in order["lineItems"]
        ]

    @property
    def _sold_lines(self) -> Rows:
        return [each for each in self.lines if each["is_sale"]]

    @cached_property
    def refunds(self) -> Rows:
        """Refunds of all orders."""
        return [
            {
                "order_id": entry["orderId"],
                "refund_id": refund["id"],
                "is_sale": self._by_id[entry["orderId"]]["is_sale"],
                "refund_day": self._day(refund["createdDate"]),
                "currency": self._by_id[entry["orderId"]]["currency"],
                "refunded": _amount((refund.get("summary") or {}).get("refunded")),
            }
            for entry in self.state["order_transactions"]
            if entry["orderId"] in self._by_id
            for refund in entry["refunds"]
        ]

    def _days(self) -> Rows:
        back = [each for each in self.refunds if each["is_sale"]]
        rows = []
        for currency in {each["currency"] for each in self._sales}:
            sales = _grouped((each for each in self._sales if each["currency"] == currency), "order_day")
            refunds = _grouped((each for each in back if each["currency"] == currency), "refund_day")
            days = {*sales, *refunds}
            first, last = min(days)[0], max(days)[0]
            for day in (first + timedelta(number) for number in range((last - first).days + 1)):
                found, returned = sales.get((day,), []), refunds.get((day,), [])
                row = {
                    "currency": currency,
                    "day": day,
                    "orders": len(found),
                    "customers": len({each["customer_id"] for each in found}),
                    "new_customers": sum(each["customer_order_number"] == 1 for each in found),
                    "refunded": _sum(returned, "refunded"),
                }
                for name in ("units", "subtotal", "discount", "shipping", "tax", "additional_fees", "total"):
                    row[name] = _sum(found, name)
                rows.append(row | {"net_total": row["total"] - row["refunded"]})
        return rows

    def _customers(self) -> Rows:
        rows = []
        for (customer, currency), found in _grouped(self._sales, "customer_id", "currency").items():
            contact = self._contacts.get(customer, {})
            name = contact.get("info", {}).get("name", {})
            emails = [each["buyer_email"].lower() for each in found if each["buyer_email"]]
            rows.append(
                {
                    "customer_id": customer,
                    "currency": currency,
                    "first_name": name.get("first"),
                    "last_name": name.get("last"),
                    "email": _email(contact) or max(emails, default=None),
                    "orders": len(found),
                    **{each: _sum(found, each) for each in ("units", "total", "refunded", "net_total")},
                    "first_order_day": min(each["order_day"] for each in found),
                    "last_order_day": max(each["order_day"] for each in found),
                    "is_returning": len(found) > 1,
                }
            )
        return rows

    def _cohorts(self) -> Rows:
        month: Callable[[Row], date] = lambda order: order["order_day"].replace(day=1)  # noqa: E731
        first = {key: min(map(month, found)) for key, found in _grouped(self._sales, "customer_id", "currency").items()}
        cells: defaultdict[tuple[str, date, int], Rows] = defaultdict(list)
        for order in self._sales:
            start, now = first[order["customer_id"], order["currency"]], month(order)
            cells[order["currency"], start, (now.year - start.year) * 12 + now.month - start.month].append(order)
        return [
            {
                "currency": currency,
                "cohort_month": start,
                "months_since": since,
                "cohort_customers": sum(began == start and its == currency for (_, its), began in first.items()),
                "customers": len({each["customer_id"] for each in found}),
                "orders": len(found),
                "net_total": _sum(found, "net_total"),
            }
            for (currency, start, since), found in cells.items()
        ]

    def _stock(self) -> Rows:
        since = self.as_of - timedelta(self.cover_days)
        sold = _grouped(
            (each for each in self._sold_lines if since < each["order_day"] <= self.as_of), "product_id", "variant_id"
        )
        rows = []
        for (product, variant), items in _grouped(self._inventory(), "product_id", "variant_id").items():
            units = _sum(sold.get((product, variant), []), "quantity")
            tracked = all(each["is_tracked"] for each in items)
            quantity = sum((each["quantity"] or 0) for each in items) if tracked else None
            rows.append(
                {
                    "product_id": product,
                    "variant_id": variant,
                    "product_name": self._products[product]["name"],
                    "is_tracked": tracked,
                    "quantity": quantity,
                    "units_sold": units,
                    "cover_days": None
                    if quantity is None or not units
                    else (Decimal(max(quantity, 0) * self.cover_days) / units),
                }
            )
        return rows

    def _inventory(self) -> Rows:
        if self.catalog == "v3":
            return [
                {
                    "product_id": each["productId"],
                    "variant_id": each["variantId"],
                    "is_tracked": each["trackQuantity"],
                    "quantity": each.get("quantity"),
                }
                for each in self.state["inventory_items"]
            ]
        return [
            {
                "product_id": each["productId"],
                "variant_id": variant["variantId"],
                "is_tracked": each["trackQuantity"],
                "quantity": variant.get("quantity"),
            }
            for each in self.state["inventory_items"]
            for variant in each["variants"]
        ]

    def _product_sales(self) -> Rows:
        lines = [each for each in self._sold_lines if each["product_id"]]
        return [
            {
                "product_id": product,
                "currency": currency,
                "product_name": self._products[product]["name"]
                if product in self._products
                else max(each["product_name"] for each in found),
                "is_deleted": product not in self._products,
                "orders": len({each["order_id"] for each in found}),
                "units": _sum(found, "quantity"),
                "total_before_tax": _sum(found, "total_before_tax"),
                "first_sold_day": min(each["order_day"] for each in found),
                "last_sold_day": max(each["order_day"] for each in found),
            }
            for (product, currency), found in _grouped(lines, "product_id", "currency").items()
        ]

    def _memberships(self) -> dict[str, set[str]]:
        """Products by collection."""
        if self.catalog == "v3":
            found: defaultdict[str, set[str]] = defaultdict(set)
            for each in self.state["category_items"]:
                found[each["categoryId"]].add(each["catalogItemId"])
            for each in self.state["categories"]:
                if each["name"] == "All Products":
                    found[each["id"]] = set(self._products)
            return {each["id"]: found[each["id"]] & self._products.keys() for each in self.state["categories"]}
        return {
            each["id"]: {
                product["id"]
                for product in self._products.values()
                if each["id"] in product["collectionIds"] or each["name"] == "All Products"
            }
            for each in self.state["collections"]
        }

    def _collection_sales(self) -> Rows:
        names = {
            each["id"]: each["name"] for each in self.state["categories" if self.catalog == "v3" else "collections"]
        }
        rows = []
        for collection, products in self._memberships().items():
            sold = _grouped((each for each in self._sold_lines if each["product_id"] in products), "currency")
            for (currency,), found in sold.items() or [((None,), [])]:
                rows.append(
                    {
                        "collection_id": collection,
                        "collection_name": names[collection],
                        "currency": currency,
                        "products": len(products),
                        "products_sold": len({each["product_id"] for each in found}),
                        "orders": len({each["order_id"] for each in found}),
                        "units": _sum(found, "quantity"),
                        "total_before_tax": _sum(found, "total_before_tax"),
                    }
                )
        return rows

    def _recovery(self) -> Rows:
        dated = [
            {
                "day": self._day(each["createdDate"]),
                "currency": each["currency"],
                "is_back": each["status"] == "RECOVERED",
                "total": _amount(each["totalPrice"]),
            }
            for each in self.state["abandoned_checkouts"]
        ]
        return [
            {
                "currency": currency,
                "day": day,
                "abandoned": len(found),
                "recovered": sum(each["is_back"] for each in found),
                "total": _sum(found, "total"),
                "recovered_total": _sum([each for each in found if each["is_back"]], "total"),
                "lost_total": _sum([each for each in found if not each["is_back"]], "total"),
            }
            for (currency, day), found in _grouped(dated, "currency", "day").items()
        ]


def _amount(price: Row | None) -> Decimal:
    return Decimal(price["amount"]) if price else ZERO


def _email(contact: Row) -> str | None:
    email = contact.get("primaryInfo", {}).get("email")
    return email.lower() if email else None


def _sum(rows: Rows, name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), ZERO)


def _grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], Rows]:
    found: defaultdict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return dict(found)
