"""What belongs to the rows of a page and has to be asked for by their ids: it is fetched with the page.

So the reader's threads do it, for several pages at a time. It must not end the rows that it belongs to: what could not
be had is kept in its place.
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

    name: str
    """Their name in `Item.beside`."""

    def wants(self, owner: Item) -> bool:
        """Whether they are wanted of a row."""

    def ask(self, owners: Sequence[Item]) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Ask Wix for all that belongs to some rows, as pairs of an owner's id and a row.

        Raises:
            WixError: It cannot be had.
        """


def accompanied(owners: Sequence[Item], companions: Iterable[Companion]) -> list[Item]:
    """Return the rows with their companions attached, each where it is wanted."""
    found = {companion.name: _by_owner(companion, owners) for companion in companions}
    return [
        owner._replace(beside={name: rows[owner.id] for name, rows in found.items() if owner.id in rows})
        for owner in owners
    ]


def _by_owner(companion: Companion, owners: Sequence[Item]) -> Mapping[str, list[bytes] | WixError]:
    wanted = [owner for owner in owners if companion.wants(owner)]
    found: dict[str, list[bytes]] = {owner.id: [] for owner in wanted}
    try:
        for owner_id, row in companion.ask(wanted) if wanted else ():
            if owner_id in found:
                found[owner_id].append(msgspec.json.encode(row))
    except WixError as error:
        return dict.fromkeys(found, error)
    return found
