"""The target's own settings, besides those by which a site is reached, and a check of the files that they name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_wix import product_rows
from target_wix.change import Command
from target_wix.memory import DEFAULT_INDEX_LAG, DEFAULT_PICTURE_SECONDS
from target_wix.site_lock import DEFAULT_WAIT
from wix_api.errors import SettingsError
from wix_api.settings import CONNECTION_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            "minItems": 1,
            "description": "Members by which a record is found on the site, in this order, in place of the usual ones.",
        },
        "mode": {
            "type": ["string", "null"],
            "enum": ["add", "replace", None],
            "description": "collection_products: `replace` removes what the input does not name from each collection "
            "that it names.",
        },
        "load_method": {
            "type": ["string", "null"],
            "enum": ["append-only", "upsert", "overwrite", None],
            "description": "In place of the setting `load_method`, for this stream.",
        },
        "create_missing_collections": {
            "type": ["boolean", "null"],
            "description": "products: make the collections that a record names in `collections` and the site lacks.",
        },
        "unlisted_variants": {
            "type": ["string", "null"],
            "enum": ["sell", "hide", None],
            "description": "products on catalog V1: whether combinations of choices that a record does not list are "
            "for sale at the price of the product, as Wix has them, or made invisible.",
        },
        "create_missing_labels": {
            "type": ["boolean", "null"],
            "description": "contacts: make the labels that a record names and the site lacks.",
        },
        "create_missing_fields": {
            "type": ["boolean", "null"],
            "description": "contacts: make the extended fields that a record fills and the site lacks.",
        },
    },
    "additionalProperties": False,
}

TARGET_PROPERTIES: dict[str, dict[str, Any]] = {
    "results_path": {
        "type": ["string", "null"],
        "title": "Results file",
        "description": "File that gets one JSON line for each input record: what became of it, and why. It holds "
        "personal data, so only its owner may read it.",
    },
    "report_path": {
        "type": ["string", "null"],
        "title": "Report",
        "description": "HTML page that is written at the end of a run, or of a plan: what changes, old and new side by "
        "side with pictures, and what was rejected.",
    },
    "retry_results": {
        "type": ["string", "null"],
        "title": "Retry results",
        "description": "Results file of an earlier run over the same input, mended or not: what that run settled is "
        "left out, and only what it rejected or did not reach is sent. May be the same file as `results_path`.",
    },
    "dry_run": {
        "type": ["boolean", "null"],
        "title": "Dry run",
        "description": "Look everything up and compare it, but write nothing and emit no STATE: each record gets the "
        "outcome that a run would give it, and the log says how many requests a run would send, and how long it takes.",
        "default": False,
    },
    "load_method": {
        "type": ["string", "null"],
        "title": "Load method",
        "description": "`overwrite` makes each stream a mirror: at the end, what the input does not hold is deleted, "
        "under `max_deletes` and never after an input that is not whole. The others write by upsert.",
        "enum": ["append-only", "upsert", "overwrite", None],
        "default": "append-only",
    },
    "max_deletes": {
        "type": ["integer", "number", "string", "null"],
        "title": "Max deletes",
        "description": "Brake: a run that would delete more of a stream deletes nothing and fails. A number (100), a "
        'share of the records of the stream in the input (0.25 or "25%"), or "off". Without it: 10 % and at least 50. '
        "Deletes wait for the end of the input, unless it is off.",
    },
    "on_reject": {
        "type": ["string", "null"],
        "title": "On reject",
        "description": "Whether rejected records make the run fail. Everything else is written either way; with `fail` "
        "no state behind the first rejection is emitted.",
        "enum": ["fail", "skip", None],
        "default": "fail",
    },
    "index_lag_seconds": {
        "type": ["number", "null"],
        "title": "Index lag",
        "description": "Seconds by which Wix's queries may lag behind writes. After an earlier run that was killed, or "
        "wrote just before, and after a call that Wix did not answer, a run waits this long before it trusts query "
        "results, and up to three times as long before it creates what Wix would take twice.",
        "minimum": 0,
        "maximum": 3600,
        "default": DEFAULT_INDEX_LAG,
    },
    "other_run_seconds": {
        "type": ["number", "null"],
        "title": "Wait for other run",
        "description": "Seconds for which a run waits while another one on this machine writes to the same site. After "
        "that it fails and names that run.",
        "minimum": 0,
        "maximum": 86_400,
        "default": DEFAULT_WAIT,
    },
    "picture_check_seconds": {
        "type": ["number", "null"],
        "title": "Picture check",
        "description": "Store catalog V3: read products again this many seconds after their pictures were sent by URL, "
        "and send once more those that Wix lost. The end of a run waits for it. 0 does not check.",
        "minimum": 0,
        "default": DEFAULT_PICTURE_SECONDS,
    },
    "unknown_stream": {
        "type": ["string", "null"],
        "title": "Unknown stream",
        "description": "Whether a stream that target-wix cannot write ends the run or is left out with a warning.",
        "enum": ["fail", "ignore", None],
        "default": "fail",
    },
    "product_format": {
        "type": ["string", "null"],
        "title": "Product format",
        "description": "Of which product file the records of `products` are rows. `auto` recognizes it by the columns; "
        "with `records` each record is a product.",
        "enum": [*product_rows.CHOICES, None],
        "default": product_rows.AUTO,
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
        "description": "For each stream by its name: `command`, `match_on`, `load_method`; products: "
        "`create_missing_collections`, `unlisted_variants`; collection_products: `mode`; contacts: "
        "`create_missing_labels`, `create_missing_fields`.",
        "additionalProperties": _STREAM_OPTIONS,
    },
}

CONFIG_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**CONNECTION_PROPERTIES, **TARGET_PROPERTIES},
    "additionalProperties": False,
}


_STANDARD_OUTPUT = "-"
_WRITTEN = ("results_path", "report_path")


def check_outputs(config: Mapping[str, Any], product_file: Path | None = None) -> None:
    """Check that no file overwrites another one, or goes where the states go.

    Args:
        config: Settings of the target.
        product_file: The file that is imported.

    Raises:
        SettingsError: Names the settings.
    """
    for name in _WRITTEN:
        if config.get(name) and _is_standard_output(str(config[name])):
            msg = f"`{name}` is standard output, where the states go. Name a file."
            raise SettingsError(msg)
        if config.get(name) and product_file is not None and _is_same(str(config[name]), str(product_file)):
            msg = f"`{name}` is the product file itself ({product_file}). Name another file."
            raise SettingsError(msg)
    report = config.get("report_path")
    for name in ("results_path", "retry_results"):
        if report and config.get(name) and _is_same(str(report), str(config[name])):
            msg = f"`report_path` and `{name}` are the same file ({report}). Name two files."
            raise SettingsError(msg)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.realpath(path) == os.path.realpath(other) or Path(path).samefile(other)
    except OSError:  # one of them does not exist yet
        return False


def _is_standard_output(path: str) -> bool:
    if path == _STANDARD_OUTPUT:
        return True
    try:
        is_output = os.path.samestat(Path(path).stat(), os.fstat(sys.stdout.fileno()))
        return is_output and not Path(path).samefile(os.devnull)
    except (OSError, ValueError):  # it does not exist yet, or standard output is no file
        return False
