"""The page for people at `/`: the contents of the shop, the requests, and how to reach the sandbox.

HTML from the server with one style sheet and one small script; nothing is loaded from elsewhere.
"""

from __future__ import annotations

from wix_sandbox.page.document import HEADERS, render_page

__all__ = ["HEADERS", "render_page"]
