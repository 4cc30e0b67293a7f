"""Endpoints that some sites lack: the store catalog that they need, the readings under which they exist, refusals."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.auth import Caller
from wix_sandbox.errors import WixError, application_error, error_428
from wix_sandbox.options import StoreCatalog

if TYPE_CHECKING:
    from wix_sandbox.call import Handler
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site


_CONTACTS_V5 = "/contacts/v5/"
_DOUBTFUL = re.compile(r"/stores-reader/(v1/collections/query|v2/inventoryItems/.*getVariants)")
"""Paths that exist under one reading only."""
_CARTS_V1 = ("/ecom/v1/carts", "/ecom/v1/checkouts")
"""Calls that Wix's migration guide says are removed on 2027-02-01, without saying what they answer then."""


def is_absent(site: Site, path: str) -> bool:
    """True if a path that the sandbox serves does not exist on this site."""
    if path.startswith(_CONTACTS_V5):
        return site.readings["contacts-v5"] == "absent"
    if path.startswith(_CARTS_V1):
        return site.readings["cart-v1"] == "unknown-path"
    return site.readings["reader-paths"] == "absent" and _DOUBTFUL.fullmatch(path) is not None


def caller_of(site: Site, route: Route) -> Caller:
    """Return the credential that an endpoint accepts on this site."""
    is_for_apps = route.path.startswith(_CONTACTS_V5) and site.readings["contacts-v5"] == "apps"
    return Caller.APP if is_for_apps else route.caller


def handler_on(site: Site, route: Route, path: str) -> Handler:
    """Return the handler of an endpoint's path on this site.

    Raises:
        WixError: 428 for a call of another store catalog than the site's and for a new V3 site, 501 for a Catalog V1
            call on a site that was moved, 401 for one on a site without Wix Stores; 410, 501 or 404 for a removed call.
    """
    if path.startswith(_CARTS_V1):
        _refuse_removed(site.readings["cart-v1"])
    if route.on_v3 is not None and path == route.path and _reader_answers(site):
        return route.on_v3
    _check(site, route)
    return route.handler


def _reader_answers(site: Site) -> bool:
    if site.v1_calls is not None:
        return site.v1_calls == "200-on-reader"
    return site.catalog is StoreCatalog.V3 and site.readings["reader-path-on-v3"] == "answers"


def _refuse_removed(reading: str) -> None:
    text = "Cart V1 and Checkout V1 were removed: use Cart V2"
    if reading == "not-found":
        raise application_error(HTTPStatus.NOT_FOUND, "NOT_FOUND", text)
    if reading in _REMOVED:
        raise WixError(_REMOVED[reading], text)


_REMOVED = {"gone": HTTPStatus.GONE, "not-implemented": HTTPStatus.NOT_IMPLEMENTED}


def _check(site: Site, route: Route) -> None:
    needed, present = route.catalog, site.catalog
    if needed is None:
        return
    if present is StoreCatalog.ABSENT:
        if needed is StoreCatalog.V1:
            raise WixError(HTTPStatus.UNAUTHORIZED, "Wix Stores is not installed on this site")
        raise error_428("REQUIRED_APP_NOT_INSTALLED", "Wix Stores is not installed on this site")
    if needed is StoreCatalog.V1 and site.v1_calls == "501":
        raise WixError(HTTPStatus.NOT_IMPLEMENTED, "This operation is not supported on sites with Catalog V3")
    if needed is not present:
        prefix = "CATALOG_V3" if present is StoreCatalog.V3 else "CATALOG_V1_SITE"
        code = f"{prefix}_CALLING_CATALOG_{needed.name}_API"
        raise error_428(code, f"The site has Catalog {present.name}; this call needs {needed.name}")
    if present is StoreCatalog.V3 and _is_new(site, route):
        raise error_428(site.readings["provisioning-code"], "The store of this site is being set up")


def _is_new(site: Site, route: Route) -> bool:
    """True if the site is too new for the call."""
    wait = site.options.provisioning_ms / (2 if route.reads else 1)
    return wait > 0 and site.clock() < site.opened + timedelta(milliseconds=wait)
