"""Reads Singer messages line by line, counts lines, and repairs records that strict JSON parsers refuse."""

from __future__ import annotations

import json
import os
import re
import sys
from codecs import BOM_UTF8
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from target_wix.errors import InputError
from target_wix.stopping import descriptor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


DEEPEST = 100
"""Maximum nesting of objects and lists in a message; no record of Wix has ten levels."""
_MOST_DIGITS = 100
_LARGEST_EXPONENT = 307
"""Limit of a double: other programs read larger numbers as infinite."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONG, _AS_ZEROS = b"0" * (_MOST_DIGITS + 1), bytes.maketrans(b"123456789", b"0" * 9)
"""A number that is too long, once all digits are zeros: finding that is much faster than a pattern for digits."""
_BYTE = re.compile(r"\(byte \d+\)")
_NO_JSON = "which JSON does not have"
_NO_TAP = "target-wix reads the messages of a Singer tap; `wix-import` reads product files."


class Odd(NamedTuple):
    """A message with a value that cannot be read, or with a byte order mark.

    Attributes:
        message: The message, with null in place of unreadable values.
        place: Path of the first unreadable value, "" if there is none.
        reason: Why this value cannot be read, "" if there is none.
    """

    message: Any
    place: str
    reason: str

    @property
    def sentence(self) -> str:
        """The problem, as a clause without a full stop."""
        return f"`{self.place}` holds {self.reason}" if self.reason else "it begins with a byte order mark (BOM)"


class _Value(NamedTuple):
    """Placeholder of a value that cannot be read."""

    reason: str


def decimal(text: str) -> Decimal:
    """Parse a number with a fraction or an exponent; raise `ValueError` if it is too long or too large."""
    number = Decimal(text)
    if len(text) > _MOST_DIGITS or abs(number.adjusted()) > _LARGEST_EXPONENT:
        msg = "out of bounds"
        raise ValueError(msg)
    return number


def read_odd(line: bytes) -> Odd | None:
    """Parse a line leniently, and return its message with the first problem.

    Returns:
        None if the line has no problem, or is not JSON even to a lenient parser.
    """
    text = line.removeprefix(BOM_UTF8)
    try:
        read = json.loads(
            text.decode("utf-8", "surrogateescape"),
            parse_float=_float,
            parse_int=_int,
            parse_constant=lambda word: _Value(f"{word}, {_NO_JSON}"),
            strict=False,
        )
    except (ValueError, RecursionError):
        return None
    found: list[tuple[str, str]] = []
    message = _cleaned(read, "", found)
    place, reason = found[0] if found else ("", "")
    return Odd(message, place, reason) if reason or text != line else None


def reason_of(line: bytes, error: Exception) -> str:
    """Return why a line is not JSON. Never quotes the line, which may hold personal data."""
    if isinstance(error, RecursionError):
        return f"is nested more than {DEEPEST} levels deep"
    if b"\0" in line:
        return "is not UTF-8 (UTF-16?)"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    if "truncated" in str(error):
        return "is not JSON (cut off?)"
    place = _BYTE.search(str(error)) if isinstance(error, msgspec.DecodeError) else None
    return f"is not JSON {place[0]}" if place else "is not JSON"


def is_deep(line: bytes, message: Any) -> bool:
    """True if a message is nested more than `DEEPEST` levels deep; lines with fewer brackets are not searched."""
    if line.count(b"{") + line.count(b"[") <= DEEPEST:
        return False
    layer = [message]
    for _ in range(DEEPEST):
        members = (member for each in layer for member in (each.values() if isinstance(each, dict) else each))
        layer = [member for member in members if isinstance(member, dict | list)]
    return bool(layer)


def _float(text: str) -> Any:
    try:
        return decimal(text)
    except (ArithmeticError, ValueError):
        return _Value("a number that is too long")


def _int(text: str) -> Any:
    # Python raises on more than 4,300 digits, so longer texts are not parsed.
    return int(text) if len(text) <= _MOST_DIGITS else _Value("a number that is too long")


def _cleaned(value: Any, path: str, found: list[tuple[str, str]]) -> Any:
    """Return a value with its unreadable parts replaced; add their paths and reasons to `found`."""
    if isinstance(value, _Value):
        found.append((path, value.reason))
        return None
    if isinstance(value, str):
        if _SURROGATE.search(value):
            found.append((path, "half of a character (a lone surrogate, or bytes that are not UTF-8)"))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {
            _cleaned(key, path, found): _cleaned(member, f"{path}.{key}" if path else key, found)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(member, f"{path}[{at}]", found) for at, member in enumerate(value)]
    return value


_MESSAGE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=decimal)
_STEP = 1 << 16
_RECORD = "RECORD"
_TEXT, _OBJECT, _ANY = (str, "a string"), (dict, "a JSON object"), (object, "")
_FORMS: dict[str, dict[str, tuple[type, str]]] = {
    "RECORD": {"stream": _TEXT, "record": _OBJECT},
    "SCHEMA": {"stream": _TEXT, "schema": _OBJECT},
    "STATE": {"value": _ANY},
    "ACTIVATE_VERSION": {"stream": _TEXT, "version": _ANY},
}
"""Required members of each type of message, with their types."""


class LineReader(GenericSingerReader[bytes]):
    """Reader of Singer messages, one per line.

    Attributes:
        line: Number of the current line, from 1.
        is_blank: True if lines were read from a file, and all of them so far are blank.
        broken: Why the record of the current line cannot be read, or "".
        before_line: Called between two lines.
        wait_for: Called with the input before each read; returns once reading does not block.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.is_blank = False
        self.broken = ""
        self.before_line: Callable[[], None] = lambda: None
        self.wait_for: Callable[[IO[bytes]], None] = lambda _lines: None

    @property
    @override
    def default_input(self) -> IO[bytes]:
        return sys.stdin.buffer  # text mode would use the terminal's encoding

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        lines = self.default_input if file_input is None else file_input
        return super().process_lines(self.raw_lines(lines), callbacks)  # type: ignore[arg-type] # only iterated

    def raw_lines(self, file_input: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines of a file except blank lines; `line` is the number of the current one."""
        lines: Iterable[bytes | str] = file_input if descriptor_of(file_input) is None else self._lines(file_input)
        self.is_blank = True
        for line in lines:
            self.line += 1
            if not line.isspace():
                self.is_blank = False
                yield line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
            self.before_line()

    def _lines(self, file_input: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines of an open file. Reads the descriptor itself, since `select` cannot see Python's buffer."""
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
            msg = f"Line {self.line} of the input is not a Singer message: it is not a JSON object."
            raise InputError(msg)
        self._check_form(message)
        if is_deep(line, message):
            self._break(message, f"it is nested more than {DEEPEST} levels deep")
        # A STATE is written as it was read, so its numbers are floats, not decimals.
        return msgspec.json.decode(line.removeprefix(BOM_UTF8)) if message.get("type") == "STATE" else message

    def _decoded(self, line: bytes) -> Any:
        message, reason = None, ""
        try:
            message = _MESSAGE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
            reason = reason_of(line, error)
        odd = read_odd(line) if reason or _LONG in line.translate(_AS_ZEROS) else None
        if odd is None and reason:
            # The line itself may hold personal data, so it is not shown.
            rest = "Everything before it was written." if self.line > 1 else _NO_TAP
            msg = f"Line {self.line} of the input {reason}. {rest}"
            raise InputError(msg)
        if odd is None:
            return message
        if odd.reason or _is_record(odd.message):
            self._break(odd.message, odd.sentence)
        return odd.message

    def _break(self, message: Any, why: str) -> None:
        """Record why the record of the current line cannot be read; the record is rejected later.

        Raises:
            InputError: The line is not a RECORD message, so the run must end.
        """
        if not _is_record(message):
            msg = f"Line {self.line} of the input cannot be read: {why}. Everything before it was written."
            raise InputError(msg)
        self.broken = self.broken or why.replace(f"`{_RECORD.lower()}.", "`", 1)

    def _check_form(self, message: dict[str, Any]) -> None:
        kind = message.get("type", "")
        wrong = "`type` is not a string" if not isinstance(kind, str) else ""
        forms = {} if wrong else _FORMS.get(kind, {})
        for name, (form, called) in forms.items():
            if name in message and not isinstance(message[name], form):
                wrong = f"`{name}` is not {called}"
        if kind == "SCHEMA" and not wrong:
            wrong = _wrong_schema(message)
        if wrong:
            msg = f"Line {self.line} of the input is not a Singer message: its {wrong}."
            raise InputError(msg)
        self.assert_line_requires(message, set(forms))

    @override
    def assert_line_requires(self, line_dict: dict[str, Any], requires: set[str]) -> None:  # type: ignore[override] # static there, but only ever called on the instance
        if not requires <= line_dict.keys():
            missing = sorted(requires - line_dict.keys())
            msg = f"Line {self.line} of the input is not a Singer message: it lacks {', '.join(missing)}."
            raise InputError(msg)

    def refuse(self, message: dict[str, Any]) -> NoReturn:
        """Raise `InputError` for a message of a type that is not written."""
        what = f"has an unknown message type: {message['type']!r:.40}."
        if message["type"] == "BATCH":
            what = "is a BATCH message, which target-wix cannot read. Disable BATCH in the tap."
        msg = f"Line {self.line} of the input {what}"
        raise InputError(msg)

    @override
    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        self.refuse(message_dict)


def _is_record(message: Any) -> bool:
    return isinstance(message, dict) and message.get("type") == _RECORD and isinstance(message.get("record"), dict)


def _wrong_schema(message: dict[str, Any]) -> str:
    """Return what is invalid in a SCHEMA message, or ""."""
    keys = message.get("key_properties") or []
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        return "`key_properties` is not a list of strings"
    properties = message.get("schema", {}).get("properties", {})
    if not (isinstance(properties, dict) and all(isinstance(each, dict | bool) for each in properties.values())):
        return "`schema.properties` does not hold a schema for each property"
    return ""
