"""What a refusal of Wix means, by HTTP status and application code: one table for reads, writes and bulk items.

The application code has priority over the status, since Wix does not use statuses consistently: a 428, a 403 or a 429
may be about a single record. An answer without a known code means what its status means. Items of bulk answers have a
code and no status. docs/refusals.md describes how the tap and the target react to each meaning.

Source: https://dev.wix.com/docs/rest/articles/get-started/errors, the error codes that Wix's own packages
(`@wix/auto_sdk_*`) declare, and answers of live sites.
"""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple


class Refusal(StrEnum):
    """What a refusal means. The values are the names in messages and documents."""

    NOT_READY = "site not ready"
    OTHER_CATALOG = "other catalog"
    APP_MISSING = "app missing"
    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    IDENTITY = "identity"
    RECORD = "record"
    CONFLICT = "conflict"
    GONE = "gone"
    ALREADY_SO = "already done"
    TAKEN = "taken"
    SLOW_DOWN = "slow down"
    TRY_AGAIN = "try again"
    UNKNOWN = "unknown"


class CodeRow(NamedTuple):
    """What some application codes mean.

    Attributes:
        refusal: Their meaning.
        codes: Codes as Wix writes them, or shell patterns of codes.
        advice: What to do, if it differs from the advice of the meaning.
        statuses: The statuses with which they have this meaning; empty for all, and for items of bulk answers.
    """

    refusal: Refusal
    codes: tuple[str, ...]
    advice: str = ""
    statuses: tuple[int, ...] = ()

    def applies_to(self, code: str, status: int) -> bool:
        """True if the row has a code with a status."""
        return (not self.statuses or status in self.statuses) and any(fnmatchcase(code, one) for one in self.codes)


CODES: tuple[CodeRow, ...] = (
    # The site
    CodeRow(
        Refusal.NOT_READY,
        ("CATALOG_V3_SITE_PROVISIONING",),
        "Wix is still setting up the store: try again in some minutes.",
    ),
    CodeRow(
        Refusal.OTHER_CATALOG,
        ("CATALOG_V1_SITE_CALLING_CATALOG_V3_API",),
        "This site has store catalog V1: set `store_catalog` to auto or v1, and run it again.",
    ),
    CodeRow(
        Refusal.OTHER_CATALOG,
        ("CATALOG_V3_CALLING_CATALOG_V1_API", "CATALOG_V3_SITE_CALLING_CATALOG_V1_API"),
        "This site has store catalog V3: set `store_catalog` to auto or v3, and run it again.",
    ),
    CodeRow(Refusal.NOT_READY, ("CATALOG_*_SITE_*", "*_PROVISIONING")),
    CodeRow(
        Refusal.APP_MISSING,
        ("REQUIRED_APP_NOT_INSTALLED", "*_NOT_INSTALLED"),
        "Install the Wix app that this call belongs to (products: Wix Stores) on the site.",
    ),
    # Identity and permissions
    CodeRow(
        Refusal.PERMISSION,
        (
            "NO_PERMISSION_TO_READ_MERCHANT_DATA",
            "NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS",
            "NOT_AUTHORIZED_TO_READ_DRAFT_ORDERS",
            "NO_PERMISSION_*",
        ),
    ),
    CodeRow(Refusal.IDENTITY, ("MISSING_IDENTITY_CONTEXT", "READ_ORDER_FORBIDDEN")),
    # Concurrent changes
    CodeRow(Refusal.CONFLICT, ("INVALID_REVISION", "CONTACT_ALREADY_CHANGED", "ITEM_ALREADY_EXISTS")),
    CodeRow(Refusal.ALREADY_SO, ("ALREADY_EXISTS", "ITEM_NOT_IN_CATEGORY")),
    CodeRow(
        Refusal.TAKEN,
        (
            "DUPLICATE_HANDLE",
            "DUPLICATE_SLUG",
            "DUPLICATE_SLUG_ERROR",
            "SKU_ALREADY_EXIST_ERROR",
            "BARCODE_ALREADY_EXIST_ERROR",
            "DUPLICATE_CONTACT_EXISTS",
            "CONTACT_ID_ALREADY_EXISTS",
            "VARIANT_ID_ALREADY_EXISTS",
            "SUBSCRIPTION_ID_ALREADY_EXISTS",
            "TRACKING_NUMBER_ALREADY_EXISTS",
        ),
        "Another entity has this value: change it, or match the record with that entity.",
    ),
    # The contents of the record; first codes with their own advice
    CodeRow(
        Refusal.RECORD,
        ("CANNOT_UPDATE_MEMBER_EMAIL",),
        "The contact is a site member, whose e-mail is changed in the member's account.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("CANNOT_DELETE_MEMBER", "UNAUTHORIZED_DELETE_MEMBER"),
        "The contact is a site member: delete the member first.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR",),
        "The contact owns the site or works on it, and cannot be deleted.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION",),
        "End the contact's billing subscription first.",
    ),
    CodeRow(Refusal.RECORD, ("LABELS_QUOTA_REACHED",), "The site has no room for another label: delete labels first."),
    CodeRow(
        Refusal.RECORD,
        ("FIELDS_QUOTA_EXCEEDED",),
        "The site has no room for another extended field of contacts: delete fields first.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("MISSING_VARIANT_OPTION_CHOICE",),
        "Each variant needs a choice of each option, and each choice a variant: add what is missing, or remove the "
        "choice.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("CHOICES_LIMIT_EXCEEDED",),
        "Options with the same name share at most 100 choices in the whole store: rename the option.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("MANAGED_CATEGORY_OPERATION_NOT_ALLOWED",),
        "Wix keeps this category itself (All Products): leave it out.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("CANNOT_OVERWRITE_NON_IMPORTED_ORDER",),
        "An order with this id was placed on the site, and only imported orders can be overwritten.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("PREORDER_LIMIT_NOT_SUPPORTED_FOR_UNTRACKED_INVENTORY",),
        "A limit of pre-orders needs a stock with a quantity: send a quantity, or leave the limit out.",
    ),
    CodeRow(
        Refusal.RECORD,
        ("PRODUCT_MEDIA_NOT_EXIST",),
        "A choice or variant shows a picture that the product does not have: send the picture with the product.",
    ),
    CodeRow(
        Refusal.RECORD,
        (
            "PRODUCTS_LIMIT_EXCEEDED",
            "CATEGORIES_LIMIT_PER_TREE_EXCEEDED",
            "TREES_LIMIT_EXCEEDED",
            "BRAND_LIMIT_EXCEEDED",
            "INFO_SECTIONS_LIMIT_EXCEEDED",
            "OPTIONS_LIMIT_EXCEEDED",
            "MODIFIERS_LIMIT_EXCEEDED",
            "SITE_QUOTA_EXCEEDED",
            "RESOURCE_EXHAUSTED",
        ),
        "The site has no room for another one: delete something of this kind first.",
    ),
    CodeRow(
        Refusal.RECORD,
        (
            # entities that a product refers to and the site lacks; the product itself exists
            "RIBBON_NOT_FOUND",
            "CHOICE_NOT_FOUND",
            "CHOICE_NOT_EXIST",
            "CUSTOMIZATION_NOT_EXIST",
            "DIGITAL_FILE_NOT_FOUND_ERROR",
            "PRIMARY_CHOICE_NOT_FOUND",
            "NAMESPACE_NOT_FOUND_IN_DEV_CENTER",
            "PARENT_CATEGORY_NOT_IN_TREE",
            "AFTER_CATEGORY_NOT_IN_PARENT",
            # products and their variants
            "ADD_CUSTOMIZATION_CHOICES_FAILED",
            "BRAND_CREATION_FAILED",
            "BRAND_MISSING_ID",
            "COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE",
            "CUSTOMIZATIONS_CREATION_FAILED",
            "DUPLICATE_BARCODE_ERROR",
            "DUPLICATE_PRODUCT_OPTIONS",
            "DUPLICATE_RIBBON_IN_ADDITIONAL",
            "DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL",
            "DUPLICATE_VARIANT_OPTION_CHOICE",
            "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT",
            "INFO_SECTION_CREATION_FAILED",
            "INFO_SECTION_ERROR_OCCURRED",
            "INVALID_DEFAULT_VARIANT",
            "INVALID_PRODUCT_TYPE_FOR_SUBSCRIPTION",
            "INVALID_SUBSCRIPTION_DISCOUNT_AMOUNT",
            "MISSING_OPTIONS_ON_UPDATE_VARIANTS",
            "MISSING_VARIANT_OPTION",
            "MODIFIER_CHOICE_NAME_AND_TYPE_REQUIRED",
            "MODIFIER_NAME_AND_TYPE_REQUIRED",
            "PREORDER_VALIDATION_ERROR",
            "PRODUCT_OPTION_CHOICE_NAME_AND_TYPE_REQUIRED",
            "PRODUCT_OPTION_NAME_AND_TYPE_REQUIRED",
            "PRODUCT_RESTRICTION_ERROR",
            "RIBBON_CREATION_FAILED",
            "TOO_MANY_OPTIONS_IN_REQUEST",
            "TOO_MANY_VARIANTS",
            "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT",
            # stock
            "PRE_ORDER_VALIDATION",
            "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE",
            "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE_DECREASING",
            # categories
            "CATEGORY_DEPTH_LIMIT_EXCEEDED",
            "MISSING_AFTER_CATEGORY",
            "PARENT_CATEGORY_HIDDEN",
            "REMOVED_SLUG",
            "TREE_CYCLE_DETECTED",
            "UPDATE_OF_FIELD_NOT_ALLOWED",
            # contacts
            "INSUFFICIENT_CONTACT_DATA",
            "INSUFFICIENT_UPDATE_CONTACT_DATA",
            "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO",
            "INVALID_EXTENDED_FIELD_VALUE",
            "CANNOT_CHANGE_EXTERNAL_ID",
            "DUPLICATE_ADDRESS",
            "DUPLICATE_ADDRESS_ID",
            "DUPLICATE_EMAIL",
            "DUPLICATE_PHONE",
            "EMAIL_REQUIRED",
            "INVALID_BIRTHDATE",
            "INVALID_IMAGE_URL",
            "INVALID_TIME_ZONE",
            "MULTIPLE_DEFAULT_ADDRESSES",
            "PHONE_REQUIRED",
            # any entity
            "INVALID_ARGUMENT",
            "ONLY_SPACES_STRING_ERROR",
        ),
    ),
    # The entity itself
    CodeRow(Refusal.GONE, ("NOT_FOUND", "PRODUCT_NOT_FOUND", "CONTACT_NOT_FOUND", "RESOURCE_NOT_FOUND")),
    CodeRow(Refusal.GONE, ("*_NOT_FOUND",), statuses=(404,)),
)
"""The first row that matches applies."""


class WordsRow(NamedTuple):
    """What an answer without a code means by its text, if Wix has no code for it.

    Attributes:
        refusal: Its meaning.
        words: A part of the text, in lower case.
        status: HTTP status with which it was seen.
        advice: What to do.
    """

    refusal: Refusal
    words: str
    status: int
    advice: str


WORDS: tuple[WordsRow, ...] = (
    WordsRow(
        Refusal.CREDENTIALS,
        "meta-site",
        404,
        "The site does not belong to the account of the credential: check {credentials}.",
    ),
)


class StatusRow(NamedTuple):
    """What a status means if no code decides.

    Attributes:
        status: HTTP status.
        refusal: Its meaning.
        wordless: Its meaning if the answer has no text, or is a page of a server in front of Wix.
        coded: Its meaning as the answer to a write, with a code that is not in the table.
    """

    status: int
    refusal: Refusal
    wordless: Refusal | None = None
    coded: Refusal | None = None


STATUSES: tuple[StatusRow, ...] = (
    StatusRow(400, Refusal.RECORD),
    StatusRow(401, Refusal.CREDENTIALS),
    StatusRow(403, Refusal.PERMISSION, wordless=Refusal.SLOW_DOWN, coded=Refusal.UNKNOWN),
    StatusRow(404, Refusal.GONE, coded=Refusal.UNKNOWN),
    StatusRow(408, Refusal.TRY_AGAIN),
    StatusRow(409, Refusal.CONFLICT),
    StatusRow(413, Refusal.RECORD),
    StatusRow(429, Refusal.SLOW_DOWN, coded=Refusal.UNKNOWN),
    StatusRow(501, Refusal.OTHER_CATALOG),
    *(StatusRow(status, Refusal.TRY_AGAIN) for status in (500, 502, 503, 504)),
)
_BY_STATUS = {row.status: row for row in STATUSES}
_OTHER_5XX = StatusRow(0, Refusal.TRY_AGAIN)
_OTHER = StatusRow(0, Refusal.UNKNOWN)
_FIRST_5XX = 500
_PASSING = frozenset({Refusal.SLOW_DOWN, Refusal.TRY_AGAIN})
"""Reads with these statuses are repeated whatever the code: no record was sent that the code could be about."""


class Meaning(NamedTuple):
    """What a refusal means, and what to do about it; "" if the table has no advice."""

    refusal: Refusal
    advice: str = ""


def understand(status: int, code: str, words: str = "", *, is_write: bool = False) -> Meaning:
    """Return what a refusal means.

    Args:
        status: HTTP status; 0 for an item of a bulk answer.
        code: Application code, or the rule that a field breaks; "" if there is none.
        words: Wix's text; "" if there is none, or if the answer is not Wix's.
        is_write: Whether a record was sent.
    """
    by_status = _BY_STATUS.get(status, _OTHER_5XX if status >= _FIRST_5XX else _OTHER)
    if by_status.refusal in _PASSING and not is_write:
        return Meaning(by_status.refusal)
    if code:
        for row in CODES:
            if row.applies_to(code, status):
                return Meaning(row.refusal, row.advice)
        return Meaning((is_write and by_status.coded) or by_status.refusal)
    if not words:
        return Meaning(by_status.wordless or by_status.refusal)
    for phrase in WORDS:
        if phrase.status == status and phrase.words in words.lower():
            return Meaning(phrase.refusal, phrase.advice)
    return Meaning(by_status.refusal)
