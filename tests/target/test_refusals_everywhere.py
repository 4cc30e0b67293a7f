"""Every call of every sink is refused in every way of the table, each for one record among others.

A record is rejected with Wix's code and words, or tried again, or the run ends with what to do. The other records of
the call are written, and nothing ends in a traceback.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from target_wix.input_errors import RecordsRejectedError
from target_wix.verdicts import VERDICTS, Verdict
from tests.bent import Answer, Asked, bent, impatient
from tests.target.runs import Run, load, messages, product, rows
from wix_api.endpoints import contacts, stores_v1, stores_v3
from wix_api.errors import WixError
from wix_api.operations import Operation
from wix_api.refusals import CODES, STATUSES, Refusal, understand
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["impatient"]
pytestmark = pytest.mark.usefixtures("impatient")

WORDS = "so says Wix"
V1_, V3_ = "v1", "v3"
PICTURE = {"image": {"url": "https://pictures.example/one.png"}}
COLOUR: dict[str, Any] = {
    "name": "Size",
    "choices": [{"value": "S", "description": "S"}, {"value": "L", "description": "L"}],
}
SHOWN = {**COLOUR, "choices": [{**choice, "media": {"items": [PICTURE]}} for choice in COLOUR["choices"]]}


class Case(NamedTuple):
    """A record that makes a call.

    Attributes:
        operation: The call.
        stream: Where the record goes.
        before: Its entity as it is before, None if there is none.
        record: The record, without what names it.
    """

    operation: Operation
    stream: str
    before: dict[str, Any] | None
    record: dict[str, Any]


def priced(price: int = 5, **members: Any) -> dict[str, Any]:
    return {"priceData": {"price": price}, **members}


V3_PRODUCT: dict[str, Any] = {"price": 5}
SEVEN = {"actualPrice": {"amount": "7"}}
MANY = ["Old", "Older", "Oldest"]
DELETE = {"_command": "delete"}
CONTACTS = {
    "create contact": Case(contacts.CREATE_CONTACT, "contacts", None, {}),
    "update contact": Case(contacts.UPDATE_CONTACT, "contacts", {}, {"company": "New"}),
    "delete contact": Case(contacts.DELETE_CONTACT, "contacts", {}, DELETE),
    "label contact": Case(contacts.LABEL_CONTACT, "contacts", {}, {"labels": ["Old"]}),
    "unlabel contact": Case(contacts.UNLABEL_CONTACT, "contacts", {"labels": ["Old"]}, {"labels": []}),
    "make label": Case(contacts.MAKE_LABEL, "contacts", {}, {"labels": ["make label"]}),
    "make field": Case(contacts.MAKE_FIELD, "contacts", {}, {"extendedFields": {"items": {"make field": "x"}}}),
}
CASES: dict[str, dict[str, Case]] = {
    V1_: {
        **CONTACTS,
        "create collection": Case(stores_v1.CREATE_COLLECTION, "collections", None, {}),
        "update collection": Case(stores_v1.UPDATE_COLLECTION, "collections", {}, {"description": "New"}),
        "delete collection": Case(stores_v1.DELETE_COLLECTION, "collections", {}, DELETE),
        "create product": Case(stores_v1.CREATE_PRODUCT, "products", None, priced()),
        "update product": Case(stores_v1.UPDATE_PRODUCT, "products", priced(), priced(6)),
        "delete product": Case(stores_v1.DELETE_PRODUCT, "products", priced(), DELETE),
        "remove brand": Case(stores_v1.REMOVE_BRAND, "products", priced(brand="Old"), {"brand": ""}),
        "add media": Case(stores_v1.ADD_MEDIA, "products", priced(), {"media": {"items": [PICTURE]}}),
        "show for choices": Case(
            stores_v1.SHOW_FOR_CHOICES,
            "products",
            priced(productOptions=[COLOUR], media={"items": [PICTURE]}),
            {"productOptions": [SHOWN], "media": {"items": [PICTURE]}},
        ),
        "add to collection": Case(stores_v1.ADD_TO_COLLECTION, "products", priced(), {"collections": ["Old"]}),
        "remove from collection": Case(
            stores_v1.REMOVE_FROM_COLLECTION, "products", priced(collections=["Old"]), {"collections": []}
        ),
        "update inventory": Case(
            stores_v1.UPDATE_INVENTORY, "products", priced(), {"stock": {"trackInventory": True, "quantity": 3}}
        ),
        "update variants": Case(
            stores_v1.UPDATE_VARIANTS,
            "products",
            priced(productOptions=[COLOUR], manageVariants=True),
            {"variants": [{"choices": {"Size": "S"}, "variant": {"priceData": {"price": 9}}}]},
        ),
        "variants of their own": Case(
            stores_v1.UPDATE_PRODUCT, "product_variants", priced(), {"variant": {"priceData": {"price": 7}}}
        ),
        "stock of its own": Case(stores_v1.UPDATE_INVENTORY, "inventory_items", priced(), {"quantity": 4}),
        "membership": Case(stores_v1.ADD_TO_COLLECTION, "collection_products", priced(), {"collection": "Old"}),
        "no membership": Case(
            stores_v1.REMOVE_FROM_COLLECTION,
            "collection_products",
            priced(collections=["Old"]),
            {"collection": "Old", **DELETE},
        ),
    },
    V3_: {
        **CONTACTS,
        "create category": Case(stores_v3.CREATE_CATEGORY, "collections", None, {}),
        "update category": Case(stores_v3.UPDATE_CATEGORY, "collections", {}, {"description": "New"}),
        "show category": Case(stores_v3.SHOW_CATEGORY, "collections", {}, {"visible": False}),
        "move category": Case(stores_v3.MOVE_CATEGORY, "collections", {}, {"parentCategory": {"id": "Old"}}),
        "delete category": Case(stores_v3.DELETE_CATEGORY, "collections", {}, DELETE),
        "create product": Case(stores_v3.CREATE_PRODUCTS, "products", None, V3_PRODUCT),
        "create with stock": Case(
            stores_v3.CREATE_PRODUCTS_WITH_INVENTORY, "products", None, {"variant": {"inventoryItem": {"quantity": 3}}}
        ),
        "update product": Case(stores_v3.UPDATE_PRODUCTS, "products", {}, {"plainDescription": "<p>New</p>"}),
        "update with stock": Case(
            stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY, "products", {}, {"variant": {"inventoryItem": {"quantity": 3}}}
        ),
        "delete product": Case(stores_v3.DELETE_PRODUCTS, "products", {}, DELETE),
        "add to category": Case(stores_v3.ADD_ITEMS, "products", {}, {"collections": ["Old"]}),
        "remove from category": Case(stores_v3.REMOVE_ITEMS, "products", {"collections": ["Old"]}, {"collections": []}),
        "to many categories": Case(stores_v3.ADD_ITEM, "products", {}, {"collections": MANY}),
        "from many categories": Case(stores_v3.REMOVE_ITEM, "products", {"collections": MANY}, {"collections": []}),
        "variants of their own": Case(
            stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY,
            "product_variants",
            {},
            {"price": SEVEN},
        ),
        "new stock": Case(stores_v3.CREATE_STOCK, "inventory_items", {}, {"quantity": 4}),
        "stock of its own": Case(
            stores_v3.UPDATE_STOCK, "inventory_items", {"variant": {"inventoryItem": {"quantity": 3}}}, {"quantity": 4}
        ),
        "no stock": Case(
            stores_v3.DELETE_STOCK, "inventory_items", {"variant": {"inventoryItem": {"quantity": 3}}}, DELETE
        ),
        "membership": Case(stores_v3.ADD_ITEMS, "collection_products", {}, {"collection": "Old"}),
        "no membership": Case(
            stores_v3.REMOVE_ITEMS, "collection_products", {"collections": ["Old"]}, {"collection": "Old", **DELETE}
        ),
    },
}
APART = {stores_v3.GET_OR_CREATE_BRANDS, stores_v3.GET_OR_CREATE_RIBBONS, stores_v3.UPSERT_STOCK}
"""Calls for which others are sent where they are refused; the sandbox does not offer the last one here."""
ALONE = {"to many categories", "from many categories"}
"""Cases whose calls would be other ones among those of more products."""
EVERY = [(catalog, name) for catalog, cases in CASES.items() for name in cases]
JOINS = {stores_v1.ADD_TO_COLLECTION, stores_v3.ADD_ITEMS, stores_v3.ADD_ITEM}
LEAVES = {stores_v1.REMOVE_FROM_COLLECTION, stores_v3.REMOVE_ITEMS, stores_v3.REMOVE_ITEM}
MAKES = {contacts.MAKE_LABEL, contacts.MAKE_FIELD, stores_v3.CREATE_STOCK}
ORDER = ("contacts", "collections", "products", "product_variants", "inventory_items", "collection_products")
SETTINGS = {"stream_options": {"contacts": {"create_missing_labels": True, "create_missing_fields": True}}}


def record_of(catalog: str, stream: str, name: str, members: dict[str, Any]) -> dict[str, Any]:
    """Write a record, or an entity before it, that is found by its name."""
    slug = name.replace(" ", "-")
    if stream == "contacts":
        apart = ("_command", "labels")
        info = {key: value for key, value in members.items() if key not in apart}
        person = {"name": {"first": name}, "emails": {"items": [{"email": f"{slug}@example.com"}]}}
        return {"info": {**person, **info}, **{key: members[key] for key in apart if key in members}}
    if stream == "collections":
        return {"name": name, "slug": slug, **members}
    if stream in {"product_variants", "inventory_items"}:
        return {"sku": slug, **members}
    if stream == "collection_products":
        return {"handle": slug, "slug": slug, **members}
    if catalog == V1_:
        return {"name": name, "slug": slug, "sku": slug, **members}
    command = {key: members[key] for key in ("_command", "collections") if key in members}
    rest = {key: value for key, value in members.items() if key not in command}
    return {**product(name, handle=slug, slug=slug, sku=slug, **rest), **command}


@cache
def shop(catalog: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Make the shop as it is before: its state, and the ids of its entities by their names."""
    before: dict[str, list[dict[str, Any]]] = {name: [] for name in ORDER[:3]}
    before["collections"] += [{"name": name, "slug": name.lower()} for name in MANY]
    for name, case in CASES[catalog].items():
        if case.before is not None:
            kind = case.stream if case.stream in before else "products"
            before[kind].append(record_of(catalog, kind, name, case.before))
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site, TemporaryDirectory() as folder:
        done = load(site, Path(folder), messages(**before), **SETTINGS)
        assert (done.error, done.codes) == (None, [])
        state = requests.get(f"{site.config()['api_url']}/_sandbox/state", timeout=60).json()
        of_catalog = stores_v1 if catalog == V1_ else stores_v3
        listed = [
            *rows(site, of_catalog.PRODUCTS),
            *rows(site, stores_v1.COLLECTIONS if catalog == V1_ else stores_v3.CATEGORIES),
        ]
        people = rows(site, contacts.CONTACTS)
        stock = rows(site, stores_v3.STOCK) if catalog == V3_ else []
    ids = {str(row["name"]): str(row["id"]) for row in listed}
    ids |= {row["info"]["name"]["first"]: row["id"] for row in people}
    by_product = {row["productId"]: row["id"] for row in stock}
    ids |= {f"stock of {name}": by_product[one] for name, one in ids.items() if one in by_product}
    return state, ids


def scenes(catalog: str) -> list[list[str]]:
    """Give the cases that are loaded together."""
    names = CASES[catalog].keys()
    return [sorted(some) for some in (names - ALONE, names & ALONE) if some]


def is_about(catalog: str, name: str, asked: Asked) -> bool:
    """True if a request is the call of a case, for its record."""
    operation = CASES[catalog][name].operation
    path = re.sub(r"\{\w+\}", "[^/]+", operation.path)
    if asked.method != operation.method or not re.fullmatch(path, asked.path.partition("?")[0]):
        return False
    ids = shop(catalog)[1]
    marks = {f'"{name}"', f'"{name.replace(" ", "-")}"', ids.get(name, name), ids.get(f"stock of {name}", name)}
    return any(mark in asked.text or mark in asked.path for mark in marks)


def run(
    catalog: str, names: list[str], bend: Callable[[Asked, Callable[[], Answer]], Answer], tmp_path: Path
) -> dict[str, dict[str, Any]]:
    """Load the records of some cases; return their results by their names."""
    state, ids = shop(catalog)
    streams: dict[str, list[dict[str, Any]]] = {name: [] for name in ORDER}
    for name in names:
        case = CASES[catalog][name]
        record = record_of(catalog, case.stream, name, case.record)
        if "parentCategory" in record:
            record["parentCategory"] = {"id": ids["Old"]}
        streams[case.stream].append(record)
    used = {stream: listed for stream, listed in streams.items() if listed}

    def without_upserts(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return Answer(404, {}) if asked.path == stores_v3.UPSERT_STOCK.path else bend(asked, ask)

    with Sandbox(SandboxOptions(catalog=catalog, seed=state)).serve() as site, bent(site, without_upserts) as settings:
        done = load(site, tmp_path, messages(**used), **SETTINGS, **settings)
    return {"": {"run": done}, **results(done, catalog, names)}


def results(done: Run, catalog: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Give the result of each case: results come in the order of the input."""
    found = {}
    for stream in ORDER:
        of_stream = [name for name in names if CASES[catalog][name].stream == stream]
        found |= dict(zip(of_stream, (one for one in done.results if one["stream"] == stream), strict=False))
    return found


class Refused(NamedTuple):
    """An answer of the table."""

    status: int
    code: str

    def __str__(self) -> str:
        return f"{self.status} {self.code}"

    @property
    def refusal(self) -> Refusal:
        return understand(self.status, self.code, is_write=True).refusal

    @property
    def answer(self) -> Answer:
        error = {"code": self.code, "description": WORDS, "data": {}}
        return Answer(self.status, {"message": WORDS, "details": {"applicationError": error} if self.code else {}})


def table() -> list[Refused]:
    """Give an answer for each row of the table, and codes that it does not know."""
    coded = [Refused((row.statuses or (428,))[0], row.codes[0].replace("*", "SOME")) for row in CODES]
    new = [Refused(status, "SOMETHING_NEW") for status in (400, 403, 404, 409, 422, 428, 429)]
    return list(dict.fromkeys([*coded, *new, *(Refused(row.status, "") for row in STATUSES)]))


def follows(catalog: str, name: str, refused: Refused) -> Verdict:
    """Give what the table of the target says about a case."""
    case = CASES[catalog][name]
    verdicts = VERDICTS[refused.refusal]
    if case.operation in JOINS:
        return verdicts.join
    if case.operation in LEAVES:
        return verdicts.leave
    if case.record.get("_command"):
        return verdicts.delete
    return verdicts.create if case.before is None or case.operation in MAKES else verdicts.update


def ends(refused: Refused) -> bool:
    return set(VERDICTS[refused.refusal]) == {Verdict.END}


TABLE = table()


def test_every_write_of_the_target_is_among_the_cases_and_none_is_refused_by_itself(tmp_path: Path) -> None:
    for catalog, module in ((V1_, stores_v1), (V3_, stores_v3)):
        listed = [*vars(module).values(), *vars(contacts).values()]
        writes = {one for one in listed if isinstance(one, Operation) and one.writes}
        met: set[str] = set()

        def bend(asked: Asked, ask: Callable[[], Answer], met: set[str] = met, catalog: str = catalog) -> Answer:
            met |= {name for name in CASES[catalog] if is_about(catalog, name, asked)}
            return ask()

        for names in scenes(catalog):
            assert run(catalog, names, bend, tmp_path)[""]["run"].codes == []
        assert met == CASES[catalog].keys()
        known = {case.operation for case in CASES[catalog].values()}
        assert writes - known <= APART


@pytest.mark.parametrize("catalog", CASES)
@pytest.mark.parametrize(
    "refused", [one for one in table() if not ends(one)], ids=lambda one: f"{one.status} {one.code}"
)
def test_a_refused_record_is_rejected_with_wixs_words_or_tried_again(
    catalog: str, refused: Refused, tmp_path: Path
) -> None:
    for names in scenes(catalog):
        check(catalog, names, refused, tmp_path)


def check(catalog: str, names: list[str], refused: Refused, tmp_path: Path) -> None:
    rejected = {name for name in names if follows(catalog, name, refused) is Verdict.REJECT}
    hit: set[str] = set()

    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        about = {name for name in names if is_about(catalog, name, asked)}
        refusing = about & (rejected | about - hit)
        hit.update(about)
        return refused.answer if refusing else ask()

    found = run(catalog, names, bend, tmp_path)
    done: Run = found.pop("")["run"]
    assert isinstance(done.error, RecordsRejectedError | None)
    assert found.keys() == set(names)
    assert {name for name, result in found.items() if result["error"]} == rejected
    for name in rejected:
        error = found[name]["error"]
        assert error["code"] == (refused.code or f"HTTP_{refused.status}"), name
        assert WORDS in error["message"], name


@pytest.mark.parametrize(("catalog", "name"), EVERY)
def test_a_call_that_the_key_may_not_make_ends_the_run_with_what_to_do(catalog: str, name: str, tmp_path: Path) -> None:
    refused = Answer(403, {"message": WORDS, "details": {}})

    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return refused if is_about(catalog, name, asked) else ask()

    done: Run = run(catalog, [name], bend, tmp_path)[""]["run"]
    assert isinstance(done.error, WixError)
    assert WORDS in str(done.error)
    assert "Grant the missing permission SCOPE." in str(done.error)


@pytest.mark.parametrize("refused", [one for one in TABLE if ends(one)], ids=str)
def test_what_is_about_the_site_or_the_credential_ends_the_run_with_what_to_do(
    refused: Refused, tmp_path: Path
) -> None:
    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return refused.answer if is_about(V3_, "update product", asked) else ask()

    done: Run = run(V3_, ["update product"], bend, tmp_path)[""]["run"]
    assert isinstance(done.error, WixError)
    assert f"Wix answered {refused.status}" in str(done.error)
    assert done.error.advice
