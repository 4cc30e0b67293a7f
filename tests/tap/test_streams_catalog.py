"""What streams a site has, and in which shape."""

from __future__ import annotations

import pytest

from tests.tap import catalogs


@pytest.mark.parametrize("store_catalog", catalogs.STORE_CATALOGS)
def test_the_singer_catalog_is_the_one_in_the_snapshot(store_catalog: str) -> None:
    stored = (catalogs.FOLDER / f"{store_catalog}.json").read_text(encoding="utf-8")
    assert catalogs.text(store_catalog) == stored, "look at the change, then run: python -m tests.tap.catalogs"


def test_names_and_keys_of_streams_are_the_same_on_both_store_catalogs() -> None:
    v1, v3 = ({name: stream["keys"] for name, stream in catalogs.snapshot(each).items()} for each in ("v1", "v3"))
    assert v1 == v3
