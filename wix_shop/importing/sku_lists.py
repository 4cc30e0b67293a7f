"""Price and stock lists: rows with the SKUs of variants become rows of their products, with all their variants."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from target_wix.change import DELETED_AT, Command
from target_wix.concurrency import batches
from target_wix.domains.locating import variants_of_v1
from target_wix.domains.lookup import ProductLookupV1, ProductLookupV3, SkuSearchV3
from target_wix.matching import LOOKUP_SIZE
from wix_api.catalog import StoreCatalog
from wix_api.endpoints import stores_v1
from wix_api.languages import VALUES
from wix_api.products.mapping import elements
from wix_api.products.options import choices_of
from wix_api.products.product import lift
from wix_api.products.variants import variants_of
from wix_files.cells import Cells, Findings, written
from wix_files.csv_files import FileError
from wix_files.option_cells import chosen_names
from wix_files.plain import OPTIONS, KeptOption, Plain
from wix_files.product_format import UnwritableError
from wix_shop.importing.console import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.change import Entity
    from target_wix.run import Run
    from wix_files.csv_files import CsvRow
    from wix_files.recognition import Layout
    from wix_files.sources import Source
    from wix_shop.importing.inspection import Inspection

T = TypeVar("T")

_SKU = "sku"
_PRICES = ("price", "compareAtPrice")
_OF_A_LIST = {_SKU, *_PRICES, "barcode", "cost", "inventory", "weight"}
_ADDED = [
    name
    for name in Plain.columns
    if name in {"id", "handle", "slug"} or name.startswith((OPTIONS.name, OPTIONS.choices))
]
_FIRST_OPTION = f"{OPTIONS.name}1"
_LOOKUPS = 20
"""Look-ups whose results are in memory at a time."""
_OTHER_COMMANDS = {Command.CREATE.value, Command.DELETE.value, Command.IGNORE.value}

ReadRow = tuple[int, dict[str, Any], str]
"""The line of a row, its cells by header, and what is wrong with it, or ""."""


def is_list(layout: Layout, options: Mapping[str, Any]) -> bool:
    """True if a file has SKUs, further columns only of variants, and an import with `options` updates by SKU."""
    columns = set(layout.columns.values())
    updates = options.get("command") not in _OTHER_COMMANDS and _SKU in (options.get("match_on") or [_SKU])
    return updates and isinstance(layout.format, Plain) and _SKU in columns and columns <= _OF_A_LIST


def with_ids(config: dict[str, Any]) -> dict[str, Any]:
    """Return settings with which products are found by their ids, too: rows of lists have none."""
    streams = config.get("stream_options") or {}
    options = streams.get(STREAM) or {}
    if not options.get("match_on"):
        return config
    own = {**options, "match_on": list(dict.fromkeys(["id", *options["match_on"]]))}
    return {**config, "stream_options": {**streams, STREAM: own}}


class _Listed(NamedTuple):
    """A row of a variant."""

    sku: str
    row: ReadRow


class SkuList:
    """Reads the rows of a list for one run.

    Products are read from the site in the order in which the list first names them, some at a time.
    """

    def __init__(self, run: Run, inspection: Inspection, command_column: str) -> None:
        self._run = run
        self._inspection = inspection
        self._command_column = command_column
        self._groups: dict[str, list[_Listed]] = {}
        self._of_lines: dict[int, str] = {}
        self._problems: dict[int, str] = {}
        self._unread: Iterator[str] = iter(())
        self._read: dict[str, Entity | None] = {}

    @property
    def columns(self) -> list[str]:
        """Columns that the rows have in addition to those of the file."""
        return _ADDED if self._groups else []

    def find(self, source: Source) -> None:
        """Find the products of the variants that a file lists."""
        owners = self._owners(list(dict.fromkeys(sku for _, sku in self._skus(source))))
        heads = self._inspection.heads
        heads.clear()
        for row, sku in self._skus(source):
            found = owners.get(sku, [])
            if len(found) > 1:
                self._problems[row.line] = (
                    f"{len(found)} variants of the site have the SKU `{sku}`, so the row may be of any of them. Give "
                    "each of them its own SKU in the dashboard, or export the products with `wix-export`, and change "
                    "that file."
                )
            elif found:
                cells, broken = self._inspection.read(row)
                group = self._groups.setdefault(found[0], [])
                group.append(_Listed(sku, (row.line, cells, broken)))
                heads[row.line] = group[0].row[0]
        self._unread = iter(list(self._groups))
        self._of_lines = {group[0].row[0]: product_id for product_id, group in self._groups.items()}

    def rows(self, rows: Iterable[CsvRow]) -> Iterator[ReadRow]:
        """Yield the rows of a file; in place of the first row of a product with options, those of all its variants."""
        for row in rows:
            head = self._inspection.heads.get(row.line)
            if head is None:
                cells, broken = self._inspection.read(row)
                yield row.line, cells, broken or self._problems.get(row.line, "")
            elif head == row.line:
                yield from self._whole(self._of_lines[head])

    # Find

    def _skus(self, source: Source) -> Iterator[tuple[CsvRow, str]]:
        """Yield the rows of a file with a SKU that may be a variant's, unless a row has a command that updates none."""
        with source.opened() as file, suppress(FileError):  # the import reports it
            for row in file.rows:
                cells = Cells(self._inspection.layout.row(row.line, row.cells), Findings())
                command = written(row.cells.get(self._command_column)).strip().casefold()
                sku = (cells.code(_SKU) or "").strip()
                if sku and not (command in _OTHER_COMMANDS or row.cells.get(DELETED_AT)):
                    yield row, sku

    def _owners(self, skus: list[str]) -> dict[str, list[str]]:
        """Return the product of each variant with one of the SKUs, if any of them is of a product with options."""
        owners: dict[str, list[str]] = {}
        with_options: set[str] = set()
        ids: dict[str, str] = {}
        is_v1 = self._run.client.store_catalog is StoreCatalog.V1
        for sku, product_id, has_options in self._hits_v1(skus) if is_v1 else self._hits_v3(skus):
            owners.setdefault(sku, []).append(ids.setdefault(product_id, product_id))  # one text in memory
            if has_options:
                with_options.add(sku)
        return {sku: found for sku, found in owners.items() if sku in with_options}

    def _hits_v3(self, skus: list[str]) -> Iterator[tuple[str, str, bool]]:
        search = self._run.once(SkuSearchV3)
        return ((hit.sku, hit.product_id, hit.has_choices) for hit in self._looked_up(skus, search.find, VALUES))

    def _hits_v1(self, skus: list[str]) -> list[tuple[str, str, bool]]:
        """Return the variants with the SKUs. V1 does not filter by those of variants, so all products may be read."""
        wanted, lookup = set(skus), ProductLookupV1(self._run)

        def of(products: Iterable[Entity]) -> list[tuple[str, str, bool]]:
            return [
                (one.sku, product["id"], bool(product.get("productOptions") and product.get("manageVariants")))
                for product in products
                for one in variants_of_v1(product)
                if one.sku in wanted
            ]

        def find(some: list[str]) -> list[tuple[str, str, bool]]:
            return of(hit.entity for hit in lookup.find(_SKU, some) if hit.entity)

        hits = list(self._looked_up(skus, find, LOOKUP_SIZE))
        return of(self._run.rows(stores_v1.PRODUCTS)) if wanted - {sku for sku, _, _ in hits} else hits

    def _looked_up(self, skus: list[str], find: Callable[[list[str]], list[T]], size: int) -> Iterator[T]:
        """Yield the hits of look-ups with at most `size` SKUs each, and report the progress."""
        for at in range(0, len(skus), _LOOKUPS * size):
            self._run.progress.report(partial("{:,} of {:,} SKUs looked up".format, at, len(skus)))
            for found in self._run.together(find, batches(skus[at : at + _LOOKUPS * size], size)):
                yield from found

    # Join

    def _whole(self, product_id: str) -> Iterator[ReadRow]:
        """Yield the rows of a product that an export would have, with the cells of the list."""
        listed = self._groups.pop(product_id)
        product = self._product(product_id)
        own = {one.sku: one.row for one in reversed(listed)}
        try:
            head, *others = Plain().write(product) if product else ({},)
        except UnwritableError as error:
            why = f"{error}, so a list cannot name its variants. Correct it in the dashboard."
            yield from ((line, cells, broken or why) for _, (line, cells, broken) in listed)
            return
        if not own.keys() <= {row[_SKU] for row in others}:  # somebody has changed the product meanwhile
            yield from (row for _, row in listed)
            return
        first = listed[0].row[0]
        commands = (cells.get(self._command_column) for _, (_, cells, _) in listed)
        command = next(filter(None, commands), None)
        own_command = {self._command_column: command} if command else {}
        kept = {_FIRST_OPTION: KeptOption(head[_FIRST_OPTION])} if head else {}
        yield first, {**_added(head), **own_command, **kept}, ""
        for row in others:
            line, cells, broken = own.get(row[_SKU], (first, {}, ""))
            yield line, {**self._priced(cells, row), **_added(row)}, broken

    def _priced(self, cells: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
        """Return the cells of a variant without its SKU, and with the prices of the site if its price is blank.

        On catalog V1, a variant without a price gets that of its product, which may be another one.
        """
        spellings = self._inspection.layout.spellings
        found = {header: cell for header, cell in cells.items() if header != spellings[_SKU]}
        barcode = spellings.get("barcode")
        if barcode and isinstance(text := found.get(barcode), str):
            found[barcode] = text.strip()  # rows with an ID, as in an export, keep the blanks
        price = spellings.get(_PRICES[0])
        if price and not written(found.get(price)).strip():
            for column, header in ((column, spellings.get(column)) for column in _PRICES):
                if header and not written(found.get(header)).strip():
                    found[header] = row[column]
        return found

    def _product(self, product_id: str) -> Entity | None:
        if product_id not in self._read:
            some = list(islice(self._unread, LOOKUP_SIZE))
            self._read = {**dict.fromkeys(some), **self._products(some)}
        return self._read.pop(product_id)

    def _products(self, ids: list[str]) -> dict[str, Entity]:
        """Return products in the common shape, with what names them and their variants."""
        if self._run.client.store_catalog is StoreCatalog.V1:
            found = {one: lift(product) for one, product in ProductLookupV1(self._run).fetch(ids).items()}
        else:
            lookup = ProductLookupV3(self._run)
            found = lookup.with_variants(lookup.fetch(ids, known_to_exist=()))
        return {
            one: {
                **{name: product.get(name) for name in ("id", "handle", "slug", "options")},
                "variantsInfo": {"variants": _in_order(product)},
            }
            for one, product in found.items()
        }


def _in_order(product: Entity) -> list[Entity]:
    """Return the variants of a product in the order of its choices: a write stores them in the order of the rows."""
    options = elements(product.get("options"))
    names = {str(option.get("name")): [choice.get("name") for choice in choices_of(option)] for option in options}

    def places(variant: Entity) -> list[int]:
        chosen = chosen_names(elements(variant.get("choices")), options)
        return [listed.index(chosen[name]) if chosen.get(name) in listed else -1 for name, listed in names.items()]

    return sorted(variants_of(product), key=places)


def _added(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[name] for name in _ADDED if row.get(name)}
