"""Pages of a list by offset: the rows that are shown, and links to the other pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from wix_sandbox.page.html import Html, tag

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Pager:
    """One list of the page. The query of the page's URL contains the number of each list's page: `?orders=3`."""

    name: str
    total: int
    size: int
    asked: Mapping[str, str]

    @property
    def last(self) -> int:
        """Number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    @property
    def number(self) -> int:
        """Number of the page that is shown: the requested one, within the existing ones."""
        text = self.asked.get(self.name, "")
        # More digits than any page number has would only cost time.
        asked = int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else 1  # noqa: PLR2004 - see above
        return min(max(asked, 1), self.last)

    @property
    def offset(self) -> int:
        """Rows before the first one that is shown."""
        return (self.number - 1) * self.size

    def links(self) -> Html:
        """Return a navigation with first, previous, next and last; nothing if there is one page."""
        if self.last == 1:
            return Html()
        number, last = self.number, self.last
        here = tag("span", f"Page {number:,} of {last:,}")
        before = [self._link("First", 1, number > 1), self._link("Previous", number - 1, number > 1)]
        after = [self._link("Next", number + 1, number < last), self._link("Last", last, number < last)]
        return tag("nav", *before, here, *after, class_="pager", aria_label=f"Pages of {self.name}")

    def _link(self, text: str, number: int, there: bool) -> Html:  # noqa: FBT001 - a private helper of one line
        if not there:
            return tag("span", text, class_="off", aria_disabled="true")
        address = urlencode({**self.asked, self.name: number})
        unseen = tag("span", f" page of {self.name}", class_="unseen")
        return tag("a", text, unseen, href=f"?{address}#{self.name}", id=f"{self.name}-{text.lower()}")
