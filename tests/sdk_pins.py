"""Fingerprints of SDK code that is relied on: they change when the SDK changes under us."""

from __future__ import annotations

import hashlib
import inspect
import textwrap


def fingerprint(function: object) -> str:
    """A short hash of a function's source."""
    source = textwrap.dedent(inspect.getsource(function))  # type: ignore[arg-type]
    return hashlib.sha256(source.encode()).hexdigest()[:12]
