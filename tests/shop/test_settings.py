"""One config file with the settings of both plugins, for all commands."""

from __future__ import annotations

import csv
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.__main__ import main as target_wix
from tests.in_process import Ended, call
from tests.shops import UNPACED
from tests.target.runs import writes
from wix_sandbox import Account, SandboxOptions
from wix_shop.calling.__main__ import main as wix_api
from wix_shop.exporting.__main__ import main as wix_export
from wix_shop.importing.__main__ import main as wix_import
from wix_shop.undoing.__main__ import main as wix_undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

OF_BOTH = {
    "requests_per_minute": 100_000,
    "index_lag_seconds": 0,
    "on_reject": "skip",
    "batch_size_rows": 10,
    "start_date": "2020-01-01T00:00:00Z",
    "stream_options": {
        "products": {"command": "update", "filter": {"visible": False}},
        "invoices": {"limit": 5},
        "product_variants": {"command": "ignore"},
    },
}


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", size=20, random_seed=3)


def test_each_command_takes_its_own_settings_from_a_common_file(site: RunningSite, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), **OF_BOTH}))
    (tmp_path / "shop.csv").write_text("handle,name,price\nnew-mug,New mug,5\n")
    given: dict[str, Any] = {"folder": tmp_path, "environment": {}}
    imported = call(wix_import, "--config", "config.json", "--yes", "shop.csv", **given)
    assert (imported.code, writes(site)) == (0, [])  # `command` is `update`, and `on_reject` is `skip`
    assert "NOT_FOUND" in imported.err
    undone = call(wix_undo, "--config", "config.json", "--yes", "shop.undo.jsonl", **given)
    assert undone.err.startswith("Error: There is no file shop.undo.jsonl.")  # the settings were accepted
    exported = call(wix_export, "--config", "config.json", "--format", "plain", "-o", "out.csv", **given)
    assert exported.code == 0, exported.err
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file) if row["name"]}
    assert names == {each["name"] for each in site.state()["products"] if not each["visible"]}


@pytest.mark.parametrize(
    ("command", "arguments"), [(wix_import, ["--yes", "x.csv"]), (wix_undo, ["--yes", "x.jsonl"]), (wix_export, [])]
)
def test_a_setting_that_neither_plugin_has_is_refused(
    site: RunningSite, tmp_path: Path, *, command: Callable[[list[str]], int], arguments: list[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), "store_catalogue": "v3"}))
    done = call(command, "--config", "config.json", *arguments, folder=tmp_path, environment={})
    assert done.code == 1
    assert "There is no setting `store_catalogue`. Did you mean `store_catalog`?" in done.err


@pytest.mark.parametrize("way", ["key", "app"])
def test_a_config_file_names_the_site_that_is_written(tmp_path: Path, way: str) -> None:
    with Account([SandboxOptions(catalog="v3", empty=True) for _ in range(2)]).serve() as account:
        other, own = account[0], account[1]
        given = own.config() if way == "key" else own.app_config()
        (tmp_path / "config.json").write_text(json.dumps({**given, **UNPACED, "index_lag_seconds": 0}))
        (tmp_path / "shop.csv").write_text("name,sku,price\nMug,M-1,5.00\n")
        environment = {
            f"{prefix}{name.upper()}": str(value)
            for prefix in ("TARGET_WIX_", "TAP_WIX_")
            for name, value in other.config().items()
        }

        def done(command: Callable[[list[str]], int], *arguments: str) -> Ended:
            ended = call(command, "--config", "config.json", *arguments, folder=tmp_path, environment=environment)
            assert ended.code == 0, ended.err
            return ended

        done(wix_import, "--yes", "shop.csv")
        assert [len(each.state().get("products", [])) for each in (other, own)] == [0, 1]
        assert "M-1" in done(wix_export).out
        assert "Mug" in done(wix_api, "POST", "/stores/v3/products/query", "--body", "{}").out
        done(wix_undo, "--yes", "shop.undo.jsonl")
        assert not own.state().get("products")


def test_a_run_by_site_is_taken_back_at_the_site_of_the_variable(tmp_path: Path) -> None:
    with Account([SandboxOptions(catalog="v3", empty=True) for _ in range(2)]).serve() as account:
        given = {**account[0].config(), **UNPACED, "index_lag_seconds": 0, "by_site": True, "undo_path": "x.undo.jsonl"}
        (tmp_path / "config.json").write_text(json.dumps(given))
        (tmp_path / "shop.csv").write_text("name,sku,price\nMug,M-1,5.00\n")
        site_id = account[1].config()["site_id"]
        record = {"siteId": site_id, "displayName": "Press"}
        lines = [
            {"type": "SCHEMA", "stream": "contact_labels", "schema": {"properties": {}}, "key_properties": []},
            {"type": "RECORD", "stream": "contact_labels", "record": record},
        ]
        stdin = "".join(json.dumps(line) + "\n" for line in lines)
        written = call(target_wix, "--config", "config.json", stdin=stdin, folder=tmp_path, environment={})
        (printed,) = re.findall("To undo: (.*)", written.err)
        variable, program, *arguments = shlex.split(printed)
        assert (variable, program) == (f"TARGET_WIX_SITE_ID={site_id}", "wix-undo")
        assert "Press" in names_of_labels(account[1])
        environment = {"TARGET_WIX_SITE_ID": site_id}
        done = call(wix_undo, *arguments, "--yes", folder=tmp_path, environment=environment)
        assert done.code == 0, done.err
        assert "Press" not in names_of_labels(account[1])
        assert f"To undo: {variable} wix-undo --config config.json x.undo.{site_id}.undo.jsonl" in done.err
        # An import writes to the site of the file, also if that is a file for `by_site`.
        imported = call(
            wix_import, "--config", "config.json", "--yes", "shop.csv", folder=tmp_path, environment=environment
        )
        assert imported.code == 0, imported.err
        assert [len(each.state().get("products", [])) for each in (account[0], account[1])] == [1, 0]


def test_the_undo_command_names_the_site_if_only_a_variable_sets_by_site(tmp_path: Path) -> None:
    with Account([SandboxOptions(catalog="v3", empty=True) for _ in range(2)]).serve() as account:
        given = {**account[0].config(), **UNPACED, "index_lag_seconds": 0, "by_site": True}
        environment = {f"TARGET_WIX_{name.upper()}": str(value) for name, value in given.items()}
        (tmp_path / "shop.csv").write_text("name,sku,price\nMug,M-1,5.00\n")
        imported = call(wix_import, "--yes", "shop.csv", folder=tmp_path, environment=environment)
        undone = call(wix_undo, "--yes", "shop.undo.jsonl", folder=tmp_path, environment=environment)
        undo = f"To undo: TARGET_WIX_SITE_ID={given['site_id']} wix-undo shop.undo"
        assert f"{undo}.jsonl" in imported.err
        assert f"{undo}.undo.jsonl" in undone.err


def names_of_labels(site: RunningSite) -> set[str]:
    return {row["displayName"] for row in site.state().get("labels", [])}


@pytest.mark.parametrize(
    ("main", "options", "prefix"),
    [
        (wix_export, [], "TAP_WIX"),
        (wix_import, ["--dry-run", "shop.csv"], "TARGET_WIX"),
        (wix_undo, ["--dry-run", "shop.undo.jsonl"], "TARGET_WIX"),
    ],
)
def test_a_command_for_one_of_many_sites_asks_for_it(
    main: Callable[..., int], options: list[str], prefix: str, site: RunningSite, tmp_path: Path
) -> None:
    settings = {**site.config(), **UNPACED}
    site_id = settings.pop("site_id")
    (tmp_path / "config.json").write_text(json.dumps({**settings, "sites": "account", "account_id": site_id}))
    (tmp_path / "shop.csv").write_text("handle,name,price\nnew-mug,New mug,5\n")
    arguments = ["--config", "config.json", *options]
    refused = call(main, *arguments, folder=tmp_path, environment={})
    assert (refused.code, refused.out) == (1, "")
    said = "`sites` names many sites, and this command works with one. Set `site_id` to its ID, for example with"
    assert f"{said} {prefix}_SITE_ID." in refused.err
    named = call(main, *arguments, folder=tmp_path, environment={f"{prefix}_SITE_ID": site_id})
    assert "`sites`" not in named.err


def test_an_export_does_not_overwrite_its_settings(site: RunningSite, tmp_path: Path) -> None:
    settings = json.dumps(site.config())
    (tmp_path / "config.json").write_text(settings)
    done = call(
        wix_export, "--config", "config.json", "--force", "-o", "./config.json", folder=tmp_path, environment={}
    )
    assert (done.code, (tmp_path / "config.json").read_text()) == (1, settings)
    assert "config.json is the config file itself. Name another file." in done.err


def test_names_of_files_may_have_bytes_that_are_not_utf8(site: RunningSite, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), **UNPACED, "index_lag_seconds": 0}))
    (tmp_path / "shop.csv").write_text("handle,name,price\nnew-mug,New mug,5\n")
    given = {"--report": "a\udcff.html", "--results": "b\udcff.jsonl", "--undo": "c\udcff.undo.jsonl"}
    options = [word for pair in given.items() for word in pair]
    done = call(wix_import, "--config", "config.json", "--yes", *options, "shop.csv", folder=tmp_path, environment={})
    assert done.code == 0, done.err
    assert all((tmp_path / name).exists() for name in given.values())
    undone = call(wix_undo, "--config", "config.json", "--yes", given["--undo"], folder=tmp_path, environment={})
    assert undone.code == 0, undone.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--report", "shop.csv"], "`--report` is the product file itself"),
        (["--match-on", "bogus"], "`--match-on` names the unknown key `bogus`. Use id, "),
        (["--undo", "/dev/null"], "`--undo` is not a file"),
        (["--results", "shop.csv/x"], "The file of `--results` cannot be written"),
        (["--max-deletes", "foo"], "`--max-deletes` is 'foo'. Set it to a number"),
    ],
)
def test_a_message_names_the_option(site: RunningSite, tmp_path: Path, options: list[str], said: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), "max_deletes": 5}))
    (tmp_path / "shop.csv").write_text("handle,name,price\nmug,Mug,5\n")
    done = call(wix_import, "--config", "config.json", "--yes", *options, "shop.csv", folder=tmp_path, environment={})
    assert (done.code, writes(site)) == (1, [])
    assert said in done.err


@pytest.mark.parametrize(
    ("settings", "environment", "said"),
    [
        ({"report_path": "shop.csv"}, {}, "`report_path` is the product file itself"),
        ({}, {"TARGET_WIX_MAX_DELETES": "foo"}, "`max_deletes` is 'foo'"),
    ],
)
def test_a_message_names_the_setting_of_a_config_file_or_variable(
    site: RunningSite, tmp_path: Path, settings: dict[str, str], environment: dict[str, str], said: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**site.config(), **settings}))
    (tmp_path / "shop.csv").write_text("handle,name,price\nmug,Mug,5\n")
    given: dict[str, Any] = {"folder": tmp_path, "environment": environment}
    done = call(wix_import, "--config", "config.json", "--yes", "shop.csv", **given)
    assert said in done.err
