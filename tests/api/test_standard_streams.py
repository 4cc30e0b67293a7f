"""A command that is started without standard streams, as by `wix-api … <&-`, ends with a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wix_api.standard_streams import exit_code

CALL = "from wix_api.standard_streams import set_up_streams; set_up_streams(); import sys; "


@pytest.mark.parametrize(
    ("closed", "code", "shown"),
    [
        ("<&-", "print(sys.stdin.isatty(), sys.stdin.buffer.read())", "False b''"),
        (">&-", "print('x', flush=True)", "Bad file descriptor"),
        ("2>&-", "print('x', file=sys.stderr); print('written')", "written"),
        ("<&- 2>&-", "print(open('/dev/null').fileno() > 2)", "True"),
    ],
)
def test_closed_streams_are_at_their_end_or_fail_or_are_silent(closed: str, code: str, shown: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, CALL + code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown in done.stdout + done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_help_text_on_a_full_disk_is_an_error_of_output(unbuffered: str) -> None:
    code = CALL + "import click; from wix_api.standard_streams import exit_code; exit_code(lambda: click.echo('x'))"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False, text=True, env=environment
        )
    assert "UnwrittenOutputError: Standard output cannot be written: No space left on device." in done.stderr


def test_output_to_a_pipe_is_utf8_whatever_the_locale_is() -> None:
    code = CALL + r"print('\u0141ukasz \udcff')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert done.stdout == "\u0141ukasz \\udcff\n".encode()


def test_a_closed_terminal_fails_no_command_that_wrote_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        os.close(ours)
        assert exit_code(lambda: 3) == 3
        monkeypatch.undo()
