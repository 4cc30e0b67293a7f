"""Sends requests to one site: pooled, paced, authenticated, with timeouts."""

from __future__ import annotations

import logging
import ssl
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import requests
import urllib3.exceptions

from wix_api.answers import UNREADABLE, Answer, check
from wix_api.bodies import MOST_BYTES, BoundedAdapter, OversizedError, read_body, ways
from wix_api.errors import (
    CredentialsError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SettingsError,
    ThrottledError,
    UnavailableError,
    UnexpectedResponseError,
    UnreachableError,
    WixError,
)
from wix_api.operations import Call
from wix_api.redaction import masked_url
from wix_api.usage import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.adapters import HTTPAdapter

    from wix_api.auth import WixAuth
    from wix_api.operations import Operation
    from wix_api.pacing import Pacer

    _Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]

logger = logging.getLogger(__name__)
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # it logs headers that are cut off with a traceback

CONNECT_TIMEOUT = 10.0
POOL_SIZE = 16
_FARTHEST = 10 * 365 * 86_400.0
"""Maximum seconds by which a clock may be ahead; a `Date` farther away is ignored."""
_TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
_CHECK_WAY = "Check `api_url` and the network."
_CHECK_PROXY = "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in the environment."
_CHECK_TLS = "Check `api_url`, the network, and the environment variable REQUESTS_CA_BUNDLE if it is set."
_BAD_PROXY = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)


def _written(url: str, params: Mapping[str, Any] | None = None) -> str:
    """Return a URL as `requests` writes it."""
    request = requests.PreparedRequest()
    request.prepare_url(url, params)
    return str(request.url)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the error of TLS that caused an error, or None."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__context__
    return error


def _proxy_message(error: Exception) -> str:
    """Return what is wrong with the proxy of the environment; its address may contain a password."""
    reason = "is not an address such as http://proxy.example:3128"
    if isinstance(error, requests.exceptions.InvalidSchema):
        reason = 'is a SOCKS proxy, which needs `pip install "requests[socks]"`'
    return f"The proxy of the environment {reason}. {_CHECK_PROXY}"


class Reply(NamedTuple):
    """A success as Wix sent it: status line, headers, body."""

    status: str
    headers: Mapping[str, str]
    body: bytes


class _Exchange(NamedTuple):
    """An answer of any status, its body, and when the pacer allowed the request to start."""

    response: requests.Response
    body: bytes
    started: float


class Transport:
    """The connections to one site.

    Args:
        api_url: URL of Wix, without a path.
        pacer: The site's quota.
        timeout: Maximum seconds for a whole answer.
        user_agent: Name and version of the caller.
        clock: Seconds since 1970, by this machine's clock.
        adapter: Sends the requests; by default, over pooled connections. `close` leaves it open.
    """

    def __init__(  # noqa: PLR0913 - the last two have defaults
        self,
        api_url: str,
        pacer: Pacer,
        *,
        timeout: float,
        user_agent: str,
        clock: Callable[[], float] = time.time,
        adapter: HTTPAdapter | None = None,
    ) -> None:
        self.api_url = api_url.rstrip("/")
        self.answered = False
        """True once any answer came."""
        self.started_at = clock()
        self.meter = Meter()
        self.clock_ahead = 0.0
        """Seconds by which this machine's clock is ahead of Wix's, from the first answer since the start."""
        self.clock = clock
        self._has_compared_clocks = False
        self._has_had_token = False
        self.auth: WixAuth | None = None
        self._pacer = pacer
        self._timeout = (CONNECT_TIMEOUT, timeout)
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        # Read once: `requests` would look at all environment variables before each request.
        self._ways = ways(self.api_url)
        self._is_shared = adapter is not None
        self._adapter = adapter or BoundedAdapter(pool_connections=1, pool_maxsize=POOL_SIZE)

    def reply(self, call: Call) -> Reply:
        """Send a call and return its success.

        Raises:
            WixError: Any other answer; see `wix_api.errors`.
        """
        auth = None if call.url else self.auth
        exchange = self._exchange(call, auth)
        if exchange.response.status_code == HTTPStatus.UNAUTHORIZED and auth is not None:
            refused = str(exchange.response.request.headers.get("Authorization", ""))
            if auth.renew(refused):
                exchange = self._exchange(call, auth)
        body = self._judged(call, exchange, auth.settings if auth else "the credentials")
        response = exchange.response
        return Reply(f"{response.status_code} {response.reason}".strip(), response.headers, body)

    def request_token(self, operation: Operation, body: Mapping[str, str]) -> Mapping[str, object]:
        """Send a token call: it contains its own secrets and has no authorization header.

        Raises:
            UnreachableError: No token came, so the call that needs it was not sent, and may be sent again.
            RateLimitError: A 403 without a text, after Wix issued a token to the same credentials.
            WixError: Any other answer; see `wix_api.errors`.
        """
        call = Call(operation, {}, body=dict(body))
        settings = self.auth.settings if self.auth else "the credentials"
        try:
            raw = self._judged(call, self._exchange(call, None), settings)
        except UnavailableError as error:
            raise _unsent(error) from error
        except ThrottledError as error:
            if not self._has_had_token:
                msg = f"{error} Check {settings}."
                raise CredentialsError(msg, status=error.status) from None
            slow_down = RateLimitError(str(error), status=error.status)
            slow_down.advice = error.advice
            raise slow_down from error
        except (InvalidRequestError, NotFoundError, PermissionDeniedError) as error:
            msg = f"{error} Check {settings}."
            raise CredentialsError(msg, status=error.status) from None
        try:
            answer = msgspec.json.decode(raw, type=dict[str, Any])
        except UNREADABLE as error:
            msg = f"{call.asked}: the answer is not the JSON that Wix documents (cut off, or not Wix)."
            raise UnreachableError(msg) from error
        self._has_had_token = True
        return answer

    def start_again(self) -> None:
        """Make this moment the start. The next answer shows how far the clock, which may have been set, is ahead."""
        self.started_at, self._has_compared_clocks = self.clock(), False

    def close(self) -> None:
        """Close pooled connections, unless other clients share them."""
        if not self._is_shared:
            self._adapter.close()

    def _exchange(self, call: Call, auth: _Auth | None) -> _Exchange:
        started = self._pacer.wait()
        began = time.monotonic()
        try:
            response = self._response(call, auth)
            body = read_body(response)
        except _BAD_PROXY as error:  # the URL itself was checked before
            raise SettingsError(_proxy_message(error)) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._unanswered(call, error) from error
        except OversizedError as error:
            msg = (
                f"{call.asked}: the answer has more than {MOST_BYTES >> 20} MB, more than any answer of Wix. "
                "Check `api_url` and the proxy."
            )
            raise UnexpectedResponseError(msg) from error
        except OSError as error:  # `requests` looks for the certificate file before it sends anything
            msg = f"{str(error).removesuffix('.')}. Check the environment variable REQUESTS_CA_BUNDLE."
            raise SettingsError(msg) from error
        self._pacer.took(time.monotonic() - began)
        self.meter.received(len(body))
        if not self._has_compared_clocks:
            self.clock_ahead = self._ahead_of(response.headers.get("Date"))
            self._has_compared_clocks = True
        self.answered = True
        return _Exchange(response, body, started)

    def _response(self, call: Call, auth: _Auth | None) -> requests.Response:
        has_body = call.body is not None
        request = requests.PreparedRequest()
        request.prepare_method(call.operation.method)
        request.url = self._url(call)
        kind = {"Content-Type": "application/json"} if has_body else {}
        request.prepare_headers({**self._headers, **kind, **call.headers})
        request.prepare_body(msgspec.json.encode(call.body) if has_body else call.content, None)
        if auth is not None:
            auth(request)
        # A session would look for redirects, cookies and hooks, and there are none here.
        return self._adapter.send(request, stream=True, timeout=self._timeout, **self._ways)

    def _url(self, call: Call) -> str:
        """Return the URL of a call; a URL that Wix named only if it is safe to send a file there."""
        if not call.url:
            return _written(self.api_url + call.operation.url_path(call.names), call.params)
        try:
            url = _written(call.url, call.params)
        except requests.exceptions.RequestException as error:
            msg = f"{call.asked}: Wix returned an invalid URL: {masked_url(call.url)}"
            raise UnexpectedResponseError(msg) from error
        if not url.startswith(("https://", _written(self.api_url).rstrip("/") + "/")):
            msg = f"{call.asked}: the URL has no encryption: {masked_url(url)}. Check `api_url`."
            raise UnexpectedResponseError(msg)
        return url

    def _ahead_of(self, date: str | None) -> float:
        """Compare our clock with an answer's `Date`, which has whole seconds; smaller differences are ignored."""
        try:
            ahead = self.clock() - parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError):
            return 0.0
        return ahead if 1 < ahead < _FARTHEST else 0.0

    def _unanswered(self, call: Call, error: Exception) -> WixError:
        url = masked_url(self.api_url)
        tls = _tls_error(error)
        if isinstance(tls, ssl.SSLCertVerificationError):
            return UnexpectedResponseError(
                f"{call.asked}: the certificate of {url} cannot be trusted ({tls.verify_message}). If a proxy of your "
                "network signs it, set the environment variable REQUESTS_CA_BUNDLE to a file with the certificate of "
                "its authority; otherwise check `api_url`."
            )
        reason = "took too long" if isinstance(error, _TIMEOUTS) else "dropped the connection"
        if isinstance(error, requests.exceptions.ConnectionError) and not self.answered:
            reason = "cannot be reached"
        advice = _CHECK_WAY
        if tls is not None and tls.reason and not self.answered:
            reason, advice = f"cannot be reached (TLS: {tls.reason.replace('_', ' ').lower()})", _CHECK_TLS
        if isinstance(error, requests.exceptions.ProxyError):
            reason, advice = "cannot be reached through the proxy", _CHECK_PROXY
        kind = UnreachableError if _is_unsent(error) else UnavailableError
        unanswered = kind(f"{call.asked}: {url} {reason}. {advice}")
        unanswered.advice = advice
        return unanswered

    def _judged(self, call: Call, exchange: _Exchange, settings: str) -> bytes:
        response, body, started = exchange
        answer = Answer(
            call.asked,
            response.status_code,
            body,
            response.headers.get("x-wix-request-id", ""),
            response.headers,
            call.operation.scope,
            is_write=call.operation.writes,
        )
        try:
            check(answer, credentials=settings)
        except RateLimitError:
            self._pacer.refused(started)
            raise
        self._pacer.answered(started)
        # A success other than 200 may come without a body.
        return body if response.status_code == HTTPStatus.OK else body or b"{}"


def _unsent(error: UnavailableError) -> UnreachableError:
    """Return the failure of a token request as that of the call that needs the token."""
    unsent = UnreachableError(str(error), code=error.code, status=error.status, refusal=error.refusal)
    unsent.advice = error.advice
    return unsent


def _is_unsent(error: Exception) -> bool:
    """True if no connection was made: it was refused, timed out, or the name of the host has no address."""
    why = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        getattr(why, "original_error", why), urllib3.exceptions.NewConnectionError
    )
