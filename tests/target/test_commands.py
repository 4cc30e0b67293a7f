"""The table of commands: what each does to each kind of thing, on both catalogs.

Rows are streams, columns are what the site has of the thing. `deleted since` is deleted by somebody else after it was
found and before it is written.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.domain_table import STREAMS as WRITTEN
from tests.target.kill.lives import live
from tests.target.runs import load, messages, product, writes
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources import ecom, ecom_orders, ecom_payments, forms, rebuild
from wix_sandbox.resources.forms import CONTACT_FORM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox.site import Site

    Entity = dict[str, Any]
    Rows = dict[str, list[Entity]]

COMMANDS = ("upsert", "create", "update", "delete", "ignore")
CASES = ("absent", "present", "equal", "deleted since", "ambiguous", "twice")
STREAMS = (
    "api_calls",
    "contact_labels",
    "brands",
    "ribbons",
    "contacts",
    "collections",
    "products",
    "product_variants",
    "inventory_items",
    "collection_products",
    "fulfillments",
    "messages",
    "form_submissions",
    "orders",
)

OF_ONE_API = frozenset(
    {"api_calls", "contact_labels", "contacts", "fulfillments", "messages", "form_submissions", "orders"}
)
"""Streams for which the catalog does not matter."""
IGNORED = dict.fromkeys(CASES, ("ignored",)) | {"twice": ("ignored", "ignored")}
AMBIGUOUS = ("AMBIGUOUS_MATCH",)
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    "upsert": {
        "absent": ("created",),
        "present": ("updated",),
        "equal": ("unchanged",),
        "deleted since": ("created",),
        "ambiguous": AMBIGUOUS,
        "twice": ("created", "unchanged"),
    },
    "create": {
        "absent": ("created",),
        "present": ("ALREADY_EXISTS",),
        "equal": ("unchanged",),
        "deleted since": ("ALREADY_EXISTS",),
        "ambiguous": AMBIGUOUS,
        "twice": ("created", "unchanged"),
    },
    "update": {
        "absent": ("NOT_FOUND",),
        "present": ("updated",),
        "equal": ("unchanged",),
        "deleted since": ("NOT_FOUND",),
        "ambiguous": AMBIGUOUS,
        "twice": ("NOT_FOUND", "NOT_FOUND"),
    },
    "delete": {
        "absent": ("unchanged",),
        "present": ("deleted",),
        "equal": ("deleted",),
        "deleted since": ("unchanged",),
        "ambiguous": AMBIGUOUS,
        "twice": ("unchanged", "unchanged"),
    },
    "ignore": IGNORED,
}


def mug(catalog: str, sku: str, **members: Any) -> Entity:
    if catalog == "v1":
        return {"name": "Mug", "priceData": {"price": 10}, "sku": sku, **members}
    return {**product("Mug", price="10", sku=sku), **members}


def fill(catalog: str) -> Rows:
    """What the site has: A is there, B has no place and no counted stock, two things are called Twins."""
    twins = [{"name": "Twins", "slug": slug} for slug in ("twins-1", "twins-2")]
    return {
        "contacts": [
            {"email": "a@example.com", "firstName": "Ann"},
            {"email": "t1@example.com", "phone": "+1 555 0101"},
            {"email": "t2@example.com", "phone": "+1 555 0102"},
        ],
        "collections": [{"name": "Cups", "description": "Old"}, *twins],
        "products": [mug(catalog, "A"), mug(catalog, "B"), mug(catalog, "T1"), mug(catalog, "T2")],
        "inventory_items": [{"sku": "A", "quantity": 3}],
        "collection_products": [{"collection": "Cups", "sku": "A"}],
    }


LABEL, PART = "custom.a", "00000000-0000-4000-8000-00000000000a"
"""Key of a label, id of a brand and of a ribbon: those that are called A."""


def put_names(site: Site) -> None:
    """Put three labels, and on catalog V3 three brands and ribbons: one is called A, two are called Twins."""
    names = (("a", "A"), ("b", "Twins"), ("c", "Twins"))
    for mark, name in names:
        key = f"{LABEL[:-1]}{mark}"
        own = {"namespace": "custom", "labelType": "USER_DEFINED"}
        site.store.insert("labels", {"id": key, "key": key, "displayName": name, **own})
    for kind in ("brands", "ribbons") if site.options.catalog == "v3" else ():
        for mark, name in names:
            site.store.insert(kind, {"id": f"{PART[:-1]}{mark}", "name": name, "revision": "1"})


def imported(external: str) -> Entity:
    """Return an order of another shop."""
    catalog = {"catalogItemId": "a-product", "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"}
    line = {"productName": {"original": "Mug"}, "quantity": 1, "price": {"amount": "10.00"}}
    return {
        "channelInfo": {"type": "OTHER_PLATFORM", "externalOrderId": external},
        "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
        "status": "APPROVED",
        "paymentStatus": "PAID",
        "billingInfo": {"contactDetails": {"lastName": "Sample"}},
        "lineItems": [{**line, "itemType": {"preset": "PHYSICAL"}, "catalogReference": catalog}],
        "priceSummary": {"total": {"amount": "10.00"}},
    }


def put_orders(site: Site) -> None:
    """Put three imported orders: one of A, two of Twins."""
    for external in ("A", "Twins", "Twins"):
        ecom.import_order(site, imported(external))


def entered(name: str) -> Entity:
    """Return what was entered into a form."""
    return {"first_name_f409": name, "email_9c1e": "a@example.com"}


def put_submissions(site: Site) -> None:
    """Put three submissions: one of A, two of Twins, all of them old."""
    for mark, name in (("a", "A"), ("b", "Twins"), ("c", "Twins")):
        made = forms.create(site, {"formId": CONTACT_FORM, "submissions": entered(name)})
        site.store.delete("form_submissions", made["id"])
        old = dict.fromkeys(("createdDate", "updatedDate"), "2024-01-02T03:04:05.678Z")
        site.store.insert("form_submissions", {**made, **old, "id": f"{PART[:-1]}{mark}"})


TALK = "00000000-0000-4000-8000-00000000000b"


def put_messages(sandbox: Sandbox, folder: Path) -> None:
    """Send one message that is called A, and two that are called Twins."""
    sandbox.site.store.insert("inbox_conversations", {"id": TALK, "participant": {"anonymousVisitorId": PART}})
    listed = [{"conversationId": TALK, "id": key, "text": text} for key, text in (("A", "A"), *TWINS)]
    drop_notes(folder)
    assert live(sandbox, messages(messages=listed), folder / "results.jsonl").error is None


def drop_notes(folder: Path) -> None:
    """Drop the notes of what was sent, which are about another state of the site."""
    for path in folder.rglob("*.sent"):
        path.unlink()


TWINS = (("1", "Twins"), ("2", "Twins"))
PARCEL = {"trackingNumber": "A", "shippingProvider": "dhl"}


def place_orders(site: Site) -> None:
    """Place three orders: one that is sent, one that is not, and one in two parcels without numbers."""
    line = {
        "productName": {"original": "Mug"},
        "quantity": 2,
        "price": {"amount": "10.00"},
        "itemType": {"preset": "PHYSICAL"},
        "catalogReference": {"catalogItemId": "a-product", "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"},
    }
    totals = {"priceSummary": {}, "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"}}
    body = {"lineItems": [line], "channelInfo": {"type": "WEB"}, "status": "APPROVED", **totals}
    sent, _, parcels = (ecom_orders.create(site, body, {}) for _ in range(3))
    whole = {"lineItems": [{"id": sent["lineItems"][0]["id"], "quantity": 2}], "trackingInfo": PARCEL}
    ecom_payments.create(site, sent["id"], whole, "fulfillment")
    half = {"lineItems": [{"id": parcels["lineItems"][0]["id"], "quantity": 1}]}
    for _ in range(2):
        ecom_payments.create(site, parcels["id"], half, "fulfillment")


def row(stream: str, catalog: str, case: str) -> Entity:
    """Return the record of a case."""
    weight = {"physicalProperties": {"weight": 0.5}}
    both = {"info": {"emails": {"items": [{"email": "t1@example.com"}, {"email": "t2@example.com"}]}}}
    parts: dict[str, Entity] = {
        "absent": {"name": "Z"},
        "equal": {"name": "A"},
        "present": {"id": PART, "name": "New"},
        "ambiguous": {"name": "Twins"},
    }
    parcel_of = {"orderNumber": "10001", **PARCEL}
    bought = imported("A")
    entry = {"formId": CONTACT_FORM, "submissions": entered("A"), "id": PART}
    said = {"conversationId": TALK, "id": "A", "text": "A"}
    call = {"method": "POST", "path": "/contacts/v4/labels", "body": {"displayName": "Z"}}
    rows: dict[str, dict[str, Entity]] = {
        "api_calls": dict.fromkeys(CASES, call),
        "contact_labels": {
            "absent": {"displayName": "Z"},
            "equal": {"displayName": "A"},
            "present": {"key": LABEL, "displayName": "New"},
            "ambiguous": {"displayName": "Twins"},
        },
        "brands": parts,
        "ribbons": parts,
        "contacts": {
            "absent": {"email": "z@example.com", "firstName": "Zoë"},
            "equal": {"email": "a@example.com", "firstName": "Ann"},
            "present": {"email": "a@example.com", "firstName": "Ada"},
            "ambiguous": both,
        },
        "collections": {
            "absent": {"name": "Plates"},
            "equal": {"name": "Cups", "description": "Old"},
            "present": {"name": "Cups", "description": "New"},
            "ambiguous": {"name": "Twins"},
        },
        "products": {
            "absent": mug(catalog, "Z"),
            "equal": mug(catalog, "A"),
            "present": mug(catalog, "A", name="Cup"),
            "ambiguous": mug(catalog, "TWIN"),
        },
        "product_variants": {
            "absent": {"sku": "Z", **weight},
            "equal": {"sku": "A", "price": {"actualPrice": {"amount": "10.0"}}},
            "present": {"sku": "A", **weight},
            "ambiguous": {"sku": "TWIN", **weight},
        },
        "inventory_items": {
            "absent": {"sku": "B", "quantity": 3} if catalog == "v3" else {"sku": "Z", "quantity": 3},
            "equal": {"sku": "A", "quantity": 3},
            "present": {"sku": "A", "quantity": 4},
            "ambiguous": {"sku": "TWIN", "quantity": 3},
        },
        "collection_products": {
            "absent": {"collection": "Cups", "sku": "B"},
            "equal": {"collection": "Cups", "sku": "A"},
            "present": {"collection": "Cups", "sku": "A"},
            "ambiguous": {"collection": "Cups", "sku": "TWIN"},
        },
        "orders": {
            "absent": imported("Z"),
            "equal": bought,
            "present": {**bought, "buyerNote": "New"},
            "ambiguous": imported("Twins"),
        },
        "form_submissions": {
            "absent": {"formId": CONTACT_FORM, "submissions": entered("Z")},
            "equal": entry,
            "present": {**entry, "submissions": entered("New")},
            "ambiguous": {"formId": CONTACT_FORM, "submissions": entered("Twins")},
        },
        "messages": {
            "absent": {"conversationId": TALK, "text": "Z"},
            "equal": said,
            "present": {**said, "text": "New"},
            "ambiguous": {"conversationId": TALK, "text": "Twins"},
        },
        "fulfillments": {
            "absent": {**parcel_of, "orderNumber": "10002"},
            "equal": parcel_of,
            "present": {**parcel_of, "status": "Ready"},
            "ambiguous": {"orderNumber": "10003", **PARCEL},
        },
    }
    known = {"twice": "absent", "deleted since": "present"}
    return rows[stream][known.get(case, case)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def shops(folder: Path) -> dict[str, tuple[Sandbox, Rows]]:
    """A sandbox of each catalog, and the state from which each case begins."""
    made = {}
    for catalog in ("v1", "v3"):
        sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True))
        done = live(sandbox, messages(**fill(catalog)), folder / "results.jsonl")
        assert done.error is None, done.error
        place_orders(sandbox.site)
        put_names(sandbox.site)
        put_messages(sandbox, folder)
        put_submissions(sandbox.site)
        put_orders(sandbox.site)
        state = sandbox.site.store.snapshot()
        for one in state["products"]:
            _call_twins(one)
        made[catalog] = (sandbox, state)
    return made


def _call_twins(one: Any) -> None:
    """Set the same SKU for two products, as old products of Wix have it."""
    of_v1 = [entry["variant"] for entry in one.get("variants") or []]
    for holder in (one, *((one.get("variantsInfo") or {}).get("variants") or []), *of_v1):
        if str(holder.get("sku")) in {"T1", "T2"}:
            holder["sku"] = "TWIN"


@pytest.mark.parametrize(
    ("catalog", "stream"),
    # Streams of one API on either catalog, on both only in long runs.
    [
        pytest.param(catalog, stream, marks=pytest.mark.soak if catalog == "v1" and stream in OF_ONE_API else ())
        for catalog in ("v1", "v3")
        for stream in STREAMS
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_does_what_the_table_says(
    catalog: str, stream: str, command: str, shops: dict[str, tuple[Sandbox, Rows]], folder: Path
) -> None:
    reported = {case: carried_out(shops[catalog], stream, command, case, folder) for case in CASES}

    assert reported == {**TABLE[command], **_exceptions(stream, catalog).get(command, {})}


def carried_out(shop: tuple[Sandbox, Rows], stream: str, command: str, case: str, folder: Path) -> tuple[str, ...]:
    """Return what became of the record, or why not."""
    sandbox, state = shop
    catalog = str(sandbox.site.options.catalog)
    sandbox.site.store.load(state)
    rebuild(sandbox.site)
    sandbox.app.journal.clear()
    drop_notes(folder)
    rows = [{**row(stream, catalog, case), "_command": command}] * (1 + (case == "twice"))
    undo = _deleting(sandbox, stream) if case == "deleted since" else None
    try:
        done = live(sandbox, messages(**{stream: rows}), folder / "results.jsonl", settings={"on_reject": "skip"})
    finally:
        if undo:
            undo()
    assert done.error is None
    found = tuple(str((each["error"] or {}).get("code") or each["outcome"]) for each in done.results)
    if case != "deleted since" and not {"created", "updated", "deleted"} & {*found}:
        assert writes(sandbox.app) == []
    return found


@pytest.mark.parametrize("stream", ["product_variants", "inventory_items"])
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_create_of_a_part_of_a_product_needs_a_key(
    catalog: str, stream: str, shops: dict[str, tuple[Sandbox, Rows]], folder: Path
) -> None:
    listed = messages(**{stream: [{"slug": "mug", "quantity": 1, "_command": "create"}]})
    done = live(shops[catalog][0], listed, folder / "results.jsonl", settings={"on_reject": "skip"})
    assert done.error is None
    assert [each["error"]["code"] for each in done.results] == ["NO_KEY"]


MISSPELLED = {
    "api_calls": ("methd", "method"),
    "contact_labels": ("display_nam", "displayName"),
    "brands": ("naame", "name"),
    "ribbons": ("naame", "name"),
    "contacts": ("compnay", "company"),
    "collections": ("visble", "visible"),
    "products": ("info_section", "infoSections"),
    "product_variants": ("barcod", "barcode"),
    "inventory_items": ("quantitty", "quantity"),
    "collection_products": ("productID ", "productId"),
    "fulfillments": ("tracking_nmber", "trackingNumber"),
    "messages": ("visiblity", "visibility"),
    "form_submissions": ("submission", "submissions"),
    "orders": ("buyer_notes", "buyerNote"),
}
"""A misspelled column of each stream, and the column it is spelled like."""


@pytest.mark.parametrize("stream", STREAMS)
def test_an_unknown_column_of_any_stream_is_named_once_with_the_nearest_one(
    stream: str,
    shops: dict[str, tuple[Sandbox, Rows]],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox, state = shops["v3"]
    drop_notes(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    unknown, near = MISSPELLED[stream]
    rows = [{**row(stream, "v3", case), unknown: "x"} for case in ("present", "absent")]

    with sandbox.serve() as site:
        site.store.load(state)
        rebuild(site.site)
        done = load(site, folder, messages(**{stream: rows}), on_reject="skip")

    assert done.error is None
    named = [line for line in map(logging.LogRecord.getMessage, caplog.records) if f"`{unknown}`" in line]
    assert named == [f"{stream}: `{unknown}` cannot be written and is left out. The nearest column is `{near}`."]


READING = re.compile(r"(query|search|get|list|version)[^.]*$")
KINDS: dict[str, tuple[str, ...]] = {
    "api_calls": (),
    "contact_labels": ("labels",),
    "brands": ("brands",),
    "ribbons": ("ribbons",),
    "contacts": ("contacts",),
    "collections": ("categories", "collections"),
    "products": ("products",),
    "product_variants": ("products",),
    "inventory_items": ("inventory_items", "products"),
    "collection_products": ("products",),
    "fulfillments": ("fulfillments",),
    "messages": (),
    "form_submissions": ("form_submissions",),
    "orders": ("orders",),
}


def _deleting(sandbox: Sandbox, stream: str) -> Callable[[], None]:
    """Delete the entity just before the first write; return a function that ends this."""
    bent = sandbox.app._bent

    def is_it(kind: str, one: Entity) -> bool:
        message = str(one)
        if kind == "products":
            # On V3 somebody deletes the stock, not its product.
            return "'A'" in message and (stream != "inventory_items" or sandbox.site.options.catalog == "v1")
        return "'A'" in message or "'Cups'" in message or "'Ann'" in message

    async def bend(exchange: Any) -> Any:
        if not READING.search(str(exchange.operation)):
            sandbox.app._bent = bent  # type: ignore[method-assign]
            state = sandbox.site.store.snapshot()
            there = [(kind, one) for kind in KINDS[stream] for one in state.get(kind) or []]
            for kind, one in there:
                if is_it(kind, one):
                    sandbox.site.store.delete(kind, one["id"])
            rebuild(sandbox.site)
        return await bent(exchange)

    sandbox.app._bent = bend  # type: ignore[method-assign]

    def undo() -> None:
        sandbox.app._bent = bent  # type: ignore[method-assign]

    return undo


def _twice(code: str) -> dict[str, tuple[str, ...]]:
    return {"absent": (code,), "twice": (code, code)}


def _exceptions(stream: str, catalog: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Where a stream differs from the table: command → case → outcomes."""
    unknown = {**_twice("UNKNOWN_VARIANT"), "deleted since": ("UNKNOWN_VARIANT",)}
    if stream in {"api_calls", "messages", "form_submissions"}:
        return _exceptions_of_sends(stream)
    if stream in {"brands", "ribbons"} and catalog == "v1":
        none = dict.fromkeys(CASES, ("NOT_ON_CATALOG_V1",)) | {"twice": ("NOT_ON_CATALOG_V1",) * 2}
        return dict.fromkeys(("upsert", "create", "update", "delete"), none)
    if stream == "product_variants" or (stream, catalog) == ("inventory_items", "v1"):
        # These are made and deleted with their product.
        kept = dict.fromkeys(("present", "equal", "deleted since"), ("NOT_DELETABLE",))
        return {
            "upsert": unknown,
            "create": _twice("UNKNOWN_VARIANT"),
            "update": unknown,
            "delete": kept,
        }
    if stream == "orders":
        # An import makes an order again that was deleted in the meantime, and a job deletes what is there.
        again = {"deleted since": ("updated",)}
        return {"upsert": again, "update": again, "delete": {"deleted since": ("deleted",)}}
    if stream == "collection_products":
        # A membership has nothing that could differ: it is there or not, and that is looked at once.
        same = dict.fromkeys(("present", "deleted since"), ("unchanged",))
        return {"upsert": same, "create": same, "update": same, "delete": {"deleted since": ("deleted",)}}
    # A delete with a tracking number that no parcel has deletes none.
    return {"delete": {"ambiguous": ("unchanged",)}} if stream == "fulfillments" else {}


def _exceptions_of_sends(stream: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Where a stream whose records are sent once differs from the table."""
    if stream == "api_calls":
        # Nothing is looked up: what a call does is known to Wix alone.
        sent = dict.fromkeys(CASES, ("created",)) | {"twice": ("created", "unchanged")}
        refused = dict.fromkeys(CASES, ("NOT_POSSIBLE",)) | {"twice": ("NOT_POSSIBLE",) * 2}
        return {"upsert": sent, "create": sent, "update": refused, "delete": refused}
    # What was sent is never changed or deleted, and another one with the same content is another one.
    stays = ("unchanged",) if stream == "messages" else ("NOT_UPDATABLE",)
    present = dict.fromkeys(("present", "deleted since"), stays)
    kept = dict.fromkeys(("present", "equal", "deleted since"), ("NOT_DELETABLE",))
    another = {command: {**present, "ambiguous": ("created",)} for command in ("upsert", "create")}
    updates = {**present, "ambiguous": ("NOT_FOUND",)}
    return {**another, "update": updates, "delete": {**kept, "ambiguous": ("unchanged",)}}


def test_the_table_has_a_row_for_each_stream() -> None:
    assert {*STREAMS} == WRITTEN
