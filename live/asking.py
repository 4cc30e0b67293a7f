"""Shared by all questions: an answer, the reason why there is none, and products to try on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from live.endpoints import CREATE_PRODUCT, UPDATE_PRODUCT
from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from live.site import LiveSite
    from wix_api.catalog import StoreCatalog
    from wix_api.query import Query

Entity = dict[str, Any]


class NotAnsweredError(Exception):
    """The site did not answer a question."""


@dataclass(frozen=True)
class Question:
    """An open question.

    Attributes:
        ask: Asks the site and returns one of the values of the reading.
        catalogs: Store catalogs on which it can be asked.
    """

    ask: Callable[[LiveSite], str]
    catalogs: Collection[StoreCatalog]


def is_refused(call: Callable[[], object], *codes: str) -> bool:
    """Send a call; return True if Wix refuses it with one of these codes.

    Raises:
        WixError: The call is refused for another reason.
    """
    try:
        call()
    except WixError as error:
        if error.code not in codes:
            raise
        return True
    return False


def new_product(site: LiveSite, noun: str, **members: Any) -> Entity:
    """Return the body of a new V3 product, hidden unless `members` say otherwise."""
    return {
        "name": site.name(noun),
        "productType": "PHYSICAL",
        "physicalProperties": {},
        "visible": False,
        "variantsInfo": {"variants": [variant()]},
        **members,
    }


def create(site: LiveSite, noun: str, **members: Any) -> Entity:
    """Create a V3 product, hidden unless `members` say otherwise, and return it."""
    product = new_product(site, noun, **members)
    return site.client.entity(CREATE_PRODUCT, "product", body={"product": product, "returnEntity": True})


def update(site: LiveSite, product: Entity, **members: Any) -> Entity:
    """Update a V3 product, and return it."""
    body = {"product": {"id": product["id"], "revision": product["revision"], **members}}
    return site.client.entity(UPDATE_PRODUCT, "product", names={"id": product["id"]}, body=body)


def variant(**members: Any) -> Entity:
    """Return a new variant."""
    return {"price": {"actualPrice": {"amount": "10.00"}}, "physicalProperties": {}, **members}


def sized(site: LiveSite, noun: str) -> Entity:
    """Create a V3 product with two variants in stock, and return it."""
    option = site.name("size")
    choices = [{"name": size, "choiceType": "CHOICE_TEXT"} for size in ("S", "L")]
    variants = [
        variant(
            choices=[{"optionChoiceNames": {"optionName": option, "choiceName": size, "renderType": "TEXT_CHOICES"}}],
            inventoryItem={"quantity": 3},
        )
        for size in ("S", "L")
    ]
    options = [{"name": option, "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}]
    return create(site, noun, options=options, variantsInfo={"variants": variants})


def rebuilt(site: LiveSite, product: Entity) -> Entity:
    """Send the variants of a product again without their ids, and return the product."""
    variants = [variant(choices=each["choices"]) for each in product["variantsInfo"]["variants"]]
    return update(site, product, visible=False, options=product["options"], variantsInfo={"variants": variants})


def find(site: LiveSite, query: Query, filters: Mapping[str, Any]) -> list[Entity]:
    """Return the first page of the rows that match a filter."""
    asked = {**query.language.body(filters, None, query.page_size, None), **query.extra}
    rows: list[Entity] = site.client.call(query.operation, body=asked).get(query.items) or []
    return rows
