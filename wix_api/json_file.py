"""Reads JSON files that users name on the command line, and reports what is wrong with them."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any, NoReturn

from wix_api.errors import SettingsError

_OTHER_ENCODINGS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def read_json(path: str | Path, option: str) -> Any:
    """Return the content of a JSON file.

    Args:
        path: The file.
        option: Option that names it, for messages.

    Raises:
        SettingsError: It cannot be read, or is not JSON in UTF-8.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        msg = f"{option} {path} cannot be read: {error.strerror}."
        raise SettingsError(msg) from None
    return parse_json(raw, f"{option} {path}")


def parse_json(raw: bytes, name: str) -> Any:
    """Return the parsed JSON.

    Args:
        raw: The JSON, with or without a byte order mark.
        name: Name of the file in messages.

    Raises:
        SettingsError: The text is not JSON in UTF-8.
    """
    for mark, encoding in _OTHER_ENCODINGS.items():
        if raw.startswith(mark):
            msg = f"{name} is {encoding}. Save it in UTF-8."
            raise SettingsError(msg)
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        msg = f"{name} is not text in UTF-8 (byte {error.start + 1}). Save it in UTF-8."
    except json.JSONDecodeError as error:
        msg = f"{name} is not JSON (line {error.lineno}, column {error.colno}). Correct it."
    except RecursionError:
        msg = f"{name} is nested too deeply. Correct it."
    except ValueError as error:  # the text of `_refuse_constant`, or Python's about a number of more than 4,300 digits
        reason = str(error) if isinstance(error, _ConstantError) else "holds a number that is too long"
        msg = f"{name} {reason}. Correct it."
    raise SettingsError(msg)


class _ConstantError(ValueError):
    """The file contains a word that is only allowed in other dialects of JSON."""


def _refuse_constant(word: str) -> NoReturn:
    msg = f"holds {word}, which JSON does not have"
    raise _ConstantError(msg)
