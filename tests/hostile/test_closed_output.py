"""Standard output whose reader has left, as in `wix-api … | head -1`, and other streams that cannot be used."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox_support.forking import run_forked
from tests.hostile.commands import arguments_of
from tests.shops import config, shop
from tests.target.runs import FAST, lines, messages, product
from wix_api.standard_streams import MachineError, exit_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox import RunningSite


@contextmanager
def nobody_reads() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def ended(folder: Path, name: str, *arguments: str, **streams: object) -> tuple[int, str]:
    """Exit code and messages of a command without a reader."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    with nobody_reads() as out:
        done = run_forked(command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True, **streams)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "target-wix --help",
        "target-wix --about",
        "wix-import --version",
        "wix-import --template plain",
        "wix-undo --help",
        "wix-export --help",
        "wix-api --help",
        "wix-listen --about",
        "wix-listen subscribe --help",
        "wix-sandbox --help",
        "wix-sandbox --version",
    ],
)
def test_a_help_text_without_a_reader_ends_quietly(command: str, tmp_path: Path) -> None:
    assert ended(tmp_path, *command.split()) == (0, "")


@pytest.mark.parametrize(
    "command",
    ["tap-wix --about", "target-wix --about --format=json", "wix-import --version", "wix-listen --about"],
)
def test_a_help_text_on_a_full_disk_is_one_message(command: str, tmp_path: Path) -> None:
    name, *arguments = command.split()
    with Path("/dev/full").open("w") as full:
        done = run_forked(
            [str(Path(sys.executable).with_name(name)), *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith("Standard output cannot be written: No space left on device.")


def test_another_pipe_without_a_reader_is_no_end_of_the_output() -> None:
    def command() -> int:
        raise BrokenPipeError(errno.EPIPE, "socket")

    with pytest.raises(BrokenPipeError, match="socket"):
        exit_code(command)


def test_what_a_command_raises_says_more_than_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def command() -> int:
        sys.stdout.write("text")
        raise ValueError

    with Path("/dev/full").open("w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        with pytest.raises(ValueError):  # noqa: PT011 - any text
            exit_code(command)


def test_a_text_of_an_exit_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        sys.exit("No settings.")

    assert (exit_code(command), capsys.readouterr().err) == (1, "No settings.\n")


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (MemoryError(), "There is not enough memory."),
        (UnicodeEncodeError("ascii", "caf\xe9", 3, 4, ""), r"The locale \(ascii\) cannot encode 'caf\\xe9'."),
    ],
)
def test_what_a_machine_lacks_is_an_error(error: Exception, reported: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def command() -> int:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
        with pytest.raises(MachineError, match=reported):
            exit_code(command)


def test_text_that_cannot_be_encoded_for_another_reason_is_no_matter_of_the_locale() -> None:
    with pytest.raises(UnicodeEncodeError):
        exit_code(lambda: len("\ud800".encode()))


@pytest.mark.parametrize("option", ["--paginate", "--include"])
def test_an_answer_without_a_reader_ends_quietly(option: str, tmp_path: Path) -> None:
    arguments = arguments_of("wix-api", config(shop("v3")), tmp_path)
    assert ended(tmp_path, "wix-api", *arguments, option) == (0, "")


def test_states_without_a_reader_are_a_failure(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    arguments = arguments_of("target-wix", {**site.config(), **FAST}, tmp_path)
    code, said = ended(tmp_path, "target-wix", *arguments, input=lines(messages(products=[product(sku="A")])))
    assert code == 1
    assert said.splitlines()[-1].endswith(
        "Standard output cannot be written: Broken pipe. Run target-wix again with the last state in the output."
    )


def test_states_of_many_sites_without_a_reader_are_a_failure(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    arguments = arguments_of("target-wix", {**site.config(), **FAST, "by_site": True}, tmp_path)
    state = {"type": "STATE", "value": {"at": 1}}  # no site has to write anything before it
    code, said = ended(tmp_path, "target-wix", *arguments, input=lines([state]))
    assert code == 1
    assert said.splitlines()[-1].endswith(
        "Standard output cannot be written: Broken pipe. Run target-wix again with the last state in the output."
    )


def test_an_import_without_a_reader_goes_on(open_shop: Callable[..., RunningSite], tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    arguments = arguments_of("wix-import", {**site.config(), **FAST}, tmp_path)
    Path(tmp_path, "more.csv").write_text("handle,name,price\nvase,Vase,a\n")
    code, said = ended(tmp_path, "wix-import", *arguments, "more.csv")
    assert "Traceback" not in said
    assert (code, [each["name"] for each in site.state()["products"]]) == (1, ["Mug"])


def test_input_that_cannot_be_read_is_not_called_output(tmp_path: Path) -> None:
    arguments = arguments_of("wix-api", config(shop("v3")), tmp_path)
    command = [str(Path(sys.executable).with_name("wix-api")), "POST", "/contacts/v4/contacts/query"]
    with Path(tmp_path, "file").open("wb") as unread:
        done = run_forked([*command, *arguments[2:], "--body", "-"], stdin=unread, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "Error: --body cannot be read from standard input: Bad file descriptor."
