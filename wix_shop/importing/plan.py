"""The plan of an import, in the words of shop owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.change import WRITTEN, Outcome
from target_wix.summary import new_collections
from wix_api.endpoints import sites
from wix_api.progress import counted, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_wix.run import Run
    from target_wix.summary import Totals, Warned
    from wix_api.client import WixClient
    from wix_shop.importing.changes import PlannedChanges

NO_ROWS = "The file has no rows."


def changes_of(run: Run) -> int:
    """Return the number of products that a run would write."""
    return sum(totals.outcomes[outcome] for totals in run.outcomes.totals() for outcome in WRITTEN)


def site_name(client: WixClient) -> str:
    """Ask Wix for the name of the site; "" if the credentials may not know it, which changes nothing else."""
    properties = client.asked_once(sites.PROPERTIES).get("properties")
    named = properties if isinstance(properties, dict) else {}
    return str(named.get("siteDisplayName") or named.get("businessName") or "")


def plan_lines(run: Run, changes: PlannedChanges, name: str, site: str) -> Iterator[str]:
    """Yield the plan of a dry run: the site, with its name and id if not "", changes, rejections, notes, requests."""
    if named := [part for part in (name, changes.address, f"id {site}" if site else "") if part]:
        yield f"Site: {', '.join(named)}"
    if not run.outcomes.totals():
        yield NO_ROWS
    for totals in run.outcomes.totals():
        yield f"{counted(totals.records, 'product')}: {', '.join(totals.counts())}."
        yield from _sums(changes)
        yield from _largest(changes, totals.outcomes[Outcome.UPDATED])
        yield from _named("New", changes.new, totals.outcomes[Outcome.CREATED])
        yield from _named("To delete", changes.gone, totals.outcomes[Outcome.DELETED])
        yield from _rejections(totals)
    yield from new_collections(run.new_collections, "to create")
    yield from warning_lines(run.warnings)
    yield from cost_lines(run)


def cost_lines(run: Run) -> Iterator[str]:
    """Yield a line with the requests and the time that the writes of a dry run take, if there are any."""
    if run.plan is not None and changes_of(run):
        quota = run.client.pacer.requests_per_minute
        took = time_text(run.plan.seconds(quota))
        yield f"Writing it takes {counted(run.plan.requests, 'request')}, about {took} at {quota:,} a minute."


def report_lines(run: Run, changes: PlannedChanges) -> Iterator[str]:
    """Yield the notes of the HTML page of a plan or an import, about all products together."""
    yield from _sums(changes)
    yield from new_collections(run.new_collections, "to create" if run.plan else "created")
    yield from warning_lines(run.warnings)


def warning_lines(warnings: Mapping[str, Warned], least: int = 0) -> Iterator[str]:
    """Yield a line for each warning that occurred at least so often, with the number and the first of its places."""
    for message, warned in warnings.items():
        if warned.count < least:
            continue
        text = message.removeprefix("products: ").rstrip(".")
        text = text[:1].upper() + text[1:]
        places = "; ".join(" ".join(example.splitlines()) for example in warned.examples if example)
        if places:
            more = ", …" if warned.count > len(warned.examples) else ""
            yield f"Note: {text}: {counted(warned.count, 'time')} ({places}{more})."
        else:
            yield f"Note: {text}."


def _sums(changes: PlannedChanges) -> Iterator[str]:
    words = dict(changes.words)
    parts = []
    if prices := words.pop("price", 0):
        average = f", {changes.average:+.0f}% on average" if changes.average is not None else ""
        parts.append(f"{counted(prices, 'price')} change{_verb_s(prices)}{average}")
    if stocks := words.pop("stock", 0):
        parts.append(f"{counted(stocks, 'stock')} change{_verb_s(stocks)}")
    shown = {word: words.pop(word, 0) for word in ("hidden", "shown")}
    parts += [
        f"{counted(count, 'product')} {'is' if count == 1 else 'are'} {word}" for word, count in shown.items() if count
    ]
    if words:
        parts.append(f"also: {', '.join(f'{word} of {count:,}' for word, count in sorted(words.items()))}")
    if parts:
        text = "; ".join(parts)
        yield f"{text[:1].upper()}{text[1:]}."


def _largest(changes: PlannedChanges, updated: int) -> Iterator[str]:
    lines = list(changes.largest)
    if lines:
        yield "Changes:" if len(lines) == updated else f"The {len(lines)} largest of {updated:,} changes:"
    yield from (f"  {line}" for line in lines)


def _named(what: str, lines: Sequence[tuple[int, str]], count: int) -> Iterator[str]:
    names = [name for _, name in lines]
    if count:
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        yield f"{what}: {'; '.join(names)}{more}."


def _rejections(totals: Totals) -> Iterator[str]:
    for code, number in totals.codes.most_common():
        first = totals.examples[code]
        message = str((first.error or {}).get("message"))
        place = "" if message.startswith("Line ") else f"Line {first.line}: "
        yield f"{number:,} rejected ({code}){', the first' if number > 1 else ''}: {place}{message}"


def _verb_s(count: int) -> str:
    return "s" if count == 1 else ""
