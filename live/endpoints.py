"""Calls that neither plugin makes: single products, and deletes for the clean-up.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3 and
https://dev.wix.com/docs/rest/crm/members-contacts/contacts/labels
"""

from __future__ import annotations

from functools import partial

from wix_api.languages import Cursor
from wix_api.operations import Operation
from wix_api.query import Query

_writing = partial(Operation, scope="SCOPE.STORES.PRODUCT_WRITE")

CREATE_PRODUCT = _writing("POST", "/stores/v3/products-with-inventory", repeatable=False)
UPDATE_PRODUCT = _writing("PATCH", "/stores/v3/products/{id}")
DELETE_PRODUCT = _writing("DELETE", "/stores/v3/products/{id}")
SEARCH_PRODUCTS = Operation("POST", "/stores/v3/products/search", reads=True, scope="SCOPE.STORES.PRODUCT_READ")
CREATE_CUSTOMIZATION = _writing("POST", "/stores/v3/customizations", repeatable=False)
DELETE_LABEL = Operation("DELETE", "/contacts/v4/labels/{id}", scope="SCOPE.DC-CONTACTS.MANAGE-CONTACTS")


def parts(kind: str) -> tuple[Query, Operation]:
    """Return how to list and how to delete one kind of entities that products share.

    Args:
        kind: `brands`, `ribbons` or `customizations`.
    """
    scope = f"SCOPE.STORES.{kind.removesuffix('s').upper()}_READ"
    listing = Operation("POST", f"/stores/v3/{kind}/query", reads=True, scope=scope)
    query = Query(listing, items=kind, page_size=100, keys=(), language=Cursor())
    return query, _writing("DELETE", f"/stores/v3/{kind}/{{id}}")
