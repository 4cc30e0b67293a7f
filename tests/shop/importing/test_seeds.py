"""A product file as the seed of a sandbox, in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.persistence import StateFileError

ROWS = """handle,name,sku,price,inventory,collections,option1,choice1
mug,Mug,MUG-S,4.50,3,Kitchen,Size,S
mug,Mug,MUG-L,6.00,0,Kitchen,Size,L
spoon,Spoon,SPOON,2.00,8,,,
"""


@pytest.mark.parametrize("catalog", [pytest.param("v1", marks=pytest.mark.services), "v3"])
def test_a_product_file_is_the_shop_of_a_sandbox_and_of_each_test_after_it(tmp_path: Path, catalog: str) -> None:
    path = tmp_path / "products.csv"
    path.write_text(ROWS)
    with Sandbox(SandboxOptions(catalog=catalog, seed=path)).serve() as site:
        before = site.state()
        assert sorted(each["name"] for each in before["products"]) == ["Mug", "Spoon"]
        kind = "categories" if catalog == "v3" else "collections"
        assert "Kitchen" in {each["name"] for each in before[kind]}
        path.unlink()
        site.store.delete("products", before["products"][0]["id"])
        site.reset()
        assert site.state() == before
    assert list(tmp_path.iterdir()) == []


def test_a_product_file_that_cannot_be_imported_as_a_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(ROWS.replace("2.00", "cheap"))
    with pytest.raises(StateFileError, match=r"cannot import all of .*not kept(?s:.)*price"):
        Sandbox(SandboxOptions(seed=path)).fill()
