"""Questions about store catalog V3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live.asking import (
    Entity,
    NotAnsweredError,
    create,
    find,
    is_refused,
    new_product,
    rebuilt,
    sized,
    update,
    variant,
)
from live.endpoints import CREATE_CUSTOMIZATION, SEARCH_PRODUCTS
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import InvalidRequestError, RejectionError, SiteNotReadyError

if TYPE_CHECKING:
    from live.site import LiveSite


def reader_path_on_v3(site: LiveSite) -> str:
    """Return what V1's path of the stores reader does on a V3 site."""
    with site.impatient(store_catalog="v1") as client:  # a client that is set to V3 would wait for the site to be ready
        try:
            client.call(stores_v1.PRODUCTS.operation, body={"query": {"paging": {"limit": 1}}})
        except SiteNotReadyError:
            return "refuses"
    return "answers"


def stock_after_rebuild(site: LiveSite) -> str:
    """Return whether variants that were kept by their choices show their stock."""
    product = sized(site, "rebuilt")
    after = rebuilt(site, product)
    if _variant_ids(product) != _variant_ids(after):
        message = "variants without ids were created again"
        raise NotAnsweredError(message)
    site.wait()
    shown = site.client.entity(stores_v3.GET_PRODUCT, "product", names={"id": product["id"]})
    states = [each.get("inventoryStatus") or {} for each in shown["variantsInfo"]["variants"]]
    return "awake" if all(state.get("inStock") for state in states) else "asleep"


def variants_without_visible(site: LiveSite) -> str:
    """Return what variants without the product's `visible` do to a hidden product, and to a visible one."""
    hidden = create(site, "hidden")
    if update(site, hidden, variantsInfo=hidden["variantsInfo"])["visible"]:
        return "publishes"
    shown = create(site, "shown", visible=True)
    return "keeps" if update(site, shown, variantsInfo=shown["variantsInfo"])["visible"] else "hides"


def variants_without_id(site: LiveSite) -> str:
    """Return whether variants without ids are kept by their choices."""
    product = sized(site, "without ids")
    return "kept-by-choices" if _variant_ids(product) == _variant_ids(rebuilt(site, product)) else "made-anew"


def _variant_ids(product: Entity) -> list[str]:
    return [each["id"] for each in product["variantsInfo"]["variants"]]


def variants_without_physical_properties(site: LiveSite) -> str:
    """Return whether an update takes variants of a physical product without `physicalProperties`."""
    product = create(site, "bare variant")
    variants = [{"id": each["id"], "price": each["price"]} for each in product["variantsInfo"]["variants"]]
    try:
        update(site, product, visible=False, variantsInfo={"variants": variants})
    except RejectionError as error:
        if "VARIANTS_TYPED_PROPERTIES_ARE_NOT_ALIGNED" not in str(error):
            raise
        return "refused"
    return "accepted"


def broken_rule_in_bulk(site: LiveSite) -> str:
    """Return what one item that breaks a rule refuses in a bulk call."""
    products = [new_product(site, "whole"), new_product(site, "misfit", productType="DIGITAL")]
    try:
        results = site.client.call(stores_v3.CREATE_PRODUCTS, body={"products": products})["results"]
    except InvalidRequestError:
        return "whole-call"
    if results[1]["itemMetadata"]["success"]:
        message = "a digital product with physical properties was accepted"
        raise NotAnsweredError(message)
    return "item"


def variant_refusal_status(site: LiveSite) -> str:
    """Return the status for variants that are sent without their options."""
    product = sized(site, "misfit")
    try:
        update(site, product, visible=False, variantsInfo=product["variantsInfo"])
    except RejectionError as error:
        if error.code != "MISSING_OPTIONS_ON_UPDATE_VARIANTS":
            raise
        return str(error.status)
    message = "an update with variants and without options was accepted"
    raise NotAnsweredError(message)


def choices_limit(site: LiveSite) -> str:
    """Return how many choices an option may have; more than 200 count as 1000."""
    for most in (100, 200):
        choices = [{"name": f"{number}", "choiceType": "CHOICE_TEXT"} for number in range(most + 1)]
        customization = {
            "customizationType": "PRODUCT_OPTION",
            "name": site.name(f"choices {most}"),
            "customizationRenderType": "TEXT_CHOICES",
            "choicesSettings": {"choices": choices},
        }
        body = {"customization": customization}
        if is_refused(lambda body=body: site.client.call(CREATE_CUSTOMIZATION, body=body), "CHOICES_LIMIT_EXCEEDED"):  # type: ignore[misc] # mypy cannot infer defaults of lambdas
            return f"{most}"
    return "1000"


def repeated_skus(site: LiveSite) -> str:
    """Return whether a second product may have the SKU of another one."""
    sold = {"variants": [variant(sku=site.name("twin"))]}
    create(site, "first twin", variantsInfo=sold)
    is_taken = is_refused(lambda: create(site, "second twin", variantsInfo=sold), "SKU_ALREADY_EXIST_ERROR")
    return "refused" if is_taken else "accepted"


def brand_by_name_in_update(site: LiveSite) -> str:
    """Return whether an update creates a brand that it names without an id."""
    product = create(site, "branded")
    new = {"name": site.name("brand")}
    return "refused" if is_refused(lambda: update(site, product, brand=new), "BRAND_MISSING_ID") else "made"


def ribbon_by_name_in_update(site: LiveSite) -> str:
    """Return whether an update creates a ribbon that it names without an id."""
    product = create(site, "with ribbon")
    new = {"name": site.name("ribbon")}
    return "refused" if is_refused(lambda: update(site, product, ribbon=new), "RIBBON_NOT_FOUND") else "made"


def free_text_search(site: LiveSite) -> str:
    """Return whether a search finds a product by a SKU that only resembles its own."""
    sku = f"{site.name('searched').replace(' ', '-')}-1"
    product = create(site, "searched", visible=True, variantsInfo={"variants": [variant(sku=sku)]})

    def finds(text: str) -> bool:
        body = {"search": {"search": {"expression": text}, "cursorPaging": {"limit": 100}}}
        rows = site.client.call(SEARCH_PRODUCTS, body=body).get("products") or []
        return any(row["id"] == product["id"] for row in rows)

    if not site.look(lambda: finds(sku)):
        message = "the search did not show a product that was just created"
        raise NotAnsweredError(message)
    return "fuzzy" if finds(f"{sku[:-1]}9") else "exact"


def seo_data(site: LiveSite) -> str:
    """Return what happens to settings for search engines that an update leaves out."""
    tags = [{"type": "title", "children": site.name("title")}]
    keywords = [{"term": site.name("term"), "isMain": True}]
    product = create(site, "found", seoData={"tags": tags, "settings": {"keywords": keywords}})
    after = update(site, product, seoData={"tags": tags}).get("seoData") or {}
    return "merged" if (after.get("settings") or {}).get("keywords") else "replaced"


def variants_of_simple_products(site: LiveSite) -> str:
    """Return whether the query of variants lists those of a product without options."""
    ids = [create(site, "plain")["id"], sized(site, "not plain")["id"]]
    listed: set[str] = set()

    def shows_all() -> bool:
        rows = find(site, stores_v3.VARIANTS, {"productData.productId": {"$in": ids}})
        listed.update(str(row["productData"]["productId"]) for row in rows)
        return len(listed) == len(ids)

    if site.look(shows_all):
        return "listed"
    if ids[1] not in listed:
        message = "the query of variants did not show a product that was just created"
        raise NotAnsweredError(message)
    return "left-out"


def stock_of_simple_creates(site: LiveSite) -> str:
    """Return whether a product without options gets the stock that it was created with."""
    stocked = variant(inventoryItem={"quantity": 3})
    product = create(site, "stocked", variantsInfo={"variants": [stocked]})

    def is_stocked() -> bool:
        rows = find(site, stores_v3.STOCK, {"productId": product["id"]})
        return any(row.get("quantity") == stocked["inventoryItem"]["quantity"] for row in rows)

    return "made" if site.look(is_stocked) else "ignored"


def stock_without_id(site: LiveSite) -> str:
    """Return what an update does to the stock of a variant that is sent without the id of its item."""
    product = sized(site, "restocked")

    def rows() -> list[Entity]:
        return find(site, stores_v3.STOCK, {"productId": product["id"]})

    if not site.look(lambda: len(rows()) == len(product["variantsInfo"]["variants"])):
        message = "the stock of a new product is not listed"
        raise NotAnsweredError(message)
    before, quantity = {row["id"] for row in rows()}, 4
    stock = {"inventoryItem": {"quantity": quantity}}
    variants = [
        {name: each[name] for name in each if name != "inventoryStatus"} | stock
        for each in product["variantsInfo"]["variants"]
    ]
    named = {name: product[name] for name in ("id", "revision", "options")}
    changed = {**named, "visible": False, "variantsInfo": {"variants": variants}}
    site.client.call(stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY, body={"products": [{"product": changed}]})
    site.wait()
    after = rows()
    if {row["id"] for row in after} != before:
        return "made-anew"
    return "changed" if all(row.get("quantity") == quantity for row in after) else "refused"


def discount_info(site: LiveSite) -> str:
    """Return whether `fields` accepts `DISCOUNT_INFO`."""
    body = {"query": {"cursorPaging": {"limit": 1}}, "fields": ["DISCOUNT_INFO"]}
    with site.impatient() as client:
        client.call(stores_v3.PRODUCTS.operation, body=body)  # without that value, if Wix refuses it
        return "refused" if client.wishes.is_refused("DISCOUNT_INFO") else "answered"


def search_variants_by_sku(site: LiveSite) -> str:
    """Return whether a search of variants filters by SKU."""
    try:
        find(site, stores_v3.SEARCH_VARIANTS, {"sku": {"$in": [site.name("none")]}})
    except InvalidRequestError:
        return "refused"
    return "answered"
