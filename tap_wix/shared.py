"""What the tap of one site shares with those of other sites, in a run of many sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wix_api.client import WixClient
    from wix_api.reading import Held
    from wix_api.settings import Connections


@dataclass
class Shared:
    """What the tap of one site is handed.

    Attributes:
        connections: The connections to Wix.
        held: The bytes of rows that wait in all reads.
        client: The client of the site, once the tap has made it.
    """

    connections: Connections
    held: Held
    client: WixClient | None = None
