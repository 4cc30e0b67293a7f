"""Entities are read by queries, and one by one where queries may show what was before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from target_wix.matching import Reader, read_alone
from target_wix.memory import IndexLag
from target_wix.results import OutcomeLog
from target_wix.run import Run
from tests.clock import Clock
from tests.target.runs import FAST, messages, product
from wix_api.endpoints import stores_v3
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def ids(empty_v3, run) -> list[str]:
    """The ids of three products of the site."""
    done = run(empty_v3, messages(products=[product(name, sku=name) for name in "ABC"]))
    empty_v3.journal.clear()
    return [result["id"] for result in done.results]


@pytest.fixture
def reading(empty_v3) -> Iterator[Run]:
    """A run of 60 requests a minute, whose queries lag for two seconds of a clock that waits alone move on."""
    client = connect({**empty_v3.config(), **FAST, "requests_per_minute": 60}, user_agent="tests")
    clock = Clock()
    lag = IndexLag(2, clock=clock, sleep=clock.sleep)
    found = Run(client, OutcomeLog(None), logging.getLogger("tests"), lag=lag)
    yield found
    found.memory.close()
    client.close()


@pytest.fixture
def reader(reading) -> Reader:
    return Reader(reading, stores_v3.PRODUCTS, stores_v3.GET_PRODUCT, "product")


def asked(site) -> list[str]:
    return sorted(entry.operation for entry in site.journal.entries)


def test_what_the_run_wrote_is_read_one_by_one_and_the_rest_together(empty_v3, ids, reading, reader):
    reading.memory.wrote(ids[0])

    assert reader.get(ids).keys() == set(ids)
    assert asked(empty_v3) == ["products.get", "products.query"]


def test_what_a_query_leaves_out_is_read_alone_if_it_is_known_to_exist(empty_v3, ids, reader):
    missing = [ids[0], UNKNOWN]

    assert reader.get(missing, known_to_exist=[UNKNOWN]).keys() == {ids[0]}
    assert asked(empty_v3) == ["products.get", "products.query"]

    empty_v3.journal.clear()
    assert reader.get(missing).keys() == {ids[0]}
    assert asked(empty_v3) == ["products.query"]


def test_many_that_queries_will_show_soon_are_waited_for_and_a_few_are_read_alone(ids, reading):
    for one in ids:
        reading.memory.wrote(one)

    assert read_alone(reading, [*ids[:2], UNKNOWN]) == set(ids[:2])
    assert read_alone(reading, ids) == set()
    assert not reading.memory.is_behind(ids[0])
