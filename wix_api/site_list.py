"""All sites of an account, although one query returns 1,000 at most.

A query is repeated in the opposite order: two halves that overlap are everything. Without an overlap the list is split
by members with two values, then by the folders and editors that were seen. What is left is compared with Wix's count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wix_api.endpoints import sites as endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_api.client import WixClient

_ACTIVE = "ACTIVE"


@dataclass
class SiteList:
    """The sites that were found.

    Attributes:
        sites: Rows as Wix sends them, by their ids, without sites in the trash.
        count: The number of sites that Wix counts, or None if it does not say.
        unsplit: Filters of lists that are longer than two queries return and that nothing splits further.
    """

    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    count: int | None = None
    unsplit: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0

    @property
    def missing(self) -> int:
        """Number of sites that Wix counts and no query returned."""
        return max((self.count or 0) - self.seen, 0)


def sites_of_account(client: WixClient) -> SiteList:
    """Return the sites of the account whose API key the client has.

    Raises:
        WixError: Wix refuses the list, or cannot be reached.
    """
    listing = _Listing(client)
    for namespace in endpoint.NAMESPACES:
        listing.collect({"namespace": namespace}, list(endpoint.YES_OR_NO), list(endpoint.NAMED))
    counted = client.call(endpoint.COUNT, body={"filter": {"namespace": {"$in": list(endpoint.NAMESPACES)}}})
    found = listing.found
    found.count = counted["count"] if isinstance(counted.get("count"), int) else None
    found.seen = len(found.sites)
    found.sites = {site_id: row for site_id, row in found.sites.items() if _is_active(row)}
    return found


def _is_active(row: Mapping[str, Any]) -> bool:
    return not row.get("trashedDate") and (row.get("state") or _ACTIVE) == _ACTIVE


class _Listing:
    """Collects sites by queries that return 1,000 at most."""

    def __init__(self, client: WixClient) -> None:
        self._client = client
        self.found = SiteList()

    def collect(self, narrowed: dict[str, Any], members: list[str], named: list[str]) -> None:
        """Collect the sites of a filter.

        Args:
            narrowed: The filter.
            members: Members with two values by which it can still be split.
            named: Members with many values by which it can still be split.
        """
        if self._reads_all(narrowed, endpoint.SORTS[:1]):
            return
        if members:
            for value in (True, False):
                self.collect({**narrowed, members[0]: value}, members[1:], named)
            return
        if self._reads_all(narrowed, endpoint.SORTS[1:]):
            return
        if not named:
            self.found.unsplit.append(narrowed)
            return
        values: list[Any] = sorted({str(row[named[0]]) for row in self.found.sites.values() if row.get(named[0])})
        for value in (*values, {"$exists": False}) if named[0] == endpoint.FOLDER else values:
            self.collect({**narrowed, named[0]: value}, [], named[1:])

    def _reads_all(self, narrowed: dict[str, Any], sorts: tuple[str, ...]) -> bool:
        """Read a list in both orders of some sorts. True if that was all of it."""
        for sort in sorts:
            ids: list[set[str]] = []
            for order in ("ASC", "DESC"):
                rows = {str(row["id"]): row for row in self._rows(narrowed, {"fieldName": sort, "order": order})}
                self.found.sites |= rows
                ids.append(set(rows))
                if len(rows) < endpoint.MOST or (len(ids) > 1 and ids[0] & ids[1]):
                    return True
        return False

    def _rows(self, narrowed: dict[str, Any], sort: dict[str, str]) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"filter": narrowed, "sort": [sort], "cursorPaging": {"limit": endpoint.PAGE}}
        seen: set[str] = set()
        while True:
            answer = self._client.call(endpoint.QUERY, body={"query": query})
            yield from answer.get("sites") or ()
            metadata = answer.get("metadata") or {}
            cursor = (metadata.get("cursors") or {}).get("next")
            if not cursor or cursor in seen:
                return
            seen.add(cursor)
            query = {"cursorPaging": {"limit": endpoint.PAGE, "cursor": cursor}}
