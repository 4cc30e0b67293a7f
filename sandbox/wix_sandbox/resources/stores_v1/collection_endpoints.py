"""The endpoints of V1 collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.query.page import Page
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resources.stores_v1 import collections, products
from wix_sandbox.resources.stores_v1.table import V1_STYLE, Endpoint, on_one

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

COLLECTIONS = Query.declared("stores-v1/queryCollections", **V1_STYLE, default_sort=("id", "ASC"))
PLATFORMIZED = COLLECTIONS.but(paging=Paging.OFFSET, metadata=Metadata.METADATA)


def _counted(call: Call, collection: Entity, *, described: bool) -> Entity:
    asked = call.flag("includeNumberOfProducts")
    count = collections.count_products(call.site, collection) if asked else 0
    return {**collection, "numberOfProducts": count, "description": collection["description"] if described else None}


def _query_collections(call: Call) -> Entity:
    page = run_query(call, collections.KIND, COLLECTIONS)
    described = call.flag("includeDescription")
    shown = [_counted(call, each, described=described) for each in page.entities]
    return Page(shown, page.metadata, page.total).answer("collections", COLLECTIONS)


def _get_collection(call: Call) -> Entity:
    return {"collection": _counted(call, collections.fetch(call.site, call.parameter("id")), described=True)}


def _get_collection_by_slug(call: Call) -> Entity:
    collection = call.site.store.first(collections.KIND, "slug", call.parameter("slug"))
    if collection is None:
        raise products.unknown("Collection", call.parameter("slug"))
    return {"collection": _counted(call, collection, described=True)}


def _create_collection(call: Call) -> Entity:
    return {"collection": collections.create_collection(call.site, call.entity("collection"))}


def _update_collection(call: Call) -> Entity:
    changed = collections.update_collection(call.site, call.parameter("id"), call.entity("collection"))
    return {"collection": changed}


def _delete_collection(call: Call) -> Entity:
    collections.delete_collection(call.site, call.parameter("id"))
    return {}


def _query_platformized(call: Call) -> Entity:
    page = run_query(call, collections.KIND, PLATFORMIZED)
    shown = [_counted(call, each, described=True) for each in page.entities]
    return Page(shown, page.metadata).answer("collections", PLATFORMIZED)


READS: tuple[Endpoint, ...] = (
    ("POST", "v1/collections/query", "collections.query", _query_collections),
    ("GET", "v1/collections/{id}", "collections.get", _get_collection),
    ("GET", "v1/collections/slug/{slug}", "collections.get-by-slug", _get_collection_by_slug),
)
WRITES: tuple[Endpoint, ...] = (
    ("POST", "v1/collections", "collections.create", _create_collection),
    ("PATCH", "v1/collections/{id}", "collections.update", _update_collection),
    ("DELETE", "v1/collections/{id}", "collections.delete", _delete_collection),
    (
        "POST",
        "v1/collections/{id}/productIds",
        "collections.add-products",
        on_one(collections.add_to_collection, "productIds", 0, 1_000),
    ),
    (
        "POST",
        "v1/collections/{id}/productIds/delete",
        "collections.remove-products",
        on_one(collections.remove_from_collection, "productIds", 1, 1_000),
    ),
)
OF_THE_CLIENT: tuple[Endpoint, ...] = (
    # What the official JavaScript client calls instead of the documented paths; seen in its package
    # `@wix/auto_sdk_stores_collections`.
    ("GET", "v2/collections/query", "collections.query-platformized", _query_platformized),
    ("POST", "v2/collections/query", "collections.query-platformized", _query_platformized),
    ("GET", "v2/collections/{id}", "collections.get", _get_collection),
    ("GET", "v2/collections/slug/{slug}", "collections.get-by-slug", _get_collection_by_slug),
)
