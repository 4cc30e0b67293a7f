"""The log of a run: one line for each stream, and warnings."""

from __future__ import annotations

import logging
from contextvars import ContextVar

from singer_sdk import metrics

_STEPS_OF_THE_SDK = (
    "Skipping parse of env var settings...",
    "Parsing env var for settings config...",
    "Added '%s' as child stream to '%s'",
    "Beginning sync of '%s'",
    "Skipping deselected stream '%s'.",
)
"""Beginnings of messages that the SDK logs for every stream of every run."""


def without_steps(record: logging.LogRecord) -> bool:
    """Leave out the SDK's own steps, unless the log shows DEBUG messages."""
    is_step = record.levelno == logging.INFO and str(record.msg).startswith(_STEPS_OF_THE_SDK)
    return not is_step or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


IN_SITE: ContextVar[str] = ContextVar("IN_SITE", default="")
"""The site that this thread reads, in a run of many sites."""


def _of_site(record: logging.LogRecord) -> bool:
    """Begin warnings and errors of a site with its ID, and leave out its other lines: it has a receipt at its end."""
    site = IN_SITE.get()
    if not site or hasattr(record, "wix_site"):
        return True
    if record.levelno < logging.WARNING and not logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
        return False
    record.msg, record.wix_site = f"Site {site}: {record.msg}", site
    return True


def show_sites() -> None:
    """Add the site to the lines of this process's log."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_of_site)


def show_metrics(*, shown: bool) -> None:
    """Show or hide the Singer metrics (METRIC lines) of this process."""
    metrics.get_metrics_logger().setLevel(logging.INFO if shown else logging.WARNING)
