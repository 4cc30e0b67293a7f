"""Proxies of the environment are used, though requests pass no session that would look for them each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wix_api.operations import Operation

if TYPE_CHECKING:
    from tests.api.conftest import Server

READ = Operation("POST", "/things/query", reads=True)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_every_request_goes_through_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.replace("://", "://me:word@"))
    client = server.client(api_url="http://wix.example", allow_http=True)
    for _ in range(2):
        client.call(READ, body={})
    assert [asked.path for asked in server.asked] == ["http://wix.example/things/query"] * 2
    assert all(asked.headers["Proxy-Authorization"] == "Basic bWU6d29yZA==" for asked in server.asked)


def test_a_site_that_needs_no_proxy_is_reached_without(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.client().call(READ, body={})
    assert [asked.path for asked in server.asked] == ["/things/query"]
