"""The results file as it is written: one line for each input record, in the order of the input."""

from __future__ import annotations

import heapq
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from target_wix.input_errors import UnwrittenResultError

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
        self._file = place.open("wb")
        self._open: dict[int, int] = {}
        self._held: list[tuple[int, bytes]] = []

    def expect(self, line: int) -> None:
        """Note that a record of this line will have a result. Lines come in ascending order."""
        self._open[line] = self._open.get(line, 0) + 1

    def add(self, result: Result, begun: int) -> None:
        """Take the result of what begins in a line, and write all behind which no earlier one is missing.

        Raises:
            UnwrittenResultError: The file cannot be written.
        """
        heapq.heappush(self._held, (result.line, _encode(result) + b"\n"))
        left = self._open.get(begun, 1) - 1
        if left:
            self._open[begun] = left
        else:
            self._open.pop(begun, None)
        self._write()

    def close(self) -> None:
        """Write what is held back behind records that have no result, and close the file.

        Raises:
            UnwrittenResultError: The file cannot be written, and no earlier call has said so.
        """
        self._open.clear()
        if not self._file.closed:
            self._write()
            self._file.close()

    def _write(self) -> None:
        first_open = next(iter(self._open), None)
        if self._file.closed or not self._held or (first_open is not None and self._held[0][0] >= first_open):
            return
        try:
            while self._held and (first_open is None or self._held[0][0] < first_open):
                self._file.write(heapq.heappop(self._held)[1])
            self._file.flush()
        except OSError as error:
            with suppress(OSError):
                self._file.close()  # it tries once more to write what it holds
            msg = f"The file of `results_path` cannot be written: {error.strerror}. Mend that, then run it again."
            raise UnwrittenResultError(msg) from None
