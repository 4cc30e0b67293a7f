"""The API's part of the page: the quota in use, the requests, the faults, and settings to paste."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wix_sandbox.config import app_config, key_config, refresh_config
from wix_sandbox.page.html import Html, table, tag
from wix_sandbox.page.pager import Pager
from wix_sandbox.page.shop import section
from wix_sandbox.page.times import time_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Entry, Journal
    from wix_sandbox.quota import Quota

REQUESTS = 15
FAULTS = 10


def quota_section(quota: Quota) -> Html:
    """Return the quota in use, as a bar and in numbers."""
    state = quota.describe()
    used, limit = int(state["used"]), int(state["perMinute"])
    if limit:
        bar = tag(
            "meter", f"{used} of {limit}", min=0, max=limit, value=used, high=0.8 * limit, aria_label="Quota in use"
        )
        text = tag("p", tag("strong", f"{used:,}"), f" of {limit:,} requests in the last minute")
    else:
        bar, text = Html(), tag("p", tag("strong", f"{used:,}"), " requests in the last minute, without a limit")
    more = tag("p", f"Most in any minute: {state['peak']:,}. Refused: {state['refused']:,}.", class_="quiet")
    title = tag("h2", "Quota", id="quota-title")
    return tag("section", title, text, bar, more, id="quota", aria_labelledby="quota-title", data_live=True)


def requests_section(journal: Journal, asked: Mapping[str, str]) -> Html:
    """Return the requests, newest first."""
    pager = Pager("requests", len(journal), REQUESTS, asked)
    newest = journal.latest(pager.offset + pager.size)[::-1][pager.offset :]
    heads = ("Time", "Request", "Status", "ms", "Fault")
    return section("requests", "Requests", pager, table("Requests", heads, map(_request, newest)))


def _request(entry: Entry) -> Iterator[str]:
    yield time_of_day(entry.time)
    operation = tag("span", entry.operation or "no such endpoint", class_="quiet")
    yield tag(
        "span", tag("code", f"{entry.method} {entry.path}"), " ", operation, title=f"request id {entry.request_id}"
    )
    yield tag("span", str(entry.status or "dropped"), class_="good" if entry.status == 200 else "bad")  # noqa: PLR2004
    yield f"{entry.duration_ms:,.1f}"
    yield entry.fault or ""


def faults_section(faults: Faults, asked: Mapping[str, str]) -> Html:
    """Return the planned faults."""
    planned = faults.describe()
    pager = Pager("faults", len(planned), FAULTS, asked)
    shown = planned[pager.offset : pager.offset + pager.size]
    rows = [(str(each["number"]), *_fault(each), f"{each['done']:,} of {each['seen']:,}") for each in shown]
    return section("faults", "Faults", pager, table("Faults", ("No.", "What", "When", "Hit"), rows))


def _fault(described: dict[str, Any]) -> tuple[Html, Html]:
    when = {name: value for name, value in described.items() if name not in {"number", "action", "seen", "done"}}
    return _code(described["action"]), _code(when)


def _code(value: Any) -> Html:
    return tag("code", json.dumps(value, ensure_ascii=False))


def config_section(url: str, quota: int) -> Html:
    """Return settings to paste, for each way to sign in."""
    ways = (("API key", key_config), ("App, client credentials", app_config), ("App, refresh token", refresh_config))
    shown = [
        tag(
            "details",
            tag("summary", name),
            tag("pre", json.dumps(settings(url, quota), indent=2), tabindex="0", role="region", aria_label=name),
            open=at == 0,
        )
        for at, (name, settings) in enumerate(ways)
    ]
    title = tag("h2", "Config for tap-wix and target-wix", id="config-title")
    return tag("section", title, *shown, id="config", aria_labelledby="config-title")
