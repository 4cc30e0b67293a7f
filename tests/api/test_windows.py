"""Several windows at once: nothing is lost, order holds, and requests, memory and time stay within their bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api.shelves import Change, Faults, Shelf, View, lost, until_now
from tests.api.simulation import Simulation
from wix_api.errors import CursorRefusedError, UnavailableError
from wix_api.pacing import Pacer
from wix_api.reading import Page, Position, Window, Windows, in_order
from wix_api.reading.plan import Plan

KINDS = ("touch", "delete", "insert", "bulk")


@dataclass
class Case:
    """A shop and how it is read, all drawn from one seed."""

    seed: int
    size: int
    continuation: str
    levels: int
    readers: int
    held_bytes: int
    restless: int
    """Changes while the shop is read."""
    cursors: float = 0.0
    """Share of cursors that are refused."""
    sorts: float = 0.0
    """Share of queries whose order is refused."""
    at_once: int = 1
    """Pages that are taken as one."""
    chance: Random = field(init=False)
    view: View = field(init=False)
    simulation: Simulation = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        shelf = Shelf(_rows(self.chance, self.levels))
        faults = Faults(self.chance, self.cursors, self.sorts)
        self.view = View(shelf, self.size, self.continuation, self.levels, faults=faults, at_once=self.at_once)
        shelf.changes = [self._change() for _ in range(self.restless)]
        # Never later than now; sometimes long ago, as where indexes are given time to settle.
        until = max(shelf.clock - self.chance.choice((0, 0, 0, 500, 10_000)), 0)
        windows = Windows(lambda: f"{until:012d}", lambda: self.readers, self.held_bytes)
        slow, busy = self.chance.choice((0.01, 0.3, 5.0)), self.chance.choice((0.0, 0.0, 0.02, 2.0))
        self.simulation = Simulation(
            Plan(self.view, None, windows),
            latency=lambda: slow * (0.2 + self.chance.expovariate(1.0)),
            pause=lambda: busy * self.chance.random(),
            chance=self.chance,
        )

    def _change(self) -> Change:
        return self.chance.randrange(12), self.chance.choice(KINDS), self.chance.randrange(2000)


def _rows(chance: Random, levels: int) -> dict[str, tuple[int, int, int]]:
    """Stretches of rows: evenly spread, bursts, ties; years without any between them."""
    key, rows = 0, {}
    for _ in range(chance.randrange(1, 6)):
        key += chance.choice((0, 1, 1000, 10_000_000))
        step = chance.choice((0, 1, 7, 1000))
        for _ in range(chance.choice((1, 10, 80, 300))):
            key += chance.randint(0, step * 2) if step else int(chance.random() < 0.01)
            rows[f"r{len(rows):05d}"] = (key, chance.randrange(20) if levels > 1 else 0, 0)
    return rows


CASES = st.builds(
    Case,
    seed=st.integers(0, 2**32),
    size=st.integers(2, 9),
    continuation=st.sampled_from(["cursor", "offset"]),
    levels=st.integers(1, 2),
    readers=st.integers(1, 8),
    held_bytes=st.sampled_from([0, 20, 200, 10**6]),
    restless=st.integers(0, 60),
    cursors=st.sampled_from([0.0, 0.0, 0.02]),
    at_once=st.sampled_from([1, 1, 2, 5]),
)


def assert_right(case: Case) -> None:
    try:
        items = case.simulation.run().items
    except CursorRefusedError:
        assert case.cursors  # several times at one place: not gone round for ever
        return
    assert not lost(case.view.shelf, items)
    assert [item.key for item in items] == sorted(item.key for item in items)
    assert case.simulation.most_at_once <= case.readers
    assert case.simulation.most_held <= case.held_bytes + (case.readers + 2) * case.size * case.at_once


@settings(max_examples=40)
@given(CASES)
def test_nothing_is_lost_and_order_holds_in_any_interleaving(case: Case) -> None:
    assert_right(case)


@pytest.mark.soak
@settings(max_examples=100_000, derandomize=False)
@given(CASES)
def test_nothing_is_lost_and_order_holds_for_long(case: Case) -> None:
    assert_right(case)


def assert_survives_refusals(case: Case) -> None:
    shelf = case.view.shelf
    shelf.changes = [change for change in shelf.changes if change[1] not in {"delete", "bulk"}]
    before = shelf.versions()
    simulation = case.simulation.run()
    assert before.keys() - shelf.changed <= {item.id for item in simulation.items}
    in_time = [page for page, ordered in zip(simulation.pages, simulation.ordered, strict=True) if ordered]
    keys = [item.key for page in in_time for item in page]
    assert keys == sorted(keys)


REFUSALS = st.builds(
    Case,
    seed=st.integers(0, 2**32),
    size=st.integers(2, 9),
    continuation=st.just("offset"),
    levels=st.integers(1, 2),
    readers=st.integers(1, 8),
    held_bytes=st.sampled_from([200, 10**6]),
    restless=st.integers(0, 20),
    sorts=st.just(0.005),
)


@settings(max_examples=20)
@given(REFUSALS)
@example(
    Case(seed=2, size=2, continuation="offset", levels=1, readers=1, held_bytes=200, restless=11, sorts=0.005)
)  # a row that is added moves a page by its length
def test_refused_orders_in_the_middle_lose_no_row_that_stays(case: Case) -> None:
    assert_survives_refusals(case)


def evenly(rows: int, step: int = 1000, jitter: int = 400) -> Shelf:
    chance = Random(1)
    return Shelf({f"r{n:06d}": (n * step + chance.randrange(jitter), 0, 0) for n in range(rows)})


def simulated(shelf: Shelf, readers: int, size: int = 10, *, at_once: int = 1, **how: object) -> Simulation:
    windows = Windows(until_now(shelf), lambda: readers)
    return Simulation(Plan(View(shelf, size, "cursor", at_once=at_once), None, windows), **how).run()


def requests_of_one_reader(shelf: Shelf, size: int) -> int:
    for _ in in_order(View(shelf, size, "cursor")):
        pass
    requests, shelf.requests = shelf.requests, 0
    return requests


@given(seed=st.integers(0, 2**32), size=st.integers(2, 9), readers=st.integers(1, 8), at_once=st.integers(1, 5))
@settings(max_examples=25)
def test_edges_cost_few_requests_whatever_the_density_does(seed: int, size: int, readers: int, at_once: int) -> None:
    chance = Random(seed)
    keys = sorted({key for key, _, _ in _rows(chance, 1).values()})  # ties are read on their own, wherever a cut is
    shelf = Shelf({f"r{key}": (key, 0, 0) for key in keys})
    alone = requests_of_one_reader(shelf, size)
    simulation = simulated(shelf, readers, size, at_once=at_once, latency=lambda: 0.1 + chance.random())
    assert not lost(shelf, simulation.items)
    assert shelf.requests <= alone * 1.05 + 2 * readers + 1  # those that run, and one for the last window


def test_one_reader_makes_no_request_more_than_it_must() -> None:
    shelf = evenly(2000)
    alone = requests_of_one_reader(shelf, 10)
    assert simulated(shelf, 1).requests == alone


@pytest.mark.parametrize("jitter", [1, 400, 20_000])
def test_four_readers_take_a_quarter_of_the_time_and_three_requests_more_in_a_hundred(jitter: int) -> None:
    shelf = evenly(10_000, jitter=jitter)
    alone = requests_of_one_reader(shelf, 10)
    simulation = simulated(shelf, 4)
    assert simulation.requests < alone * 1.03
    assert simulation.now < alone / 4 * 1.1


def test_bursts_and_gaps_keep_all_readers_busy() -> None:
    rows, key, chance = {}, 0, Random(3)
    for burst in range(40):
        key += 10_000_000
        step = chance.choice((1, 50, 10_000))
        for _ in range(250):
            key += chance.randint(1, 2 * step)
            rows[f"r{burst}-{key}"] = (key, 0, 0)
    shelf = Shelf(rows)
    alone = requests_of_one_reader(shelf, 10)
    simulation = simulated(shelf, 4)
    assert simulation.requests < alone * 1.06
    assert simulation.now < alone / 4 * 1.3


def test_a_window_that_turns_out_dense_is_cut_again() -> None:
    sparse = [n * 1_000_000 for n in range(500)]
    dense = [250_500_000 + n for n in range(10_000)]
    shelf = Shelf({f"r{key}": (key, 0, 0) for key in (*sparse, *dense)})
    alone = requests_of_one_reader(shelf, 10)
    assert simulated(shelf, 4).now < alone / 4 * 1.25


def test_a_consumer_that_is_slower_than_one_reader_gets_no_second_one() -> None:
    shelf = evenly(3000)
    simulation = simulated(shelf, 4, latency=lambda: 1.0, pause=lambda: 1.5)
    assert simulation.most_at_once == 1
    assert simulation.most_held <= 3 * 10


def test_a_short_reading_is_not_cut() -> None:
    shelf = evenly(27)
    alone = requests_of_one_reader(shelf, 10)
    assert alone == 3
    assert simulated(shelf, 4).requests == alone


def test_the_last_window_is_opened_when_all_others_are_read() -> None:
    shelf = evenly(2000)
    opened: list[tuple[str | None, int]] = []

    class Watched(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            page = super().fetch(window, position)
            opened.append((window.low, len(opened)))
            return page

    until = f"{shelf.clock:012d}"
    Simulation(Plan(Watched(shelf, 10, "cursor"), None, Windows(lambda: until, lambda: 4)), chance=Random(2)).run()
    assert [low for low, _ in opened].index(until) == len(opened) - 1


def test_an_error_arrives_after_all_that_lies_before_it() -> None:
    class Broken(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            page = super().fetch(window, position)
            if any(int(item.key) > 5_000_000 for item in page.items):
                message = "broken"
                raise UnavailableError(message)
            return page

    shelf = evenly(10_000)
    windows = Windows(until_now(shelf), lambda: 4)
    simulation = Simulation(Plan(Broken(shelf, 10, "cursor"), None, windows))
    with pytest.raises(UnavailableError):
        simulation.run()
    arrived = {item.id for item in simulation.items}
    assert arrived >= {row_id for row_id, (key, _, _) in shelf.rows.items() if key < 5_000_000 - 10_000}
    assert simulation.requests < 700  # the rows after it are not read


@pytest.mark.parametrize(("per_minute", "latency", "readers"), [(200, 0.05, 1), (200, 0.3, 2), (200, 1.0, 5)])
def test_the_quota_is_used_up_at_any_latency(per_minute: int, latency: float, readers: int) -> None:
    shelf = evenly(20_000)
    waits: list[float] = []
    pacer = Pacer(per_minute, clock=lambda: simulation.now, sleep=waits.append)

    def wait() -> float:
        pacer.wait()
        return waits.pop() if waits else 0.0

    def answer() -> float:
        pacer.took(latency)
        return latency

    windows = Windows(until_now(shelf), lambda: min(pacer.readers(), 8))
    simulation = Simulation(Plan(View(shelf, 10, "cursor"), None, windows), latency=answer, wait=wait)
    simulation.run()
    assert simulation.most_at_once == readers
    assert simulation.requests / simulation.now * 60 > per_minute * 0.95
    assert pacer.windows().shares / pacer.windows().ended > 0.98
