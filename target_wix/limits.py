"""What Wix's documented limits forbid, told before anything is sent.

A rule is a path into the body and a test. `variantsInfo.variants[].sku` looks at each element.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Self

from msgspec import Meta

from target_wix import quick
from target_wix.outcomes import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_REQUIRED = "REQUIRED_FIELD"
_MOST_MONEY = Decimal("999999999.99")
_NO_NUMBER = "is no number. Give one with a point and without a currency sign, such as 12.50"
MOST_STOCK = 99_999
"""The largest count of pieces that Wix takes."""
_SLUG = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Rule:
    """A test of one member: `wrong` gives what is wrong with a value and what to do, without the last point, or "".

    Attributes:
        path: Where it is.
        code: What results call a broken rule.
        wrong: The test.
        kind: A type whose values keep the rule beyond doubt; None where none is known.
        bounds: What narrows that type, for `msgspec.Meta`.
    """

    path: str
    code: str
    wrong: Callable[[Any], str]
    kind: Any = None
    bounds: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_needed(self) -> bool:
        """Whether an absent member is tested, too: as None."""
        return self.code == _REQUIRED


class _Member:
    """What is known of one member of a body: its own rules, and its members or those of its elements."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.members: dict[str, _Member] = {}
        self.elements: _Member | None = None

    def at(self, path: str) -> _Member:
        """Give what a path leads to."""
        member = self
        for step in path.split("."):
            member = member.members.setdefault(step.removesuffix("[]"), _Member())
            if step.endswith("[]"):
                member.elements = member = member.elements or _Member()
        return member

    @property
    def is_needed(self) -> bool:
        return any(rule.is_needed for rule in self.rules)

    def type(self) -> Any:
        """Give a type of values that keep all rules."""
        return self._bounded(self._unbounded(), is_filled=self.is_needed and not self.members)

    def _bounded(self, kind: Any, *, is_filled: bool) -> Any:
        least = {"min_length": 1} if is_filled else {}
        bounds = least | {name: bound for rule in self.rules for name, bound in rule.bounds.items()}
        return Annotated[kind, Meta(**bounds)] if bounds else kind

    def _unbounded(self) -> Any:
        if self.elements is not None:
            return list[self.elements.type()]  # type: ignore[misc] # made while running
        if self.members:
            needed = {name for name, member in self.members.items() if member.is_needed}
            return quick.object_of({name: member.type() for name, member in self.members.items()}, needed)
        return self._ruled or str

    @property
    def _ruled(self) -> Any:
        return next((rule.kind for rule in self.rules if rule.kind is not None), None)


class Rules(tuple[Rule, ...]):  # noqa: SLOT001 - tuples take no slots
    """Rules of one kind of body. Nearly all bodies are right, so that much is found out quickly."""

    kind: Any
    _body: _Member

    def __new__(cls, *rules: Rule) -> Self:
        """Make the type of bodies that keep them all."""
        made = super().__new__(cls, rules)
        made._body = _Member()
        for rule in rules:
            made._body.at(rule.path).rules.append(rule)
        made.kind = made._body.type()
        return made


def length(path: str, most: int, least: int = 0) -> Rule:
    """A text of so many characters."""

    def wrong(value: Any) -> str:
        if not isinstance(value, str):
            return "is no text"
        if len(value) > most:
            return f"has {len(value):,} characters; Wix takes at most {most:,}. Shorten it"
        return f"has {len(value)} characters; Wix takes at least {least}. Fill it in" if len(value) < least else ""

    at_least = {"min_length": least} if least else {}
    return Rule(path, "MAX_LENGTH", wrong, str, {**at_least, "max_length": most})


def size(path: str, most: int) -> Rule:
    """A list of so many elements."""

    def wrong(value: Any) -> str:
        if not isinstance(value, list):
            return "is no list"
        return f"has {len(value):,} entries; Wix takes at most {most:,}. Take some out" if len(value) > most else ""

    return Rule(path, "MAX_SIZE", wrong, list[Any], {"max_length": most})


def money(path: str, scale: int = 3) -> Rule:
    """An amount from 0 to 999,999,999.99."""

    def wrong(value: Any) -> str:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return _NO_NUMBER
        if not amount.is_finite():
            return _NO_NUMBER
        if amount < 0:
            return "is negative; Wix takes 0 and more. Correct it"
        if amount > _MOST_MONEY:
            return f"is above {_MOST_MONEY:,}, which is the most that Wix takes. Correct it"
        exponent = amount.normalize().as_tuple().exponent
        is_too_fine = isinstance(exponent, int) and -exponent > scale
        return f"has more than {scale} decimals, which is the most that Wix takes. Round it" if is_too_fine else ""

    # One digit less than the most, so that whatever fits is below it.
    return Rule(path, "INVALID_AMOUNT", wrong, str, {"pattern": rf"^[0-9]{{1,8}}(\.[0-9]{{1,{scale}}})?\Z"})


def is_slug(value: Any) -> bool:
    """True if Wix takes a value as a slug."""
    return isinstance(value, str) and bool(_SLUG.fullmatch(value))


def slug(path: str = "slug") -> Rule:
    """Characters of an address."""

    def wrong(value: Any) -> str:
        return "" if is_slug(value) else "may hold only a-z, 0-9 and hyphens. Take out the rest"

    return Rule(path, "INVALID_SLUG_FORMAT", wrong, str, {"pattern": rf"^{_SLUG.pattern}\Z"})


def stock(path: str) -> Rule:
    """A count of pieces from 0 to 99,999."""

    def wrong(value: Any) -> str:
        is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_STOCK
        return "" if is_count else f"is no whole number from 0 to {MOST_STOCK:,}. Correct it"

    return Rule(path, "INVALID_QUANTITY", wrong, int, {"ge": 0, "le": MOST_STOCK})


def required(path: str) -> Rule:
    """A member that must be there: `path` itself is looked up in its parent."""

    def wrong(value: Any) -> str:
        return "is missing. Fill it in" if value in (None, "", []) else ""

    return Rule(path, _REQUIRED, wrong)


def check(body: Mapping[str, Any], rules: tuple[Rule, ...]) -> None:
    """Test a body by its rules.

    Raises:
        Rejected: Names the first member that breaks one.
    """
    if isinstance(rules, Rules) and quick.fits(body, rules.kind):
        return
    for rule in rules:
        for place, value in _values(body, rule.path, needed=rule.is_needed):
            problem = rule.wrong(value)
            if problem:
                msg = f"`{place}` {problem}."
                raise Rejected(msg, code=rule.code, field=place)


def _values(value: Any, path: str, *, needed: bool, place: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value at a path with its own path. Absent members are given, as None, only where they are needed.

    What is absent is named by the whole path: a price is missed, not the variants that would hold it.
    """
    head, _, rest = path.partition(".")
    name, is_list = head.removesuffix("[]"), head.endswith("[]")
    if not isinstance(value, dict):
        return
    here = f"{place}.{name}" if place else name
    member = value.get(name)
    if member is None:
        if needed:
            yield ".".join(filter(None, (here + "[0]" * is_list, rest.replace("[]", "[0]")))), None
        return
    if is_list and not isinstance(member, list):
        return
    members = [(f"{here}[{index}]", one) for index, one in enumerate(member)] if is_list else [(here, member)]
    for at, one in members:
        if rest:
            yield from _values(one, rest, needed=needed, place=at)
        else:
            yield at, one
