"""What hypothesis does to valid input: JSON with odd values, and bytes that are not JSON any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_LETTERS = st.characters(exclude_characters="/")
"""No slash: texts become paths."""
_NESTED = json.loads("[" * 60 + "]" * 60)
_TEXTS = (
    *("", " ", "0", "nan", "-1", "1e999", "a\nb", "\x00", "\x1b[2J", "\ud800", "é", "κ", "x" * 400, "{", "null", "../"),
    *("2024-02-30T00:00:00.000Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999+14:00", "2099-01-01", "true"),
)
_NUMBERS = (0, -1, 1, 1.5, 10**10, 10**20, 1e20, 1e308, float("nan"), float("inf"), -0.0, 2**63)
odd_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_TEXTS),
    st.text(_LETTERS, max_size=8),
    st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {"id": {}}, ["a"], {"a": []}, _NESTED]),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, its own included."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, member in members for found in _paths(member, (*path, key)))]


def _changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """A copy with another value at a path; `KeyError` as the value takes a member away."""
    if not path:
        return change(value)
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    member = _changed(copy[key], tuple(rest), change)
    if member is KeyError:
        del copy[key]
    else:
        copy[key] = member
    return copy


@st.composite
def mutated(draw: st.DrawFn, value: Any, most: int = 3) -> Any:
    """A JSON value in which some members are replaced, taken away or put somewhere else."""
    for _ in range(draw(st.integers(1, most))):
        path = draw(st.sampled_from(_paths(value)))
        kind = draw(st.sampled_from(["odd", "odd", "gone", "wrapped", "other"]))
        if kind == "odd":
            there = draw(odd_values)
        elif kind == "gone" and path:
            there = KeyError
        elif kind == "wrapped":
            value = _changed(value, path, lambda found: [found])
            continue
        else:
            there = _at(value, draw(st.sampled_from(_paths(value))))
        value = _changed(value, path, lambda _, there=there: there)
    return value


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def text_of(value: Any) -> bytes:
    """JSON as some programs write it: with NaN, Infinity and halves of characters."""
    return json.dumps(value).encode()


@st.composite
def broken(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes of which some are replaced, left out or repeated."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 20)))
        put = draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b"NaN", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 2000]))
        )
        raw = raw[:start] + put + raw[end:]
    return raw


def files_of(value: Any) -> st.SearchStrategy[bytes]:
    """Files that hold something like a JSON value."""
    whole = text_of(value)
    encodings = st.sampled_from(["utf-16", "utf-8-sig", "utf-32", "latin-1"]).map(whole.decode().encode)
    return st.one_of(mutated(value).map(text_of), mutated(value).map(text_of), broken(whole), encodings)
