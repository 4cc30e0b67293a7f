"""Examples of the values of columns: what the tap reads from the generated shops of the sandbox."""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from contextlib import redirect_stdout
from functools import cache
from typing import TYPE_CHECKING, Any

from tap_wix.streams import STORE_STREAMS, CatalogShape
from tap_wix.tap import TapWix
from wix_api.catalog import StoreCatalog
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    Rows = Mapping[str, Sequence[Any]]
    Rule = Mapping[str, Any]

_LONGEST = 48
"""Characters of an example; longer ones are cut."""
_EMPTY: tuple[Any, ...] = (None, "", {}, [])
_OF_FORMAT = {"date-time": "2026-01-31T12:30:00.000Z", "date": "2026-01-31"}
_ID = "8dae3b61-d16c-4499-ad32-3c4389045319"
_URL = "https://www.example.com/"
_BY_NAME: Mapping[str, Any] = {
    "altText": "Blue mug on a table",
    "authorEmail": "owner@example.com",
    "barcode": "012345678905",
    "baseQuantity": 100,
    "buyerNote": "Please ring twice.",
    "bytes": 48210,
    "chargesDescription": "$12.50 each month",
    "code": "gift-wrap",
    "company": "Example Company",
    "counter": 3,
    "currency": "USD",
    "custom": "voucher",
    "customCheckoutUrl": f"{_URL}checkout",
    "cycleNumber": 2,
    "description": "What the shop wrote about it.",
    "discountedCycleCount": 3,
    "displayName": "blue-mug.jpg",
    "email": "shop@example.com",
    "entityEventSequence": 3,
    "externalOrderUrl": f"{_URL}orders/10001",
    "failuresInARow": 0,
    "fax": "+1 201-555-0100",
    "fieldType": "INPUT",
    "filename": "blue-mug.jpg",
    "fixedPriceAmount": 10,
    "formattedAmount": "$12.50",
    "formattedItemCost": "$5.00",
    "formattedProfit": "$7.50",
    "hint": "Behind the station.",
    "icon": "icon.svg",
    "iconUrl": f"{_URL}icon.svg",
    "imageUrl": f"{_URL}picture.jpg",
    "itemCost": 5,
    "itemSubtotal": "12.50",
    "jobTitle": "Manager",
    "limit": 20,
    "link": f"{_URL}manual.pdf",
    "maxValue": 7.5,
    "message": "Ships in two weeks.",
    "minValue": 5,
    "name": "Main shop",
    "note": "Please ring twice.",
    "number": "10001",
    "original": "From $12.50",
    "outcome": "complete",
    "overrideCheckoutUrl": f"{_URL}checkout",
    "phone": "+1 201-555-0100",
    "pricePerUnit": 1.25,
    "profit": 7.5,
    "profitMargin": 0.6,
    "quotaShare": 0.35,
    "raw": "eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjoie30ifQ.c2ln",
    "reason": "Wix refused the API key.",
    "records": 1240,
    "refundQuantity": 1,
    "requests": 21,
    "restockQuantity": 1,
    "retries": 0,
    "runsLeftOut": 0,
    "seconds": 6.4,
    "secondsWaited": 0,
    "sequence": 42,
    "siteName": "Example shop",
    "staffMemberName": "Reception",
    "subdivision": "US-NY",
    "subscriptionOptionDescription": "Coffee each month",
    "taxRate": "0.13",
    "text": "New",
    "title": "Order update",
    "totalQuantity": 1000,
    "translated": "Blauer Becher",
    "translatedName": "Geschenkpapier",
    "translatedTitle": "Lieferhinweis",
    "url": f"{_URL}picture.jpg",
}
"""Values of members that no generated shop has."""
_SIZES = ("height", "length", "width")
_LISTED = re.compile(
    r"\b[A-Z]{2,}(?:_[A-Z0-9]+)*\b(?= or \b|,? [A-Z]{2,}|, | for values)|(?:such as|for example) ([^ ,;)]+[^ .,;)])"
)
"""First of the values that a description lists: `GLOBAL or SHIPPING`, `as a decimal text such as 12.50`."""


def example(stream: str, path: str, rule: Rule, shape: CatalogShape = CatalogShape.UNIFIED) -> str:
    """Return a value of a column as JSON: of the generated shops, or what its JSON Schema and description say.

    Args:
        stream: Name of the stream.
        path: Name of the column, or of a member below it: `lineItems.price`.
        rule: JSON Schema of the column.
        shape: Shape of the streams of a store.
    """
    found = (value for row in _rows(shape).get(stream, ()) for value in _values(row, path))
    # Dates of one form: that of a link to a PDF is the time of the run.
    value = _OF_FORMAT.get(rule.get("format", "")) or next(found, None)
    if value is None:
        value = _said(path.rpartition(".")[2], rule)
    if value in _EMPTY:
        return ""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _values(of: Any, path: str) -> Iterator[Any]:
    """Yield the values at a path in a record that are not empty, those of each element of a list."""
    if not path:
        if of not in _EMPTY:
            yield of
    elif isinstance(of, list):
        for each in of:
            yield from _values(each, path)
    elif isinstance(of, dict):
        name, _, rest = path.partition(".")
        yield from _values(of.get(name), rest)


def _said(name: str, rule: Rule) -> Any:
    """Return a value for a member that no generated shop has: by its JSON Schema, description and name, or None."""
    if "properties" in rule:
        members = {name: _said(name, each) for name, each in rule["properties"].items()}
        return {name: value for name, value in members.items() if value not in _EMPTY}
    if "items" in rule:
        element = _said(name.removesuffix("s"), rule["items"])
        return [] if element in _EMPTY else [element]
    return _scalar(name, rule)


def _scalar(name: str, rule: Rule) -> Any:
    kinds = rule.get("type", ())
    if "boolean" in kinds:
        return True
    if name in _SIZES:
        return "12.5" if "string" in kinds else 1000
    if name.endswith("uantity") and name not in _BY_NAME:
        return 2
    if rule.get("format") in _OF_FORMAT:
        return _OF_FORMAT[rule["format"]]
    listed = _LISTED.search(rule.get("description", "")) if "string" in kinds else None
    if listed:
        return (listed[1] or listed[0]).strip("`")
    return _BY_NAME.get(name, _ID if name == "id" or name.endswith("Id") else None)


@cache
def _rows(shape: CatalogShape) -> Rows:
    """Return the records of each stream on catalog V3, then on V1, the longest of plain letters first."""
    found: dict[str, list[Any]] = defaultdict(list)
    for catalog in ("v3", "v1") if shape is CatalogShape.UNIFIED else ("v1",):
        with Sandbox(SandboxOptions(catalog=catalog)).serve() as site:
            read = _read(site, shape)
        for stream, rows in read.items():
            found[stream] += sorted(rows, key=_readable, reverse=True)
    with Sandbox(SandboxOptions(catalog="v3", readings={"cart-v1": "gone"})).serve() as site:
        of_cart_v2 = _read(site, shape, {"carts", "checkouts"})
    for stream, rows in of_cart_v2.items():
        found[stream] += sorted(rows, key=_readable, reverse=True)
    return found


def _readable(row: Any) -> tuple[bool, int]:
    text = json.dumps(row, ensure_ascii=False)
    return text.isascii(), len(text)


def _read(site: RunningSite, shape: CatalogShape, only: Container[str] | None = None) -> Rows:
    """Read streams of a site, or all; one request at a time, since some answers draw the site's next id."""
    config = site.config() | {
        "requests_per_minute": 1_000_000,
        "max_concurrency": 1,
        "catalog_shape": shape.value,
        "cart_ids": site.ids("carts"),
        "checkout_ids": site.ids("checkouts"),
        "conversation_ids": site.ids("inbox_conversations"),
    }
    catalog = TapWix(config=config, setup_mapper=False).catalog
    native = {stream.name for stream in STORE_STREAMS[StoreCatalog.V1][CatalogShape.NATIVE]}
    for name, entry in catalog.items():
        is_of_shape = shape is CatalogShape.UNIFIED or name in native
        entry.metadata.root.selected = is_of_shape if only is None else name in only
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(written):
        TapWix(config=config, catalog=catalog).sync_all()
    written.seek(0)
    found = defaultdict(list)
    for message in map(json.loads, written):
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
    return found
