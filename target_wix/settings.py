"""The target's own settings, beside those by which a site is reached, and their check."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from target_wix.commands import Command
from target_wix.input_errors import SettingsError
from wix_api.settings import CONNECTION_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema import ValidationError

DEFAULT_COMMAND_COLUMN = "_command"

_STREAM_OPTIONS = {
    "type": ["object", "null"],
    "properties": {
        "command": {
            "type": ["string", "null"],
            "description": "What is done with a record that names no command of its own.",
            "enum": [*Command, None],
        },
        "match_on": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "Members by which a record is found on the site, in this order, in place of the usual ones.",
        },
        "mode": {
            "type": ["string", "null"],
            "enum": ["add", "replace", None],
            "description": "collection_products: `replace` removes what the input does not name from each collection "
            "that it names.",
        },
    },
    "additionalProperties": False,
}

TARGET_PROPERTIES: dict[str, dict[str, Any]] = {
    "results_path": {
        "type": ["string", "null"],
        "title": "Results file",
        "description": "File that gets one JSON line for each input record: what became of it, and why.",
    },
    "on_reject": {
        "type": ["string", "null"],
        "title": "On reject",
        "description": "Whether rejected records make the run fail. Everything else is written either way; with `fail` "
        "no state behind the first rejection is emitted.",
        "enum": ["fail", "skip", None],
        "default": "fail",
    },
    "unknown_stream": {
        "type": ["string", "null"],
        "title": "Unknown stream",
        "description": "Whether a stream that target-wix cannot write ends the run or is left out with a warning.",
        "enum": ["fail", "ignore", None],
        "default": "fail",
    },
    "command_column": {
        "type": ["string", "null"],
        "title": "Command column",
        "description": f"Column of a record that says what to do with it: {', '.join(Command)}.",
        "default": DEFAULT_COMMAND_COLUMN,
    },
    "stream_options": {
        "type": ["object", "null"],
        "title": "Stream options",
        "description": "For each stream by its name: `command`, `match_on`, `mode`.",
        "additionalProperties": _STREAM_OPTIONS,
    },
}

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**CONNECTION_PROPERTIES, **TARGET_PROPERTIES},
    "additionalProperties": False,
}


def check_settings(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Give one line for each setting that is wrong, never with its value: it may be a secret."""
    known = list(schema["properties"])
    unknown = [name for name in config if name not in known]
    lines = [_unknown(name, known) for name in unknown]
    validator = Draft202012Validator({**schema, "additionalProperties": True})
    lines += [_wrong(error) for error in validator.iter_errors(dict(config))]
    return lines


def refuse(lines: list[str]) -> None:
    """Raise if there is anything to tell.

    Raises:
        SettingsError: Holds all the lines.
    """
    if lines:
        raise SettingsError(" ".join(lines))


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    advice = f"Did you mean `{near[0]}`?" if near else "`target-wix --about` lists the settings."
    return f"There is no setting `{name}`. {advice}"


def _wrong(error: ValidationError) -> str:
    name = ".".join(str(part) for part in error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "type":
        types = wanted if isinstance(wanted, list) else [wanted]
        return f"The setting `{name}` is not of type {' or '.join(t for t in types if t != 'null')}."
    if error.validator == "enum":
        return f"The setting `{name}` is none of {', '.join(str(value) for value in wanted if value)}."
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
        names = [key for key in error.instance if key not in known]
        return f"The setting `{name}` has no `{', '.join(names)}`; it takes {', '.join(known)}."
    return f"The setting `{name}` breaks the rule {error.validator} {error.validator_value}."
