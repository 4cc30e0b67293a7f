"""The three ways to authenticate with Wix, as `requests` auth objects.

Source: https://dev.wix.com/docs/rest/articles/get-started/authentication
"""

from __future__ import annotations

import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from requests.auth import AuthBase
from typing_extensions import override

from wix_api.errors import CredentialsError
from wix_api.operations import Operation
from wix_api.redaction import never_show, unsendable
from wix_api.site_log import IN_SITE

if TYPE_CHECKING:
    from requests import PreparedRequest

CLIENT_CREDENTIALS = Operation("POST", "/oauth2/token", reads=True)
LEGACY_REFRESH = Operation("POST", "/oauth/access", reads=True)

_RENEW_BEFORE_END = 60.0
"""A token is not used during its last seconds: it must outlive the request."""

_LEGACY_LIFE = 300.0
"""Lifetime of a legacy access token in seconds; Wix documents it but does not send it."""


TokenRequest = Callable[[Operation, Mapping[str, str]], Mapping[str, object]]
"""Sends one token request, without authentication, and returns the decoded response."""


class WixAuth(AuthBase):
    """Adds the authorization header; `settings` names the settings it came from, for messages."""

    settings = ""

    @abstractmethod
    def authorization(self) -> str:
        """Return the value of the header. Wix expects keys and tokens without `Bearer`."""

    def renew(self, refused: str) -> bool:  # noqa: ARG002
        """Try to replace the credential that was refused with a 401. True if the call should be sent again."""
        return False

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = self.authorization()
        return r

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ApiKeyAuth(WixAuth):
    """An API key of the account, and the site to access. The key does not expire."""

    settings = "`api_key` and `site_id`"
    header = "wix-site-id"

    def __init__(self, api_key: str, accessed_id: str | None) -> None:
        self._api_key = api_key
        self._accessed_id = accessed_id
        if IN_SITE.get():
            self.settings = "`api_key` and the ID of the site"

    @override
    def authorization(self) -> str:
        return self._api_key

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        if self._accessed_id:
            r.headers[self.header] = self._accessed_id
        return super().__call__(r)


class AccountKeyAuth(ApiKeyAuth):
    """An API key for calls about the account itself, and its ID, if it is known.

    Wix documents that the ID is needed, and some accounts did without.
    """

    settings = "`api_key` and `account_id`"
    header = "wix-account-id"


class _TokenAuth(WixAuth):
    """A short-lived token, requested when needed and once for all threads."""

    operation: ClassVar[Operation]

    def __init__(self, body: dict[str, str], request_token: TokenRequest) -> None:
        self._body = body
        self._request_token = request_token
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = float("-inf")

    @override
    def authorization(self) -> str:
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._fetch()
            return self._token

    @override
    def renew(self, refused: str) -> bool:
        with self._lock:
            # Another thread may have renewed it while this one waited for the answer to its request.
            if self._token == refused:
                self._fetch()
            return True

    def _fetch(self) -> None:
        answer = self._ask()
        token = answer.get("access_token")
        if not isinstance(token, str) or not token or unsendable(token):
            msg = f"Wix returned no usable access token. Check {self.settings}."
            raise CredentialsError(msg)
        never_show(token)
        self._token = token
        life = _seconds(answer.get("expires_in"))
        # A lifetime shorter than the margin must not lead to a new token for each request.
        self._good_until = time.monotonic() + max(life - _RENEW_BEFORE_END, life / 2)

    def _ask(self) -> Mapping[str, object]:
        """Request a token from Wix."""
        return self._request_token(self.operation, self._body)


class ClientCredentialsAuth(_TokenAuth):
    """An app that is installed on the site: a token for four hours, without a refresh token."""

    settings = "`app_id`, `app_secret` and `instance_id`"
    operation = CLIENT_CREDENTIALS

    def __init__(self, app_id: str, app_secret: str, instance_id: str, request_token: TokenRequest) -> None:
        body = {
            "instance_id": instance_id,
            "client_id": app_id,
            "client_secret": app_secret,
            "grant_type": "client_credentials",
        }
        super().__init__(body, request_token)


class RefreshTokenAuth(_TokenAuth):
    """An older app with a refresh token: access tokens for five minutes.

    Wix documents the refresh token as permanent, but its own client keeps the token of each answer, and so does this
    one.
    """

    settings = "`app_id`, `app_secret` and `refresh_token`"
    operation = LEGACY_REFRESH

    def __init__(self, app_id: str, app_secret: str, refresh_token: str, request_token: TokenRequest) -> None:
        body = {
            "grant_type": "refresh_token",
            "client_id": app_id,
            "client_secret": app_secret,
            "refresh_token": refresh_token,
        }
        super().__init__(body, request_token)

    @override
    def _ask(self) -> Mapping[str, object]:
        answer = super()._ask()
        rotated = answer.get("refresh_token")
        if isinstance(rotated, str) and rotated:
            never_show(rotated)
            self._body["refresh_token"] = rotated
        return answer


def _seconds(expires_in: object) -> float:
    """Read a lifetime in seconds that may be a number, a numeric string, missing or not above 0."""
    try:
        life = float(str(expires_in))
    except ValueError:
        return _LEGACY_LIFE
    return life if 0 < life < math.inf else _LEGACY_LIFE
