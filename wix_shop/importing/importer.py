"""Imports of product files, one after another: inspect the files, show the plan, ask, write."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from target_wix.change import Command, Outcome
from target_wix.errors import CutOffError, RecordsRejectedError, StoppedError
from target_wix.process import fail
from target_wix.settings import DEFAULT_COMMAND_COLUMN, is_same_file
from target_wix.stopping import StopSign
from target_wix.stream import command_column_of
from target_wix.target import TargetWix
from target_wix.undo_log import SUFFIX
from wix_api.progress import Progress, counted
from wix_files.recognition import READABLE
from wix_shop.importing import console
from wix_shop.importing.changes import PlannedChanges, words_of
from wix_shop.importing.console import LOGGER, PROBLEM
from wix_shop.importing.file_reader import FileReader
from wix_shop.importing.inspection import UnreadableFileError, inspect
from wix_shop.importing.pictures import find, upload
from wix_shop.importing.plan import NO_ROWS, changes_of, plan_lines, report_lines, site_name, warning_lines
from wix_shop.importing.rejected import RejectedRows
from wix_shop.importing.sku_lists import SkuList, is_list, with_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from target_wix.change import Result
    from target_wix.run import Run
    from wix_files.sources import Source
    from wix_shop.importing.inspection import Inspection

_REJECTED = (
    "Some products were not imported: see above, and the results file. Correct the file and import it again; products "
    "that were imported are not written twice."
)
_STOPPED = "Import the file again to continue: products that were imported are not written twice."
_REQUESTS_OF_AN_UPLOAD = 2
NOTHING_WRITTEN = "Nothing was written."


@dataclass(frozen=True)
class ProductFile:
    """A file to import.

    Attributes:
        name: Its name in messages.
        source: Where it can be read several times.
        stem: Beginning of the names of its outputs.
    """

    name: str
    source: Source
    stem: str


@dataclass
class Incomplete:
    """Finds products that were written without their pictures: the check before had rejected them.

    Attributes:
        lines: Lines of the rows whose pictures were not uploaded.
        count: Number of such products.
    """

    lines: frozenset[int]
    count: int = 0

    def add(self, result: Result, sides: Callable[[], Any]) -> None:  # noqa: ARG002 - what all watchers are given
        """Record an outcome."""
        self.count += result.line in self.lines and result.outcome in {Outcome.CREATED, Outcome.UPDATED}

    def report(self) -> int:
        """Log an error if there are such products, and return the exit code."""
        if not self.count:
            return 0
        return fail(
            f"Written without pictures of this computer: {counted(self.count, 'product')}, which the site had refused "
            "a moment before. Import the file again."
        )


@dataclass(frozen=True)
class Importer:
    """Imports files with the settings of the target.

    Attributes:
        config: Settings of `target-wix`.
        asks: True to show a plan and ask before anything is written.
        decimal: Decimal sign of the files, "," or "."; None to detect it from their numbers.
        undo_command: How a shell starts `wix-undo` with the same settings.
        stop: Stop sign of the command.
    """

    config: dict[str, Any]
    asks: bool
    decimal: str | None = None
    undo_command: str = "wix-undo"
    stop: StopSign = field(default_factory=lambda: StopSign(answer_signal))

    def run(self, files: Sequence[ProductFile]) -> int:
        """Import files one by one, and return the exit code. Nothing is written if one is not a product file.

        Raises:
            StoppedError: A signal came.
        """
        self.stop.handle_signals()
        inspections = self._inspections(files)
        is_one_of_many = len(files) > 1
        if len(inspections) < len(files):
            for file in files:
                self._empty_results(self._config_of(file, is_one_of_many=is_one_of_many), file)
            return 1
        return max(
            [
                self._import(file, inspection, is_one_of_many=is_one_of_many)
                for file, inspection in zip(files, inspections, strict=True)
            ]
        )

    def _inspections(self, files: Sequence[ProductFile]) -> list[Inspection]:
        """Return an inspection of each file; files that are not product files are logged and left out."""
        set_format = self.config.get("product_format")
        wanted = set_format if set_format in READABLE else None
        found = []
        command_column = self.config.get("command_column") or DEFAULT_COMMAND_COLUMN
        for file in files:
            try:
                with _reading(file.name, self.stop) as seen:
                    inspection = inspect(file.source, wanted, command_column, self.decimal, seen)
            except UnreadableFileError as error:
                fail(f"{file.name}: {error}")
                continue
            inspection.currencies.matter = not self._deletes
            found.append(inspection)
            commas = ", with decimal commas" if inspection.notation.has_commas else ""
            console.say(f"{file.name}: a file of {inspection.layout.format.title}{commas}.")
            if inspection.warning:
                LOGGER.warning("%s: %s", file.name, inspection.warning)
        if len(found) < len(files) and len(files) > 1:
            fail("Nothing was written: every file must be readable first.")
        return found

    def _config_of(self, file: ProductFile, *, is_one_of_many: bool) -> dict[str, Any]:
        """Return the settings of the import of a file, with the paths of its own outputs."""
        config = dict(self.config)
        for name in ("results_path", "report_path", "undo_path") if is_one_of_many else ():
            if config.get(name):
                config[name] = str(_for_one(Path(config[name]), file.stem))
        return config

    def _empty_results(self, config: dict[str, Any], file: ProductFile) -> None:
        """Empty the results of an earlier import, which a script would take for those of this one.

        Those of `retry_results` are kept: the next import reads them.
        """
        results = config.get("results_path") or ("" if config.get("dry_run") else _results_of(file))
        is_kept = is_same_file(results, config.get("retry_results") or "")
        if results and not (self.asks or is_kept) and Path(results).is_file():
            Path(results).write_bytes(b"")

    def _import(self, file: ProductFile, inspection: Inspection, *, is_one_of_many: bool) -> int:
        config = self._config_of(file, is_one_of_many=is_one_of_many)
        config["product_format"] = inspection.layout.format.name
        if is_one_of_many:
            console.say(f"\n{file.name}")
        if config.get("undo_path") is None:
            results = Path(config.get("results_path") or "")
            config["undo_path"] = str(results.parent / f"{file.stem}{SUFFIX}")
        if config.get("dry_run") or self.asks:
            rejected = RejectedRows()
            code, run = self._plan(file, inspection, config, rejected)
            self._keep(rejected, file, inspection)
            if config.get("dry_run") or not changes_of(run):
                return code
            if not is_confirmed(self.stop):
                console.say(NOTHING_WRITTEN)
                return 0
            config.pop("report_path", None)  # the page shows the plan
        config["results_path"] = config.get("results_path") or _results_of(file)
        return self._write(file, inspection, config)

    def _check(self, file: ProductFile, inspection: Inspection, config: dict[str, Any]) -> None:
        """Find the products that will be rejected, so that their pictures are not uploaded."""
        unseen = {"dry_run": True, "results_path": None, "report_path": None}
        target = self._target({**config, **unseen}, file, inspection, PlannedChanges())
        rejected = RejectedRows()
        target.run.watchers.append(rejected.add)
        with console.silence():  # the import has the same messages
            listen(target, lambda: _look_up(target, inspection), advice=_STOPPED)
        inspection.pictures.leave_out(rejected.lines(file.source, inspection))

    def _write(self, file: ProductFile, inspection: Inspection, config: dict[str, Any]) -> int:
        if not self.asks and inspection.pictures.files:
            self._check(file, inspection, config)
        target = self._target(config, file, inspection, PlannedChanges())
        rejected, incomplete = RejectedRows(), Incomplete(inspection.pictures.left_out)
        target.run.watchers += [rejected.add, incomplete.add]
        code, is_whole = 1, False
        _warn(target, inspection)
        try:
            code = listen(target, lambda: self._upload(target, inspection), rejected=_REJECTED, advice=_STOPPED)
            is_whole = True
        finally:
            self._keep(rejected, file, inspection, is_whole=is_whole)
            for line in warning_lines(target.run.warnings, least=2):
                LOGGER.info("%s", line)
            code = incomplete.report() or code
        if not (code or target.run.outcomes.totals()):
            console.say(NO_ROWS)
        return code

    @property
    def _deletes(self) -> bool:
        options = (self.config.get("stream_options") or {}).get(console.STREAM) or {}
        return bool(options.get("command") == Command.DELETE.value)

    def _upload(self, target: TargetWix, inspection: Inspection) -> None:
        inspection.currencies.ask(target.run.client)
        if inspection.pictures.files and not self._deletes:
            upload(inspection.pictures, target.run)

    def _target(
        self, config: dict[str, Any], file: ProductFile, inspection: Inspection, changes: PlannedChanges
    ) -> TargetWix:
        """Return a target that reads the file, and collects its changes for the plan or the HTML page."""
        reader = FileReader(file.source, inspection)
        lists_skus = is_list(inspection.layout, (config.get("stream_options") or {}).get(console.STREAM) or {})
        target = TargetWix(config=with_ids(config) if lists_skus else config, message_reader=reader, stop=self.stop)
        if lists_skus:
            layout = inspection.layout
            column = command_column_of(config, {*layout.columns, *layout.left_out, *layout.apart})
            reader.skus = SkuList(target.run, inspection, column)
        target.undo_command = self.undo_command
        target.run.file_lists = inspection.lists
        target.run.file_headers = inspection.layout.own
        if target.run.plan or target.run.report:
            target.run.watchers.append(changes.add)
        if target.run.report:
            target.run.report.subject = file.name
            target.run.report.words = words_of
            target.run.report.notes = lambda: report_lines(target.run, changes)
        return target

    def _keep(
        self, rejected: RejectedRows, file: ProductFile, inspection: Inspection, *, is_whole: bool = True
    ) -> None:
        """Write the rows of rejected products to a separate file."""
        place = Path(f"{file.stem}.rejected.csv")
        try:
            count = rejected.write(file.source, place, inspection, is_whole=is_whole)
        except OSError as error:
            LOGGER.error("Rejected rows cannot be written to %s: %s.", place, error.strerror)
            return
        if count:
            LOGGER.warning(
                "%s of rejected products: see %s, with the reasons in column `%s`. Correct the rows there and import "
                "that file with the same options.",
                counted(count, "row"),
                place,
                PROBLEM,
            )

    def _plan(
        self, file: ProductFile, inspection: Inspection, config: dict[str, Any], rejected: RejectedRows
    ) -> tuple[int, Run]:
        """Show the plan of a file; return the exit code, and the dry run."""
        results = config.get("results_path") if config.get("dry_run") else None
        changes, pictures = PlannedChanges(), inspection.pictures
        target = self._target({**config, "dry_run": True, "results_path": results}, file, inspection, changes)
        target.run.watchers.append(rejected.add)
        with console.silence():  # the plan has the same messages
            _warn(target, inspection)
            code = listen(target, lambda: _look_up(target, inspection), advice=_STOPPED)
        if code and not target.run.outcomes.totals():  # the error says why there is no plan
            return code, target.run
        if pictures.files:  # this reads the file once more
            pictures.leave_out(rejected.lines(file.source, inspection))
        missing = pictures.missing
        if target.run.plan:
            target.run.plan.writes += len(missing) * _REQUESTS_OF_AN_UPLOAD
        site = str(config.get("site_id") or config.get("instance_id") or "")
        for line in plan_lines(target.run, changes, _site_name(target.run), site):
            console.say(line)
        if missing:
            size = max(sum(picture.size for picture in missing) / 1e6, 0.1)
            console.say(f"{counted(len(missing), 'picture')} to upload, {size:,.1f} MB.")
        if config.get("dry_run"):
            console.say(NOTHING_WRITTEN)
        elif not changes_of(target.run):
            console.say("There is nothing to write.")
        return code, target.run


def _results_of(file: ProductFile) -> str:
    """Return the default path of the results file."""
    return f"{file.stem}.results.jsonl"


def _look_up(target: TargetWix, inspection: Inspection) -> None:
    """Read what the rows of a file need from the site: the pictures that it has, and its currency."""
    find(inspection.pictures, target.run.client)
    inspection.currencies.ask(target.run.client)


def _warn(target: TargetWix, inspection: Inspection) -> None:
    for note in inspection.notes:
        target.run.warn_once(f"{console.STREAM}: {note}")


def _site_name(run: Run) -> str:
    before = run.client.usage().requests
    name = site_name(run.client)
    if run.plan:
        run.plan.count_reads(before - run.client.usage().requests)  # the import does not send it
    return name


def is_confirmed(stop: StopSign) -> bool:
    """Ask whether to write the plan.

    Raises:
        Abort: Standard input ended.
        StoppedError: A signal came, even before the question was shown.
    """
    # `click.confirm` calls `input`, which drops a Ctrl-C that comes while it shows the question.
    while True:
        console.ask("Write this to the site? [y/N]: ")
        try:
            stop.wait_for(sys.stdin)
            answer = sys.stdin.readline()
            stop.check()
        except StoppedError as error:
            raise StoppedError(error.signal, NOTHING_WRITTEN) from None
        if not answer:
            raise click.Abort
        if answer.strip().lower() in {"y", "yes"}:
            return True
        if answer.strip().lower() in {"n", "no", ""}:
            return False
        console.say("Error: invalid input")


def _for_one(place: Path, stem: str) -> Path:
    """Return the path of an output for one of several files."""
    ending = SUFFIX if place.name.endswith(SUFFIX) else place.suffix
    return place.with_name(f"{place.name.removesuffix(ending)}-{stem}{ending}")


@contextmanager
def _reading(name: str, stop: StopSign) -> Iterator[Callable[[int], None]]:
    """Show the current line while a file is inspected, until a signal comes."""
    progress = Progress(LOGGER)

    def seen(line: int) -> None:
        check(stop)
        progress.report(lambda: f"{name}: read to line {line:,}")

    progress.begin()
    try:
        yield seen
        check(stop)
    finally:
        progress.end()


def check(stop: StopSign) -> None:
    """Raise if a signal came before anything was written.

    Raises:
        StoppedError: A signal came.
    """
    if stop.signum:
        raise StoppedError(stop.signum, NOTHING_WRITTEN)


def answer_signal() -> None:
    """Acknowledge a signal at once, without `sys.stderr`, which the signal may have interrupted."""
    with suppress(OSError):
        os.write(2, b"\nStopping once the current requests are finished. Press Ctrl-C again to stop at once.\n")


def listen(target: TargetWix, prepare: Callable[[], None], *, rejected: str = "", advice: str) -> int:
    """Run the target on its file. Return 0, or 1 if a record was rejected or the file cannot be read.

    `prepare` is called before the file is read. `rejected` is the message if a record was rejected, or "" to log none;
    `advice` says what to do after a signal has stopped the run.
    """
    try:
        prepare()
        target.listen()
    except RecordsRejectedError:
        return fail(rejected) if rejected else 1
    except CutOffError as error:
        target.settle_up(error)
        is_import = target.run.plan is None and target.run.outcomes.totals()
        return fail(f"{error} Products before it were imported, except rejected ones." if is_import else str(error))
    except StoppedError as error:
        target.settle_up(error)
        raise StoppedError(error.signal, advice if target.run.plan is None else NOTHING_WRITTEN) from None
    except Exception as error:  # any error: complete the results file, then raise it again
        target.settle_up(error)
        raise
    return 0
