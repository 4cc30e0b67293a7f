"""Reads settings from environment variables, and from `.env` in the current folder or above it.

The SDK's own reader looks for `.env` next to its own code, lets the file override the variables, reads any unknown word
as `false`, and returns every number with decimals as a string.
"""

from __future__ import annotations

import json
import logging
import math
import os
from typing import TYPE_CHECKING, Any

from dotenv import find_dotenv, load_dotenv

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)


def read_environment(prefix: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of variables such as `TAP_WIX_SITE_ID`. A variable overrides a line of `.env`.

    An empty variable sets nothing.

    Args:
        prefix: Prefix of the variables.
        schema: JSON Schema of the settings; its types decide how a text is parsed.

    Raises:
        SettingsError: A text has the wrong type, the log level is unknown, `.env` cannot be read, or the current folder
            was deleted. The message never has a text.
    """
    _load_file()
    check_log_level(prefix)
    texts = {name: os.environ.get(f"{prefix}{name.upper()}", "") for name in schema["properties"]}
    found = {}
    for name, text in texts.items():
        if text:
            try:
                found[name] = parse_text(text, schema["properties"][name]["type"])
            except ValueError as error:
                msg = f"The environment variable {prefix}{name.upper()} {error}."
                raise SettingsError(msg) from None
    return found


def check_log_level(prefix: str) -> None:
    """Check the log level of a plugin, since the SDK fails on an unknown one. An empty variable sets nothing.

    Args:
        prefix: Prefix of the plugin's variables: `TAP_WIX_LOGLEVEL` overrides `LOGLEVEL`.

    Raises:
        SettingsError: The level is unknown.
    """
    name = f"{prefix}LOGLEVEL" if os.environ.get(f"{prefix}LOGLEVEL") else "LOGLEVEL"
    level = os.environ.get(name)
    if level == "":
        del os.environ[name]  # the SDK reads it as an unknown level
    elif level is not None and level.upper() not in logging.getLevelNamesMapping():
        msg = f"The environment variable {name} must be DEBUG, INFO, WARNING, ERROR or CRITICAL."
        raise SettingsError(msg)


def _load_file() -> None:
    try:
        path = find_dotenv(usecwd=True)
    except OSError as error:
        msg = f"The current folder cannot be read: {error.strerror}. Change to another one."
        raise SettingsError(msg) from None
    try:
        load_dotenv(path, encoding="utf-8-sig")
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
    except UnicodeDecodeError as error:
        msg = f"{path} is not text in UTF-8 (byte {error.start + 1}). Save it in UTF-8."
    except ValueError:  # of `os.environ`
        msg = f"{path} contains a NUL character. Remove it."
    else:
        return
    raise SettingsError(msg)


def parse_text(text: str, types: list[str]) -> Any:
    """Parse the text of a setting.

    Args:
        text: The text.
        types: JSON types of the setting. A text that may also be a list or an object is one if it looks like it.

    Raises:
        ValueError: The text has another type. Its message continues a sentence that begins with the setting's name.
    """
    if "integer" in types or "number" in types:
        return _number(text, or_text="string" in types)
    if "boolean" in types:
        return _boolean(text)
    is_json = {"object", "array"} & set(types) and ("string" not in types or text.lstrip()[:1] in {"[", "{"})
    return _json(text) if is_json else text


def _number(text: str, *, or_text: bool) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return int(number) if number.is_integer() else number
    if or_text:
        return text
    msg = "is not a number"
    raise ValueError(msg)


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        msg = "is neither true nor false"
        raise ValueError(msg) from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # also a number of more than 4,300 digits, and JSON that is nested too deeply
        msg = "is not JSON"
        raise ValueError(msg) from None
