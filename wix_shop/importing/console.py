"""What people see of an import: sentences on standard error, the plan on standard output."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import singer_sdk
from typing_extensions import override

STREAM = "products"
LOGGER = logging.getLogger("target-wix")
_SDK = str(Path(singer_sdk.__file__).parent)


class _Sentences(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        return text if record.levelno < logging.WARNING else f"{record.levelname.capitalize()}: {text}"


class _Told(logging.Filter):
    """Leaves out the SDK's chatter, and warnings that the plan gave already."""

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return not record.pathname.startswith(_SDK)
        text = record.getMessage()
        is_new = text not in self._told
        self._told.add(text)
        return is_new


def set_up() -> None:
    """Write log lines as sentences."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Sentences())
    handler.addFilter(_Told())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    LOGGER.setLevel(logging.INFO)
    LOGGER.getChild(STREAM).setLevel(logging.WARNING)
