"""What belongs to rows comes with them, and what of it fails leaves them alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.api.shelves import Shelf, View
from wix_api.companions import accompanied
from wix_api.errors import PermissionDeniedError
from wix_api.reading import Item, Page, Position, Window
from wix_api.reading.plan import Plan

ROWS = [Item(f"r{number}", f"{number:03d}", b"{}") for number in range(6)]


@dataclass
class Parts:
    """Two parts of each row, one of them after all the others'; wanted from a key on."""

    place: str = "parts"
    since: str = ""
    asked: list[list[str]] = field(default_factory=list)

    def wants(self, owner: Item) -> bool:
        return owner.key >= self.since

    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, dict[str, str]]]:
        self.asked.append([owner.id for owner in owners])
        for part in "ab":
            yield from ((owner.id, {"of": owner.id, "part": part}) for owner in reversed(owners))


class Denied(Parts):
    """Yields some parts, then fails."""

    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, dict[str, str]]]:
        yield from list(super().ask(owners))[:3]
        message = "no permission"
        raise PermissionDeniedError(message)


def test_each_row_gets_what_belongs_to_it_and_is_itself_unchanged() -> None:
    given = accompanied(ROWS, [Parts()])
    assert [item._replace(related=ROWS[0].related) for item in given] == ROWS
    wanted = [[b'{"of":"%b","part":"%b"}' % (row.id.encode(), part) for part in (b"a", b"b")] for row in ROWS]
    assert [item.related["parts"] for item in given] == wanted


def test_a_failure_is_kept_with_each_row_and_other_rows_are_kept() -> None:
    given = accompanied(ROWS, [Denied("denied"), Parts()])
    assert all(isinstance(item.related["denied"], PermissionDeniedError) for item in given)
    assert all(len(item.related["parts"]) == 2 for item in given if not isinstance(item.related["parts"], Exception))


def test_nothing_unneeded_is_requested() -> None:
    some, none = Parts("some", since="004"), Parts("none", since="9")
    given = accompanied(ROWS, [some, none])
    assert (some.asked, none.asked) == ([["r4", "r5"]], [])
    assert [set(item.related) for item in given] == [set()] * 4 + [{"some"}] * 2


def test_bytes_of_related_rows_count_as_held() -> None:
    class Laden(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            page = super().fetch(window, position)
            return replace(page, items=accompanied(page.items, [Parts(), Denied("denied")]))

    plan = Plan(Laden(Shelf({f"r{n}": (n, 0, 0) for n in range(9)}), 5, "cursor"), None, None)
    section = plan.start()
    assert section is not None
    assert section.walk.wanted is not None
    plan.put(section, section.walk.wanted.page())
    assert plan.held == 5 * (len(b"0") + 2 * len(b'{"of":"r0","part":"a"}'))
    plan.take()
    assert plan.held == 0
