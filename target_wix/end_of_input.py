"""The end of the input: what was held is deleted, what waits is written, mirrors are made true, under the brake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix import pipeline
from target_wix.concurrency import batches
from target_wix.errors import Rejected, TooManyDeletesError
from wix_api.errors import SiteNotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.change import Change
    from target_wix.run import Run
    from target_wix.sink import WixSink
    from target_wix.stream import Stream

MOST_PER_CALL = 400
_MOVED = "Wix moved the site to catalog V3 during the run, which may have given other ids to what the input holds"


def end(run: Run, sinks: list[WixSink], acknowledge: Callable[[], None]) -> None:
    """Do what waits for the end of the input.

    Args:
        run: The run.
        sinks: In the order in which they write.
        acknowledge: Writes the newest state that holds by now.

    Raises:
        TooManyDeletesError: The brake; nothing was deleted.
    """
    surplus = {sink.stream_name: _surplus(run, sink) for sink in sinks if _is_mirrored(run, sink)}
    excess = run.deletes.excess({name: len(changes) for name, changes in surplus.items()})
    if excess:
        # Also where rejections are skipped: no state may pass what was not deleted.
        run.rejections_fail = True
        for sink in sinks:
            _refuse_deletes(run, sink.stream, excess[0])
        raise TooManyDeletesError(" ".join(excess))
    run.deletes.is_holding = False
    run.repeats.clear()
    for sink in sinks:
        held, waiting = run.deletes.take(sink.stream_name)
        _delete(sink, held, acknowledge)
        if waiting:
            sink.write_again(sorted(waiting, key=lambda change: change.line))
    for sink in sinks:
        if surplus.get(sink.stream_name) and _may_delete_surplus(run, sink):
            # What waited may have turned out to hold something of it.
            left = [change for change in surplus[sink.stream_name] if sink.domain.is_still_surplus(change)]
            _delete(sink, left, acknowledge)


def _surplus(run: Run, sink: WixSink) -> list[Change]:
    """Return what a mirror does not hold; nothing if Wix moved the site."""
    try:
        return sink.domain.surplus()
    except SiteNotReadyError as error:
        if not run.has_moved(error):
            raise
        run.warn_once(f"{sink.stream_name}: nothing is deleted that the input does not hold: {_MOVED}.")
        return []


def _is_mirrored(run: Run, sink: WixSink) -> bool:
    """True if a stream is to be made a mirror, and all of it came; warns why not."""
    name = sink.stream_name
    if not sink.domain.mirrors:
        return False
    reasons = {
        "the input has no record of it": not run.deletes.records(name),
        "some records were rejected": bool(run.outcomes.rejections()),
        "only what an earlier run rejected is sent": run.earlier is not None,
        "its version was not activated (ACTIVATE_VERSION), so not all may have come": run.mirror.is_unfinished(name),
        _MOVED: run.is_moved,
    }
    reason = next((reason for reason, is_so in reasons.items() if is_so), None)
    if reason:
        run.warn_once(f"{name}: nothing is deleted that the input does not hold, since {reason}.")
    return reason is None


def _refuse_deletes(run: Run, stream: Stream, why: str) -> None:
    """Reject what was held, and what waits for it."""
    held, waiting = run.deletes.take(stream.name)
    for change in held:
        stream.reject(change, Rejected(why, code="TOO_MANY_DELETES", retryable=True))
    for change in waiting:
        msg = f"It comes after a delete that was stopped. {why}"
        stream.reject(change, Rejected(msg, code="TOO_MANY_DELETES", retryable=True))


def _may_delete_surplus(run: Run, sink: WixSink) -> bool:
    """True if nothing was rejected, and the site not moved, since the surplus was read; warns why not."""
    reason = "a record was rejected" if run.outcomes.rejections() else _MOVED if run.is_moved else ""
    if reason:
        run.warn_once(f"{sink.stream_name}: nothing is deleted that the input does not hold: {reason}.")
    return not reason


def _delete(sink: WixSink, changes: list[Change], acknowledge: Callable[[], None]) -> None:
    for some in batches(changes, MOST_PER_CALL):
        sink.work(pipeline.delete, some)
        acknowledge()
