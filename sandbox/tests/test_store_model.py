"""The store and the query engine against plain Python: dictionaries, comprehensions and `sorted`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import OPERATORS, Paging, Query
from wix_sandbox.store import Table

BOTH = frozenset({"ASC", "DESC"})
QUERY = Query(
    filterable=dict.fromkeys(("id", "name", "updatedDate", "amount", "tags", "visible"), OPERATORS),
    sortable=dict.fromkeys(("updatedDate", "name", "amount"), BOTH),
    numbers=frozenset({"amount"}),
    default_sort=("updatedDate", "DESC"),
)
OFFSET = QUERY.but(paging=Paging.OFFSET)
NAMES, TAGS = ["a", "ab", "b", "ü"], ["red", "blue", "green"]
DATES = [f"2025-01-0{day}T00:00:00.000Z" for day in range(1, 5)]

entities = st.fixed_dictionaries(
    {
        "updatedDate": st.sampled_from(DATES),
        "amount": st.integers(-3, 12).map(str),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
    },
    optional={"name": st.sampled_from(NAMES), "visible": st.booleans()},
)
rows = st.lists(entities, max_size=25).map(lambda drawn: [{"id": f"r{at:02}", **each} for at, each in enumerate(drawn)])
sorts = st.lists(
    st.tuples(st.sampled_from(["updatedDate", "name", "amount"]), st.sampled_from(["ASC", "DESC"])),
    min_size=1,
    max_size=2,
    unique_by=lambda each: each[0],
)

# A filter is drawn together with what it means.
DATE_TESTS = {
    "$gte": lambda value, bound: value >= bound,
    "$gt": lambda value, bound: value > bound,
    "$lte": lambda value, bound: value <= bound,
    "$lt": lambda value, bound: value < bound,
    "$eq": lambda value, bound: value == bound,
    "$ne": lambda value, bound: value != bound,
}


def on_date(operator, bound):
    return {"updatedDate": {operator: bound}}, lambda row: DATE_TESTS[operator](row["updatedDate"], bound)


def on_amount(operator, bound):
    return {"amount": {operator: bound}}, lambda row: DATE_TESTS[operator](int(row["amount"]), bound)


leaves = st.one_of(
    st.builds(on_date, st.sampled_from(sorted(DATE_TESTS)), st.sampled_from(DATES)),
    st.builds(on_amount, st.sampled_from(sorted(DATE_TESTS)), st.integers(-3, 12)),
    st.sampled_from(NAMES).map(lambda name: ({"name": name}, lambda row: row.get("name") == name)),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(
        lambda names: ({"name": {"$in": names}}, lambda row: row.get("name") in names)
    ),
    st.sampled_from(NAMES).map(
        lambda start: ({"name": {"$startsWith": start}}, lambda row: row.get("name", "").startswith(start))
    ),
    st.lists(st.sampled_from(TAGS), min_size=1, max_size=2).map(
        lambda tags: ({"tags": {"$hasSome": tags}}, lambda row: bool(set(tags) & set(row["tags"])))
    ),
    st.booleans().map(lambda there: ({"visible": {"$exists": there}}, lambda row: ("visible" in row) == there)),
)


def both(one, other):
    return {"$and": [one[0], other[0]]}, lambda row: one[1](row) and other[1](row)


def either(one, other):
    return {"$or": [one[0], other[0]]}, lambda row: one[1](row) or other[1](row)


def neither(one):
    return {"$not": [one[0]]}, lambda row: not one[1](row)


filters = st.recursive(
    leaves,
    lambda inner: st.one_of(st.builds(both, inner, inner), st.builds(either, inner, inner), st.builds(neither, inner)),
    max_leaves=4,
)


def expected(held, sort, test):
    """The ids of the rows that a query gives. A missing value comes first, ties are in the order of the ids."""

    def key_of(row, name):
        value = row.get(name)
        return (value is not None, int(value) if name == "amount" else value or "")

    found = sorted((row for row in held if test(row)), key=lambda row: row["id"], reverse=sort[0][1] == "DESC")
    for name, order in reversed(sort):
        found.sort(key=lambda row: key_of(row, name), reverse=order == "DESC")
    return [row["id"] for row in found]


def by_offset(table, sort, raw, limit):
    found, total = [], None
    while total is None or len(found) < total:
        envelope = {"sort": wire(sort), "filter": raw, "paging": {"limit": limit, "offset": len(found)}}
        page = Run(table, OFFSET, read_request(envelope, OFFSET, "x")).offset_page()
        found, total = found + [each["id"] for each in page.entities], page.total
        assert len(page.entities) == min(limit, total - (len(found) - len(page.entities)))
    return found


def by_cursor(table, sort, raw, limit):
    envelope, found = {"sort": wire(sort), "filter": raw, "cursorPaging": {"limit": limit}}, []
    while True:
        page = Run(table, QUERY, read_request(envelope, QUERY, "x")).cursor_page("x")
        found += [each["id"] for each in page.entities]
        if "next" not in page.metadata["cursors"]:
            return found
        envelope = {"cursorPaging": {"cursor": page.metadata["cursors"]["next"]}}


def wire(sort):
    return [{"fieldName": name, "order": order} for name, order in sort]


@settings(max_examples=120, deadline=None)
@given(held=rows, sort=sorts, asked=filters, limit=st.integers(1, 7))
def test_a_query_gives_what_plain_python_gives_page_by_page(held, sort, asked, limit):
    table = Table()
    for row in held:
        table.put(row)
    raw, test = asked
    wanted = expected(held, sort, test)
    assert by_offset(table, sort, raw, limit) == wanted
    assert by_cursor(table, sort, raw, limit) == wanted
    assert Run(table, OFFSET, read_request({"filter": raw}, OFFSET, "x")).count() == len(wanted)


class Writes(RuleBasedStateMachine):
    """Rows come, change and go while lookups, sorted indexes and searches are kept."""

    def __init__(self):
        super().__init__()
        self.table, self.model = Table(), {}
        self.searches = []

    ids = st.integers(0, 14).map(lambda number: f"r{number:02}")

    @rule(row_id=ids, entity=entities)
    def put(self, row_id, entity):
        self.table.put({"id": row_id, **entity})
        self.model[row_id] = {"id": row_id, **entity}

    @rule(row_id=ids)
    def delete(self, row_id):
        assert self.table.delete(row_id) == self.model.pop(row_id, None)

    @precondition(lambda self: len(self.searches) < 10)
    @rule(sort=sorts, asked=filters)
    def search(self, sort, asked):
        self.searches.append((sort, *asked))

    @invariant()
    def holds_the_rows_of_the_model_in_the_order_they_came(self):
        assert list(self.table) == list(self.model.values())
        assert len(self.table) == len(self.model)
        assert all(self.table.get(row_id) == row for row_id, row in self.model.items())

    @invariant()
    def finds_rows_by_value(self):
        for path, values in (("name", NAMES), ("tags", TAGS), ("amount", ["0", "1"])):
            for value in values:
                rows = [row["id"] for row in self.model.values() if value in (row.get(path), *row["tags"])]
                assert list(self.table.lookup(path).ids(value)) == rows
                assert self.table.lookup(path).count(value) == len(rows)

    @invariant()
    def answers_every_search_as_plain_python_does(self):
        for sort, raw, test in self.searches:
            assert by_offset(self.table, sort, raw, 50) == expected(self.model.values(), sort, test)


TestWrites = Writes.TestCase
TestWrites.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
