"""Compares settings with their JSON Schema. Messages say what to do and never quote a value."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from jsonschema import Draft202012Validator

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jsonschema import ValidationError

_TYPES = {
    "string": "a text in quotes",
    "integer": "a whole number without quotes",
    "number": "a number without quotes",
    "boolean": "true or false without quotes",
    "array": 'a list, such as ["a", "b"]',
    "object": "an object in braces",
}
_LIKE = 0.8
"""Least similarity of a suggested name, as `difflib` measures it: settings of other commands are less similar."""
_DEEPEST = 50
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
"""NUL, and halves of characters (lone surrogates)."""
_NO_PATH = re.compile(r"[\0\ud800-\udc7f\udd00-\udfff]")
"""The same without U+DC80 to U+DCFF, by which Python represents bytes of a path that are not UTF-8."""
_BOUNDS: dict[object, str] = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}


def check_settings(config: Mapping[str, Any], schema: Mapping[str, Any], plugin: str) -> None:
    """Raise if a setting is unknown or wrong. Messages do not quote values: some are secrets.

    Args:
        config: Settings.
        schema: Their JSON Schema.
        plugin: Command that lists them.

    Raises:
        SettingsError: One message for everything that is wrong.
    """
    known = list(schema["properties"])
    lines = [_unknown(name, known, plugin) for name in config if name not in known]
    lines += [f"The setting `{name}` {reason}." for name in config if (reason := _oddity(config[name], name))]
    if lines:
        raise SettingsError(" ".join(lines))
    lines += [_wrong(error, plugin) for error in _validator(msgspec.json.encode(schema)).iter_errors(dict(config))]
    if config.get("flattening_enabled") and config.get("flattening_max_depth") is None:
        lines.append("Setting `flattening_enabled` needs `flattening_max_depth`. Set that as well, for example to 1.")
    if lines:
        raise SettingsError(" ".join(dict.fromkeys(lines)))  # each missing member is an error that names them all


@cache
def _validator(schema: bytes) -> Draft202012Validator:
    """Return the validator of a schema, which takes longer to make than to use."""
    return Draft202012Validator({**_mended(msgspec.json.decode(schema)), "additionalProperties": True})


def _mended(schema: Any) -> Any:
    """Return a schema without alternatives that are words: the SDK has `null` among those of `stream_maps`."""
    if isinstance(schema, list):
        return [_mended(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    members = {name: _mended(value) for name, value in schema.items()}
    if "anyOf" in members:
        members["anyOf"] = [each for each in members["anyOf"] if not isinstance(each, str)]
    return members


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have a value; the SDK fails on some that are null."""
    return {name: value for name, value in config.items() if value is not None}


def _oddity(value: Any, name: str, depth: int = 0) -> str:
    """Return a problem that a value of a setting has whatever its schema, or ""."""
    if depth > _DEEPEST:
        return f"is nested more than {_DEEPEST} levels deep"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, str):
        wrong = _NO_PATH if name.endswith("_path") else _NO_TEXT
        return "contains an invalid character" if wrong.search(value) else ""
    members: Iterable[Any] = ()
    if isinstance(value, dict):
        members = [*value, *value.values()]
    elif isinstance(value, list):
        members = value
    return next((reason for member in members if (reason := _oddity(member, name, depth + 1))), "")


def _unknown(name: str, known: list[str], plugin: str) -> str:
    advice = did_you_mean(name, known, f"`{plugin} --about` lists the settings.")
    return f"There is no setting `{name}`. {advice}"


def did_you_mean(name: str, known: list[str], advice: str) -> str:
    """Return a question about the known name that is most like an unknown one, or else the advice."""
    spelled = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), spelled, n=1, cutoff=_LIKE)
    return f"Did you mean `{spelled[near[0]]}`?" if near else advice


def _wrong(error: ValidationError, plugin: str) -> str:
    name = ".".join(str(part) for part in error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "type":
        types = wanted if isinstance(wanted, list) else [wanted]
        return f"The setting `{name}` must be {' or '.join(_TYPES[each] for each in types if each in _TYPES)}."
    if error.validator == "enum":
        choices = [str(getattr(value, "value", value)) for value in wanted if value]
        return f"The setting `{name}` is none of {', '.join(choices)}."
    if error.validator in {"required", "additionalProperties"} and isinstance(error.instance, dict):
        return f"The setting `{name}` {_wrong_members(error, error.instance)}."
    if error.validator in _BOUNDS:
        return f"The setting `{name}` must be {_BOUNDS[error.validator]} {wanted}."
    if error.validator in {"anyOf", "oneOf", "pattern"}:
        rule = error.schema if isinstance(error.schema, dict) else {}
        examples = " or ".join(f"`{each}`" for each in rule.get("examples", ()))
        advice = f". Write it like {examples}." if examples else f"; `{plugin} --about` shows the valid ones."
        return f"The setting `{name}` has an invalid form{advice}"
    return f"The setting `{name}` breaks the rule {error.validator} {wanted}."


def _wrong_members(error: ValidationError, value: Mapping[str, Any]) -> str:
    """Return which members a value lacks, or has and should not."""
    if error.validator == "required":
        required: Any = error.validator_value
        return f"lacks {', '.join(f'`{key}`' for key in required if key not in value)}"
    known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
    return f"has no `{', '.join(key for key in value if key not in known)}`; it takes {', '.join(known)}"
