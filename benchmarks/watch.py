"""Runs a command and prints its cost on standard error: `[exit status, seconds user, seconds system, peak in KiB]`.

A separate program, because the peak of a process starts with that of its parent: a benchmark that had read something
large would hide everything smaller.
"""

from __future__ import annotations

import os
import sys

_SILENT = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]

child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=_SILENT)
_, status, usage = os.wait4(child, 0)
sys.stderr.write(f"[{os.waitstatus_to_exitcode(status)}, {usage.ru_utime}, {usage.ru_stime}, {usage.ru_maxrss}]")
