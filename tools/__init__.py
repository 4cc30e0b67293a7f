"""What the documentation takes from the code."""

from __future__ import annotations
