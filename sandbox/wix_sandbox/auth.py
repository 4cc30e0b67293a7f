"""Who calls: API key with site id, or an access token of the installed app.

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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.clock import SettableClock
    from wix_sandbox.values import Entity

API_KEY = "IST.wix-sandbox-local-key"
SITE_ID = "5a4db0c5-0000-4000-8000-000000000001"
ACCOUNT_ID = "5a4db0c5-0000-4000-8000-000000000002"
APP_ID = "5a4db0c5-0000-4000-8000-000000000003"
APP_SECRET = "wix-sandbox-local-app-secret"  # noqa: S105 - printed at every start; opens nothing but this sandbox
INSTANCE_ID = "5a4db0c5-0000-4000-8000-000000000004"
REFRESH_TOKEN = "OAUTH2.wix-sandbox-refresh-token"  # noqa: S105 - as above


class Caller(Enum):
    """Whose credential an endpoint takes."""

    SITE = "site"
    """An API key with the site's id, or an app's token."""
    ACCOUNT = "account"
    """An API key with the account's id."""
    APP = "app"
    """An app's token: an API key is no app, and is answered 403."""


CLIENT_CREDENTIALS_SECONDS = 14_400
REFRESHED_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that was given out."""

    issued: float
    expires: float


class Authenticator:
    """Checks credentials and gives out access tokens."""

    def __init__(self, clock: SettableClock, *, rotate: bool, seed: int) -> None:
        self._clock = clock
        self._rotate = rotate
        self._ids = IdSource(seed + 1)
        self._tokens: dict[str, Token] = {}
        self._refresh_token = REFRESH_TOKEN

    def who(self, headers: Mapping[str, str], wanted: Caller = Caller.SITE) -> str:
        """Name the caller of an API request: `api-key` or `app`.

        Raises:
            WixError: 401 for a missing, unknown or expired credential; 403 for a key with another site's or account's
                id, and for a credential that the endpoint does not take.
        """
        credential = headers.get("authorization", "").strip()
        if credential[:7].lower() == "bearer ":
            credential = credential[7:].strip()
        if credential == API_KEY:
            needed = {Caller.SITE: ("wix-site-id", SITE_ID), Caller.ACCOUNT: ("wix-account-id", ACCOUNT_ID)}
            header, expected = needed.get(wanted, ("", None))
            if headers.get(header, "") != expected:
                raise WixError(HTTPStatus.FORBIDDEN, "")
            return "api-key"
        token = self._tokens.get(credential)
        if token is None or token.expires <= self._seconds():
            # Choice: Wix does not document the text.
            message = "Authorization is missing, malformed or expired"
            raise WixError(HTTPStatus.UNAUTHORIZED, message)
        if wanted is Caller.ACCOUNT:
            raise WixError(HTTPStatus.FORBIDDEN, "")
        return "app"

    def give_token(self, body: Entity) -> dict[str, Any]:
        """`POST /oauth2/token` with client credentials: a token of 4 hours.

        Raises:
            WixError: 400 for another grant, 401 for wrong credentials.
        """
        if body.get("grant_type", body.get("grantType")) != "client_credentials":
            message = "unsupported grant_type"
            raise bad_request(message)
        asked = (_either(body, "client_id"), _either(body, "client_secret"), _either(body, "instance_id"))
        if asked != (APP_ID, APP_SECRET, INSTANCE_ID):
            message = "invalid client credentials or instance id"
            raise WixError(HTTPStatus.UNAUTHORIZED, message)
        token = self._issue(CLIENT_CREDENTIALS_SECONDS)
        return {"access_token": token, "token_type": "Bearer", "expires_in": CLIENT_CREDENTIALS_SECONDS}

    def refresh(self, body: Entity) -> dict[str, Any]:
        """`POST /oauth/access` with a refresh token: an access token of 5 minutes.

        Raises:
            WixError: 400 for another grant, 401 for wrong credentials.
        """
        if _either(body, "grant_type") != "refresh_token":
            message = "unsupported grant_type"
            raise bad_request(message)
        asked = (_either(body, "client_id"), _either(body, "client_secret"), _either(body, "refresh_token"))
        if asked != (APP_ID, APP_SECRET, self._refresh_token):
            message = "invalid client credentials or refresh token"
            raise WixError(HTTPStatus.UNAUTHORIZED, message)
        if self._rotate:
            self._refresh_token = f"OAUTH2.{self._ids.guid()}"
        return {"refresh_token": self._refresh_token, "access_token": self._issue(REFRESHED_SECONDS)}

    def describe(self, body: Entity) -> dict[str, Any]:
        """`POST /oauth2/token-info`: what a token stands for."""
        token = self._tokens.get(str(body.get("token")))
        if token is None or token.expires <= self._seconds():
            return {"active": False}
        times = {"exp": str(int(token.expires)), "iat": str(int(token.issued))}
        whose = {"subjectType": "APP", "subjectId": APP_ID, "clientId": APP_ID}
        return {"active": True, **whose, **times, "siteId": SITE_ID, "instanceId": INSTANCE_ID}

    def expire_all(self) -> int:
        """End every access token now; gives how many there were."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended

    def _issue(self, seconds: int) -> str:
        now = self._seconds()
        inner = {"instance": {"instanceId": INSTANCE_ID, "appDefId": APP_ID, "metaSiteId": SITE_ID}}
        claims = {"data": msgspec.json.encode(inner).decode(), "iat": int(now), "exp": int(now) + seconds}
        parts = ({"alg": "none", "kid": "wix-sandbox"}, claims, {"jti": self._ids.guid()})
        text = ".".join(base64.urlsafe_b64encode(msgspec.json.encode(each)).decode().rstrip("=") for each in parts)
        token = f"OauthNG.JWS.{text}"
        self._tokens[token] = Token(now, now + seconds)
        return token

    def _seconds(self) -> float:
        return self._clock().timestamp()


def _either(body: Entity, name: str) -> Any:
    """A member in snake case, or in the camel case that working public code sends."""
    head, *rest = name.split("_")
    return body.get(name, body.get(head + "".join(word.capitalize() for word in rest)))
