"""Standard streams of a process that was started without some of them, as by `wix-import … <&-`."""

from __future__ import annotations

import os
import sys

_MODES = {"stdin": ("r", os.O_RDONLY), "stdout": ("w", os.O_RDONLY), "stderr": ("w", os.O_WRONLY)}
"""Standard output is open for reading only, so that a write fails instead of losing the output in silence."""


def open_missing() -> None:
    """Open the standard streams that are closed: input is at its end, output fails, messages are dropped.

    Otherwise, the next file that the process opens takes their place.
    """
    for name, (mode, flags) in _MODES.items():
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, flags), mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as the process
