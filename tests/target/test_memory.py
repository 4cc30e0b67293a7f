from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from target_wix import memory
from target_wix.memory import IndexLag, RunMemory
from tests.clock import Clock
from wix_api.errors import SettingsError


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def remembered(clock) -> Iterator[RunMemory]:
    with closing(RunMemory(IndexLag(5, clock=clock, sleep=clock.sleep))) as opened:
        yield opened


def test_what_was_written_is_behind_until_the_lag_has_passed(remembered, clock):
    remembered.wrote("mug")

    assert remembered.is_behind("mug")
    assert not remembered.is_behind("cup")

    clock.now += 2
    assert remembered.seconds_behind(["mug", "cup"]) == 3
    remembered.wait_for(["cup"])
    assert clock.now == 102
    remembered.wait_for(["mug", "cup"])
    assert clock.now == 105
    assert not remembered.is_behind("mug")


def test_parts_of_an_entity_are_waited_for_alone(remembered, clock):
    remembered.wrote("mug", "stock")

    assert not remembered.is_behind("mug")
    remembered.wait_for(["mug"])
    assert clock.now == 100
    remembered.wait_for(["mug"], "stock")
    assert clock.now == 105


def test_queries_that_a_refusal_proved_wrong_are_doubted_for_a_minute(clock):
    with closing(RunMemory(IndexLag(0, clock=clock))) as remembered:
        remembered.wrote("cup")
        remembered.doubt("mug")

        assert [remembered.is_behind(one) for one in ("cup", "mug")] == [False, True]
        assert remembered.seconds_behind(["mug"]) == 0
        clock.now += 60
        assert not remembered.is_behind("mug")


def test_values_are_remembered_until_queries_show_them(remembered, clock):
    remembered.wrote("mug", "memberships", detail="new", value="joined")
    clock.now += 3
    remembered.wrote("mug", "memberships", detail="sale", value="joined")
    remembered.wrote("mug", "memberships", detail="sale")
    remembered.wrote("cup", "memberships", detail="old")

    assert remembered.values("memberships", "mug") == {"new": "joined", "sale": ""}
    clock.now += 3
    assert remembered.values("memberships", "mug") == {"sale": ""}


def test_a_deleted_entity_is_found_under_none_of_its_names(remembered):
    remembered.note("products", "sku", "A", "mug")
    remembered.note("products", "handle", "a", "mug")
    remembered.note("products", "sku", "B", "cup")
    remembered.note("products", "sku", "B", "mug")
    remembered.link("products", "theirs", "mug")
    remembered.link("collections", "theirs", "mug")

    remembered.forget("products", "mug")
    remembered.forget("products", "unknown")

    assert [remembered.find("products", "sku", sku) for sku in "AB"] == [None, None]
    assert remembered.find("products", "handle", "a") is None
    assert remembered.linked("products", "theirs") is None
    assert remembered.linked("collections", "theirs") == "mug"

    remembered.link("products", "theirs", "mug")
    assert remembered.linked("products", "theirs") == "mug"


def test_a_record_without_an_id_is_no_counterpart(remembered):
    remembered.link("products", None, "mug")

    assert remembered.linked("products", "") is None
    assert not remembered.has_another("products", None, "mug")


def test_an_entity_is_the_counterpart_of_the_record_that_was_noted_last(remembered):
    assert not remembered.has_another("products", "first", "mug")
    remembered.link("products", "first", "mug")
    assert not remembered.has_another("products", "first", "mug")
    assert remembered.has_another("products", "second", "mug")

    remembered.link("products", "second", "mug")
    assert remembered.has_another("products", "first", "mug")
    assert not remembered.has_another("products", "second", "mug")

    remembered.link("products", "second", "cup")
    assert not remembered.has_another("products", "first", "mug")


def test_the_last_note_counts_however_many_there_are(remembered):
    for number in range(20_000):
        remembered.link("products", f"there {number}", f"here {number}")
    remembered.link("products", "there 7", "elsewhere")

    assert remembered.linked("products", "there 7") == "elsewhere"
    assert remembered.linked("products", "there 19999") == "here 19999"


def test_a_full_folder_for_temporary_files_is_named(monkeypatch, remembered):
    def full(*_args, **_kept):
        msg = "unable to open database file"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(memory.sqlite3, "connect", full)

    with pytest.raises(SettingsError, match="TMPDIR"):
        remembered.link("products", "there", "here")
