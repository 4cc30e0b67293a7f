"""Exports of a sandbox's shop in this process, and what their files say when they are read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_wix.tap import TapWix
from tests.files.reading import records_of
from tests.shops import config
from wix_files.recognition import FORMATS
from wix_shop.exporting.export import Account, export
from wix_shop.exporting.shop import Shop
from wix_shop.exporting.sources import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

    from wix_files.product_format import Entity
    from wix_sandbox import RunningSite


@dataclass
class Exported:
    """An exported file, the account of its export, and the logged messages."""

    path: Path
    account: Account
    reported: list[str]

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8-sig")

    @property
    def records(self) -> list[Entity]:
        return records_of(self.path)

    def record(self, name: str) -> Entity:
        (found,) = [record for record in self.records if record["name"] == name]
        return found


def exported(site: RunningSite, folder: Path, name: str, **settings: Any) -> Exported:
    tap = TapWix(config=config(site, **settings), setup_mapper=False)
    shop = Shop(tap, SOURCES[tap.client.store_catalog], FORMATS[name].collection_member, lambda *_: None)
    reported: list[str] = []
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        account = export(shop, FORMATS[name], file, reported.append)
    reported += [*shop.notes(), *account.notes()]
    shop.close()
    return Exported(path, account, reported)
