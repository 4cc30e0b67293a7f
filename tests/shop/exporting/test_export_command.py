"""`wix-export` as its users meet it: files, messages, exit codes, signals, closed pipes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from sandbox_support.forking import Forked, run_forked
from sandbox_support.services import need
from tests.files.reading import records_of
from tests.in_process import call
from tests.shops import config, shop
from tests.target.runs import load, messages, product
from tests.terminal import on_terminal
from wix_api.catalog import SET_TO_V1
from wix_api.standard_streams import UnwrittenOutputError
from wix_api.transport import BoundedAdapter
from wix_shop.exporting import destination
from wix_shop.exporting.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

LIMITS = {"title": "Engraving", "minCharCount": 0, "maxCharCount": 20}
ENGRAVING = {"name": "Engraving", "modifierRenderType": "FREE_TEXT", "mandatory": False}
EXPORT = Path(sys.executable).with_name("wix-export")


def run(folder: Path, *arguments: str, settings: dict[str, Any] | None = None) -> tuple[int, str]:
    """Run the command in a folder; return its exit code and its output."""
    file = folder / "config.json"
    file.write_text(json.dumps(config(shop("v3")) if settings is None else settings))
    done = call(main, "--config", file, *arguments, folder=folder)
    return done.code, done.err


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_the_format_is_that_of_the_sites_catalog(tmp_path: Path, catalog: str) -> None:
    code, reported = run(tmp_path, "-o", "shop.csv", settings=config(shop(catalog)))
    assert code == 0, reported
    count = len(shop(catalog).state()["products"])
    assert len(records_of(tmp_path / "shop.csv")) == count
    assert f"wix-export: {count} products written to shop.csv as wix-{catalog}; " in reported.splitlines()[-1]
    assert (tmp_path / "shop.csv").stat().st_mode & 0o777 == 0o600


def test_several_config_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text(json.dumps({"site_id": "another", "max_concurrency": 2}))
    code, reported = run(tmp_path, "--config", "more.json", "-o", "shop.csv")
    assert (code, "another" in reported) == (1, True)
    variable = {"TAP_WIX_SITE_ID": config(shop("v3"))["site_id"]}
    files = ("--config", "config.json", "--config", "more.json", "--config", "ENV")
    done = call(main, *files, "-o", "shop.csv", folder=tmp_path, environment=variable)
    assert (done.code, done.err.count("products written")) == (0, 1)


def test_a_file_without_its_option_names_the_option(tmp_path: Path) -> None:
    code, reported = run(tmp_path, "shop.csv")
    assert code == 2
    assert "`shop.csv` is not an option. Name the file to write with -o, such as `-o products.csv`." in reported
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_products_that_are_left_out_are_named_and_make_a_1(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    site = open_shop(empty=True)
    odd = product("Odd", sku="O", modifiers=[{**ENGRAVING, "freeTextSettings": {**LIMITS, "minCharCount": 2}}])
    load(site, tmp_path, messages(products=[odd, product("Plain", sku="P")]))
    code, reported = run(tmp_path, "-o", "shop.csv", settings=config(site))
    assert code == 1
    lines = reported.splitlines()
    assert lines[0].startswith("wix-export: `Odd` (")
    assert "is left out: the modifier `Engraving` has a price or a minimum number of characters." in lines[0]
    assert "1 product written, 1 left out (see above) to shop.csv as wix-v3" in lines[-1]
    assert len(records_of(tmp_path / "shop.csv")) == 1


def test_a_file_that_is_there_stays_unless_force_is_given(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("mine")
    shop("v3").journal.clear()
    code, reported = run(tmp_path, "-o", "shop.csv")
    assert (code, reported) == (
        1,
        "wix-export: shop.csv exists already. Name another file, or overwrite it with --force.\n",
    )
    assert (tmp_path / "shop.csv").read_text() == "mine"
    assert not shop("v3").journal.entries
    (tmp_path / "shop.csv").chmod(0o640)
    assert run(tmp_path, "-o", "shop.csv", "--force")[0] == 0
    assert (tmp_path / "shop.csv").stat().st_mode & 0o777 == 0o640
    assert records_of(tmp_path / "shop.csv")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_an_export_that_is_stopped_leaves_no_file(tmp_path: Path, sent: signal.Signals) -> None:
    waiting_for_the_quota = config(shop("v3"), requests_per_minute=3)
    (tmp_path / "config.json").write_text(json.dumps(waiting_for_the_quota))
    given = ("--config", "config.json", "-o", "shop.csv")
    with Forked([EXPORT, *given], stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        while not list(tmp_path.glob(".shop.csv.*.part")):
            assert process.poll() is None
        process.send_signal(sent)
        assert process.stderr
        reported = process.stderr.read()
        assert process.wait() == 128 + sent
    assert (
        reported.splitlines()[-1]
        == f"wix-export: Stopped by {sent.name}. The output is incomplete; with -o, no file was written."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


SIGNALLED = """
import os
from wix_shop.exporting import __main__ as exporting
read = exporting.command.make_context
def interrupted(*arguments, **more):
    os.kill(os.getpid(), {number})
    return read(*arguments, **more)
exporting.command.make_context = interrupted
exporting.run()
"""


@pytest.mark.parametrize("sent", [pytest.param(signal.SIGTERM, marks=pytest.mark.services), signal.SIGINT])
def test_a_signal_while_arguments_are_read_stops_the_export(tmp_path: Path, sent: signal.Signals) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config(shop("v3"))))
    given = [sys.executable, "-c", SIGNALLED.format(number=int(sent)), "--config", "config.json", "-o", "shop.csv"]
    done = subprocess.run(given, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 128 + sent
    assert done.stderr.startswith(f"wix-export: Stopped by {sent.name}.")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_an_error_leaves_no_file_and_names_the_permission(
    tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    denied = "SCOPE.STORES.INVENTORY_ITEM_READ"
    code, reported = run(tmp_path, "-o", "s.csv", settings=config(open_shop(denied_scopes=frozenset({denied}))))
    assert code == 1
    *retries, error = reported.splitlines()
    assert all("Wix answered 403 [request id " in line and "]. Trying again in " in line for line in retries)
    assert f". Grant the missing permission {denied} to the API key or app" in error
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


MOVED = (
    "wix-export: Wix moved the site from store catalog V1 to V3 during the export. The output is incomplete; with -o, "
    "no file was written. Run it again to export catalog V3."
)


def move_before(patch: pytest.MonkeyPatch, site: RunningSite, request: int, v1_calls: str) -> None:
    """Move a site to V3 by the sandbox's own call right before one of the requests that are sent to it, from 1."""
    sent = 0
    send = BoundedAdapter.send

    def moving(*arguments: Any, **more: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == request:
            how = json.dumps({"v1_calls": v1_calls}).encode()
            asked = Request(f"{site.url}/_sandbox/move-to-v3", how, {"Content-Type": "application/json"})
            with urlopen(asked) as answer:
                assert answer.status == 200
        return send(*arguments, **more)

    patch.setattr(BoundedAdapter, "send", moving)


@pytest.mark.parametrize(
    ("moves", "options"),
    [
        ((2, "501"), {}),
        ((3, "428"), {}),
        pytest.param((4, "501"), {}, marks=pytest.mark.services),
        pytest.param((3, "200-on-reader"), {}, marks=pytest.mark.services),
        pytest.param((4, "200-on-reader"), {}, marks=pytest.mark.services),
        ((4, "200-on-reader"), {"limit": 110}),  # of which Wix's own count says nothing
    ],
)
def test_a_move_to_v3_in_the_middle_leaves_no_file_and_says_to_run_again(
    moves: tuple[int, str],
    options: dict[str, int],
    tmp_path: Path,
    open_shop: Callable[..., RunningSite],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = open_shop(catalog="v1", size=120, random_seed=3)
    with monkeypatch.context() as patch:
        move_before(patch, site, *moves)
        code, reported = run(tmp_path, "-o", "shop.csv", settings=config(site, stream_options={"products": options}))
    assert (code, reported.splitlines()[-1]) == (1, MOVED)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_the_export_after_a_move_to_v3_is_whole(
    tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_shop(catalog="v1", size=20, random_seed=3)
    (tmp_path / "shop.csv").write_text("mine")
    with monkeypatch.context() as patch:
        move_before(patch, site, 3, "501")
        code, reported = run(tmp_path, "-o", "shop.csv", "--force", settings=config(site))
    assert (code, reported.splitlines()[-1]) == (1, MOVED)
    assert (tmp_path / "shop.csv").read_text() == "mine"
    assert run(tmp_path, "-o", "shop.csv", "--force", settings=config(site))[0] == 0
    assert len(records_of(tmp_path / "shop.csv")) == 20


def test_a_move_to_v3_of_a_site_that_is_set_to_v1_names_the_setting(
    tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_shop(catalog="v1", size=20, random_seed=3)
    move_before(monkeypatch, site, 2, "501")
    code, reported = run(tmp_path, "-o", "shop.csv", settings=config(site, store_catalog="v1"))
    assert code == 1
    assert reported.splitlines()[-1] == f"wix-export: {SET_TO_V1}"
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config(shop("v3"))))
    with subprocess.Popen(
        [EXPORT, "--config", "config.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_a_read_only_folder_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(destination, "private", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with (
        pytest.raises(UnwrittenOutputError, match="Read-only file system"),
        destination.whole_file(tmp_path / "shop.csv", force=False),
    ):
        pass


def test_a_full_disk_is_one_clear_message(tmp_path: Path) -> None:
    need(None if Path("/dev/full").exists() else "a device that is full (/dev/full) is missing")
    (tmp_path / "config.json").write_text(json.dumps(config(shop("v3"))))
    with Path("/dev/full").open("w") as full:
        done = run_forked(
            [EXPORT, "--config", "config.json"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
    assert (done.returncode, done.stderr) == (1, "wix-export: The file cannot be written: No space left on device.\n")


def test_settings_come_from_the_environment_and_from_env_files(tmp_path: Path) -> None:
    settings = config(shop("v3"))
    lines = [f"TAP_WIX_{name.upper()}={value}\n" for name, value in settings.items()]
    (tmp_path / ".env").write_text("".join([*lines[1:], f"{lines[0].partition('=')[0]}=nonsense\n"]))
    variable, _, value = lines[0].strip().partition("=")
    done = call(main, "-o", "shop.csv", folder=tmp_path, environment={**os.environ, variable: value})
    assert done.code == 0, done.err
    assert records_of(tmp_path / "shop.csv")


WRONG = {
    "no config": (["--config", "none.json"], "--config none.json cannot be read: No such file or directory."),
    "no JSON": (["--config", "broken.json"], "--config broken.json is not JSON (line 1, column 2). Correct it."),
    "no settings": (["--config", "list.json"], "--config list.json has no settings. The file must be one JSON object."),
    "unknown setting": (["--config", "typo.json"], "There is no setting `api_kye`. Did you mean `api_key`?"),
    "no credentials": ([], "No credentials. Set `api_key` and `site_id`;"),
    "no folder": (["-o", "none/shop.csv"], "The folder none does not exist. Create it, or name another file."),
    "a workbook": (["-o", "a.XLSX"], "a.XLSX has the name of a workbook, and the file is CSV. Name it a.csv."),
    "a folder": (["-o", "."], ". is not a file. Name a file with -o, or leave out -o to write to standard output."),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_each_mistake_has_one_clear_message(tmp_path: Path, arguments: list[str], message: str) -> None:
    for name, text in {"broken.json": "{", "list.json": "[]", "typo.json": '{"api_kye": "IST.x"}'}.items():
        (tmp_path / name).write_text(text)
    done = call(main, *arguments, folder=tmp_path)
    assert done.code == 1
    assert done.err.startswith(f"wix-export: {message}"), done.err
    assert len(done.err.splitlines()) == 1


def test_a_site_without_a_store_is_one_clear_message(tmp_path: Path) -> None:
    code, reported = run(tmp_path, settings=config(shop("absent")))
    assert code == 1
    assert (
        reported == "wix-export: The site has no Wix Stores, so it has no products. Install Wix Stores on the site.\n"
    )


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(size=300, latency=0.15)
    (tmp_path / "config.json").write_text(json.dumps(config(site)))
    arguments = [EXPORT, "--config", tmp_path / "config.json", "-o", tmp_path / "shop.csv"]
    code, rows = on_terminal(arguments, columns=100)
    assert code == 0
    drawn = [part for row in rows for part in row[:-1] if part]
    assert any(part.startswith("products: 100 records, of 300") for part in drawn), rows
    assert [row[-1] for row in rows if row[-1]][-1].startswith("wix-export: 300 products written to ")
