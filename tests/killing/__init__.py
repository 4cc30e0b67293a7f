"""What the schedules of the tap and of the target share: a way to the sandbox, and an end at any request or line."""

from __future__ import annotations
