"""What a sink needs of the target it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.run import Run


class Host(Protocol):
    """The target, as its sinks see it."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings."""

    @property
    def line(self) -> int:
        """The line of the input that is being read."""

    @property
    def broken(self) -> str:
        """What is wrong with the row that is being read as such, or ""."""

    @property
    def run(self) -> Run:
        """What sinks share."""

    def drain_before(self, rank: int) -> None:
        """Write what waits in sinks of a lower rank."""

    def acknowledge(self) -> None:
        """Tell the newest state before which everything is written."""
