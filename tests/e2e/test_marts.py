"""The dbt package on both databases and both catalogs: every figure is that of the shop, to the cent."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from html import unescape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import DUCKDB, POSTGRES, UV, Server, TargetDuckDb, TargetPostgres, install, postgres
from tests.e2e.marts import Expected, Rows
from tests.e2e.removals import remove_one_of_each_kind
from tests.shops import UNPACED, config
from tests.tap.runs import command, run
from wix_sandbox import Account, SandboxOptions
from wix_sandbox.resources import ecom_orders, ecom_payments
from wix_sandbox.resources.ecom_orders import format_prices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.loaders import Loader
    from wix_sandbox import RunningSite
    from wix_sandbox.site import Site

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "integrations" / "dbt"
CHARTS = ROOT / "examples" / "charts.py"
CATALOGS = ("v1", "v3")
AS_OF = date(2025, 6, 20)
ZONES = {"duckdb": "America/New_York", "postgres": "Europe/Berlin"}
KEYS = {
    "wix_orders": ("order_id",),
    "wix_order_lines": ("order_id", "line_item_id"),
    "wix_refunds": ("order_id", "refund_id"),
    "wix_revenue_daily": ("currency", "day"),
    "wix_customers": ("customer_id", "currency"),
    "wix_customer_cohorts": ("currency", "cohort_month", "months_since"),
    "wix_stock": ("product_id", "variant_id"),
    "wix_product_sales": ("product_id", "currency"),
    "wix_collection_sales": ("collection_id", "currency"),
    "wix_checkout_recovery": ("currency", "day"),
}
IDS = {
    *("order_id", "line_item_id", "refund_id", "customer_id", "product_id", "variant_id", "collection_id"),
    *("created_at", "updated_at"),
}
"""Columns in which the same shop differs on the two catalogs: ids, and moments of changes by the test."""


@dataclass(frozen=True)
class Dbt:
    """dbt with the adapters of both databases, and a folder for what it writes."""

    commands: Path
    folder: Path

    def build(self, target: str, variables: dict[str, Any], **environment: str) -> None:
        """Run all models and tests of the package; a warning is an error."""
        command = [
            *(self.commands / "dbt", "--warn-error", "--no-use-colors", "build", "--target", target),
            *("--project-dir", PACKAGE, "--profiles-dir", PACKAGE, "--vars", json.dumps(variables)),
            *("--target-path", self.folder / target, "--log-path", self.folder / "logs"),
        ]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-6000:]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    folder = tmp_path_factory.mktemp("dbt")
    subprocess.run([UV, "venv", "--quiet", folder / "venv"], check=True)
    lock = PACKAGE / "requirements.lock"
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", "-r", lock], check=True
    )
    return Dbt(folder / "venv" / "bin", folder)


@dataclass
class Warehouse:
    """A loaded database, and the marts that dbt built in it."""

    name: str
    catalog: str
    loader: Loader
    dbt: Dbt
    folder: Path
    server: Server | None = None

    def build(self) -> None:
        """Build the package."""
        variables = {"wix_time_zone": ZONES[self.name], "wix_as_of": AS_OF.isoformat()}
        if self.server is None:
            self.dbt.build(self.name, variables, WIX_DUCKDB=str(self.file))
            return
        self.dbt.build(
            self.name,
            variables | {"wix_schema": f"wix_{self.catalog}"},
            PGHOST="127.0.0.1",
            PGPORT=str(self.server.port),
            PGUSER="wix",
            DBT_SCHEMA=self._schema,
        )

    @cached_property
    def file(self) -> Path:
        """Where the DuckDB database is."""
        return self.folder / "warehouse.duckdb"

    @property
    def _schema(self) -> str:
        return f"analytics_{self.catalog}"

    def rows(self, mart: str) -> Rows:
        """Return the rows of a mart: numbers as decimals, days and moments as text."""
        if self.server is not None:
            query = f"SELECT to_jsonb(each) FROM {self._schema}.{mart} AS each"
            return [json.loads(line, parse_float=Decimal) for line in self.server.ask(query)]
        program = (
            "import duckdb, json, sys\n"
            "asked = duckdb.connect(sys.argv[1], read_only=True).execute(f'SELECT * FROM analytics.{sys.argv[2]}')\n"
            "names = [column[0] for column in asked.description]\n"
            "print(json.dumps([dict(zip(names, row)) for row in asked.fetchall()], default=str))"
        )
        command = [self.dbt.commands / "python", "-c", program, self.file, mart]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found: Rows = json.loads(done.stdout, parse_float=Decimal)
        return found


@pytest.fixture(scope="module")
def open_warehouse(
    tmp_path_factory: pytest.TempPathFactory, dbt: Dbt, request: pytest.FixtureRequest
) -> Callable[[str, str], Warehouse]:
    installed: dict[str, Path] = {}

    def open_(name: str, catalog: str) -> Warehouse:
        folder = tmp_path_factory.mktemp(f"{name}-{catalog}")
        packages = DUCKDB if name == "duckdb" else (POSTGRES,)
        if name not in installed:
            installed[name] = install(tmp_path_factory.mktemp(name), *packages)
        if name == "duckdb":
            return Warehouse(name, catalog, TargetDuckDb(installed[name], folder), dbt, folder)
        running: Server = request.getfixturevalue("server")
        loader = TargetPostgres(installed[name], folder, running, hard_delete=False, schema=f"wix_{catalog}")
        return Warehouse(name, catalog, loader, dbt, folder, running)

    return open_


def refund(site: Site, order_id: str, amount: str) -> None:
    """Return a part of the first payment of an order."""
    order, transactions = ecom_orders.fetch(site, order_id), ecom_orders.transactions_of(site, order_id)
    price, nothing = {"amount": amount}, {"amount": "0.00"}
    made = {
        "id": site.new_id(),
        "createdDate": site.now(),
        "transactions": [
            {"paymentId": transactions["payments"][0]["id"], "amount": price, "refundStatus": "SUCCEEDED"}
        ],
        "details": {"shippingIncluded": False, "reason": "One piece was broken"},
        "summary": {"requestedRefund": price, "refunded": price, "pendingRefund": nothing, "pending": False},
    }
    format_prices(made, order["currency"])
    transactions["refunds"].append(made)
    ecom_payments.mark_refunded(transactions)
    ecom_orders.put_child(site, ecom_orders.TRANSACTIONS, transactions)
    ecom_orders.settle(order, transactions)
    ecom_orders.save_with_child(site, order)


def change(running: RunningSite) -> None:
    """Remove one of each kind, and refund a part of the newest orders that were paid."""
    site = running.site
    remove_one_of_each_kind(site, Random(0))
    paid = [
        each for each in site.store.all("orders") if each["paymentStatus"] == "PAID" and each["status"] == "APPROVED"
    ]
    for order in sorted(paid, key=lambda each: str(each["number"]))[-3:]:
        refund(site, order["id"], "1.25")


def plain(value: Any) -> Any:
    """Return a value in the one form that Python's and the database's share."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return round(Decimal(value), 1 if abs(value) > 10**9 else 4).normalize()
    if isinstance(value, str) and value.replace(".", "", 1).replace("-", "", 1).isdigit():
        return Decimal(value).normalize()
    return value


def assert_figures(warehouse: Warehouse, expected: Expected, site_id: str = "") -> None:
    """Compare each mart of a site, row by row, with what was computed without SQL."""
    for mart, wanted in expected.marts().items():
        keys = KEYS[mart]
        rows = [row for row in warehouse.rows(mart) if row["site_id"] == site_id]
        held = {tuple(str(row[key]) for key in keys): row for row in rows}
        assert len(held) == len(rows), mart
        assert sorted(held) == sorted(tuple(str(row[key]) for key in keys) for row in wanted), mart
        for row in wanted:
            found = held[tuple(str(row[key]) for key in keys)]
            for column, value in row.items():
                figure = round(value, 1) if column == "cover_days" and value is not None else value
                assert plain(found[column]) == plain(figure), (mart, row, column)


@pytest.mark.parametrize("name", ["duckdb", "postgres"])
def test_marts_are_the_shop_to_the_cent_and_equal_on_both_catalogs(
    name: str, open_warehouse: Callable[[str, str], Warehouse], open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    before: dict[str, dict[str, Rows]] = {}
    for catalog in CATALOGS:
        site, warehouse = open_shop(catalog=catalog), open_warehouse(name, catalog)
        settings = config(site, change_log=f"sqlite:///{tmp_path / catalog}.db")
        done = run(settings)
        warehouse.loader.load(done.messages)
        warehouse.build()
        assert_figures(warehouse, Expected(site.state(), catalog, ZONES[name], AS_OF))
        before[catalog] = {mart: warehouse.rows(mart) for mart in KEYS}
        change(site)
        warehouse.loader.load(run(settings, state=done.state).messages)
        warehouse.loader.load(run(settings).messages)
        warehouse.build()
        assert_figures(warehouse, Expected(site.state(), catalog, ZONES[name], AS_OF))
        if name == "duckdb":
            assert_charts(warehouse, Expected(site.state(), catalog, ZONES[name], AS_OF))
    for mart in KEYS:
        first, second = (sorted(map(without_ids, before[catalog][mart]), key=str) for catalog in CATALOGS)
        assert first == second, mart


@pytest.mark.parametrize("name", ["duckdb", "postgres"])
def test_marts_of_two_sites_in_one_warehouse_are_those_of_each(
    name: str, open_warehouse: Callable[[str, str], Warehouse], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxOptions, "id_seed", "the same for both sites")
    warehouse = open_warehouse(name, "sites")
    shops = [SandboxOptions(catalog=catalog, size=size) for catalog, size in zip(CATALOGS, (60, 40), strict=True)]
    with Account(shops).serve() as account:
        assert set(account[0].ids("orders")) & set(account[1].ids("orders"))
        change(account[1])
        done = command(tmp_path, {**account.config(), **UNPACED})
        assert done.code == 0, done.stderr
        warehouse.loader.load(done.messages)
        warehouse.build()
        for catalog, site in zip(CATALOGS, account, strict=True):
            expected = Expected(site.state(), catalog, ZONES[name], AS_OF)
            assert_figures(warehouse, expected, site.config()["site_id"])
    sites = {row["site_id"] for mart in KEYS for row in warehouse.rows(mart)}
    assert len(sites) == len(shops)


def figures(html: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table of the page by its name, and its list of figures as `dl`."""
    found = {
        name: [
            [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td>(.*?)</td>", row, re.DOTALL)]
            for row in re.findall("<tr>(.*?)</tr>", body, re.DOTALL)[1:]
        ]
        for name, body in re.findall(r'<table data-name="(\w+)">(.*?)</table>', html, re.DOTALL)
    }
    return found | {"dl": [list(pair) for pair in re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", html)]}


def assert_charts(warehouse: Warehouse, expected: Expected) -> None:
    """Compare every figure of the page of charts with what was computed without SQL."""
    written = warehouse.folder / "shop.html"
    command = [warehouse.dbt.commands / "python", CHARTS, warehouse.file, written]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONWARNINGS": "error"})
    found, marts = figures(written.read_text(encoding="utf-8")), expected.marts()
    days, customers = marts["wix_revenue_daily"], marts["wix_customers"]
    net, orders = sum(row["net_total"] for row in days), sum(row["orders"] for row in days)
    assert dict(found["dl"]) == {
        "Net sales": f"{net:,.2f} USD",
        "Sales": str(orders),
        "Net sales per sale": f"{net / orders:,.2f} USD",
        "Refunded": f"{sum(row['refunded'] for row in days):,.2f} USD",
        "Customers": str(len(customers)),
        "Returning customers": f"{sum(row['is_returning'] for row in customers) / len(customers):.0%}",
    }
    by_week: Counter[str] = Counter()
    for row in days:
        by_week[str(row["day"] - timedelta(row["day"].weekday()))] += row["net_total"]
    assert found["weeks"] == [[week, f"{by_week[week]:,.2f} USD"] for week in sorted(by_week)]
    for mart, name in (("wix_product_sales", "product_name"), ("wix_collection_sales", "collection_name")):
        best = sorted(marts[mart], key=lambda row: (-row["total_before_tax"], row[name]))
        wanted = [
            [row[name], str(row["orders"]), str(row["units"]), f"{row['total_before_tax']:,.2f} USD"] for row in best
        ]
        assert found[name] == wanted[:10]
    valued = sorted(customers, key=lambda row: (-row["net_total"], row["customer_id"]))[:10]
    assert [row[1:] for row in found["customers"]] == [
        [str(row["orders"]), str(row["last_order_day"]), f"{row['net_total']:,.2f} USD"] for row in valued
    ]
    cells = {(f"{row['cohort_month']:%Y-%m}", row["months_since"]): row for row in marts["wix_customer_cohorts"]}
    for cohort, size, *months in found["cohorts"]:
        assert size == str(cells[cohort, 0]["cohort_customers"])
        assert months == [
            str(cells[cohort, since]["customers"]) if (cohort, since) in cells else "" for since in range(len(months))
        ]
    assert {cohort for cohort, _ in cells} == {row[0] for row in found["cohorts"]}
    scarce = sorted(row["cover_days"] for row in marts["wix_stock"] if row["cover_days"] is not None)[:10]
    assert [row[-1] for row in found["stock"]] == [f"{round(days, 1):,.1f}" for days in scarce]


def without_ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items() if name not in IDS}
