"""The caller of a request: an API key with site id, or an access token of the installed app.

Sources: https://dev.wix.com/docs/rest/articles/getting-started/api-keys and
https://dev.wix.com/docs/build-apps/develop-your-app/access/authentication.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.clock import IdSource
from wix_sandbox.errors import WixError, bad_request
from wix_sandbox.values import camel_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.clock import SettableClock
    from wix_sandbox.readings import Readings
    from wix_sandbox.values import Entity

API_KEY = "IST.wix-sandbox-local-key"
SITE_ID = "5a4db0c5-0000-4000-8000-000000000001"
ACCOUNT_ID = "5a4db0c5-0000-4000-8000-000000000002"
APP_ID = "5a4db0c5-0000-4000-8000-000000000003"
APP_SECRET = "wix-sandbox-local-app-secret"  # noqa: S105 - printed at every start; only valid for this sandbox
INSTANCE_ID = "5a4db0c5-0000-4000-8000-000000000004"
REFRESH_TOKEN = "OAUTH2.wix-sandbox-refresh-token"  # noqa: S105 - as above

NOBODY = -1
"""Number of the site that answers requests of no site of an account: it refuses them, or lists the sites."""


@dataclass(frozen=True)
class Identity:
    """A site of the account: its id, the id of the app's installation on it, and the app's refresh token for it."""

    site_id: str = SITE_ID
    instance_id: str = INSTANCE_ID
    refresh_token: str = REFRESH_TOKEN

    @classmethod
    def of(cls, number: int) -> Identity:
        """Return the identity of a site by its number in an account; 0 is the only site of a plain sandbox."""
        if not number:
            return cls()
        if number == NOBODY:
            return cls(*("00000000-0000-4000-8000-00000000a11e",) * 3)
        site_id, instance_id = (f"5a4db0c5-0000-4000-8{kind:03d}-{number:012d}" for kind in (1, 4))
        return cls(site_id, instance_id, f"{REFRESH_TOKEN}-{number}")


class Caller(Enum):
    """The credential that an endpoint accepts."""

    SITE = "site"
    """An API key with the site's id, or an app's token."""
    ACCOUNT = "account"
    """An API key with the account's id."""
    APP = "app"
    """An app's token: an API key is refused with 403."""


SITE_HEADER, ACCOUNT_HEADER = "wix-site-id", "wix-account-id"
NO_SITE = "No Metasite Context"
CLIENT_CREDENTIALS_SECONDS = 14_400
REFRESHED_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that was issued."""

    issued: float
    expires: float


class Authenticator:
    """Checks credentials and issues access tokens."""

    def __init__(
        self, clock: SettableClock, readings: Readings, identity: Identity, *, rotate: bool, seed: int
    ) -> None:
        self.identity = identity
        self._clock = clock
        self._readings = readings
        self._rotate = rotate
        self._ids = IdSource(seed + 1)
        self._tokens: dict[str, Token] = {}
        self._refresh_token = identity.refresh_token

    def who(self, headers: Mapping[str, str], wanted: Caller = Caller.SITE) -> str:
        """Return the kind of caller of an API request: `api-key` or `app`.

        Raises:
            WixError: 401 for a missing, unknown or expired credential and for an app's token with a site id; 404 (or
                401, a reading) for a key with another site's id; 403 for a key without the id that the endpoint needs,
                and for a credential that the endpoint does not accept.
        """
        credential = headers.get("authorization", "").strip()
        if credential[:7].lower() == "bearer ":
            credential = credential[7:].strip()
        if credential == API_KEY:
            self._check_key(headers, wanted)
            return "api-key"
        token = self._tokens.get(credential)
        if token is None or token.expires <= self._seconds():
            # Choice: Wix does not document the text.
            raise WixError(HTTPStatus.UNAUTHORIZED, "Authorization is missing, malformed or expired")
        if SITE_HEADER in headers:
            raise WixError(HTTPStatus.UNAUTHORIZED, f"{NO_SITE} in identity")
        if wanted is Caller.ACCOUNT:
            raise WixError(HTTPStatus.FORBIDDEN, "")
        return "app"

    def _check_key(self, headers: Mapping[str, str], wanted: Caller) -> None:
        """Check the ids that are sent with an API key."""
        site_id, account_id, own = headers.get(SITE_HEADER), headers.get(ACCOUNT_HEADER), self.identity.site_id
        if site_id and account_id and self._readings["site-and-account-id"] == "refused":
            raise WixError(HTTPStatus.UNAUTHORIZED, NO_SITE)
        if wanted is Caller.SITE and site_id and site_id != own:
            raise WixError(int(self._readings["foreign-site"]), f"meta-site {site_id} not found")
        given, expected = {Caller.SITE: (site_id, own), Caller.ACCOUNT: (account_id, ACCOUNT_ID)}.get(
            wanted, (None, "")
        )
        if given != expected:
            raise WixError(HTTPStatus.FORBIDDEN, "")

    def give_token(self, body: Entity) -> dict[str, Any]:
        """Answer `POST /oauth2/token` with client credentials: a token of 4 hours.

        Raises:
            WixError: 400 for another grant, 401 for wrong credentials.
        """
        if body.get("grant_type", body.get("grantType")) != "client_credentials":
            raise bad_request("unsupported grant_type")
        asked = (_either(body, "client_id"), _either(body, "client_secret"), _either(body, "instance_id"))
        if asked != (APP_ID, APP_SECRET, self.identity.instance_id):
            raise WixError(HTTPStatus.UNAUTHORIZED, "invalid client credentials or instance id")
        token = self._issue(CLIENT_CREDENTIALS_SECONDS)
        return {"access_token": token, "token_type": "Bearer", "expires_in": CLIENT_CREDENTIALS_SECONDS}

    def refresh(self, body: Entity) -> dict[str, Any]:
        """Answer `POST /oauth/access` with a refresh token: an access token of 5 minutes.

        Raises:
            WixError: 400 for another grant, 401 for wrong credentials.
        """
        if _either(body, "grant_type") != "refresh_token":
            raise bad_request("unsupported grant_type")
        asked = (_either(body, "client_id"), _either(body, "client_secret"), _either(body, "refresh_token"))
        if asked != (APP_ID, APP_SECRET, self._refresh_token):
            raise WixError(HTTPStatus.UNAUTHORIZED, "invalid client credentials or refresh token")
        if self._rotate:
            self._refresh_token = f"OAUTH2.{self._ids.guid()}"
        return {"refresh_token": self._refresh_token, "access_token": self._issue(REFRESHED_SECONDS)}

    def describe(self, body: Entity) -> dict[str, Any]:
        """Answer `POST /oauth2/token-info`: the data of a token."""
        token = self._tokens.get(str(body.get("token")))
        if token is None or token.expires <= self._seconds():
            return {"active": False}
        times = {"exp": str(int(token.expires)), "iat": str(int(token.issued))}
        whose = {"subjectType": "APP", "subjectId": APP_ID, "clientId": APP_ID}
        own = self.identity
        return {"active": True, **whose, **times, "siteId": own.site_id, "instanceId": own.instance_id}

    def expire_all(self) -> int:
        """End every access token now, and return how many there were."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended

    def _issue(self, seconds: int) -> str:
        now = self._seconds()
        own = self.identity
        inner = {"instance": {"instanceId": own.instance_id, "appDefId": APP_ID, "metaSiteId": own.site_id}}
        claims = {"data": msgspec.json.encode(inner).decode(), "iat": int(now), "exp": int(now) + seconds}
        parts = ({"alg": "none", "kid": "wix-sandbox"}, claims, {"jti": self._ids.guid()})
        text = ".".join(base64.urlsafe_b64encode(msgspec.json.encode(each)).decode().rstrip("=") for each in parts)
        token = f"OauthNG.JWS.{text}"
        self._tokens[token] = Token(now, now + seconds)
        return token

    def _seconds(self) -> float:
        return self._clock().timestamp()


def site_of_token(token: str) -> str:
    """Return the id of the site for which an access token was issued; "" if it is no access token."""
    parts = token.split(".")
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[3] + "=" * (-len(parts[3]) % 4)))
        return str(msgspec.json.decode(claims["data"])["instance"]["metaSiteId"])
    except (IndexError, KeyError, TypeError, ValueError):  # not a token of this sandbox
        return ""


def _either(body: Entity, name: str) -> Any:
    """Return a member in snake case, or in the camel case that some published code sends."""
    return body.get(name, body.get(camel_case(name)))


_FIRST = Identity()


def key_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for an API key: `{api_url, api_key, site_id}`, and `requests_per_minute` if there is a quota."""
    return {"api_url": url, "api_key": API_KEY, "site_id": identity.site_id, **_pace(quota)}


def account_config(url: str, quota: int) -> dict[str, Any]:
    """Return settings for all sites of the account: `{api_url, api_key, account_id, sites}`, and the quota of each."""
    key = {"api_key": API_KEY, "account_id": ACCOUNT_ID}
    return {"api_url": url, **key, "sites": "account", **_pace(quota)}


def app_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for client credentials: `{api_url, app_id, app_secret, instance_id}`, and the quota."""
    return {**_app(url), "instance_id": identity.instance_id, **_pace(quota)}


def refresh_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for the legacy refresh token: `{api_url, app_id, app_secret, refresh_token}`, and the quota."""
    return {**_app(url), "refresh_token": identity.refresh_token, **_pace(quota)}


def _app(url: str) -> dict[str, Any]:
    return {"api_url": url, "app_id": APP_ID, "app_secret": APP_SECRET}


def _pace(quota: int) -> dict[str, int]:
    return {"requests_per_minute": quota} if quota else {}
