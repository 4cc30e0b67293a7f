"""Deletes everything that runs of `make live`, also killed ones, created on the site, by the prefix of its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from live.endpoints import DELETE_LABEL, DELETE_PRODUCT, parts
from live.site import LOOKS, PREFIX
from wix_api.catalog import StoreCatalog
from wix_api.endpoints import contacts, stores_v1, stores_v3
from wix_api.errors import NotFoundError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from live.site import LiveSite
    from wix_api.operations import Operation
    from wix_api.query import Query


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row.get("displayName") or "")


def _email(row: Mapping[str, Any]) -> str:
    return str((row.get("primaryInfo") or {}).get("email") or "")


@dataclass(frozen=True)
class Kind:
    """A kind of entities that runs create.

    Attributes:
        what: Its name in reports.
        query: Lists them.
        delete: Deletes one by its id.
        filters: Restricts the query, if Wix documents a filter by prefix.
        name: Returns the name of a row.
        params: Further parameters of the delete call.
    """

    what: str
    query: Query
    delete: Operation
    filters: Mapping[str, Any] = field(default_factory=dict)
    name: Callable[[Mapping[str, Any]], str] = _name
    params: Mapping[str, str] | None = None


_BEGINS = {"$startsWith": PREFIX}
_TREE = {"treeReference.appNamespace": stores_v3.STORES_TREE["appNamespace"]}
_CONTACTS = (
    Kind("contacts", contacts.CONTACTS, contacts.DELETE_CONTACT, {"primaryInfo.email": _BEGINS}, name=_email),
    Kind("labels", contacts.LABELS, DELETE_LABEL),
)
KINDS: dict[StoreCatalog, tuple[Kind, ...]] = {
    StoreCatalog.V1: (
        Kind("products", stores_v1.PRODUCT_IDS, stores_v1.DELETE_PRODUCT, {"name": _BEGINS}),
        Kind("collections", stores_v1.COLLECTIONS, stores_v1.DELETE_COLLECTION),
        *_CONTACTS,
    ),
    StoreCatalog.V3: (
        Kind("products", stores_v3.PRODUCT_IDS, DELETE_PRODUCT),
        Kind("collections", stores_v3.CATEGORIES, stores_v3.DELETE_CATEGORY, params=_TREE),
        *(Kind(kind, *parts(kind)) for kind in ("customizations", "brands", "ribbons")),
        *_CONTACTS,
    ),
}
"""In the order of their deletion: products before the entities they refer to."""


def clean(site: LiveSite) -> Counter[str]:
    """Delete everything whose name begins with the prefix, and return how many of each kind were deleted.

    Raises:
        LeftBehindError: Some entities still exist.
        WixError: Wix refuses a call, or cannot be reached.
    """
    deleted: dict[str, Kind] = {}
    left = _find(site)
    for _ in range(LOOKS):
        if not left:
            return Counter(kind.what for kind in deleted.values())
        deleted |= {
            entity: kind for entity, kind in left.items() if entity not in deleted and _is_deleted(site, kind, entity)
        }
        site.wait()
        left = _find(site)  # an index may not show yet what was just created
    raise LeftBehindError(Counter(kind.what for kind in left.values()))


class LeftBehindError(Exception):
    """An entity could not be deleted, or is shown after it was."""

    def __init__(self, left: Counter[str]) -> None:
        super().__init__(f"Not deleted ({counted(left)}). Run it again, or delete what begins with {PREFIX} by hand.")


def counted(counts: Counter[str]) -> str:
    """Return counts as a text: `products: 2, labels: 1`."""
    return ", ".join(f"{what}: {count}" for what, count in counts.items()) or "nothing"


def _find(site: LiveSite) -> dict[str, Kind]:
    """Return the entities of runs that the site still shows: ids with their kinds, in the order of deletion."""
    return {
        str(row[kind.query.id]): kind
        for kind in KINDS[site.client.store_catalog]
        for row in site.rows(kind.query, kind.filters)
        if kind.name(row).startswith(PREFIX)
    }


def _is_deleted(site: LiveSite, kind: Kind, entity: str) -> bool:
    """Delete one entity; True if it is gone, False if Wix refuses, as it does while a product seems to use it."""
    try:
        site.client.call(kind.delete, names={"id": entity}, params=kind.params)
    except NotFoundError:
        return True
    except RejectionError:
        return False
    return True
