"""The test site: its client, the names that a run uses there, and waits for Wix's indexes."""

from __future__ import annotations

import secrets
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

import msgspec

from wix_api.reading import in_order
from wix_api.retry import RetryPolicy
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from requests.adapters import HTTPAdapter

    from wix_api.client import WixClient
    from wix_api.query import Query

PREFIX = "wixlive-"
"""Prefix of every name that a run gives to an entity on the site."""
LOOKS = 4
"""Maximum number of looks at an index for what was written."""


@dataclass(frozen=True)
class LiveSite:
    """One test site.

    Attributes:
        client: Calls Wix.
        config: Connection settings.
        lag: Seconds to wait for Wix's indexes after a write.
        run: Follows the prefix in names of this run, so that no two runs share a name.
    """

    client: WixClient
    config: Mapping[str, Any]
    lag: float
    run: str = field(default_factory=lambda: secrets.token_hex(3))

    @classmethod
    @contextmanager
    def open(cls, config: Mapping[str, Any], lag: float) -> Iterator[LiveSite]:
        """Yield the site of some settings."""
        client: WixClient = connect(config, user_agent=_user_agent())
        with closing(client):
            yield cls(client, config, lag)

    @contextmanager
    def impatient(self, adapter: HTTPAdapter | None = None, **settings: str) -> Iterator[WixClient]:
        """Yield another client, which retries nothing.

        Args:
            adapter: Sends its requests.
            settings: Settings that differ.
        """
        policy = RetryPolicy(patience=0.0)
        config = {**self.config, **settings}
        client: WixClient = connect(config, user_agent=_user_agent(), retry=policy, adapter=adapter)
        with closing(client):
            yield client

    def name(self, noun: str) -> str:
        """Return a name that no other run uses."""
        return f"{PREFIX}{self.run} {noun}"

    def wait(self) -> None:
        """Wait until Wix's indexes show what was written."""
        time.sleep(self.lag)

    def look(self, shown: Callable[[], bool]) -> bool:
        """Check several times, with waits, whether an index shows what was written; return as soon as it does."""
        for _ in range(LOOKS):
            self.wait()
            if shown():
                return True
        return False

    def rows(self, query: Query, filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows of a query."""
        pages = in_order(query.rows(self.client, filters))
        return [msgspec.json.decode(item.raw) for page in pages for item in page]


def _user_agent() -> str:
    return f"wix-live/{metadata.version('tap-target-wix')}"
