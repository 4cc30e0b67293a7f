"""Tables of docs/refusals.md, from the tables that the plugins use."""

from __future__ import annotations

from target_wix.verdicts import VERDICTS, Verdict, Verdicts
from tools.markdown import table
from wix_api.answers import TREATMENTS
from wix_api.errors import (
    CredentialsError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RejectionError,
    SiteNotReadyError,
    UnavailableError,
    WixError,
)
from wix_api.refusals import CODES, STATUSES, WORDS, Refusal

READING: dict[type[WixError], str] = {
    SiteNotReadyError: "ends the stream with advice",
    CredentialsError: "asks for a new token once (apps); then ends the run",
    PermissionDeniedError: "leaves out what only some keys may read; otherwise ends the stream",
    NotFoundError: "leaves out a single row that is gone; otherwise ends the stream",
    RateLimitError: "waits, sends more slowly, asks again within `retry_patience_seconds`; then ends the stream",
    UnavailableError: "waits, asks again within `retry_patience_seconds`; then ends the stream",
    RejectionError: "ends the stream with Wix's text",
}
"""How the tap, and every read of the target, reacts to an error; the first class that matches."""

_WORDS = {
    Verdict.DONE: "done",
    Verdict.LOOK_AGAIN: "reads the entity again, then tries again",
    Verdict.LOOK_FOR_IT: "looks it up by its keys, then tries again",
    Verdict.REJECT: "rejects the record",
    Verdict.END: "ends the run",
}
_TRIED = {"create": "create", "update": "update", "delete": "delete", "join": "add", "leave": "remove"}


def refusal_tables() -> dict[str, str]:
    """Return all tables by their names in the document."""
    return {"meanings": meanings(), "codes": codes(), "statuses": statuses()}


def meanings() -> str:
    """Return the table of meanings and the plugins' reactions."""
    rows = [(refusal.value, reading(refusal), writing(VERDICTS[refusal])) for refusal in Refusal]
    return table(("Meaning", "When reading", "When writing a record"), rows)


def reading(refusal: Refusal) -> str:
    """Return the reaction to a refused read."""
    error = TREATMENTS[refusal].error
    return next(text for kind, text in READING.items() if issubclass(error, kind))


def writing(verdicts: Verdicts) -> str:
    """Return the reactions to a refused write, those that are equal only once."""
    tried: dict[Verdict, list[str]] = {}
    for name, found in verdicts._asdict().items():
        tried.setdefault(found, []).append(_TRIED[name])
    if len(tried) == 1:
        return _WORDS[verdicts.create]
    return "; ".join(f"{', '.join(names)}: {_WORDS[found]}" for found, names in tried.items())


def codes() -> str:
    """Return the meanings of application codes."""
    rows = [
        (
            ", ".join(f"`{code}`" for code in row.codes),
            ", ".join(map(str, row.statuses)) or "any",
            row.refusal.value,
            row.advice,
        )
        for row in CODES
    ]
    rows += [(f"none, text “{row.words}”", str(row.status), row.refusal.value, _plain(row.advice)) for row in WORDS]
    return table(("Code", "Status", "Meaning", "What to do"), rows)


def _plain(advice: str) -> str:
    return advice.format(credentials="the credentials", scope="")


def statuses() -> str:
    """Return the meanings of statuses if no code decides."""
    rows = [
        (
            str(row.status),
            row.refusal.value,
            row.wordless.value if row.wordless else row.refusal.value,
            row.coded.value if row.coded else row.refusal.value,
        )
        for row in STATUSES
    ]
    rows.append(("other 5xx", *[Refusal.TRY_AGAIN.value] * 3))
    rows.append(("any other", *[Refusal.UNKNOWN.value] * 3))
    heads = ("Status", "Meaning", "Blank, or a page of a firewall", "A write refused with a code that is not listed")
    return table(heads, rows)
