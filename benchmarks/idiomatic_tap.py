"""A tap for orders, contacts and V3 products as the SDK's template writes one, for comparison in `benchmarks.cpu`.

`RESTStream`s with JSONPath, a paginator and a payload, the SDK's own record path and writer, one page after another. On
a shop that does not change it returns the same records as tap-wix: products with their variants, requested once a page.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, StreamSchema, Tap
from singer_sdk.pagination import BaseAPIPaginator, JSONPathPaginator
from typing_extensions import override

from benchmarks.bare_loop import variant_of_product
from tap_wix import schemas
from wix_api.endpoints import contacts, ecom, stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import requests
    from singer_sdk.helpers.types import Context


class IdiomaticStream(RESTStream[Any]):
    """The contents of the template's `client.py`."""

    primary_keys = ("id",)
    replication_key = "updatedDate"
    http_method = "POST"
    schema = StreamSchema(schemas.Schemas(schemas))
    next_page_token_jsonpath = "$.metadata.cursors.next"

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        return {"Authorization": self.config["api_key"], "wix-site-id": self.config["site_id"]}

    def paged(self, token: Any) -> dict[str, Any]:
        """Return filter, sort and paging of a cursor query."""
        if token:
            return {"cursorPaging": {"limit": 100, "cursor": token}}
        return {"sort": [{"fieldName": "updatedDate", "order": "ASC"}], "cursorPaging": {"limit": 100}}


class Orders(IdiomaticStream):
    """Orders."""

    name = "orders"
    path = ecom.ORDERS.operation.path
    records_jsonpath = "$.orders[*]"

    @override
    def prepare_request_payload(self, context: Context | None, next_page_token: Any) -> dict[str, Any]:
        filters = {} if next_page_token else {"filter": {"status": {"$in": list(ecom.ORDER_STATUSES)}}}
        return {"search": {**self.paged(next_page_token), **filters}}


class OffsetPaginator(BaseAPIPaginator[int]):
    """Continues while pages are full."""

    @override
    def get_next(self, response: requests.Response) -> int | None:
        paging = response.json()["pagingMetadata"]
        return self.current_value + paging["count"] if paging["count"] == contacts.CONTACTS.page_size else None


class Contacts(IdiomaticStream):
    """Contacts."""

    name = "contacts"
    path = contacts.CONTACTS.operation.path
    records_jsonpath = "$.contacts[*]"

    @override
    def get_new_paginator(self) -> OffsetPaginator:
        return OffsetPaginator(0)

    @override
    def prepare_request_payload(self, context: Context | None, next_page_token: Any) -> dict[str, Any]:
        paging = {"limit": contacts.CONTACTS.page_size, "offset": next_page_token or 0}
        return {"query": {"sort": [{"fieldName": "createdDate", "order": "ASC"}], "paging": paging}}


class Products(IdiomaticStream):
    """Products of catalog V3 with their variants."""

    name = "products"
    path = stores_v3.PRODUCTS.operation.path
    records_jsonpath = "$.products[*]"
    next_page_token_jsonpath = "$.pagingMetadata.cursors.next"

    @override
    def get_new_paginator(self) -> JSONPathPaginator:
        return JSONPathPaginator(self.next_page_token_jsonpath)

    @override
    def prepare_request_payload(self, context: Context | None, next_page_token: Any) -> dict[str, Any]:
        return {"query": self.paged(next_page_token), **stores_v3.PRODUCTS.extra}

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        products = list(super().parse_response(response))
        variants = self._variants([product["id"] for product in products])
        for product in products:
            yield {**product, "variantsInfo": {"variants": variants[product["id"]]}}

    def _variants(self, product_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        of_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
        query: dict[str, Any] = {
            "filter": {"productData.productId": {"$in": product_ids}},
            "cursorPaging": {"limit": stores_v3.VARIANTS.page_size},
        }
        while query:
            answer = self.requests_session.post(
                self.url_base + stores_v3.VARIANTS.operation.path,
                json={"query": query, **stores_v3.VARIANTS.extra},
                headers=self.http_headers,
                timeout=self.timeout,
            ).json()
            for row in answer["variants"]:
                of_product[row["productData"]["productId"]].append(variant_of_product(row))
            cursor = answer["pagingMetadata"].get("cursors", {}).get("next")
            query = {"cursorPaging": {"limit": stores_v3.VARIANTS.page_size, "cursor": cursor}} if cursor else {}
        return of_product


class IdiomaticTap(Tap):
    """The contents of the template's `tap.py`."""

    name = "tap-idiomatic"
    config_jsonschema: ClassVar[dict[str, Any]] = {"properties": {}, "additionalProperties": True}

    @override
    def discover_streams(self) -> Sequence[IdiomaticStream]:
        return [stream(self) for stream in (Orders, Contacts, Products)]


if __name__ == "__main__":
    IdiomaticTap.cli()
