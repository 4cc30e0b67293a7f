"""Ids are strings. If an answer has a number in place of an id, as seen on live sites, it is converted to a string."""

from __future__ import annotations

import re

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""The form of most ids."""
_HINT = re.compile(rb'd":\s*\d|ds":\s*\[(?:[^\]]*,)?\s*\d')
"""Fixed text that precedes each of these ids; searching for it first is much faster than searching for all names."""
# `numericId` is a number in Wix's documents.
_ONE = re.compile(rb'("(?!numericId")(?:id|\w*Id)":\s*)(\d+)(?=\s*[,}])')
_SEVERAL = re.compile(rb'("(?:ids|\w*Ids)":\s*\[)([^\[\]{}]*)(?=\])')
_ELEMENT = re.compile(rb'"(?:[^"\\]|\\.)*"|\d+')


def as_texts(body: bytes) -> bytes:
    """Return the JSON of an answer with its ids as strings.

    Quotes inside JSON strings are escaped, so text inside a string cannot look like a member.
    """
    if _HINT.search(body) is None:
        return body
    body = _ONE.sub(rb'\1"\2"', body)
    return _SEVERAL.sub(lambda found: found[1] + _ELEMENT.sub(_quoted, found[2]), body)


def _quoted(element: re.Match[bytes]) -> bytes:
    return element[0] if element[0].startswith(b'"') else b'"%b"' % element[0]
