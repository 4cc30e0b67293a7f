"""An export: writes the products of a shop to a product file, one at a time, and counts them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from wix_api.progress import counted
from wix_files.csv_writing import ProductWriter
from wix_files.product_format import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_files.product_format import ProductFormat
    from wix_shop.exporting.shop import Shop


@dataclass
class Account:
    """Numbers of exported products.

    Attributes:
        written: Number of products in the file.
        left_out: Number of products that the format cannot represent.
        unheld: Number of products in the file with a value without a column, by the name of the value.
    """

    written: int = 0
    left_out: int = 0
    unheld: Counter[str] = field(default_factory=Counter)

    @override
    def __str__(self) -> str:
        left_out = f", {self.left_out:,} left out (see above)" if self.left_out else ""
        return f"{counted(self.written, 'product')} written{left_out}"

    def notes(self) -> Iterator[str]:
        """Yield a note about values that are missing in the file, if there are any."""
        if self.unheld:
            listed = ", ".join(f"{name} (of {counted(count, 'product')})" for name, count in self.unheld.items())
            yield f"The format has no columns for {listed}. An import of the file does not change them."


def export(shop: Shop, product_format: ProductFormat, file: IO[str], warn: Callable[[str], None]) -> Account:
    """Write the products of a shop to a file, and call `warn` with a message for each product that is left out.

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
    """True if the member at a path has a value, or the value in the path (`a.b=value`), in any element of a list."""
    if isinstance(value, list):
        return any(_says(one, path) for one in value)
    member, _, rest = path.partition(".")
    member, _, wanted = member.partition("=")
    inner = value.get(member) if isinstance(value, dict) else None
    if wanted:
        return str(inner) == wanted
    return _says(inner, rest) if rest else _is_filled(inner)


def _is_filled(value: Any) -> bool:
    """True if a member has a value other than null, "" and False, at any depth."""
    if isinstance(value, dict):
        return any(map(_is_filled, value.values()))
    return any(map(_is_filled, value)) if isinstance(value, list) else value not in {None, "", False}
