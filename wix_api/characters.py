"""Texts are Unicode: half characters, which remain where a program cuts an emoji in two, are replaced."""

from __future__ import annotations

import re

_HINTS = (rb"\ud", rb"\uD")
"""Fixed text with which all half characters begin; searching for it first is much faster than reading all escapes."""
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape of JSON: both halves of a character, half a character, or anything else."""


def whole(body: bytes) -> bytes:
    r"""Return the JSON of an answer with `\ufffd` in place of each half character.

    JSON may contain them (RFC 8259, section 8.2), but neither our decoder nor loaders accept them.

    Raises:
        UnicodeDecodeError: The answer is not UTF-8.
    """
    str(body, "utf-8")
    if not any(hint in body for hint in _HINTS):
        return body
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)
