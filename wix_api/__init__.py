"""Access to Wix over HTTP. This package does not know Singer.

Read in this order: `client` (every call goes through it), `operations` and `endpoints` (calls that Wix offers), `query`
and `reading` (whole collections), `errors` (what can fail and how to react).
"""

from __future__ import annotations
