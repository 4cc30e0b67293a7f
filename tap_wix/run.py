"""The outcome of the streams of one run, and its exit code."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from wix_api.errors import CredentialsError, SettingsError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Collection, Iterable, Sequence

_FOR_ALL = (CredentialsError, SettingsError)
"""Errors that would also end every other stream."""


class OnStreamError(StrEnum):
    """The effect of a failed stream on later ones."""

    CONTINUE = "continue"
    FAIL_FAST = "fail_fast"


class Run:
    """Collects the streams that failed, and ends the command with 1 if there are any.

    The SDK offers no step after its loop over the streams, so the last stream to end ends the command. The policy says
    whether other streams continue when one fails.
    """

    def __init__(self, policy: OnStreamError, logger: logging.Logger) -> None:
        self._policy = policy
        self._logger = logger
        self._ended: set[str] = set()
        self._failed: list[str] = []
        self._left_out: set[str] = set()
        self.reasons: list[str] = []
        """Why streams stopped, in the words of the log."""

    def begin(self) -> None:
        """Begin to read all streams once more."""
        self._ended.clear()

    def fail(self, streams: Sequence[str], error: Exception) -> None:
        """Log why streams stopped; end the command if the others must not or cannot continue.

        Streams that share one read stop together.
        """
        self._logger.error("%s stopped. %s", _named(streams), error)
        self.reasons.append(f"{_named(streams)} stopped. {error}")
        self._failed += streams
        if self._policy is OnStreamError.FAIL_FAST or isinstance(error, _FOR_ALL):
            sys.exit(1)

    @property
    def has_read_any(self) -> bool:
        """True if a stream was read to its end without a failure."""
        return not self._ended <= {*self._failed, *self._left_out}

    def leave_out(self, streams: Iterable[str]) -> None:
        """Record that the site does not have streams, or does not show them to the credential."""
        self._left_out.update(streams)

    def has_ended(self, stream: str) -> bool:
        """True if a stream was read to its end or failed."""
        return stream in self._ended

    def end(self, stream: str, expected: Callable[[], Collection[str]]) -> None:
        """Record that a stream was read to its end or failed; after the last one, log the failed ones.

        `expected` returns the names of all streams that the run reads separately; it is only called if one failed.
        """
        self._ended.add(stream)
        if self._failed and self._ended.issuperset(expected()):
            self.check()

    def check(self) -> None:
        """End the command with 1 if a stream failed."""
        if self._failed:
            self._logger.error(
                "%s failed. Rows that were written are kept, and the next run continues from there. "
                "The other selected streams are complete.",
                _named(self._failed),
            )
            sys.exit(1)


def _named(streams: Sequence[str]) -> str:
    names = ", ".join(f"`{name}`" for name in streams)
    return f"Stream {names}" if len(streams) == 1 else f"Streams {names}"
