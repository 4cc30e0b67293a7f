"""A page of charts from the marts of the dbt package: one HTML file without scripts, for a browser or an e-mail.

    python examples/charts.py warehouse.duckdb shop.html

It needs the package `duckdb` and the marts in the schema `analytics`.
"""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]

MARTS = (
    *("wix_orders", "wix_revenue_daily", "wix_customers", "wix_customer_cohorts", "wix_product_sales"),
    *("wix_collection_sales", "wix_stock", "wix_checkout_recovery"),
)
MOST = 10
"""Rows of a ranking."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The shop in figures</title>
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --bar: #2f6f9f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9da7b3; --line: #30363d; --paper: #0d1117; --bar: #58a6d6; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
p { color: var(--soft); margin: .25rem 0 1rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 1.5rem 0; }
dl div { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .875rem; } dd { font-size: 1.25rem; margin: 0; white-space: nowrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: right; }
td { white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 8rem; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; }
.bar { display: block; height: .4rem; margin-top: .2rem; background: var(--bar); border-radius: .2rem; }
svg { display: block; width: 100%; height: 12rem; fill: var(--bar); }
summary { cursor: pointer; color: var(--soft); margin-top: .5rem; }
</style>
</head>
"""


@dataclass(frozen=True)
class Money:
    """How amounts of a currency are written."""

    currency: str

    def __call__(self, amount: Decimal) -> str:
        """Return an amount with two decimals and its currency."""
        return f"{amount:,.2f} {self.currency}"


def page(marts: Mapping[str, Sequence[Row]]) -> str:
    """Return the page.

    Args:
        marts: Rows of each of `MARTS`: days as dates, amounts as decimals.

    Amounts of several currencies cannot be added: the page shows the currency with the most sales and names the others.
    """
    sales = [row for row in marts["wix_orders"] if row["is_sale"]]
    if not sales:
        return f"{_HEAD}<body><main><h1>The shop in figures</h1><p>There are no sales yet.</p></main></body></html>\n"
    counts: defaultdict[str, int] = defaultdict(int)
    for row in sales:
        counts[row["currency"]] += 1
    currency, *others = sorted(counts, key=lambda name: (-counts[name], name))
    own = {name: [row for row in rows if row.get("currency") == currency] for name, rows in marts.items()}
    money = Money(currency)
    first, last = (chosen(row["order_day"] for row in own["wix_orders"] if row["is_sale"]) for chosen in (min, max))
    left_out = f" Sales in {', '.join(others)} are left out." if others else ""
    return "".join(
        (
            _HEAD,
            "<body><main><h1>The shop in figures</h1>",
            f"<p>Sales from {first} to {last}, in {currency}.{left_out}</p>",
            _figures(own, money),
            _weeks(own["wix_revenue_daily"], money),
            _ranking("Products by sales", "Product", own["wix_product_sales"], "product_name", money),
            _ranking("Collections by sales", "Collection", own["wix_collection_sales"], "collection_name", money),
            _customers(own["wix_customers"], money),
            _cohorts(own["wix_customer_cohorts"]),
            _stock(own["wix_stock"]),
            _recovery(own["wix_checkout_recovery"], money),
            "</main></body></html>\n",
        )
    )


def _figures(own: Mapping[str, Sequence[Row]], money: Money) -> str:
    days, customers = own["wix_revenue_daily"], own["wix_customers"]
    orders, net = sum(row["orders"] for row in days), _sum(days, "net_total")
    returning = sum(row["is_returning"] for row in customers)
    shown = {
        "Net sales": money(net),
        "Sales": f"{orders:,}",
        "Net sales per sale": money(net / orders),
        "Refunded": money(_sum(days, "refunded")),
        "Customers": f"{len(customers):,}",
        "Returning customers": f"{returning / len(customers):.0%}",
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{figure}</dd></div>" for name, figure in shown.items())
    return f"<dl>{cells}</dl>"


def weeks(days: Iterable[Row]) -> dict[date, Decimal]:
    """Return the net sales of each week, by its Monday."""
    found: defaultdict[date, Decimal] = defaultdict(Decimal)
    for row in days:
        found[row["day"] - timedelta(row["day"].weekday())] += row["net_total"]
    return dict(sorted(found.items()))


def _weeks(days: Sequence[Row], money: Money) -> str:
    found = weeks(days)
    highest = max(*found.values(), Decimal(1))
    width = 100 / len(found)
    bars = "".join(
        f'<rect x="{place * width:.3f}" y="{100 - float(max(amount, Decimal()) / highest * 100):.3f}" '
        f'width="{width * 0.8:.3f}" height="{float(max(amount, Decimal()) / highest * 100):.3f}">'
        f"<title>{week}: {money(amount)}</title></rect>"
        for place, (week, amount) in enumerate(found.items())
    )
    best = max(found, key=lambda week: found[week])
    return (
        "<h2>Net sales a week</h2><p>Refunds count in the week in which they were made. The best week began on "
        f"{best}: {money(found[best])}.</p>"
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="Net sales of {len(found)} weeks; the table below has the figures.">{bars}</svg>'
        f"<details><summary>Figures of the weeks</summary>"
        f"{_table('weeks', ('Week of', 'Net sales'), [(str(week), money(amount)) for week, amount in found.items()])}"
        "</details>"
    )


def _ranking(title: str, column: str, rows: Sequence[Row], name: str, money: Money) -> str:
    best = sorted(rows, key=lambda row: (-row["total_before_tax"], row[name]))[:MOST]
    highest = best[0]["total_before_tax"] if best else Decimal(1)
    cells = [
        (_with_bar(row[name], row["total_before_tax"] / (highest or 1)), *_sold(row), money(row["total_before_tax"]))
        for row in best
    ]
    return f"<h2>{title}</h2>{_table(name, (column, 'Sales', 'Pieces', 'Before tax'), cells)}"


def _sold(row: Row) -> tuple[str, str]:
    return f"{row['orders']:,}", f"{row['units']:,.0f}"


def _with_bar(name: str, share: Decimal) -> str:
    return f'{escape(name)}<span class="bar" style="width:{float(share) * 100:.1f}%"></span>'


def _customers(rows: Sequence[Row], money: Money) -> str:
    best = sorted(rows, key=lambda row: (-row["net_total"], row["customer_id"]))[:MOST]
    cells = [
        (
            escape(" ".join(filter(None, (row["first_name"], row["last_name"]))) or row["email"] or row["customer_id"]),
            f"{row['orders']:,}",
            str(row["last_order_day"]),
            money(row["net_total"]),
        )
        for row in best
    ]
    return f"<h2>Customers by value</h2>{_table('customers', ('Customer', 'Sales', 'Last sale', 'Net sales'), cells)}"


def _cohorts(rows: Sequence[Row]) -> str:
    months = range(max(row["months_since"] for row in rows) + 1)
    found = {(row["cohort_month"], row["months_since"]): row for row in rows}
    cells = [
        (
            f"{cohort:%Y-%m}",
            str(next(row["cohort_customers"] for row in rows if row["cohort_month"] == cohort)),
            *(str(found[cohort, month]["customers"]) if (cohort, month) in found else "" for month in months),
        )
        for cohort in sorted({row["cohort_month"] for row in rows})
    ]
    head = ("First sale in", "Customers", *(f"Month {month}" for month in months))
    return (
        "<h2>Customers who came back</h2><p>Customers by the month of their first sale, and how many of them bought in "
        f"each month after it.</p>{_table('cohorts', head, cells)}"
    )


def _stock(rows: Sequence[Row]) -> str:
    scarce = sorted(
        (row for row in rows if row["cover_days"] is not None),
        key=lambda row: (row["cover_days"], row["product_name"], row["sku"] or ""),
    )[:MOST]
    cells = [
        (
            escape(row["product_name"]),
            escape(row["sku"] or ""),
            f"{row['quantity']:,.0f}",
            f"{row['units_sold']:,.0f}",
            f"{row['cover_days']:,.1f}",
        )
        for row in scarce
    ]
    head = ("Product", "SKU", "In stock", "Sold lately", "Days left")
    return (
        "<h2>Stock that runs out first</h2><p>Days left at the pace of the latest sales.</p>"
        f"{_table('stock', head, cells) if cells else '<p>Nothing was sold lately.</p>'}"
    )


def _recovery(rows: Sequence[Row], money: Money) -> str:
    if not rows:
        return ""
    abandoned, recovered = (sum(row[name] for row in rows) for name in ("abandoned", "recovered"))
    return (
        f"<h2>Abandoned checkouts</h2><p>{recovered:,} of {abandoned:,} were completed later: "
        f"{money(_sum(rows, 'recovered_total'))} of {money(_sum(rows, 'total'))}.</p>"
    )


def _table(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its cells are HTML."""
    names = "".join(f'<th scope="col">{column}</th>' for column in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    # It can be scrolled by keyboard where it is wider than the screen.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name.replace("_", " ")}">'
        f'<table data-name="{name}"><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _sum(rows: Iterable[Row], name: str) -> Decimal:
    return sum((row[name] for row in rows), Decimal())


def read(database: str) -> dict[str, list[Row]]:
    """Return the rows of the marts in a DuckDB file."""
    connection = importlib.import_module("duckdb").connect(database, read_only=True)

    def rows(mart: str) -> list[Row]:
        asked = connection.execute(f"select * from analytics.{mart}")
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    return {mart: rows(mart) for mart in MARTS}


if __name__ == "__main__":
    _, source, written = sys.argv
    Path(written).write_text(page(read(source)), encoding="utf-8")
