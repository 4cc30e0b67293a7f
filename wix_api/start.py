"""Entry points of the commands. They import a command only once Ctrl-C ends the process without a traceback."""

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
    run = import_module(module).run
    signal.signal(signal.SIGINT, before)
    run()


tap_wix = partial(_start, "tap_wix.__main__")
target_wix = partial(_start, "target_wix.__main__")
wix_api = partial(_start, "wix_shop.calling.__main__")
wix_export = partial(_start, "wix_shop.exporting.__main__")
wix_import = partial(_start, "wix_shop.importing.__main__")
wix_listen = partial(_start, "wix_listen.__main__")
wix_undo = partial(_start, "wix_shop.undoing.__main__")
