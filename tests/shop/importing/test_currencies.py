"""Prices with a currency, as feeds have them: that of the shop is left out, and others are rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wix_sandbox import Sandbox, SandboxOptions
from wix_shop.importing.currencies import parted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done

FEED = """id\ttitle\tavailability\tprice\tsale_price
mug\tMug\tin_stock\t12.50 USD\t
cup\tCup\tin_stock\tUSD 9\t8.10 USD
jug\tJug\tin_stock\t12.50 EUR\t
"""


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_prices_in_the_currency_of_the_shop_are_imported(
    wix_import: Callable[..., Done], tmp_path: Path, catalog: str
) -> None:
    (tmp_path / "feed.tsv").write_text(FEED, encoding="utf-8")
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
        done = wix_import(site, "--yes", "feed.tsv")
        rejected = [each["error"]["message"] for each in done.results("feed") if each["outcome"] == "rejected"]
        assert rejected == ["Line 4: `price` is `12.50 EUR`, but the currency of the shop is USD. Convert the amount."]
        assert len(site.ids("products")) == 2
        before = len(site.journal.entries)
        again = wix_import(site, "--yes", "feed.tsv")
        assert [each["outcome"] for each in again.results("feed")] == ["unchanged", "unchanged", "rejected"]
        paths = [entry.path for entry in site.journal.entries[before:]]
        assert paths.count("/site-properties/v4/properties") == 1


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_prices_with_the_sign_of_the_currency_of_the_shop_are_imported(
    wix_import: Callable[..., Done], tmp_path: Path, catalog: str
) -> None:
    rows = ("mug,Mug,$12.50", "cup,Cup,9 $", "jug,Jug,€5", 'jar,Jar,"$1,234"', "pot,Pot,5 $ 6")
    (tmp_path / "products.csv").write_text("\n".join(["handle,name,price", *rows]), encoding="utf-8")
    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site:
        results = wix_import(site, "--yes", "products.csv").results()
    assert [result["outcome"] for result in results] == ["created", "created", "rejected", "rejected", "rejected"]
    assert "`price` is `€5`, but the currency of the shop is USD. Convert the amount." in results[2]["error"]["message"]
    assert "found `1,234`" in results[3]["error"]["message"]


def test_prices_are_rejected_if_the_currency_of_the_shop_is_unknown(
    wix_import: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "feed.tsv").write_text(FEED, encoding="utf-8")
    with Sandbox(SandboxOptions(empty=True)).serve() as site:
        site.faults.plan({"path": "/site-properties", "action": {"status": 403}})
        done = wix_import(site, "--dry-run", "feed.tsv")
    assert "3 rejected (INVALID_ROW), the first: Line 2: `price` is `12.50 USD`, and the shop's currency is" in done.out


def test_the_currency_of_the_shop_is_asked_again_if_wix_is_busy(
    wix_import: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "feed.tsv").write_text(FEED, encoding="utf-8")
    with Sandbox(SandboxOptions(empty=True)).serve() as site:
        busy = {"status": 429, "headers": {"Retry-After": "0"}}
        site.faults.plan({"path": "/site-properties", "times": 1, "action": busy})
        wix_import(site, "--yes", "feed.tsv")
        assert len(site.ids("products")) == 2


def test_a_delete_does_not_need_the_currency_of_a_price(wix_import: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "feed.tsv").write_text(FEED, encoding="utf-8")
    with Sandbox(SandboxOptions(empty=True)).serve() as site:
        wix_import(site, "--yes", "feed.tsv")
        done = wix_import(site, "--yes", "--command", "delete", "feed.tsv")
        assert [each["outcome"] for each in done.results("feed")] == ["deleted", "deleted", "unchanged"]
        assert sum(entry.path == "/site-properties/v4/properties" for entry in site.journal.entries) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[("12.00 USD", ("12.00", "USD")), ("EUR12,5", ("12,5", "EUR")), (" CHF 3 ", ("3", "CHF"))],
        ("12 usd", ("12", "USD")),
        *[("$12", ("12", "$")), ("12,50 zł", ("12,50", "ZŁ")), ("R$5", ("5", "R$"))],
        *[(text, (text, "")) for text in ("12.00", "USD", "$", "$12 USD", "USD 12 USD", "12 EURO", "9 pcs", "5%")],
    ],
)
def test_a_currency_is_a_sign_or_a_code_of_three_letters(text: str, expected: Any) -> None:
    assert parted(text) == expected
