"""Plain columns: one row for each product, without options, with self-explanatory names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_files import media_cells
from wix_files.media_cells import ALT_TEXTS
from wix_files.product_format import ProductFormat, RowKind, UnwritableError, joined, named_by, truth_text
from wix_files.variant_cells import VariantCells, at, put, write_stock
from wix_files.wix_v3_writing import STOCK_WORDS, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings
    from wix_files.product_format import Entity

_STOCK_WORDS = {**STOCK_WORDS, "InStock": True, "OutOfStock": False}
_MARKS = ("price", "inventory", "cost", "weight", "compareAtPrice", "description")
"""Columns that no product record has: each of them shows that the records are rows."""
NAMES = ("name", "sku", "handle", "id", "slug")
"""Columns that identify a product."""


class Plain(ProductFormat):
    """`name, sku, price, …`: all are optional except one that identifies the product."""

    name = "plain"
    title = "plain columns"
    columns = (
        *("id", "handle", "slug", "name", "description", "sku", "barcode", "price", "compareAtPrice", "cost"),
        *("inventory", "weight", "visible", "brand", "ribbon", "collections", "media"),
    )
    signature = tuple(frozenset({name, mark}) for name in NAMES for mark in _MARKS)
    unheld: ClassVar[dict[str, str]] = {
        "additionalRibbons": "further ribbons",
        ALT_TEXTS: "alternative texts of pictures",
        "modifiers": "modifiers",
        "infoSections": "information sections",
        "subscriptionDetails": "subscriptions",
        "seoData": "SEO settings",
    }
    aliases: ClassVar[dict[str, str]] = {
        "quantity": "inventory",
        "stock": "inventory",
        "images": "media",
        "categories": "collections",
    }
    keys = ("id", "handle", "sku", "slug")
    collection_member = "name"
    handle_column = "handle"
    numbers = frozenset({"price", "compareAtPrice", "cost", "inventory", "weight"})

    @override
    def handle(self, cells: Cells) -> str:
        return self.identity(cells)[1] or cells.word("name")

    @override
    def identity(self, cells: Cells) -> tuple[str, str]:
        return next(
            ((name, found) for name in ("handle", "slug", "sku", "id") if (found := cells.word(name))), ("handle", "")
        )

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        return RowKind.PRODUCT

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        cells = rows[0]
        said: Entity = {}
        if handle := cells.word("handle", "handle"):
            said.update(named_by(handle))
        put(said, "id", cells.word("id", "id") or None)
        put(said, "slug", cells.word("slug", "slug") or None)
        put(said, "name", cells.text("name", "name"))
        put(said, "plainDescription", cells.text("description", "plainDescription"))
        put(said, "visible", cells.truth("visible", "visible"))
        put(said, "collections", cells.listed("collections", "collections"))
        for member in ("brand", "ribbon"):
            found = cells.text(member, f"{member}.name")
            put(said, f"{member}.name", found if found is None else found.strip())
        if (pictures := cells.listed("media", "media")) is not None:
            said["media"] = media_cells.media(media_cells.items(cells, "media", pictures))
        if variant := _variant(cells):
            said["variantsInfo"] = {"variants": [variant]}
        return said

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        if product.get("options"):
            msg = "options, which plain columns cannot represent"
            raise UnwritableError(msg)
        variant: Entity = next(iter((product.get("variantsInfo") or {}).get("variants") or []), {})
        yield {
            **{name: str(product.get(name) or "") for name in ("id", "handle", "slug", "name")},
            "description": str(product.get("plainDescription") or ""),
            **{name: str(variant.get(name) or "") for name in ("sku", "barcode")},
            "price": str(at(variant, "price.actualPrice.amount") or ""),
            "compareAtPrice": str(at(variant, "price.compareAtPrice.amount") or ""),
            "cost": str(at(variant, "revenueDetails.cost.amount") or ""),
            "inventory": write_stock(variant.get("inventoryItem") or variant.get("inventoryStatus") or {}, STOCK_WORDS),
            "weight": number_text(at(variant, "physicalProperties.weight")),
            "visible": truth_text(product.get("visible")),
            **{name: str((product.get(name) or {}).get("name") or "") for name in ("brand", "ribbon")},
            "collections": joined(product.get("collections") or [], "the collection"),
            "media": joined([media_cells.name_of(item) for item in media_cells.items_of(product)], "the picture"),
        }


def _variant(cells: Cells) -> Entity:
    read = VariantCells(cells, 0)
    read.code("sku", "sku")
    read.code("barcode", "barcode")
    read.prices("price", "compareAtPrice")
    read.amount("cost", "revenueDetails.cost.amount")
    read.number("weight", "physicalProperties.weight")
    read.stock("inventory", _STOCK_WORDS)
    return read.variant
