from __future__ import annotations

import sqlite3

import pytest

from target_wix import scratch
from target_wix.notes import Notes
from target_wix.references import References
from wix_api.errors import SettingsError


def test_an_entity_that_was_deleted_is_not_referred_to_until_it_is_noted_again():
    references = References(Notes())
    references.note("products", "there", "here")
    references.note("products", "there too", "here")
    references.note("collections", "there", "here")

    references.forget("products", "here")

    assert references.find("products", "there") is None
    assert references.find("products", "there too") is None
    assert references.find("collections", "there") == "here"

    references.note("products", "there", "here")

    assert references.find("products", "there") == "here"


def test_a_record_without_an_id_is_no_reference():
    references = References(Notes())
    references.note("products", None, "here")

    assert references.find("products", "") is None


def test_what_was_noted_last_counts_however_many_there_are():
    notes = Notes()
    notes.put("products", ((f"there {number}", f"here {number}") for number in range(100_000)))
    notes.put("products", [("there 7", "elsewhere")])

    assert notes.get("products", "there 7") == "elsewhere"
    assert notes.get("products", "there 99999") == "here 99999"
    assert notes.get("collections", "there 7") is None


def test_a_full_folder_for_temporary_files_is_named(monkeypatch):
    def full(*_args, **_kept):
        msg = "unable to open database file"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr(scratch.sqlite3, "connect", full)

    with pytest.raises(SettingsError, match="TMPDIR"):
        Notes().put("products", [("there", "here")])
