"""Proxies of the environment are used, though requests pass no session that would look for them each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wix_api.errors import SettingsError, UnavailableError, UnexpectedResponseError
from wix_api.operations import Call, Operation

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


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (
            "socks5://me:word@127.0.0.1:1",
            'is a SOCKS proxy, which needs `pip install "requests[socks]"`. Check',
        ),
        ("ftp://me:word@127.0.0.1:1", "is not an address such as http://proxy.example:3128"),
        ("http://me:wo[rd", "is not an address such as http://proxy.example:3128"),
    ],
)
def test_a_proxy_that_cannot_be_used_ends_the_run_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch, proxy: str, said: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(SettingsError, match="The proxy of the environment") as raised:
        server.client(api_url="http://wix.example", allow_http=True).call(READ, body={})
    assert said in str(raised.value)
    assert "wo[rd" not in str(raised.value)
    assert "me:word" not in str(raised.value)
    assert server.asked == []


def test_a_proxy_that_is_down_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UnavailableError, match=r"cannot be reached through the proxy\. Check HTTPS_PROXY.*NO_PROXY"):
        server.client(api_url="http://wix.example", allow_http=True, retry_patience_seconds=0).call(READ, body={})


def test_an_address_of_wix_that_is_none_is_not_taken_for_a_proxy(server: Server) -> None:
    with pytest.raises(UnexpectedResponseError, match="Wix returned an invalid URL"):
        server.client().reply(Call(READ, {}, url="https://[upload"))
    assert server.asked == []
