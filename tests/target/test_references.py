from __future__ import annotations

from target_wix.references import References


def test_an_entity_that_was_deleted_is_not_referred_to_until_it_is_noted_again():
    references = References()
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
    references = References()
    references.note("products", None, "here")

    assert references.find("products", "") is None
