"""Reads a whole collection in key order, while it changes, as fast as the quota allows.

How a window is read (`walk`). Rows are requested in ascending order of a key (`updatedDate`). Each page starts at the
last key of the previous page (`>=`, not `>`), and rows of that key that were returned already are dropped. So a row
that changes during the read moves ahead of the reader and is read again. A deleted row moves nothing, since pages are
not found by counting rows. Rows that share one key are a *tie*; bulk writes make long ones. A tie that is longer than a
page would make the next page the same page, so it is read separately: by a second key if the collection has one,
otherwise by the collection's own continuation (cursor or offset). Then reading continues after the tie. If Wix refuses
the sort, rows are read in the endpoint's own order, and `Reading.ordered` is False.

How latency is hidden (`plan`, `reader`). One reader stays a page ahead of the consumer. If that leaves quota unused,
because a page takes longer than the time between two requests, the rest of the key range is *cut* about twenty pages
ahead of the reader, and another reader starts after the cut; each cut adds one *window*. The consumer still gets pages
in key order. The first windows are shorter than the later ones, so that windows that begin together end one after
another: half as many rows wait for the consumer. The place of a cut is estimated from the density of the pages just
read. The last window extends to the end of the range, so a gap in it costs only one request. A window that turns out
longer than planned is cut again. The edge of a window costs half a page, two requests in a hundred; no window is cut
while edges have wasted more than five in a hundred. The rows that wait for the consumer are limited in bytes, related
rows included; at the limit, only the earliest window continues. All other windows keep their rows compressed
(`waiting`). Uncompressed, the rows of eight sites with many orders reach the limit when each site uses half its quota.

Why windows lose nothing. No window but the last extends past `Windows.until`, a moment before the read began. A row
that changes after that gets a later key, so rows can only leave the windows: none enters, and none moves from an unread
window into one that was read. A row that leaves moves past `until`, where the last window begins, and that window is
opened after all others have been read. Within each window the first paragraph applies. (A row whose date Wix sets
*back* cannot be found by any reader by date, with or without windows.)

A collection that needs a further request for its rows may fetch several pages as one (`grouped`), found by key, too. A
window counts them as the number of pages that they are.

This package knows neither Singer nor JSON.
"""

from __future__ import annotations

from wix_api.reading.grouped import grouped
from wix_api.reading.merged import Merged, OneByOne, Pages
from wix_api.reading.plan import Held, Windows
from wix_api.reading.reader import Reading, read
from wix_api.reading.rows import Collection, Item, Page, Position, Trail, Window
from wix_api.reading.walk import in_order

__all__ = [
    "Collection",
    "Held",
    "Item",
    "Merged",
    "OneByOne",
    "Page",
    "Pages",
    "Position",
    "Reading",
    "Trail",
    "Window",
    "Windows",
    "grouped",
    "in_order",
    "read",
]
