"""Settings of commands on top of one plugin. Their config file may also have the settings of the other plugin."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.tap import TapWix
from target_wix.errors import TargetError
from target_wix.stopping import StopSign
from target_wix.target import TargetWix, at_site
from wix_api.config_file import overridden
from wix_api.errors import SettingsError, WixError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.plugin_base import PluginBase

    from target_wix.target import GivenConfig


_MANY_SITES = (
    "`sites` names many sites, and this command works with one. Set `site_id` to its ID, for example with {}_SITE_ID."
)
_OPTIONS = {
    "results_path": "--results",
    "report_path": "--report",
    "undo_path": "--undo",
    "max_deletes": "--max-deletes",
    "stream_options.products.match_on": "--match-on",
}
"""Options of the commands, by the settings that they set."""


class _NoSign(StopSign):
    """The stop sign of a target that only checks settings: signals end the command as usual."""

    @override
    def handle_signals(self) -> None:
        """Leave the handlers of the process as they are."""


def settings_of_target(config: GivenConfig) -> dict[str, Any]:
    """Return the settings of target-wix in config files and in `TARGET_WIX_…` variables.

    Files override variables, which may be those of another site in an `.env` of a folder above. With `--config ENV`,
    variables override files, as for target-wix itself.

    Raises:
        SettingsError: A setting is wrong, neither plugin has it, or `sites` names many sites.
    """
    own = _own(config.config, TargetWix, TapWix)
    own = {name: value for name, value in own.items() if value is not None}
    if not config.parse_env:
        own = overridden(TargetWix.environment(), own)
    settings = dict(TargetWix(config=own, parse_env_config=config.parse_env, stop=_NoSign()).config)
    refuse_many_sites({**settings, "sites": config.config.get("sites")}, "TARGET_WIX")
    return settings


def refuse_many_sites(settings: Mapping[str, Any], prefix: str) -> None:
    """Raise `SettingsError` if `sites` is set, and no setting names the one site of the command.

    Args:
        settings: Settings of the command.
        prefix: Beginning of the names of variables that the command reads.
    """
    if settings.get("sites") is not None and not (settings.get("site_id") or settings.get("app_id")):
        raise SettingsError(_MANY_SITES.format(prefix))


def undo_command(config: GivenConfig, settings: Mapping[str, Any]) -> str:
    """Return how a shell starts `wix-undo` with the same settings. With `by_site`, a variable names the site."""
    site_id = settings.get("site_id") if settings.get("by_site") else None
    return at_site(site_id, config.undo_command) if site_id else config.undo_command


def settings_of_tap(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings in a config file that are not settings of target-wix alone."""
    return _own(given, TapWix, TargetWix)


def _own(given: Mapping[str, Any], plugin: type[PluginBase], other: type[PluginBase]) -> dict[str, Any]:
    """Return settings without those that only the other plugin has. Unknown ones stay, so that they are refused."""
    mine, theirs = _properties(plugin), _properties(other)
    settings = {name: value for name, value in given.items() if name in mine or name not in theirs}
    options = settings.get("stream_options")
    if isinstance(options, dict):
        foreign = _options(theirs) - _options(mine)
        settings["stream_options"] = {
            stream: kept
            for stream, each in options.items()
            if (kept := _without(each, foreign)) or not each  # a stream may be one of the other plugin only
        }
    return settings


def _without(options: Any, names: set[str]) -> Any:
    return (
        {name: value for name, value in options.items() if name not in names} if isinstance(options, dict) else options
    )


def _options(properties: Mapping[str, Any]) -> set[str]:
    """Return the names of the options of a stream."""
    return set(properties["stream_options"]["additionalProperties"]["properties"])


@cache
def _properties(plugin: type[PluginBase]) -> dict[str, Any]:
    """Return the JSON Schemas of all settings of a plugin, including those that the SDK adds."""
    schema: dict[str, Any] = deepcopy(plugin.config_jsonschema)
    plugin.append_builtin_config(schema)
    properties: dict[str, Any] = schema["properties"]
    return properties


@contextmanager
def with_options(given: Mapping[str, Any], used: Mapping[str, Any]) -> Iterator[None]:
    """Replace settings by options in the messages of errors.

    Args:
        given: Settings of config files and variables. A setting whose value comes from there keeps its name.
        used: Settings with the options of the command.
    """
    try:
        yield
    except (TargetError, WixError) as error:
        text = str(error)
        for setting, option in _OPTIONS.items():
            if (value := _value(given, setting)) is None or value != _value(used, setting):
                text = text.replace(f"`{setting}`", f"`{option}`")
        error.args = (text,)
        raise


def _value(settings: Mapping[str, Any], path: str) -> Any:
    found: Any = settings
    for name in path.split("."):
        found = (found or {}).get(name)
    return found
