"""A believable shop, the same one every time, that a site is filled with before anybody asks it anything."""

from __future__ import annotations
