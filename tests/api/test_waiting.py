"""Rows that wait for the consumer are the rows that came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wix_api.reading.rows import Item
from wix_api.reading.waiting import Waiting

ROWS = st.lists(st.builds(Item, st.text(), st.text(), st.binary(max_size=300)), max_size=20)


@given(ROWS, st.booleans())
def test_rows_come_back_as_they_were_and_never_take_more(rows: list[Item], compressed: bool) -> None:
    waiting = Waiting(rows, compressed=compressed)
    assert waiting.items() == rows
    assert waiting.size <= sum(row.size for row in rows)


def test_rows_of_one_kind_take_a_fifth() -> None:
    rows = [
        Item(
            str(at),
            str(at),
            b'{"id":"%d","status":"APPROVED","buyer":{"contactId":"%d"}}' % (at, at * at),
            {"parts": [b"1"]},
        )
        for at in range(200)
    ]
    waiting = Waiting(rows, compressed=True)
    assert waiting.items() == rows
    assert waiting.size < sum(row.size for row in rows) / 5
