"""The text that the command prints when it serves."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from typing_extensions import override

if TYPE_CHECKING:
    from wix_sandbox.account import RunningAccount
    from wix_sandbox.sandbox import RunningSite


class Lasting(Console):
    """Discards output after its reader has left: with `wix-sandbox | head` the sandbox continues to serve."""

    @override
    def on_broken_pipe(self) -> None:
        with suppress(SystemExit):
            super().on_broken_pipe()


def show_banner(site: RunningSite, note: str = "") -> None:
    """Print URL, site id, the contents of the shop and a config to paste; plain text if there is no terminal."""
    console = Lasting(soft_wrap=True, highlight=False)
    catalog = site.site.catalog.value
    console.print(f"[bold]Wix sandbox[/bold] at [cyan]{site.url}[/cyan] (store catalog: {catalog})")
    console.print(f"Site id: {site.site.identity.site_id}")
    held = Table.grid(padding=(0, 2))
    for kind in site.store.kinds():
        held.add_row("", kind.replace("_", " "), str(site.store.count(kind)))
    console.print("The shop contains:" if held.row_count else "The shop is empty.")
    if held.row_count:
        console.print(held)
    if note:
        console.print(note, markup=False)
    console.print("Config for tap-wix and target-wix:")
    console.print(json.dumps(site.config(), indent=2), markup=False)
    console.print(f"Page for a browser: {site.url}/", markup=False)
    console.print(f"Faults, journal, state and more: {site.url}/_sandbox/", markup=False)
    console.print("Ctrl-C stops.", markup=False)
    console.file.flush()


def show_account(account: RunningAccount) -> None:
    """Print URL and number of the sites of an account, and a config to paste."""
    console = Lasting(soft_wrap=True, highlight=False)
    console.print(f"[bold]Wix sandbox[/bold] at [cyan]{account.url}[/cyan] with {len(account)} sites")
    console.print("Config for tap-wix:")
    console.print(json.dumps(account.config(), indent=2), markup=False)
    console.print(f"The sites: {account.url}/_sandbox/sites", markup=False)
    console.print(f"Faults, journal, state and more of a site: {account.url}/_sandbox/sites/SITE-ID/", markup=False)
    console.print("Ctrl-C stops.", markup=False)
    console.file.flush()
