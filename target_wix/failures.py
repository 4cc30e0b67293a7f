"""Why a write of one record failed: what Wix refused, what it did in part, or what it did not answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_wix.errors import Rejected
from wix_api.errors import UnavailableError
from wix_api.redaction import redact
from wix_api.refusals import Refusal, understand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.errors import RejectionError

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
        told = error if isinstance(error, dict) else {}
        code = redact(str(told.get("code") or NO_DETAIL))
        message = redact(f"Wix refused it: {code} ({told.get('description') or 'no description'}).")
        meaning = understand(0, code, is_write=True)
        data = told.get("data")
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
