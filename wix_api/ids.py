"""Ids are texts. Where an answer has a number in the place of one, which was seen, it is read as its text."""

from __future__ import annotations

import re

_HINT = re.compile(rb'd":\s*\d|ds":\s*\[(?:[^\]]*,)?\s*\d')
"""A quick look: it begins with a fixed text, which is much faster than the names themselves."""
# `numericId` is a number in Wix's documents.
_ONE = re.compile(rb'("(?!numericId")(?:id|\w*Id)":\s*)(\d+)(?=\s*[,}])')
_SEVERAL = re.compile(rb'("(?:ids|\w*Ids)":\s*\[)([^\[\]{}]*)(?=\])')
_ELEMENT = re.compile(rb'"(?:[^"\\]|\\.)*"|\d+')


def as_texts(body: bytes) -> bytes:
    """Return the JSON of an answer with its ids as texts.

    Quotes inside of JSON texts are escaped, so that nothing of a text looks like a member.
    """
    if _HINT.search(body) is None:
        return body
    body = _ONE.sub(rb'\1"\2"', body)
    return _SEVERAL.sub(lambda found: found[1] + _ELEMENT.sub(_quoted, found[2]), body)


def _quoted(element: re.Match[bytes]) -> bytes:
    return element[0] if element[0].startswith(b'"') else b'"%b"' % element[0]
