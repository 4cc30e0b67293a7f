"""What this project knows of Wix over HTTP. It knows no Singer.

Read in this order: `client` (the one door), `operations` and `endpoints` (what can be asked),
`query` and `reading` (whole collections), `errors` (what can go wrong and what to do then).
"""

from __future__ import annotations
