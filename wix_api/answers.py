"""Converts a response into an error: its class, Wix's text, and what to do.

Source: https://dev.wix.com/docs/rest/articles/get-started/errors
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from wix_api.errors import (
    ConflictError,
    CredentialsError,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RejectionError,
    SiteNotReadyError,
    ThrottledError,
    UnavailableError,
    UnexpectedResponseError,
    Violation,
    WixError,
)
from wix_api.progress import time_text
from wix_api.redaction import printable, redact
from wix_api.refusals import Refusal, understand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Exceptions of decoding a body that is not JSON, not UTF-8, or nested too deeply."""


@dataclass(frozen=True)
class Answer:
    """The parts of an HTTP response that decide which error it becomes."""

    asked: str  # "POST /stores/v3/products"
    status: int
    body: bytes
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""  # the permission that the call needs, "" where none is documented
    is_write: bool = False  # whether a record was sent


class Treatment(NamedTuple):
    """The error class of each meaning, and its advice if the table of refusals has none."""

    error: type[WixError]
    advice: str


_TO_GRANT = (
    "Grant the missing permission{scope} to the API key or app, and check that it may reach this site: {credentials}."
)
_FOLLOW = "This version of the software does not know this refusal: follow the text of Wix."

_RESPONDER = "x-wix-responded-by"
_V1_CALL = re.compile(r"[A-Z]+ /stores(-reader)?/(v1|v2/inventoryItems)/")

TREATMENTS: dict[Refusal, Treatment] = {
    Refusal.NOT_READY: Treatment(SiteNotReadyError, "The site is not ready for this call: try again in some minutes."),
    Refusal.OTHER_CATALOG: Treatment(
        SiteNotReadyError,
        "The site does not offer this call, as when Wix moved it from store catalog V1 to V3: set `store_catalog` to "
        "auto or v3, and run it again.",
    ),
    Refusal.APP_MISSING: Treatment(SiteNotReadyError, "Install the Wix app that this call belongs to on the site."),
    Refusal.CREDENTIALS: Treatment(CredentialsError, "Check the credentials in the settings: {credentials}."),
    Refusal.PERMISSION: Treatment(PermissionDeniedError, _TO_GRANT),
    Refusal.IDENTITY: Treatment(
        PermissionDeniedError,
        "Wix wants another identity for this call than {credentials}: grant the permission{scope}, or use an app.",
    ),
    Refusal.RECORD: Treatment(InvalidRequestError, "Correct the named value."),
    Refusal.CONFLICT: Treatment(ConflictError, "Read the current version and try again."),
    Refusal.GONE: Treatment(GoneError, "It does not exist on this site, or `api_url` does not point to Wix."),
    Refusal.ALREADY_SO: Treatment(ConflictError, "Nothing is left to do."),
    Refusal.TAKEN: Treatment(ConflictError, "Another entity has this value: change it."),
    Refusal.SLOW_DOWN: Treatment(
        RateLimitError, "The site's quota is used up: lower `requests_per_minute`, or run it again later."
    ),
    Refusal.TRY_AGAIN: Treatment(UnavailableError, "Wix has trouble; try again later."),
    Refusal.UNKNOWN: Treatment(RejectionError, _FOLLOW),
}
_NO_STORES = Treatment(
    CredentialsError,
    f"{TREATMENTS[Refusal.CREDENTIALS].advice} If they are right, the site may lack Wix Stores: remove the setting "
    "`store_catalog`.",
)
"""Wix documents 401 for calls of catalog V1 on a site without Wix Stores, too."""
_THROTTLED = Treatment(ThrottledError, _TO_GRANT)
_BLOCKED = Treatment(
    RateLimitError,
    "Wix blocks callers that send too much, for up to 15 minutes: run it again later, with a lower "
    "`requests_per_minute`. If that does not help, check `api_url` and the proxy.",
)
_NO_SUCH_CALL = Treatment(NotFoundError, TREATMENTS[Refusal.GONE].advice)
_UNEXPECTED = Treatment(UnexpectedResponseError, _FOLLOW)
_NOT_OF_WIX = Treatment(UnexpectedResponseError, "Check that `api_url` points to Wix.")


def check(answer: Answer, *, credentials: str) -> None:
    """Raise the error for an answer, or return if the answer is a success.

    Wix documents 200 for every success, including creates and deletes; 201 and 204 were seen.

    Args:
        answer: The response.
        credentials: Names of the settings that contain the credential, for the advice.
    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = _Said.read(answer.body)
    meaning = understand(answer.status, said.code, said.message, is_write=answer.is_write)
    treatment = _treatment(answer, said, meaning.refusal)
    scope = f" {answer.scope}" if answer.scope else ""
    advice = (meaning.advice or treatment.advice).format(credentials=credentials, scope=scope)
    asked_wait = _asked_wait(answer.headers) if treatment.error is RateLimitError else None
    raised = treatment.error(
        _message(answer, said, asked_wait, advice),
        code=said.code,
        violations=said.violations,
        status=answer.status,
        refusal=meaning.refusal,
    )
    raised.data, raised.advice = said.data, advice
    # Live sites name the service that answered, unless no service has the path: an unknown record is answered by one.
    raised.is_unrouted = answer.status == HTTPStatus.NOT_FOUND and not said.code and _RESPONDER not in answer.headers
    if isinstance(raised, RateLimitError):
        raised.retry_after = asked_wait
    raise raised


def _treatment(answer: Answer, said: _Said, refusal: Refusal) -> Treatment:
    if refusal is Refusal.SLOW_DOWN and said.is_page:
        return _BLOCKED
    if refusal is Refusal.SLOW_DOWN and answer.status == HTTPStatus.FORBIDDEN:
        return _THROTTLED
    if refusal is Refusal.UNKNOWN and not (said.message or said.code):
        return _NOT_OF_WIX
    if refusal is Refusal.GONE and not (said.message or said.code or _RESPONDER in answer.headers):
        return _NO_SUCH_CALL  # the page of a proxy: it says nothing about the entity
    if refusal is Refusal.UNKNOWN and not answer.is_write:
        return _UNEXPECTED
    is_no_store = refusal is Refusal.CREDENTIALS and _V1_CALL.match(answer.asked)
    return _NO_STORES if is_no_store else TREATMENTS[refusal]


@dataclass(frozen=True)
class _Said:
    """The documented parts of an error body; all empty if the body is something else.

    Attributes:
        message: Wix's text.
        code: Wix's application code, or the rule that a field breaks.
        violations: Fields that break rules.
        is_page: Whether the body is not JSON, such as the page of a firewall in front of Wix.
        data: Details that Wix adds to its code.
    """

    message: str = ""
    code: str = ""
    violations: tuple[Violation, ...] = ()
    is_page: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    """Text of another form, as OAuth and gateways send it. It is shown, but is no proof that Wix answered."""

    @classmethod
    def read(cls, body: bytes) -> _Said:
        try:
            parsed: Any = msgspec.json.decode(body) if body else {}
        except UNREADABLE:
            return cls(is_page=True)
        if not isinstance(parsed, dict):
            return cls(is_page=True)
        details = parsed.get("details")
        application = _members(details, "applicationError")
        violations = tuple(
            violation
            for entry in _listed(_members(details, "validationError").get("fieldViolations"))
            if isinstance(entry, dict)
            for violation in _violations(entry)
        )
        if violations:
            code = violations[0].rule
            message = "; ".join(f"{violation.field} {violation.description}" for violation in violations)
        else:
            code = redact(str(application.get("code") or ""))
            message = _first_text(parsed.get("message"), application.get("description"), details)
        data = application.get("data")
        remark = _first_text(parsed.get("error_description"), parsed.get("error"))
        return cls(message, code, violations, data=data if isinstance(data, dict) else {}, remark=remark)


def _violations(entry: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what an entry says of its field, or, of the submission of a form, what it says of each value."""
    place = str(entry.get("field"))
    rule = redact(str(entry.get("ruleName") or entry.get("violatedRule") or ""))
    data = entry.get("data")
    errors = [
        each for each in _listed(data.get("errors") if isinstance(data, dict) else None) if isinstance(each, dict)
    ]
    for error in errors:
        text = _first_text(error.get("errorMessage"), error.get("errorType"))
        yield Violation(redact(f"{place}.{error.get('errorPath')}"), redact(text), rule)
    if not errors:
        yield Violation(redact(place), redact(str(entry.get("description"))), rule)


def _first_text(*values: Any) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")


def _members(details: Any, name: str) -> Mapping[str, Any]:
    """Return an object of the details; a string in its place, as live sites send it, becomes its description."""
    found = details.get(name) if isinstance(details, dict) else None
    if isinstance(found, str):
        return {"description": found}
    return found if isinstance(found, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _message(answer: Answer, said: _Said, asked_wait: float | None, advice: str) -> str:
    """Return the message: the request, Wix's text, what to do. Never the body, which may contain personal data."""
    parts = [f"{answer.asked}: Wix answered {answer.status}"]
    if answer.body.lstrip().startswith(b"<"):
        parts.append("with an HTML page")
    if said.code:
        parts.append(said.code)
    if text := said.message or said.remark:
        parts.append(f"({redact(text)})")
    if answer.request_id:
        parts.append(f"[request id {printable(answer.request_id)}]")
    if asked_wait:
        parts.append(f"and asks to wait {time_text(asked_wait)}")
    return f"{' '.join(parts)}. {advice}"


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After`; a date is compared with the answer's own date. None if there is none.

    Wix does not document this header, but a proxy may add it.
    """
    asked = headers.get("Retry-After") or ""
    try:
        seconds = float(asked)
    except ValueError:
        seconds = _moment(asked) - _moment(headers.get("Date"))
    return seconds if 0 < seconds < math.inf else None


def _moment(date: str | None) -> float:
    """Return an HTTP date as seconds since 1970, NaN if it is not one."""
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return math.nan
