"""The endpoints of the Categories API. Every call names the tree at the top level of its body."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, not_found
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources import category_endpoints, category_item_endpoints
from wix_sandbox.resources.category_table import BASE
from wix_sandbox.resources.category_tree import TREE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.resources.category_table import Endpoint
    from wix_sandbox.values import Entity


def routes() -> Iterator[Route]:
    """The endpoints of categories and of their items."""
    for domain in (category_endpoints, category_item_endpoints):
        for table, writes in ((domain.READS, False), (domain.WRITES, True)):
            for method, path, verb, handler in table:
                yield _route((method, path, verb, _within_tree(handler)), writes=writes)
    yield from (_route(each, writes=True) for each in category_item_endpoints.BY_FILTER)
    yield _route(("GET", f"{BASE}/list-trees", "list-trees", _list_trees), writes=False)


def _route(endpoint: Endpoint, *, writes: bool) -> Route:
    method, path, verb, handler = endpoint
    return Route(
        method=method,
        path=path,
        operation=f"categories.{verb}",
        handler=handler,
        catalog=StoreCatalog.V3,
        writes_tree=writes,
    )


def _check_tree(call: Call) -> None:
    """Check the tree reference at the top level of the body; nested in `category` it counts as missing."""
    namespace = call.body["treeReference"]["appNamespace"]
    if namespace != TREE["appNamespace"]:
        if call.operation == "categories.create":
            text = f"namespace {namespace} does not exist"
            raise application_error(HTTPStatus.NOT_FOUND, "NAMESPACE_NOT_FOUND_IN_DEV_CENTER", text)
        raise not_found("Tree", namespace)


def _within_tree(handler: Handler) -> Handler:
    def checked(call: Call) -> Entity:
        _check_tree(call)
        return handler(call)

    return checked


def _list_trees(_call: Call) -> Entity:
    return {"trees": [TREE]}
