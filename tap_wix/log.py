"""The log of a run: one line for each stream, and warnings."""

from __future__ import annotations

import logging

from singer_sdk import metrics
from typing_extensions import override

_STEPS_OF_THE_SDK = (
    "Skipping parse of env var settings...",
    "Parsing env var for settings config...",
    "Added '%s' as child stream to '%s'",
    "Beginning sync of '%s'",
    "Skipping deselected stream '%s'.",
)
"""Beginnings of messages that the SDK logs for every stream of every run."""


class WithoutSteps(logging.Filter):
    """Leaves out the SDK's own steps, unless the log shows DEBUG messages."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        is_step = record.levelno == logging.INFO and str(record.msg).startswith(_STEPS_OF_THE_SDK)
        return not is_step or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


WITHOUT_STEPS = WithoutSteps()


def show_metrics(*, shown: bool) -> None:
    """Show or hide the Singer metrics (METRIC lines) of this process."""
    metrics.get_metrics_logger().setLevel(logging.INFO if shown else logging.WARNING)
