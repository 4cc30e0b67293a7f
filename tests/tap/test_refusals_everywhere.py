"""Every call of every stream is refused in every way of the table.

It is tried again, or the stream or the run ends with what to do. The other streams are complete, and nothing ends in a
traceback.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.bent import Answer, Asked, bent, impatient
from tests.refused import WORDLESS, Refused, every_kind
from tests.tap.runs import Run, run
from tests.tap.test_streams import OF_ORDERS
from wix_api.errors import WixError
from wix_api.refusals import Refusal
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    Ask = Callable[[], Answer]

__all__ = ["impatient"]
pytestmark = pytest.mark.usefixtures("impatient")

VERSION = "/stores/v3/provision/version"
OPTIONAL = {
    "/locations/v1/locations": {"locations"},
    "/stores/v2/coupons/query": {"coupons"},
    "/ecom/v1/draft-orders/query": {"draft_orders"},
    "/form-schema-service/v4/forms/query": {"forms"},
    "/members/v1/members": {"members"},
    "/form-submission-service/v4/submissions/namespace/query": {"form_submissions"},
}
OPTIONAL_OF_V3 = {
    "/stores/v3/brands/query": {"brands"},
    "/stores/v3/ribbons/query": {"ribbons"},
    "/stores/v3/info-sections/query": {"info_sections"},
}
"""Calls of streams that a site may lack."""
LOOKED_UP = {"carts", "checkouts"}
"""Streams of what Wix returns by ids only: a row that it does not find is gone."""
OF_INBOX = {"inbox_conversations", "inbox_messages"}
"""Streams of conversations, of which one that is not found is gone."""
CART_IDS = ["ca970000-0000-4000-8000-000000000012"]
ROWS = {
    "/contacts/v4/contacts/query": {"contacts"},
    "/contacts/v4/labels": {"contact_labels"},
    "/contacts/v4/extended-fields": {"contact_fields"},
    "/ecom/v1/orders/search": {"orders", *OF_ORDERS, "invoices", *LOOKED_UP},
    "/ecom/v1/abandoned-checkout/query": {"abandoned_checkouts", *LOOKED_UP},
    "/inbox/v2/conversations/{id}": {*OF_INBOX},
    **OPTIONAL,
}
OF_STORES = ("products", "product_variants", "collection_products")
CALLS: dict[str, dict[str, set[str]]] = {
    "v1": {
        **ROWS,
        "/stores-reader/v1/collections/query": {"collections"},
        "/stores-reader/v1/products/query": {*OF_STORES},
        "/stores-reader/v2/inventoryItems/query": {"inventory_items"},
    },
    "v3": {
        **ROWS,
        "/categories/v1/categories/query": {"collections"},
        "/stores/v3/products/query": {*OF_STORES},
        "/stores/v3/inventory-items/query": {"inventory_items"},
        **OPTIONAL_OF_V3,
    },
}
"""Calls that list rows, and the streams that end with them."""
BY_ORDERS = {
    "/ecom/v1/fulfillments/list-by-ids": {"fulfillments"},
    "/ecom/v1/payments/list-by-ids": {"order_transactions", "order_refunds"},
    "/ecom/v1/invoices/list-by-ids": {"invoices"},
    "/ecom/v1/carts/by-checkout-id/{id}": {"carts"},
    "/ecom/v1/checkouts/{id}": {"checkouts"},
    "/inbox/v2/messages": {"inbox_messages"},
}
OTHERS: dict[str, dict[str, set[str]]] = {
    "v1": BY_ORDERS,
    "v3": {**BY_ORDERS, "/stores/v3/products/query-variants": {*OF_STORES}},
}
"""Calls that read what belongs to rows."""
LAST = {catalog: {"/ecom/v1/carts/{id}": {"carts"}} for catalog in CALLS}
"""Calls that are not reached where those that read what belongs to rows are refused."""
EVERYWHERE = {*ROWS, *BY_ORDERS, *LAST["v1"]}
"""Calls that do not depend on the catalog."""
COUNTS = {
    "/categories/v1/categories/count",
    "/stores/v3/products/count",
    "/stores/v3/inventory-items/count",
}
CATALOGS = sorted(CALLS)
NAMES = {catalog: tuple(sorted(set().union(*calls.values(), *BY_ORDERS.values()))) for catalog, calls in CALLS.items()}
"""The streams, which a catalog selects: then a missing permission is a failure."""
KINDS = every_kind(is_write=False)
MAY_BE_LACKING = set().union(*OPTIONAL.values(), *OPTIONAL_OF_V3.values())
PERMISSIONS = {Refusal.PERMISSION, Refusal.IDENTITY}


def means(refused: Refused) -> Refusal:
    return refused.means(is_write=False)


@cache
def site(catalog: str) -> RunningSite:
    sandbox = Sandbox(SandboxOptions(catalog=catalog, size=2, random_seed=3))
    sandbox.fill()
    return RunningSite("http://localhost", sandbox.app)


def given(catalog: str) -> dict[str, list[str]]:
    """Return settings with the ids of rows that Wix does not list."""
    return {"cart_ids": CART_IDS, "conversation_ids": site(catalog).store.ids("inbox_conversations")[:1]}


def path_of(asked: Asked) -> str:
    return re.sub(r"/[0-9a-f-]{36}$", "/{id}", asked.path.partition("?")[0])


def read(catalog: str, refused: Refused | None, paths: AbstractSet[str] = frozenset(), *, once: bool = False) -> Run:
    """Run the tap while some calls are refused: each time, or the first time only."""
    sent: Counter[str] = Counter()

    def bend(asked: Asked, ask: Ask) -> Answer:
        path = path_of(asked)
        sent[path] += 1
        return refused.answer if refused and path in paths and (sent[path] == 1 or not once) else ask()

    with bent(site(catalog), bend) as settings:
        is_refused = refused is not None and not once
        done = run(settings | given(catalog), select=NAMES[catalog], fails=is_refused)
    assert paths <= sent.keys()
    return done


@cache
def straight(catalog: str) -> Run:
    return read(catalog, None)


def test_every_call_of_the_tap_is_among_these() -> None:
    for catalog in CATALOGS:
        sent: set[str] = set()

        def bend(asked: Asked, ask: Ask, sent: set[str] = sent) -> Answer:
            sent.add(path_of(asked))
            return ask()

        with bent(site(catalog), bend) as settings:
            run(settings | given(catalog), select=NAMES[catalog])
        assert sent - COUNTS == {VERSION, *CALLS[catalog], *OTHERS[catalog], *LAST[catalog]}
        assert sent & COUNTS == (COUNTS if catalog == "v3" else set())


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("refused", [*WORDLESS, Refused(429, ""), Refused(500, "")], ids=str)
def test_what_passes_is_asked_for_again(catalog: str, refused: Refused) -> None:
    assert (
        read(catalog, refused, {*CALLS[catalog], *OTHERS[catalog], *LAST[catalog]}, once=True).records
        == straight(catalog).records
    )


@pytest.mark.either_catalog
@pytest.mark.parametrize(
    ("catalog", "calls"),
    # The other calls of V1 are among those of V3.
    [
        pytest.param("v1", CALLS, id="v1-rows"),
        pytest.param("v1", OTHERS, id="v1-others", marks=pytest.mark.soak),
        pytest.param("v3", CALLS, id="v3-rows"),
        pytest.param("v3", OTHERS, id="v3-others"),
    ],
)
@pytest.mark.parametrize("refused", [one for one in KINDS if means(one) is not Refusal.CREDENTIALS], ids=str)
def test_a_refused_call_ends_its_streams_with_what_to_do_and_no_others(
    catalog: str, calls: dict[str, dict[str, set[str]]], refused: Refused, caplog: pytest.LogCaptureFixture
) -> None:
    found = read(catalog, refused, calls[catalog].keys())
    stopped = set().union(*calls[catalog].values())
    left_out = MAY_BE_LACKING if calls is CALLS and means(refused) in {Refusal.APP_MISSING, Refusal.GONE} else set()
    if calls is CALLS and means(refused) is Refusal.OTHER_CATALOG:
        left_out = {"coupons"}
    if means(refused) is Refusal.GONE:
        left_out = left_out | OF_INBOX | (LOOKED_UP if calls is OTHERS else set())
    for stream, rows in straight(catalog).records.items():
        kept = [row for row in rows if stream not in stopped or (left_out >= LOOKED_UP and row.get("id") in CART_IDS)]
        assert found.records[stream] == kept
    *errors, summary = errors_of(caplog)
    assert set().union(*map(names_in, errors)) == names_in(summary) == stopped - left_out
    said = re.escape(" ".join(word for word in ("", str(refused.status), refused.code) if word))
    words = re.escape(f" ({refused.words})") if refused.words else ""
    for error in errors:
        assert re.fullmatch(rf"Streams? .+ stopped\. (GET|POST) \S+: Wix answered {said}{words}\. \S.+", error)


@pytest.mark.parametrize(
    ("catalog", "path"),
    # What both catalogs have, only on V3.
    [
        pytest.param(one, path, marks=pytest.mark.soak if one == "v1" and path in EVERYWHERE else ())
        for one in CATALOGS
        for path in [*CALLS[one], *OTHERS[one], *LAST[one]]
    ],
)
def test_refused_credentials_end_the_run_with_what_to_do(
    catalog: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    read(catalog, Refused(401, ""), {path})
    (error,) = errors_of(caplog)
    stores = " If they are right, the site may lack Wix Stores: remove the setting `store_catalog`."
    is_of_v1 = path.startswith(("/stores-reader/", "/stores/v1/"))
    assert error.endswith(
        f"Check the credentials in the settings: `api_key` and `site_id`.{stores if is_of_v1 else ''}"
    )


@pytest.mark.parametrize(
    "refused", [Refused(401, ""), Refused(403, ""), Refused(428, "SOMETHING_NEW"), Refused(500, "")], ids=str
)
def test_a_refused_count_ends_nothing(refused: Refused) -> None:
    with bent(site("v3"), lambda asked, ask: refused.answer if path_of(asked) in COUNTS else ask()) as settings:
        found = run(settings | given("v3"), select=NAMES["v3"])
    assert found.records == straight("v3").records


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("refused", KINDS, ids=str)
def test_a_refused_question_for_the_catalog_ends_the_run_or_is_answered_otherwise(
    catalog: str, refused: Refused
) -> None:
    with bent(site(catalog), lambda asked, ask: refused.answer if path_of(asked) == VERSION else ask()) as settings:
        if refused.status == HTTPStatus.FORBIDDEN or means(refused) in PERMISSIONS:
            found = run(settings | given(catalog), select=NAMES[catalog])
            assert found.records == straight(catalog).records
        else:
            with pytest.raises(WixError, match=f"Wix answered {refused.status}"):
                run(settings, select=NAMES[catalog])


def names_in(text: str) -> set[str]:
    """Return the streams with whose names a message begins."""
    return set(re.findall(r"`(\w+)`", re.split(" (?:stopped|failed)", text)[0]))


def errors_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert "Traceback" not in caplog.text
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
