"""The installed app's own facts.

https://dev.wix.com/docs/rest/app-management/app-instance/get-app-instance
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.auth import INSTANCE_ID, SITE_ID
from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity


def _instance(call: Call) -> Entity:
    instance = {"instanceId": INSTANCE_ID, "appName": "wix-sandbox", "permissions": [], "isFree": True}
    site = {"siteId": SITE_ID, "locale": "en", "paymentCurrency": call.site.currency, "installedWixApps": []}
    return {"instance": instance, "site": site}


def routes() -> Iterator[Route]:
    """The endpoints of apps."""
    yield Route(method="GET", path="/apps/v1/instance", operation="apps.instance", handler=_instance)
