"""Half characters of an answer are replaced, and nothing else is."""

from __future__ import annotations

import json

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from wix_api.pages import whole

PIECES = st.sampled_from(["\ud83d", "\ude00", "\\", "u", "d83d", "D83D", '"', "😀", "é", "\0"])
TEXTS = st.text(st.characters(exclude_categories=())) | st.lists(PIECES).map("".join)


@given(TEXTS)
@example("\ud83d\\ud83d\\\ude00\ud83d\ud83d\ude00")
def test_half_characters_are_replaced_and_nothing_else(text: str) -> None:
    units = text.encode("utf-16-be", "surrogatepass")
    wanted = units.decode("utf-16-be", "replace")
    escapes = "".join(f"\\u{unit.upper()}" for unit in units.hex(",", 2).split(",") if unit)
    assert msgspec.json.decode(whole(json.dumps(text).encode())) == wanted
    assert msgspec.json.decode(whole(f'"{escapes}"'.encode())) == wanted
    assert whole(json.dumps(wanted).encode()) == json.dumps(wanted).encode()
