"""The documents, for the tests that read them."""

from __future__ import annotations

from tools.tables import ROOT

FOLDERS = (
    ROOT,
    ROOT / ".github",
    ROOT / "docs",
    ROOT / "docs" / "decisions",
    ROOT / "docs" / "tutorials",
    ROOT / "integrations" / "pypi",
    ROOT / "sandbox",
    ROOT / "sandbox" / "docs",
)
PAGES = {str(page.relative_to(ROOT)): page for folder in FOLDERS for page in sorted(folder.glob("*.md"))}
"""Every page of Markdown by its path."""
