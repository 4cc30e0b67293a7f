"""The settings of many sites, and the sites that they name."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.sites.site_files import read_entries
from wix_api.errors import SettingsError
from wix_api.settings import CONNECTION_PROPERTIES, SECRETS
from wix_api.settings_check import check_settings, without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACCOUNT = "account"
"""The value of `sites` for all sites of the account."""
DEFAULT_SITES = 8
_SITES = {"type": ["array", "null"], "items": {"type": "string", "minLength": 1}}

SITES_PROPERTIES: dict[str, dict[str, Any]] = {
    "sites": {
        "type": ["string", "array", "null"],
        "items": {"type": ["string", "object"]},
        "title": "Sites",
        "description": "Read many sites in one run: a list of site IDs, or of objects with `site_id` and settings of "
        "the site; a file with such a list (`.yaml`, `.json`, `.csv`, or `.jsonl`, also as Singer records); or "
        "`account` for all sites of the API key's account. All records then have the column `siteId`.",
    },
    "account_id": {
        "type": ["string", "null"],
        "title": "Account ID",
        "description": "ID of the Wix account, for `sites: account`.",
    },
    "sites_include": {
        **_SITES,
        "title": "Sites to include",
        "description": "Read only sites whose ID or name matches one of these patterns, for example `shop-*`.",
    },
    "sites_exclude": {
        **_SITES,
        "title": "Sites to exclude",
        "description": "Do not read sites whose ID or name matches one of these patterns.",
    },
    "only_sites": {
        **_SITES,
        "title": "Only these sites",
        "description": "IDs of sites to read in this run, also if they are parked. Like the option `--site`.",
    },
    "max_sites": {
        "type": ["integer", "null"],
        "title": "Sites at once",
        "description": "Number of sites that are read at once. A site that takes more than a minute no longer counts, "
        "up to the same number of such sites.",
        "minimum": 1,
        "maximum": 100,
        "default": DEFAULT_SITES,
    },
    "fail_above": {
        "type": ["number", "null"],
        "title": "Fail above",
        "description": "Share of failed sites from 0 to 1 above which a run ends with exit code 1. Parked sites do not "
        "count.",
        "minimum": 0,
        "maximum": 1,
        "default": 0,
    },
    "run_id": {
        "type": ["string", "null"],
        "title": "Run ID",
        "description": "Any name of this run, for schedulers that repeat a run that failed: with the same name and the "
        "last state, sites that are already complete are not read again, and a site that fails again counts as one "
        "failed run.",
    },
    "forget_absent_sites": {
        "type": ["boolean", "null"],
        "title": "Forget absent sites",
        "description": "Remove sites from the state that `sites` no longer has.",
        "default": False,
    },
}

_CREDENTIALS = (*SECRETS, "app_id", "instance_id")
_OF_APPS = ("app_id", "app_secret", "instance_id", "refresh_token")
_ENV, _FILE = "_env", "_file"
_NAME = "name"
_OWN = (
    "start_date",
    "lookback_seconds",
    "reread_orders_days",
    "max_concurrency",
    "full_sync_every",
    "cart_ids",
    "checkout_ids",
    "conversation_ids",
    "conversation_contact_ids",
    "form_namespaces",
    "on_stream_error",
    "stream_options",
)
"""Settings of the tap that a site may have for itself. The others decide about tables, which the sites share."""
_EITHER = (("start_date", "full_sync_every"), ("full_sync_every", "start_date"))
"""Settings that exclude each other: that of a site counts instead of the other one of all sites."""


@dataclass(frozen=True)
class Site:
    """One of many sites.

    Attributes:
        id: The site's ID.
        name: Its name, if it is known.
        own: Settings of the site, without the names of its secrets' places.
        secrets: Places of secrets: `{setting: (is_file, name of the variable or file)}`.
    """

    id: str
    name: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, tuple[bool, str]] = field(default_factory=dict)

    def config(self, shared: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings with which the site is read. `shared` are those of the run.

        Raises:
            SettingsError: A secret is not where the site says.
        """
        own = {**self.own, **{name: _secret(name, *place) for name, place in self.secrets.items()}}
        common = {name: value for name, value in shared.items() if name not in SITES_PROPERTIES}
        if self._is_of_app(shared):
            common.pop("api_key", None)
        for name, other in _EITHER:
            if own.get(name) and not own.get(other):
                common.pop(other, None)
        return {**common, **own, "site_id": self.id, "add_site_id": True}

    def _is_of_app(self, shared: Mapping[str, Any]) -> bool:
        """True if the site is read with the credentials of an app."""
        own = self.own.keys() | self.secrets.keys()
        if "api_key" in own:
            return False
        of_app = own & set(_OF_APPS)
        if of_app == {"instance_id"} and not shared.get("app_id"):
            of_app = set()  # only names the site in events
        return bool(of_app) or not shared.get("api_key")

    def installation(self, shared: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Return the setting that names the app's installation, and its value or place; None with an API key."""
        given = {**shared, **self.own, **self.secrets}
        names = ("instance_id", "refresh_token") if self._is_of_app(shared) else ()
        return next(((name, given[name]) for name in names if given.get(name)), None)

    @override
    def __str__(self) -> str:
        return f"{self.id} ({self.name})" if self.name else self.id


def _secret(name: str, is_file: bool, place: str) -> str:  # noqa: FBT001 - a pair of a table
    if not is_file:
        value = os.environ.get(place, "")
        if not value:
            msg = f"Its `{name}{_ENV}` names the environment variable {place}, which is not set."
            raise SettingsError(msg)
        return value
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        msg = f"Its `{name}{_FILE}` names the file {place}, which cannot be read: {reason}."
        raise SettingsError(msg) from None


def check_sites(config: Mapping[str, Any]) -> None:
    """Raise `SettingsError` for a setting that many sites cannot have, or that needs `sites`."""
    if config.get("sites") is None:
        for name in ("only_sites", "run_id", "sites_include", "sites_exclude"):
            if config.get(name):
                also = " (and `--site`)" if name == "only_sites" else ""
                msg = f"Setting `{name}`{also} needs `sites`."
                raise SettingsError(msg)
        return
    if config["sites"] == ACCOUNT and not config.get("account_id"):
        msg = "`sites: account` needs `account_id`: the ID of the account that the API key belongs to."
        raise SettingsError(msg)
    if config.get("catalog_shape") == "native":
        msg = "Setting `catalog_shape: native` has other columns on each store catalog, so it cannot be used with "
        msg += "`sites`. Remove it."
        raise SettingsError(msg)
    without = [str(each.get("name")) for each in config.get("custom_streams") or () if "schema" not in each]
    if without:
        msg = f"`custom_streams`: with `sites`, {', '.join(f'`{name}`' for name in without)} needs a `schema`."
        raise SettingsError(msg)


def named_sites(given: str | list[Any], properties: Mapping[str, Mapping[str, Any]]) -> list[Site]:
    """Return the sites of a list or a file.

    `given` is the setting `sites`, unless it is `account`; `properties` are the JSON Schemas of the settings.

    Raises:
        SettingsError: The file cannot be read, or an entry is wrong.
    """
    entries: Iterable[Any] = given
    where = "`sites`"
    if given and isinstance(given, str):
        entries, where = read_entries(given, _of_entries(properties)), given
    sites = [_site(entry, f"{where}, entry {number}", properties) for number, entry in enumerate(entries, 1)]
    ids = [site.id for site in sites]
    if len(set(ids)) < len(ids):
        twice = next(each for each in ids if ids.count(each) > 1)
        msg = f"{where} has the site {twice} twice. Remove one entry."
        raise SettingsError(msg)
    if not sites:
        msg = f"{where} has no sites. Add some, or remove the setting `sites`."
        raise SettingsError(msg)
    return sites


def check_installations(sites: Iterable[Site], config: Mapping[str, Any]) -> None:
    """Check that no two sites are read with one installation of an app, which reaches one site only.

    Raises:
        SettingsError: Two are; the rows of one site would count as those of both.
    """
    found: dict[tuple[str, Any], Site] = {}
    for site in sites:
        installation = site.installation(config)
        if installation is None:
            continue
        other = found.setdefault(installation, site)
        if other is not site:
            name = installation[0]
            msg = (
                f"The sites {other} and {site} have the same `{name}`, which belongs to one site. Give each entry of "
                f"`sites` its own `{name}`, or use an API key."
            )
            raise SettingsError(msg)


def chosen(sites: Iterable[Site], config: Mapping[str, Any]) -> list[Site]:
    """Return the sites that the settings include and do not exclude."""
    include, exclude = (config.get(f"sites_{way}") or () for way in ("include", "exclude"))
    return [site for site in sites if (not include or _matches(site, include)) and not _matches(site, exclude)]


def _matches(site: Site, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(site.id, pattern.lower()) or (site.name and fnmatchcase(site.name, pattern)) for pattern in patterns
    )


def _site(entry: Any, where: str, properties: Mapping[str, Mapping[str, Any]]) -> Site:
    if isinstance(entry, str):
        entry = {"site_id": entry}
    if not isinstance(entry, dict):
        msg = f"{where} is neither a site ID nor an object with `site_id`."
        raise SettingsError(msg)
    entry = without_nulls(entry)
    if not str(entry.get("site_id", "")).strip():
        msg = f"{where} lacks `site_id`, which names the site in records and in the state."
        raise SettingsError(msg)
    try:
        check_settings(entry, {"properties": _of_entries(properties)}, "tap-wix")
    except SettingsError as error:
        msg = f"{where}: {error}"
        raise SettingsError(msg) from None
    site_id = str(entry.pop("site_id")).strip().lower()  # some databases return GUIDs in capitals
    name = str(entry.pop(_NAME, ""))
    secrets = {
        setting: (suffix == _FILE, str(entry.pop(setting + suffix)))
        for suffix in (_ENV, _FILE)
        for setting in _CREDENTIALS
        if setting + suffix in entry
    }
    return Site(site_id, name, entry, secrets)


def _of_entries(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the JSON Schemas of what an entry may have."""
    own = {name: rule for name, rule in properties.items() if name in CONNECTION_PROPERTIES or name in _OWN}
    text: dict[str, Any] = {"type": ["string", "null"]}
    places = {name + suffix: text for name in _CREDENTIALS for suffix in (_ENV, _FILE)}
    return {_NAME: text, **own, **places}
