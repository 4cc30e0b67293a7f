"""Settings of the target, except those of the connection to a site, and a check of the files they name."""

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
    from collections.abc import Iterable, Mapping


DEFAULT_COMMAND_COLUMN = "_command"

_STREAM_OPTIONS = {
    "type": ["object", "null"],
    "properties": {
        "command": {
            "type": ["string", "null"],
            "description": "Command for records without a command column.",
            "enum": [*Command, None],
        },
        "match_on": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Members by which a record is matched with an entity of the site, in this order, instead of "
            "the default ones.",
        },
        "mode": {
            "type": ["string", "null"],
            "enum": ["add", "replace", None],
            "description": "collection_products: `replace` removes products that the input lacks from each collection "
            "in the input.",
        },
        "load_method": {
            "type": ["string", "null"],
            "enum": ["append-only", "upsert", "overwrite", None],
            "description": "Overrides the setting `load_method` for this stream.",
        },
        "create_missing_collections": {
            "type": ["boolean", "null"],
            "description": "products: create collections that a record names in `collections` and the site lacks.",
        },
        "unlisted_variants": {
            "type": ["string", "null"],
            "enum": ["sell", "hide", None],
            "description": "products on catalog V1: whether combinations of choices that a record does not list are "
            "sold at the price of the product (`sell`, the default of Wix) or made invisible (`hide`).",
        },
        "create_missing_labels": {
            "type": ["boolean", "null"],
            "description": "contacts: create labels that a record names and the site lacks.",
        },
        "create_missing_fields": {
            "type": ["boolean", "null"],
            "description": "contacts: create extended fields that a record fills and the site lacks.",
        },
    },
    "additionalProperties": False,
}

TARGET_PROPERTIES: dict[str, dict[str, Any]] = {
    "by_site": {
        "type": ["boolean", "null"],
        "title": "Write by site",
        "description": "Write each record to the site in its column `siteId`, in place of `site_id`. The API key must "
        "belong to the account of all these sites. The names of all files that a run writes then end with the ID of "
        "the site.",
        "default": False,
    },
    "results_path": {
        "type": ["string", "null"],
        "title": "Results file",
        "description": "File with one line of JSON for each input record: its outcome, and the reason. It contains "
        "personal data, so only its owner may read it.",
    },
    "undo_path": {
        "type": ["string", "null"],
        "title": "Undo file",
        "description": "File that keeps what each write replaces, before it is sent; `wix-undo FILE` undoes the run. A "
        "run after a killed run appends to it; the file of a completed run is kept under another name. Only its owner "
        "may read it, since it contains personal data.",
    },
    "report_path": {
        "type": ["string", "null"],
        "title": "Report",
        "description": "HTML page that is written at the end of a run or a dry run: changes with old and new values "
        "and pictures side by side, and rejected records.",
    },
    "log_metrics": {
        "type": ["boolean", "null"],
        "title": "Log metrics",
        "description": "Log Singer metrics (METRIC lines) of each stream, for tools that collect them.",
        "default": False,
    },
    "retry_results": {
        "type": ["string", "null"],
        "title": "Retry results",
        "description": "Results file of a previous run over the same input (corrected or unchanged): only records that "
        "it rejected or did not reach are sent. May be the same file as `results_path`.",
    },
    "dry_run": {
        "type": ["boolean", "null"],
        "title": "Dry run",
        "description": "Match and compare all records, but write nothing and emit no STATE. Each record gets the "
        "outcome of a real run, and the log says how many requests a real run would send and how long it would take.",
        "default": False,
    },
    "load_method": {
        "type": ["string", "null"],
        "title": "Load method",
        "description": "`overwrite`: at the end of the input, delete entities that the input lacks, up to "
        "`max_deletes` and only if the input is complete. `append-only` and `upsert` only create and update.",
        "enum": ["append-only", "upsert", "overwrite", None],
        "default": "append-only",
    },
    "max_deletes": {
        "type": ["integer", "number", "string", "null"],
        "title": "Max deletes",
        "description": "Maximum number of deletes per stream: a run with more of them deletes nothing and fails. A "
        "number "
        '(100), a share of the stream\'s records in the input (0.25 or "25%"), or "off". Default: 10%, and at least '
        '50. Deletes wait for the end of the input, except with "off".',
    },
    "on_reject": {
        "type": ["string", "null"],
        "title": "On reject",
        "description": "Whether rejected records make the run fail. All other records are written in both cases; with "
        "`fail`, no STATE after the first rejected record is emitted.",
        "enum": ["fail", "skip", None],
        "default": "fail",
    },
    "index_lag_seconds": {
        "type": ["number", "null"],
        "title": "Index lag",
        "description": "Seconds until Wix's queries show a write. If a previous run was killed or ended just before, "
        "and after a call that Wix did not answer, a run waits this long before it trusts query results, and up to "
        "three times as long before it creates an entity that could otherwise be duplicated.",
        "minimum": 0,
        "maximum": 3600,
        "default": DEFAULT_INDEX_LAG,
    },
    "other_run_seconds": {
        "type": ["number", "null"],
        "title": "Wait for other run",
        "description": "Seconds for which a run waits while another run on this machine writes to the same site. After "
        "that it fails and names the other run.",
        "minimum": 0,
        "maximum": 86_400,
        "default": DEFAULT_WAIT,
    },
    "picture_check_seconds": {
        "type": ["number", "null"],
        "title": "Picture check",
        "description": "Store catalog V3: check products this many seconds after their pictures were sent by URL, and "
        "send pictures that Wix lost once more. The run waits for this check at its end. 0 disables the check.",
        "minimum": 0,
        "default": DEFAULT_PICTURE_SECONDS,
    },
    "unknown_stream": {
        "type": ["string", "null"],
        "title": "Unknown stream",
        "description": "Whether a stream that target-wix cannot write makes the run fail (`fail`) or is left out with "
        "a warning (`ignore`).",
        "enum": ["fail", "ignore", None],
        "default": "fail",
    },
    "product_format": {
        "type": ["string", "null"],
        "title": "Product format",
        "description": "Format of the product file whose rows are the records of `products`. `auto` recognizes the "
        "format by its columns; `records`: each record is a product.",
        "enum": [*product_rows.CHOICES, None],
        "default": product_rows.AUTO,
    },
    "command_column": {
        "type": ["string", "null"],
        "title": "Command column",
        "description": f"Column with the command of a record: {', '.join(Command)}.",
        "default": DEFAULT_COMMAND_COLUMN,
    },
    "stream_options": {
        "type": ["object", "null"],
        "title": "Stream options",
        "description": "Options by stream name: `command`, `match_on`, `load_method`; products: "
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
_WRITTEN = ("results_path", "report_path", "undo_path")


_APART = (
    *(("report_path", name) for name in ("results_path", "retry_results")),
    *(("undo_path", name) for name in ("report_path", "results_path", "retry_results")),
)
"""Settings that may not name the same file."""


def check_outputs(config: Mapping[str, Any], read: Iterable[tuple[str, str | Path]] = ()) -> None:
    """Raise `SettingsError` if an output file is standard output, another output file, or a file that is read.

    Args:
        config: Settings of the target.
        read: What the command reads: titles and paths.
    """
    for name, path in ((name, str(config[name])) for name in _WRITTEN if config.get(name)):
        if _is_standard_output(path):
            msg = f"`{name}` is standard output, which is used for STATE messages. Set it to a file."
            raise SettingsError(msg)
        for title, other in read:
            if Path(path).is_file() and is_same_file(path, str(other)):
                msg = f"`{name}` is {title} itself ({path}). Set it to another file."
                raise SettingsError(msg)
    for one, other in _APART:
        if config.get(one) and config.get(other) and is_same_file(str(config[one]), str(config[other])):
            msg = f"`{one}` and `{other}` are the same file ({config[one]}). Set them to different files."
            raise SettingsError(msg)


def is_same_file(path: str, other: str) -> bool:
    """True if two paths are of one file."""
    try:
        return os.path.realpath(path) == os.path.realpath(other) or Path(path).samefile(other)
    except OSError:  # one of the files does not exist yet
        return False


def _is_standard_output(path: str) -> bool:
    if path == _STANDARD_OUTPUT:
        return True
    try:
        is_output = os.path.samestat(Path(path).stat(), os.fstat(sys.stdout.fileno()))
        return is_output and not Path(path).samefile(os.devnull)
    except (OSError, ValueError):  # the file does not exist yet, or standard output has no descriptor
        return False
