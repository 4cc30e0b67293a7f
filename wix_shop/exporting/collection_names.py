"""Names of collections in product files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from wix_api.products.collection import name_of_slug
from wix_files.product_format import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_files.product_format import Entity


_SLUG = "slug"


class CollectionNames:
    """Replaces the ids of collections in products with names.

    Attributes:
        nameless: Slugs from which an import would derive another name, with the names of their collections.

    Args:
        member: Member of collections that is used as the name: `name` or `slug`; "" to use their ids.
    """

    def __init__(self, member: str) -> None:
        self._member = member
        self._names: dict[str, str] = {}
        self._often: Counter[str] = Counter()
        self._of_all: set[str] = set()
        self.nameless: dict[str, str] = {}

    def add(self, rows: Iterable[bytes]) -> None:
        """Add rows of the stream `collections`. All rows must be added before the first product."""
        for row in rows:
            collection = msgspec.json.decode(row)
            if collection.get("managingAppId"):  # All Products, which contains every product
                self._of_all.add(collection["id"])
            else:
                self._names[collection["id"]] = given = str(collection.get(self._member) or collection["id"])
                if self._member == _SLUG and collection.get("name") not in {None, name_of_slug(given)}:
                    self.nameless[given] = str(collection["name"])
        self._often = Counter(self._names.values())

    def name(self, product: Entity) -> None:
        """Add sorted names of collections, without All Products, and of the main category to a product, in place.

        Unknown collections keep their ids, which an import understands.

        Raises:
            UnwritableError: Several collections have the name, so an import could not distinguish them.
        """
        given = (product.get("directCategoriesInfo") or {}).get("categories") or []
        names = [self._names.get(one["id"], one["id"]) for one in given if one["id"] not in self._of_all]
        for name in names:
            if self._often[name] > 1:
                msg = f"it is in the collection `{name}`, but {self._often[name]} collections have this name"
                raise UnwritableError(msg)
        product["collections"] = sorted(names)
        product["mainCategoryId"] = self._names.get(product.get("mainCategoryId") or "")
