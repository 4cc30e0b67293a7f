"""Step 1: what a record asks for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from target_wix.outcomes import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

DELETED_AT = "_sdc_deleted_at"
"""Column by which Singer taps mark a record that is gone at its source."""


class Command(StrEnum):
    """What shall be done with a record."""

    UPSERT = "upsert"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    IGNORE = "ignore"


def take_command(record: dict[str, Any], column: str, default: Command) -> Command:
    """Take the command out of a record: its own column, else its mark of deletion, else the stream's default.

    Columns that start with an underscore are Singer's or ours, never Wix's, and are removed from the record.

    Raises:
        Rejected: The column names no command.
    """
    asked = record.pop(column, None)
    deleted = record.pop(DELETED_AT, None)
    for name in [name for name in record if name.startswith("_")]:
        del record[name]
    if asked not in {None, ""}:
        return _named(str(asked), column)
    return Command.DELETE if deleted is not None else default


def _named(text: str, column: str) -> Command:
    try:
        return Command(text.strip().lower())
    except ValueError:
        known = ", ".join(Command)
        msg = f"Column `{column}` holds no command: {known}."
        raise Rejected(msg, code="UNKNOWN_COMMAND", field=column) from None


def default_command(options: Mapping[str, Any]) -> Command:
    """Give the command of a stream's records that name none."""
    return Command(options.get("command") or Command.UPSERT)
