"""A schedule of an undo: a shop, runs with an undo file, others who write in between, and runs over the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.target.kill.inputs import OPTIONS
from tests.target.kill.lives import End, Life, live
from tests.target.kill.schedule import Schedule
from tests.target.kill.shops import picture
from tests.target.runs import record, schema
from wix_api.errors import WixError
from wix_sandbox.resources import rebuild
from wix_shop.undoing.restoring import TOGETHER
from wix_shop.undoing.steps import NOT_MADE_AGAIN
from wix_shop.undoing.target import undo_target

Entity = dict[str, Any]
State = dict[str, list[Entity]]

_THEIRS = "Of somebody else"
_OF_PRODUCTS: dict[str, tuple[Entity, ...]] = {
    "v1": ({"name": _THEIRS}, {"brand": _THEIRS}, {"description": f"<p>{_THEIRS}</p>"}),
    "v3": ({"name": _THEIRS}, {"brand": {"name": _THEIRS}}, {"plainDescription": f"<p>{_THEIRS}</p>"}),
}
_OF_COLLECTIONS: tuple[Entity, ...] = ({"description": _THEIRS},)
_OF_CONTACTS: tuple[Entity, ...] = (
    {"info": {"jobTitle": _THEIRS}},
    {"info": {"company": _THEIRS}},
    {"info": {"name": {"last": _THEIRS}}},
    {"info": {"extendedFields": {"items": {"custom.theirs": "x"}}}},
)
"""Members that somebody else writes, one of them for each entity."""
SET_BY_WIX = frozenset(
    {
        *("id", "_id", "revision", "createdDate", "updatedDate", "lastUpdated"),  # of every entity
        *("numericId", "inventoryItemId", "url", "productPageUrl", "mediaId", "displayName", "filename"),
        *("index", "number", "lastActivity", "uploadId"),
    }
)
"""Members that Wix sets: an undo does not bring back their former values."""
_KEPT_BY_WIX = {"labels", "extended_fields", "brands", "ribbons", "customizations"}
"""Kinds whose entities stay, since Wix has no call to take them back."""
_COSTS = {"costAndProfitData", "costRange", "costAndProfit", "revenueDetails"}
_OF_STOCK = {"inventory", "inventoryStatus", "availabilityStatus"}
_OF_CHOICES = {"inStock"}
_DERIVED = {"v1": _COSTS, "v3": _OF_STOCK}
"""What V1 cannot clear: the cost of a variant, and what follows from it. On V3, what follows from rows of stock."""
MOST_LIVES = 30
SHARE_OF_ABANDONED = 0.25
"""Share of the schedules in which a killed run is not continued, but taken back."""
SHARE_OF_LOSSES = 0.3
"""Share of the schedules in which answers are lost."""


@dataclass
class Undo:
    """One schedule.

    Attributes:
        catalog: Store catalog of the shop.
        seed: Decides everything.
    """

    catalog: str
    seed: int

    def run(self) -> list[str]:
        """Run the schedule; return what is wrong at its end."""
        chance = Random(f"undo/{self.catalog}/{self.seed}")
        self._chance = chance
        self._plan = Schedule(self.catalog, self.seed, readings={})
        self.site = self._plan.site
        with TemporaryDirectory() as folder:
            self._folder = Path(folder)
            return self._run(kills=chance.choice((0, 0, 1, 2)), others=chance.choice((0, 0, 2, 4)))

    def _run(self, *, kills: int, others: int) -> list[str]:
        plan = self._plan
        plan._results = self._folder / "results.jsonl"
        plan._begin()
        plan._settings |= {"undo_path": str(self._folder / "run.undo.jsonl"), "on_reject": "skip"}
        before = self._state()
        self._is_lossy = self._chance.random() < SHARE_OF_LOSSES
        self._lose_answers()
        goes_on = Random(f"undo/goes on/{self.catalog}/{self.seed}").random() >= SHARE_OF_ABANDONED
        if not self._lives(lambda end: plan._live(plan._listed, end), kills, goes_on=goes_on):
            return ["no run came to its end"]
        if not (self._folder / "run.undo.jsonl").exists():
            return []
        after = self._state()
        edits = self._edits(before, after) if others else []
        if edits:
            self._edit(edits)
        planned = self._back("run", "undo", dry_run=True)
        kills = self._chance.choice((0, 1, 2)) if kills else 0
        lives = self._lives(lambda end: self._back("run", "undo", end), kills)
        if not lives:
            return ["no undo came to its end"]
        if self._is_lossy:
            lives = self._lives(lambda end: self._back("run", "undo", end), 0)  # what was given up is tried again
        wrong = [] if kills or self._is_lossy else self._differing_results(planned, lives[-1])
        there = self._state()
        wrong += self._differences(self._expected(before, edits), there, lives, edits)
        wrong += self._unlisted(before, after, edits, there, lives[-1])
        if wrong or edits or self._is_lossy or not (self._folder / "undo.undo.jsonl").exists():
            return wrong
        again = self._lives(lambda end: self._back("undo", "redo", end), 0)
        if not again:
            return ["no way forward came to its end"]
        return [f"forward again: {each}" for each in self._differences(after, self._state(), [*lives, *again], [])]

    # Runs

    def _lives(self, once: Any, kills: int, *, goes_on: bool = True) -> list[Life]:
        """Run until a run comes to its end; the first ones are killed. With `goes_on` false, none follows a kill."""
        lives: list[Life] = []
        for number in range(MOST_LIVES):
            end = End()
            if number < kills:
                self._lose_answers()
                what = self._chance.choice(("before", "after", "after", "result"))
                end = End(what, self._chance.randint(1, 12 if number else 25))
            lives.append(once(end))
            self._plan._sandbox.app.faults.clear()
            error = lives[-1].error
            if error is not None and not (self._is_lossy and isinstance(error, WixError)):
                raise error
            if (not lives[-1].killed and error is None) or (lives[-1].killed and not goes_on):
                return lives
            self.site.clock.shift(60)
        return []

    def _lose_answers(self) -> None:
        """Plan the loss of some answers."""
        if self._is_lossy:
            what = self._chance.choice(({"drop": "after"}, {"drop": "before"}, {"status": 503}, {"truncate": True}))
            seed = self._chance.getrandbits(30)
            lost = {"operation": "*", "action": what, "probability": self._chance.choice((0.05, 0.2)), "seed": seed}
            self._plan._sandbox.app.faults.plan([lost])

    def _back(self, source: str, kept: str, end: End | None = None, *, dry_run: bool = False) -> Life:
        self.site.clock.shift(61)
        settings: Entity = {"undo_path": str(self._folder / f"{kept}.undo.jsonl"), "on_reject": "skip"}
        if size := self._plan._settings.get("batch_size_rows"):
            settings["batch_size_rows"] = size
        path = self._folder / f"{source}.undo.jsonl"
        life = live(
            self._plan._sandbox,
            [],
            self._folder / f"{kept}.results.jsonl",
            end or End(),
            settings={**settings, "dry_run": dry_run},
            target_of=lambda config: undo_target(config, path),
        )
        if dry_run and life.error is not None:
            raise life.error
        return life

    # What somebody else changes

    def _edits(self, before: State, after: State) -> list[Entity]:
        """Return messages of somebody who changes entities that the run wrote, and others."""
        chance = self._chance
        which = Random(f"undo/edits/{self.catalog}/{self.seed}")
        rows: dict[str, list[Entity]] = {}
        for kind, stream, choices in (
            ("products", "products", _OF_PRODUCTS[self.catalog]),
            ("collections", "collections", _OF_COLLECTIONS),
            ("categories", "collections", _OF_COLLECTIONS),
            ("contacts", "contacts", _OF_CONTACTS),
        ):
            known = {one["id"] for one in before.get(kind, [])}
            # What the run deleted cannot be made again next to another one with its handle, which stays.
            is_free = known <= {one["id"] for one in after.get(kind, [])}
            # Nor can a product get its slug back which a new one has that stays.
            slugs = {one["slug"] for one in before.get(kind, []) if "slug" in one}
            made = [one for one in after.get(kind, []) if one["id"] not in known]
            kept = {one["id"] for one in made if not is_free or one.get("slug") in slugs}
            found = [one for one in after.get(kind, []) if not _is_of_wix(one) and one["id"] not in kept]
            for one in chance.sample(found, min(len(found), chance.randint(0, 3))):
                rows.setdefault(stream, []).append({"id": one["id"], **which.choice(choices)})
        known = {one["id"] for one in before.get("products", [])}
        for item in after.get("inventory_items", []):
            if (
                item["productId"] in known
                and self.catalog == "v3"
                and item.get("trackQuantity")
                and chance.random() < 0.2
            ):
                rows.setdefault("inventory_items", []).append({"id": item["id"], "quantity": 77})
        return [
            message
            for stream, listed in rows.items()
            for message in (schema(stream), *(record(stream, {**row, "_command": "update"}) for row in listed))
        ]

    def _edit(self, edits: list[Entity]) -> None:
        self.site.clock.shift(60)
        settings = {"on_reject": "skip", **OPTIONS}
        life = live(self._plan._sandbox, edits, self._folder / "edits.jsonl", settings=settings)
        assert life.error is None, life.error

    def _expected(self, before: State, edits: list[Entity]) -> State:
        """Return the first shop with what somebody else changed in it."""
        if not edits:
            return before
        there = self._state()
        self._load(before)
        self._edit(edits)
        expected = self._state()
        self._load(there)
        return expected

    def _load(self, state: State) -> None:
        self.site.store.load(state)
        rebuild(self.site)

    def _state(self) -> State:
        return self.site.store.snapshot()

    # What must be

    def _unlisted(self, before: State, after: State, edits: list[Entity], there: State, last: Life) -> list[str]:
        """Return what somebody changed after the run had written it, and the last life does not list or has deleted."""
        if self._is_lossy:
            return []  # a life that was given up may have listed it
        old, new, now = (
            {one["id"]: one for rows in state.values() for one in rows} for state in (before, after, there)
        )
        listed = {one["id"]: one["left_out"] for one in last.results if one["left_out"]}
        wrong = []
        for row in (message["record"] for message in edits if message["type"] == "RECORD"):
            entity = row["id"]
            if entity in new.keys() - old.keys() - now.keys():
                wrong.append(f"deleted: {row}")
            first, changed = (side.get(entity, {}).get("info") or side.get(entity, {}) for side in (old, new))
            for name, value in row.get("info", row).items():
                if isinstance(value, str) and first and first.get(name) != changed.get(name):
                    is_listed = TOGETHER.get(name, name) in listed.get(entity, ())
                    wrong += [] if is_listed else [f"not listed: {name} of {entity}"]
        return wrong

    @staticmethod
    def _differing_results(plan: Life, done: Life) -> list[str]:
        both = [
            [
                (one["line"], one["stream"], one["key"], one["outcome"], one["fields"], one["left_out"])
                for one in results
            ]
            for results in (plan.results, done.results)
        ]
        return [f"planned {one}, done {other}" for one, other in zip(*both, strict=True) if one != other]

    def _differences(self, wanted: State, there: State, lives: list[Life], edits: list[Entity]) -> list[str]:
        """Return what differs between two shops, but for what an undo says that it leaves."""
        results = [one for life in lives for one in life.results]
        wrong = [f"rejected: {one['error']}" for one in results if one["outcome"] == "rejected"]
        left = {one["id"] for one in results if one["left_out"] and one["id"]}
        if not edits and not self._is_lossy:
            wrong += [
                f"left alone: {one}"
                for one in results
                if one["left_out"] and not set(one["left_out"]) <= {NOT_MADE_AGAIN, *_COSTS}
            ]
        contacts = {one["id"] for one in wanted.get("contacts", [])} & {one["id"] for one in there.get("contacts", [])}
        there = self._without_left(wanted, there, left)
        sides = [self._picture(side, contacts) for side in (wanted, there)]
        for kind in sorted({*sides[0], *sides[1]}):
            first, second = (side.get(kind, []) for side in sides)
            wrong += [f"{kind}, wanted: {row}" for row in first if row not in second]
            wrong += [f"{kind}, is:     {row}" for row in second if row not in first]
        return wrong

    @staticmethod
    def _without_left(wanted: State, there: State, left: set[str]) -> State:
        """Return a shop without what the run made and somebody changed since, which stays."""
        known = {one["id"] for rows in wanted.values() for one in rows}
        stays = {one["id"] for rows in there.values() for one in rows} - known
        stays &= left
        return {
            kind: [one for one in rows if one["id"] not in stays and one.get("productId") not in stays]
            for kind, rows in there.items()
        }

    def _picture(self, state: State, contacts: set[str]) -> dict[str, list[str]]:
        shown = {kind: rows for kind, rows in state.items() if kind not in _KEPT_BY_WIX}
        shown["contacts"] = [one for one in shown.get("contacts", []) if one["id"] in contacts]
        derived = _DERIVED[self.catalog]
        bare = {
            kind: _bare(rows, derived | (_OF_CHOICES if kind == "products" else set())) for kind, rows in shown.items()
        }
        return picture(bare, ordered=False)


def _bare(value: Any, left_out: set[str]) -> Any:
    """Return a value without members that Wix sets, and without null members; ids are kept for `picture`."""
    if isinstance(value, dict):
        kept = {"id", "url", "productId"}
        return {
            name: _bare(one, left_out)
            for name, one in value.items()
            if one is not None and name not in left_out and (name in kept or name not in SET_BY_WIX)
        }
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a price that V1 moved: 12.5 - 1.5 is 11
    return [_bare(one, left_out) for one in value] if isinstance(value, list) else value


def _is_of_wix(one: Entity) -> bool:
    return bool(one.get("managingAppId")) or one["id"].startswith("00000000-0000")


def check(catalog: str, seed: int) -> None:
    """Run a schedule."""
    wrong = Undo(catalog, seed).run()
    assert not wrong, "\n".join([f"{catalog} {seed}", *wrong[:6], f"{len(wrong)} in all"])
