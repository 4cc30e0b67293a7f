"""A run over an undo file: its steps, the last write first, as records of a target.

Steps of one stream make a batch, as records do. A step waits for those of other streams before it, and deletes wait for
other steps, since a handle is free for a product that is recreated only once the other one is deleted.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.domains.locating import remember
from target_wix.errors import TargetError
from target_wix.line_reader import LineReader
from target_wix.site_lock import site_of
from target_wix.target import TargetWix
from target_wix.undo_entries import Op
from target_wix.undo_log import digest_of_site
from wix_shop.undoing.steps import Steps, record_of
from wix_shop.undoing.undo_file import UndoFile, made_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_wix.run import Run
    from target_wix.stopping import StopSign
    from target_wix.undo_entries import Back
    from wix_shop.undoing.undo_file import Again

_OF_THE_INPUT = ("stream_options", "load_method", "command_column", "product_format", "retry_results", "stream_maps")
"""Settings of the run that is undone, which do not apply to the steps back."""


class UndoReader(LineReader):
    """Reader of the steps of an undo file. `line` is the number of the current step."""

    def __init__(self, file: UndoFile) -> None:
        super().__init__()
        self.file = file
        self.check: Callable[[], None] = lambda: None
        """Raises if the steps do not fit the site."""
        self.drain: Callable[[], None] = lambda: None
        """Writes all records that wait."""
        self.step: Back | None = None
        """The current step."""

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        self.check()
        known: set[str] = set()
        group: tuple[str, bool] | None = None
        for back in self.file:
            self.before_line()
            this = (back.stream, back.op is Op.MAKE)
            if group not in {None, this}:
                self.drain()
            group = this
            if back.stream not in known:
                known.add(back.stream)
                schema: dict[str, Any] = {"properties": {}}
                callbacks["SCHEMA"]({"type": "SCHEMA", "stream": back.stream, "schema": schema, "key_properties": []})
            self.line, self.step = back.line, back
            callbacks["RECORD"]({"type": "RECORD", "stream": back.stream, "record": record_of(back)})
        self.drain()
        return Counter(SCHEMA=len(known), RECORD=self.line)


def undo_target(config: Mapping[str, Any], path: Path, stop: StopSign | None = None) -> TargetWix:
    """Return a target that undoes the writes in an undo file.

    Args:
        config: Settings of the target. `undo_path` is the file that keeps what this run replaces in turn.
        path: Path of the undo file.
        stop: Stop sign of the command.

    Raises:
        SettingsError: The file cannot be read, or is no undo file.
        TargetError: The file is of another site. That the site was moved since is raised once the target reads.
    """
    file = UndoFile(path)
    if file.site and site_of(config) and file.site != digest_of_site(config):
        msg = f"{path} is of another site. Use the settings with which it was written. Nothing was sent."
        raise TargetError(msg)
    reader = UndoReader(file)
    kept = {name: value for name, value in config.items() if name not in _OF_THE_INPUT}
    target = TargetWix(config={**kept, "max_deletes": "off"}, message_reader=reader, stop=stop)
    run = target.run
    if path.stat().st_size != file.size:  # the run waited for the one that writes the file
        reader.file = file = UndoFile(path)
    earlier = UndoFile(Path(config["undo_path"])) if run.undo_log.is_continued else None

    def step(line: int) -> Back:
        back = reader.step
        assert back is not None
        assert back.line == line
        if earlier and back.id:
            back.replaced = earlier.changes_of(back.stream, back.id)
        return back

    def check() -> None:
        for warning in file.warnings:
            run.warn_once(warning)
        if file.catalogs - {run.client.store_catalog}:
            msg = (
                f"Wix has moved the site to store catalog V3 since {path} was written, so it cannot be undone. "
                "Nothing was sent."
            )
            raise TargetError(msg)

    run.undo = Steps(step, run.client, file.made, file.written)
    _remember_made_again(run, made_again(path, digest_of_site(config), file.began))
    reader.check = check
    reader.drain = target.drain_all
    return target


def _remember_made_again(run: Run, since: Iterable[Again]) -> None:
    """Store the ids of entities that undos made again, and the choices of the variants that their products had."""
    for stream, was, now in run.undo_log.made_again:
        run.memory.link(stream, was, now)
    for again in since:
        if again.now:
            run.memory.link(again.stream, again.was, again.now)
        remember(run, {**again.former, "id": again.was})
