"""The content of a shop, without values that Wix chooses: ids, dates, revisions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tests.target.kill.inputs import LOOSE
from wix_sandbox.resources.contacts_v5_store import TRASH

_OF_WIX = {
    "createdDate",
    "updatedDate",
    "lastUpdated",
    "revision",
    "numericId",
    "inventoryItemId",
    "mainCategoryId",
    "number",
    "lastActivity",
}
_OF_ITS_CATALOG = {"handle", "displayName", "inventory", "inventoryStatus", "inStock"}
_LEFT_OVER = {"brands", "ribbons"}
"""What Wix keeps after no product names it any more."""
_SLUG_OF_NAME = re.compile(r"mug-\d+-[abc](-\d+)?")
"""What Wix makes of the name that a product had first; which one that was depends on what was refused for a while."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def moved_picture(state: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Return what a shop holds that Wix moved to catalog V3, without what depends on which catalog made it.

    These are handles, names of picture files, the form of amounts, the order of categories, brands that nothing names
    any more, and stock of which the input says nothing: V1 makes products in stock, V3 makes them without stock.
    """
    moved = {kind: [_as_moved(row) for row in rows] for kind, rows in state.items() if kind not in _LEFT_OVER}
    moved["inventory_items"] = [row for row in moved.get("inventory_items", []) if row["trackQuantity"]]
    return picture(moved, ordered=False)


def _as_moved(value: Any, member: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _as_moved(one, key) for key, one in value.items() if key not in _OF_ITS_CATALOG}
    if isinstance(value, list):
        return [_as_moved(one) for one in value]
    return str(Decimal(value).normalize()) if member == "amount" else value


def picture(state: dict[str, list[dict[str, Any]]], *, ordered: bool = True) -> dict[str, list[str]]:
    """Return each kind's rows as sorted texts in which ids are replaced by what they are the ids of.

    The trash bin is left out: a run may delete again what an earlier, killed one deleted and made again.

    Args:
        state: What a sandbox's store holds.
        ordered: Whether the positions of categories among their siblings count, which follow their creation.
    """
    state = {kind: rows for kind, rows in state.items() if kind != TRASH}
    names = {
        row["id"]: f"<{kind} {_label(row)}>"
        for kind, rows in state.items()
        for row in rows
        if isinstance(row.get("id"), str) and not row["id"].startswith("00000000-0000-00")
    }
    state = {**state, "categories": [_placed(row, ordered=ordered) for row in _in_order(state)]}
    return {kind: sorted(_text(row, names) for row in rows) for kind, rows in state.items() if rows}


def _in_order(state: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return categories in their order; all are siblings.

    Categories that an input deletes do not count: a repeated run creates them again, after all others.
    """
    rows = [row for row in state.get("categories") or [] if "parentCategory" in row and row["name"] not in LOOSE]
    order = sorted(rows, key=lambda row: row["parentCategory"].get("index") or 0)
    return [{**row, "place": order.index(row) if row in order else 0} for row in state.get("categories") or []]


def _placed(row: dict[str, Any], *, ordered: bool) -> dict[str, Any]:
    return {**row, "parentCategory": None, "place": row["place"] if ordered else 0}


def _label(row: dict[str, Any]) -> str:
    listed = (row.get("variantsInfo") or {}).get("variants") or row.get("variants") or []
    sku = row.get("sku") or min((str(one.get("sku") or "") for one in listed), default="")
    return str(sku or row.get("name") or "")


def _text(value: Any, names: dict[str, str]) -> str:
    return repr(_plain(value, names))


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            _named(key, names): _amount(member) if key == "amount" else _plain(member, names)
            for key, member in sorted(value.items())
            if key not in _OF_WIX and member != []  # an empty list may be said, or left out
        }
    if isinstance(value, list):
        plain = [_plain(each, names) for each in value]
        # Memberships and the like are sets to Wix.
        return sorted(plain, key=repr)
    return _named(value, names) if isinstance(value, str) else value


def _amount(value: Any) -> str:
    """Return an amount without trailing zeros: of two records that say 10.00 and 10, only the first one is written."""
    return f"{Decimal(str(value)).normalize():f}"


def _named(text: str, names: dict[str, str]) -> str:
    if "-" not in text:  # as nearly all are
        return text
    if _SLUG_OF_NAME.fullmatch(text.removeprefix("/product-page/")):
        return "<slug>"
    return _GUID.sub(lambda found: names.get(found[0], "<id>"), text)
