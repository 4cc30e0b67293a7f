"""Plain columns of contacts: how they may be spelled, and what happens to columns that are unknown.

A misspelled column must not cost a contact its name or e-mail unnoticed, so such a record is rejected. Other unknown
columns are left out with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from target_wix.change import Command
from target_wix.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    "labels": Column("Labels by name or key: a list, or one label.", "label tags"),
}
CUTOFF = 0.8
"""Least similarity of a suggested column, as `difflib` measures it: 1 is equal."""
_UNLIKE = "formName sourceName storeName userName"
"""Names of other things that are spelled like those of persons."""
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


def check(record: Entity, unknown: Iterable[str], command: Command) -> None:
    """Check that no unknown column of a record is its only name or e-mail.

    Args:
        record: The record, with the plain columns under their own names.
        unknown: Columns of the record that have a value and are not known.
        command: The command of the record.

    Raises:
        Rejected: The record would lose its name or e-mail. The message names the nearest column.
    """
    if record.get("info"):
        return
    lost = {
        name: near for name in unknown if (near := nearest(name)) in _NEEDED.get(command, _NAMED) and near not in record
    }
    if lost:
        problems = [f"There is no column `{name}`; the nearest one is `{near}`." for name, near in lost.items()]
        msg = f"{' '.join(problems)} Rename it, or remove it with `stream_maps`."
        raise Rejected(msg, code="UNKNOWN_COLUMN", field=", ".join(lost))


@lru_cache(_MOST_NAMES)
def nearest(name: str) -> str:
    """Return the plain column that is nearest to an unknown one; "" if none is near."""
    near = get_close_matches(_bare(name), _meanings(), n=1, cutoff=CUTOFF)
    return _meanings()[near[0]] if near else ""


@lru_cache(_MOST_NAMES)
def _own_name(name: str) -> str:
    return _spellings().get(_bare(name), name)


@cache
def _spellings() -> dict[str, str]:
    return {_bare(column): column for column in COLUMNS}


@cache
def _meanings() -> dict[str, str]:
    others = {_bare(other): name for name, column in COLUMNS.items() for other in column.others.split()}
    return {**_spellings(), **others, **{_bare(other): "" for other in _UNLIKE.split()}}


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
