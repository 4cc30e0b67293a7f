"""The shop's part of the page: products, collections, contacts and orders, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.page.html import Html, Pager, moment, no_picture, picture, table, tag
from wix_sandbox.query.engine import Run, StoredRows
from wix_sandbox.query.request import Request
from wix_sandbox.query.spec import Paging, Query
from wix_sandbox.resources.categories import count_items
from wix_sandbox.resources.stores_v1.collections import count_products
from wix_sandbox.resources.texts import price_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


@dataclass(frozen=True)
class Card:
    """The shown members of a product."""

    name: str
    picture: Html
    price: str
    stock: str
    collections: list[str]
    visible: bool


def card_v1(site: Site, product: Entity) -> Card:
    """Return a product of Catalog V1."""
    items = (product.get("media") or {}).get("items") or []
    first = items[0] if items else None
    stock = product.get("stock") or {}
    quantity = stock.get("quantity") if stock.get("trackInventory") else None
    return Card(
        product["name"],
        picture(first["id"], first.get("title") or product["name"]) if first else no_picture(),
        (product.get("priceData") or {}).get("formatted", {}).get("discountedPrice", ""),
        _stock(stock.get("inventoryStatus", ""), quantity),
        _names(site, "collections", product.get("collectionIds") or []),
        product.get("visible", True),
    )


def card_v3(site: Site, product: Entity) -> Card:
    """Return a product of Catalog V3."""
    main = (product.get("media") or {}).get("main")
    items = site.store.find("inventory_items", "productId", product["id"])
    quantities = [item["quantity"] for item in items if item.get("trackQuantity") and "quantity" in item]
    places = (product.get("directCategoriesInfo") or {}).get("categories") or []
    return Card(
        product["name"],
        picture(main["id"], main.get("altText") or product["name"]) if main else no_picture(),
        _range(product.get("actualPriceRange") or {}, site.currency),
        _stock((product.get("inventory") or {}).get("availabilityStatus", ""), sum(quantities) if quantities else None),
        _names(site, "categories", [each["id"] for each in places]),
        product.get("visible", True),
    )


CARDS: dict[StoreCatalog, Callable[[Site, Entity], Card]] = {StoreCatalog.V1: card_v1, StoreCatalog.V3: card_v3}


def show_card(card: Card) -> Html:
    """Return a product in the grid."""
    hidden = Html() if card.visible else tag("span", "hidden", class_="badge")
    facts = [tag("span", card.price or "no price", class_="price"), tag("span", card.stock)]
    return tag(
        "li",
        card.picture,
        tag("h3", card.name),
        tag("p", facts[0], " · ", facts[1], " ", hidden),
        tag("p", ", ".join(card.collections) or "in no collection", class_="quiet"),
        class_="card",
    )


def _range(prices: Entity, currency: str) -> str:
    ends = [prices[end]["amount"] for end in ("minValue", "maxValue") if "amount" in prices.get(end, {})]
    return " to ".join(price_text(each, currency) for each in dict.fromkeys(ends))


def _stock(status: str, quantity: int | None) -> str:
    text = status.replace("_", " ").lower() or "stock unknown"
    return text if quantity is None else f"{text} ({quantity:,})"


def _names(site: Site, kind: str, ids: list[str]) -> list[str]:
    """Return names of collections, without the one that contains everything."""
    found = [site.store.get(kind, each) for each in ids]
    return [each["name"] for each in found if each is not None and each["slug"] != "all-products"]


PAGE_SIZE = 12
SORTED_AT_ONCE = 20_000
"""Up to this many rows are sorted by their last change quickly; a million takes seconds."""
COLLECTIONS: dict[StoreCatalog, tuple[str, Callable[[Site, Entity], int]]] = {
    StoreCatalog.V1: ("collections", count_products),
    StoreCatalog.V3: ("categories", count_items),
}
"""Kind of the collections, and the member with the number of products."""
CHANGED = {StoreCatalog.V1: "lastUpdated", StoreCatalog.V3: "updatedDate"}
"""The member with the date of a product's last change."""


def shop_names(site: Site) -> tuple[str, ...]:
    """Ids of the sections, in their order."""
    of_store = ("products", "collections") if site.catalog in CARDS else ()
    return (*of_store, "contacts", "orders")


def shop_sections(site: Site, asked: Mapping[str, str]) -> Iterator[Html]:
    """Return the sections in a row; a site without Wix Stores has no products and no collections."""
    if site.catalog in CARDS:
        pager = _pager(site, "products", "products", asked)
        cards = [CARDS[site.catalog](site, each) for each in _rows(site, "products", CHANGED[site.catalog], pager)]
        yield section("products", "Products", pager, tag("ul", *map(show_card, cards), class_="cards"))
        yield _collections(site, asked)
    yield _contacts(site, asked)
    yield _orders(site, asked)


def section(name: str, title: str, pager: Pager, content: Html) -> Html:
    """Return one list with its heading and the links to its pages; the script updates it as a whole."""
    heading = tag("h2", title, " ", tag("span", f"{pager.total:,}", class_="count"), id=f"{name}-title")
    shown = content if pager.total else tag("p", "None yet.", class_="quiet")
    return tag("section", heading, shown, pager.links(), id=name, aria_labelledby=f"{name}-title", data_live=True)


def _collections(site: Site, asked: Mapping[str, str]) -> Html:
    kind, count = COLLECTIONS[site.catalog]
    pager = _pager(site, "collections", kind, asked)
    rows = [
        (each["name"], f"{count(site, each):,}", "visible" if each.get("visible", True) else "hidden")
        for each in _rows(site, kind, "name", pager, descends=False)
    ]
    return section("collections", "Collections", pager, table("Collections", ("Name", "Products", "Shown"), rows))


def _contacts(site: Site, asked: Mapping[str, str]) -> Html:
    pager = _pager(site, "contacts", "contacts", asked)
    rows = [_contact(each) for each in _rows(site, "contacts", "createdDate", pager)]
    return section("contacts", "Contacts", pager, table("Contacts", ("Name", "E-mail", "Phone", "Changed"), rows))


def _contact(contact: Entity) -> tuple[str, ...]:
    name, primary = (contact.get("info") or {}).get("name") or {}, contact.get("primaryInfo") or {}
    whole = " ".join(part for part in (name.get("first"), name.get("last")) if part)
    return whole or "(no name)", primary.get("email", ""), primary.get("phone", ""), moment(contact["updatedDate"])


def _orders(site: Site, asked: Mapping[str, str]) -> Html:
    pager = _pager(site, "orders", "orders", asked)
    rows = [_order(each) for each in _rows(site, "orders", "updatedDate", pager)]
    heads = ("Number", "Buyer", "Total", "Payment", "Fulfillment", "Changed")
    return section("orders", "Orders", pager, table("Orders", heads, rows))


def _order(order: Entity) -> tuple[str, ...]:
    total = ((order.get("priceSummary") or {}).get("total") or {}).get("formattedAmount", "")
    buyer = (order.get("buyerInfo") or {}).get("email", "")
    states = [str(order.get(name, "")).replace("_", " ").lower() for name in ("paymentStatus", "fulfillmentStatus")]
    return str(order.get("number", "")), buyer, total, *states, moment(order["updatedDate"])


def _pager(site: Site, name: str, kind: str, asked: Mapping[str, str]) -> Pager:
    return Pager(name, site.store.count(kind), PAGE_SIZE, asked)


def _rows(site: Site, kind: str, by: str, pager: Pager, *, descends: bool = True) -> Sequence[Entity]:
    """Return the rows of one page, sorted by a member, by the index that the API's queries use.

    The first page of a very large shop does not wait for that index: its rows are in the order of their age.
    """
    table = site.store.table(kind)
    if len(table) > SORTED_AT_ONCE:
        places = islice(table.places(youngest_first=True), pager.offset, pager.offset + pager.size)
        return StoredRows([table.text(each) for each in places])
    query = Query(paging=Paging.OFFSET)
    request = Request({}, ((by, descends),), pager.size, pager.offset)
    return Run(table, query, request).offset_page().entities
