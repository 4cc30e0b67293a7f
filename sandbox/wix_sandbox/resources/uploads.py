"""External files that the site's media store has yet to fetch: with `media_delay_ms` they arrive later.

Wix fetches a file given by URL in the background, does not report the end, and does not document the product meanwhile.
Choices: Catalog V3 shows the URL that was sent, with an `uploadId` and no file; Catalog V1, whose media all have files,
does not show it at all. Neither dates nor revisions change when a file arrives.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "uploads"


def begin_upload(site: Site, product_id: str, url: str, **facts: Any) -> Entity:
    """Record a file that will arrive: `{id, productId, url, readyAt, …}`."""
    ready = wire_time(site.clock() + timedelta(milliseconds=site.media_delay_ms))
    return site.store.insert(
        KIND, {"id": site.new_id(), "productId": product_id, "url": url, "readyAt": ready, **facts}
    )


def arrived(site: Site) -> Iterator[Entity]:
    """Yield files that are due, each once, whose products still exist."""
    if not site.store.count(KIND):
        return
    now = site.now()
    for upload in list(site.store.all(KIND)):
        if upload["readyAt"] <= now:
            site.store.delete(KIND, upload["id"])
            yield upload


def after_uploads(route: Route, take_in: Callable[[Site], None]) -> Route:
    """Return the endpoint; due files arrive before its answer."""

    def handler(call: Call) -> Entity:
        take_in(call.site)
        return route.handler(call)

    return replace(route, handler=handler)


def losing_uploads(route: Route) -> Route:
    """Return the endpoint; with the fault `lose_pictures`, its external files never arrive."""

    def handler(call: Call) -> Entity:
        with call.site.losing_uploads(on="lose_pictures" in call.faults):
            return route.handler(call)

    return replace(route, handler=handler)
