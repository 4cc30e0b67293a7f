"""Questions about store catalog V1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from live.asking import Entity, NotAnsweredError, find
from wix_api.endpoints import stores_v1
from wix_api.errors import InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from live.site import LiveSite


def _create(site: LiveSite, noun: str, **members: str) -> Entity:
    product = {"name": site.name(noun), "visible": False, "priceData": {"price": 10}, **members}
    return site.client.entity(stores_v1.CREATE_PRODUCT, "product", body={"product": product})


def reader_paths(site: LiveSite) -> str:
    """Return whether the paths under `/stores-reader/` exist that Wix's client does not use."""
    operation = replace(stores_v1.COLLECTIONS.operation, elsewhere="")
    try:
        site.client.call(operation, body={"query": {"paging": {"limit": 1}}})
    except NotFoundError as error:
        if error.code:
            raise
        return "absent"
    return "answer"


def v1_product_type(site: LiveSite) -> str:
    """Return whether a product needs `productType`."""
    try:
        _create(site, "without type")
    except InvalidRequestError as error:
        if not any("productType" in each for each in error.fields):
            raise
        return "required"
    return "optional"


def v1_stock_of_products(site: LiveSite) -> str:
    """Return how many of two products a filter of stock by `$hasSome` finds."""
    ids = [_create(site, f"stock {number}", productType="physical")["id"] for number in range(2)]
    found: set[str] = set()

    def is_whole() -> bool:
        rows = find(site, stores_v1.INVENTORY, {"productId": {"$hasSome": ids}})
        found.update(str(row["productId"]) for row in rows)
        return len(found) == len(ids)

    if site.look(is_whole):
        return "all"
    if not found:
        message = "the query of stock found neither of the products"
        raise NotAnsweredError(message)
    return "first"


def numeric_id_filter(site: LiveSite) -> str:
    """Return whether a filter by `numericId` takes a number, a text or either."""
    product = _create(site, "numbered", productType="physical")
    number = int(product["numericId"])

    def found(bound: int | str) -> bool:
        rows = find(site, stores_v1.PRODUCT_IDS, {"numericId": {"$gte": bound}})
        return any(row["id"] == product["id"] for row in rows)

    site.look(lambda: found(number) or found(str(number)))
    answers = {(True, True): "either", (True, False): "number", (False, True): "text"}
    answer = answers.get((found(number), found(str(number))))
    if answer is None:
        message = "neither a number nor a text found the product"
        raise NotAnsweredError(message)
    return answer
