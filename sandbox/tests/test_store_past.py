from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wix_sandbox.store import Base, Table

START = datetime(2026, 1, 1, tzinfo=UTC)
WRITES = st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 9))), max_size=20)


class TwoRows(Base):
    """Rows `c` and `d`, computed."""

    def __len__(self):
        return 2

    def text(self, number):
        return b'{"id":"%c","value":0}' % b"cd"[number]

    def id(self, number):
        return "cd"[number]

    def number(self, entity_id):
        return "cd".index(entity_id) if entity_id in {"c", "d"} else None


@given(writes=WRITES, back=st.integers(0, 25))
def test_a_table_as_of_a_moment_is_the_table_of_that_moment(writes, back):
    now = [START]
    table = Table(lambda: now[0])
    table.stand_on(TwoRows())
    states = [(START, list(table))]
    for second, (name, value) in enumerate(writes, 1):
        now[0] = START + timedelta(seconds=second)
        if value is None:
            table.delete(name)
        else:
            table.put({"id": name, "value": value})
        states.append((now[0], list(table)))
    moment = now[0] - timedelta(seconds=back)
    expected = [rows for at, rows in states if at <= moment] or [states[0][1]]

    assert list(table.as_of(moment)) == expected[-1]
    assert list(table) == states[-1][1]
    assert list(table.as_of(moment)) == expected[-1]


def test_a_table_that_did_not_change_is_its_own_past():
    now = [START]
    table = Table(lambda: now[0])
    table.put({"id": "a"})
    now[0] += timedelta(seconds=2)
    assert table.as_of(START + timedelta(seconds=1)) is table
    earlier = table.as_of(START - timedelta(seconds=1))
    assert list(earlier) == []
    assert table.as_of(START - timedelta(seconds=1)) is earlier
    table.past.forget()
    assert table.as_of(START - timedelta(seconds=1)) is table
