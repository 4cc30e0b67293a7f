"""Matching of rows with variants: by ids of this or another site, by SKU, by choices, or by the variant's name."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import override

from target_wix.concurrency import batches, grouped
from target_wix.desired import without
from target_wix.domains import product_bodies_v3
from target_wix.domains.lookup import ProductLookupV1, ProductLookupV3, SkuSearchV3
from target_wix.errors import Rejected
from target_wix.matching import LOOKUP_SIZE, PRODUCTS, Key, read_alone, text_of
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.ids import GUID
from wix_api.products.mapping import members
from wix_api.products.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from target_wix.change import Change, Choices, Entity
    from target_wix.domain import Domain
    from target_wix.run import Run

KIND = "variants"
_CHOICES = "choices"
_AMBIGUOUS = "AMBIGUOUS_MATCH"


@dataclass(frozen=True)
class Variant:
    """A variant of the site: its id (unique only within its product), its SKU, and its choices as (option, choice)."""

    id: str
    sku: str
    choices: Choices


class Spot(NamedTuple):
    """A matched variant, and whether its row has ids of another site."""

    product_id: str
    variant_id: str
    is_foreign: bool


# Keys of rows


def variant_keys() -> tuple[Key, ...]:
    """Return the keys of rows of variants or stock, without the id of stock items; `Locator` looks them up."""

    def variant(record: Entity) -> list[str]:
        choices = ", ".join(map("=".join, choices_of(record.get("choices"))))
        place = f"{record.get('variantId') or sku_of(record) or choices} {record.get('locationId') or ''}"
        return [f"{record['productId']} {place}".rstrip()] if record.get("productId") else []

    def sku(record: Entity) -> list[str]:
        return [f"{sku_of(record)} {record.get('locationId') or ''}".rstrip()] if sku_of(record) else []

    def skus(record: Entity) -> list[str]:
        return [*sku(record), *text_of(members(record.get("variant")), "sku")]

    return (Key("variant", variant), Key("sku", sku, has=skus))


def sku_of(record: Entity) -> str:
    """Return the SKU of a row of stock or variants, or ""."""
    inside = record.get("product")
    return next(iter([*text_of(record, "sku"), *text_of(inside if isinstance(inside, dict) else {}, "variantSku")]), "")


def choices_of(listed: Any) -> Choices:
    """Return the choices of a variant, by names, from V1's map or V3's list."""
    if isinstance(listed, dict):
        return tuple(sorted((str(option), str(choice)) for option, choice in listed.items()))
    names = [entry.get("optionChoiceNames") or {} for entry in listed or [] if isinstance(entry, dict)]
    return tuple(sorted((str(one["optionName"]), str(one.get("choiceName"))) for one in names if one.get("optionName")))


# Ids of another site


def remember(run: Run, product: Entity) -> None:
    """Store the choices of each variant id in a product record of either shape.

    Records of stock have only the id of their variant. It differs on another site, where the variant is matched by its
    choices.
    """
    if not product.get("id"):
        return
    named = product_bodies_v3.variants_by_choices(product) or {}
    of_v1 = product.get("variants") if isinstance(product.get("variants"), list) else []
    ids = {chosen: product_bodies_v3.id_of_variant(variant) for chosen, variant in named.items()}
    choices = {str(one): chosen for chosen, one in ids.items() if one}
    choices |= {str(entry["id"]): choices_of(entry.get("choices")) for entry in of_v1 or [] if entry.get("id")}
    for variant, chosen in choices.items():
        run.memory.note(KIND, _CHOICES, f"{product['id']}/{variant}", json.dumps(chosen))


def note(run: Run, record: Mapping[str, Any], variant_id: str) -> None:
    """Store the id on this site of the variant that a row matched."""
    run.memory.link(KIND, _incoming(record), variant_id)


def pick(run: Run, record: Entity, variants: Sequence[Variant], *, foreign: bool) -> Variant | None:
    """Return the variant of a product that matches a row, or None.

    Variants are matched by id, by the match of an earlier row with the same id, by the choices of the row or its
    product, by SKU, and by the variant name of stock records (all choices in one text). If all of this fails, and the
    id is missing or of another site, the only variant of the product matches.
    """
    ways = _candidates(run, record, variants, foreign=foreign)
    return next((found[0] for found in ways if len(found) == 1), None)


def _candidates(run: Run, record: Entity, variants: Sequence[Variant], *, foreign: bool) -> Iterator[Sequence[Variant]]:
    """Yield what each way of `pick` finds. A product has up to 1,000 variants: later ways are seldom needed."""
    ids = {record.get("variantId") and str(record["variantId"]), run.memory.linked(KIND, _incoming(record))}
    yield [variant for variant in variants if variant.id in ids]
    choices, sku = choices_of(record.get("choices")) or _noted_choices(run, record), sku_of(record)
    yield [variant for variant in variants if variant.choices == choices]
    yield [variant for variant in variants if variant.sku and variant.sku == sku]
    yield _by_name(str((record.get("product") or {}).get("variantName") or ""), variants)
    yield variants if foreign or not record.get("variantId") else ()


def _noted_choices(run: Run, record: Mapping[str, Any]) -> Choices | None:
    noted = run.memory.find(KIND, _CHOICES, _incoming(record))
    return tuple((option, choice) for option, choice in json.loads(noted)) if noted else None


def _incoming(record: Mapping[str, Any]) -> str:
    """Return the ids of the variant in a row, or "" if it has none: other rows of the product are other variants."""
    return f"{record.get('productId')}/{record['variantId']}" if record.get("variantId") else ""


def _by_name(name: str, variants: Iterable[Variant]) -> list[Variant]:
    """Return the variants whose choices have the letters of a name; Wix documents neither order nor separator."""
    wanted = _letters(name)
    return [
        variant
        for variant in variants
        if wanted and wanted == sorted(letter for _, choice in variant.choices for letter in _letters(choice))
    ]


def _letters(text: str) -> list[str]:
    return sorted(letter for letter in text.casefold() if letter.isalnum())


class Locator:
    """Matches the rows of a domain with variants."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._run = domain.run
        self._key_names = {key.name for key in domain.matching_keys}

    def find(self, changes: list[Change], source: VariantsOfV1 | VariantsOfV3) -> dict[Change, Spot | Rejected]:
        """Return for each row its variant or the reason why there is no match."""
        records = [self._with_chosen_keys(change.record) for change in changes]
        products = [self._product_of(record) for record in records]
        variants = source.of({one for one, _ in products if one}, {one for one, is_noted in products if is_noted})
        spots = [self._spot(record, product, variants) for record, (product, _) in zip(records, products, strict=True)]
        by_sku = self._by_sku({sku_of(record) for record, spot in zip(records, spots, strict=True) if not spot}, source)
        return {
            change: spot or self._spot_of_sku(record, by_sku.get(sku_of(record), []))
            for change, record, spot in zip(changes, records, spots, strict=True)
        }

    def assign(
        self, changes: list[Change], spots: Mapping[Change, Spot | Rejected], assign: Callable[[Change, Spot], None]
    ) -> list[Change]:
        """Assign the variant to each row; reject rows without one, except deletes, which have nothing to do."""

        def is_assigned(change: Change) -> bool:
            spot = spots.get(change)
            if isinstance(spot, Rejected) and self._domain.matcher.has_key(change):
                return self._domain.without_entity(change, spot, is_named=spot.code != _AMBIGUOUS)
            if isinstance(spot, Spot):
                assign(change, spot)
            return True

        return self._domain.stream.each(changes, is_assigned)

    def _with_chosen_keys(self, record: Entity) -> Entity:
        """Return a record without members of keys that are not in `match_on`."""
        dropped: set[str] = set()
        if "variant" not in self._key_names:
            dropped |= {"productId", "variantId", "choices"}
        if "sku" not in self._key_names:
            dropped |= {"sku", "product"}
        return without(record, *dropped)

    def _product_of(self, record: Entity) -> tuple[str, bool]:
        """Return the id on this site of a row's product, or "", and True if an earlier record matched the product."""
        incoming = str(record.get("productId") or record.get("externalId") or "")
        linked = self._run.memory.linked(PRODUCTS, incoming)
        return linked or (incoming if GUID.fullmatch(incoming) else ""), bool(linked)

    def _spot(self, record: Entity, product_id: str, variants: Mapping[str, list[Variant]]) -> Spot | None:
        if product_id not in variants:
            return None
        foreign = product_id not in {record.get("productId"), record.get("externalId")}
        if isinstance(record.get("variants"), list):
            return Spot(product_id, "", foreign)  # stock in V1's shape has all variants
        variant = pick(self._run, record, variants[product_id], foreign=foreign)
        if variant is None:
            return None
        note(self._run, record, variant.id)
        return Spot(product_id, variant.id, foreign)

    def _by_sku(self, skus: set[str], source: VariantsOfV1 | VariantsOfV3) -> dict[str, list[tuple[str, str]]]:
        """Return (product id, variant id) by SKU, including variants of this run that queries may not show yet."""
        if skus - {""}:
            self._run.lag.wait_until(self._run.memory.changed_keys.shown_from(PRODUCTS, "sku"))
        made = {sku: product for sku in skus if (product := self._run.memory.find(PRODUCTS, "sku", sku))}
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for product_id, variants in source.of(set(made.values()), set(made.values())).items():
            for variant in variants:
                if made.get(variant.sku) == product_id:
                    found[variant.sku].append((product_id, variant.id))
        for sku, product_id, variant_id in source.with_skus(sorted(skus - found.keys() - {""})):
            found[sku].append((product_id, variant_id))
        return found

    def _spot_of_sku(self, record: Entity, found: list[tuple[str, str]]) -> Spot | Rejected:
        if self._run.memory.is_rejected(PRODUCTS, record.get("productId")):
            msg = (
                "The product of this variant was rejected in this run, and a variant with its SKU may belong to another"
                " product. Correct the record of the product, and run the command again."
            )
            return Rejected(msg, code="UNKNOWN_VARIANT", field="productId", retryable=True)
        if not found:
            msg = "The site has no such variant. Variants are created with their product: load `products` first."
            return Rejected(msg, code="UNKNOWN_VARIANT", field="variantId", retryable=True)
        if len(found) > 1:
            some = ", ".join(f"{product}/{variant}" for product, variant in found[:5])
            msg = f"{len(found)} variants of the site have this SKU: {some}. Add `productId` and `variantId`."
            return Rejected(msg, code=_AMBIGUOUS, field="sku")
        ((product_id, variant_id),) = found
        note(self._run, record, variant_id)
        return Spot(product_id, variant_id, bool(record.get("productId")))


def by_product(changes: list[Change]) -> list[list[Change]]:
    """Return rows grouped by product."""
    return list(grouped((change.variant_ref[0], change) for change in changes).values())


class VariantsOfV1:
    """Variants of a V1 site, which are read with their products.

    V1 filters by the SKU of the product only, and products with managed variants have none. So for SKUs that are not
    found otherwise, all products are read, once per run.
    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-products

    Attributes:
        products: The products that were read, by their ids; with costs if `with_cost` and the credential may read them.
    """

    def __init__(self, run: Run, *, with_cost: bool = False) -> None:
        self._run = run
        self._lookup = ProductLookupV1(run)
        self._with_cost = with_cost
        self.products: dict[str, Entity] = {}

    def of(self, product_ids: Collection[str], known_to_exist: Collection[str]) -> dict[str, list[Variant]]:
        """Return the variants of products by the products' ids; queries may not show those `known_to_exist` yet."""
        asked = set(product_ids) - self.products.keys()
        self.products |= self._lookup.fetch(asked, known_to_exist=known_to_exist, with_cost=self._with_cost)
        return {one: variants_of_v1(self.products[one]) for one in product_ids if one in self.products}

    def with_skus(self, skus: list[str]) -> Iterator[tuple[str, str, str]]:
        """Yield (SKU, product id, variant id) for each variant with one of the SKUs."""
        owners = owners_of_skus_v1(self._run, self._lookup, skus)
        ids = {product for products in owners.values() for product in products}
        for product_id, variants in self.of(ids, ids).items():
            yield from ((one.sku, product_id, one.id) for one in variants if product_id in owners.get(one.sku, ()))


class VariantsOfV3:
    """Variants of a V3 site, which have separate queries."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lookup = ProductLookupV3(run)

    def of(self, product_ids: Collection[str], known_to_exist: Collection[str]) -> dict[str, list[Variant]]:
        """Return the variants of products by the products' ids."""
        rows = self._lookup.rows(stores_v3.VARIANTS, "productData.productId", product_ids)
        listed = grouped(
            (row["productData"]["productId"], _variant(row["variantId"], row.get("sku"), row.get("optionChoices")))
            for row in rows
        )
        missing = sorted(set(known_to_exist) - listed.keys())
        products = self._lookup.fetch(missing, alone=missing)
        # On some sites, the query lacks products without options.
        products |= self._lookup.of_one_variant(set(product_ids) - listed.keys() - products.keys())
        return listed | {product_id: _variants_of_v3(product) for product_id, product in products.items()}

    def with_skus(self, skus: list[str]) -> Iterator[tuple[str, str, str]]:
        """Yield (SKU, product id, variant id) for each variant with one of the SKUs."""
        yield from (hit[:3] for hit in self._run.once(SkuSearchV3).find(skus))


class WholeVariantsOfV3(VariantsOfV3):
    """Variants of a V3 site, which are read with their products, since both are needed to write them.

    Attributes:
        products: The products that were read, by their ids, with their variants.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.products: dict[str, Entity] = {}

    @override
    def of(self, product_ids: Collection[str], known_to_exist: Collection[str]) -> dict[str, list[Variant]]:
        asked = set(product_ids) - self.products.keys()
        # Variants are written as a whole, so an old row would undo writes of this run.
        alone = read_alone(self._run, asked)
        found = self._lookup.fetch(sorted(asked), alone=alone, known_to_exist=known_to_exist)
        self.products |= self._lookup.with_variants(found)
        return {one: _variants_of_v3(self.products[one]) for one in product_ids if one in self.products}


def _variants_of_v3(product: Entity) -> list[Variant]:
    return [_variant(one["id"], one.get("sku"), one.get("choices")) for one in variants_of(product)]


def variants_of_v1(product: Entity) -> list[Variant]:
    """Return the variants of a V1 product; the only variant of a product without options has the product's SKU."""
    found = []
    for entry in product.get("variants") or []:
        sku = (entry.get("variant") or {}).get("sku") or ("" if entry.get("choices") else product.get("sku"))
        found.append(_variant(entry["id"], sku, entry.get("choices")))
    return found


def owners_of_skus_v1(run: Run, lookup: ProductLookupV1, skus: list[str]) -> dict[str, set[str]]:
    """Return the ids of the products that have the SKUs, or variants with them."""
    owners: dict[str, set[str]] = defaultdict(set)
    for some in batches(skus, LOOKUP_SIZE):
        for found in lookup.find("sku", some):
            owners[found.value].add(found.id)
    changed = run.memory.changed_keys
    missing = {
        sku: {*run.once(_owners_of_all_skus).get(sku, ()), *changed.ids(PRODUCTS, "sku", sku)} - run.once(deleted)
        for sku in set(skus) - owners.keys()
    }
    # All products are read once, so those whose SKUs the run has changed since are read again.
    asked = {one for ids in missing.values() for one in ids if changed.has(PRODUCTS, "sku", one)}
    read = lookup.fetch(asked, known_to_exist=asked)
    now = {one: {variant.sku for variant in variants_of_v1(product)} for one, product in read.items()}
    owners |= {sku: {one for one in ids if one not in asked or sku in now.get(one, ())} for sku, ids in missing.items()}
    return owners


def deleted(_run: Run) -> set[str]:
    """Return the ids of the products that the run has deleted, which queries and an earlier list of SKUs may have."""
    return set()


def _owners_of_all_skus(run: Run) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for product in run.rows(stores_v1.PRODUCTS):
        for variant in variants_of_v1(product):
            owners[variant.sku].add(product["id"])
    return owners


def _variant(variant_id: str, sku: Any, choices: Any) -> Variant:
    return Variant(variant_id, str(sku or ""), choices_of(choices))
