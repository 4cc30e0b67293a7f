"""Singer target that writes to Wix: match, compare, apply, and one outcome for each record.

Read in this order: `target` (messages), `draining` (batches and states), `sinks.commanded` (the command, as records are
read), `sinks.base` (the other steps), then the domain modules in `sinks`.
"""

from __future__ import annotations
