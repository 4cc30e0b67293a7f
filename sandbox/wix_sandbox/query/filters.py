"""Filters of the query language, compiled to a predicate.

Operators: https://dev.wix.com/docs/rest/articles/getting-started/api-query-language. Stores V1 adds `$contains`, uses
`$hasSome` as IN, writes numbers as text and wraps the value of `$gt` into a list of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, WixError, bad_request
from wix_sandbox.query.spec import OPERATORS
from wix_sandbox.store.table import Reach, Reader
from wix_sandbox.values import MISSING, Entity, Key, key_of, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_sandbox.query.spec import Query

Predicate = Callable[[Reader], bool]
Test = Callable[[list[Any]], bool]
MOST_CONDITIONS = 100
"""Maximum conditions of one filter, all alternatives counted. Choice: more are refused; Wix documents no limit, and
lists with this many values have been seen to work."""
_COMBINING = frozenset({"$and", "$or", "$not"})
_OF_ONE_VALUE = frozenset({"$eq", "$ne"})
"""Operators that also compare lists, except at services with codes of their own."""
EMPTY_VALUES: tuple[Any, ...] = (None, "", [], {})


def undeclared(name: str, use: str) -> WixError:
    """Return status 400 in Wix's words for a field that cannot be filtered or sorted by."""
    text = f"value Field '{name}' is not declared as {use}"
    violation = Violation("value", f"Field '{name}' is not declared as {use}", "OTHER")
    return WixError(400, text, {"validationError": {"fieldViolations": [violation.wire()]}})


@dataclass(frozen=True, slots=True)
class Condition:
    """`field operator value`, the leaf of a filter."""

    name: str
    operator: str
    value: Any
    is_number: bool
    """True if the values of the field are compared as numbers, even if they are sent as text."""

    def keys(self, values: Iterable[Any]) -> list[Key]:
        """Return values of the field in a comparable form."""
        return [key_of(each, number=self.is_number) for each in values]


Build = Callable[[Condition], Test]
"""Compiles a condition to a test of the values of its field."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter: a predicate, and the conditions that every match fulfils."""

    matches: Predicate
    conditions: tuple[Condition, ...]
    reach: Reach = values_at

    def fits(self, entity: Entity) -> bool:
        """True if an entity matches."""
        return self.matches(lambda path: self.reach(entity, path))


def compile_filter(raw: Mapping[str, Any], query: Query, *, trusted: bool = False) -> Filter:
    """Compile a filter object.

    Raises:
        WixError: 400 for an undeclared field, an unknown operator, a value of the wrong shape or too many conditions.
    """
    count = _count_conditions(raw)
    if count > MOST_CONDITIONS:
        raise bad_request(f"The filter has {count} conditions, expected {MOST_CONDITIONS} or less")
    return _compiled(raw, query, trusted=trusted)


def _count_conditions(raw: Any) -> int:
    if isinstance(raw, list):
        return sum(map(_count_conditions, raw))
    if not isinstance(raw, dict):
        return 1
    counts = (
        _count_conditions(value) if name in _COMBINING else len(value) if isinstance(value, dict) else 1
        for name, value in raw.items()
    )
    return max(1, sum(counts))


def _compiled(raw: Mapping[str, Any], query: Query, *, trusted: bool) -> Filter:
    tests: list[Predicate] = []
    conditions: list[Condition] = []
    for name, value in raw.items():
        if name == "$and":
            parts = [_compiled(each, query, trusted=trusted) for each in _filters(name, value, query)]
            tests.extend(part.matches for part in parts)
            conditions.extend(each for part in parts for each in part.conditions)
        elif name in {"$or", "$not"}:
            tests.append(_alternative(name, value, query, trusted=trusted))
        elif name.startswith("$"):
            raise query.coded("combining", bad_request(f"Unknown operator {name}"))
        else:
            leaves = _conditions(name, value, query, trusted=trusted)
            tests.extend(_test(each, query) for each in leaves)
            conditions.extend(leaves)
    return Filter(lambda values: all(test(values) for test in tests), tuple(conditions), query.reach)


def _filters(name: str, value: Any, query: Query) -> list[Mapping[str, Any]]:
    filters = [value] if name == "$not" and isinstance(value, dict) else value
    if not isinstance(filters, list) or not all(isinstance(each, dict) for each in filters):
        raise query.coded("filter", bad_request(f"Expected an array of filters for {name}"))
    return filters


def _alternative(name: str, value: Any, query: Query, *, trusted: bool) -> Predicate:
    parts = [_compiled(each, query, trusted=trusted).matches for each in _filters(name, value, query)]
    if name == "$or":
        return lambda values: any(part(values) for part in parts)
    return lambda values: not any(part(values) for part in parts)


def _conditions(name: str, value: Any, query: Query, *, trusted: bool) -> list[Condition]:
    operators = OPERATORS if trusted else query.operators(name)
    if operators is None:
        raise query.coded("field", undeclared(name, "filterable"))
    by_operator = isinstance(value, dict) and any(key.startswith("$") for key in value)
    stated = value.items() if by_operator else [("$eq", value)]
    leaves = [Condition(name, operator, wanted, name in query.numbers) for operator, wanted in stated]
    for leaf in leaves:
        if leaf.operator not in OPERATORS:
            raise query.coded("operator", bad_request(f"Unknown operator {leaf.operator} on field '{name}'"))
        if leaf.operator not in operators:
            text = f"Operator {leaf.operator} is not supported on field '{name}'"
            raise query.coded("operator", bad_request(text))
    return leaves


def _test(condition: Condition, query: Query) -> Predicate:
    path, is_several = query.path(condition.name), isinstance(condition.value, list | dict)
    if is_several and condition.operator in _OF_ONE_VALUE and "value" in query.codes:
        text = f"Expected one value for {condition.operator} on field '{condition.name}'"
        raise query.coded("value", bad_request(text))
    try:
        test = _TESTS[condition.operator](condition)
    except WixError as error:
        raise query.coded("value", error) from error
    return lambda values: test(values(path))


def _listed(condition: Condition) -> list[Any]:
    if not isinstance(condition.value, list):
        raise bad_request(f"Expected an array for {condition.operator} on field '{condition.name}'")
    return condition.value


def _equal(condition: Condition) -> Test:
    if condition.value is None:
        return lambda values: all(each is None for each in values)
    if isinstance(condition.value, list):
        wanted_list = condition.keys(condition.value)
        return lambda values: condition.keys(values) == wanted_list
    (wanted,) = condition.keys([condition.value])
    return lambda values: wanted in condition.keys(values)


def _any_of(condition: Condition) -> Test:
    wanted = set(condition.keys(_listed(condition)))
    return lambda values: not wanted.isdisjoint(condition.keys(values)) or (not values and MISSING in wanted)


def _all_of(condition: Condition) -> Test:
    wanted = set(condition.keys(_listed(condition)))
    return lambda values: wanted <= set(condition.keys(values))


def _negated(build: Build) -> Build:
    def builder(condition: Condition) -> Test:
        test = build(condition)
        return lambda values: not test(values)

    return builder


def _compared(holds: Callable[[Key, Key], bool]) -> Build:
    def builder(condition: Condition) -> Test:
        bound = bound_of(condition)
        return lambda values: any(key[0] == bound[0] and holds(key, bound) for key in condition.keys(values))

    return builder


def bound_of(condition: Condition) -> Key:
    """Return the value of a range condition; V1's documentation wraps it into a list of one."""
    value = condition.value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or isinstance(value, list | dict):
        raise bad_request(f"Expected a value for {condition.operator} on field '{condition.name}'")
    return condition.keys([value])[0]


def _text(condition: Condition) -> str:
    if not isinstance(condition.value, str):
        raise bad_request(f"Expected a string for {condition.operator} on field '{condition.name}'")
    return condition.value.casefold()


def _starts_with(condition: Condition) -> Test:
    prefix = _text(condition)
    return lambda values: any(isinstance(each, str) and each.casefold().startswith(prefix) for each in values)


def _contains(condition: Condition) -> Test:
    part = _text(condition)
    return lambda values: any(isinstance(each, str) and part in each.casefold() for each in values)


def _flag(condition: Condition) -> bool:
    if not isinstance(condition.value, bool):
        raise bad_request(f"Expected a boolean for {condition.operator} on field '{condition.name}'")
    return condition.value


def _exists(condition: Condition) -> Test:
    wanted = _flag(condition)
    return lambda values: any(each is not None for each in values) == wanted


def _is_empty(condition: Condition) -> Test:
    wanted = _flag(condition)
    return lambda values: all(each in EMPTY_VALUES for each in values) == wanted


def _match_items(condition: Condition) -> Test:
    """True if every given object equals some item of the list in the members that it names."""
    wanted = _listed(condition)
    if len(wanted) > MOST_CONDITIONS:
        raise bad_request(f"{condition.operator} on field '{condition.name}' takes {MOST_CONDITIONS} items or less")

    def fits(item: Any, pattern: Mapping[str, Any]) -> bool:
        return isinstance(item, dict) and all(item.get(key) == value for key, value in pattern.items())

    return lambda values: all(any(fits(item, pattern) for item in values) for pattern in wanted)


_TESTS: dict[str, Build] = {
    "$eq": _equal,
    "$ne": _negated(_equal),
    "$gt": _compared(lambda key, bound: key > bound),
    "$gte": _compared(lambda key, bound: key >= bound),
    "$lt": _compared(lambda key, bound: key < bound),
    "$lte": _compared(lambda key, bound: key <= bound),
    "$in": _any_of,
    "$nin": _negated(_any_of),
    "$hasSome": _any_of,
    "$hasAll": _all_of,
    "$startsWith": _starts_with,
    "$contains": _contains,
    "$exists": _exists,
    "$isEmpty": _is_empty,
    "$matchItems": _match_items,
}
