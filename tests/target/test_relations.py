"""Relations between runs of inputs with several streams: what must change neither the shop nor the outcomes.

Batches and parts of an input of one stream are in `test_portions`.
"""

from __future__ import annotations

import io
import json
from contextlib import contextmanager, redirect_stdout, suppress
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.errors import TargetError
from target_wix.target import TargetWix
from tests.shops import config
from tests.tap.runs import run as tap
from tests.target.kill.shops import picture
from tests.target.runs import FAST, lines, load, product, record, schema, state, writes
from tests.target.test_orders import LINE, order
from wix_sandbox import Account, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.target.runs import Run
    from wix_sandbox import RunningAccount, RunningSite

    Entity = dict[str, Any]
    Row = tuple[str, Entity]
    After = tuple[dict[str, list[str]], list[tuple[Any, ...]]]

pytestmark = pytest.mark.either_catalog
ORDER = ("contacts", "collections", "products", "collection_products", "inventory_items", "orders", "fulfillments")
GONE = {"_sdc_deleted_at": "2026-01-01T00:00:00Z"}
SHOP: list[Row] = [
    *(("contacts", {"email": f"{name}@example.com"}) for name in ("ann", "bob")),
    *(("collections", {"name": name}) for name in ("Cups", "Sale")),
    *(("products", product(sku, sku=sku, slug=sku.lower())) for sku in ("P0", "P1")),
    *(("orders", order(f"X-{number}", number=f"900{number}")) for number in (1, 2)),
]
"""The shop before each run."""
WRONG: dict[str, Entity] = {
    "contacts": {"firstName": "Nobody"},
    "collections": {"name": "x" * 90},
    "products": product("y" * 90, sku="YY", slug="yy"),
    "collection_products": {"collection": "Nowhere", "sku": "P0"},
    "inventory_items": {"sku": "NO", "quantity": 3},
    "orders": order("Z-1", lineItems=[]),
    "fulfillments": {"orderNumber": "1", "trackingNumber": "T"},
}


def theirs(kind: int, number: int) -> str:
    """Return an id of another site."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def an_input(chance: Random) -> list[Row]:
    """Return records of all streams, each entity once, half of them with ids of another site; some are wrong."""
    is_copy = chance.random() < 0.5
    rows = _of_a_store(chance, is_copy=is_copy)
    rows |= _of_sales(chance, rows["products"], is_copy=is_copy)
    for stream, gone in (("contacts", SHOP[1]), ("products", SHOP[5]), ("orders", SHOP[7])):
        if chance.random() < 0.2:
            rows[stream].append({**gone[1], **GONE})
    for stream in chance.sample(ORDER, chance.choice((0, 0, 1, 3))):
        rows[stream].insert(chance.randint(0, len(rows[stream])), WRONG[stream])
    return [(stream, row) for stream in ORDER for row in rows[stream]]


def _some(chance: Random, most: int) -> list[int]:
    return chance.sample(range(most), chance.randint(0, most - 1))


def _named(kind: int, number: int, *, is_copy: bool) -> Entity:
    return {"id": theirs(kind, number)} if is_copy else {}


def _of_a_store(chance: Random, *, is_copy: bool) -> dict[str, list[Entity]]:
    places = [
        {"name": f"Cups {number}", "slug": f"cups-{number}", **_named(1, number, is_copy=is_copy)}
        for number in _some(chance, 3)
    ]
    rows: dict[str, list[Entity]] = {"collections": places, "products": [], "collection_products": []}
    rows["inventory_items"] = []
    for number in _some(chance, 5):
        made = product(f"Mug {number}", sku=f"M{number}", slug=f"mug-{number}", price=chance.choice((5, 7)))
        if number > 2:  # the others are in the collections of `collection_products`
            made["collections"] = chance.sample(("Cups", "Sale"), chance.randint(0, 2))
        rows["products"].append({**made, **_named(2, number, is_copy=is_copy)})
        if number < 2 and places:
            place = chance.choice(places)
            ids = {"collectionId": place.get("id"), "productId": theirs(2, number)}
            names = {"collection": place["name"], "sku": f"M{number}"}
            rows["collection_products"].append(ids if is_copy and chance.random() < 0.5 else names)
        rows["inventory_items"].append({"sku": f"M{number}", "quantity": chance.randint(0, 3)})
    return rows


def _of_sales(chance: Random, products: list[Entity], *, is_copy: bool) -> dict[str, list[Entity]]:
    people = [
        {"email": f"{number}@example.com", "firstName": "A", **_named(3, number, is_copy=is_copy)}
        for number in _some(chance, 4)
    ]
    rows: dict[str, list[Entity]] = {"contacts": people, "orders": [], "fulfillments": []}
    for number in _some(chance, 4):
        bought = {**LINE, "id": theirs(5, number)}
        if is_copy and products:
            bought["catalogReference"] = {**LINE["catalogReference"], "catalogItemId": chance.choice(products)["id"]}
        made = order(f"A-{number}", number=f"70{number}", lineItems=[bought], **_named(4, number, is_copy=is_copy))
        rows["orders"].append(made)
        by = {"orderId": made["id"]} if is_copy and chance.random() < 0.5 else {"orderNumber": made["number"]}
        parcel = {**by, "trackingNumber": f"T{number}", "shippingProvider": "dhl", **_named(6, number, is_copy=is_copy)}
        rows["fulfillments"] += [parcel] if chance.random() < 0.6 else []
    return rows


def listed(rows: Iterable[Row]) -> list[Entity]:
    """Return the messages of records, with all SCHEMA messages first."""
    rows = list(rows)
    schemas = [schema(stream) for stream in dict.fromkeys(stream for stream, _ in rows)]
    return [*schemas, *(record(stream, row) for stream, row in rows)]


def outcomes_of(results: Iterable[Entity]) -> list[tuple[Any, ...]]:
    return [
        (each["stream"], each["key"], each["outcome"], each["fields"], (each["error"] or {}).get("code"))
        for each in results
    ]


class Runs:
    """Runs of the target on shops of one catalog, each of which is new."""

    def __init__(self, catalog: str, folder: Path) -> None:
        self._catalog = catalog
        self.folder = folder

    def after(self, messages: list[Entity], **more: Any) -> After:
        """Return the shop after an input, and the outcomes of its records."""
        with self._shop() as site:
            done = self.run(site, messages, **more)
            if more.get("dry_run"):
                assert writes(site) == []
            return picture(site.state(), ordered=False), outcomes_of(done.results)

    def writes_nothing_after(
        self, messages: list[Entity], then: Callable[[RunningSite], list[Entity]], **more: Any
    ) -> After:
        """Return the shop after an input and another one, which must write nothing, and the outcomes of this one."""
        with self._shop() as site:
            self.run(site, messages)
            listed_then = then(site)
            site.journal.clear()
            done = self.run(site, listed_then, **more)
            assert writes(site) == []
            return picture(site.state(), ordered=False), outcomes_of(done.results)

    @contextmanager
    def _shop(self) -> Iterator[RunningSite]:
        with Sandbox(SandboxOptions(catalog=self._catalog, empty=True, random_seed=1)).serve() as site:
            self.run(site, listed(SHOP))
            site.journal.clear()
            yield site

    def run(self, site: RunningSite, messages: list[Entity], **more: Any) -> Run:
        done = load(site, self.folder, messages, **{"on_reject": "skip", "unknown_stream": "ignore", **more})
        assert done.error is None
        records = [number for number, message in enumerate(messages, 1) if message["type"] == "RECORD"]
        assert [each["line"] for each in done.results] == records
        return done


def batches_do_not_matter(runs: Runs, rows: list[Row], usual: After, _: Random) -> None:
    assert runs.after(listed(rows), batch_size_rows=1) == usual


def the_order_of_streams_does_not_matter(runs: Runs, rows: list[Row], usual: After, chance: Random) -> None:
    """Orders come last: before their contacts and products, they keep the ids of the other site."""
    streams = [*chance.sample(ORDER[:5], 5), *chance.sample(ORDER[5:], 2)]
    turned = sorted(rows, key=lambda row: streams.index(row[0]))
    shop, outcomes = runs.after(listed(turned), batch_size_rows=1)
    assert (shop, sorted(outcomes, key=repr)) == (usual[0], sorted(usual[1], key=repr))


def the_order_of_lines_does_not_matter(runs: Runs, rows: list[Row], usual: After, chance: Random) -> None:
    mixed = sorted(chance.sample(rows, len(rows)), key=lambda row: row[0] in ORDER[5:])
    shop, outcomes = runs.after(listed(mixed))
    assert (shop, sorted(outcomes, key=repr)) == (usual[0], sorted(usual[1], key=repr))


def repeated_lines_do_not_matter(runs: Runs, rows: list[Row], usual: After, chance: Random) -> None:
    shop, outcomes = runs.after(listed(row for row in rows for _ in range(2)), batch_size_rows=chance.choice((1, 1000)))
    assert (shop, outcomes[::2]) == usual


def rejected_lines_do_not_matter(runs: Runs, rows: list[Row], usual: After, _: Random) -> None:
    shop, outcomes = usual
    kept = [(row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if outcome[2] != "rejected"]
    assert runs.after(listed(row for row, _ in kept)) == (shop, [outcome for _, outcome in kept])


def a_second_run_writes_nothing(runs: Runs, rows: list[Row], usual: After, _: Random) -> None:
    shop, outcomes = usual
    same = [one if one[2] == "rejected" else (*one[:2], "unchanged", [], None) for one in outcomes]
    assert runs.writes_nothing_after(listed(rows), lambda _: listed(rows)) == (shop, same)


def a_retry_sends_rejected_lines_only(runs: Runs, rows: list[Row], usual: After, _: Random) -> None:
    shop, outcomes = usual
    if not rows:
        return  # a file without results is refused
    same = [one if one[2] == "rejected" else (*one[:2], "ignored", [], None) for one in outcomes]
    results = str(runs.folder / "results.jsonl")
    assert runs.writes_nothing_after(listed(rows), lambda _: listed(rows), retry_results=results) == (shop, same)


def an_export_of_the_shop_writes_nothing(runs: Runs, rows: list[Row], usual: After, _: Random) -> None:
    def export(site: RunningSite) -> list[Entity]:
        return [one for one in tap(config(site), select=ORDER).messages if one["type"] != "ACTIVATE_VERSION"]

    shop, outcomes = runs.writes_nothing_after(listed(rows), export)
    assert shop == usual[0]
    assert {one[2] for one in outcomes} <= {"unchanged", "ignored"}


def a_dry_run_says_what_a_run_does(runs: Runs, rows: list[Row], usual: After, chance: Random) -> None:
    _, outcomes = runs.after(listed(rows), dry_run=True, batch_size_rows=chance.choice((1, 1000)))
    assert outcomes == usual[1]


RELATIONS = (
    batches_do_not_matter,
    the_order_of_streams_does_not_matter,
    the_order_of_lines_does_not_matter,
    repeated_lines_do_not_matter,
    rejected_lines_do_not_matter,
    a_second_run_writes_nothing,
    a_retry_sends_rejected_lines_only,
    an_export_of_the_shop_writes_nothing,
    a_dry_run_says_what_a_run_does,
)
SEEDS = pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 100), marks=pytest.mark.soak)], ids=["some", "many"]
)


@SEEDS
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_runs_of_several_streams_are_related(seeds: range, catalog: str, tmp_path: Path) -> None:
    runs = Runs(catalog, tmp_path)
    for seed in seeds:
        chance = Random(f"relations/{seed}")
        rows = an_input(chance)
        usual = runs.after(listed(rows))
        for relation in RELATIONS:
            relation(runs, rows, usual, chance)


@SEEDS
def test_each_of_many_sites_is_written_as_if_alone(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        chance = Random(f"sites/{seed}")
        options = [SandboxOptions(catalog=catalog, empty=True, random_seed=1) for catalog in ("v1", "v3", "v1")]
        rows = [[*SHOP, *an_input(chance)] for _ in options]
        with Account(options).serve() as together, Account(options).serve() as apart:
            ids = [together[at].config()["site_id"] for at in range(len(options))]
            turns = [at for at, each in enumerate(rows) for _ in each]
            chance.shuffle(turns)
            left = [iter(each) for each in rows]
            mixed = [(stream, {**row, "siteId": ids[at]}) for at in turns for stream, row in [next(left[at])]]
            messages = [*map(schema, ORDER), *(one for row in mixed for one in (record(*row), state({})))]
            messages = [{**one, "value": {"n": n}} if one["type"] == "STATE" else one for n, one in enumerate(messages)]
            results, states = _by_site(together, ids, messages, tmp_path, batch_size_rows=chance.choice((1, 3, 1000)))
            for at, results_of_site in enumerate(results):
                alone = load(apart[at], tmp_path, listed(rows[at]), on_reject="skip")
                assert outcomes_of(results_of_site) == outcomes_of(alone.results), seed
                assert picture(together[at].state(), ordered=False) == picture(apart[at].state(), ordered=False), seed
        lines_of_sites = sorted(each["line"] for listed_results in results for each in listed_results)
        assert lines_of_sites == [n for n, one in enumerate(messages, 1) if one["type"] == "RECORD"]
        rejected = [each["line"] for some in results for each in some if each["outcome"] == "rejected"]
        assert states == sorted(states)
        assert not states or states[-1] < min(rejected, default=len(messages)), seed
        assert rejected or states[-1] == len(messages) - 1, seed


def _by_site(
    account: RunningAccount, ids: list[str], messages: list[Entity], folder: Path, **more: Any
) -> tuple[list[list[Entity]], list[int]]:
    """Write records to the sites of an account; return the results of each site, and the numbers of the states."""
    given = {"api_url": account.url, "api_key": account[0].config()["api_key"], "by_site": True}
    target = TargetWix(config={**given, **FAST, "results_path": str(folder / "results.jsonl"), **more})
    output = io.StringIO()
    with redirect_stdout(output), suppress(TargetError):  # records were rejected
        target.write_by_site(io.BytesIO(lines(messages).encode()))
    found = [(folder / f"results.{one}.jsonl").read_text().splitlines() for one in ids]
    states = [json.loads(line)["n"] for line in output.getvalue().splitlines()]
    return [list(map(json.loads, each)) for each in found], states
