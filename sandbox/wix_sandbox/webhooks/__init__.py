"""Webhooks of the installed app, as Wix sends them.

`kinds` has the event types, `raising` derives events from changed rows, `outbox` stores what is to be sent, `sender`
sends it. Sources: https://dev.wix.com/docs/build-apps/develop-your-app/api-integrations/events-and-webhooks/about-webhooks
and the npm package `@wix/sdk` 1.21.16, whose `webhooks.process` takes what is sent here.
"""

from __future__ import annotations

from wix_sandbox.webhooks.outbox import Outbox, Settings
from wix_sandbox.webhooks.sender import Sender

__all__ = ["Outbox", "Sender", "Settings"]
