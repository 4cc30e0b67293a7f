"""Runs of writes against a sandbox that blocks writes without pauses. Its clock moves only when the client waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.wire import Wire
from wix_api.operations import Operation
from wix_api.pacing import Pacer
from wix_api.retry import DEFAULT_PATIENCE, RetryPolicy
from wix_api.settings import connect
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, SITE_ID
from wix_sandbox.clock import system_time

if TYPE_CHECKING:
    from wix_api.client import WixClient

BRAND = Operation("POST", "/stores/v3/brands/get-or-create")


def writer(**pace: Any) -> WixClient:
    sandbox = Sandbox(SandboxOptions(empty=True, readings={"writes-without-pauses": "html-429"}))
    sandbox.fill()
    shop_clock = sandbox.site.clock
    shop_clock.stop(system_time())
    waiting: dict[str, Any] = {"clock": lambda: shop_clock().timestamp(), "sleep": shop_clock.shift}
    return connect(
        {"api_key": API_KEY, "site_id": SITE_ID, "store_catalog": "v3", "api_url": "http://sandbox.localhost"},
        user_agent="tests",
        retry=RetryPolicy(patience=DEFAULT_PATIENCE + 1, **waiting),  # one more, for what microseconds round off
        pacer=Pacer(**pace, **waiting),
        adapter=Wire(sandbox, lambda: None),
    )


def write(client: WixClient, times: int) -> None:
    for _ in range(times):
        assert client.call(BRAND, body={"brandName": "Sample"})["brand"]["name"] == "Sample"


@pytest.mark.parametrize("pace", [{"requests_per_minute": 200}, {"requests_per_minute": 500}, {"most": 500}])
def test_evenly_spread_writes_are_not_blocked(pace: dict[str, int]) -> None:
    client = writer(**pace)
    write(client, 700)
    assert client.usage().retries == 0


def test_a_block_of_15_minutes_is_waited_out() -> None:
    client = writer(requests_per_minute=1_000_000)
    write(client, 700)
    assert 10 < client.usage().retries < 30
