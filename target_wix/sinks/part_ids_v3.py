"""Ids of brands and ribbons that updates of V3 products name.

A create takes a brand by its name and makes it. An update takes it by its id only (`BRAND_MISSING_ID`). So names that
no product showed so far are turned into ids before updates are sent, a hundred a call; Wix makes those that are new.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/brands-v3/bulk-get-or-create-brands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.concurrency import batches
from target_wix.sinks.bulk import metadata_of
from wix_api.endpoints import stores_v3
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.products.mapping import elements, members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from wix_api.operations import Operation

_KIND_OF = {"brand": "brand", "ribbon": "ribbon", "additionalRibbons": "ribbon"}
_GET_OR_CREATE: dict[str, tuple[Operation, str]] = {
    "brand": (stores_v3.GET_OR_CREATE_BRANDS, "brandNames"),
    "ribbon": (stores_v3.GET_OR_CREATE_RIBBONS, "ribbonNames"),
}


def resolve(run: Run, changes: list[Change]) -> None:
    """Add the ids of brands and ribbons to the bodies of updates, in place.

    A name without an id, which the key may not get or Wix does not make, is sent as it is: Wix says what is wrong.
    """
    memory = run.memory
    for change in changes:
        for kind, part in _parts(change.current):
            if part.get("id"):
                memory.note(kind, "name", str(part.get("name")), part["id"])
    named = [(kind, part) for change in changes for kind, part in _parts(change.body) if part.get("name")]
    for kind in _GET_OR_CREATE:
        names = dict.fromkeys(part["name"] for of_kind, part in named if of_kind == kind)
        unknown = [name for name in names if memory.find(kind, "name", name) is None]
        for name, part_id in _found(run, kind, unknown):
            memory.note(kind, "name", name, part_id)
    for kind, part in named:
        if found := memory.find(kind, "name", part["name"]):
            part["id"] = found


def _parts(product: Entity | None) -> Iterator[tuple[str, Entity]]:
    for member, kind in _KIND_OF.items():
        given = (product or {}).get(member)
        yield from ((kind, part) for part in (elements(given) if isinstance(given, list) else [members(given)]))


def _found(run: Run, kind: str, names: list[str]) -> Iterator[tuple[str, str]]:
    operation, member = _GET_OR_CREATE[kind]
    for some in batches(names, stores_v3.NAMES_PER_CALL):
        try:
            answer = run.client.call(operation, body={member: some})
        except (RejectionError, PermissionDeniedError, SiteNotReadyError) as error:
            run.warn_once(f"products: names of {kind}s are sent as they are, since Wix gives no ids. {error}")
            return
        for place, result in enumerate(answer.get("results") or []):
            part_id = (result.get("item") or {}).get("id") or metadata_of(result).get("id")
            at = metadata_of(result).get("originalIndex", place)
            if part_id and metadata_of(result).get("success") and at < len(some):
                yield some[at], str(part_id)
