"""Files that hold personal data: nobody but their owner may read them."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

private = partial(os.open, mode=0o600)
"""Is given to `open` as its `opener`. A file that exists keeps its permissions."""


def keep_mode(path: Path, replaced: Path) -> None:
    """Return a file the permissions of the one that it is about to replace, if there is one."""
    if replaced.exists():
        path.chmod(replaced.stat().st_mode & 0o777)
