"""Variants of a product: checked against its options, and as separate rows for the read-only endpoints."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from wix_sandbox.errors import required, rule_error
from wix_sandbox.resources.stores_v3.refusals import misfit, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

ROWS = "read_only_variants"
MISSING_CHOICE = "MISSING_VARIANT_OPTION_CHOICE"
Choices = tuple[tuple[str, str], ...]


def complete_variants(site: Site, product: Entity, before: Entity | None = None) -> None:
    """Check the variants of a product and give them ids, full choices and defaults.

    Args:
        site: The site.
        product: The product with its options connected; changed in place.
        before: The former product, for an update.

    Raises:
        WixError: 400 for variants that do not fit the options or the prices, 409 for a SKU or barcode in use.
    """
    variants = (product.get("variantsInfo") or {}).get("variants") or []
    if not variants:
        raise required("product.variantsInfo.variants")
    options = product.get("options") or []
    if not options and len(variants) > 1:
        raise refusal("VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "a product without options has one variant")
    old = {each["id"]: each for each in (before or {}).get("variantsInfo", {}).get("variants", [])}
    seen: set[Choices] = set()
    for at, variant in enumerate(variants):
        path = f"product.variantsInfo.variants[{at}]"
        _check_price(variant, path)
        known = old.get(variant.get("id", ""))
        _check_choices(variant.get("choices") or [], path)
        variant["choices"] = _choices(site, options, _sent_choices(site, options, variant, known))
        chosen = tuple((each["optionChoiceIds"]["optionId"], _choice_id(each)) for each in variant["choices"])
        if chosen in seen:
            raise refusal("DUPLICATE_VARIANT_OPTION_CHOICE", "two variants have the same choices")
        seen.add(chosen)
        if site.readings["variants-without-id"] == "kept-by-choices" and options and not variant.get("id"):
            variant.update(_of_same_names(old.values(), variant["choices"]))
        _default_members(site, product, variant, path, is_new=before is None)
    if len({each["id"] for each in variants}) < len(variants):
        raise refusal("VARIANT_ID_ALREADY_EXISTS", "two variants have the same id")
    if unused := _unused(options, variants):
        text = f"no variant has one of the choices of option {unused}"
        raise misfit(site, MISSING_CHOICE, text, optionsMissingChoice=[unused], productId=product["id"])
    _check_codes(site, product["id"], variants)


def _check_choices(sent: list[Entity], path: str) -> None:
    """Refuse entries that name no option, or no choice of one, by id or by name."""
    for at, each in enumerate(sent):
        ids, names = each.get("optionChoiceIds") or {}, each.get("optionChoiceNames") or {}
        if not ids.get("optionId") and not names.get("optionName"):
            raise rule_error(f"{path}.choices[{at}]", "MISSING_VARIANT_OPTION", "must name an option")
        if not ids.get("choiceId") and not names.get("choiceName"):
            raise rule_error(f"{path}.choices[{at}]", MISSING_CHOICE, "must name a choice of the option")


def _sent_choices(site: Site, options: list[Entity], variant: Entity, known: Entity | None) -> list[Entity]:
    """Return the choices of a variant in the request; without any, those of the known variant."""
    choices: list[Entity] = variant.get("choices") or (known or {}).get("choices") or []
    if known is not None and options and not choices:
        raise misfit(site, "INVALID_DEFAULT_VARIANT", "a product with options has no variant without choices")
    if variant.get("choices") and not options:
        raise misfit(site, "INVALID_DEFAULT_VARIANT", "the variant of a product without options has no choices")
    return choices if options or variant.get("choices") else []


def _of_same_names(variants: Iterable[Entity], choices: list[Entity]) -> Entity:
    """Return the id of the variant that had choices with the same names, or nothing."""
    wanted = _names(choices)
    return next(({"id": each["id"]} for each in variants if _names(each["choices"]) == wanted), {})


def _names(choices: list[Entity]) -> set[tuple[str, str]]:
    named = (each["optionChoiceNames"] for each in choices)
    return {(each["optionName"], each["choiceName"]) for each in named}


def _unused(options: list[Entity], variants: list[Entity]) -> str | None:
    """The id of an option with a choice that no variant has."""
    used = {_choice_id(choice) for each in variants for choice in each["choices"]}
    for option in options:
        choices = (option.get("choicesSettings") or {}).get("choices") or []
        if any(each["choiceId"] not in used for each in choices):
            return str(option["id"])
    return None


def _default_members(site: Site, product: Entity, variant: Entity, path: str, *, is_new: bool) -> None:
    if not variant.get("id"):
        variant["id"] = site.new_id()
    if variant.get("visible") is None:
        variant["visible"] = True
    if product["productType"] != "PHYSICAL" or variant.get("physicalProperties") is not None:
        return
    if is_new or site.readings["variants-without-physical-properties"] == "refused":
        raise rule_error(
            f"{path}.physicalProperties",
            "VARIANTS_TYPED_PROPERTIES_ARE_NOT_ALIGNED",
            "must be set for a physical product",
        )
    variant["physicalProperties"] = {}


def _choice_id(choice: Entity) -> str:
    return str(choice["optionChoiceIds"]["choiceId"])


def _check_price(variant: Entity, path: str) -> None:
    price = variant.get("price") or {}
    actual = (price.get("actualPrice") or {}).get("amount")
    if actual is None:
        raise required(f"{path}.price.actualPrice.amount")
    compare = (price.get("compareAtPrice") or {}).get("amount")
    if compare is None:
        price.pop("compareAtPrice", None)
    elif Decimal(compare) <= Decimal(actual):
        raise refusal("COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE", f"{path}: compareAtPrice must be above actualPrice")


def _choices(site: Site, options: list[Entity], sent: list[Entity]) -> list[Entity]:
    """One entry for each option, in the order of the options, with ids and names."""
    if len(sent) != len(options):
        raise misfit(site, MISSING_CHOICE, "a variant needs one choice for each option")
    completed = []
    for option in options:
        found = [choice for each in sent if (choice := _chosen(option, each)) is not None]
        if len(found) != 1:
            raise misfit(site, MISSING_CHOICE, f"a variant needs one choice of {option['name']}")
        completed.append(
            {
                "optionChoiceIds": {"optionId": option["id"], "choiceId": found[0]["choiceId"]},
                "optionChoiceNames": {
                    "optionName": option["name"],
                    "choiceName": found[0]["name"],
                    "renderType": option["optionRenderType"],
                },
            }
        )
    return completed


def _chosen(option: Entity, sent: Entity) -> Entity | None:
    """Return the choice of this option in an entry of a variant; None if the entry names another option."""
    ids, names = sent.get("optionChoiceIds") or {}, sent.get("optionChoiceNames") or {}
    if ids.get("optionId"):
        key, wanted, of_this = "choiceId", ids.get("choiceId"), ids["optionId"] == option["id"]
    else:
        key, wanted, of_this = "name", names.get("choiceName"), names.get("optionName") == option["name"]
    if not of_this:
        return None
    for choice in (option.get("choicesSettings") or {}).get("choices") or []:
        if choice[key] == wanted:
            found: Entity = choice
            return found
    raise refusal("CHOICE_NOT_EXIST", f"Option {option['name']} has no choice {wanted}")


def _check_codes(site: Site, product_id: str, variants: list[Entity]) -> None:
    """Check that SKUs and barcodes are unique: in their product, and in the shop if a reading says so."""
    shared = {"sku"} if site.readings["repeated-skus"] == "accepted" else set()
    for member, in_shop, in_request in (
        ("sku", "SKU_ALREADY_EXIST_ERROR", "SKU_ALREADY_EXIST_ERROR"),
        ("barcode", "BARCODE_ALREADY_EXIST_ERROR", "DUPLICATE_BARCODE_ERROR"),
    ):
        codes = [each[member] for each in variants if each.get(member)]
        if len(set(codes)) < len(codes):
            raise refusal(in_request, f"two variants have the same {member}")
        table = site.store.table("products")
        for code in codes if member not in shared else ():
            if any(each != product_id for each in table.lookup(f"variantsInfo.variants.{member}").ids(code)):
                raise refusal(in_shop, f"{member} {code} is in use", **{member: code})


def row_id(product_id: str, variant_id: str) -> str:
    """Return the (deprecated) id of a read-only variant: a GUID derived from product and variant."""
    return str(uuid5(NAMESPACE_OID, f"{product_id}:{variant_id}"))


def variant_rows(product: Entity, known: Mapping[str, str]) -> list[Entity]:
    """Return the read-only variants of a product.

    `productData.updatedDate` is stored for filters and sorts, not returned.

    `known` has the ids of existing rows, by the ids of their variants: a row keeps its id.
    """
    members = ("name", "productType", "slug", "visible", "visibleInPos", "mainCategoryId", "revision", "handle")
    shared = {name: product[name] for name in (*members, "brand", "updatedDate") if name in product}
    rows = []
    for variant in product["variantsInfo"]["variants"]:
        row = {name: value for name, value in variant.items() if name not in {"id", "choices"}}
        row["id"] = known.get(variant["id"]) or row_id(product["id"], variant["id"])
        row["variantId"], row["optionChoices"] = variant["id"], variant["choices"]
        row["productData"] = {"productId": product["id"], **shared}
        rows.append(row)
    return rows


def sync_rows(site: Site, before: Entity | None, product: Entity | None) -> None:
    """Update the read-only rows after a product was created, changed or deleted."""
    product_id = (product or before or {}).get("id")
    known = {row["variantId"]: row["id"] for row in site.store.find(ROWS, "productData.productId", product_id)}
    rows = variant_rows(product, known) if product else []
    for old in set(known.values()).difference(row["id"] for row in rows):
        site.store.delete(ROWS, old)
    for row in rows:
        site.store.table(ROWS).put(row)
