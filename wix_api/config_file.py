"""Reads files of settings, and reports what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError
from wix_api.json_file import read_json

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = "ENV"
"""Value of `--config` for the settings of the environment."""


def read_config(path: str | Path) -> dict[str, Any]:
    """Return the settings of a file.

    Raises:
        SettingsError: The file cannot be read, is not JSON, or is not a single object.
    """
    content = read_json(path, "--config")
    if not isinstance(content, dict):
        msg = f"--config {path} has no settings. The file must be one JSON object."
        raise SettingsError(msg)
    return content


def read_configs(given: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of all files of `--config`; later files override earlier ones. `ENV` is not a file.

    Raises:
        SettingsError: As in `read_config`.
    """
    settings: dict[str, Any] = {}
    for path in given:
        if path != ENVIRONMENT:
            settings |= read_config(path)
    return settings
