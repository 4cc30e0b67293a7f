"""Entry point of `wix-sandbox`. It imports the command only once Ctrl-C ends the process without a traceback."""

from __future__ import annotations

import signal
import sys
from functools import partial
from importlib import import_module


def _start(module: str) -> None:
    """Run the command of a module, whose import may take a second."""
    if sys.platform == "win32":
        sys.exit("This command runs on Linux and macOS. On Windows, install and run it in WSL.")
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = import_module(module).main
    signal.signal(signal.SIGINT, before)
    run()


main = partial(_start, "wix_sandbox.__main__")
