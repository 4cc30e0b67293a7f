"""What a run would do, without doing it: a client that reads from Wix and keeps its writes to itself.

The sinks are the same in a dry run and in a run; they only get another client. Reads go out. A write is not sent: it is
counted, and what the shop would then be is kept beside it (`Overlay`), so that later reads of the same run show it. So
whatever a sink decides, it decides on what it would meet.

What a plan cannot know is what only Wix knows: which records it refuses for rules that it alone can check, which slugs
it derives, and what others change in the meantime. See docs/decisions/0012-a-dry-run-is-another-client.md.
"""

from __future__ import annotations

from target_wix.planning.client import PlanningClient
from target_wix.planning.identity import is_planned
from target_wix.planning.plan import Plan

__all__ = ["Plan", "PlanningClient", "is_planned"]
