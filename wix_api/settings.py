"""The connection settings as JSON Schema properties, and the client that they configure.

Both plugins show these settings unchanged.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from wix_api.auth import AccountKeyAuth, ApiKeyAuth, ClientCredentialsAuth, RefreshTokenAuth
from wix_api.bodies import BoundedAdapter
from wix_api.catalog import StoreCatalog
from wix_api.client import WixClient
from wix_api.errors import SettingsError
from wix_api.pacing import AUTO_REQUESTS_PER_MINUTE, DEFAULT_REQUESTS_PER_MINUTE, Pacer
from wix_api.redaction import masked_url, never_show, unsendable
from wix_api.retry import DEFAULT_PATIENCE, RetryPolicy
from wix_api.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.adapters import HTTPAdapter

    from wix_api.auth import WixAuth

Client = TypeVar("Client", bound=WixClient)

Connections = BoundedAdapter
"""Connections that the clients of several sites share."""
DEFAULT_API_URL = "https://www.wixapis.com"
_LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.\d{1,3}){3}|::1")
_HOST = re.compile(r"(?=.{1,253}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?|[\da-f.]*:[\da-f:.]*(%[\w.-]+)?", re.ASCII)
_NOT_IN_ADDRESS = re.compile(r"[\s?#\\]")
DEFAULT_TIMEOUT = 120
AUTO = "auto"


def _secret(title: str, description: str) -> dict[str, Any]:
    return {
        "type": ["string", "null"],
        "title": title,
        "description": description,
        "secret": True,
        "writeOnly": True,
    }


CONNECTION_PROPERTIES: dict[str, dict[str, Any]] = {
    "api_key": _secret("API key", "API key of the Wix account (starts with `IST.`). Needs `site_id`."),
    "site_id": {
        "type": ["string", "null"],
        "title": "Site ID",
        "description": "GUID of the site to access with `api_key`: the part of the dashboard's address after "
        "`/dashboard/`.",
    },
    "app_id": {
        "type": ["string", "null"],
        "title": "App ID",
        "description": "ID of a Wix app, instead of `api_key`.",
    },
    "app_secret": _secret("App secret", "Secret key of the app."),
    "instance_id": {
        "type": ["string", "null"],
        "title": "Instance ID",
        "description": "ID of the app's installation on the site (OAuth client credentials).",
    },
    "refresh_token": _secret("Refresh token", "For older apps: a refresh token in place of `instance_id`."),
    "store_catalog": {
        "type": ["string", "null"],
        "title": "Store catalog",
        "description": "Version of the site's store catalog; `auto` asks Wix.",
        "enum": ["auto", "v1", "v3", None],
        "default": "auto",
    },
    "requests_per_minute": {
        "type": ["integer", "string", "null"],
        "title": "Requests a minute",
        "description": "Never send more requests than this in any minute, evenly spread. Wix documents 200 for "
        f"an app on a site. `{AUTO}` begins with 200 and finds out what Wix accepts, up to "
        f"{AUTO_REQUESTS_PER_MINUTE}, which live sites accepted with API keys.",
        "pattern": f"^({AUTO}|[1-9][0-9]{{0,5}}|1000000)$",
        "examples": [DEFAULT_REQUESTS_PER_MINUTE, AUTO],
        "minimum": 1,
        "maximum": 1_000_000,
        "default": DEFAULT_REQUESTS_PER_MINUTE,
    },
    "retry_patience_seconds": {
        "type": ["number", "null"],
        "title": "Retry patience",
        "description": "Retry requests for at most this many seconds while Wix refuses them for their rate "
        "(429), blocks them, or has trouble; then the run ends. Live sites were blocked for up to 15 minutes.",
        "minimum": 0,
        "maximum": 86_400,
        "default": int(DEFAULT_PATIENCE),
    },
    "request_timeout": {
        "type": ["number", "null"],
        "title": "Request timeout",
        "description": "Maximum seconds for one whole answer.",
        "exclusiveMinimum": 0,
        "maximum": 86_400,
        "default": DEFAULT_TIMEOUT,
    },
    "api_url": {
        "type": ["string", "null"],
        "title": "API URL",
        "description": "URL of Wix; a `wix-sandbox` prints its own.",
        "default": DEFAULT_API_URL,
    },
    "allow_http": {
        "type": ["boolean", "null"],
        "title": "Allow HTTP",
        "description": "Whether `api_url` may be a plain HTTP address of another machine; credentials "
        "are then sent unencrypted. Addresses of this machine are always allowed.",
        "default": False,
    },
}

_TEXTS = ("api_key", "site_id", "account_id", "app_id", "app_secret", "instance_id", "refresh_token", "api_url")
SECRETS = ("api_key", "app_secret", "refresh_token")


def connect(  # noqa: PLR0913 - all but the first have defaults
    config: Mapping[str, Any],
    *,
    user_agent: str,
    client: type[Client] = WixClient,  # type: ignore[assignment] # mypy: a default for a type variable
    retry: RetryPolicy | None = None,
    pacer: Pacer | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] | None = None,
    adapter: HTTPAdapter | None = None,
    auth: Callable[[Mapping[str, Any], Transport], WixAuth] | None = None,
) -> Client:
    """Build the client of one site from its settings. Sends nothing yet.

    Args:
        config: Settings, by the names of `CONNECTION_PROPERTIES`.
        user_agent: Name and version of the caller.
        client: Class of the client.
        retry: When failed requests are sent again; by default, within `retry_patience_seconds`.
        pacer: The site's quota; by default, one for `requests_per_minute`.
        clock: Seconds since 1970.
        sleep: Waits some seconds for the quota or before a retry; by default, `time.sleep`.
        adapter: Sends the requests; by default, over pooled connections.
        auth: Chooses the credentials; by default, those of one site.

    Raises:
        SettingsError: No complete set of credentials, an invalid character in a credential, or an `api_url` that is
            not an address.
    """
    config = _trimmed(config)
    never_show(*(str(config.get(name) or "") for name in SECRETS))
    waiting: dict[str, Any] = {"sleep": sleep} if sleep else {}
    pacer = pacer or _pacer(config, waiting)
    retry = retry or _retry(config, waiting)
    transport = Transport(
        _address(config.get("api_url") or DEFAULT_API_URL, allow_http=bool(config.get("allow_http"))),
        pacer,
        timeout=float(config.get("request_timeout") or DEFAULT_TIMEOUT),
        user_agent=user_agent,
        clock=clock,
        adapter=adapter,
    )
    transport.auth = (auth or _auth)(config, transport)
    catalog = StoreCatalog.from_setting(config.get("store_catalog") or "auto")
    return client(transport, pacer, retry=retry, store_catalog=catalog)


def connect_account(config: Mapping[str, Any], *, user_agent: str) -> WixClient:
    """Build the client of the account whose API key the settings have, for the list of its sites.

    Args:
        config: Settings, by the names of `CONNECTION_PROPERTIES`, and `account_id`.
        user_agent: Name and version of the caller.

    Raises:
        SettingsError: As in `connect`.
    """
    return connect(config, user_agent=user_agent, auth=_account_auth)


def shared_connections(most: int, *, waits: bool = False) -> Connections:
    """Return connections for the clients of several sites, which Wix serves at one address.

    Args:
        most: Connections to keep open.
        waits: True if a request waits for one of these; otherwise, it opens another one.
    """
    return Connections(pool_connections=4, pool_maxsize=most, pool_block=waits)


def _account_auth(config: Mapping[str, Any], _transport: Transport) -> WixAuth:
    if not config.get("api_key"):
        msg = "`sites: account` needs an API key of the account. Set `api_key`, and `account_id`."
        raise SettingsError(msg)
    return AccountKeyAuth(config["api_key"], config.get("account_id"))


def _pacer(config: Mapping[str, Any], waiting: Mapping[str, Any]) -> Pacer:
    limit = config.get("requests_per_minute") or DEFAULT_REQUESTS_PER_MINUTE
    if str(limit).strip() == AUTO:
        return Pacer(most=AUTO_REQUESTS_PER_MINUTE, **waiting)
    return Pacer(int(limit), **waiting)


def _retry(config: Mapping[str, Any], waiting: Mapping[str, Any]) -> RetryPolicy:
    patience = config.get("retry_patience_seconds")
    return RetryPolicy(patience=DEFAULT_PATIENCE if patience is None else float(patience), **waiting)


def _trimmed(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings without blanks around texts, such as the line break at the end of a mounted secret.

    Raises:
        SettingsError: A text cannot be part of a request, or the site ID is an address.
    """
    texts = {name: str(config[name]).strip() for name in _TEXTS if config.get(name)}
    for name, text in texts.items():
        reason = unsendable(text)
        if reason:
            msg = f"The setting `{name}` contains {reason}, which cannot be sent. Copy it again."
            raise SettingsError(msg)
    if site_id := texts.get("site_id"):
        if "/" in site_id:
            msg = "The setting `site_id` is an address. Set it to the ID in it: the part after `/dashboard/`."
            raise SettingsError(msg)
        texts["site_id"] = site_id.lower()  # some databases return GUIDs in capitals
    return {**config, **texts}


def _address(api_url: str, *, allow_http: bool) -> str:
    """Return the URL of Wix.

    Raises:
        SettingsError: It is not a URL, or would send the credentials unencrypted to another machine.
    """
    try:
        parts = urlsplit(api_url)
        host = parts.hostname or ""
        is_address = parts.scheme in {"http", "https"} and _HOST.fullmatch(host) and parts.port != 0
        is_address = is_address and api_url.isascii() and not _NOT_IN_ADDRESS.search(api_url)
    except ValueError:  # brackets that are not an IPv6 address, or a port that is not a number
        is_address = False
    if not is_address:
        # What looks like none may be a secret in the wrong place.
        shown = f": {masked_url(api_url)!r}" if "://" in api_url else ""
        msg = f"`api_url` is not an address{shown}. Leave it out for Wix itself, or copy what wix-sandbox prints."
        raise SettingsError(msg)
    if parts.scheme == "http" and not (allow_http or _LOOPBACK.fullmatch(host)):
        msg = (
            f"`api_url` is a plain http:// address of another machine ({masked_url(api_url)}), so credentials would be "
            "sent unencrypted. Use https://, or set `allow_http` to true."
        )
        raise SettingsError(msg)
    return api_url


def _auth(config: Mapping[str, Any], transport: Transport) -> WixAuth:
    """Choose the credentials that are complete: an API key, else an app's installation, else a refresh token."""
    ways: dict[tuple[str, ...], Callable[..., WixAuth]] = {
        ("api_key", "site_id"): ApiKeyAuth,
        ("app_id", "app_secret", "instance_id"): ClientCredentialsAuth,
        ("app_id", "app_secret", "refresh_token"): RefreshTokenAuth,
    }
    for names, make in ways.items():
        values = [config.get(name) for name in names]
        if all(values):
            more = () if make is ApiKeyAuth else (transport.request_token,)
            return make(*values, *more)
    raise SettingsError(_what_is_missing(config, tuple(ways)))


def _what_is_missing(config: Mapping[str, Any], ways: tuple[tuple[str, ...], ...]) -> str:
    given = {name for name, value in config.items() if value}
    # An app may be set next to `site_id`, too, which is no credential.
    begun = max(ways, key=lambda names: (len({*names} & given - {"site_id"}), len({*names} & given)))
    missing = [f"`{name}`" for name in begun if name not in given]
    if len(missing) < len(begun):
        lack = f"setting {missing[0]} is" if len(missing) == 1 else f"settings {' and '.join(missing)} are"
        return f"The {lack} missing: {', '.join(f'`{n}`' for n in begun)} go together."
    return (
        "No credentials. Set `api_key` and `site_id`; or `app_id`, `app_secret` and `instance_id`; "
        "or, for older apps, `app_id`, `app_secret` and `refresh_token`. They belong in the file of `--config`, or in "
        "variables: these begin with TARGET_WIX_ for target-wix, wix-import and wix-undo, with WIX_LISTEN_ for "
        "wix-listen, and with TAP_WIX_ for the others; tap-wix and target-wix read them only with `--config ENV`."
    )
