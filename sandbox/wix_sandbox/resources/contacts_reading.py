"""Reads of contacts: list, query, search text, fieldsets."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, application_error, validation_error
from wix_sandbox.query.page import Page
from wix_sandbox.query.request import part_of
from wix_sandbox.query.spec import OPERATORS, Paging, Query
from wix_sandbox.querying import matching_rows, run_query
from wix_sandbox.resources import contacts_fields
from wix_sandbox.resources.contacts_store import KIND

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

BAD_REQUEST = HTTPStatus.BAD_REQUEST
MAX_SEARCH = 100
_SEARCHED = ("info.name.first", "info.name.last", "info.emails.items.email", "info.phones.items.phone")
_ITEMS = {
    "info.labelKeys": "info.labelKeys.items",
    "info.emails.email": "info.emails.items.email",
    "info.phones.phone": "info.phones.items.phone",
    "info.addresses.street": "info.addresses.items.address.streetAddress.name",
    "info.addresses.city": "info.addresses.items.address.city",
    "info.addresses.subdivision": "info.addresses.items.address.subdivision",
    "info.addresses.country": "info.addresses.items.address.country",
    "info.locations": "info.locations.items",
}
"""Filters leave out the wrapper's `items`."""

CONTACTS = Query.declared("contacts/queryContacts", paging=Paging.OFFSET, paths=_ITEMS)

_BASIC = ("primaryInfo", "info.name")
_FIELDSETS = {
    "BASIC": _BASIC,
    "COMMUNICATION_DETAILS": (*_BASIC, "info.emails", "info.phones", "info.addresses"),
    "EXTENDED": (*_BASIC, "info.extendedFields"),
}
_PREFIX = "info.extendedFields."
_OF_ONE_VALUE = frozenset({"$eq", "$ne", "$startsWith"})
_TEXT_OPERATORS = frozenset({"$eq", "$ne", "$in", "$startsWith"})
_RANGE_OPERATORS = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})


def page(call: Call) -> Page:
    """Return one page of a query: offset paging, one sort key, newest first by default.

    Raises:
        WixError: 400 with the code of the mistake.
    """
    query = _searching(_with_extended_fields(call.site, CONTACTS), call.body.get("search"))
    envelope = part_of(call.body, "query")
    _check(envelope, query)
    found = run_query(call, KIND, query)
    fieldsets, fields = _names(envelope, "fieldsets"), _names(envelope, "fields")
    if not (fieldsets or fields):
        return found
    return Page([shown(each, fieldsets, fields) for each in found.entities], found.metadata, found.total)


def every(call: Call) -> list[Entity]:
    """Return every contact that the `filter` and the `search` of a body match.

    Raises:
        WixError: 400 with the code of the mistake.
    """
    query = _searching(_with_extended_fields(call.site, CONTACTS), call.body.get("search"))
    asked: Entity = {"filter": call.body.get("filter")}
    _check(asked, query)
    call.body = asked
    return list(matching_rows(call, KIND, query))


def _searching(query: Query, text: Any) -> Query:
    """Return the query with the search text, which must be a whole name, e-mail or phone."""
    if not text:
        return query
    if len(str(text)) > MAX_SEARCH:
        violation = Violation("search", f"has length {len(str(text))}", "MAX_LENGTH", data={"threshold": MAX_SEARCH})
        raise validation_error(violation)
    return query.but(base_filter={"$or": [{path: text} for path in _SEARCHED]})


def _names(holder: Any, name: str) -> frozenset[str]:
    value = holder.get(name) or []
    return frozenset(value.split(",") if isinstance(value, str) else map(str, value))


def shown(contact: Entity, fieldsets: frozenset[str], fields: frozenset[str]) -> Entity:
    """Return a contact with the requested fieldsets and paths; everything by default."""
    if "FULL" in fieldsets or not (fieldsets or fields):
        return contact
    paths = set(fields).union(*(_FIELDSETS.get(name, ()) for name in fieldsets))
    result: Entity = {name: contact[name] for name in ("id", "revision")}
    for path in paths:
        _copy(contact, result, path.split("."))
    return result


def _copy(source: Any, target: Entity, names: list[str]) -> None:
    first, rest = names[0], names[1:]
    if not isinstance(source, dict) or first not in source:
        return
    if rest and isinstance(source[first], dict):
        _copy(source[first], target.setdefault(first, {}), rest)
    else:
        target[first] = source[first]


def _with_extended_fields(site: Site, query: Query) -> Query:
    """Return the query with every extended field of the site, by type; filters leave out the level `items`."""
    filterable, sortable, paths = dict(query.filterable), dict(query.sortable), dict(query.paths)
    numbers = set(query.numbers)
    for field in contacts_fields.rows(site):
        name = _PREFIX + field["key"]
        paths[name] = f"info.extendedFields.items.{field['key']}"
        if field["fieldType"] == "USER_DEFINED":
            text = field["dataType"] in {"TEXT", "URL"}
            filterable[name] = _TEXT_OPERATORS if text else _RANGE_OPERATORS
            sortable[name] = frozenset({"ASC", "DESC"})
        if field["dataType"] == "NUMBER":
            numbers.add(name)
    return query.but(filterable=filterable, sortable=sortable, paths=paths, numbers=frozenset(numbers))


def _check(envelope: Any, query: Query) -> None:
    """Refuse, with the contacts API's own codes, queries that the query engine would refuse with general ones."""
    paging, sort = part_of(envelope, "paging"), envelope.get("sort") or []
    limit = str(paging.get("limit", query.default_limit))
    if not limit.isdigit() or not 1 <= int(limit) <= query.max_limit:
        raise application_error(BAD_REQUEST, "ILLEGAL_LIMIT", f"limit must be between 1 and {query.max_limit}")
    for entry in sort if isinstance(sort, list) else [sort]:
        name = entry.get("fieldName") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or name not in query.sortable:
            raise application_error(BAD_REQUEST, "UNSUPPORTED_SORT_FIELD", f"Sorting by {name} is not supported")
    condition = envelope.get("filter")
    if condition is not None and not isinstance(condition, dict):
        raise application_error(BAD_REQUEST, "MALFORMED_FILTER", "Filter must be an object")
    _check_filter(condition or {}, query)


def _check_filter(condition: Any, query: Query) -> None:
    if not isinstance(condition, dict):
        raise application_error(BAD_REQUEST, "MALFORMED_FILTER", "Filter must be an object")
    for name, value in condition.items():
        if name in {"$and", "$or", "$not"}:
            for each in value if isinstance(value, list) else [value]:
                _check_filter(each, query)
            continue
        _check_condition(name, value if isinstance(value, dict) else {"$eq": value}, query)


def _check_condition(name: str, condition: Entity, query: Query) -> None:
    if name.startswith("$"):
        raise application_error(BAD_REQUEST, "UNSUPPORTED_FILTER", f"{name} is not supported in filters")
    operators = query.operators(name)
    if operators is None:
        text = f"Filtering by {name} is not supported"
        raise application_error(BAD_REQUEST, "UNSUPPORTED_FILTER_FIELD_UNKNOWN", text)
    for operator, value in condition.items():
        if operator not in OPERATORS & operators:
            text = f"Operator {operator} is not supported on {name}"
            raise application_error(BAD_REQUEST, "UNSUPPORTED_FILTER_OPERATOR", text)
        if operator in _OF_ONE_VALUE and isinstance(value, list):
            text = f"Operator {operator} takes one value"
            raise application_error(BAD_REQUEST, "UNSUPPORTED_FILTER_VALUE_TYPE", text)
