"""Reads files of settings, and says what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wix_api.errors import SettingsError


def read_config(path: str | Path) -> dict[str, Any]:
    """Give the settings that a file holds.

    Raises:
        SettingsError: It cannot be read, is not JSON, or holds something else than one object.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"--config {path} cannot be read: {error.strerror}."
        raise SettingsError(msg) from None
    except json.JSONDecodeError as error:
        msg = f"--config {path} is not JSON (line {error.lineno}, column {error.colno}). Mend it."
        raise SettingsError(msg) from None
    except UnicodeDecodeError:
        msg = f"--config {path} is no text in UTF-8. Save it as such."
        raise SettingsError(msg) from None
    if not isinstance(content, dict):
        msg = f"--config {path} holds no settings. They stand in one JSON object."
        raise SettingsError(msg)
    return content


def check_configs(given: tuple[str, ...]) -> None:
    """Complain of the first file of `--config` that holds no settings; `ENV` names none.

    Raises:
        SettingsError: As `read_config` does.
    """
    for path in given:
        if path != "ENV":
            read_config(path)
