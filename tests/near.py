"""Requests to sandboxes of this process without a socket, which takes three times the time of client and sandbox.

A socket is used as before where something may happen on the way (delays, lost connections), by commands in processes
of their own, and by tests with the fixture `over_sockets`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from tests.killing.wire import Wire
from wix_api.bodies import BoundedAdapter
from wix_sandbox import RunningSite, sandbox
from wix_sandbox.server import serving, url_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import requests

    from wix_sandbox.app import App

_near: dict[str, NearSite] = {}
"""Sandboxes that are served now, by their addresses."""
_send = BoundedAdapter.send


class NearSite(Wire):
    """The way to a sandbox in this process, which answers one request after another as its server does."""

    def __init__(self, url: str, app: App) -> None:
        super().__init__(RunningSite(url, app), lambda: None)
        self._app = app
        self._turn = threading.RLock()

    @property
    def is_quiet(self) -> bool:
        """True if nothing happens to requests on their way."""
        actions = [each.fault.action for each in self._app.faults._planned]
        return not self._app.site.options.latency and not any(action.delay or action.drop for action in actions)

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        with self._turn:
            response = super().send(request)
        response.reason = HTTPStatus(response.status_code).phrase
        response.headers["Date"] = formatdate(usegmt=True)  # as its server adds
        return response


@contextmanager
def _served(app: App, listener: socket.socket) -> Iterator[None]:
    url = url_of(listener)
    with serving(app, listener):
        _near[url] = NearSite(url, app)
        try:
            yield
        finally:
            del _near[url]


def _send_near(adapter: BoundedAdapter, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
    address = urlsplit(str(request.url))
    site = _near.get(f"{address.scheme}://{address.netloc}")
    return site.send(request) if site is not None and site.is_quiet else _send(adapter, request, **kwargs)


@pytest.fixture(scope="session", autouse=True)
def _without_sockets() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "serving", _served)
        patch.setattr(BoundedAdapter, "send", _send_near)
        yield


@pytest.fixture
def over_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send requests to sandboxes of this process over sockets."""
    monkeypatch.setattr(BoundedAdapter, "send", _send)
