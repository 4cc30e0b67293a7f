"""Speed and memory, measured; never asserted in a test."""

from __future__ import annotations
