"""The settings of `wix-listen`: its own, and the connection settings of a site for its automations."""

from __future__ import annotations

from typing import Any

from wix_api.config_file import overridden, read_configs
from wix_api.environment import read_environment
from wix_api.redaction import never_show
from wix_api.settings import CONNECTION_PROPERTIES
from wix_api.settings_check import check_settings, without_nulls

DEFAULT_EVENT_LOG = "sqlite:///wix-events.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8093
DEFAULT_MAX_BYTES = 4 * 1024 * 1024
VARIABLES = "WIX_LISTEN_"

LISTEN_PROPERTIES: dict[str, dict[str, Any]] = {
    "public_key": {
        "type": ["string", "null"],
        "title": "Public key",
        "description": "The app's public key, from the Webhooks page of its dashboard: PEM with its line breaks, or "
        "that whole text in base64. Without it, only automations are received. Set `app_id` as well to refuse tokens "
        "that name another app.",
    },
    "event_log": {
        "type": ["string", "null"],
        "pattern": "^(sqlite:///|postgres(ql)?://).+",
        "examples": [DEFAULT_EVENT_LOG, "postgresql://USER@HOST/DATABASE"],
        "secret": True,
        "writeOnly": True,
        "title": "Event log",
        "description": "Database that stores the events: `sqlite:///FILE`, or `postgresql://USER@HOST/DATABASE` for "
        "several receivers. One log is for one app.",
        "default": DEFAULT_EVENT_LOG,
    },
    "host": {
        "type": ["string", "null"],
        "title": "Host",
        "description": "Address to listen on. `0.0.0.0` or `::` makes it reachable from other machines, without TLS.",
        "default": DEFAULT_HOST,
    },
    "port": {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 65535,
        "title": "Port",
        "description": "Port to listen on; 0 for any free one.",
        "default": DEFAULT_PORT,
    },
    "max_event_bytes": {
        "type": ["integer", "null"],
        "minimum": 1024,
        "maximum": 33_554_432,
        "title": "Largest event",
        "description": "Refuse larger requests with 413.",
        "default": DEFAULT_MAX_BYTES,
    },
    "public_url": {
        "type": ["string", "null"],
        "title": "Public URL",
        "description": "URL at which Wix reaches wix-listen, for `subscribe`: `https://hooks.example.com`.",
    },
    "hint_secret": {
        "type": ["string", "null"],
        "pattern": "^[A-Za-z0-9_-]{32,128}$",
        "secret": True,
        "writeOnly": True,
        "title": "Secret of automations",
        "description": "Part of the URLs that automations call: 32 to 128 random letters, digits, `-` and `_`. "
        "Without it, automations are refused.",
    },
}

SETTINGS: dict[str, dict[str, Any]] = {**LISTEN_PROPERTIES, **CONNECTION_PROPERTIES}
_SCHEMA = {"type": "object", "properties": SETTINGS}


def read_settings(files: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of config files and of the environment; files win, the last one first.

    Raises:
        SettingsError: A file cannot be read, or a setting is unknown or wrong.
    """
    settings = without_nulls(overridden(read_environment(VARIABLES, _SCHEMA), read_configs(files)))
    check_settings(settings, _SCHEMA, "wix-listen")
    never_show(str(settings.get("hint_secret") or ""))
    return settings
