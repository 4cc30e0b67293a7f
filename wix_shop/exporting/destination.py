"""Destination of an export: a file that is written completely or not at all, or standard output."""

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
from wix_api.standard_streams import UnwrittenOutputError, discard_output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_WORKBOOKS = {".xlsx", ".xls", ".ods"}
"""Endings of names by which spreadsheet programs expect another file than CSV."""


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise `SettingsError`, before the export begins, if a file exists or cannot be written."""
    if path.suffix.lower() in _WORKBOOKS:
        msg = f"{path} has the name of a workbook, and the file is CSV. Name it {path.with_suffix('.csv')}."
        raise SettingsError(msg)
    if path.exists() and not path.is_file():
        msg = f"{path} is not a file. Name a file with -o, or leave out -o to write to standard output."
        raise SettingsError(msg)
    if path.exists() and not force:
        msg = f"{path} exists already. Name another file, or overwrite it with --force."
        raise SettingsError(msg)
    if not path.parent.is_dir():
        msg = f"The folder {path.parent} does not exist. Create it, or name another file."
        raise SettingsError(msg)


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[IO[str]]:
    """Open a text file that is renamed to its name once it is complete; after an error, no file remains.

    A killed process leaves at most a hidden file `.<name>.<random>.part`.

    Raises:
        UnwrittenOutputError: The file cannot be written.
        SettingsError: Another program has created the file meanwhile, and `force` is false.
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
    except OSError as error:
        raise _unwritten(error) from None
    finally:
        with suppress(OSError):  # it is renamed, or its folder is read-only
            part.unlink()


@contextmanager
def standard_output() -> Iterator[IO[str]]:
    """Yield standard output as a text file with unchanged line ends; a closed pipe ends the command quietly."""
    sys.stdout.flush()
    file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield file
        file.flush()
        sys.stdout.flush()
    except BrokenPipeError:
        end_quietly()
    except OSError as error:
        discard_output()
        raise _unwritten(error) from None
    finally:
        with suppress(OSError):  # text in the buffer that cannot be written
            file.detach()


def _unwritten(error: OSError) -> UnwrittenOutputError:
    return UnwrittenOutputError(f"The file cannot be written: {error.strerror or error}.")
