"""Reads a whole collection in key order, while it changes underneath, as fast as the quota allows.

How a window is read (`walk`). Rows are asked for in ascending order of a key (`updatedDate`). Each page starts at the
last key of the page before it (`>=`, not `>`), and rows of that key that were given already are dropped. So a row that
is changed while the reading goes on moves behind the reader and is read again; one that is deleted moves nothing, since
no page is found by counting rows. Rows that share one key are a *tie*; bulk writes make long ones. A tie that fills a
page alone would make the next page the same page, so it is read on its own: ordered by a second key where the
collection has one, otherwise by the collection's own continuation (cursor or offset); the reading goes on behind it.
Where Wix refuses the sort, rows are read in the endpoint's own order, and `Reading.ordered` says that order is lost.

How latency is hidden (`plan`, `reader`). One reader stays a page ahead of the consumer. Where that leaves quota unused,
since a page takes longer than the quota's share of time for a request, the rest of the key range is *cut* some twenty
pages ahead of the reader and a further reader starts behind the cut, and so on; each cut gives one more *window*. The
consumer still gets pages in key order. The first windows are shorter, each by a quarter, so that windows that begin
together end one after another and not all at once: half as much waits for the consumer. Where to cut follows from how
densely the pages just read lay, and the last window reaches as far as the range: a gap in it costs nothing, as its
reader steps over it with one request. A window that turns out longer than it was thought is cut again. An edge costs a
last page that is half full, some two requests in a hundred; there is no cut while the edges so far have wasted more
than five. What is held for the consumer is bounded in bytes, related rows included: at
the bound, only the earliest window goes on.

Why windows lose nothing. No window but the last reaches past `Windows.until`, a moment before the reading began. A row
that changes from then on gets a later key than that, so the rows of the windows can only leave: none enters, and none
moves from a window that is still unread into one that was read already. A row that leaves goes behind `until`, where
the last window begins, and that one is opened when all others have been read to their end. Inside each window the first
paragraph holds. (A row whose date Wix would set *back* is beyond any reader by date, with windows or without.)

A collection that asks something more about its rows may take several pages as one (`grouped`), found by key, too. For a
window they count as the pages that they are.

This package knows nothing of Singer and nothing of JSON.
"""

from __future__ import annotations

from wix_api.reading.grouped import grouped
from wix_api.reading.plan import Windows
from wix_api.reading.reader import Reading, read
from wix_api.reading.rows import Collection, Item, Page, Position, Trail, Window
from wix_api.reading.walk import in_order

__all__ = [
    "Collection",
    "Item",
    "Page",
    "Position",
    "Reading",
    "Trail",
    "Window",
    "Windows",
    "grouped",
    "in_order",
    "read",
]
