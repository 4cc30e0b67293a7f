"""A shop that changes between any two requests, a tap that is killed anywhere, and what must have come of both.

`python -m tests.tap.killing v3 123` runs the schedule of one seed again and reports what happened.
"""

from __future__ import annotations
