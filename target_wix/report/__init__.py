"""One HTML page for people: what a run changed, or what a plan would change."""

from __future__ import annotations

from target_wix.report.report import Report

__all__ = ["Report"]
