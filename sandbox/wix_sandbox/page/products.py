"""Products as the page shows them, of either store catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.page.html import Html, tag
from wix_sandbox.page.picture import no_picture, picture
from wix_sandbox.resources.texts import price_text

if TYPE_CHECKING:
    from collections.abc import Callable

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
