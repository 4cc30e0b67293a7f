"""Requests to sandboxes of this process without a socket: see `NearSite`.

Sockets are used by commands in separate processes, and by tests with the fixture `over_sockets`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from sandbox_support.wire import NearSite
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


@contextmanager
def _served(app: App, listener: socket.socket) -> Iterator[None]:
    url = url_of(listener)
    with serving(app, listener):
        _near[url] = NearSite(RunningSite(url, app))
        try:
            yield
        finally:
            del _near[url]


def _send_near(adapter: BoundedAdapter, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
    address = urlsplit(str(request.url))
    site = _near.get(f"{address.scheme}://{address.netloc}")
    is_near = site is not None and site.reaches(request)
    return site.send(request) if is_near else _send(adapter, request, **kwargs)


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
