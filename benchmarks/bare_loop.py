"""The minimum that a hand-written extractor does: requests, orjson, one RECORD line a row. For `benchmarks.cpu`.

No state, no schema, no retries, no pacing, one page after another: `python -m benchmarks.bare_loop CONFIG STREAM`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import requests

from wix_api.endpoints import contacts, ecom, stores_v3
from wix_api.products.rows import OWN_OF_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wix_api.query import Query

_ORDERS_FILTER = {"status": {"$in": list(ecom.ORDER_STATUSES)}}


def variant_of_product(row: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a row of the store-wide variants query to a variant inside a product."""
    shared = {member: value for member, value in row.items() if member not in OWN_OF_ROW}
    return {"id": row["variantId"], "choices": row.get("optionChoices", []), **shared}


class Site:
    """One session."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._url = config["api_url"]
        self._session = requests.Session()
        self._session.headers.update({"Authorization": config["api_key"], "wix-site-id": config["site_id"]})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call Wix."""
        return orjson.loads(self._session.post(self._url + path, json=body, timeout=120).content)

    def pages(self, query: Query, wrapper: str, first: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Follow cursors."""
        asked = {**first, "cursorPaging": {"limit": query.page_size}}
        while True:
            answer = self.post(query.operation.path, {wrapper: asked, **query.extra})
            yield answer[query.items]
            paging = answer.get("metadata") or answer.get("pagingMetadata") or {}
            cursor = paging.get("cursors", {}).get("next")
            if not cursor:
                return
            asked = {"cursorPaging": {"limit": query.page_size, "cursor": cursor}}


def orders(site: Site) -> Iterator[list[dict[str, Any]]]:
    """Read orders."""
    first = {"filter": _ORDERS_FILTER, "sort": [{"fieldName": "updatedDate", "order": "ASC"}]}
    return site.pages(ecom.ORDERS, "search", first)


def products(site: Site) -> Iterator[list[dict[str, Any]]]:
    """Read products with their variants."""
    for page in site.pages(stores_v3.PRODUCTS, "query", {"sort": [{"fieldName": "updatedDate", "order": "ASC"}]}):
        of_product = defaultdict(list)
        wanted = {"filter": {"productData.productId": {"$in": [product["id"] for product in page]}}}
        for rows in site.pages(stores_v3.VARIANTS, "query", wanted):
            for row in rows:
                of_product[row["productData"]["productId"]].append(variant_of_product(row))
        for product in page:
            product["variantsInfo"] = {"variants": of_product[product["id"]]}
        yield page


def people(site: Site) -> Iterator[list[dict[str, Any]]]:
    """Read contacts."""
    size, offset = contacts.CONTACTS.page_size, 0
    while True:
        query = {"sort": [{"fieldName": "createdDate"}], "paging": {"limit": size, "offset": offset}}
        page = site.post(contacts.CONTACTS.operation.path, {"query": query})["contacts"]
        yield page
        offset += len(page)
        if len(page) < size:
            return


STREAMS: dict[str, Callable[[Site], Iterator[list[dict[str, Any]]]]] = {
    "orders": orders,
    "contacts": people,
    "products": products,
}


def main() -> None:
    """Write the RECORD lines of one stream."""
    config, stream = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]
    out = sys.stdout.buffer
    for page in STREAMS[stream](Site(config)):
        for record in page:
            line = {
                "type": "RECORD",
                "stream": stream,
                "record": record,
                "time_extracted": datetime.now(tz=UTC).isoformat(),
            }
            out.write(orjson.dumps(line) + b"\n")


if __name__ == "__main__":
    main()
