"""Two sites in the same tables of PostgreSQL, although all of their rows have the same ids."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import POSTGRES, Rows, TargetPostgres, by_key, install, postgres
from tests.shops import UNPACED
from tests.tap.runs import command, run
from wix_sandbox import Account, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.services


def test_tables_of_two_sites_are_one_without_a_collision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    monkeypatch.setattr(SandboxOptions, "id_seed", "the same for both sites")
    commands = install(tmp_path / "target-postgres", POSTGRES)
    with Account([SandboxOptions(size=8)] * 2).serve() as account, postgres() as server:
        assert account[0].ids("orders") == account[1].ids("orders")
        account[1].store.delete("orders", account[1].ids("orders")[0])
        done = command(tmp_path, {**account.config(), **UNPACED})
        assert done.code == 0, done.stderr
        loader = TargetPostgres(commands, tmp_path, server, hard_delete=True, schema="sites")
        loader.load(done.messages)
        for site in account:
            site_id = site.config()["site_id"]
            wanted: Rows = {
                stream: by_key(stream, [{"siteId": site_id, **row} for row in rows])
                for stream, rows in run({**site.config(), **UNPACED}).records.items()
            }
            query = 'SELECT to_jsonb(each) FROM sites."{}" AS each WHERE "siteId" = \'{}\''
            held = {
                stream: by_key(stream, map(json.loads, server.ask(query.format(stream, site_id)))) for stream in wanted
            }
            assert len(wanted) > 20
            assert held == wanted
        runs = server.ask("SELECT outcome FROM sites._site_runs")
        assert runs == ["complete", "complete"]
