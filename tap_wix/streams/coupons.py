"""Coupons of the site."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import coupons
from wix_api.refusals import Refusal


class Coupons(WixStream):
    """Coupons, oldest first; each run reads them all, since Wix has no date of their changes.

    Wix does not say whether a site with catalog V3 has these calls, so a refusal leaves the stream out.
    Source: https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/query-coupons
    """

    name = "coupons"
    query = coupons.COUPONS
    optional = True
    lacks = frozenset({Refusal.APP_MISSING, Refusal.OTHER_CATALOG})


STREAMS = (Coupons,)
