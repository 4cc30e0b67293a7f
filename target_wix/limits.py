"""What Wix's documented limits forbid, told before anything is sent.

A rule is a path into the body and a test. `variantsInfo.variants[].sku` looks at each element.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from target_wix.outcomes import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_REQUIRED = "REQUIRED_FIELD"
_MOST_MONEY = Decimal("999999999.99")
_SLUG = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Rule:
    """A test of one member: `wrong` gives what is wrong with a value, or ""."""

    path: str
    code: str
    wrong: Callable[[Any], str]

    @cached_property
    def is_needed(self) -> bool:
        """Whether an absent member is tested, too: as None."""
        return self.code == _REQUIRED


class _Member:
    """What is known of one member of a body: its rules, and those of its own members, or of its elements' members."""

    def __init__(self) -> None:
        self.tests: list[Callable[[Any], str]] = []
        self.element_tests: list[Callable[[Any], str]] = []
        self.members: dict[str, _Member] = {}
        self.element_members: dict[str, _Member] = {}
        self.is_needed = False


class Rules(tuple[Rule, ...]):  # noqa: SLOT001 - tuples take no slots
    """Rules of one kind of body. Nearly all bodies are right, so that much is found out quickly."""

    members: dict[str, _Member]

    def __new__(cls, *rules: Rule) -> Self:
        """Put the rules into the shape of the body."""
        made = super().__new__(cls, rules)
        made.members = {}
        for rule in rules:
            members, tests = made.members, []
            for step in rule.path.split("."):
                name, is_list = step.removesuffix("[]"), step.endswith("[]")
                member = members.setdefault(name, _Member())
                member.is_needed = member.is_needed or rule.is_needed
                members = member.element_members if is_list else member.members
                tests = member.element_tests if is_list else member.tests
            tests.append(rule.wrong)
        return made

    def are_kept(self, body: Mapping[str, Any]) -> bool:
        """Whether a body keeps all rules; false as well where a closer look is needed."""
        return _are_kept(body, self.members)


def _are_kept(body: Any, members: dict[str, _Member]) -> bool:
    for name, member in members.items():
        value = body.get(name)
        if value is None:
            if member.is_needed:
                return False
        elif not _is_right(value, member):
            return False
    return True


def _is_right(value: Any, member: _Member) -> bool:
    for wrong in member.tests:
        if wrong(value):
            return False
    if member.members and isinstance(value, dict):
        return _are_kept(value, member.members)
    if member.element_tests and any(wrong(one) for one in value for wrong in member.element_tests):
        return False
    return not member.element_members or all(
        _are_kept(one, member.element_members) for one in value if isinstance(one, dict)
    )


def length(path: str, most: int, least: int = 0) -> Rule:
    """A text of so many characters."""

    def wrong(value: Any) -> str:
        if not isinstance(value, str):
            return "is no text"
        if len(value) > most:
            return f"has {len(value)} characters; Wix takes at most {most}"
        return f"has {len(value)} characters; Wix takes at least {least}" if len(value) < least else ""

    return Rule(path, "MAX_LENGTH", wrong)


def size(path: str, most: int) -> Rule:
    """A list of so many elements."""

    def wrong(value: Any) -> str:
        if not isinstance(value, list):
            return "is no list"
        return f"has {len(value)} elements; Wix takes at most {most}" if len(value) > most else ""

    return Rule(path, "MAX_SIZE", wrong)


def money(path: str, scale: int = 3) -> Rule:
    """An amount from 0 to 999,999,999.99."""

    def wrong(value: Any) -> str:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return "is no number"
        if not amount.is_finite():
            return "is no number"
        if amount < 0:
            return "is negative"
        if amount > _MOST_MONEY:
            return f"is above {_MOST_MONEY}"
        exponent = amount.normalize().as_tuple().exponent
        return f"has more than {scale} decimals" if isinstance(exponent, int) and -exponent > scale else ""

    return Rule(path, "INVALID_AMOUNT", wrong)


def slug(path: str = "slug") -> Rule:
    """Characters of an address."""

    def wrong(value: Any) -> str:
        return "" if isinstance(value, str) and _SLUG.fullmatch(value) else "may hold only a-z, 0-9 and hyphens"

    return Rule(path, "INVALID_SLUG_FORMAT", wrong)


def stock(path: str) -> Rule:
    """A count of pieces from 0 to 99,999."""

    def wrong(value: Any) -> str:
        most = 99_999
        is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
        return "" if is_count else f"is no whole number from 0 to {most}"

    return Rule(path, "INVALID_QUANTITY", wrong)


def required(path: str) -> Rule:
    """A member that must be there: `path` itself is looked up in its parent."""

    def wrong(value: Any) -> str:
        return "is missing" if value in (None, "", []) else ""

    return Rule(path, _REQUIRED, wrong)


def check(body: Mapping[str, Any], rules: tuple[Rule, ...]) -> None:
    """Test a body by its rules.

    Raises:
        Rejected: Names the first member that breaks one.
    """
    if isinstance(rules, Rules) and rules.are_kept(body):
        return
    for rule in rules:
        for place, value in _values(body, rule.path, needed=rule.is_needed):
            problem = rule.wrong(value)
            if problem:
                msg = f"`{place}` {problem}."
                raise Rejected(msg, code=rule.code, field=place)


def _values(value: Any, path: str, *, needed: bool, place: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value at a path with its own path. Absent members are given, as None, only where they are needed."""
    head, _, rest = path.partition(".")
    name, is_list = head.removesuffix("[]"), head.endswith("[]")
    if not isinstance(value, dict):
        return
    here = f"{place}.{name}" if place else name
    member = value.get(name)
    if member is None:
        if needed:
            yield here, None
        return
    members = [(f"{here}[{index}]", one) for index, one in enumerate(member)] if is_list else [(here, member)]
    for at, one in members:
        if rest:
            yield from _values(one, rest, needed=needed, place=at)
        else:
            yield at, one
