"""A target that is killed anywhere and run again, and the shop that one clean run makes of the same input.

`python -m tests.target.kill v3 123` runs the schedule of one seed again and reports what happened.
"""

from __future__ import annotations
