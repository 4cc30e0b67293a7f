"""Reads files of settings, and reports what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wix_api.errors import SettingsError
from wix_api.json_file import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT = "ENV"
"""Value of `--config` for the settings of the environment."""


def refuse_words(advice: str) -> None:
    """Raise if words of the command line belong to no option; the command must set `allow_extra_args`."""
    context = click.get_current_context(silent=True)
    if context and context.args:
        msg = f"`{context.args[0]}` belongs to no option. {advice}"
        raise click.UsageError(msg)


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
            settings = overridden(settings, read_config(path))
    return settings


def with_environment(
    given: tuple[str, ...], settings: Mapping[str, Any], environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings of files and of the environment. Files win, unless `--config` also names `ENV`."""
    if ENVIRONMENT in given:
        return overridden(settings, environment)
    return overridden(environment, settings)


def overridden(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of two sources, of which the upper one wins.

    If the upper one names the installation of an app, other credentials of the lower one are left out: they belong to
    another site, and would be used in place of the app. If it has an API key and a site, the installation of the lower
    one is left out.
    """
    settings = {**lower, **upper}
    names_installation = upper.get("instance_id") or upper.get("refresh_token")
    is_of_app = names_installation and settings.get("app_id") and settings.get("app_secret")
    is_of_key = upper.get("api_key") or (upper.get("site_id") and not upper.get("app_id"))
    left_out: set[str] = set()
    if upper.get("api_key") and upper.get("site_id"):
        left_out = {"instance_id", "refresh_token"}
    elif is_of_app and not is_of_key:
        left_out = {"instance_id", "api_key", "site_id"} if lower.get("api_key") else {"instance_id"}
    return {name: value for name, value in settings.items() if name in upper or name not in left_out}
