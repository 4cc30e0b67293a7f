"""Settings that need or exclude others, or name streams that do not exist."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from tap_wix.sites.receipts import SiteRuns
from tap_wix.streams import STORE_STREAM_NAMES, STREAM_NAMES
from tap_wix.streams.events import Events
from wix_api.errors import SettingsError
from wix_api.settings_check import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_combinations(config: Mapping[str, Any]) -> None:
    """Raise `SettingsError` if a setting needs or excludes another one, or names a stream that does not exist."""
    if config.get("start_date") and config.get("full_sync_every"):
        msg = "Set only one of `full_sync_every` and `start_date`: a full read begins at the first row."
        raise SettingsError(msg)
    if unknown := sorted((config.get("schema_extra") or {}).keys() - set(STREAM_NAMES)):
        msg = f"Setting `schema_extra` names streams that do not exist: {', '.join(unknown)}."
        raise SettingsError(msg)
    if config.get("add_site_id") and not config.get("site_id"):
        msg = "Setting `add_site_id` needs `site_id`, also with the credentials of an app."
        raise SettingsError(msg)
    names_site = any(config.get(each) for each in ("site_id", "instance_id", "sites"))
    if config.get("change_log") and config.get("refresh_token") and not names_site:
        msg = "Setting `change_log` needs `site_id` with a `refresh_token`, to keep the rows of each site apart."
        raise SettingsError(msg)
    if config.get("change_log") and not config.get("emit_activate_version_messages"):
        msg = "Setting `change_log` needs versions: leave `emit_activate_version_messages` on."
        raise SettingsError(msg)


def check_stream_maps(config: Mapping[str, Any]) -> None:
    """Refuse stream maps of streams that do not exist: what they hide or remove would be written.

    Raises:
        SettingsError: A map applies to no stream of any catalog and setting, or its `__source__` is no text.
    """
    custom = [each["name"] for each in config.get("custom_streams") or []]
    known = [*STREAM_NAMES, *STORE_STREAM_NAMES, *custom, Events.name, SiteRuns.name]
    for name, wanted in (config.get("stream_maps") or {}).items():
        source = wanted.get("__source__", name) if isinstance(wanted, dict) else name
        if not isinstance(source, str):
            msg = f"Setting `stream_maps`: `__source__` of `{name}` must be the name of a stream. Correct or remove it."
            raise SettingsError(msg)
        if name != "__else__" and not any(fnmatch(each, source) for each in known):
            advice = did_you_mean(source, known, "Correct or remove it.")
            msg = f"Setting `stream_maps`: there is no stream `{source}`. {advice}"
            raise SettingsError(msg)
