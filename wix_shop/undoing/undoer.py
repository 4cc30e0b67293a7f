"""Undoes what a run wrote: shows the plan, asks, writes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_wix.change import Outcome
from target_wix.stopping import StopSign
from wix_api.redaction import redact
from wix_shop.importing import console
from wix_shop.importing.importer import NOTHING_WRITTEN, answer_signal, is_confirmed, listen
from wix_shop.importing.plan import changes_of, cost_lines, warning_lines
from wix_shop.undoing.target import undo_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from target_wix.change import Entity, Result
    from target_wix.run import Run
    from target_wix.target import TargetWix

_MOST_NAMED = 20
_REJECTED = "Some writes could not be undone: see above, and the results file. Run the command again to retry."


@dataclass
class LeftAlone:
    """Collects what an undo leaves as it is, since somebody changed it since, or since Wix cannot undo it."""

    found: list[tuple[int, str]] = field(default_factory=list)
    """Line numbers, and the entities with the members that are left as they are."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Record an outcome."""
        if not result.left_out or result.outcome is Outcome.REJECTED:
            return
        name = sides()[0].get("name")
        named = f" ({name})" if isinstance(name, str) else ""
        text = f"{result.stream} {_named(result)}{named}: {', '.join(result.left_out)}"
        with self._lock:
            self.found.append((result.line, text))

    def lines(self) -> Iterator[str]:
        """Yield a line for each entity, with the members that are left as they are."""
        if not self.found:
            return
        yield f"Left alone, since somebody changed it or Wix cannot undo it: {len(self.found):,}"
        yield from (f"  {text}" for _, text in sorted(self.found)[:_MOST_NAMED])
        if len(self.found) > _MOST_NAMED:
            yield f"  … and {len(self.found) - _MOST_NAMED:,} more: see `left_out` in the results file"


def _named(result: Result) -> str:
    """Return the key of an entity, or its id in place of the e-mail address or phone number of a contact."""
    shown = redact(result.key) if result.stream == "contacts" else result.key
    return (shown if shown == result.key else "") or result.id or shown


@dataclass(frozen=True)
class Undoer:
    """Undoes the writes of an undo file with the settings of the target.

    Attributes:
        config: Settings of `target-wix`.
        asks: True to show a plan and ask before anything is written.
        undo_command: How a shell starts `wix-undo` with the same settings.
        stop: Stop sign of the command.
    """

    config: dict[str, Any]
    asks: bool
    undo_command: str = "wix-undo"
    stop: StopSign = field(default_factory=lambda: StopSign(answer_signal))

    def run(self, path: Path) -> int:
        """Undo the writes of a file, and return the exit code."""
        if self.config.get("dry_run") or self.asks:
            code, run = self._plan(path)
            if self.config.get("dry_run") or not changes_of(run):
                return code
            if not is_confirmed(self.stop):
                console.say(NOTHING_WRITTEN)
                return 0
        config = {name: value for name, value in self.config.items() if not (self.asks and name == "report_path")}
        target = undo_target(config, path, self.stop)
        target.run.undo_command = self.undo_command
        left = LeftAlone()
        target.run.watchers.append(left.add)
        try:
            return _listen(target, _REJECTED)
        finally:
            for line in left.lines():
                console.LOGGER.warning("%s", line)

    def _plan(self, path: Path) -> tuple[int, Run]:
        results = self.config.get("results_path") if self.config.get("dry_run") else None
        target = undo_target({**self.config, "dry_run": True, "results_path": results}, path, self.stop)
        left = LeftAlone()
        target.run.watchers.append(left.add)
        with console.silence():  # the plan has the same messages
            code = _listen(target)
        for line in _plan_lines(target.run, left):
            console.say(line)
        if self.config.get("dry_run"):
            console.say(NOTHING_WRITTEN)
        elif not changes_of(target.run):
            console.say("There is nothing to undo.")
        return code, target.run


def _plan_lines(run: Run, left: LeftAlone) -> Iterator[str]:
    """Yield the plan: the outcomes by stream, rejections, what is left alone, and the number of requests."""
    if not run.outcomes.totals():
        yield "The file has no writes."
    for totals in run.outcomes.totals():
        yield f"{totals.stream}: {', '.join(totals.counts())}."
        for code, number in totals.codes.most_common():
            message = (totals.examples[code].error or {}).get("message")
            yield f"{number:,} rejected ({code}), the first: {message}"
    yield from left.lines()
    yield from warning_lines(run.warnings)
    yield from cost_lines(run)


def _listen(target: TargetWix, rejected: str = "") -> int:
    advice = "Run it again to continue: what is back is not written twice."
    return listen(target, lambda: None, rejected=rejected, advice=advice)
