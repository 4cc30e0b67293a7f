from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from target_wix.change import Change, Command, take_command
from target_wix.desired import diff, differs, overlay
from target_wix.domains.bulk_calls import chunks
from target_wix.fields import amount, decimal_text, number, plain
from target_wix.ledger import StateLedger
from target_wix.matching import Found, Key, Matcher, choose_keys, rounds, text_of
from target_wix.memory import IndexLag
from target_wix.run import Run

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
ENTITY = some.dictionaries(some.text(max_size=3), JSON, max_size=4)


@given(ENTITY)
def test_nothing_differs_from_itself(entity):
    assert diff(entity, entity) == {}


@given(said=ENTITY, there=ENTITY)
def test_what_was_written_needs_no_second_writing(said, there):
    after = {**there, **diff(there, said)}
    assert diff(after, said) == {}


@given(said=ENTITY, there=ENTITY)
def test_a_record_merged_into_an_entity_has_no_differences_left(said, there):
    said = plain(said)
    assert not differs(overlay(there, said), said)


@given(some.decimals(min_value=0, max_value=999_999_999, places=2))
def test_one_amount_is_equal_in_every_form(value):
    forms = [value, str(value), float(value), f"{value:f}0"]
    assert len({decimal_text(form) for form in forms}) == 1
    assert diff({"amount": forms[3]}, {"amount": amount(forms[0])}) == {}


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ({"amount": "10"}, {"amount": "10.00"}),
        ({"weight": 2}, {"weight": 2.0}),
        ({"brand": None}, {"brand": {"name": "Kiln"}}),
        ({"ribbon": ""}, {}),
        ({"seoData": {"tags": []}}, {}),
        ({"tags": {"privateTags": {"tagIds": []}}}, {"tags": {"publicTags": {"tagIds": ["new"]}}}),
        ({"price": {"compareAtPrice": ""}}, {"price": {"actualPrice": {"amount": "10"}}}),
        (
            {"description": {"nodes": [{"type": "PARAGRAPH", "id": "a"}], "metadata": {"version": 1}}},
            {"description": {"nodes": [{"type": "PARAGRAPH", "id": "b"}], "documentStyle": {}}},
        ),
    ],
)
def test_equal_things_in_other_words_are_equal(said, there):
    assert diff(there, said) == {}


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ({"name": "10"}, {"name": "10.0"}),
        ({"visible": False}, {"visible": True}),
        ({"visible": False}, {"visible": 0}),
        ({"ribbon": ""}, {"ribbon": "New"}),
        ({"tags": {"privateTags": {"tagIds": []}}}, {"tags": {"privateTags": {"tagIds": ["new"]}}}),
        ({"additionalRibbons": []}, {"additionalRibbons": [{"name": "New"}]}),
    ],
)
def test_different_things_differ(said, there):
    assert diff(there, said) == said


def test_numbers_of_files_and_warehouses_become_json():
    when = datetime(2026, 1, 2, tzinfo=UTC)
    assert plain({"a": Decimal("2.50"), "b": [Decimal(3)], "c": None, "d": when}) == {
        "a": 2.5,
        "b": [3],
        "d": "2026-01-02T00:00:00.000Z",
    }
    assert number("0.350") == 0.35
    assert number("heavy") == "heavy"
    assert decimal_text("NaN") == "NaN"


@given(
    keys=some.lists(some.tuples(some.sampled_from("abc"), some.sampled_from("xyz")), max_size=12),
)
def test_rounds_keep_every_record_in_the_order_of_its_keys(keys):
    def key(name):
        return Key(name, lambda record: text_of(record, name), lambda _values: [])

    changes = [Change(line, {"sku": sku, "slug": slug}, Command.UPSERT) for line, (sku, slug) in enumerate(keys)]
    split = list(rounds(changes, (key("sku"), key("slug"))))

    assert sorted(change.line for one in split for change in one) == list(range(len(changes)))
    for name in ("sku", "slug"):
        for one in split:
            assert len({change.record[name] for change in one}) == len(one)
        for value in "abcxyz":
            met = [change.line for one in split for change in one if change.record[name] == value]
            assert met == sorted(met)


def test_what_the_run_deleted_a_moment_ago_makes_no_match_ambiguous():
    shop = {"1": {"id": "1"}, "2": {"id": "2"}}
    found = [Found("a", "1"), Found("b", "2")]
    keys = (Key("email", lambda record: record["emails"], lambda _values: found),)
    run = Run(None, None, None, lag=IndexLag(5, clock=lambda: 100.0))
    matcher = Matcher(run, keys, lambda ids: {one: shop[one] for one in ids if one in shop}, kind="x")
    change, other = (Change(line, {"emails": ["a", "b"]}, Command.UPSERT) for line in (1, 2))

    ((_, why),) = matcher.match([change])
    assert why.code == "AMBIGUOUS_MATCH"

    del shop["2"]
    run.memory.wrote("2")
    assert list(matcher.match([other])) == []
    assert other.id == "1"
    run.memory.close()


def test_a_key_without_a_match_is_followed_by_the_next_key():
    shop = {"1": {"id": "1", "slug": "mug"}}
    keys = (
        Key("sku", lambda record: text_of(record, "sku"), lambda _values: []),
        Key("slug", lambda record: text_of(record, "slug"), lambda _values: [Found("mug", "1")]),
    )
    run = Run(None, None, None)
    matcher = Matcher(run, keys, lambda ids: {one: shop[one] for one in ids}, kind="x")
    change = Change(1, {"sku": "A", "slug": "mug"}, Command.UPSERT)

    assert list(matcher.match([change])) == []
    assert (change.id, change.current, change.matched_by) == ("1", shop["1"], "slug")
    assert matcher.name_of(change.record) == "sku=A"
    run.memory.close()


def test_match_on_takes_only_keys_that_there_are():
    keys = [Key(name, lambda _record: [], lambda _values: []) for name in ("id", "sku")]
    assert [key.name for key in choose_keys(keys, ())] == ["id", "sku"]
    assert [key.name for key in choose_keys(keys, ["sku"])] == ["sku"]


def test_a_command_is_taken_from_its_column_the_deletion_mark_or_the_stream():
    record = {"name": "Mug", "do": "Update", "_sdc_deleted_at": "2026-01-01", "_sdc_sequence": 3}
    assert take_command(record, "do", Command.CREATE) is Command.UPDATE
    assert record == {"name": "Mug"}
    assert take_command({"_sdc_deleted_at": "2026-01-01"}, "do", Command.UPSERT) is Command.DELETE
    assert take_command({"_sdc_deleted_at": None, "do": ""}, "do", Command.CREATE) is Command.CREATE


@given(
    weights=some.lists(some.tuples(some.just(1), some.integers(0, 1200)), max_size=30),
)
def test_calls_are_as_full_as_the_limits_allow_and_no_fuller(weights):
    changes = [Change(line, {}, Command.UPSERT, body={"w": weight}) for line, weight in enumerate(weights)]
    split = list(chunks(changes, lambda body: body["w"], (10, 1000)))

    assert [change for one in split for change in one] == changes
    for one in split:
        assert len(one) == 1 or all(
            sum(change.body["w"][way] for change in one) <= most for way, most in enumerate((10, 1000))
        )


@given(some.lists(some.sampled_from(["record", "settle", "state"]), max_size=30), some.randoms())
def test_a_state_is_emitted_only_when_all_before_it_is_settled(steps, chance):
    ledger = StateLedger(most_states=chance.choice((0, 1, 1000)))
    waiting: list[int] = []
    newest = 0
    for line, step in enumerate(steps, start=1):
        if step == "record":
            ledger.open(line)
            waiting.append(line)
        elif step == "state":
            ledger.state(line, line)
        elif waiting:
            ledger.close(waiting.pop(chance.randrange(len(waiting))))
        state = ledger.acknowledged()
        if state is not None:
            assert all(open_line > state for open_line in waiting)
            assert state > newest
            newest = state
    for line in waiting:
        ledger.close(line)
    last = max((line for line, step in enumerate(steps, start=1) if step == "state"), default=0)
    assert max(ledger.acknowledged() or 0, newest) == last


def test_few_states_wait_for_an_open_record():
    ledger = StateLedger(most_states=10)
    ledger.open(1)
    for line in range(2, 2000, 2):
        ledger.open(line)
        ledger.close(line)
        ledger.state(line + 1, line)
        assert len(ledger._states) <= 10 + 2
    ledger.close(1)
    assert ledger.acknowledged() == 1998


def test_one_rejected_line_stays_open_and_few_states_wait_for_it():
    ledger = StateLedger(most_states=10)
    lines = [*range(3, 2000, 2), 1]
    for line in sorted(lines):
        ledger.open(line)
        ledger.state(line + 1, line)
    for line in lines:
        ledger.reject(line)
    ledger.state(2000, 2000)
    assert list(ledger._open) == [1]

    for line in range(2001, 4000, 2):
        ledger.open(line)
        ledger.reject(line)
        ledger.state(line + 1, line)
    assert list(ledger._open) == [1]
    assert ledger.acknowledged() is None


def test_a_line_with_two_rejected_records_stays_open():
    ledger = StateLedger()
    ledger.open(1)
    ledger.state(2, "between")
    for line in (3, 3, 5):
        ledger.open(line)
        ledger.reject(line)
    ledger.state(6, "after")
    ledger.close(1)
    assert ledger.acknowledged() == "between"
    assert ledger.acknowledged() is None


def test_a_line_that_was_mapped_to_two_records_is_open_until_both_are_settled():
    ledger = StateLedger()
    ledger.open(1)
    ledger.open(1)
    ledger.state(2, "after")
    ledger.close(1)
    assert ledger.acknowledged() is None
    ledger.close(1)
    assert ledger.acknowledged() == "after"
