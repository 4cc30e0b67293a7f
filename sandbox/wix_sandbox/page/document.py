"""The whole page."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from wix_sandbox.page.activity import config_section, faults_section, quota_section, requests_section
from wix_sandbox.page.html import Html, join, tag
from wix_sandbox.page.shop import shop_names, shop_sections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Journal
    from wix_sandbox.quota import Quota
    from wix_sandbox.site import Site

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
