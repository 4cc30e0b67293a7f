"""The page for people at `/`: what the shop holds, what was asked of it, and how to reach it.

HTML from the server, one style sheet and one small script inside it, nothing from elsewhere.
"""

from __future__ import annotations

from wix_sandbox.page.document import HEADERS, render_page

__all__ = ["HEADERS", "render_page"]
