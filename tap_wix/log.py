"""The log of a run: one line for each stream, and warnings."""

from __future__ import annotations

import logging
import sys

from singer_sdk import metrics
from singer_sdk.exceptions import MapExpressionError

from wix_api.errors import WixError
from wix_api.site_log import IN_SITE, name_site

_STEPS_OF_THE_SDK = (
    "Skipping parse of env var settings...",
    "Parsing env var for settings config...",
    "Added '%s' as child stream to '%s'",
    "Beginning sync of '%s'",
    "Skipping deselected stream '%s'.",
)
"""Beginnings of messages that the SDK logs for every stream of every run."""
_FAILED = "An unhandled error occurred while syncing '%s'"
"""What the SDK logs before it raises an error again."""
_EXPECTED = (WixError, OSError, MapExpressionError)
"""Errors whose own message ends the log."""


def without_steps(record: logging.LogRecord) -> bool:
    """Leave out the SDK's own steps and its line before an error's own, unless the log shows DEBUG messages."""
    is_step = record.levelno == logging.INFO and str(record.msg).startswith(_STEPS_OF_THE_SDK)
    is_step |= record.msg == _FAILED and isinstance(sys.exc_info()[1], _EXPECTED)
    return not is_step or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


def _of_site(record: logging.LogRecord) -> bool:
    """Begin warnings and errors of a site with its ID, and leave out its other lines: it has a receipt at its end."""
    is_shown = record.levelno >= logging.WARNING or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)
    return name_site(record) and (is_shown or not IN_SITE.get())


def show_sites() -> None:
    """Add the site to the lines of this process's log."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_of_site)


def show_metrics(*, shown: bool) -> None:
    """Show or hide the Singer metrics (METRIC lines) of this process."""
    metrics.get_metrics_logger().setLevel(logging.INFO if shown else logging.WARNING)
