"""A loop of shop, PostgreSQL and shop comes to rest, and makes nothing again that was deleted on either side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from examples.reverse_sync import EDITS
from sandbox_support.services import need
from target_wix.__main__ import main
from tests.e2e.loaders import POSTGRES, Server, TargetPostgres, by_key, install, postgres
from tests.in_process import call
from tests.shops import config
from tests.tap.runs import Run, run
from tests.tap.test_versions import without_bookmarks
from tests.target.runs import writes
from wix_sandbox.resources import contacts_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wix_sandbox import RunningSite

pytestmark = pytest.mark.services

STREAMS = ("products", "contacts")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def target_postgres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("target-postgres"), POSTGRES)


class Loop:
    """Rounds of shop to warehouse, and of edits in the warehouse back to the shop."""

    def __init__(self, site: RunningSite, folder: Path, server: Server, commands: Path) -> None:
        self._site = site
        self._folder = folder
        self.warehouse = TargetPostgres(commands, folder, server, hard_delete=False, schema="wix")
        self.address = f"postgresql://wix@127.0.0.1:{server.port}/postgres"
        with psycopg.connect(self.address) as base:
            base.execute(b"DROP TABLE IF EXISTS wix_edits")
            base.execute(EDITS.encode())
        self._done: Run | None = None

    def edit(self, stream: str, row_id: str | None, record: dict[str, Any] | None = None) -> None:
        """Ask for a change of the shop: a record, or None for a delete."""
        with psycopg.connect(self.address) as base:
            base.execute(
                b"INSERT INTO wix_edits VALUES (%s, %s, %s, CASE WHEN %s THEN now() END)",
                (stream, row_id, json.dumps(record or {}), record is None),
            )

    def turn(self, on_the_way: Callable[[], None] | None = None) -> tuple[Counter[tuple[str, str]], int]:
        """Run one round. Return what became of the edits, and how many requests wrote to the shop."""
        state = without_bookmarks(self._done) if self._done else None
        self._done = run(config(self._site), select=STREAMS, state=state)
        self.warehouse.load(self._done.messages)
        if on_the_way:
            on_the_way()
        command = [sys.executable, "-m", "examples.reverse_sync", self.address]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        settings, results = self._folder / "target.json", self._folder / "results.jsonl"
        more = {"results_path": str(results), "index_lag_seconds": 0, "on_reject": "skip"}
        settings.write_text(json.dumps(config(self._site, **more)))
        self._site.journal.clear()
        done = call(main, "--config", settings, stdin=lines)
        assert done.code == 0, done.err
        found = [json.loads(line) for line in results.read_text().splitlines()]
        return Counter((line["stream"], line["outcome"]) for line in found), len(writes(self._site))

    def is_like_the_shop(self) -> bool:
        """True if the warehouse has the rows of the shop."""
        records = run(config(self._site), select=STREAMS).records
        wanted = {stream: by_key(stream, records[stream]) for stream in STREAMS}
        return self.warehouse.rows(STREAMS) == wanted


def contact(email: str, company: str) -> dict[str, Any]:
    return {"info": {"company": company, "emails": {"items": [{"email": email, "tag": "MAIN"}]}}}


def by_email(site: RunningSite, email: str) -> dict[str, Any] | None:
    contacts = site.site.store.all("contacts")
    return next((each for each in contacts if (each.get("primaryInfo") or {}).get("email") == email), None)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_loop_is_stable_after_two_rounds_with_removals_on_either_side(
    catalog: str, open_shop: Callable[..., RunningSite], tmp_path: Path, server: Server, target_postgres: Path
) -> None:
    site = open_shop(catalog=catalog)
    loop = Loop(site, tmp_path, server, target_postgres)
    assert loop.turn() == (Counter(), 0)
    free = [each for each in site.site.store.all("contacts") if not each.get("memberInfo")]
    changed, deleted, obeyed, late = (each["id"] for each in free[:4])
    emails = {each["id"]: each["primaryInfo"]["email"] for each in free[:4]}
    products = site.site.store.ids("products")
    loop.edit("contacts", changed, {"info": {"company": "Changed"}})
    loop.edit("contacts", None, contact("new@example.com", "New"))
    loop.edit("contacts", deleted)
    loop.edit("contacts", obeyed, contact(emails[obeyed], "Never"))
    loop.edit("contacts", None, contact(emails[obeyed], "Never"))
    loop.edit("contacts", late, contact(emails[late], "Never"))
    loop.edit("products", products[0], {"name": "Changed"})
    loop.edit("products", products[1])
    contacts_store.delete(site.site, obeyed)
    site.site.store.delete("products", products[2])

    def delete_late() -> None:
        contacts_store.delete(site.site, late)

    first, _ = loop.turn(delete_late)
    assert first == {
        ("contacts", "updated"): 1,
        ("contacts", "created"): 1,
        ("contacts", "deleted"): 1,
        ("contacts", "rejected"): 1,  # deleted in the shop after it was read
        ("products", "updated"): 1,
        ("products", "deleted"): 1,
    }
    second, written = loop.turn()
    assert written == 0
    assert loop.is_like_the_shop()
    third, written = loop.turn()
    assert (third, written) == (second, 0)
    assert set(third) == {("contacts", "unchanged"), ("products", "unchanged")}
    new = by_email(site, "new@example.com")
    assert new is not None
    assert by_email(site, emails[obeyed]) is by_email(site, emails[late]) is None
    contacts_store.delete(site.site, new["id"])
    assert loop.turn()[1] == 0
    assert loop.is_like_the_shop()
