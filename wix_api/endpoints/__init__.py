"""Every path of Wix that this project calls: one module for each Wix domain, each path once."""

from __future__ import annotations
