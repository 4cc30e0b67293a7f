"""Related rows that have to be requested by the ids of the rows they belong to. They are fetched with the page.

So the reader's threads fetch them, for several pages at a time. If that fails, the error is kept in place of the
related rows, and the page itself is not lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wix_api.reading import Item


class Companion(Protocol):
    """Rows that belong to other rows. Called from several threads."""

    @property
    def place(self) -> str:
        """Their name in `Item.related`. One of the companions that share a name is asked for all of them."""

    def wants(self, owner: Item) -> bool:
        """True if the related rows of this row are wanted."""

    def ask(self, owners: Sequence[Item]) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Request the related rows of some rows, as pairs of the owner's id and a row.

        Raises:
            WixError: Wix refuses them, or cannot be reached.
        """


def accompanied(owners: Sequence[Item], companions: Iterable[Companion]) -> list[Item]:
    """Return the rows with their related rows attached, where these are wanted."""
    by_place: dict[str, list[Companion]] = {}
    for companion in companions:
        by_place.setdefault(companion.place, []).append(companion)
    found = {place: _by_owner(alike, owners) for place, alike in by_place.items()}
    return [
        owner._replace(related={place: rows[owner.id] for place, rows in found.items() if owner.id in rows})
        for owner in owners
    ]


def _by_owner(alike: Sequence[Companion], owners: Sequence[Item]) -> Mapping[str, list[bytes] | WixError]:
    wanted = [owner for owner in owners if any(companion.wants(owner) for companion in alike)]
    found: dict[str, list[bytes]] = {owner.id: [] for owner in wanted}
    try:
        for owner_id, row in alike[0].ask(wanted) if wanted else ():
            if owner_id in found:
                found[owner_id].append(msgspec.json.encode(row))
    except WixError as error:
        return dict.fromkeys(found, error)
    return found
