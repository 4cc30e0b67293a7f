"""Runs tap-wix and target-wix in this process, with the settings of the test site."""

from __future__ import annotations

import io
import json
import signal
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tap_wix.tap import TapWix
from target_wix.errors import StoppedError
from target_wix.target import TargetWix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from live.site import LiveSite

Row = dict[str, Any]
STREAMS = ("collections", "products", "contacts")
_MAKES_LABELS = {"contacts": {"create_missing_labels": True}}


def load(site: LiveSite, records: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Write records with target-wix, and return its results in the order of the input.

    Raises:
        Exception: The run could not continue.
    """
    with TemporaryDirectory() as folder, _signals_restored(), redirect_stdout(io.StringIO()):
        results = Path(folder, "results.jsonl")
        target = TargetWix(
            config={
                **site.config,
                "results_path": str(results),
                "on_reject": "skip",
                "index_lag_seconds": site.lag,
                "stream_options": _MAKES_LABELS,
            }
        )
        try:
            target.listen(io.StringIO("".join(_messages(records))))
        except StoppedError as stopped:
            target.settle_up(stopped)
            raise KeyboardInterrupt from stopped
        except Exception as error:  # raised again after results and report are closed, as the command does
            target.settle_up(error)
            raise
        if target.stop.signum:  # it came after everything was written
            raise KeyboardInterrupt
        return sorted(map(json.loads, results.read_text().splitlines()), key=lambda result: int(result["line"]))


def _messages(records: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": True}
    for stream, rows in records.items():
        yield _line(type="SCHEMA", stream=stream, schema=schema, key_properties=[])
        for row in rows:
            yield _line(type="RECORD", stream=stream, record=row)


def _line(**message: Any) -> str:
    return json.dumps(message) + "\n"


def extract(site: LiveSite, state: Row | None = None) -> tuple[dict[str, list[Row]], Row]:
    """Read collections, products and contacts with tap-wix; return the records by stream, and the last state.

    Args:
        site: The site.
        state: Last state of an earlier run; without it, everything is read.

    Raises:
        SystemExit: A stream failed.
    """
    with _signals_restored(), redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as written:
        catalog = _selecting(TapWix(config=dict(site.config)).catalog_dict)
        TapWix(config=dict(site.config), catalog=catalog, state=state).sync_all()
        written.seek(0)
        messages = list(map(json.loads, written))
    rows: dict[str, list[Row]] = {stream: [] for stream in STREAMS}
    for message in _of_type(messages, "RECORD"):
        rows[message["stream"]].append(message["record"])
    states = [message["value"] for message in _of_type(messages, "STATE")]
    return rows, states[-1] if states else {}


def _of_type(messages: Iterable[Row], wanted: str) -> list[Row]:
    return [message for message in messages if message["type"] == wanted]


def _selecting(catalog: Row) -> Row:
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in STREAMS
    return catalog


@contextmanager
def _signals_restored() -> Iterator[None]:
    """Restore the handlers that a plugin replaces."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
