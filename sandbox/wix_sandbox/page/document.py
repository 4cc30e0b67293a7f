"""The whole page: the shop, and the API's part: quota in use, requests, faults, settings to paste."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from wix_sandbox.auth import app_config, key_config, refresh_config
from wix_sandbox.page.html import Html, Pager, join, table, tag, time_of_day
from wix_sandbox.page.shop import section, shop_names, shop_sections
from wix_sandbox.values import without

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Entry, Journal
    from wix_sandbox.quota import Quota
    from wix_sandbox.site import Site

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
    return _code(described["action"]), _code(without(described, "number", "action", "seen", "done"))


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


RELOAD_SECONDS = 10
"""Seconds between reloads of the page without scripts; with scripts, it is updated more often."""


class Shown(Protocol):
    """The objects that the page shows."""

    site: Site
    journal: Journal
    faults: Faults
    quota: Quota


def _own(name: str) -> Html:
    return Html(files("wix_sandbox.page").joinpath(name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


STYLE, SCRIPT = _own("page.css"), _own("page.js")
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    # Names in a shop may contain anything: they are escaped, and only our own style and script may run.
    "content-security-policy": (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def render_page(app: Shown, url: str, asked: Mapping[str, str]) -> str:
    """Render the page. `url` is the sandbox's address, `asked` the query: `{"products": "2"}`."""
    shop = tag("div", *shop_sections(app.site, asked), class_="shop")
    activity = tag(
        "div",
        quota_section(app.quota),
        requests_section(app.journal, asked),
        faults_section(app.faults, asked),
        config_section(url, app.quota.per_minute),
        class_="activity",
    )
    body = tag("body", _header(app.site, url), tag("main", _counts(app.site), shop, activity, id="main", tabindex="-1"))
    return f"<!doctype html>\n{tag('html', _head(), body, lang='en')}\n"


def _head() -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Wix sandbox"),
        # An icon, or browsers would request /favicon.ico from the API.
        tag("link", rel="icon", href="data:,"),
        tag("style", STYLE),
        tag("noscript", Html(f'<meta http-equiv="refresh" content="{RELOAD_SECONDS}">')),
        tag("script", SCRIPT, type="module"),
    )


def _header(site: Site, url: str) -> Html:
    skip = tag("a", "Skip to the shop", href="#main", class_="skip")
    where = tag("p", tag("code", url), f" · store catalog {site.catalog.value}")
    switch = tag("button", "Pause", type="button", id="live", aria_pressed="false", hidden=True)
    status = tag("span", "", id="status", role="status", class_="quiet")
    live = tag("div", status, " ", switch, class_="live")
    names = (*shop_names(site), "quota", "requests", "faults", "config")
    parts = tag(
        "nav", *(tag("a", each.capitalize(), href=f"#{each}") for each in names), aria_label="Parts of the page"
    )
    return tag("header", skip, tag("h1", "Wix sandbox"), where, live, parts)


def _counts(site: Site) -> Html:
    """Return the number of rows of each kind."""
    counts = [(kind.replace("_", " "), site.store.count(kind)) for kind in site.store.kinds()]
    items = [tag("li", tag("strong", f"{count:,}"), " ", kind) for kind, count in counts]
    held = tag("ul", *items, class_="counts") if items else tag("p", "The shop is empty.")
    title = tag("h2", "The shop contains", id="holds-title", class_="unseen")
    return tag("section", join([title, held]), id="holds", aria_labelledby="holds-title", data_live=True)
