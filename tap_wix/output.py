"""Singer messages on stdout: whole lines only, whatever signal arrives, and a quiet end when nobody reads them."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.singerlib import Message

logger = logging.getLogger("tap-wix")


class MessageWriter(MsgSpecWriter):
    """Writes messages so that a signal never cuts a line in two."""

    def __init__(self) -> None:
        self._writing = False
        self._postponed: Callable[[], None] | None = None

    def when_idle(self, action: Callable[[], None]) -> None:
        """Do something now, or, while a line is being written, right after it."""
        if self._writing:
            self._postponed = action
        else:
            action()

    @override
    def write_message(self, message: Message) -> None:
        self._writing = True
        try:
            super().write_message(message)
        except BrokenPipeError:
            _end_quietly()
        finally:
            self._writing = False
        if self._postponed is not None:
            action, self._postponed = self._postponed, None
            action()


def _end_quietly() -> None:
    """End as a filter does whose reader had enough, like `tap-wix | head`.

    What Python still holds for the closed pipe must go nowhere, or the interpreter complains at its exit.
    """
    logger.info("The reader of stdout is gone; stopping.")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)
