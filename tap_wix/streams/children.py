"""Streams that are fed with the pages of another one (docs/decisions/0004-children-are-fed-with-pages.md)."""

from __future__ import annotations

from abc import abstractmethod
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_wix.streams.base import WixStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import ExitStack

    from tap_wix.lanes import Row
    from wix_api.reading import Item


class ChildStream(WixStream):
    """A stream whose records belong to records of another one.

    It keeps one bookmark of its own, in the parent's replication key, so that it catches up when it is selected later.
    """

    @property
    @override
    def scope(self) -> str:
        parent = self.parent_stream_type
        return parent.query.operation.scope if parent is not None and issubclass(parent, WixStream) else ""

    @abstractmethod
    def children(self, parents: Sequence[Item]) -> Iterable[Row]:
        """Give the records that belong to some parents."""

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self.write_schema()  # the SDK does it only for streams that it calls itself

    @override
    def take(self, page: Sequence[Item], *, in_order: bool) -> None:
        parents = [parent for parent in page if self.start is None or parent.key >= self.start]
        if parents:
            rows = list(islice(self.children(parents), self._room))
            self._put(rows, [parent.key for parent in parents], in_order=in_order)
