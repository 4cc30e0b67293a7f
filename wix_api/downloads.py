"""Downloads a file from another host than Wix, without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions

from wix_api.bodies import MOST_BYTES, BoundedAdapter, OversizedError, read_body, ways
from wix_api.errors import UnavailableError, UnexpectedResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT = (10.0, 120.0)
"""Seconds to connect, and for a whole answer."""
_MOST_REDIRECTS = 5
_AGAIN = "Check the network, and try again."


class Download(NamedTuple):
    """The answer to a download: its final URL, HTTP status, content type, and body."""

    url: str
    status: int
    content_type: str
    body: bytes


def download(url: str, is_allowed: Callable[[str], bool], *, user_agent: str) -> Download:
    """Download a file of at most 256 MB, and follow redirects to allowed hosts.

    Neither credentials nor cookies are sent, nor those that `.netrc` has for a host.

    Args:
        url: An HTTPS URL.
        is_allowed: True if a host may be asked.
        user_agent: Name and version of the caller.

    Raises:
        UnavailableError: The host does not answer.
        UnexpectedResponseError: A URL is not HTTPS or on a host that is not allowed, or the file is too large.
    """
    adapter = BoundedAdapter()
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            host = urlsplit(url).hostname or ""
            if not (url.startswith("https://") and is_allowed(host)):
                msg = f"The link leads to {host or 'another program'}, from which nothing is downloaded."
                raise UnexpectedResponseError(msg)
            response = _answer(adapter, url, user_agent)
            if not response.is_redirect:
                return _read(url, host, response)
            url = urljoin(url, response.headers["location"])
            response.raw.close()
    finally:
        adapter.close()
    msg = f"{host} redirected the download more than {_MOST_REDIRECTS} times. {_AGAIN}"
    raise UnexpectedResponseError(msg)


def _answer(adapter: BoundedAdapter, url: str, user_agent: str) -> requests.Response:
    request = requests.PreparedRequest()
    request.prepare_method("GET")
    request.prepare_url(url, None)
    request.prepare_headers({"User-Agent": user_agent, "Accept": "text/csv, */*", "Accept-Encoding": "gzip"})
    request.prepare_body(None, None)
    try:
        return adapter.send(request, stream=True, timeout=_TIMEOUT, **ways(url))
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        msg = f"{urlsplit(url).hostname} cannot be reached. {_AGAIN}"
        raise UnavailableError(msg) from error


def _read(url: str, host: str, response: requests.Response) -> Download:
    try:
        body = read_body(response)
    except OversizedError:
        msg = f"The file at {host} has more than {MOST_BYTES >> 20} MB. Split it."
        raise UnexpectedResponseError(msg) from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        msg = f"{host} did not send the whole file. {_AGAIN}"
        raise UnavailableError(msg) from error
    return Download(url, response.status_code, response.headers.get("Content-Type", ""), body)
