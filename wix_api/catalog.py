"""Which of Wix's two store catalogs a site has.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-versioning
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from wix_api.errors import (
    NotFoundError,
    PermissionDeniedError,
    RejectionError,
    SiteNotReadyError,
    UnexpectedResponseError,
)
from wix_api.operations import Operation
from wix_api.pages import RowsDecoder
from wix_api.refusals import Refusal

CATALOG_VERSION = Operation("GET", "/stores/v3/provision/version", scope="SCOPE.STORES.CATALOG_READ_LIMITED")
SET_TO_V1 = (
    "Setting `store_catalog` is v1, but the site has store catalog V3: Wix moved it. "
    "Set `store_catalog` to auto or v3, and run it again."
)
_ONE_V3_PRODUCT = Operation("POST", "/stores/v3/products/query", reads=True)
_ONE_V1_PRODUCT = Operation("POST", "/stores/v1/products/query", reads=True)


class StoreCatalog(StrEnum):
    """The store catalog of a site. Wix may move a site from V1 to V3, but not back."""

    V1 = "V1_CATALOG"
    V3 = "V3_CATALOG"
    ABSENT = "STORES_NOT_INSTALLED"

    @classmethod
    def from_setting(cls, setting: str) -> StoreCatalog | None:
        """Read the setting `store_catalog`: `v1`, `v3`, or `auto`, which returns None."""
        return {"v1": cls.V1, "v3": cls.V3}.get(setting.lower())


Call = Callable[..., Any]
"""`WixClient.decoded`."""
Patience = Callable[[Callable[[], Any]], Any]
"""Repeats a call while a new site is not ready for it."""


class _Version(msgspec.Struct):
    catalogVersion: str  # noqa: N815 - as Wix writes it


_VERSION = msgspec.json.Decoder(_Version)
_PRODUCTS = RowsDecoder("products", msgspec.Raw)


def detect(call: Call, patiently: Patience) -> StoreCatalog:
    """Ask Wix which catalog the site has.

    A key that may read products but not the catalog version gets a 403: see `_probe`.

    Args:
        call: Calls Wix.
        patiently: Repeats a call for which the site is not ready.

    Raises:
        WixError: Wix refuses the question, or cannot be reached.
    """
    try:
        version = patiently(lambda: call(CATALOG_VERSION, _VERSION)).catalogVersion
    except PermissionDeniedError:
        return _probe(call, patiently)
    except NotFoundError as error:
        msg = f"{error} Every Wix site answers this call, so check `api_url`."
        raise UnexpectedResponseError(msg, status=error.status) from None
    try:
        return StoreCatalog(version)
    except ValueError:
        msg = (
            f"Wix returned a store catalog that this version does not know ({version!r}). "
            "Set `store_catalog` to v1 or v3, or update."
        )
        raise UnexpectedResponseError(msg) from None


def _probe(call: Call, patiently: Patience) -> StoreCatalog:
    """Return the catalog whose queries of products Wix answers.

    A new V3 site reports V1 for a while. So V1 is believed only if V1's own query is answered (not the one under
    `/stores-reader/`, which V3 sites answer too), or if V3's query is refused until the retries end.
    """
    body = {"query": {"cursorPaging": {"limit": 1}}}
    try:
        call(_ONE_V3_PRODUCT, _PRODUCTS, body=body)
    except SiteNotReadyError as error:
        if error.refusal is Refusal.APP_MISSING:
            return StoreCatalog.ABSENT
    else:
        return StoreCatalog.V3
    with suppress(PermissionDeniedError, RejectionError, SiteNotReadyError):
        call(_ONE_V1_PRODUCT, _PRODUCTS, body={"query": {"paging": {"limit": 1}}})
        return StoreCatalog.V1
    try:
        patiently(lambda: call(_ONE_V3_PRODUCT, _PRODUCTS, body=body))
    except SiteNotReadyError as error:
        if error.refusal is not Refusal.OTHER_CATALOG:
            raise
        return StoreCatalog.V1
    return StoreCatalog.V3
