"""Reads Singer messages line by line and knows which line it is at."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_wix.input_errors import BadMessageError, NotJsonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_MESSAGE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


class LineReader(GenericSingerReader[str]):
    """Singer messages, one a line.

    Attributes:
        line: Number of the line that is being worked on, from 1.
        broken: What is wrong with the row of a file as such, or "".
        is_waiting: Whether nothing is being worked on: the next line is awaited.
        before_line: Called between two lines.
        reading: Entered while lines are read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.broken = ""
        self.is_waiting = False
        self.before_line: Callable[[], None] = lambda: None
        self.reading: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    @override
    def default_input(self) -> IO[str]:
        return sys.stdin

    @override
    def process_lines(self, file_input: IO[str] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]) -> Any:
        # An empty file is false in no way, but a StringIO given by tests must not fall back to standard input.
        with self.reading():
            return super().process_lines(_Lines(self, file_input or self.default_input), callbacks)  # type: ignore[arg-type] # only iterated

    @override
    def deserialize_json(self, line: str) -> dict[str, Any]:
        try:
            message = _MESSAGE.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError):
            # The line itself may hold personal data, so it is not shown.
            msg = f"Line {self.line} of the input is not JSON (cut off?). What came before it has been written."
            raise NotJsonError(msg) from None
        if not isinstance(message, dict):
            msg = f"Line {self.line} of the input is no Singer message: not a JSON object."
            raise BadMessageError(msg)
        if message.get("type") == "RECORD" and not isinstance(message.get("record"), dict):
            msg = f"Line {self.line} of the input is no Singer message: its `record` is not a JSON object."
            raise BadMessageError(msg)
        return message

    @override
    def assert_line_requires(self, line_dict: dict[str, Any], requires: set[str]) -> None:  # type: ignore[override] # static there, but only ever called on the instance
        if not requires <= line_dict.keys():
            missing = sorted(requires - line_dict.keys())
            msg = f"Line {self.line} of the input is no Singer message: it lacks {', '.join(missing)}."
            raise BadMessageError(msg)

    @override
    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        msg = f"Line {self.line} of the input has a type that target-wix does not know: {message_dict['type']!r:.40}."
        raise BadMessageError(msg)


class _Lines:
    """The lines of a file; counts them and skips blank ones."""

    def __init__(self, reader: LineReader, file_input: IO[str]) -> None:
        self._reader = reader
        self._input = file_input

    def __iter__(self) -> Iterator[str]:
        reader = self._reader
        lines = iter(self._input)
        while True:
            reader.before_line()
            reader.is_waiting = True
            try:
                line = next(lines, None)
            finally:
                reader.is_waiting = False
            if line is None:
                return
            reader.line += 1
            if not line.isspace():
                yield line
