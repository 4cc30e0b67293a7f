"""Some rows of a stream, selected by `stream_options`: by their ids, the first N, in any order."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from wix_api.reading import Item, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_wix.stream_options import StreamOptions
    from wix_api.client import WixClient
    from wix_api.query import Query, QueryRows

logger = logging.getLogger("tap-wix")


def with_ids(
    client: WixClient,
    query: Query,
    ids: list[str],
    some: Callable[[Mapping[str, Any]], Iterator[list[Item]]],
    most: int | None = None,
) -> Iterator[list[Item]]:
    """Yield pages of the rows with some ids.

    `some` yields pages of the rows of a filter, which has at most `most` ids: by default as many as a page has rows.
    """
    return query.in_filters(
        client, query.id, ids, most or query.page_size, lambda part: some({query.id: {query.one_of: part}})
    )


class Excerpt(Iterator[list[Item]]):
    """Pages of the selected rows.

    `rows` returns the rows of a query, narrowed by a further filter, in batches that are read one after another.
    `start` is the first key, if rows are read by key.
    """

    ordered = False
    """No bookmark may follow these rows: rows that are left out may be older."""

    def __init__(
        self,
        name: str,
        query: Query,
        options: StreamOptions,
        rows: Callable[[Query, Mapping[str, Any]], Sequence[QueryRows]],
        start: str | None,
    ) -> None:
        self._name = name
        self._query = query if options.limit is None else replace(query, page_size=min(query.page_size, options.limit))
        self._options = options
        self._rows = rows
        self._start = start
        self._pages = self._limited(self._with_ids() if options.ids else self._some({}))

    @override
    def __next__(self) -> list[Item]:
        return next(self._pages)

    def _some(self, narrower: Mapping[str, Any]) -> Iterator[list[Item]]:
        for rows in self._rows(self._query, narrower):
            yield from read(rows.sorted_by(self._options.sort) if self._options.sort else rows, self._start)

    def _with_ids(self) -> Iterator[list[Item]]:
        missing = dict.fromkeys(self._options.ids)
        for page in with_ids(self._rows(self._query, {})[0].client, self._query, list(missing), self._some):
            for item in page:
                missing.pop(item.id, None)
            yield page
        if missing:
            logger.warning("Stream `%s`: Wix has no rows with the ids %s.", self._name, ", ".join(missing))

    def _limited(self, pages: Iterator[list[Item]]) -> Iterator[list[Item]]:
        left = self._options.limit
        for page in pages:
            yield page[:left]
            if left is not None:
                left -= len(page)
                if left <= 0:
                    return
