"""Files with a list of sites: YAML, JSON, JSON lines, Singer records and CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml  # type: ignore[import-untyped]

from wix_api.environment import parse_text
from wix_api.errors import SettingsError
from wix_api.json_file import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_ROWS = ("SCHEMA", "STATE", "ACTIVATE_VERSION")
"""Singer messages without rows, which a file of sites may have."""


def read_entries(path: str, properties: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Return the entries of a file, or of a list as text.

    Args:
        path: The file, or a JSON list.
        properties: JSON Schemas of what an entry may have; their types decide how the cells of a CSV file are parsed.

    Raises:
        SettingsError: The file cannot be read, or has no list.
    """
    if path.lstrip().startswith("["):
        content = parse_json(path.encode(), "`sites`")
    else:
        try:
            raw = Path(path).read_bytes()
        except OSError as error:
            msg = f"Setting `sites` names the file {path}, which cannot be read: {error.strerror}."
            raise SettingsError(msg) from None
        content = _parsed(raw, path, properties)
    if not isinstance(content, list):
        msg = f"{path} is not a list of sites. Write one: IDs of sites, or objects with `site_id`."
        raise SettingsError(msg)
    return content


class _YamlLoader(yaml.SafeLoader):  # type: ignore[misc] # has no types
    """Loads dates as they are written, as the other formats do."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _parsed(raw: bytes, path: str, properties: Mapping[str, Mapping[str, Any]]) -> Any:
    kind = Path(path).suffix.lower()
    if kind == ".json":
        return parse_json(raw, path)
    if kind == ".jsonl":
        lines = [_line(line, f"Line {n} of {path}") for n, line in enumerate(raw.splitlines(), 1) if line.strip()]
        rows = [line for line in lines if _type(line) not in _NO_ROWS]
        return [row.get("record") if _type(row) == "RECORD" else row for row in rows]
    try:
        text = raw.decode("utf-8-sig")
        if kind == ".csv":
            return _rows(text, path, properties)
        if kind in {".yaml", ".yml"}:
            return yaml.load(text, Loader=_YamlLoader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError:
        msg = f"{path} is not text in UTF-8. Save it in UTF-8."
        raise SettingsError(msg) from None
    except (csv.Error, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark is not None else ""
        msg = f"{path} is not {kind[1:].upper()}{place}. Correct it."
        raise SettingsError(msg) from None
    msg = (
        f"Setting `sites` names the file {path}. Use `account`, or a file that ends with .yaml, .json, .jsonl or .csv."
    )
    raise SettingsError(msg)


def _line(raw: bytes, name: str) -> Any:
    try:
        line = parse_json(raw, name)
    except SettingsError:
        msg = f"{name} is not JSON in UTF-8. Correct it."
        raise SettingsError(msg) from None
    if _type(line) == "BATCH":
        msg = f"{name} is a BATCH message, whose rows are in other files. Write RECORD messages instead."
        raise SettingsError(msg)
    return line


def _type(line: Any) -> Any:
    """Return the type of a Singer message, or None for an entry."""
    return line.get("type") if isinstance(line, dict) else None


def _rows(text: str, path: str, properties: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a CSV file, whose columns are named as the settings. An empty cell sets nothing."""
    rows = []
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)  # in many languages, spreadsheets write semicolons
    for line, row in enumerate(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter), 2):
        if None in row or None in row.values():
            msg = f"{path}, line {line}: the row has more or fewer cells than the header."
            raise SettingsError(msg)
        entry = {}
        for name, cell in row.items():
            if cell.strip():
                try:
                    entry[name] = parse_text(cell.strip(), list(properties.get(name, {"type": ["string"]})["type"]))
                except ValueError as error:
                    msg = f"{path}, line {line}: `{name}` {error}."
                    raise SettingsError(msg) from None
        rows.append(entry)
    return rows
