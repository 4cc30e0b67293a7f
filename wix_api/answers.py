"""Judges an answer: which error it is, what Wix said in it, and what to do about it.

Source: https://dev.wix.com/docs/rest/articles/get-started/errors
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from wix_api.errors import (
    ConflictError,
    CredentialsError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtectedError,
    RateLimitError,
    SiteNotReadyError,
    ThrottledError,
    UnavailableError,
    UnexpectedResponseError,
    Violation,
    WixError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAIL_ADDRESS = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+")
_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Answer:
    """What is needed of an HTTP answer to judge it."""

    asked: str  # "POST /stores/v3/products"
    status: int
    body: bytes
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""  # the permission that the call needs, "" where none is documented


@dataclass(frozen=True)
class _Row:
    error: type[WixError]
    advice: str


_TABLE: dict[int, _Row] = {
    400: _Row(InvalidRequestError, "Mend the named value."),
    401: _Row(CredentialsError, "Check the credentials in the settings: {credentials}."),
    403: _Row(
        PermissionDeniedError,
        "Grant the missing permission{scope} to the API key or app, and check that it may reach this site: "
        "{credentials}.",
    ),
    404: _Row(NotFoundError, "It does not exist on this site, or `api_url` does not point to Wix."),
    409: _Row(ConflictError, "Read the current version and try again."),
    428: _Row(SiteNotReadyError, "The site is not set up for this call."),
    429: _Row(RateLimitError, "The site's quota is used up: lower `requests_per_minute` or try again in a minute."),
}

_ADVICE_BY_CODE = {
    "CATALOG_V1_SITE_CALLING_CATALOG_V3_API": "This site has store catalog V1: set `store_catalog` to auto or v1.",
    "CATALOG_V3_SITE_CALLING_CATALOG_V1_API": "This site has store catalog V3: set `store_catalog` to auto or v3.",
    "CATALOG_V3_SITE_PROVISIONING": "Wix is still setting up the store: try again in some minutes.",
    "REQUIRED_APP_NOT_INSTALLED": "Install the Wix app that this call belongs to (products: Wix Stores) on the site.",
}

_PROTECTED = {
    "CANNOT_UPDATE_MEMBER_EMAIL": "The contact is a site member, whose e-mail is changed in the member's account.",
    "CANNOT_DELETE_MEMBER": "The contact is a site member: delete the member first.",
    "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR": "The contact owns the site or works on it, and stays.",
    "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION": "End the contact's billing subscription first.",
    "LABELS_QUOTA_REACHED": "The site has no room for another label: delete some.",
    "FIELDS_QUOTA_EXCEEDED": "The site has no room for another extended field of contacts: delete some.",
}
"""Failed preconditions (428) that concern one record, not the site.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts (errors of update, delete, labels, extended fields)
"""


def check(answer: Answer, *, credentials: str) -> None:
    """Raise the error that belongs to an answer, or return if it is a success.

    Wix answers 200 to every success, creates and deletes included.

    Args:
        answer: What came back.
        credentials: Names of the settings that hold the credential, for the advice.
    """
    if answer.status == HTTPStatus.OK:
        return
    said = _Said.read(answer.body)
    row = _row(answer, said)
    advice = row.advice.format(credentials=credentials, scope=f" {answer.scope}" if answer.scope else "")
    raised = row.error(_message(answer, said, advice), code=said.code, violations=said.violations, status=answer.status)
    raised.data, raised.advice = said.data, advice
    if isinstance(raised, RateLimitError):
        raised.retry_after = _seconds(answer.headers.get("Retry-After"))
    raise raised


def _row(answer: Answer, said: _Said) -> _Row:
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Row(UnavailableError, "Wix has trouble; try again later.")
    row = _TABLE.get(answer.status, _Row(UnexpectedResponseError, "Check that `api_url` points to Wix."))
    if answer.status == HTTPStatus.FORBIDDEN and said.is_empty:
        return _Row(ThrottledError, row.advice)
    if said.code in _PROTECTED:
        return _Row(ProtectedError, _PROTECTED[said.code])
    return _Row(row.error, _ADVICE_BY_CODE.get(said.code, row.advice))


@dataclass(frozen=True)
class _Said:
    """The documented parts of an error body; all empty when the body is something else."""

    message: str = ""
    code: str = ""
    violations: tuple[Violation, ...] = ()
    is_empty: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, body: bytes) -> _Said:
        try:
            parsed: Any = msgspec.json.decode(body) if body else {}
        except msgspec.DecodeError:
            return cls(is_empty=False)
        if not isinstance(parsed, dict):
            return cls(is_empty=False)
        details = parsed.get("details") or {}
        application = details.get("applicationError") or {}
        listed = (details.get("validationError") or {}).get("fieldViolations") or []
        violations = tuple(
            Violation(
                str(entry.get("field")),
                redact(str(entry.get("description"))),
                str(entry.get("ruleName") or entry.get("violatedRule") or ""),
            )
            for entry in listed
        )
        if violations:
            code = violations[0].rule
            message = "; ".join(f"{violation.field} {violation.description}" for violation in violations)
        else:
            code = str(application.get("code") or "")
            message = str(parsed.get("message") or application.get("description") or "")
        return cls(message, code, violations, is_empty=not (message or code), data=application.get("data") or {})


def _message(answer: Answer, said: _Said, advice: str) -> str:
    """What was asked, what Wix said, what to do: never the body, which may hold personal data."""
    parts = [f"{answer.asked}: Wix answered {answer.status}"]
    if said.code:
        parts.append(said.code)
    if said.message:
        parts.append(f"({redact(said.message)})")
    if answer.request_id:
        parts.append(f"[request id {answer.request_id}]")
    return f"{' '.join(parts)}. {advice}"


def redact(text: str) -> str:
    """Cut a text of Wix to one short line without mail addresses."""
    line = _MAIL_ADDRESS.sub("<mail address>", " ".join(text.split()))
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"


def _seconds(header: str | None) -> float | None:
    """A `Retry-After` in seconds. Wix documents none, so other forms of it are not guessed at."""
    try:
        return max(float(header), 0.0) if header else None
    except ValueError:
        return None
