"""Errors of settings and input, rejections of records, and failures of writes.

Errors that end a run are reported in one line without a record's values:

TargetError                     anything else: of another input or site  exit 1
├── InputError                  the input cannot be read further         exit 1, what came before is written
│   ├── ColumnsError            a product file has unknown columns       same
│   ├── CutOffError             a file cannot be read to its end         same
│   └── MissingKeyError         a record lacks its key properties        same
├── UnwrittenResultError        `results_path`: the disk is full         exit 1, files are closed
├── TooManyDeletesError         more deletes than `max_deletes`          exit 1, nothing was deleted
├── RecordsRejectedError        rejected records, after the run          exit 1
└── StoppedError                SIGTERM, SIGINT or SIGHUP                exit 128 + signal
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MissingKeyPropertiesError, SingerSDKError

from wix_api.errors import GoneError, NotFoundError, UnavailableError, WixError
from wix_api.progress import counted
from wix_api.redaction import redact
from wix_api.refusals import Refusal, understand

if TYPE_CHECKING:
    from collections.abc import Mapping


class TargetError(Exception):
    """Base class of expected errors that end a run. The message is complete: no traceback is shown."""


EXPECTED = (TargetError, WixError, SingerSDKError)
"""Errors that are logged in one line; others are faults of this program."""


class Rejected(Exception):  # noqa: N818 - not a failure of the program, but the outcome of a record
    """One record cannot be written as it is.

    Attributes:
        code: Error code in upper case: Wix's if Wix refused the record, else one of target-wix.
        field: Path of the invalid member, or "".
        message: The problem and what to do, without personal data.
        retryable: The same record may succeed in a later run.
        others: Further problems of the record.
        is_taken: Another entity has a value of the record, so the record may succeed later in the same run.
    """

    others: tuple[Rejected, ...] = ()

    def __init__(
        self, message: str, *, code: str, field: str = "", retryable: bool = False, is_taken: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message
        self.retryable = retryable
        self.is_taken = is_taken


class InputError(TargetError):
    """The input cannot be read further: a line, a message, a record or a stream is not what the target can take."""


class ColumnsError(InputError):
    """The columns of a stream of products are not those of a product file, or some of them are unknown."""


class CutOffError(InputError):
    """A product file cannot be read further than some line."""


class MissingKeyError(InputError, MissingKeyPropertiesError):
    """A record lacks one of its stream's key properties."""


class RecordsRejectedError(TargetError):
    """Some records were rejected and `on_reject` is `fail`."""

    @classmethod
    def counted(cls, number: int, *, is_plan: bool) -> RecordsRejectedError:
        """Return an error with the number of rejected records and advice."""
        records = counted(number, "record")
        if is_plan:
            return cls(f"{records} would be rejected (see above, or `results_path`). Nothing was written.")
        return cls(
            f"{records} {'were' if number > 1 else 'was'} rejected (see above, or `results_path`); everything else was "
            "written. Correct them and send only these with `retry_results`, or set `on_reject` to `skip` for exit "
            "code 0."
        )


class UnwrittenResultError(TargetError):
    """A line of the results file cannot be written."""


class TooManyDeletesError(TargetError):
    """The input has more deletes than `max_deletes` allows; nothing was deleted."""


class StoppedError(TargetError):
    """The process was asked to stop."""

    def __init__(self, signal: int, advice: str = "Run it again with the last state to continue.") -> None:
        super().__init__(f"Stopped before the end of the input. {advice}")
        self.signal = signal


NO_ANSWER = "NO_ANSWER"
"""Error code of a write whose answer was lost."""
NO_DETAIL = "NO_DETAIL"
"""Error code of a failed item without details from Wix."""
_HOLDERS = ("duplicateContactId", "matchingContactId")
"""Members of an error's data with the id of the entity that already has a unique value."""


@dataclass(frozen=True)
class Failure:
    """Failed write of one record.

    Attributes:
        code: Error code of Wix.
        fields: Members that Wix named.
        is_lost: The answer was lost, so it is unknown whether Wix did the write.
        is_partial: Wix did the write in part.
        data: Further data of the error; may contain personal data.
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
    def of(cls, error: WixError) -> Failure:
        """Return the failure of a call that Wix refused or did not answer."""
        if isinstance(error, UnavailableError):
            return cls.unanswered(str(error))
        is_of_a_proxy = isinstance(error, NotFoundError) and not isinstance(error, GoneError)
        return cls(
            error.refusal,
            error.code or f"HTTP_{error.status}",
            str(error),
            error.fields,
            is_lost=is_of_a_proxy,
            data=error.data,
        )

    @classmethod
    def unanswered(cls, why: str) -> Failure:
        """Return the failure of a write whose answer was lost."""
        return cls(Refusal.TRY_AGAIN, NO_ANSWER, why, is_lost=True, is_retryable=True)

    @classmethod
    def of_item(cls, metadata: Mapping[str, Any]) -> Failure:
        """Return the failure of an item of a bulk call. Wix limits the number of failures with an error."""
        error = metadata.get("error")
        details = error if isinstance(error, dict) else {}
        code = redact(str(details.get("code") or NO_DETAIL))
        message = redact(f"Wix refused it: {code} ({details.get('description') or 'no description'}).")
        meaning = understand(0, code, is_write=True)
        data = details.get("data")
        return cls(
            meaning.refusal, code, f"{message} {meaning.advice}".rstrip(), data=data if isinstance(data, dict) else {}
        )

    @property
    def may_be_written(self) -> bool:
        """True if Wix may have done the write, or did it in part."""
        return self.is_lost or self.is_partial

    @property
    def holder(self) -> str:
        """Id of the entity that already has a unique value, if Wix names it, else ""."""
        return next((str(self.data[name]) for name in _HOLDERS if self.data.get(name)), "")

    def rejection(self) -> Rejected:
        """Return the rejection of the record."""
        return Rejected(
            self.message,
            code=self.code,
            field=", ".join(self.fields),
            retryable=self.is_retryable,
            is_taken=self.refusal is Refusal.TAKEN,
        )
