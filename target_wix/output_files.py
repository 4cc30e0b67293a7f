"""Where a run may write its files: each to a place of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_STANDARD_OUTPUT = "-"
_WRITTEN = ("results_path", "report_path")


def check_outputs(config: Mapping[str, Any], product_file: Path | None = None) -> None:
    """See that no file would overwrite another one, or go where the states go.

    Args:
        config: Settings of the target.
        product_file: The file that is imported.

    Raises:
        SettingsError: Names the settings.
    """
    for name in _WRITTEN:
        if config.get(name) and _is_standard_output(str(config[name])):
            msg = f"`{name}` is standard output, where the states go. Name a file."
            raise SettingsError(msg)
        if config.get(name) and product_file is not None and _is_same(str(config[name]), str(product_file)):
            msg = f"`{name}` is the product file itself ({product_file}). Name another file."
            raise SettingsError(msg)
    report = config.get("report_path")
    for name in ("results_path", "retry_results"):
        if report and config.get(name) and _is_same(str(report), str(config[name])):
            msg = f"`report_path` and `{name}` are the same file ({report}). Name two files."
            raise SettingsError(msg)


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.realpath(path) == os.path.realpath(other) or Path(path).samefile(other)
    except OSError:  # one of them does not exist yet
        return False


def _is_standard_output(path: str) -> bool:
    if path == _STANDARD_OUTPUT:
        return True
    try:
        is_output = os.path.samestat(Path(path).stat(), os.fstat(sys.stdout.fileno()))
        return is_output and not Path(path).samefile(os.devnull)
    except (OSError, ValueError):  # it does not exist yet, or standard output is no file
        return False
