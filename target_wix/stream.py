"""One stream of the input in a run: its settings, and step 5, the outcome of each record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_wix import product_rows
from target_wix.change import DELETED_AT, SITE_IDS, Change, Command, Entity, Outcome, Result
from target_wix.deletes import AfterDelete, AfterLate
from target_wix.errors import Rejected
from target_wix.product_rows import ProductRows
from target_wix.settings import DEFAULT_COMMAND_COLUMN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from target_wix.run import Run


def command_column_of(config: Mapping[str, Any], columns: Collection[str]) -> str:
    """Return the column with the command of a record, as the columns of the stream spell it."""
    asked = str(config.get("command_column") or DEFAULT_COMMAND_COLUMN)
    spelled = (column for column in columns if column.casefold() == asked.casefold())
    return asked if asked in columns else next(spelled, asked)


class Stream:
    """A stream of the input. Each of its records gets exactly one outcome.

    Attributes:
        columns: Properties of its SCHEMA.
        options: Its entry in `stream_options`.
        command_column: Column with the command of a record.
        default_command: Command of records without one.
        rows: Joins rows of product files to products; None if each record is a product.
        sides: Returns the site's entity and the desired entity of a change, for the report.
    """

    def __init__(self, run: Run, name: str, config: Mapping[str, Any], columns: Collection[str] = ()) -> None:
        self.run = run
        self.name = name
        self.columns = columns
        self.options: Mapping[str, Any] = (config.get("stream_options") or {}).get(name) or {}
        self.command_column = command_column_of(config, columns)
        self.default_command = Command(self.options.get("command") or Command.UPSERT)
        self.rows = self._rows(config.get("product_format")) if name == "products" else None
        self.sides: Callable[[Change], tuple[Entity, Entity]] = lambda change: ({}, change.record)

    def _rows(self, product_format: str | None) -> ProductRows | None:
        apart = frozenset({self.command_column, DELETED_AT, *SITE_IDS})  # also if the SCHEMA lacks them
        layout = product_rows.layout_of(self.columns, product_format or product_rows.AUTO, apart=apart)
        if layout is None:
            return None
        self.run.logger.info("%s: records are rows of a product file, %s.", self.name, layout.format.title)
        if layout.left_out:
            shown = ", ".join(f"`{header}`" for header in layout.left_out)
            self.warn(f"columns without an equivalent on Wix are left out: {shown}.")
        return ProductRows(replace(layout, own=self.run.file_headers), self.command_column)

    def warn(self, message: str, example: str = "") -> None:
        """Log a warning about the stream, once, and count its occurrences; `example` is the place of this one."""
        self.run.warn_once(f"{self.name}: {message}", example)

    def warn_of_member(self, name: str, advice: str = "", change: Change | None = None) -> None:
        """Log a warning, once, for a member that the API cannot write; in rows of a file, for its column."""
        source = change.source if change else None
        place = product_rows.place_of(source, name) if source else None
        shown = place.column if place and place.column else name
        self.warn(f"`{shown}` cannot be written and is left out. {advice}".rstrip(), str(place or ""))

    # Step 5: what became of each record

    def record_outcome(
        self, change: Change, outcome: Outcome, fields: Iterable[str] = (), *, earlier: Outcome | None = None
    ) -> None:
        """Record the outcome of a record."""
        self._note(change, outcome, fields=tuple(fields), earlier=earlier, left_out=change.left_out)

    def record_written(self, change: Change) -> None:
        """Record the outcome of a record that is completely written: created, updated or unchanged."""
        if change.counts_as_created:
            self.record_outcome(change, Outcome.CREATED)
        elif fields := (*change.sent_fields, *(name for name in change.fields if name not in change.sent_fields)):
            self.record_outcome(change, Outcome.UPDATED, fields)
        else:
            self.record_outcome(change, Outcome.UNCHANGED)

    def reject(self, change: Change, rejection: Rejected, line: int | None = None) -> None:
        """Reject a record; it waits for the end of the input if the run may still free or create what it needs."""
        self.run.memory.rejected(self.name, change.record.get("id"))
        if self.run.postponed.add_refused(self.name, change, rejection):
            self._note_postponed(change)
        else:
            self.reject_now(change, rejection, line)

    def reject_now(self, change: Change, rejection: Rejected, line: int | None = None) -> None:
        """Record that a record is rejected, in the given line, or in that of the cell that the rejection names."""
        undo = self.run.undo
        if undo is not None and (outcome := undo.outcome_of(change, rejection)) is not None:
            self.record_outcome(change, outcome)
            return
        if change.open_entry and not change.id:
            self.run.undo_log.void(change.open_entry)
        if change.counts_as_created or change.may_be_incomplete:
            self.run.leaves_incomplete = True
        if change.source is not None and line is None:
            line, rejection = product_rows.traced(change.source, rejection)
        error = {name: getattr(rejection, name) for name in ("code", "field", "message", "retryable")}
        self._note(change, Outcome.REJECTED, line, error=error)

    def _note_postponed(self, change: Change) -> None:
        self.run.mirror.keep(self.name, change.id)
        self.run.repeats.clear()  # from now on, records of the same entity wait
        self.run.repeats.postponed(self.name, change.digest)

    def each(self, changes: Iterable[Change], step: Callable[[Change], bool | None]) -> list[Change]:
        """Do a step for each record; return the records that go on: those for which it did not return False."""
        kept = []
        for change in changes:
            try:
                if step(change) is not False:
                    kept.append(change)
            except Rejected as rejection:
                self.reject(change, rejection)
            except AfterLate as late:
                self.run.postponed.add_after_late(self.name, change, late.claim)
                self._note_postponed(change)
            except AfterDelete:
                self.run.postponed.add(self.name, change)
                self.run.repeats.postponed(self.name, change.digest)
        return kept

    def _note(self, change: Change, outcome: Outcome, line: int | None = None, **more: Any) -> None:
        change.is_done = True
        # A delete whose answer was lost is `unchanged`, and a rejected record may have been written in part.
        if (
            outcome in {Outcome.UPDATED, Outcome.DELETED}
            or change.sent_fields
            or (change.command is Command.DELETE and change.id)
        ):
            self.run.postponed.count_write(self.name)
        result = Result(line or change.line, self.name, change.key, change.command, outcome, change.id, **more)
        for watch in self.run.watchers:
            watch(self.run.reported(result), lambda: self._shown(change, outcome))
        self.run.record_outcome(result, change.line)
        self.run.repeats.note(self.name, change.digest, result)

    def _shown(self, change: Change, outcome: Outcome) -> tuple[Entity, Entity]:
        """Return the site's entity and the desired entity as they were before the first write."""
        if outcome is Outcome.REJECTED:
            return {}, change.record  # which may have any shape
        old, new = self.sides(change)
        if change.first_sides:
            old, new = change.first_sides[0], {**new, **change.first_sides[1]}
        return ({} if outcome is Outcome.CREATED else old), new
