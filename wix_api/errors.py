"""What Wix refuses, classified by what a caller can do about it.

    WixError
    ├── SettingsError             nothing was asked: a setting is missing or wrong   fatal
    ├── CredentialsError          the key or the token is wrong                      fatal
    ├── PermissionDeniedError     a permission is missing, or another identity       fatal
    │   └── ThrottledError        403 without words: perhaps only a slow-down        retried twice
    ├── SiteNotReadyError         an app is missing, or it has the other catalog     fatal
    ├── UnexpectedResponseError   anything not in the table of refusals              fatal
    ├── RejectionError            Wix will not take this one record                  reject the record
    │   ├── InvalidRequestError   it is refused for what it holds
    │   │   └── SortRefusedError  the order is refused, on some sites           read in Wix's order
    │   ├── CursorRefusedError    the cursor has expired or is unknown               query again
    │   ├── NotFoundError         the entity does not exist, or the answer is not Wix's
    │   │   └── GoneError         the entity does not exist
    │   └── ConflictError         exists already, or the revision is stale           read again, then once more
    └── TransientError            the same call may succeed later                    wait and repeat
        ├── RateLimitError        429, or a page of a firewall with 403
        └── UnavailableError      5xx, 408, time-out, dropped connection, malformed 200
            └── UnreachableError  no connection or no token, so nothing was sent

Which answer becomes which of them is in `wix_api.refusals` and `wix_api.answers`.
Source: https://dev.wix.com/docs/rest/articles/get-started/errors
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_api.progress import time_text
from wix_api.refusals import Refusal, understand

if TYPE_CHECKING:
    from collections.abc import Mapping


class Violation(NamedTuple):
    """An invalid field: its path (`products[3].name`), Wix's text about it, the rule that it breaks."""

    field: str
    description: str
    rule: str


class WixError(Exception):
    """Base class of all errors of this package about an answer of Wix.

    Attributes:
        code: Wix's application code (`DUPLICATE_SLUG_ERROR`), or the rule that a field breaks, or "".
        violations: What a validation error reports for single fields.
        status: HTTP status, 0 if there was no answer.
        data: Details that Wix adds to its code; may contain personal data, so they are never logged.
        refusal: What the refusal means; by default, the table of refusals decides.
        advice: What to do, the end of the message; "" if there is no separate advice.
        is_unrouted: True if Wix has no such call.
    """

    data: Mapping[str, Any] = MappingProxyType({})
    advice = ""
    is_unrouted = False

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        violations: tuple[Violation, ...] = (),
        status: int = 0,
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(message)
        self.refusal = refusal or understand(status, code, message).refusal
        self.code = code
        self.violations = violations
        self.status = status

    @property
    def happened(self) -> str:
        """The message without the advice, for failures that are retried."""
        return str(self).removesuffix(self.advice).rstrip()

    @property
    def fields(self) -> tuple[str, ...]:
        """Paths of the fields that Wix named."""
        return tuple(violation.field for violation in self.violations)


class SettingsError(WixError):
    """A setting is missing or wrong; Wix was not asked."""


class CredentialsError(WixError):
    """The key or token is missing, wrong or expired."""


class PermissionDeniedError(WixError):
    """The credential is valid, but a permission is missing."""


class ThrottledError(PermissionDeniedError):
    """A 403 without a text: a rate limit, or a missing permission."""


class SiteNotReadyError(WixError):
    """The site lacks an app, or has the other catalog version."""


class UnexpectedResponseError(WixError):
    """Wix, or a server in its place, returned something that is not documented."""


class RejectionError(WixError):
    """Wix does not accept this record; other records are not affected."""


class InvalidRequestError(RejectionError):
    """The record is refused for its contents or its owner; `fields` names the fields that break a rule."""


class SortRefusedError(InvalidRequestError):
    """Wix refuses to sort rows in the requested order."""


class CursorRefusedError(RejectionError):
    """Wix does not know the cursor any more. It documents neither how long a cursor lives nor the error."""


class NotFoundError(RejectionError):
    """The id does not exist on this site, or something other than Wix answered 404."""


class GoneError(NotFoundError):
    """The id does not exist on this site, as Wix itself answers."""


class ConflictError(RejectionError):
    """The entity exists already, or changed since its revision was read."""


class TransientError(WixError):
    """The same call may succeed later."""

    def waited(self, seconds: float) -> None:
        """Add to the message for how long the call was retried."""
        if seconds:
            limit = f"It was repeated for {time_text(seconds)}, as long as `retry_patience_seconds` allows."
            self.args = (f"{self.happened} {limit} {self.advice}".rstrip(),)


class RateLimitError(TransientError):
    """Too many requests.

    Attributes:
        retry_after: Seconds that Wix asked to wait, if it did.
    """

    retry_after: float | None = None


class UnavailableError(TransientError):
    """No usable answer. It is unknown whether a write was done.

    Attributes:
        is_lost: The call must not simply be repeated: first look up whether the write was done.
    """

    is_lost = False

    def __init__(self, message: str, *, refusal: Refusal = Refusal.TRY_AGAIN, **members: Any) -> None:
        super().__init__(message, refusal=refusal, **members)


class UnreachableError(UnavailableError):
    """No connection to Wix could be made, or it issued no access token, so nothing was sent."""
