"""What can go wrong: with settings and input, with one record, and with a call that writes it.

Errors that end a run are reported in one line without a record's values:

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
├── UnwrittenStateError            standard output: the disk is full        same
├── BusyError                   another run writes to the site           exit 1, nothing was sent
├── TooManyDeletesError         the brake; nothing was deleted           exit 1, all else is written
├── RecordsRejectedError        raised at the end, after all was written  exit 1
└── StoppedError                SIGTERM or SIGINT                        exit 128 + signal
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord, MissingKeyPropertiesError
from typing_extensions import override

from wix_api.errors import UnavailableError
from wix_api.redaction import redact
from wix_api.refusals import Refusal, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_api.errors import RejectionError


class TargetError(Exception):
    """Parent of what ends a run in an expected way; the message is all that a user needs."""


class Rejected(Exception):  # noqa: N818 - not a failure of the program: an answer to one record
    """One record cannot be written as it is.

    Attributes:
        code: Short upper-case name: Wix's own where Wix refused, ours where it was never sent.
        field: Path of the member that is wrong, or "".
        message: What is wrong and what to do; holds no personal data.
        retryable: The same record may succeed in a later run.
        others: What else is wrong with the record.
    """

    others: tuple[Rejected, ...] = ()

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
        """Return an error that names what can be written instead, or that the site lacks Wix Stores."""
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
    """The results that are to be retried belong to another input."""


class RecordsRejectedError(TargetError):
    """Some records were rejected and `on_reject` is `fail`."""

    @classmethod
    def counted(cls, number: int, *, is_plan: bool) -> RecordsRejectedError:
        """Return an error that counts the records and advises what to do."""
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


class UnwrittenStateError(TargetError):
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

    def __init__(self, signal: int, advice: str = "Run it again with the last state to go on.") -> None:
        super().__init__(f"Stopped before the end of the input. {advice}")
        self.signal = signal


NO_ANSWER = "NO_ANSWER"
"""Code of a write whose answer was lost."""
NO_DETAIL = "NO_DETAIL"
"""Code of a failed item of which Wix says nothing else."""
_HOLDERS = ("duplicateContactId", "matchingContactId")
"""Members of an error's data that name the entity that has a value already."""


@dataclass(frozen=True)
class Failure:
    """Why a write of one record failed.

    Attributes:
        refusal: What the refusal means.
        code: Wix's code.
        message: What Wix said.
        fields: Members that it named.
        is_lost: The answer was lost: whether the write was done is unknown.
        is_partial: The write was done, but not all that belongs to it.
        data: What Wix adds to its code; may hold personal data.
        is_retryable: The same record may succeed in a later run.
    """

    refusal: Refusal
    code: str
    message: str
    fields: tuple[str, ...] = ()
    is_lost: bool = False
    is_partial: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    is_retryable: bool = False

    @classmethod
    def of(cls, error: RejectionError | UnavailableError) -> Failure:
        """Return why a call was refused, or that its answer was lost."""
        if isinstance(error, UnavailableError):
            return cls.unanswered(str(error))
        return cls(error.refusal, error.code or f"HTTP_{error.status}", str(error), error.fields, data=error.data)

    @classmethod
    def unanswered(cls, why: str) -> Failure:
        """Return the failure of a write whose answer was lost."""
        return cls(Refusal.TRY_AGAIN, NO_ANSWER, why, is_lost=True, is_retryable=True)

    @classmethod
    def of_item(cls, metadata: Mapping[str, Any]) -> Failure:
        """Return why an item of a bulk call failed; failures beyond Wix's limit of details come without an error."""
        error = metadata.get("error")
        given = error if isinstance(error, dict) else {}
        code = redact(str(given.get("code") or NO_DETAIL))
        message = redact(f"Wix refused it: {code} ({given.get('description') or 'no description'}).")
        meaning = understand(0, code, is_write=True)
        data = given.get("data")
        return cls(
            meaning.refusal, code, f"{message} {meaning.advice}".rstrip(), data=data if isinstance(data, dict) else {}
        )

    @property
    def holder(self) -> str:
        """Id of the entity that has a value already, where Wix names it."""
        return next((str(self.data[name]) for name in _HOLDERS if self.data.get(name)), "")

    def rejection(self) -> Rejected:
        """Return what the record is rejected with."""
        return Rejected(self.message, code=self.code, field=", ".join(self.fields), retryable=self.is_retryable)
