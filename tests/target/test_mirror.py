"""`load_method: overwrite`: in the end the shop holds what the input held, and nothing goes that it may hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.domains.memberships import CollectionProducts
from target_wix.errors import RecordsRejectedError, TooManyDeletesError
from tests.target.runs import messages, product, record, schema, writes
from wix_api.errors import SettingsError
from wix_sandbox.resources import rebuild
from wix_sandbox.resources.stores_v1 import products as v1_products
from wix_sandbox.resources.stores_v3 import products as v3_products

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]
    Entity = dict[str, Any]

CATALOGS = pytest.mark.parametrize("catalog", ["v1", "v3"])
MIRROR = {"load_method": "overwrite"}


def mug(catalog: str, sku: str, **members: Any) -> Entity:
    return (
        {"name": sku, "sku": sku, "priceData": {"price": 10}, **members}
        if catalog == "v1"
        else product(sku, sku=sku, **members)
    )


def names(site: RunningSite, kind: str = "products") -> list[str]:
    rows = site.state().get(kind) or (site.state().get("collections") if kind == "categories" else None) or []
    return sorted(row["name"] for row in rows if row["name"] != "All Products")


def _age(site: RunningSite) -> None:
    """Set old dates for all entities, since clocks are compared to the second."""
    state = site.state()
    for rows in state.values():
        for row in rows:
            if "createdDate" in row:
                row["createdDate"] = "2020-01-01T00:00:00.000Z"
    site.store.load(state)
    rebuild(site.site)
    site.journal.clear()


@pytest.fixture
def filled(open_shop: Callable[..., RunningSite], run: Start) -> Callable[[str], RunningSite]:
    """Open a shop of four products, three collections and three contacts."""

    def fill(catalog: str) -> RunningSite:
        site = open_shop(catalog=catalog, empty=True)
        listed = messages(
            collections=[{"name": name} for name in ("Cups", "Old", "Named")],
            products=[mug(catalog, sku) for sku in "ABCD"],
            contacts=[{"email": f"{name}@example.com"} for name in ("ann", "bo", "cy")],
        )
        assert set(run(site, listed).outcomes) == {"created"}
        _age(site)
        return site

    return fill


def test_contacts_that_are_members_of_the_site_are_kept(
    filled: Callable[[str], RunningSite], run: Start, caplog: pytest.LogCaptureFixture
) -> None:
    site = filled("v3")
    state = site.state()
    ann = next(one for one in state["contacts"] if one["primaryInfo"]["email"] == "ann@example.com")
    ann["memberInfo"] = {"status": "ACTIVE"}
    site.store.load(state)
    run(site, messages(contacts=[{"email": "bo@example.com"}]), stream_options={"contacts": MIRROR})
    assert sorted(one["primaryInfo"]["email"][:3] for one in site.state()["contacts"]) == ["ann", "bo@"]
    assert "contacts that are members of the site are not deleted" in caplog.text


@CATALOGS
def test_what_the_input_does_not_hold_is_deleted_at_its_end(
    catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    listed = messages(
        collections=[{"name": "Cups"}, {"name": "New"}],
        # A collection that only a product names is held too.
        products=[mug(catalog, "A", collections=["Named"]), mug(catalog, "Z")],
        contacts=[{"email": "ann@example.com"}],
    )
    before = site.state()
    plan = run(site, listed, dry_run=True, **MIRROR)
    assert site.state() == before
    site.journal.clear()

    done = run(site, listed, **MIRROR)

    assert done.error is None
    assert plan.outcomes == done.outcomes
    assert plan.plan == pytest.approx(len(site.journal.entries), rel=0.05)
    assert names(site) == ["A", "Z"]
    assert names(site, "categories") == ["Cups", "Named", "New"]
    assert len(site.state()["contacts"]) == 1
    site.journal.clear()
    assert set(run(site, listed, **MIRROR).outcomes) == {"unchanged"}
    assert writes(site) == []


@CATALOGS
def test_what_a_mirror_deletes_is_summed_up_and_shown_and_no_line_of_the_results(
    catalog: str, filled: Callable[[str], RunningSite], run: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = filled(catalog)
    caplog.set_level(logging.INFO)
    ids = {row["name"]: row["id"] for row in site.state()["products"]}
    listed, report = messages(products=[mug(catalog, "A"), mug(catalog, "B")]), tmp_path / "report.html"

    run(site, listed, dry_run=True, report_path=str(report), **MIRROR)
    assert _reported(caplog, "products: 2 to delete because the input lacks them: ") == {
        f"id={ids[name]}" for name in "CD"
    }
    assert all(ids[name] in report.read_text() for name in "CD")

    done = run(site, listed, report_path=str(report), **MIRROR)
    assert _reported(caplog, "products: 2 deleted because the input lacks them: ") == {
        f"id={ids[name]}" for name in "CD"
    }
    assert "2 deleted because the input lacks them" in report.read_text()
    assert [result["line"] for result in done.results] == [2, 3]


def _reported(caplog: pytest.LogCaptureFixture, begin: str) -> set[str]:
    """What the one message that begins so names."""
    (message,) = [each for each in caplog.messages if each.startswith(begin)]
    return set(message.removeprefix(begin).removesuffix(".").split("; "))


@CATALOGS
def test_nothing_is_deleted_unless_it_is_asked_for(
    catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)

    run(site, messages(products=[mug(catalog, "A")]), stream_options={"contacts": {"load_method": "overwrite"}})

    assert names(site) == ["A", "B", "C", "D"]
    assert len(site.state()["contacts"]) == 3


@CATALOGS
@pytest.mark.parametrize("why", ["empty", "rejected", "error", "retry"])
def test_nothing_is_deleted_after_an_input_that_is_not_whole(  # noqa: PLR0917 - fixtures
    catalog: str,
    why: str,
    filled: Callable[[str], RunningSite],
    run: Start,
    tmp_path: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = filled(catalog)
    settings: dict[str, Any] = {**MIRROR, "on_reject": "skip"}
    listed = [schema("products"), record("products", mug(catalog, "A"))]
    if why == "empty":
        listed = listed[:1]
    elif why == "rejected":
        listed.append(record("products", {**mug(catalog, "B"), "name": "x" * 90}))
    elif why == "error":
        listed.append({"type": "NONSENSE"})
    else:
        run(site, [*listed[:1], record("products", mug(catalog, "D"))])
        settings["retry_results"] = str(tmp_path / "results.jsonl")
        listed.append(record("products", mug(catalog, "D")))

    run(site, listed, **settings)

    assert names(site) == ["A", "B", "C", "D"]
    if why != "error":
        assert "products: entities that the input lacks are not deleted: " in caplog.text


@CATALOGS
def test_overwrite_respects_max_deletes(catalog: str, filled: Callable[[str], RunningSite], run: Start) -> None:
    site = filled(catalog)
    listed = messages(products=[mug(catalog, "A"), {"sku": "B", "_command": "delete"}])

    done = run(site, listed, max_deletes=2, **MIRROR)

    assert isinstance(done.error, TooManyDeletesError)
    assert "would delete 3, with 2 records" in str(done.error)
    assert names(site) == ["A", "B", "C", "D"]
    assert run(site, listed, max_deletes=3, **MIRROR).error is None
    assert names(site) == ["A"]


@CATALOGS
def test_entities_that_others_create_meanwhile_are_kept(
    catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    seen = site.app._bent

    async def bend(exchange: Any) -> Any:
        # While the run's first look-up is on its way, somebody else makes a product and a collection.
        if exchange.operation == "products.query" and not made:
            made.append(True)
            make_another()
        return await seen(exchange)

    made: list[bool] = []

    def make_another() -> None:
        if catalog == "v1":
            v1_products.create_product(site.site, {"name": "Theirs", "sku": "T", "priceData": {"price": 1}})
        else:
            body = {**product("Theirs", sku="T"), "physicalProperties": {}}
            body["variantsInfo"]["variants"][0]["physicalProperties"] = {}
            v3_products.create_product(site.site, body)

    site.app._bent = bend  # type: ignore[method-assign]
    try:
        run(site, messages(products=[mug(catalog, "A")]), **MIRROR)
    finally:
        site.app._bent = seen  # type: ignore[method-assign]

    assert names(site) == ["A", "Theirs"]


def test_ancestors_of_entities_in_the_input_are_kept(empty_v3: RunningSite, run: Start) -> None:
    run(
        empty_v3,
        messages(
            collections=[
                {"id": "p", "name": "Parent"},
                {"id": "c", "name": "Child", "parentCategory": {"id": "p"}},
                {"id": "q", "name": "Other"},
                {"name": "Leaf", "parentCategory": {"id": "q"}},
            ]
        ),
    )

    done = run(empty_v3, messages(collections=[{"name": "Child"}]), **MIRROR)

    assert done.error is None
    assert names(empty_v3, "categories") == ["Child", "Parent"]


@pytest.mark.parametrize("stream", ["inventory_items", "product_variants"])
def test_streams_that_cannot_be_mirrored_say_so(stream: str, empty_v3: RunningSite, run: Start) -> None:
    done = run(empty_v3, messages(**{stream: []}), **MIRROR)

    assert isinstance(done.error, SettingsError)
    assert f"Stream `{stream}` does not support `load_method: overwrite`" in str(done.error)
    upsert = {stream: {"load_method": "upsert"}}
    assert run(empty_v3, messages(**{stream: []}), **MIRROR, stream_options=upsert).error is None


@CATALOGS
def test_memberships_are_mirrored_in_the_collections_that_the_input_names(
    catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    places = [{"collection": name, "sku": sku} for name in ("Cups", "Old") for sku in "AB"]
    run(site, messages(collection_products=places))

    assert run(site, messages(collection_products=places[:1]), max_deletes=0, **MIRROR).error is not None
    done = run(site, messages(collection_products=places[:1]), **MIRROR)

    assert done.error is None
    again = run(
        site, messages(collection_products=[{**place, "_command": "update"} for place in places]), on_reject="skip"
    )
    assert again.outcomes == ["unchanged", "rejected", "unchanged", "unchanged"]


@CATALOGS
@pytest.mark.parametrize("limit", [None, "off"])
def test_a_collection_that_the_input_deletes_later_has_no_memberships_to_delete(
    limit: str | None, catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    places = [{"collection": "Cups", "sku": sku} for sku in "AB"]
    run(site, messages(collection_products=places))
    listed = messages(collection_products=places[:1], collections=[{"name": "Cups", "_command": "delete"}])
    settings = {"stream_options": {"collection_products": {"mode": "replace"}}, "batch_size_rows": 1}
    plan = run(site, listed, dry_run=True, max_deletes=limit, **settings)
    site.journal.clear()

    done = run(site, listed, max_deletes=limit, **settings)

    assert done.error is None
    assert done.outcomes == plan.outcomes == ["unchanged", "deleted"]
    assert plan.plan == len(site.journal.entries)
    assert len(writes(site)) == 1


@CATALOGS
def test_a_plan_deletes_the_memberships_of_products_that_the_input_changes(
    catalog: str, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    places = [{"collection": "Cups", "sku": sku} for sku in "ABC"]
    run(site, messages(collection_products=places))
    settings = {"stream_options": {"collection_products": {"mode": "replace"}}}
    listed = messages(products=[{"sku": "A", "visible": False}], collection_products=places[1:2])

    assert isinstance(run(site, listed, dry_run=True, max_deletes=1, **settings).error, TooManyDeletesError)
    plan = run(site, listed, dry_run=True, **settings)
    site.journal.clear()

    assert run(site, listed, **settings).outcomes == plan.outcomes == ["updated", "unchanged"]
    assert plan.plan == len(site.journal.entries)


@CATALOGS
@pytest.mark.parametrize(
    "settings", [{}, MIRROR, {"stream_options": {"collection_products": {"mode": "replace"}}}], ids=str
)
def test_memberships_remember_their_products_only_for_a_mirror(
    catalog: str,
    settings: Entity,
    filled: Callable[[str], RunningSite],
    run: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise, memory would grow with the number of records."""
    site = filled(catalog)
    apply, kept = CollectionProducts.apply, []

    def note(domain: CollectionProducts, changes: list[Any]) -> list[Any]:
        kept.append(repr(vars(domain)))
        return apply(domain, changes)

    monkeypatch.setattr(CollectionProducts, "apply", note)
    run(site, messages(collection_products=[{"collection": "Cups", "sku": "A"}]), **settings)

    (remembered,) = kept
    ids = {row["name"]: row["id"] for row in site.state()["products"]}
    assert (ids["A"] in remembered) is bool(settings)


@CATALOGS
@pytest.mark.parametrize("settings", [MIRROR, {"stream_options": {"collection_products": {"mode": "replace"}}}])
def test_a_killed_mirror_leaves_no_state_after_its_first_record(
    catalog: str, settings: Entity, filled: Callable[[str], RunningSite], run: Start
) -> None:
    """A run that continues from such a state would delete what only the killed run has read."""
    site = filled(catalog)
    kind = "products" if settings is MIRROR else "collection_products"
    rows = [mug(catalog, sku) if settings is MIRROR else {"collection": "Cups", "sku": sku} for sku in "AB"]
    records = [line for n, row in enumerate(rows) for line in (record(kind, row), {"type": "STATE", "value": {"n": n}})]
    listed = [{"type": "STATE", "value": {"n": -1}}, schema(kind), *records]

    cut = run(site, [*listed, {"type": "NONE"}], batch_size_rows=1, **settings)
    done = run(site, listed, batch_size_rows=1, **settings)

    assert "NONE" in str(cut.error)
    assert "rejected" not in cut.outcomes
    assert [state["n"] for state in cut.states] == [-1]
    assert [state["n"] for state in done.states] == [-1, 1]


@CATALOGS
@pytest.mark.parametrize("ends", [True, False])
def test_records_with_a_version_are_whole_once_it_is_activated(
    catalog: str, ends: bool, filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled(catalog)
    activation = {"type": "ACTIVATE_VERSION", "stream": "products", "version": 7}
    listed = [schema("products"), activation, {**record("products", mug(catalog, "A")), "version": 7}]
    if ends:
        listed.append(activation)

    done = run(site, listed, **MIRROR)

    assert done.error is None
    assert names(site) == (["A"] if ends else ["A", "B", "C", "D"])


@pytest.mark.parametrize("ends", [("mugs", "cups"), ("mugs",), ()])
def test_renamed_streams_with_a_version_are_whole_once_all_are_activated(
    ends: tuple[str, ...], filled: Callable[[str], RunningSite], run: Start
) -> None:
    site = filled("v3")
    rows = [{**record(stream, mug("v3", sku)), "version": 7} for stream, sku in (("mugs", "A"), ("cups", "B"))]
    listed = [schema("mugs"), rows[0], schema("cups"), rows[1]]
    listed += [{"type": "ACTIVATE_VERSION", "stream": stream, "version": 7} for stream in ends]
    maps = {"mugs": {"__alias__": "products"}, "cups": {"__alias__": "products"}}

    done = run(site, listed, stream_maps=maps, **MIRROR)

    assert done.error is None
    assert names(site) == (["A", "B"] if len(ends) > 1 else ["A", "B", "C", "D"])


def test_an_activated_version_deletes_nothing_unless_a_mirror_is_asked_for(
    filled: Callable[[str], RunningSite], run: Start, caplog: pytest.LogCaptureFixture
) -> None:
    site = filled("v3")
    activation = {"type": "ACTIVATE_VERSION", "stream": "products", "version": 7}

    others = [
        message
        for stream in ("coupons", "fulfillments")  # one is left out, one cannot be mirrored
        for message in (schema(stream), {**activation, "stream": stream})
    ]

    listed = [schema("products"), record("products", mug("v3", "A")), activation, activation, *others]
    done = run(site, listed, unknown_stream="ignore")

    assert done.error is None
    assert names(site) == ["A", "B", "C", "D"]
    assert caplog.text.count("ACTIVATE_VERSION is ignored") == 1


def test_entities_that_cannot_be_deleted_are_named(filled: Callable[[str], RunningSite], run: Start) -> None:
    site = filled("v3")
    refusal = {"message": "no", "details": {"applicationError": {"code": "CANNOT_DELETE_MEMBER"}}}
    site.site.readings.choose({"contacts-v5": "absent"})
    site.faults.plan({"operation": "contacts.delete", "action": {"status": 428, "body": refusal}, "times": 1})

    done = run(site, messages(contacts=[{"email": "ann@example.com"}]), **MIRROR)

    assert isinstance(done.error, RecordsRejectedError)
    assert "1 delete of entities that the input lacks failed" in str(done.error)
    assert len(site.state()["contacts"]) == 2
