"""What an earlier run settled, from its results file, so that only the rest is sent again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from target_wix.change import Outcome
from target_wix.errors import OtherInputError
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Settled(NamedTuple):
    """What became of a record in an earlier run: its outcome, and its id on the site or ""."""

    outcome: Outcome
    id: str


class _Line(msgspec.Struct):
    line: int
    stream: str
    outcome: Outcome
    key: str = ""
    id: str = ""
    earlier: Outcome | None = None
    planned: bool = False


class EarlierResults:
    """The results of an earlier run over the same input, which may have been mended since.

    A record is left out if that run settled it: it has a key under which records were settled and none was rejected,
    or, where it has no key, its line was settled. All others are sent: what was rejected, what got another key since,
    and what the run did not reach because it was stopped.

    Args:
        path: The results file. It is read at once, so a run may write its own results to the same path.

    Raises:
        SettingsError: It cannot be read, is empty, or is no results file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._known: dict[str, dict[str | int, Settled | None]] = {}
        self._more: Counter[tuple[str, str | int]] = Counter()
        self._rejected_lines: set[tuple[str, int]] = set()
        self._met: set[str] = set()
        for result in _read(path):
            self._take(result)
        if not self._known:
            msg = f"`retry_results`: {path} holds no results, so all is still to do. Run without `retry_results`."
            raise SettingsError(msg)

    def _take(self, result: _Line) -> None:
        if result.planned:
            msg = f"`retry_results`: {self.path} is of a dry run, so nothing of it was done. Run without it."
            raise SettingsError(msg)
        known = self._known.setdefault(result.stream, {})
        place = result.key or result.line
        if result.outcome is Outcome.REJECTED:
            # Records of one key are applied in their order: if one was rejected, all of them are sent again.
            known[place] = None
            self._rejected_lines.add((result.stream, result.line))
        elif place not in known:
            known[place] = Settled(result.earlier or result.outcome, result.id)
        else:
            self._more[result.stream, place] += 1

    def knows(self, stream: str) -> bool:
        """True if that run had any record of a stream."""
        return stream in self._known

    def settled(self, stream: str, key: str, line: int) -> Settled | None:
        """Return what became of a record if it need not be sent again; at most as often as it was settled."""
        known, place = self._known.get(stream, {}), key or line
        if place in known or (stream, line) in self._rejected_lines:
            self._met.add(stream)
        found = known.get(place)
        if found and self._more[stream, place]:
            self._more[stream, place] -= 1
        elif found:
            known[place] = None
        return found

    def check(self, stream: str) -> None:
        """Check that the first records of a stream were in the input of that run.

        Raises:
            OtherInputError: That run had records of this stream, and none of them came so far.
        """
        if self.knows(stream) and stream not in self._met:
            msg = (
                f"`retry_results`: none of the first records of stream `{stream}` is in {self.path}, so it belongs to "
                "another input (or `match_on` has changed). Nothing of the stream was sent."
            )
            raise OtherInputError(msg)


def _read(path: str) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - read line by line
            for number, raw in enumerate(file, 1):
                try:
                    yield decoder.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    if not raw.endswith(b"\n"):
                        return  # a kill cut it off
                    msg = (
                        f"`retry_results`: line {number} of {path} is no result. Give a file that an earlier run wrote "
                        "to its `results_path`."
                    )
                    raise SettingsError(msg) from None
    except OSError as error:
        msg = f"`retry_results`: {path} cannot be read: {error.strerror}."
        raise SettingsError(msg) from None
