"""The table of docs/permissions.md: what each permission is called, and what it is for."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

from tools.markdown import table
from wix_api import endpoints
from wix_api.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    "SCOPE.CATEGORIES.CATEGORY_READ": "Read categories",
    "SCOPE.CRM.SETUP-AUTOMATIONS": "Set Up Automations",
    "SCOPE.DC-CONTACTS.MANAGE-CONTACTS": "Manage Contacts",
    "SCOPE.DC-CONTACTS.READ-CONTACTS": "Read Contacts",
    "SCOPE.DC-FORMS.MANAGE-SUBMISSIONS": "Manage Submissions",
    "SCOPE.DC-FORMS.READ-SUBMISSIONS": "Read Submissions",
    "SCOPE.DC-INBOX.MANAGE-MSGS": "Manage Inbox Messages",
    "SCOPE.DC-INBOX.READ-MSGS": "Read Inbox Messages",
    "SCOPE.DC-MEMBERS.READ-MEMBERS": "Read Members",
    "SCOPE.DC-MEDIA.MANAGE-MEDIAMANAGER": "Manage Media Manager",
    "SCOPE.DC-MEDIA.READ-MEDIAMANAGER": "Read Media Manager",
    "SCOPE.DC-STORES.MANAGE-ORDERS": "Manage Orders",
    "SCOPE.DC-STORES.MANAGE-PRODUCTS": "Manage Products",
    "SCOPE.DC-STORES.READ-ORDERS": "Read Orders",
    "SCOPE.DC-STORES.READ-PRODUCTS": "Read Products",
    "SCOPE.DEV_CENTER.APP-INSTANCE-READ-BASIC-INFO": "Read site, business, and email details",
    "SCOPE.STORES.BRAND_READ": "Read brands in catalog v3",
    "SCOPE.STORES.CUSTOMIZATION_READ": "Read customizations in v3 catalog",
    "SCOPE.STORES.INFO_SECTION_READ": "Read info sections in v3 catalog",
    "SCOPE.STORES.INVENTORY_ITEM_READ": "Read inventory in v3 catalog",
    "SCOPE.STORES.PRODUCT_READ": "Read products in v3 catalog",
    "SCOPE.STORES.PRODUCT_WRITE": "Product write in v3 catalog",
    "SCOPE.STORES.RIBBON_READ": "Read ribbons in v3 catalog",
}
"""Names by id, as `@permissionScope` and `@permissionScopeId` of the typings in Wix's npm packages pair them."""
READS = {
    "SCOPE.DEV_CENTER.APP-INSTANCE-READ-BASIC-INFO": "show the site's name in the plan of `wix-import`, which works "
    "without it",
    "SCOPE.DC-MEDIA.READ-MEDIAMANAGER": "find pictures of `wix-import --images` that the site has already, and check "
    "that pictures arrive",
    "SCOPE.STORES.CUSTOMIZATION_READ": "count the choices of options in plans on catalog V3, which work without it",
}
"""What permissions are for that no stream needs."""
WRITES = {
    "SCOPE.CATEGORIES.CATEGORY_WRITE": "write `collections`, `collection_products` on catalog V3",
    "SCOPE.CRM.SETUP-AUTOMATIONS": "run `wix-listen subscribe`",
    "SCOPE.DC-CONTACTS.MANAGE-CONTACTS": "write `contacts`, `contact_labels`",
    "SCOPE.DC-FORMS.MANAGE-SUBMISSIONS": "write `form_submissions`",
    "SCOPE.DC-INBOX.MANAGE-MSGS": "write `messages`",
    "SCOPE.DC-MEDIA.MANAGE-MEDIAMANAGER": "upload the pictures of `wix-import --images`",
    "SCOPE.DC-STORES.MANAGE-ORDERS": "write `orders`, `fulfillments`",
    "SCOPE.DC-STORES.MANAGE-PRODUCTS": "write products, variants, stock, collections on catalog V1",
    "SCOPE.STORES.INVENTORY_ITEM_WRITE": "write `inventory_items` on catalog V3",
    "SCOPE.STORES.PRODUCT_WRITE": "write `products`, `product_variants`, `brands`, `ribbons` on catalog V3",
}


def operations() -> Iterator[Operation]:
    """Yield every operation that the modules of `wix_api.endpoints` name."""
    for module in pkgutil.iter_modules(endpoints.__path__):
        yield from _within(vars(importlib.import_module(f"{endpoints.__name__}.{module.name}")).values())


def _within(values: Any) -> Iterator[Operation]:
    for value in values:
        if isinstance(value, Operation):
            yield value
        elif hasattr(value, "__dataclass_fields__"):
            yield from _within(getattr(value, name, None) for name in value.__dataclass_fields__)
        elif isinstance(value, tuple):
            yield from _within(value)


def permission_table(streams: dict[str, set[str]]) -> str:
    """Return the permissions, those that only read first.

    Args:
        streams: Names of the streams of tap-wix by the id of the permission that they need.
    """
    scopes = {each.scope for each in operations() if each.scope} | streams.keys()
    rows = []
    for scope in sorted(scopes, key=lambda each: (each in WRITES, each)):
        reads = ", ".join(f"`{name}`" for name in sorted(streams.get(scope, ())))
        uses = [f"read {reads}"] if reads else []
        uses += [READS[scope]] if scope in READS else []
        uses += [WRITES[scope]] if scope in WRITES else []
        rows.append((NAMES.get(scope, "not documented"), f"`{scope}`", "; ".join(uses)))
    return table(("Permission", "ID", "To"), rows)
