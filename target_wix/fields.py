"""The members of an entity that can be written: one `Field` per member, one `Fields` table per entity.

Records come from files, warehouses and other sites, so the same value arrives in different notations. A row describes a
member completely: its form, its limit, whether a create requires it, and how it is written. `Fields` uses the rows to
parse a record, select the members to write, check them before they are sent, and name the members that are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum, auto
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.errors import Rejected
from wix_api.ids import GUID
from wix_api.progress import counted
from wix_api.timestamps import readable, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_wix.change import Entity

MOST_STOCK = 99_999
"""The largest quantity that Wix accepts."""
_MOST_MONEY = Decimal("999999999.99")
MONEY_DECIMALS = 3
"""Most decimals of an amount that Wix accepts."""
_LARGEST_EXPONENT = 100
"""Numbers with a larger exponent stay texts: their digits could fill the memory, and Wix accepts none of them."""
_NO_NUMBER = "is not a number. Write it with a decimal point and without a currency sign, such as 12.50"
_REFUSED = re.compile(r"[Ee]|\.\d{4}|[^\x00-\x7f]")
"""An amount with an exponent, with more decimals than Wix accepts, even if they are zeros, or with other digits."""
_SLUG = re.compile(r"[a-z0-9-]+")
_EMPTY: tuple[Any, ...] = (None, "", [], {})
CUTOFF = 0.8
"""Least similarity of a suggested member, as `difflib` measures it: 1 is equal."""
_MOST_NAMES = 1000
"""Unknown names for which a suggestion is searched: a table may have a column for each attribute of its rows."""


class _Clear(str):
    __slots__ = ()


CLEAR = _Clear()
"""Value of a member that is to be cleared at any depth: an empty text, which only clears a member of the entity itself,
would not be noticed inside of an object."""
_FLAGS = dict.fromkeys(("true", "t", "yes", "y", "1"), True) | dict.fromkeys(("false", "f", "no", "n", "0"), False)


# Values


def _decimal_of(value: Any) -> Decimal | None:
    """Return the number in any notation; None for other values, and for numbers with a huge exponent."""
    if isinstance(value, bool) or value is None or "_" in (written := str(value).strip()):  # `Decimal` takes "1_000"
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _LARGEST_EXPONENT else None


def decimal_text(value: Any) -> Any:
    """Return a number as its shortest decimal text: "10.00" becomes "10". Return other values unchanged."""
    number = _decimal_of(value)
    if number is None:
        return value
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def amount(value: Any) -> Any:
    """Return an amount as decimal text.

    The number of decimals stays, unless Wix refuses it: databases write "12.340000000", and "0E-9" for 0.
    """
    if value is CLEAR or isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return plain(value)
    text = str(value).strip()
    return decimal_text(text) if _REFUSED.search(text) else text


def number(value: Any) -> Any:
    """Return a number in any notation as a JSON number; return other values unchanged."""
    if isinstance(value, float) and not value.is_integer():
        return value
    found = _decimal_of(value)
    if found is None:
        return value
    return int(found) if found == found.to_integral_value() else float(found)


def pieces(value: Any) -> Any:
    """Return a quantity as a JSON number. Wix shows negative ones of oversold products, and accepts them as 0 only."""
    found = number(value)
    return 0 if is_number(found) and found < 0 else found


def weight(value: Any) -> Any:
    """Return a weight as a JSON number: catalog V1 writes 0 for no weight, and refuses a blank one."""
    return 0 if value == "" else number(value)


def is_number(value: Any) -> bool:
    """True if a value is a finite number in any notation."""
    found = number(value) if isinstance(value, str) else value
    return isinstance(found, (int, float, Decimal)) and not isinstance(found, bool) and isfinite(found)


def flag(value: Any) -> Any:
    """Return True or False for a flag as files and databases write it; return other values unchanged."""
    return _FLAGS.get(str(decimal_text(value)).strip().lower(), value)


def is_flag(value: Any) -> bool:
    """True if a value is True or False."""
    return isinstance(value, bool)


def text(value: Any) -> Any:
    """Return a whole number as text, such as a postal code or an SKU of a database; return other values unchanged.

    Data frames turn a column of whole numbers with gaps into floats: 10003.0 is "10003".
    """
    if isinstance(value, float | Decimal) and isfinite(value) and value == int(value):
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def moment(value: Any) -> Any:
    """Return a time in any notation in that of Wix; one without a time zone is UTC. Return other values unchanged."""
    return readable(value) or value


def plain(value: Any) -> Any:
    """Return a value as JSON bodies need it: decimals as numbers, dates as text, no null members."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return _without_null_objects({key: plain(member) for key, member in value.items() if member is not None}, value)
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return render(value)
    return value


def _without_null_objects(taken: Entity, value: Mapping[str, Any]) -> Entity:
    """Return the members taken of an object, but no `{}` for an object that has only nulls: `{}` clears its member."""
    if {} not in taken.values():
        return taken
    return {name: one for name, one in taken.items() if one != {} or not value[name]}


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else plain(value)


# Limits


@dataclass(frozen=True)
class Limit:
    """A documented limit of Wix.

    Attributes:
        code: Error code of a record that breaks the limit.
        problem: Returns the problem with a value and what to do, without the last full stop; "" if there is none.
        first: Limit that is checked before this one.
    """

    code: str
    problem: Callable[[Any], str]
    first: Limit | None = None

    def rejection(self, place: str, value: Any) -> Rejected | None:
        """Return the rejection of a value, whose message names its path; None if it keeps the limit."""
        if self.first is not None and (rejection := self.first.rejection(place, value)):
            return rejection
        problem = self.problem(value)
        return Rejected(f"`{place}` {problem}.", code=self.code, field=place) if problem else None


def lacks(place: str) -> Rejected:
    """Return the rejection of a new entity without a required value."""
    why = " The site has nothing with the keys of this record." if place == "name" else ""
    msg = f"`{place}` is missing, and a create needs it. Fill it in.{why}"
    return Rejected(msg, code="REQUIRED_FIELD", field=place)


def length(most: int, least: int = 0) -> Limit:
    """Return a limit on the number of characters in a text."""

    def problem(value: Any) -> str:
        if not isinstance(value, str):
            return "is not text"
        if len(value) > most:
            return f"has {len(value):,} characters; Wix accepts at most {most:,}. Shorten it"
        if len(value) < least:
            return f"has {counted(len(value), 'character')}; Wix requires at least {least}. Fill it in"
        return ""

    return Limit("MAX_LENGTH", problem)


def is_slug(value: Any) -> bool:
    """True if Wix accepts a value as a slug."""
    return isinstance(value, str) and bool(_SLUG.fullmatch(value))


SLUG = Limit(
    "INVALID_SLUG_FORMAT",
    lambda value: "" if is_slug(value) else "may contain only a-z, 0-9 and hyphens. Remove other characters",
    length(300, 1),
)
"""Limit on the length and the characters of a slug on catalog V3."""


def _not_a_date(value: Any) -> str:
    try:
        is_date = value == "" or date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        is_date = False
    return "" if is_date else "is not a date. Write it as YYYY-MM-DD, such as 1990-05-01"


DATE = Limit("FORMAT", _not_a_date)
"""Limit on a date without a time; blank clears it."""


def size(most: int) -> Limit:
    """Return a limit on the number of entries in a list."""

    def problem(value: Any) -> str:
        if not isinstance(value, list):
            return "is not a list"
        return f"has {len(value):,} entries; Wix accepts at most {most:,}. Remove some" if len(value) > most else ""

    return Limit("MAX_SIZE", problem)


def one_of(*values: str) -> Limit:
    """Return a limit on a text that must be one of the values."""

    def problem(value: Any) -> str:
        return "" if value in values else f"is not one of {', '.join(values)}. Use one of these values"

    return Limit("UNKNOWN_VALUE", problem)


def pattern(form: str, problem: str) -> Limit:
    """Return a limit on the form of a text, a regular expression; blank clears the text."""
    return or_blank(Limit("FORMAT", lambda value: "" if re.fullmatch(form, str(value)) else problem))


def or_blank(limit: Limit) -> Limit:
    """Return a limit that also accepts a blank text, which clears the member."""
    return replace(limit, problem=lambda value: "" if value == "" else limit.problem(value))


PLANNED = "planned-"
"""Prefix of ids of entities that a dry run would create."""
ID = pattern(f"(?i:{GUID.pattern})|{PLANNED}.*", "is not an ID of Wix. Leave it out, or correct it")
"""Limit on ids of Wix."""


def money(scale: int | None = MONEY_DECIMALS, most: Decimal = _MOST_MONEY) -> Limit:
    """Return the limit on amounts from 0 to `most`, with at most `scale` decimals."""

    def problem(value: Any) -> str:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return _NO_NUMBER
        if not amount.is_finite():
            return _NO_NUMBER
        if amount < 0:
            return "is negative; Wix accepts 0 or more. Correct it"
        if amount > most:
            return f"is above {most:,}, the largest amount that Wix accepts. Correct it"
        is_too_fine = scale is not None and amount != round(amount, scale)
        return f"has more than {scale} decimals; Wix accepts at most {scale}. Round it" if is_too_fine else ""

    return Limit("INVALID_AMOUNT", problem)


def between(least: float, most: float) -> Limit:
    """Return the limit on numbers from `least` to `most`; blank clears the number."""

    def problem(value: Any) -> str:
        is_inside = is_number(value) and least <= float(value) <= most
        return "" if is_inside else f"is not a number from {least:,} to {most:,}. Correct it"

    return or_blank(Limit("OUT_OF_RANGE", problem))


def count(least: int, most: int) -> Limit:
    """Return the limit on whole numbers from `least` to `most`."""

    def problem(value: Any) -> str:
        is_count = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if is_count else f"is not a whole number from {least:,} to {most:,}. Correct it"

    return Limit("INVALID_QUANTITY", problem)


PIECES = count(0, MOST_STOCK)
"""Limit on quantities. `Form.PIECES` reads negative ones as 0."""
PREORDERABLE = between(0, 100_000)
"""Limit on the pieces of a variant that can be preordered."""
UNIT_AMOUNT = between(0.01, 999_999_999.99)
"""Limit on the quantity that a price per unit is for."""
WEIGHT = between(0, 999_999_999.99)
"""Limit on weights."""


# Tables


class Form(Enum):
    """Type of a member.

    Attributes:
        words: Name of the type in messages.
        kind: Its JSON type, if that is a list or an object.
        write: Returns a value as a body needs it.
        read: Returns a value of the record in this type, if it can be converted.
        holds: True if a converted value has this type.
    """

    TEXT = ("text", None, plain, text, lambda value: isinstance(value, str))
    FLAG = ("true or false", None, plain, flag, is_flag)
    NUMBER = ("a number", None, number, number, is_number)
    PIECES = ("a number", None, pieces, pieces, is_number)
    WEIGHT = ("a number", None, weight, number, is_number)
    AMOUNT = ("an amount", None, amount)
    MOMENT = ("a date and time such as 2024-05-06T07:08:09Z", None, moment, moment, lambda value: bool(readable(value)))
    LIST = ("a list", list, plain)
    SET = ("a list", list, _sorted)
    OBJECT = ("an object", dict, plain)
    ANY = ("", object, plain)

    def __init__(
        self,
        words: str,
        kind: type | None,
        write: Callable[[Any], Any],
        read: Callable[[Any], Any] = lambda value: value,
        holds: Callable[[Any], bool] = lambda _value: True,
    ) -> None:
        self.words = words
        self.kind = kind
        self.write = write
        self.read = read
        self.holds = holds

    def fits(self, value: Any) -> bool:
        """True if a value has the JSON type of this form. Texts, numbers and flags may replace one another."""
        return not isinstance(value, (dict, list)) if self.kind is None else isinstance(value, self.kind)


class Access(Enum):
    """How a member is written."""

    WRITE = auto()
    """Written with its entity: `Fields.take` returns it."""
    APART = auto()
    """Written separately, by the code of its domain."""
    DERIVED = auto()
    """Never written: Wix derives it, or it identifies the entity."""
    UNWRITABLE = auto()
    """Never written, since Wix has no call for it. `Fields.unwritable` returns it, for a warning."""


_USUAL = {Form.TEXT: str, Form.AMOUNT: str, Form.FLAG: bool, Form.OBJECT: dict, Form.LIST: list, Form.SET: list}
"""Types whose values need no conversion."""


@dataclass(frozen=True)
class Field:
    """One member of an entity.

    Attributes:
        path: Path of the member; `variantsInfo.variants[].sku` is a member of each entry of a list.
        form: Its type.
        limit: Documented limit on its values.
        required: A create requires it, and the objects around it.
        access: How it is written.
        of_site: It holds ids that are valid on one site only.
    """

    path: str
    form: Form = Form.TEXT
    limit: Limit | None = None
    required: bool = False
    access: Access = Access.WRITE
    of_site: bool = False


def fields(names: str, form: Form = Form.TEXT, access: Access = Access.WRITE, *, inside: str = "") -> tuple[Field, ...]:
    """Return one row for each path, separated by spaces, inside of an object; the rows differ in their paths only."""
    return tuple(Field(f"{inside}.{name}" if inside else name, form, access=access) for name in names.split())


def derived(names: str, inside: str = "") -> tuple[Field, ...]:
    """Return one row with `Access.DERIVED` for each path, separated by spaces, inside of an object."""
    return fields(names, Form.ANY, Access.DERIVED, inside=inside)


SEO_DATA = (
    Field("seoData", Form.OBJECT),
    *fields("seoData.tags[].type seoData.tags[].children"),
    *fields("seoData.tags[].custom seoData.tags[].disabled seoData.settings.preventAutoRedirect", Form.FLAG),
    Field("seoData.settings.keywords", Form.LIST, size(5)),
    Field("seoData.settings.keywords[].term"),
    Field("seoData.settings.keywords[].origin", limit=length(1000)),
    Field("seoData.settings.keywords[].isMain", Form.FLAG),
)
"""The rows of `seoData`, which is written as a whole."""


_ENTRY, _INDEX = "[]", re.compile(r"\[\d+\]")
"""Step of a path into the entries of a list, and into one of them."""


class _Member:
    """Node of the tree of a table: a row, and the members and list entries inside it.

    Rows come by their paths inside the node, such as `variants.[].sku`; that of the node itself by "".

    Attributes:
        row: Its row; a derived one if only nodes inside have rows.
        inner: Nodes inside by their steps: `entry`, that of the entries of a list, or `members`, those of an object.
        usual: Type of its values that need no conversion.
        parsed_as_is: Type of non-empty values that `parse` would return unchanged.
        taken_as_is: Type of values that `take` would return unchanged.
        is_whole: It is written with all members of its value, whether these have rows or not.
        is_free: All members inside are written, or none of them, so none is unknown.
        absent: Values of a record that mean null.
        checked: Members with a limit, or required ones.
        written: Members that `take` returns, for records of other sites and of this site.
    """

    def __init__(self, rows: Mapping[str, Field]) -> None:
        inside: dict[str, dict[str, Field]] = defaultdict(dict)
        for path, row in rows.items():
            step, _, rest = path.partition(".")
            inside[step][rest] = row
        self.row = rows.get("") or Field("", Form.ANY, access=Access.DERIVED)
        self.inner = {step: _Member(some) for step, some in inside.items() if step}
        self.entry = self.inner.get(_ENTRY)
        self.members = {step: member for step, member in self.inner.items() if step != _ENTRY}
        self.form = Form.LIST if self.entry else Form.OBJECT if self.members else self.row.form
        self.usual = _USUAL.get(self.form)
        self.parsed_as_is = None if self.inner else self.usual
        self.taken_as_is = self.parsed_as_is if self.form in {Form.TEXT, Form.FLAG} else None
        self.is_nested = self.form.kind in {list, dict}
        self.is_whole = bool(self.row.path) and self.row.form in {Form.OBJECT, Form.ANY, Form.SET}
        self.is_required: bool = self.row.required or any(member.is_required for member in self.inner.values())
        self.absent = self._absent()
        has_limits = self.row.limit is not None or any(member.is_checked for member in self.inner.values())
        self.is_checked: bool = has_limits or self.is_required
        self.checked = [one for one in self.members.items() if one[1].is_checked]
        own = [self.row.access] if self.row.path else []
        self.accesses: frozenset[Access] = frozenset(own).union(*(member.accesses for member in self.inner.values()))
        self.is_unwritable = self.accesses == {Access.UNWRITABLE}
        self.is_free = self.is_unwritable or (self.is_whole and self.row.access is Access.WRITE)
        self.written = {
            foreign: [one for one in self.members.items() if one[1].is_written(foreign=foreign)]
            for foreign in (False, True)
        }

    def _absent(self) -> tuple[Any, ...]:
        # Loaders of text files write null as a blank text. Flags, amounts and what a create requires cannot be cleared.
        if self.is_required and self.form is Form.OBJECT:
            return ("", {})
        cannot_be_blank = self.form in {Form.FLAG, Form.LIST, Form.AMOUNT}
        # The limit of a required text rejects a blank one.
        return ("",) if cannot_be_blank or (self.is_required and self.form is Form.NUMBER) else ()

    def is_written(self, *, foreign: bool) -> bool:
        if self.row.path:
            return self.row.access is Access.WRITE and not (foreign and self.row.of_site)
        return any(member.is_written(foreign=foreign) for member in self.inner.values())

    def parse(self, value: Any, before: str, name: str, unknown: list[str]) -> Any:
        """Return the converted value at `before` + `name`, and add paths inside of it without a row to `unknown`."""
        if not value:
            if value in self.absent and value is not CLEAR:
                return None
            if value is None or value == "":
                return value
        if value.__class__ is not self.usual:
            value = self._converted(value, before + name)
        if self.is_free:
            unknown = []
        if self.entry is not None:
            place, parse_entry = before + name, self.entry.parse_entry
            return [parse_entry(one, place, f"[{index}]", unknown) for index, one in enumerate(value)]
        return self._parsed_inside(value, f"{before}{name}." if name else "", unknown) if self.members else value

    def _parsed_inside(self, value: Entity, inside: str, unknown: list[str]) -> Entity:
        parsed = dict(value)
        for name, one in value.items():
            member = self.members.get(name)
            if member is None:
                unknown += [inside + name] if inside and one not in _EMPTY else []
            elif not (one and one.__class__ is member.parsed_as_is):
                parsed[name] = member.parse(one, inside, name, unknown)
        return parsed

    def _converted(self, value: Any, place: str) -> Any:
        if not self.is_nested:
            value = self.form.read(value)
        elif isinstance(value, str):
            value = _decoded(value)
        # A limit checks more than the form does.
        if not self.form.fits(value) or (self.row.limit is None and not self.form.holds(value)):
            raise self._wrong_type(place)
        return value

    def parse_entry(self, value: Any, before: str, name: str, unknown: list[str]) -> Any:
        # A null member is left out, but a null entry of a list would shift the other entries.
        if self.is_nested and (value is None or value == ""):
            raise self._wrong_type(before + name)
        return value if value == {} else self.parse(value, before, name, unknown)

    def _wrong_type(self, place: str) -> Rejected:
        return Rejected(f"`{place}` is not {self.form.words}.", code="WRONG_TYPE", field=place)

    def take(self, value: Any, *, foreign: bool) -> Any:
        """Return a value as a body needs it."""
        if self.entry is not None and not self.is_whole and isinstance(value, list):
            return [self.entry.take(one, foreign=foreign) for one in value]
        if self.members and not self.is_whole and isinstance(value, dict):
            taken = {
                name: one if one.__class__ is member.taken_as_is else member.take(one, foreign=foreign)
                for name, member in self.written[foreign]
                if name in value and (one := value[name]) is not None
            }
            return _without_null_objects(taken, value)
        return self.row.form.write(value)

    def check(self, value: Any, place: str, found: list[Rejected], *, creating: bool) -> None:
        """Add the rejections of a value, and of the values inside, to those found."""
        if creating and self.is_required and value in _EMPTY:
            found.append(self._missing(place, value))
        elif value is not None and value is not CLEAR:
            if self.row.limit is not None and (rejection := self.row.limit.rejection(place, value)):
                found.append(rejection)
            if self.inner:
                self._check_inside(value, place, found, creating=creating)

    def _check_inside(self, value: Any, place: str, found: list[Rejected], *, creating: bool) -> None:
        if isinstance(value, dict):
            before = f"{place}." if place else ""
            for name, member in self.checked:
                one = value.get(name)
                if one is not None or (creating and member.is_required):
                    member.check(one, f"{before}{name}", found, creating=creating)
        elif self.entry is not None and isinstance(value, list):
            for index, one in enumerate(value):
                self.entry.check(one, f"{place}[{index}]", found, creating=creating)

    def _missing(self, place: str, value: Any) -> Rejected:
        inside = "" if value == [] else self.first_required()
        missing = f"{place}{inside}".removeprefix(".")
        return lacks(missing)

    def first_required(self) -> str:
        for step, member in self.inner.items():
            if member.is_required:
                return f"{'[0]' if step == _ENTRY else f'.{step}'}{member.first_required()}"
        return ""


class Fields:
    """The table of an entity.

    Args:
        rows: One row for each member. Members without a row, and outside of all rows, cannot be written.
        synonyms: Names that other systems use for top-level members, each with the member; "" for none.
    """

    def __init__(self, *rows: Field, synonyms: Mapping[str, str] | None = None) -> None:
        self.rows = rows
        self._synonyms = synonyms or {}
        self._nearest: dict[str, str] = {}
        self._root = _Member({_steps(row.path): row for row in rows})

    def at(self, path: str) -> Fields:
        """Return the table of the objects at a path, such as `variantsInfo.variants[]`."""
        prefix = f"{path}."
        inside = (row for row in self.rows if row.path.startswith(prefix))
        return Fields(*(replace(row, path=row.path.removeprefix(prefix)) for row in inside))

    @property
    def names(self) -> set[str]:
        """Names of the top-level members."""
        return set(self._root.members)

    @property
    def written(self) -> set[str]:
        """Names of the top-level members that are written."""
        return {name for name, member in self._root.members.items() if member.accesses & {Access.WRITE, Access.APART}}

    def parse(self, record: Entity, unknown: dict[str, None] | None = None) -> Entity:
        """Return a record with converted values, also of JSON text; raise `Rejected` if one has the wrong type.

        Adds the paths of members inside of objects and lists that have a value, but no row, to `unknown`: nothing
        writes them. Those inside of members that `unwritable` names are left out.
        """
        places: list[str] = []
        parsed: Entity = self._root.parse(record, "", "", places) or {}
        if unknown is not None:
            unknown |= dict.fromkeys(_INDEX.sub(_ENTRY, place) for place in places)
        return parsed

    def take(self, entity: Mapping[str, Any], *, foreign: bool = False) -> Entity:
        """Return the writable members of an entity as bodies need them, without null members.

        Ids are left out of an entity of another site (`foreign`).
        """
        taken: Entity = self._root.take(entity, foreign=foreign)
        return taken

    def check(self, entity: Mapping[str, Any], *, creating: bool = False) -> None:
        """Check an entity before it is sent; a create needs all required members.

        Raises:
            Rejected: A member breaks a documented limit or is missing. `others` holds the further problems.
        """
        rejections: list[Rejected] = []
        self._root.check(entity, "", rejections, creating=creating)
        if rejections:
            rejections[0].others = tuple(rejections[1:])
            raise rejections[0]

    def unwritable(self, record: Mapping[str, Any]) -> Iterator[str]:
        """Yield the names of members that have a value and cannot be written."""
        for name, value in record.items():
            member = self._root.members.get(name)
            if (member is None or member.is_unwritable) and value not in _EMPTY:
                yield name

    def nearest(self, path: str) -> str:
        """Return the path of the known member with the most similar name; "" if there is none, or `path` is known."""
        if path not in self._nearest and len(self._nearest) < _MOST_NAMES:
            self._nearest[path] = self._find_nearest(path)
        return self._nearest.get(path, "")

    def _find_nearest(self, path: str) -> str:
        before, dot, name = path.rpartition(".")
        place: _Member | None = self._root
        for step in _steps(before).split(".") if before else ():
            place = place and place.inner.get(step)
        if place is None or name in place.members:
            return ""
        known = {bare(one): one for one, member in place.members.items() if not member.is_unwritable}
        names = known if before else known | {bare(one): member for one, member in self._synonyms.items()}
        near = get_close_matches(bare(name), names, n=1, cutoff=CUTOFF)
        found = names[near[0]] if near else ""
        return f"{before}{dot}{found}" if found else ""


def _steps(path: str) -> str:
    """Return a path with a point before each step into a list."""
    return path.replace(_ENTRY, f".{_ENTRY}")


def with_known_names(record: Entity, known: Mapping[str, str], normal: Callable[[str], str]) -> Entity:
    """Return a record with the columns under their own names.

    Args:
        record: The record.
        known: Own names of columns, by what `normal` returns for them.
        normal: Returns what is equal in all accepted spellings of a name.

    Raises:
        Rejected: Two columns of the record are the same column.
    """
    named: Entity = {}
    for spelling, value in record.items():
        name = known.get(normal(spelling), spelling)
        if name in named:
            msg = f"The record has the column `{name}` twice: `{spelling}` is the same column. Remove one of them."
            raise Rejected(msg, code="SAME_COLUMN", field=spelling)
        named[name] = value
    return named


def bare(name: str) -> str:
    """Return a name in lower case, without blanks and punctuation: `First Name` and `first_name` are equal."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def listed_in(value: Any) -> list[Any]:
    """Return the entries of a list, also of one in JSON text; any other value is the only entry."""
    read = _decoded(value) if isinstance(value, str) else value
    return read if isinstance(read, list) else [value]
