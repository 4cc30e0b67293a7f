"""The site that a thread works for, in the log of a run of many sites."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

IN_SITE: ContextVar[str] = ContextVar("IN_SITE", default="")
"""ID of the site that this thread works for; "" in a run of one site."""


def name_site(record: logging.LogRecord) -> bool:
    """Begin a log line of a site with its ID, unless the name of its logger has it. Filter of handlers."""
    site = IN_SITE.get()
    if site and site not in record.name and not hasattr(record, "wix_site"):
        record.msg, record.wix_site = f"Site {site}: {record.msg}", site
    return True
