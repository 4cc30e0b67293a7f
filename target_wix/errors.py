"""What can be wrong with settings and input, each told in one line without a record's values.

TargetError
├── NotJsonError                a line cannot be read                    exit 1, what came before is written
├── BadMessageError             a line is no Singer message              same
├── ColumnsError                a product file has unknown columns       same
├── CutOffError                 a file cannot be read to its end         same
├── UnknownStreamError          no sink for this stream                  same
├── MissingKeyError             a record lacks its key properties        same
├── InvalidRecordError          a record breaks its stream's SCHEMA      same
├── InvalidSchemaError          a SCHEMA is no JSON Schema               same
├── OtherInputError             `retry_results` is of another input      exit 1
├── UnwrittenResultError        `results_path`: the disk is full         exit 1, closed in order
├── UntoldStateError            standard output: the disk is full        same
├── BusyError                   another run writes to the site           exit 1, nothing was sent
├── TooManyDeletesError         the brake; nothing was deleted           exit 1, all else is written
├── RecordsRejectedError        told at the end, after all was written   exit 1
└── StoppedError                SIGTERM or SIGINT                        exit 128 + signal
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord, MissingKeyPropertiesError
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable


class TargetError(Exception):
    """Parent of what ends a run in an expected way; the message is all that a user needs."""


class Rejected(Exception):  # noqa: N818 - not a failure of the program: an answer to one record
    """One record cannot be written as it is.

    Attributes:
        code: Short upper-case name: Wix's own where Wix refused, ours where it was never sent.
        field: Path of the member that is wrong, or "".
        message: What is wrong and what to do; holds no personal data.
        retryable: The same record may succeed in a later run.
    """

    def __init__(self, message: str, *, code: str, field: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message
        self.retryable = retryable


class InputError(TargetError):
    """The input cannot be read on from here."""


class NotJsonError(InputError):
    """A line of the input is not JSON."""


class BadMessageError(InputError):
    """A line of the input is JSON, but not a Singer message."""


class ColumnsError(InputError):
    """The columns of a stream of products are those of no product file, or not all of them are."""


class CutOffError(InputError):
    """A product file cannot be read on from some line."""


class UnknownStreamError(InputError):
    """There is nothing on this site that the records of this stream could be written to."""

    @classmethod
    def named(cls, stream: str, known: Iterable[str], elsewhere: Iterable[str]) -> UnknownStreamError:
        """Say what could be written instead, or that the stream could be if the site had Wix Stores."""
        if stream in elsewhere:
            return cls(
                f"Stream `{stream}` cannot be written: Wix Stores is not installed on the site. Install the app "
                "`Wix Stores`, or set `unknown_stream` to `ignore`."
            )
        return cls(
            f"There is no sink for stream `{stream}`. target-wix writes {', '.join(sorted(known))}; rename the stream "
            "with `stream_maps`, or set `unknown_stream` to `ignore`."
        )


class MissingKeyError(InputError, MissingKeyPropertiesError):
    """A record lacks one of its stream's key properties."""


class InvalidRecordError(InputError, InvalidRecord):
    """A record does not fit the SCHEMA of its stream. Says where, never what."""

    def __init__(self, message: str) -> None:
        super().__init__(message, {})

    @override
    def __str__(self) -> str:
        return self.error_message


class InvalidSchemaError(InputError, InvalidJSONSchema):
    """The SCHEMA of a stream is no JSON Schema."""


class OtherInputError(TargetError):
    """The results that shall be retried belong to another input."""


class RecordsRejectedError(TargetError):
    """Some records were rejected and `on_reject` is `fail`."""

    @classmethod
    def counted(cls, number: int, *, is_plan: bool) -> RecordsRejectedError:
        """Say how many, and what can be done."""
        records = f"{number:,} record{'s' if number > 1 else ''}"
        if is_plan:
            return cls(f"{records} would be rejected (see above, or `results_path`). Nothing was written.")
        return cls(
            f"{records} {'were' if number > 1 else 'was'} rejected (see above, or `results_path`); everything else was "
            "written. Mend them and send only these with `retry_results`, or set `on_reject` to `skip` to let such a "
            "run succeed."
        )


class UnwrittenResultError(TargetError):
    """A line of the results file cannot be written."""


class UntoldStateError(TargetError):
    """A state cannot be written to standard output."""


class BusyError(TargetError):
    """Another run writes to the site."""


class TooManyDeletesError(TargetError):
    """The input would delete more than was allowed; nothing was deleted."""


class StoppedError(TargetError):
    """The process was asked to stop.

    Attributes:
        signal: Number of the signal.
    """

    def __init__(self, signal: int) -> None:
        super().__init__("Stopped before the end of the input. Run it again with the last state to go on.")
        self.signal = signal
