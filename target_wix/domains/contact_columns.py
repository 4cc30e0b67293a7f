"""Plain columns of contacts: how they may be spelled, and what happens to columns that are unknown.

A misspelled column must not cost a contact its name or e-mail unnoticed, so such a record is rejected. Other unknown
columns are left out with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from target_wix.change import Command
from target_wix.errors import Rejected
from target_wix.fields import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Entity


@dataclass(frozen=True)
class Column:
    """A plain column.

    Attributes:
        meaning: Its contents, for the documentation.
        others: Names that other systems use for it, separated by blanks. They are suggested, but not accepted.
    """

    meaning: str
    others: str = ""


COLUMNS = {
    "email": Column(
        "Primary e-mail. Other e-mails of the contact are kept.",
        "mail emailAddress primaryEmail contactEmail customerEmail userEmail workEmail",
    ),
    "phone": Column("Primary phone. Other phones of the contact are kept.", "phoneNumber mobile mobilePhone telephone"),
    "firstName": Column("First name.", "first fName givenName forename name fullName"),
    "lastName": Column("Last name.", "last lName familyName surname"),
    "company": Column("Company.", "companyName organization"),
    "jobTitle": Column("Job title.", "title position"),
    "birthdate": Column("Date of birth, `YYYY-MM-DD`.", "birthday dateOfBirth"),
    "locale": Column("Language, such as `en` or `en-us`.", "language"),
    "externalId": Column(
        "Id in another system, a key after `id`. Wix sets it once, and only with [Contacts v5](#contacts-in-bulk).",
        "customerId sourceId",
    ),
    "labels": Column("Labels by name or key: a list, or one label.", "label tags"),
}
_UNLIKE = "formName sourceName storeName userName"
"""Names of other things that are spelled like those of persons."""
SYNONYMS = {other: name for name, column in COLUMNS.items() for other in column.others.split()} | dict.fromkeys(
    _UNLIKE.split(), ""
)
"""Names that are suggested as, or "" for no suggestion, the columns they are spelled like."""
_SPELLINGS = {bare(column): column for column in COLUMNS}
_NAMED = ("email", "firstName", "lastName")
"""Columns that a record must not lose."""
_NEEDED = {Command.DELETE: ("email",), Command.IGNORE: ()}
"""The same for commands that write no name. A delete that lost its e-mail could find another contact by its phone."""
_MOST_NAMES = 1000
"""Names of columns whose meaning is cached."""


def with_known_names(record: Entity) -> Entity:
    """Return a record with the plain columns under their own names: `First Name` and `first_name` are `firstName`.

    Raises:
        Rejected: Two columns of the record are the same plain column.
    """
    named: Entity = {}
    for name, value in record.items():
        known = _own_name(name)
        if known in named:
            msg = f"The record has the column `{known}` twice: `{name}` is the same column. Remove one of them."
            raise Rejected(msg, code="SAME_COLUMN", field=name)
        named[known] = value
    return named


def check(record: Entity, unknown: Mapping[str, str], command: Command) -> None:
    """Check that no unknown column of a record is its only name or e-mail.

    Args:
        record: The record, with the plain columns under their own names.
        unknown: Columns of the record that have a value and are not known, each with the nearest column, or "".
        command: The command of the record.

    Raises:
        Rejected: The record would lose its name or e-mail. The message names the nearest column.
    """
    if record.get("info"):
        return
    needed = _NEEDED.get(command, _NAMED)
    lost = {name: near for name, near in unknown.items() if near in needed and near not in record}
    if lost:
        problems = [f"There is no column `{name}`; the nearest one is `{near}`." for name, near in lost.items()]
        msg = f"{' '.join(problems)} Rename it, or remove it with `stream_maps`."
        raise Rejected(msg, code="UNKNOWN_COLUMN", field=", ".join(lost))


@lru_cache(_MOST_NAMES)
def _own_name(name: str) -> str:
    return _SPELLINGS.get(bare(name), name)
