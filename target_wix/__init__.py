"""Singer target that writes to Wix: match, compare, apply, and report one outcome for each record.

Read the modules in this order: `target` (messages, drains, states), `sink` (records and batches), `pipeline` (the five
steps), `domain` (what each domain of Wix implements for these steps), then `domains`.
"""

from __future__ import annotations
