"""Table of the domains that write each stream, for each store catalog."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from target_wix.domains.api_calls import ApiCalls
from target_wix.domains.contacts import Contacts
from target_wix.domains.form_submissions import FormSubmissions
from target_wix.domains.fulfillments import Fulfillments
from target_wix.domains.inventory import InventoryItemsV1, InventoryItemsV3
from target_wix.domains.memberships import CollectionProducts, MembershipsV1, MembershipsV3
from target_wix.domains.messages import Messages
from target_wix.domains.named import Brands, ContactLabels, Ribbons
from target_wix.domains.orders import Orders
from target_wix.domains.products_v1 import ProductsV1
from target_wix.domains.products_v3 import ProductsV3
from target_wix.domains.store_collections import CollectionsV1, CollectionsV3
from target_wix.domains.variants import ProductVariantsV1, ProductVariantsV3
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_wix.domain import Domain
    from target_wix.stream import Stream
    from wix_api.client import WixClient

_EVERYWHERE: Mapping[str, Callable[[Stream], Domain]] = {
    "api_calls": ApiCalls,
    "contact_labels": ContactLabels,
    "contacts": Contacts,
    "form_submissions": FormSubmissions,
    "fulfillments": Fulfillments,
    "messages": Messages,
    "orders": Orders,
}
"""Streams that can be written with or without Wix Stores."""

DOMAINS: Mapping[StoreCatalog, Mapping[str, Callable[[Stream], Domain]]] = {
    StoreCatalog.V1: {
        **_EVERYWHERE,
        "brands": partial(Brands, is_on_catalog=False),
        "ribbons": partial(Ribbons, is_on_catalog=False),
        "collections": partial(CollectionsV1, memberships=MembershipsV1),
        "products": ProductsV1,
        "product_variants": ProductVariantsV1,
        "inventory_items": InventoryItemsV1,
        "collection_products": partial(CollectionProducts, memberships=MembershipsV1),
    },
    StoreCatalog.V3: {
        **_EVERYWHERE,
        "brands": Brands,
        "ribbons": Ribbons,
        "collections": partial(CollectionsV3, memberships=MembershipsV3),
        "products": ProductsV3,
        "product_variants": ProductVariantsV3,
        "inventory_items": InventoryItemsV3,
        "collection_products": partial(CollectionProducts, memberships=MembershipsV3),
    },
    StoreCatalog.ABSENT: _EVERYWHERE,
}
"""Domains by store catalog and stream name. No other module distinguishes the store catalogs."""

STREAMS = frozenset(name for domains in DOMAINS.values() for name in domains)
"""All streams that can be written, on any catalog."""

REFUSING_TWINS = frozenset({StoreCatalog.V3, StoreCatalog.ABSENT})
"""Catalogs where Wix refuses to create an entity whose handle or e-mail exists."""


def maker_of(stream: str, client: WixClient) -> Callable[[Stream], Domain] | None:
    """Return what makes the domain of a stream on a site; None if the site's store catalog lacks the stream.

    Asks Wix for the store catalog, unless the stream can be written on all of them.

    Raises:
        WixError: Wix refuses the question, or cannot be reached.
    """
    return _EVERYWHERE.get(stream) or DOMAINS[client.store_catalog].get(stream)
