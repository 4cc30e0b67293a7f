"""Singer target that writes to Wix: match, compare, apply, and one outcome for each record.

Read in this order: `target` (messages, drains, states), `sink` (records and batches), `pipeline` (the five steps),
`domain` (what a domain of Wix brings to them), then `domains`.
"""

from __future__ import annotations
