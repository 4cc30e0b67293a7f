"""A concurrent writer: changes the rows that a request names between the client's read and its write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.resources.stores_v3.variants import sync_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def steal_revisions(site: Site, path_ids: Iterable[str], body: Entity) -> bool:
    """Increase the revision of every row that the request names with one; True if there was any.

    A request names rows by `id` next to `revision` in its body or, with a revision anywhere in it, in its path.
    """
    sent = list(_revised(body))
    named = {each["id"] for each in sent if isinstance(each.get("id"), str)} | (set(path_ids) if sent else set())
    stolen = [_touch(site, kind, entity_id) for kind in site.store.kinds() for entity_id in sorted(named)]
    return any(stolen)


def _revised(value: Any) -> Iterator[Entity]:
    """Every object of a body that carries a revision."""
    if isinstance(value, list):
        for each in value:
            yield from _revised(each)
    elif isinstance(value, dict):
        if "revision" in value:
            yield value
        yield from _revised(list(value.values()))


def _touch(site: Site, kind: str, entity_id: str) -> bool:
    row = site.store.get(kind, entity_id)
    if row is None or "revision" not in row:
        return False
    # Revisions are integers in contacts, text in newer APIs.
    row["revision"] = type(row["revision"])(int(row["revision"]) + 1)
    row["updatedDate"] = site.now()
    site.store.update(kind, row)
    if "variantsInfo" in row:
        sync_rows(site, row, row)
    return True
