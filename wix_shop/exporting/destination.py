"""Where a file goes: to its place as a whole or not at all, or to standard output."""

from __future__ import annotations

import io
import os
import secrets
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from tap_wix.output import end_quietly
from wix_api.errors import SettingsError
from wix_api.private_file import keep_mode, private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Complain, before any work is done, of a place where a file cannot or must not go.

    Raises:
        SettingsError: Says what to do.
    """
    if path.exists() and not path.is_file():
        msg = f"{path} is no file. Name a file with -o, or leave it out to write to standard output."
        raise SettingsError(msg)
    if path.exists() and not force:
        msg = f"{path} exists already. Name another file, or overwrite it with --force."
        raise SettingsError(msg)
    if not path.parent.is_dir():
        msg = f"The folder {path.parent} does not exist. Make it, or name another file."
        raise SettingsError(msg)


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[IO[str]]:
    """Open a file for text that gets its name when all of it is on the disk; after any error there is none.

    A process that is killed leaves at most a hidden `.<name>.<random>.part`.

    Raises:
        OSError: It cannot be written.
        SettingsError: There is a file of that name by now, and `force` is not given.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "x", encoding="utf-8", newline="", opener=private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_to_overwrite(path, force=force)
        keep_mode(part, target)
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


@contextmanager
def standard_output() -> Iterator[IO[str]]:
    """Return standard output for text with unchanged line ends; the command ends if its reader leaves."""
    sys.stdout.flush()
    file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield file
        file.flush()
        sys.stdout.flush()
    except BrokenPipeError:
        end_quietly()
    finally:
        with suppress(OSError):  # what is left of a text that could not be written
            file.detach()
