"""Tools that make parts of the documentation from the code."""

from __future__ import annotations
