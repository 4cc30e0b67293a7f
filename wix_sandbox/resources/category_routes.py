"""The endpoints of the Categories API. Every call names the tree at the top level of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import not_found, required
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources import category_endpoints, category_item_endpoints
from wix_sandbox.resources.category_table import BASE
from wix_sandbox.resources.category_tree import TREE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity


def routes() -> Iterator[Route]:
    """The endpoints of categories and of their items."""
    for domain in (category_endpoints, category_item_endpoints):
        for table, writes in ((domain.READS, False), (domain.WRITES, True)):
            for method, path, verb, handler in table:
                yield Route(
                    method=method,
                    path=path,
                    operation=f"categories.{verb}",
                    handler=_within_tree(handler),
                    catalog=StoreCatalog.V3,
                    writes_tree=writes,
                )
    yield Route(
        method="GET",
        path=f"{BASE}/list-trees",
        operation="categories.list-trees",
        handler=_list_trees,
        catalog=StoreCatalog.V3,
    )


def _check_tree(call: Call) -> None:
    """The tree reference must stand at the top level of the body; nested in `category` it counts as missing."""
    namespace = (call.body.get("treeReference") or {}).get("appNamespace")
    if not namespace:
        raise required("treeReference")
    if namespace != TREE["appNamespace"]:
        raise not_found("Tree", namespace)


def _within_tree(handler: Handler) -> Handler:
    def checked(call: Call) -> Entity:
        _check_tree(call)
        return handler(call)

    return checked


def _list_trees(_call: Call) -> Entity:
    return {"trees": [TREE]}
