"""Numbers in the place of ids become texts, and nothing else does."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from wix_api.pages import as_texts

TEXTS = st.text() | st.sampled_from(['"id":5', '\\"id":5', '{"id": 5}', '"ids":[1]'])
NAMES = st.sampled_from(["id", "productId", "name", "width", "paid", "numericId"]) | st.text(max_size=3)
TREES = st.recursive(
    TEXTS | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)


@given(TREES)
def test_what_has_no_number_as_an_id_stays_as_it_is(tree: object) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        body = json.dumps(tree, separators=separators).encode()
        kept = json.loads(body)
        assert json.loads(as_texts(body)) == kept


def test_numbers_become_texts_at_any_depth() -> None:
    tree = {"id": 7, "rows": [{"productId": 8, "width": 9, "numericId": 3, "collectionIds": ["a, 3, b", 2], "paid": 4}]}
    found = {"id": "7", "rows": [{**tree["rows"][0], "productId": "8", "collectionIds": ["a, 3, b", "2"]}]}  # type: ignore[index] # a list, not a number
    for indent in (None, 2):
        assert json.loads(as_texts(json.dumps(tree, indent=indent).encode())) == found
