"""Reads Singer messages line by line and knows which line it is at."""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF8
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_wix import odd_lines
from target_wix.input_errors import BadMessageError, NotJsonError
from target_wix.stopping import descriptor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MESSAGE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=odd_lines.decimal)
_STEP = 1 << 16
_RECORD = "RECORD"
_FORMS: dict[str, dict[str, tuple[type, str]]] = {
    "RECORD": {"stream": (str, "a text"), "record": (dict, "a JSON object")},
    "SCHEMA": {"stream": (str, "a text"), "schema": (dict, "a JSON object")},
    "ACTIVATE_VERSION": {"stream": (str, "a text")},
}
"""Members of messages, as far as something else would be taken for them."""


class LineReader(GenericSingerReader[bytes]):
    """Singer messages, one a line.

    Attributes:
        line: Number of the line that is being worked on, from 1.
        broken: What is wrong with the record of the line as such, or "".
        before_line: Called between two lines.
        wait_for: Called with the input before it is read; returns when that does not block.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.broken = ""
        self.before_line: Callable[[], None] = lambda: None
        self.wait_for: Callable[[IO[bytes]], None] = lambda _lines: None

    @property
    @override
    def default_input(self) -> IO[bytes]:
        return sys.stdin.buffer  # as text, it would be read in the encoding of the terminal

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        lines = self.default_input if file_input is None else file_input
        return super().process_lines(self._counted(lines), callbacks)  # type: ignore[arg-type] # only iterated

    def _counted(self, file_input: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines of a file, but for blank ones, and count them all."""
        lines: Iterable[bytes | str] = file_input if descriptor_of(file_input) is None else self._lines(file_input)
        for line in lines:
            self.line += 1
            if not line.isspace():
                yield line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
            self.before_line()

    def _lines(self, file_input: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines of an open file. What Python reads ahead could not be waited for."""
        parts: list[bytes] = []
        while chunk := self._read(file_input):
            first, *others = chunk.split(b"\n")
            parts.append(first)
            for other in others:
                yield b"".join(parts) + b"\n"
                parts = [other]
        if last := b"".join(parts):
            yield last

    def _read(self, file_input: IO[bytes]) -> bytes:
        self.wait_for(file_input)
        return os.read(file_input.fileno(), _STEP)

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        self.broken = ""
        message = self._decoded(line)
        if not isinstance(message, dict):
            msg = f"Line {self.line} of the input is no Singer message: not a JSON object."
            raise BadMessageError(msg)
        self._check_form(message)
        if odd_lines.is_deep(line, message):
            self._break(message, f"it is nested more than {odd_lines.DEEPEST} levels deep")
        # A STATE is written as it came: with numbers that are floats.
        return msgspec.json.decode(line.removeprefix(BOM_UTF8)) if message.get("type") == "STATE" else message

    def _decoded(self, line: bytes) -> Any:
        message, reason = None, ""
        try:
            message = _MESSAGE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
            reason = odd_lines.reason_of(line, error)
        odd = odd_lines.read_odd(line) if reason or odd_lines.may_be_odd(line) else None
        if odd is None and reason:
            # The line itself may hold personal data, so it is not shown.
            msg = f"Line {self.line} of the input {reason}. What came before it has been written."
            raise NotJsonError(msg)
        if odd is None:
            return message
        if odd.reason or _is_record(odd.message):
            self._break(odd.message, odd.sentence)
        return odd.message

    def _break(self, message: Any, why: str) -> None:
        """Note that the record of the line cannot be written as it is.

        Raises:
            NotJsonError: The line is no record, so the input cannot be read on.
        """
        if not _is_record(message):
            msg = f"Line {self.line} of the input cannot be read: {why}. What came before it has been written."
            raise NotJsonError(msg)
        self.broken = self.broken or why.replace(f"`{_RECORD.lower()}.", "`", 1)

    def _check_form(self, message: dict[str, Any]) -> None:
        kind = message.get("type", "")
        wrong = "`type` is not a text" if not isinstance(kind, str) else ""
        for name, (form, called) in _FORMS.get(kind if not wrong else "", {}).items():
            if name in message and not isinstance(message[name], form):
                wrong = f"`{name}` is not {called}"
        if kind == "SCHEMA" and not wrong:
            wrong = _wrong_schema(message)
        if wrong:
            msg = f"Line {self.line} of the input is no Singer message: its {wrong}."
            raise BadMessageError(msg)

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


def _is_record(message: Any) -> bool:
    return isinstance(message, dict) and message.get("type") == _RECORD and isinstance(message.get("record"), dict)


def _wrong_schema(message: dict[str, Any]) -> str:
    """Return what of a SCHEMA message is not as Singer has it, or ""."""
    keys = message.get("key_properties") or []
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        return "`key_properties` is not a list of texts"
    properties = message.get("schema", {}).get("properties", {})
    if not (isinstance(properties, dict) and all(isinstance(each, dict | bool) for each in properties.values())):
        return "`schema.properties` does not hold a schema for each property"
    return ""
