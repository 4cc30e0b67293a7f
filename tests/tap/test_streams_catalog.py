"""What streams a site has, and in which shape."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from tap_wix import schemas
from tap_wix.schemas import v1
from tests.tap import catalogs
from tests.tap.test_streams import OF_V3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.mark.parametrize("store_catalog", catalogs.STORE_CATALOGS)
def test_the_singer_catalog_is_the_one_in_the_snapshot(store_catalog: str) -> None:
    stored = (catalogs.FOLDER / f"{store_catalog}.json").read_text(encoding="utf-8")
    assert catalogs.text(store_catalog) == stored, "look at the change, then run: python -m tests.tap.catalogs"


def test_names_and_keys_of_streams_that_v1_has_are_the_same_on_v3() -> None:
    v1, v3 = ({name: stream["keys"] for name, stream in catalogs.snapshot(each).items()} for each in ("v1", "v3"))
    assert v1 == {name: keys for name, keys in v3.items() if name not in OF_V3}


NUMBERS = {"width", "height", "quantity", "refundQuantity", "restockQuantity", "index"}
"""Members of which Wix's typings do not say whether they are whole numbers."""


@pytest.mark.parametrize("package", [schemas, v1], ids=["unified", "native"])
def test_schemas_need_nothing_but_keys_and_allow_fractions_where_wix_may_send_them(package: ModuleType) -> None:
    files = [file for file in resources.files(package).iterdir() if file.name.endswith(".json")]
    assert files
    for file in files:
        whole = json.loads(file.read_text(encoding="utf-8"))
        keys = set(whole.pop("required"))
        for place, name, types in typed_members(whole):
            assert "null" in types or (place == "" and name in keys), f"{file.name}: {name}"
            assert name not in NUMBERS or "integer" not in types, f"{file.name}: {name}"
        assert '"required": [' not in json.dumps(whole)


def typed_members(schema: Any, place: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """Yield where each member with a type is, its name and its types."""
    if not isinstance(schema, dict):
        return
    for name, member in (schema.get("properties") or {}).items():
        if "type" in member:
            yield place, name, [member["type"]] if isinstance(member["type"], str) else member["type"]
        yield from typed_members(member, f"{place}/{name}")
    for name in ("items", "additionalProperties"):
        yield from typed_members(schema.get(name), f"{place}/{name}")
    for name, definition in (schema.get("$defs") or {}).items():
        yield from typed_members(definition, f"#{name}")
