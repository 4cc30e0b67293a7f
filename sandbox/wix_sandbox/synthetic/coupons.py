"""Coupons of the synthetic shop: one of each kind, one of them expired."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import coupons

if TYPE_CHECKING:
    from datetime import datetime

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_SHOP: Entity = {"scope": {"namespace": "stores"}}
_SPECIFICATIONS: tuple[Entity, ...] = (
    {"name": "Welcome", "code": "WELCOME10", "percentOffRate": 10, "limitPerCustomer": 1, **_SHOP},
    {"name": "Five off", "code": "FIVE", "moneyOffAmount": 5, "minimumSubtotal": 50, "usageLimit": 100},
    {"name": "Free shipping", "code": "SHIPFREE", "freeShipping": True, "minimumSubtotal": 80},
    {"name": "Three for two", "code": "3FOR2", "buyXGetY": {"x": 2, "y": 1}, "limitedToOneItem": False, **_SHOP},
)


def write_coupons(site: Site, opening: datetime) -> None:
    """Write the coupons, a day after each other."""
    for at, specification in enumerate(_SPECIFICATIONS):
        created = opening + timedelta(days=at)
        is_expired = at == 1
        ends = {"expirationTime": _milliseconds(created + timedelta(days=30))} if is_expired else {}
        site.store.insert(
            coupons.KIND,
            {
                "id": f"c0040000-0000-4000-8000-{at:012}",
                "dateCreated": wire_time(created),
                "expired": is_expired,
                "numberOfUsages": 3 * at,
                "specification": {"active": True, "startTime": _milliseconds(created), **ends, **specification},
            },
        )


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
