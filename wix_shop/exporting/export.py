"""An export: products of a shop into a product file, one at a time, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from wix_files.csv_writing import ProductWriter
from wix_files.product_format import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_files.product_format import ProductFormat
    from wix_shop.exporting.shop import Shop


@dataclass
class Account:
    """What became of the products.

    Attributes:
        written: How many are in the file.
        left_out: How many the format cannot hold.
        unheld: What it has no columns for → how many products of the file have it.
    """

    written: int = 0
    left_out: int = 0
    unheld: Counter[str] = field(default_factory=Counter)

    @override
    def __str__(self) -> str:
        left_out = f", {self.left_out:,} left out (see above)" if self.left_out else ""
        return f"{self.written:,} product{'' if self.written == 1 else 's'} written{left_out}"

    def notes(self) -> Iterator[str]:
        """Return what is missing from the products in the file."""
        if self.unheld:
            listed = ", ".join(
                f"{name} (of {count:,} product{'' if count == 1 else 's'})" for name, count in self.unheld.items()
            )
            yield f"The format has no columns for {listed}. An import of the file leaves them as they are."


def export(shop: Shop, product_format: ProductFormat, file: IO[str], warn: Callable[[str], None]) -> Account:
    """Write a file.

    Args:
        shop: Where the products are.
        product_format: As what.
        file: Where to.
        warn: Called with a sentence for each product that is left out.

    Raises:
        WixError: The shop cannot be read.
        OSError: The file cannot be written.
    """
    account = Account()
    writer = ProductWriter(file, product_format)
    for product in shop.products():
        try:
            writer.write(shop.complete(product))
        except UnwritableError as error:
            warn(f"`{product.get('name')}` ({product['id']}) is left out: {error}.")
            account.left_out += 1
            continue
        account.written += 1
        account.unheld.update(name for member, name in product_format.unheld.items() if _says(product, member))
    return account


def _says(value: Any, path: str) -> bool:
    """True if a member says anything, or has the value in the path; a path goes through all elements of a list."""
    if isinstance(value, list):
        return any(_says(one, path) for one in value)
    member, _, rest = path.partition(".")
    member, _, wanted = member.partition("=")
    inner = value.get(member) if isinstance(value, dict) else None
    if wanted:
        return str(inner) == wanted
    return _says(inner, rest) if rest else _is_filled(inner)


def _is_filled(value: Any) -> bool:
    """Whether a member says anything, at any depth."""
    if isinstance(value, dict):
        return any(map(_is_filled, value.values()))
    return any(map(_is_filled, value)) if isinstance(value, list) else value not in {None, "", False}
