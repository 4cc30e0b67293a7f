"""Combines several pages into one, for collections that send a further request for the rows of several pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_api.reading.rows import Page, Window

if TYPE_CHECKING:
    from collections.abc import Callable


def grouped(fetch: Callable[[Window], Page], window: Window, most: int) -> Page:
    """Fetch up to `most` pages of a window, each from the last key of the previous page.

    A page filled by rows of one key ends the group; the walk continues through them. A row that changes meanwhile may
    be in the group twice, the later version last. The next group continues after the last page by a cursor, because an
    offset counts from the start of another window.
    """
    page = fetch(window)
    items, pages = list(page.items), 1
    while pages < most and page.following is not None and page.items and page.items[0].key != page.items[-1].key:
        last = page.items[-1].key
        seen = {item.id for item in page.items if item.key == last}
        page = fetch(Window(last, window.high))
        items += [item for item in page.items if item.key != last or item.id not in seen]
        pages += 1
    return Page(items, page.following, pages)
