"""The end of the input: what was held is deleted, what waits is written, mirrors are made true, under the brake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.input_errors import TooManyDeletesError

if TYPE_CHECKING:
    from target_wix.changes import Change
    from target_wix.run import Run
    from target_wix.sinks.base import WixSink


def end(run: Run, sinks: list[WixSink]) -> None:
    """Do what waits for the end of the input.

    Args:
        run: The run.
        sinks: In the order in which they write.

    Raises:
        TooManyDeletesError: The brake; nothing was deleted.
    """
    surplus = {sink.stream_name: sink.surplus() for sink in sinks if _is_mirrored(run, sink)}
    excess = run.deletes.excess({name: len(changes) for name, changes in surplus.items()})
    if excess:
        # Also where rejections are skipped: no state may pass what was not deleted.
        run.rejections_fail = True
        for sink in sinks:
            sink.refuse_deletes(excess[0])
        raise TooManyDeletesError(" ".join(excess))
    run.deletes.is_holding = False
    run.repeats.clear()
    for sink in sinks:
        sink.release()
    for sink in sinks:
        if surplus.get(sink.stream_name):
            _remove(run, sink, surplus[sink.stream_name])


def _is_mirrored(run: Run, sink: WixSink) -> bool:
    """Whether a stream is to be made a mirror, and all of it came; says why not."""
    name = sink.stream_name
    if not sink.mirrors:
        return False
    reasons = {
        "the input has no record of it": not run.deletes.records(name),
        "some records were rejected": bool(run.outcomes.rejections()),
        "only what an earlier run rejected is sent": run.earlier is not None,
        "its version was not activated (ACTIVATE_VERSION), so not all may have come": run.mirror.is_unfinished(name),
    }
    reason = next((reason for reason, is_so in reasons.items() if is_so), None)
    if reason:
        run.warn_once(f"{name}: nothing is deleted that the input does not hold, since {reason}.")
    return reason is None


def _remove(run: Run, sink: WixSink, surplus: list[Change]) -> None:
    if run.outcomes.rejections():
        run.warn_once(f"{sink.stream_name}: nothing is deleted that the input does not hold: a record was rejected.")
        return
    sink.remove(surplus)
