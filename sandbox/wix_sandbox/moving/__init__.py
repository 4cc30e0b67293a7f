"""Moving a site from store catalog V1 to V3, as Wix moves shops.

Known from live sites: product ids stay, V1 calls answer 501, and there is no way back. The rest follows from the
documents of both catalogs; sandbox/docs/move-to-v3.md lists it member by member.
"""

from __future__ import annotations

from wix_sandbox.moving.move import Move, move_to_v3

__all__ = ["Move", "move_to_v3"]
