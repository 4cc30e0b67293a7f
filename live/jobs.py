"""The main jobs of tap and target, one after another, on generated records."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from live.commands import extract, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from live.commands import Row
    from live.site import LiveSite

Records = dict[str, list["Row"]]


class JobError(Exception):
    """A job failed.

    Attributes:
        codes: Error codes of the records that were rejected.
    """

    def __init__(self, message: str, codes: Counter[str] | None = None) -> None:
        super().__init__(message)
        self.codes = codes or Counter()


@dataclass
class Jobs:
    """The jobs on one site; later jobs build on earlier ones.

    Attributes:
        site: The site.
        products: How many products are created.
    """

    site: LiveSite
    products: int
    records: Records = field(default_factory=dict)
    rows: Records = field(default_factory=dict)
    state: Row = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def all(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield the jobs with their names; a job returns a description of what it did, with counts."""
        yield "target-wix creates products, a collection and contacts", self._create
        yield "tap-wix reads them", self._read
        yield "target-wix is run again and writes nothing", self._repeat
        yield "target-wix updates a product and a contact", self._update
        yield "tap-wix continues from its state and finds the changes", self._go_on
        yield "target-wix deletes everything", self._delete

    def _create(self) -> str:
        self.records = _records(self.site, self.products)
        return self._load(self.records, {"created"})

    def _read(self) -> str:
        self.site.wait()
        self.rows, self.state = self._extract()
        found = sum(map(len, self.rows.values()))
        wanted = sum(map(len, self.records.values()))
        if found != wanted:
            message = f"{found} of the {wanted} created records were read."
            raise JobError(message)
        return f"{found} of {wanted} were read"

    def _repeat(self) -> str:
        done = self._load(self.records, {"unchanged"})
        self.site.wait()
        again, _ = self._extract()
        # Wix moves `updatedDate` of a V3 product on its own, some time after it was put into a category.
        if _versions(again) != _versions(self.rows):
            message = "The second run changed something on the site, although it reported no change."
            raise JobError(message)
        return done

    def _update(self) -> str:
        self.records = deepcopy(self.records)
        product, contact = self.records["products"][0], self.records["contacts"][0]
        product["plainDescription"] = "<p>Changed.</p>"
        contact["info"]["company"] = self.site.name("company")
        return self._load({"products": [product], "contacts": [contact]}, {"updated"}, self.changed)

    def _go_on(self) -> str:
        self.site.wait()
        rows, _ = self._extract(self.state)
        found = {row["id"] for listed in rows.values() for row in listed}
        if missing := len(self.changed - found):
            message = f"{missing} of the {len(self.changed)} changed records were not read."
            raise JobError(message)
        return f"{len(self.changed)} changed, {len(found)} read"

    def _delete(self) -> str:
        deletes = {
            stream: [{**row, "_command": "delete"} for row in rows] for stream, rows in reversed(self.records.items())
        }
        return self._load(deletes, {"deleted"})

    def _load(self, records: Records, wanted: set[str], ids: set[str] | None = None) -> str:
        """Write records, check that all have an expected outcome, and collect their ids."""
        results = load(self.site, records)
        outcomes = Counter(result["outcome"] for result in results)
        done = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        if outcomes.keys() - wanted or len(results) != sum(map(len, records.values())):
            codes = Counter(result["error"]["code"] for result in results if result["error"])
            message = f"Expected the outcome {' or '.join(wanted)}, but found: {done}."
            raise JobError(message, codes)
        if ids is not None:
            ids |= {result["id"] for result in results}
        return done

    def _extract(self, state: Row | None = None) -> tuple[Records, Row]:
        """Read the site; return only the rows of this run, and the state."""
        rows, state = extract(self.site, deepcopy(state))
        mine = self.site.name("")
        ours = {stream: [row for row in listed if _name(row).startswith(mine)] for stream, listed in rows.items()}
        return ours, state


def _records(site: LiveSite, products: int) -> Records:
    shelf = site.name("shelf")
    return {
        "collections": [{"name": shelf}],
        "products": [_sized(site, shelf), *(_simple(site, shelf, number) for number in range(1, products))],
        "contacts": [_contact(site, number) for number in range(2)],
    }


def _simple(site: LiveSite, shelf: str, number: int) -> Row:
    return {
        **_product(site.name(f"mug {number}"), shelf),
        "variantsInfo": {"variants": [_variant(site, f"mug-{number}")]},
    }


def _sized(site: LiveSite, shelf: str) -> Row:
    option = site.name("size")
    choices = [{"name": size, "choiceType": "CHOICE_TEXT"} for size in ("S", "L")]
    variants = [
        {
            **_variant(site, f"shirt-{size}"),
            "choices": [
                {"optionChoiceNames": {"optionName": option, "choiceName": size, "renderType": "TEXT_CHOICES"}}
            ],
        }
        for size in ("S", "L")
    ]
    return {
        **_product(site.name("shirt"), shelf),
        "options": [{"name": option, "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}],
        "variantsInfo": {"variants": variants},
    }


def _product(name: str, shelf: str) -> Row:
    return {
        "name": name,
        "slug": name.replace(" ", "-"),
        "productType": "PHYSICAL",
        "visible": False,
        "physicalProperties": {},
        "collections": [shelf],
    }


def _variant(site: LiveSite, sku: str) -> Row:
    return {
        "sku": site.name(sku).replace(" ", "-"),
        "price": {"actualPrice": {"amount": "12.50"}},
        "physicalProperties": {"weight": 0.5},
        "inventoryItem": {"quantity": 3},
    }


def _contact(site: LiveSite, number: int) -> Row:
    email = site.name(f"{number}@example.com").replace(" ", "-")
    return {
        "info": {
            "name": {"first": site.name("contact"), "last": str(number)},
            "emails": {"items": [{"email": email}]},
            "labelKeys": {"items": [site.name("label")]},
        }
    }


def _name(row: Row) -> str:
    return str(row.get("name") or ((row.get("info") or {}).get("name") or {}).get("first") or "")


def _versions(rows: Records) -> dict[str, Any]:
    return {row["id"]: row.get("revision") or row.get("updatedDate") for listed in rows.values() for row in listed}
