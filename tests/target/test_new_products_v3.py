"""Bodies of new products: what is taken at once is what is taken step by step."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from benchmarks.target_cpu import product, rich
from target_wix.changes import Change
from target_wix.commands import Command
from target_wix.forms import ShapeError
from target_wix.outcomes import Rejected
from target_wix.quick import as_dicts
from target_wix.sinks import new_product_v3
from target_wix.sinks.spec_v3 import SHAPE
from tests.target.whole_records import product_v3

if TYPE_CHECKING:
    from collections.abc import Iterator

    Entity = dict[str, Any]

ODD = (None, "", "  ", "S", "x" * 101, 0, 3, -1, 1.5, Decimal("0.350"), Decimal("1E+2"), True, False, [], {}, [None])
DERIVED = {
    "id": "22222222-2222-4222-8222-222222222222",
    "revision": "3",
    "media": {
        "main": {"id": "a.jpg", "image": {"url": "https://media.example.com/a.jpg"}},
        "itemsInfo": {"items": [{"id": "a.jpg", "image": {"url": "https://media.example.com/a.jpg"}}]},
    },
}


class Silent:
    """A run in which nothing is to be warned of."""

    def warn_of_member(self, stream: str, name: str) -> None:
        pytest.fail(f"{stream}: {name}")


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give each object and list inside of a value, with the name or number of each of its members."""
    for key, member in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(member, dict | list):
            yield from places(member)


def exact(value: Any) -> Any:
    """Tell True from 1, which are equal to Python and not to Wix."""
    if isinstance(value, dict):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    return (type(value) is bool, value)


def step_by_step(record: Entity) -> Entity:
    return new_product_v3.any_(Silent(), "products", Change(1, record, Command.UPSERT))  # type: ignore[arg-type]


def whole(chance: Random, *, is_extracted: bool) -> Entity:
    """Give a record as it is read from a line."""
    record = product_v3(chance, chance.randint(0, 1)) | (DERIVED if is_extracted else {})
    read: Entity = msgspec.json.Decoder(float_hook=Decimal).decode(msgspec.json.encode(record))
    return read


@given(some.integers(0, 1 << 32), some.integers(0, 3), some.booleans())
def test_both_ways_give_the_same_body_whatever_a_record_says(seed: int, odd: int, is_extracted: bool) -> None:
    chance = Random(seed)
    record = whole(chance, is_extracted=is_extracted)
    for _ in range(odd):
        around, key = chance.choice(list(places(record)))
        around[key] = deepcopy(chance.choice(ODD))
    try:
        record = SHAPE.parsed(record)
    except ShapeError:
        return

    taken = new_product_v3.usual(record, foreign=bool(record.get("id")))

    try:
        body = step_by_step(record)
    except Rejected:
        assert taken is None
    else:
        assert taken is None or exact(as_dicts(taken)) == exact(body)


def test_what_was_extracted_is_taken_at_once() -> None:
    records = [whole(Random(seed), is_extracted=True) for seed in range(50)]
    assert all(new_product_v3.usual(record, foreign=True) for record in records)


@pytest.mark.parametrize("make", [product, rich, lambda number: {**rich(number), **DERIVED}])
def test_usual_records_are_taken_at_once(make) -> None:
    record = make(5)
    assert as_dicts(new_product_v3.usual(record, foreign="id" in record)) == step_by_step(record)


@pytest.mark.parametrize(
    "member",
    [
        {"name": "x" * 81},
        {"handle": "x" * 101},
        {"slug": "Not a slug"},
        {"variantsInfo": {"variants": []}},
        {"variantsInfo": {"variants": [{"price": {"actualPrice": {"amount": "-1"}}}]}},
        {"variantsInfo": {"variants": [{"price": {"actualPrice": {"amount": "1"}}, "sku": "x" * 41}]}},
        {"media": {"itemsInfo": {"items": [{"url": f"https://example.com/{n}.jpg"} for n in range(51)]}}},
        {"infoSections": [{"uniqueName": "x" * 101}]},
    ],
)
def test_what_breaks_a_limit_is_never_taken_at_once(member: Entity) -> None:
    record = {**product(1), **member}
    assert new_product_v3.usual(record, foreign=False) is None
    with pytest.raises(Rejected):
        step_by_step(record)
