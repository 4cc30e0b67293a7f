"""The target sends the requests of the golden journal: see `tests.target.golden`."""

from __future__ import annotations

import pytest

from tests.target.golden.journal import CATALOGS, Journal

AGAIN = "If that is meant: python -m tests.target.golden, and the commit says which requests went or came."
ON_FILE = """\
<fields a1b2c3>: URL,CURRENCY
GET /stores/v3/products/<products S1-0>?fields=<fields a1b2c3>
    3
POST /stores/v3/products/query {"query":{}}
    1 2x2
"""


@pytest.mark.parametrize("catalog", CATALOGS)
def test_clean_runs_send_the_requests_on_file(catalog: str) -> None:
    changes = Journal.of_runs(catalog).changes_since(Journal.on_file(catalog))
    if changes:
        pytest.fail("\n".join([*changes, AGAIN]), pytrace=False)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_a_file_holds_all_that_it_is_compared_by(catalog: str) -> None:
    journal = Journal.on_file(catalog)
    assert Journal.parsed(catalog, journal.text()) == journal
    assert journal.changes_since(journal) == []
    assert {seed for _, seed in journal.requests} > set(range(20))


def test_a_request_that_went_or_came_is_listed_with_its_seeds() -> None:
    former = Journal.parsed("v3", ON_FILE)
    now = Journal.parsed("v3", ON_FILE.replace("2x2", "2").replace("{}", '{"sort":[]}'))
    assert now.changes_since(former) == [
        "POST /stores/v3/products/query: 3 went, 2 came",
        '- POST /stores/v3/products/query {"query":{}}\n      3 in seeds 1, 2',
        '+ POST /stores/v3/products/query {"query":{"sort":[]}}\n      2 in seeds 1, 2',
    ]


def test_members_to_return_that_changed_are_listed() -> None:
    former = Journal.parsed("v3", ON_FILE)
    now = Journal.parsed("v3", ON_FILE.replace("a1b2c3>: URL", "d4e5f6>: ID,URL").replace("a1b2c3", "d4e5f6"))
    assert now.changes_since(former)[-2:] == ["- <fields a1b2c3>", "+ <fields d4e5f6>: ID,URL,CURRENCY"]
