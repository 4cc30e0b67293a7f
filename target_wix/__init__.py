"""Singer target that writes to Wix: match, compare, apply, and one outcome for each record.

Read in this order: `target` (messages and state), `sinks.base` (the five steps), then the domain modules in `sinks`.
"""

from __future__ import annotations
