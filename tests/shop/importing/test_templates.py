"""Each template imports as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.in_process import call
from wix_files.recognition import FORMATS
from wix_shop.importing.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_template_imports_as_it_is(
    open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done], tmp_path: Path, name: str, catalog: str
) -> None:
    done = call(main, "--template", name, folder=tmp_path)
    assert (done.code, done.out) == (0, f"{name}-template.csv written.\n")
    site = open_shop(catalog=catalog, empty=True)
    first = wix_import(site, "--yes", f"{name}-template.csv")
    assert first.code == 0, first.err
    assert "Note: " not in first.err
    assert first.out == f"{name}-template.csv: a file of {FORMATS[name].title}.\n"
    assert sorted(one["name"] for one in site.state()["products"]) == ["Example mug", "Example shirt"]
    again = wix_import(site, "--yes", f"{name}-template.csv")
    assert [result["outcome"] for result in again.results(f"{name}-template")] == ["unchanged"] * 2


def test_a_template_overwrites_no_file(tmp_path: Path) -> None:
    (tmp_path / "plain-template.csv").write_text("mine")
    done = call(main, "--template", "plain", folder=tmp_path)
    assert (done.code, (tmp_path / "plain-template.csv").read_text()) == (2, "mine")
    assert "plain-template.csv exists already. Move or delete it first." in done.err
