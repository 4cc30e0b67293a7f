"""Recognizes the format of a product file by the names of its columns, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from wix_files.cells import Cells, Findings, Row
from wix_files.feeds import Feed
from wix_files.plain import NAMES, Plain
from wix_files.shopify import Shopify
from wix_files.squarespace import Squarespace
from wix_files.wix_v1 import WixV1
from wix_files.wix_v3 import WixV3
from wix_files.woocommerce import WooCommerce

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from wix_files.csv_files import CsvRow
    from wix_files.product_format import ProductFormat

FORMATS: dict[str, ProductFormat] = {each.name: each for each in (WixV1(), WixV3(), Shopify(), WooCommerce(), Plain())}
"""The formats that are read and written by their names, the most specific first."""
READABLE: dict[str, ProductFormat] = {each.name: each for each in (Feed(), Squarespace(), *FORMATS.values())}
"""The formats that are read, in the same order."""
_MOST_NAMED = 8
_LEAST_PLAIN = 2
_LEAST_NEAR = 0.7
"""Less than for settings and members of records: with a wrong letter, `name` and `cost` are 75 % similar."""


class HeaderError(ValueError):
    """The columns are not those of a product file, or some of them are unknown."""


@dataclass(frozen=True)
class Layout:
    """A format, and its columns by the columns of the input.

    Attributes:
        format: The format.
        columns: Header → the format's name of the column; headers that are left out are missing.
        left_out: Headers of columns that have no place on a Wix site.
        apart: Headers of columns that do not belong to a product: a command, and those that Singer adds.
        own: Header → its spelling in the file, for messages, if the user renamed the column.
    """

    format: ProductFormat
    columns: Mapping[str, str]
    left_out: tuple[str, ...]
    apart: frozenset[str] = frozenset()
    own: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _shown(self) -> Mapping[str, str]:
        return {column: self.in_file(header) for column, header in self.spellings.items()}

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """The format's name of a column → its header."""
        return {column: header for header, column in self.columns.items()}

    def in_file(self, header: str) -> str:
        """Return a header as the file spells it, for messages."""
        return self.own.get(header, header)

    def row(self, line: int, cells: Mapping[str, Any], broken: str = "") -> Row:
        """Return a row with the format's own column names."""
        columns = self.columns
        named = {columns[header]: value for header, value in cells.items() if header in columns}
        apart = {header: cells[header] for header in self.apart if header in cells}
        return Row(line, named, self._shown, broken, apart)

    def named(self, columns: Iterable[str]) -> str:
        """Return the headers of those columns that the input has, by the format's name or its own, for a message."""
        wanted = {column.lower() for column in columns}
        spellings = self.spellings.items()
        headers = [self._shown[column] for column, header in spellings if wanted & {column.lower(), header.lower()}]
        return " or ".join(f"`{header}`" for header in headers)

    def together(self, rows: Iterator[CsvRow]) -> Iterator[CsvRow]:
        """Yield rows so that those of a product follow each other."""
        for row, changed in self.format.together(rows, self._cells):
            cells = {self.spellings[column]: text for column, text in changed.items()}
            yield replace(row, cells={**row.cells, **cells}) if cells else row

    def _cells(self, row: CsvRow) -> Cells:
        return Cells(self.row(row.line, row.cells), Findings())


def recognise(
    headers: Iterable[str],
    name: str | None = None,
    *,
    apart: frozenset[str] = frozenset(),
    wanted: Container[str] = (),
    ignores_others: bool = False,
) -> Layout:
    """Return the format that has these columns.

    Args:
        headers: Their names. Case, blanks, hyphens and underscores do not matter. Columns without a name are ignored.
        name: Name of the format, if it is not to be recognized by the columns.
        apart: Names of columns that do not belong to a product, in addition to all that begin with `_`.
        wanted: Names that the format must have, such as those that `--map` gives.
        ignores_others: True to leave out other columns that the format lacks.

    Raises:
        HeaderError: The message names the columns that were found and expected.
    """
    listed = list(headers)
    apart = apart.intersection(listed) | {header for header in listed if header.startswith("_")}
    headers = [header for header in listed if header and header not in apart]
    chosen = READABLE[name] if name else format_of(headers)
    if chosen is None:
        raise HeaderError(_unknown(headers))
    known = _known(chosen)
    columns, left_out, strange = {}, [], []
    for header in headers:
        if (column := known.get(_key(header)) or chosen.further_column(_key(header))) is not None:
            columns[header] = column
        elif (ignores_others and header not in wanted) or chosen.left_out.fullmatch(_words(header)):
            left_out.append(header)
        else:
            strange.append(header)
    if strange:
        advice = next((chosen.other_files[key] for key in map(_key, strange) if key in chosen.other_files), "")
        raise HeaderError(advice or _strange(strange, chosen))
    _check_once(headers, columns, chosen)
    return Layout(chosen, columns, tuple(left_out), apart)


def format_of(headers: Iterable[str]) -> ProductFormat | None:
    """Return the format whose signature columns are present; None if there is none.

    Of several formats, it is the first that has all columns, else the first one.
    """
    listed = [header for header in headers if header]
    found = []
    for each in READABLE.values():
        columns = {known[key] for known in (_known(each),) for key in map(_key, listed) if key in known}
        if any(signature <= columns for signature in each.signature):
            found.append(each)
    whole = (each for each in found if all(_has(each, header) for header in listed))
    return next(whole, found[0] if found else None)


def _has(product_format: ProductFormat, header: str) -> bool:
    """True if a format knows a column, also one that it leaves out."""
    key, left_out = _key(header), product_format.left_out.fullmatch(_words(header))
    return bool(key in _known(product_format) or left_out or product_format.further_column(key))


def format_of_file(headers: Iterable[str]) -> ProductFormat | None:
    """Return the format of a file, which can only contain rows: plain columns need no distinguishing column.

    Of two plain columns with one that identifies the product, the message about the other columns is the clearer one.
    """
    listed = list(headers)
    known, plain = _known(FORMATS["plain"]), FORMATS["plain"]
    columns = {known.get(_key(header)) for header in listed}
    is_plain = None not in columns or len(columns) > _LEAST_PLAIN
    return format_of(listed) or (plain if is_plain and columns & set(NAMES) else None)


@cache
def _known(product_format: ProductFormat) -> Mapping[str, str]:
    columns = (*product_format.columns, *product_format.only_read)
    own = {_key(product_format.headers.get(column, column)): column for column in columns}
    return {**{_key(header): column for header, column in product_format.aliases.items()}, **own}


def _key(header: str) -> str:
    named = header.removeprefix("ï»¿")  # a byte order mark that a program read as letters
    return "".join(letter for letter in named.casefold() if letter.isalnum())


def _words(header: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in header.casefold()).split())


def _check_once(headers: list[str], columns: Mapping[str, str], chosen: ProductFormat) -> None:
    seen: dict[str, str] = {}
    for header in headers:
        column = columns.get(header)
        if column is None:
            continue
        if column in seen and not (column in chosen.repeatable and seen[column] == header):
            advice = ", or name it `image1`" if column == chosen.picture_column and "image" in chosen.further else ""
            msg = f"The columns `{seen[column]}` and `{header}` mean the same. Delete one of them{advice}."
            raise HeaderError(msg)
        seen[column] = header


def _strange(strange: list[str], chosen: ProductFormat) -> str:
    given = []
    names = [chosen.headers.get(column, column) for column in chosen.columns]
    own = {name: chosen.headers.get(column, column) for name, column in chosen.aliases.items()}
    spelled = {name.casefold(): meant for name, meant in (*own.items(), *zip(names, names, strict=True))}
    for header in strange[:_MOST_NAMED]:
        near = get_close_matches(header.casefold(), spelled, 1, _LEAST_NEAR)
        given.append(f"`{header[:40]}`" + (f" (perhaps `{spelled[near[0]]}`)" if near else ""))
    more = f" and {len(strange) - _MOST_NAMED} more" if len(strange) > _MOST_NAMED else ""
    expected = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    return (
        f"A file of {chosen.title} has no column {', '.join(given)}{more}. Rename or delete "
        f"{'it' if len(strange) == 1 else 'them'}; expected are {expected}, …"
    )


def _unknown(headers: list[str]) -> str:
    found = ", ".join(f"`{header[:30]}`" for header in headers[:_MOST_NAMED]) or "none"
    begins = {each.title: [each.headers.get(name, name) for name in each.columns[:4]] for each in FORMATS.values()}
    expected = "; ".join(f"{title}: {', '.join(f'`{name}`' for name in names)}, …" for title, names in begins.items())
    advice = " If the line is a title, delete it: the first line contains the names of the columns."
    return (
        f"These columns are not those of a product file: {found}. Expected is one of: {expected}."
        f"{advice if len(headers) == 1 else ''}"
    )
