"""Files with personal data: only their owner may read them."""

from __future__ import annotations

import errno
import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

private = partial(os.open, mode=0o600)
"""Value of `opener` for `open`. A file that exists keeps its permissions."""


def append(descriptor: int, text: bytes) -> None:
    """Write a text to a file that is open for appending.

    Raises:
        OSError: The disk is full, so the file may have a part of the text.
    """
    if os.write(descriptor, text) < len(text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def keep_mode(path: Path, replaced: Path) -> None:
    """Set the permissions of a file to those of the file that it is about to replace, if that exists."""
    if replaced.exists():
        path.chmod(replaced.stat().st_mode & 0o777)
