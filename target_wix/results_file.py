"""The results file as it is written: one line for each input record, in the order of the input."""

from __future__ import annotations

import math
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from target_wix.held_results import HeldResults
from target_wix.input_errors import UnwrittenResultError
from wix_api.private_file import private

if TYPE_CHECKING:
    from target_wix.outcomes import Result

_encode = msgspec.json.Encoder().encode


class ResultsFile:
    """Writes results in the order in which their records came, whatever the order in which they are settled.

    A file is begun anew by each run. A result is handed to the system, from where no kill can take it, as soon as no
    earlier record is open: a killed run leaves the whole story up to some line of the input. After a write that failed,
    as on a full disk, nothing more is written.

    Args:
        path: Where it is; folders are made.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: str) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(place, "wb", opener=private)  # noqa: SIM115 - `Path.open` takes no opener; a run long
        self._open: dict[int, int] = {}
        self._held = HeldResults()

    def expect(self, line: int) -> None:
        """Note that a record of this line will have a result. Lines come in ascending order."""
        self._open[line] = self._open.get(line, 0) + 1

    def add(self, result: Result, begun: int) -> None:
        """Take the result of what begins in a line, and write all behind which no earlier one is missing.

        Raises:
            UnwrittenResultError: The file cannot be written.
        """
        try:
            self._held.put(result.line, _encode(result) + b"\n")
            left = self._open.get(begun, 1) - 1
            if left:
                self._open[begun] = left
            else:
                self._open.pop(begun, None)
            self._write()
        except (OSError, sqlite3.Error) as error:
            raise self._given_up(error) from None

    def close(self) -> None:
        """Write what is held back behind records that have no result, and close the file.

        Raises:
            UnwrittenResultError: The file cannot be written, and no earlier call has said so.
        """
        self._open.clear()
        try:
            self._write()
            self._file.close()
        except (OSError, sqlite3.Error) as error:
            raise self._given_up(error) from None
        finally:
            self._held.close()

    def _write(self) -> None:
        first_open = next(iter(self._open), math.inf)
        if not self._file.closed and self._held.has_before(first_open):
            self._file.writelines(self._held.take_before(first_open))
            self._file.flush()

    def _given_up(self, error: Exception) -> UnwrittenResultError:
        with suppress(OSError):
            self._file.close()  # it tries once more to write what it holds
        reason = error.strerror if isinstance(error, OSError) else f"{error}, where temporary files are kept"
        return UnwrittenResultError(
            f"The file of `results_path` cannot be written: {reason}. Mend that, then run it again."
        )
