"""`--seed FILE`: whole states, products that are still to be made, and what is no state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wix_sandbox import Sandbox, SandboxOptions, product_files
from wix_sandbox.persistence import StateFileError

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTS = {
    "v1": {"name": "Mug", "priceData": {"price": 3}},
    "v3": {"name": "Mug", "variantsInfo": {"variants": [{"price": {"actualPrice": {"amount": "3"}}}]}},
}


def state_of(folder: Path, catalog: str, seed: Any) -> dict[str, Any]:
    path = folder / "seed.json"
    path.write_text(json.dumps(seed))
    with Sandbox(SandboxOptions(catalog=catalog, seed=path)).serve() as site:
        return site.state()


@pytest.mark.parametrize("catalog", PRODUCTS)
def test_a_product_without_an_id_is_made(tmp_path: Path, catalog: str) -> None:
    state = state_of(tmp_path, catalog, {"products": [PRODUCTS[catalog]]})
    (product,) = state["products"]
    assert (product["name"], len(product["id"])) == ("Mug", 36)
    assert state_of(tmp_path, catalog, state)["products"] == [product]


@pytest.mark.parametrize(("catalog", "other"), [("v1", "v3"), ("v3", "v1")])
def test_a_product_of_the_other_catalog_is_refused(tmp_path: Path, catalog: str, other: str) -> None:
    with pytest.raises(StateFileError, match=f"a shop of catalog {catalog}: start with --catalog {catalog}"):
        state_of(tmp_path, other, {"products": [PRODUCTS[catalog]]})


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ({"prodcts": []}, "a shop has no 'prodcts'; the closest names are products, "),
        ({"read_only_variants": []}, "a shop has no 'read_only_variants'"),
        ({"orders": [{"number": 1}]}, r"orders\[0\] has no `id`"),
        ({"products": [{"id": "x", "name": "Mug"}]}, r"products\[0\] has an `id` and no variants"),
        ({"products": [{"name": "Mug"}]}, "the product without an `id` at place 0 cannot be created: "),
        ([], "cannot read state from .*: it is not a JSON object of lists"),
    ],
)
@pytest.mark.parametrize("catalog", PRODUCTS)
def test_what_is_wrong_with_a_seed_is_named(tmp_path: Path, catalog: str, seed: Any, message: str) -> None:
    with pytest.raises(StateFileError, match=message):
        state_of(tmp_path, catalog, seed)


def test_a_seed_that_is_missing_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    with pytest.raises(StateFileError, match=f"^cannot read state from {path}: No such file or directory$"):
        Sandbox(SandboxOptions(seed=path)).fill()


def test_a_product_file_without_its_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product_files, "_COMMAND", "wix-import-that-nobody-has")
    path = tmp_path / "products.csv"
    path.write_text("name,price\nMug,3\n")
    with pytest.raises(StateFileError, match="pip install tap-target-wix"):
        Sandbox(SandboxOptions(seed=path)).fill()
