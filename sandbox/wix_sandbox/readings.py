"""Readings: the questions that Wix's documentation leaves open, or that one source answers alone, as named switches.

`READINGS` is the whole table. The first value of a reading is its default. Code asks `site.readings["name"]`; options
(`SandboxOptions(readings={…})`, `--reading NAME=VALUE`) and `POST /_sandbox/readings` choose the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Reading:
    """One open question: its possible answers, the default first, and where they come from."""

    name: str
    values: tuple[str, ...]
    source: str
    says: str


READINGS = (
    Reading(
        "foreign-site",
        ("404", "401"),
        "one probe of live sites; it depends on the endpoint",
        "Status for an API key with the id of a site outside its account.",
    ),
    Reading(
        "site-and-account-id",
        ("accepted", "refused"),
        "clients contradict each other",
        "Whether an API key may come with a site id and an account id; refused with 401 `No Metasite Context`.",
    ),
    Reading(
        "without-accept",
        ("answered", "html-403"),
        "one probe of live sites",
        "A request whose `Accept` does not name `application/json`: answered, or refused with an HTML page and 403.",
    ),
    Reading(
        "provisioning-code",
        ("CATALOG_V3_SITE_PROVISIONING", "CATALOG_V1_SITE_CALLING_CATALOG_V3_API"),
        "captures of live sites",
        "Code of the 428 of a V3 site that was just made (`--provisioning`).",
    ),
    Reading(
        "reader-path-on-v3",
        ("answers", "refuses"),
        "one probe of live sites; the documentation calls it an alias",
        "What `POST /stores-reader/v1/products/query` does on a V3 site: it answers without variants, or with 428.",
    ),
    Reading(
        "stock-after-rebuild",
        ("awake", "asleep"),
        "one shop's measurements of two products",
        "Whether a variant that was kept by its choices shows its stock before its quantity changes.",
    ),
    Reading(
        "v1-add-media",
        ("all", "first"),
        "one doubtful note",
        "Which of several pictures of one V1 Add Media call are kept.",
    ),
    Reading(
        "order-identity",
        ("enough", "missing"),
        "two notes of live sites",
        "Identity of calls that read orders; missing, GET answers 428 `MISSING_IDENTITY_CONTEXT` and search 403 "
        "`READ_ORDER_FORBIDDEN`.",
    ),
    Reading(
        "variants-without-visible",
        ("publishes", "keeps", "hides"),
        "one shop's measurements: it publishes; once it hid",
        "What an update with variants and without the product's `visible` does to the product.",
    ),
    Reading(
        "variants-without-id",
        ("kept-by-choices", "made-anew"),
        "one shop's measurements; Wix's typings say that a new variant is made",
        "Whether an update keeps id and stock of a variant that is sent without its id, by the names of its choices.",
    ),
    Reading(
        "variant-refusal-status",
        ("428", "400"),
        "one shop's measurements: 428; Wix's recipes: 400",
        "Status for options and variants that do not fit each other; the codes are the same.",
    ),
    Reading(
        "choices-limit",
        ("100", "200", "1000"),
        "one shop's measurements: 100; typings and texts of Wix: 200, 1,000",
        "Choices that all options of one name and render type have together in the store.",
    ),
    Reading(
        "gallery-only-write",
        ("keeps-references", "clears-references"),
        "one shop's measurements: kept in October 2026, cleared in August 2026",
        "What an update with `media` and without `options` does to the pictures that choices refer to.",
    ),
    Reading(
        "repeated-skus",
        ("accepted", "refused"),
        "one shop's measurements; the typings have a code for the refusal",
        "Whether several products may have variants of the same SKU.",
    ),
    Reading(
        "brand-by-name-in-update",
        ("refused", "made"),
        "typings of Wix's client; an older text allows it",
        "An update with `brand.name` and no `brand.id`: refused with `BRAND_MISSING_ID`, or found or made.",
    ),
    Reading(
        "ribbon-by-name-in-update",
        ("refused", "made"),
        "texts of Wix contradict each other",
        "An update with `ribbon.name` and no `ribbon.id`: refused with `RIBBON_NOT_FOUND`, or found or made.",
    ),
    Reading(
        "free-text-search",
        ("fuzzy", "exact"),
        "one note of a live site",
        "Whether the free text of a product search finds products for a SKU that is only alike.",
    ),
    Reading(
        "seo-data",
        ("replaced", "merged"),
        "one shop's measurements contradict each other",
        "What an update with a part of `seoData` does to the rest of it.",
    ),
    Reading(
        "variants-of-simple-products",
        ("listed", "left-out"),
        "notes of live sites contradict each other",
        "Whether query-variants and search-variants return the variants of products without options.",
    ),
    Reading(
        "reader-paths",
        ("answer", "absent"),
        "listed in the documentation; Wix's client uses other paths",
        "Whether `POST /stores-reader/v1/collections/query` and `/stores-reader/v2/inventoryItems/…/getVariants` exist "
        "(without `-reader` they do).",
    ),
    Reading(
        "v1-product-type",
        ("optional", "required"),
        "documentation and Wix's client contradict each other",
        "Whether a product can be made on V1 without `productType`.",
    ),
    Reading(
        "v1-stock-of-products",
        ("all", "first"),
        "no source says that it takes several",
        "How many of the products of `productId $hasSome` a query of V1 inventory finds.",
    ),
    Reading(
        "numeric-id-filter",
        ("either", "number", "text"),
        "text on the wire, a number in the documentation",
        "How a filter names a `numericId` of V1; nothing is found otherwise.",
    ),
    Reading(
        "values-in-filter",
        ("1000", "100", "10"),
        "100 ids were seen to work; no limit is documented",
        "Values of one `$in` or `$hasSome`, of other members than `slug`; more are refused with `INVALID_FILTER`.",
    ),
    Reading(
        "slugs-in-filter",
        ("1000", "10"),
        "one shop's measurements: 10",
        "Values of one `slug $in`; more are refused with `INVALID_FILTER`.",
    ),
    Reading(
        "picture-display-name",
        ("returned", "left-out"),
        "nobody says",
        "Whether the `displayName` of a product's picture comes back.",
    ),
    Reading(
        "stock-of-simple-creates",
        ("made", "ignored"),
        "two texts of Wix contradict each other",
        "Whether a create with inventory makes the stock of a product without options.",
    ),
    Reading(
        "discount-info",
        ("answered", "refused"),
        "a developer preview",
        "Whether `fields` may hold `DISCOUNT_INFO`; refused with 400.",
    ),
    Reading(
        "choice-pictures-in-create",
        ("by-url", "by-id"),
        "an older member was seen to refuse them",
        "Whether choices of a new product may refer to its pictures by URL; refused with 404 "
        "`PRODUCT_MEDIA_NOT_EXIST`.",
    ),
    Reading(
        "search-variants-by-sku",
        ("answered", "refused"),
        "typings of Wix's client alone",
        "Whether search-variants filters by `sku`; refused with 400.",
    ),
    Reading(
        "labels-of-delete",
        ("either", "body", "query"),
        "documentation: body; Wix's client: query parameters",
        "Where `DELETE /contacts/v4/contacts/{id}/labels` reads `labelKeys`; the other place is passed over.",
    ),
    Reading(
        "limit-status",
        ("400", "429"),
        "typings name the codes, without a status",
        "Status for one product, or one category of a tree, more than a site may have.",
    ),
    Reading(
        "order-date",
        ("moves", "stays"),
        "nobody says",
        "Whether a fulfillment or a payment moves the `updatedDate` of its order.",
    ),
    Reading(
        "retry-after",
        ("left-out", "sent"),
        "not documented; never seen",
        "Whether a 429, as that of the quota (`--quota`), has `Retry-After`.",
    ),
    Reading(
        "writes-without-pauses",
        ("answered", "html-429"),
        "a note of a live site: 521 of 1,150 writes went well; with 120 ms between them nearly all did",
        "More than 500 writes in a row, each less than 120 ms after the one before: answered, or followed by 15 "
        "minutes in which every request gets an HTML page and 429.",
    ),
)
_BY_NAME = {each.name: each for each in READINGS}


def check_readings(chosen: Mapping[str, str]) -> None:
    """Check names and values.

    Raises:
        ValueError: an unknown name or value; the message lists the known ones.
    """
    for name, value in chosen.items():
        if name not in _BY_NAME:
            message = f"no such reading: {name}; there are {', '.join(_BY_NAME)}"
            raise ValueError(message)
        if value not in _BY_NAME[name].values:
            message = f"no such value of the reading {name}: {value}; there are {', '.join(_BY_NAME[name].values)}"
            raise ValueError(message)


class Readings:
    """The value that each reading has on one site."""

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self._chosen = dict(chosen)
        self._values: dict[str, str] = {}
        self.reset()

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Change the values of some readings; all of them or, when one is refused, none.

        Raises:
            ValueError: an unknown name or value.
        """
        check_readings(chosen)
        self._values |= chosen

    def reset(self) -> None:
        """Return to the values of the start."""
        self._values = {each.name: each.values[0] for each in READINGS} | self._chosen

    def describe(self) -> list[dict[str, object]]:
        """Return every reading as JSON: `{name, value, values, source, says}`."""
        return [
            {
                "name": each.name,
                "value": self._values[each.name],
                "values": each.values,
                "source": each.source,
                "says": each.says,
            }
            for each in READINGS
        ]
