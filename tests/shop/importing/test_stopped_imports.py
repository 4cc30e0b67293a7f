"""An import that is stopped ends immediately and reports what is in the shop; the next import completes it."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from typing import IO, TYPE_CHECKING

import pytest

from target_wix.run import Run
from target_wix.stopping import StopSign
from tests.shop.importing.shop_check import differences
from tests.shop.importing.test_nothing_is_lost import file_of, product, variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_wix.change import Change
    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

ROWS = [
    row
    for number in range(60)
    for row in (
        product(f"lamp-{number}", "S", "M", collection="Oak;Elm"),
        variant(f"lamp-{number}", "S", inventory="3", surcharge="2"),
        variant(f"lamp-{number}", "M", inventory="3"),
    )
]
_SETTLED = re.compile(r"([\d,]+) created")
_UNFINISHED = re.compile(r"Created, but incomplete, because the run ended: ([\d,]+)")


def counted(pattern: re.Pattern[str], text: str) -> int:
    return sum(int(found.replace(",", "")) for found in pattern.findall(text))


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("after", [1, 7])
def test_a_stopped_import_reports_the_written_products(
    open_shop: Callable[..., RunningSite],
    wix_import: Import,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    catalog: str,
    after: int,
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = file_of(tmp_path, *ROWS)
    begin, begun = Run.began_to_make, []

    def interrupted(run: Run, change: Change, stream: str) -> None:
        begin(run, change, stream)
        begun.append(change.line)
        if len(begun) == after:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Run, "began_to_make", interrupted)
    done = wix_import(site, "--yes", path.name)
    monkeypatch.undo()
    assert done.code == 128 + signal.SIGINT
    assert "Stopping once the current requests are finished." in capfd.readouterr().err
    assert "Import the file again to continue: products that were imported are not written twice." in done.err
    there = len(site.state().get("products", []))
    assert 0 < there <= len(ROWS) // 3
    assert counted(_SETTLED, done.err) + counted(_UNFINISHED, done.err) == there
    assert wix_import(site, "--yes", path.name).code == 0
    assert differences(path, site.state()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_while_a_pipe_is_awaited_leaves_no_temporary_file(
    open_shop: Callable[..., RunningSite],
    wix_import: Import,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    temporary, wait_for = tmp_path / "temporary", StopSign.wait_for
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def interrupted(stop: StopSign, pipe: IO[str]) -> bool:
        assert [*temporary.iterdir()]
        os.kill(os.getpid(), number)
        return wait_for(stop, pipe)

    monkeypatch.setattr(StopSign, "wait_for", interrupted)
    done = wix_import(open_shop(catalog="v3", empty=True), "--yes", "-", stdin="name,sku\nMug,M-1\n")
    assert done.code == 128 + number
    assert "Nothing was written." in done.err
    assert not [*temporary.iterdir()]
