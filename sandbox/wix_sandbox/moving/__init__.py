"""Moving a site from store catalog V1 to V3, as Wix does it with shops that it moves.

Known of live sites: product ids stay, V1 calls answer 501, there is no way back. The rest is read from both catalogs'
documents; sandbox/docs/move-to-v3.md maps member to member.
"""

from __future__ import annotations

from wix_sandbox.moving.move import Move, move_to_v3

__all__ = ["Move", "move_to_v3"]
