"""Whatever has a type at Wix is checked before it is sent: nothing of another JSON type leaves the target.

Members and their types are those of Wix's schemas, not of the target's tables.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.lives import live
from tests.target.runs import messages, product
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.walk import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wix_sandbox.walk import Node

    Entity = dict[str, Any]
    Path_ = tuple[str | int, ...]

SCALARS = {"string", "boolean", "number", "integer"}
DEEPEST = 9
FEW = 40
"""Up to this many members, all of them have a value in the default run, too."""
AN_OBJECT, A_LIST, A_WORD, A_NUMBER = {"of": 1}, [1], "word", 5
OPTIONS = {
    "on_reject": "skip",
    "validate_records": False,
    "stream_options": {"contacts": {"create_missing_fields": True, "create_missing_labels": True}},
}


def shirt_v3(number: int) -> Entity:
    named = [{"optionChoiceNames": {"optionName": "Size", "choiceName": "S"}}]
    sized = product(f"Shirt {number}", handle=f"shirt-{number}", sku=f"S{number}", variant={"choices": named})
    choices = {"choices": [{"name": "S", "choiceType": "CHOICE_TEXT"}]}
    return {
        **sized,
        "options": [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}],
        "modifiers": [{"name": "Text", "modifierRenderType": "FREE_TEXT", "freeTextSettings": {"maxCharCount": 9}}],
        "infoSections": [{"uniqueName": f"care-{number}", "title": "Care", "plainDescription": "<p>Cold.</p>"}],
        "media": {"itemsInfo": {"items": [{"url": "https://example.com/a.jpg"}]}},
    }


def shirt_v1(number: int) -> Entity:
    return {
        "name": f"Shirt {number}",
        "slug": f"shirt-{number}",
        "priceData": {"price": 5.5},
        "manageVariants": True,
        "productOptions": [{"name": "Size", "choices": [{"value": "S", "description": "S"}]}],
        "variants": [{"choices": {"Size": "S"}, "variant": {"sku": f"S{number}", "priceData": {"price": 6}}}],
    }


def ann(number: int) -> Entity:
    return {"info": {"name": {"first": "Ann"}, "emails": {"items": [{"email": f"ann{number}@example.com"}]}}}


def cups(number: int) -> Entity:
    return {"name": f"Cups {number}", "slug": f"cups-{number}"}


def row_of_stock(number: int) -> Entity:
    return {"sku": f"S{number}", "quantity": 2}


def row_of_variant(number: int) -> Entity:
    return {"sku": f"S{number}", "price": {"actualPrice": {"amount": "7"}}}


def named(number: int) -> Entity:
    return {"name": f"Kiln {number}"}


STREAMS: list[tuple[str, str, str, Callable[[int], Entity]]] = [
    ("v3", "products", "product_v3", shirt_v3),
    ("v3", "collections", "category", cups),
    ("v3", "inventory_items", "inventory_item_v3", row_of_stock),
    ("v3", "contacts", "contact", ann),
    ("v3", "product_variants", "variant", row_of_variant),
    ("v1", "product_variants", "variant", row_of_variant),
    ("v1", "products", "product_v1", shirt_v1),
    ("v1", "products", "product_v3", shirt_v3),
    ("v3", "products", "product_v1", shirt_v1),
    ("v1", "collections", "collection_v1", cups),
    ("v1", "collections", "category", cups),
    ("v3", "collections", "collection_v1", cups),
    ("v1", "inventory_items", "inventory_item_v3", row_of_stock),
    ("v3", "brands", "brand_v3", named),
    ("v3", "ribbons", "ribbon_v3", named),
    ("v3", "contact_labels", "label", lambda number: {"displayName": f"Press {number}"}),
]
"""Catalogs of sites, streams, schemas of records, which may be of the other catalog, and records that are right."""
SHIRTS = {"v1": shirt_v1, "v3": shirt_v3}


def schema_of(name: str) -> Node:
    if name != "variant":
        return load(name)
    variant = load("product_v3").members["variantsInfo"]().members["variants"]().items
    assert variant
    return variant()


def leaves(node: Node, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Yield the paths of all texts, flags and numbers, with their types."""
    if len(path) > DEEPEST:
        return
    for name, member in node.members.items():
        yield from leaves(member(), (*path, name))
    if node.items:
        yield from leaves(node.items(), (*path, 0))
    if node.type in SCALARS:
        yield path, node.type


def put(entity: Any, path: Path_, value: Any) -> Any:
    """Return a copy of an entity with a value at a path, which is made where it is missing."""
    if not path:
        return value
    head, *rest = path
    if isinstance(head, int):
        return [put((entity or [{}])[0], tuple(rest), value)]
    there = entity if isinstance(entity, dict) else {}
    return {**there, head: put(there.get(head), tuple(rest), value)}


def odd(kind: str) -> list[Any]:
    others = {"string": [], "boolean": [A_WORD, A_NUMBER], "number": [A_WORD], "integer": [A_WORD]}
    return [AN_OBJECT, A_LIST, *others[kind]]


@pytest.mark.parametrize(
    "share",
    ["half", pytest.param("one", marks=pytest.mark.services), pytest.param("every", marks=pytest.mark.soak)],
)
@pytest.mark.parametrize(
    ("of", "is_there"),
    # New ones and existing ones by turns; in long runs, both.
    [
        pytest.param(
            of,
            is_there,
            marks=() if (at + is_there) % 2 else pytest.mark.soak,
            id=f"{'-'.join(of[:3])}-{'existing' if is_there else 'new'}",
        )
        for at, of in enumerate(STREAMS)
        for is_there in (False, True)
    ],
)
def test_no_member_of_another_type_is_sent(
    of: tuple[str, str, str, Callable[[int], Entity]], is_there: bool, share: str, tmp_path: Path
) -> None:
    """Every second member has a value of another type, drawn by its path, where a record has many members.

    With the services, each member has one; in long runs, one of each type.
    """
    catalog, stream, schema, make = of
    members = list(leaves(schema_of(schema)))
    cases = [
        (path, value)
        for path, kind in members[:: 2 if share == "half" and len(members) > FEW else 1]
        for value in (odd(kind) if share == "every" else [Random(f"{of[:3]} {is_there} {path}").choice(odd(kind))])
    ]
    records = [put(make(number), path, value) for number, (path, value) in enumerate(cases)]
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True))
    sandbox.fill()
    numbers = range(len(cases))
    is_part = stream in {"inventory_items", "product_variants"}
    before = {"products": map(SHIRTS[catalog], numbers)} if is_part else {}
    if is_there:
        before |= {stream: map(make, numbers)}
    assert (
        live(sandbox, messages(**{name: list(rows) for name, rows in before.items()}), tmp_path / "before").error
        is None
    )

    done = live(sandbox, messages(**{stream: records}), tmp_path / "results", settings=OPTIONS)

    assert done.error is None
    assert len(done.results) == len(cases)
    assert [entry.unknown for entry in sandbox.app.journal.entries if entry.unknown] == []
    problems = [(result["error"] or {}).get("message", "") for result in done.results]
    sent = [(path, message) for (path, _), message in zip(cases, problems, strict=True) if "Expected a" in message]
    assert sent == []
    by_us = [result["error"] for result in done.results if (result["error"] or {}).get("code") == "WRONG_TYPE"]
    assert by_us
    assert all(error["field"] in error["message"] for error in by_us)
