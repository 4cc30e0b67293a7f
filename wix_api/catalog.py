"""Which of Wix's two store catalogs a site has.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-versioning
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wix_api.errors import NotFoundError, PermissionDeniedError, SiteNotReadyError, UnexpectedResponseError
from wix_api.operations import Operation
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOG_VERSION = Operation("GET", "/stores/v3/provision/version", scope="SCOPE.STORES.CATALOG_READ_LIMITED")
_ONE_PRODUCT = Operation("POST", "/stores/v3/products/query", reads=True)


class StoreCatalog(StrEnum):
    """A site runs one of them, for as long as Wix does not move it from V1 to V3."""

    V1 = "V1_CATALOG"
    V3 = "V3_CATALOG"
    ABSENT = "STORES_NOT_INSTALLED"

    @classmethod
    def from_setting(cls, setting: str) -> StoreCatalog | None:
        """Read the setting `store_catalog`: `v1`, `v3`, or `auto`, which gives None."""
        return {"v1": cls.V1, "v3": cls.V3}.get(setting.lower())


_BY_REFUSAL = {Refusal.OTHER_CATALOG: StoreCatalog.V1, Refusal.APP_MISSING: StoreCatalog.ABSENT}


def detect(call: Callable[..., dict[str, Any]]) -> StoreCatalog:
    """Ask Wix which catalog the site has.

    `call` is `WixClient.call`. A key that may read products but not the version gets a 403; then a query tells.

    Raises:
        WixError: Wix cannot be asked, or is not there.
    """
    try:
        answer = call(CATALOG_VERSION)
    except PermissionDeniedError:
        return _probe(call)
    except NotFoundError as error:
        msg = f"{error} Every Wix site answers this call, so check `api_url`."
        raise UnexpectedResponseError(msg, status=error.status) from None
    try:
        return StoreCatalog(str(answer.get("catalogVersion")))
    except ValueError:
        msg = (
            f"Wix names a store catalog that this version does not know ({answer.get('catalogVersion')!r}). "
            "Set `store_catalog` to v1 or v3, or update."
        )
        raise UnexpectedResponseError(msg) from None


def _probe(call: Callable[..., dict[str, Any]]) -> StoreCatalog:
    try:
        call(_ONE_PRODUCT, body={"query": {"cursorPaging": {"limit": 1}}})
    except SiteNotReadyError as error:
        if error.refusal not in _BY_REFUSAL:
            raise
        return _BY_REFUSAL[error.refusal]
    return StoreCatalog.V3
