"""Reads files of settings, and says what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError
from wix_api.json_file import read_json

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = "ENV"
"""What `--config` says to have the settings of the environment."""


def read_config(path: str | Path) -> dict[str, Any]:
    """Return the settings that a file holds.

    Raises:
        SettingsError: It cannot be read, is not JSON, or holds something else than one object.
    """
    content = read_json(path, "--config")
    if not isinstance(content, dict):
        msg = f"--config {path} holds no settings. They must be one JSON object."
        raise SettingsError(msg)
    return content


def read_configs(given: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of all files of `--config`, the later ones over the earlier ones; `ENV` names none.

    Raises:
        SettingsError: As `read_config` does.
    """
    settings: dict[str, Any] = {}
    for path in given:
        if path != ENVIRONMENT:
            settings |= read_config(path)
    return settings
