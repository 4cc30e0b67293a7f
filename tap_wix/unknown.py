"""Members that records have and the schema of their stream does not: they are written, and most loaders drop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tap_wix.sdk_seams import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_wix.lanes import Row
    from tap_wix.sdk_seams import SeamStream

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class UnknownMembers:
    """The members of one stream's records that are not in its schema.

    `setting` is the one that adds members to the schema.
    """

    def __init__(self, stream: SeamStream, setting: str) -> None:
        self._stream = stream
        self._setting = setting
        self._known = {*(stream.effective_schema.get("properties") or ()), DELETED_AT}
        self._found: set[str] = set()

    def see(self, rows: Iterable[Row]) -> None:
        """Record the unknown members of some records."""
        for row in rows:
            self._found |= (row if isinstance(row, dict) else _members(row)).keys() - self._known

    def report(self) -> None:
        """Log the members that were found, and how to load them."""
        in_catalog = sorted(self._found & self._stream.schema["properties"].keys())
        new = sorted(self._found - self._stream.schema["properties"].keys())
        if in_catalog:
            self._log(in_catalog, "the catalog", "write a new catalog with --discover")
        if new:
            advice = f"add them to the setting {self._setting}, and write a new catalog with --discover if you use one"
            self._log(new, "the schema", advice)

    def _log(self, members: list[str], place: str, advice: str) -> None:
        self._stream.logger.warning(
            "Stream `%s`: its records have members that %s lacks: %s. Loaders may drop them. To load them, %s.",
            self._stream.name,
            place,
            ", ".join(f"`{member}`" for member in members),
            advice,
        )
