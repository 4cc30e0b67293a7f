"""The three error bodies of Wix, as one exception with a constructor for each.

Application error, validation error, and the short one of system and permission errors; see
https://dev.wix.com/docs/rest/articles/getting-started/errors.
"""

from __future__ import annotations

import dataclasses
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from wix_sandbox.values import Entity

T = TypeVar("T")
UNREADABLE = "Failed to parse JSON or deserialize protobuf message"
"""Wix's answer to a query parameter that it cannot parse."""
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass
class WixError(Exception):
    """A refusal: HTTP status, message and `details` as in the response."""

    status: int
    message: str
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON body: `{"message": …, "details": {…}}`."""
        return {"message": self.message, "details": self.details}

    @property
    def item_error(self) -> dict[str, Any]:
        """Return the same refusal as in an item of a bulk answer: `{code, description, data}`."""
        application = self.details.get("applicationError")
        if application is not None:
            return {"data": {}, **application}
        violations = self.details.get("validationError", {}).get("fieldViolations", [])
        code = next((each["ruleName"] for each in violations if each.get("ruleName")), "INVALID_ARGUMENT")
        return {
            "code": code if violations else HTTPStatus(self.status).name,
            "description": self.message,
            "data": {"fieldViolations": violations} if violations else {},
        }


@dataclass(frozen=True, slots=True)
class Violation:
    """One entry of `fieldViolations`."""

    field: str
    description: str
    rule: str
    rule_name: str = ""
    data: dict[str, Any] = dataclasses.field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        return {
            "field": self.field,
            "description": self.description,
            "violatedRule": self.rule,
            "ruleName": self.rule_name,
            "data": self.data,
        }


def application_error(status: int, code: str, description: str, data: dict[str, Any] | None = None) -> WixError:
    """Return a refusal with an application code."""
    details = {"applicationError": {"code": code, "description": description, "data": data or {}}}
    return WixError(status, description, details)


error_400, error_404, error_409, error_428 = (partial(application_error, status) for status in (400, 404, 409, 428))
"""Return a refusal with this status: `error_404("ADDRESS_NOT_FOUND", "The contact has no such address")`."""


def validation_error(*violations: Violation) -> WixError:
    """Return status 400 with field violations; the message is the tree of lines that Wix prints."""
    details = {"validationError": {"fieldViolations": [each.wire() for each in violations]}}
    return WixError(HTTPStatus.BAD_REQUEST, "\n".join(_tree(violations)), details)


def _tree(violations: Sequence[Violation]) -> Iterator[str]:
    """Yield the lines of a message: each invalid object, its invalid members, down to the descriptions."""
    paths = [_INDEX.sub(r" [at index \1]", each.field).split(".") for each in violations]
    one_member = len({path[0] for path in paths}) == 1 and min(map(len, paths)) > 1
    root = [] if one_member else ["<root>"]
    shown: list[str] = []
    for (*holders, name), each in zip(paths, violations, strict=True):
        within = [*root, *holders]
        for depth, holder in enumerate(within):
            if within[: depth + 1] != shown[: depth + 1]:
                yield f"{_branch(depth)}{holder} is invalid:"
                shown = within[: depth + 1]
        yield f"{_branch(len(within))}{name} {each.description}"


def _branch(depth: int) -> str:
    return f"{'    ' * (depth - 1)}`-- " if depth else ""


def violations_of(error_body: dict[str, Any]) -> list[Violation]:
    """Return the violations in the `details` of a refusal, or in the `data` of a failed item."""
    listed = error_body.get("validationError", error_body).get("fieldViolations", [])
    names = ("field", "description", "violatedRule", "ruleName", "data")
    return [Violation(*(each[name] for name in names)) for each in listed]


@contextmanager
def placed(name: str, path: str) -> Iterator[None]:
    """Refuse with violations of a member under its path in a bulk call: `products[3].slug` for `product.slug`."""
    try:
        yield
    except WixError as error:
        found = violations_of(error.details)
        if not found:
            raise
        moved = (replace(each, field=re.sub(rf"^{name}\b", path, each.field)) for each in found)
        raise validation_error(*moved) from error


def rule_error(field_name: str, rule_name: str, description: str) -> WixError:
    """Return status 400 for a rule of the service itself, whose code is in `ruleName`."""
    violation = Violation(field_name, description, "OTHER", rule_name)
    return validation_error(violation)


def required(*field_names: str) -> WixError:
    """Return status 400 for missing members."""
    return validation_error(*(Violation(each, "must not be empty", "REQUIRED_FIELD") for each in field_names))


def require(body: Entity, *names: str, within: str = "") -> None:
    """Refuse a body that lacks members with 400; `within` is its path in the request."""
    missing = [f"{within}.{name}".lstrip(".") for name in names if not body.get(name)]
    if missing:
        raise required(*missing)


def refuse_cleared(changes: Entity, *names: str, within: str) -> None:
    """Refuse changes that remove members which an entity must have with 400."""
    require(changes, *(name for name in names if name in changes), within=within)


def only_one(body: Entity, path: str, *names: str) -> str:
    """Return which one of some members an object has; 400 if it has none or several of them."""
    stated = [name for name in names if body.get(name) is not None]
    if len(stated) != 1:
        rule = "ONE_OF_ALIGNMENT" if stated else "REQUIRED_ONE_OF_FIELD"
        raise validation_error(Violation(path, f"exactly one of {', '.join(names)} must be set", rule))
    return stated[0]


def out_of_bounds(
    path: str, value: float | Decimal, low: float | None, high: float | None, size_of: str = ""
) -> Iterator[Violation]:
    """Yield the violation of a number that is out of its bounds, or of a size: `SIZE`, or `LENGTH` of a text."""
    is_, rule = ("has size", f"_{size_of}") if size_of else ("got", "")
    if low is not None and value < low:
        yield Violation(path, f"{is_} {value}, expected {low} or more", f"MIN{rule}", data={"threshold": low})
    if high is not None and value > high:
        yield Violation(path, f"{is_} {value}, expected {high} or less", f"MAX{rule}", data={"threshold": high})


def check_bounds(path: str, value: float, low: float | None, high: float | None, size_of: str = "") -> None:
    """Refuse a number or a size that is out of its bounds with 400; see `out_of_bounds`."""
    for violation in out_of_bounds(path, value, low, high, size_of):
        raise validation_error(violation)


def not_in_enum(field_name: str, value: object) -> WixError:
    """Return status 400 for a value that is not in an enum."""
    return validation_error(Violation(field_name, f"invalid enum value {value}", "INVALID_ENUM_VALUE"))


def bad_request(message: str) -> WixError:
    """Return status 400 with a plain message, as for a value of the wrong JSON type."""
    return WixError(HTTPStatus.BAD_REQUEST, message)


def converted(body: Any, form: type[T]) -> T:
    """Return a body of the control plane in a form, or of its type; 400 that says what is wrong with it."""
    try:
        return msgspec.convert(body, form)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from error


def wrong_type(path: str, expected: str) -> WixError:
    """Return status 400 for a value of the wrong JSON type; null is not accepted as an item of a list, either."""
    message = f"Expected {'an' if expected[0] in 'aeiou' else 'a'} {expected} at {path}"
    return bad_request(message)


def not_found(what: str, entity_id: str, code: str = "NOT_FOUND") -> WixError:
    """Return status 404; the default code is assumed wherever Wix names none."""
    return application_error(HTTPStatus.NOT_FOUND, code, f"{what} with id '{entity_id}' was not found")


def existing(entity: Entity | None, what: str, entity_id: str, code: str = "NOT_FOUND") -> Entity:
    """Return an entity that was looked up; 404 for an unknown id."""
    if entity is None:
        raise not_found(what, entity_id, code)
    return entity


def check_revision(entity: Entity, sent: Any, name: str = "revision") -> None:
    """Compare the revision that was sent, in the member `name` of a body, with that of the stored entity.

    Raises:
        WixError: 400 if it is missing, 409 if it is stale.
    """
    if sent in (None, ""):
        raise required(name)
    current = str(entity["revision"])
    if str(sent) != current:
        raise application_error(
            HTTPStatus.CONFLICT,
            "INVALID_REVISION",
            f"Entity {entity['id']} has been changed since the requested revision {sent}",
            {"entityId": entity["id"], "currentRevision": current, "requestedRevision": str(sent)},
        )
