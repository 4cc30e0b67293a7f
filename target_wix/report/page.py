"""The page around the entries: what was done, what it cost, and the tools to search."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from target_wix.outcomes import Outcome
from target_wix.report.html import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.summary import Summary


def _own(name: str) -> Html:
    return Html(files("target_wix.report").joinpath(name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Head:
    """What stands above the entries.

    Attributes:
        is_plan: Nothing was written: it says what a run would do.
        site: Id of the site, or "".
        began: When, as text.
        ended: Why the run ended before its end, or "".
        summary: Outcomes and costs.
    """

    is_plan: bool
    site: str
    began: str
    ended: str
    summary: Summary

    @property
    def title(self) -> str:
        """What the page is about."""
        return f"target-wix: {'plan' if self.is_plan else 'run'} of {self.began}"


def opening(head: Head, sections: list[tuple[str, str]]) -> str:
    """Write all above the entries.

    Args:
        head: What is told.
        sections: Ids and titles of the sections that follow.
    """
    style = _own("page.css")
    # Names in a shop come from anywhere: besides being escaped, nothing but our own style and script may run.
    policy = (
        f"default-src 'none'; img-src http: https:; style-src {_hash(style)}; script-src {_hash(_own('page.js'))}; "
        "base-uri 'none'; form-action 'none'"
    )
    meta = [
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", head.title),
        tag("style", style),
    ]
    links = tag("nav", tag("ul", *(tag("li", tag("a", title, href=f"#{at}")) for at, title in sections)))
    skip = tag("a", "Skip to the first entry", href=f"#{sections[0][0]}", class_="skip") if sections else join()
    counts = [_counts(head.summary), *(tag("p", line, class_="where") for line in head.summary.mirrored())]
    header = tag("header", tag("h1", head.title), *_story(head), *counts, links if sections else join())
    return f'<!doctype html><html lang="en">{tag("head", *meta)}<body>{skip}{header}{_tools()}<main>'


def closing() -> str:
    """Write all below the entries."""
    return f"</main>{tag('script', _own('page.js'))}</body></html>\n"


def _story(head: Head) -> Iterator[Html]:
    if head.is_plan:
        yield tag("p", head.summary.plan or "Nothing was written: this is what a run would do.")
    if head.ended:
        yield tag("p", f"It ended before its end, and holds what was settled until then: {head.ended}", class_="failed")
    if head.site:
        yield tag("p", f"Site {head.site}", class_="where")
    yield tag("p", head.summary.costs, class_="where")


def _counts(summary: Summary) -> Html:
    if not summary.streams:
        return tag("p", "No records came in.")
    words = [outcome.told(planned=bool(summary.plan)) for outcome in Outcome]
    head = tag("tr", *(tag("th", each, scope="col") for each in ("Stream", *words)))
    rows = [
        tag(
            "tr",
            tag("th", totals.stream, scope="row"),
            *(tag("td", f"{totals.outcomes[outcome]:,}") for outcome in Outcome),
        )
        for totals in summary.streams
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="counts")
    return tag("div", table, class_="scroll", role="region", aria_label="Outcomes", tabindex="0")


def _tools() -> Html:
    """Write what the script needs; without it they would do nothing, so it is the script that shows them."""
    words = tag("div", tag("label", "Search (press /)", for_="words"), tag("input", type="search", id="words"))
    kind = tag("div", tag("label", "Show", for_="kind"), tag("select", tag("option", "all", value=""), id="kind"))
    found = tag("output", id="found", aria_live="polite")
    return tag("div", words, kind, found, id="tools", role="search", hidden=True)
