"""Coupons of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.streams.base import WixStream
from wix_api.endpoints import coupons
from wix_api.refusals import Refusal
from wix_api.timestamps import of_wix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_wix.lanes import Row
    from wix_api.reading import Item


class Coupons(WixStream):
    """Coupons, oldest first; each run reads them all, since Wix has no date of their changes.

    Wix does not say whether a site with catalog V3 has these calls, so a refusal leaves the stream out.
    Source: https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/query-coupons
    """

    name = "coupons"
    query = coupons.COUPONS
    optional = True
    lacks = frozenset({Refusal.APP_MISSING, Refusal.OTHER_CATALOG})

    @override
    def records(self, rows: Sequence[Item]) -> Sequence[Row]:
        """Return rows as records, with the date in the form of all other streams."""
        records = [msgspec.json.decode(item.raw, type=dict[str, Any]) for item in rows]
        for record in records:
            record["dateCreated"] = of_wix(record.get("dateCreated")) or record.get("dateCreated")
        return records


STREAMS = (Coupons,)
