"""Optional parts of answers, which calls request and do without if Wix refuses them.

Some values of `fields` and some flags need a further permission, others are a preview. If one is refused, the whole
call fails. So the call is repeated without it, and later calls leave it out from the start.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from wix_api.errors import InvalidRequestError, PermissionDeniedError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wix_api.errors import WixError

logger = logging.getLogger(__name__)

T = TypeVar("T")
Members = dict[str, Any]

_FIELDS = "fields"
_PLACE = re.compile(r"(?:\w+\.)*fields\[(\d+)\]")


class Wish(NamedTuple):
    """A flag of a body or of query parameters, or a value of `fields`, that Wix may refuse.

    Attributes:
        name: The flag, or the value.
        lost: What is missing without it.
        permission: The permission that it needs; "" if it may be refused for other reasons.
        code: Wix's code for a missing permission, if it is known.
    """

    name: str
    lost: str
    permission: str = ""
    code: str = ""


WISHES: tuple[Wish, ...] = (
    Wish(
        "MERCHANT_DATA",
        "the costs of variants are not read",
        "SCOPE.STORES.PRODUCT_READ_ADMIN",
        "NO_PERMISSION_TO_READ_MERCHANT_DATA",
    ),
    Wish("includeMerchantSpecificData", "costs are not read", "SCOPE.DC-STORES.MANAGE-PRODUCTS"),
    Wish("includeHiddenProducts", "hidden products are not read", "SCOPE.DC-STORES.MANAGE-PRODUCTS"),
    Wish("DISCOUNT_INFO", "it is not read"),
    Wish("MIN_PRICE_VARIANT", "products that a query of variants omits are read one by one"),
)
"""The order in which they are left out if Wix does not say which one it refuses."""
_BY_NAME = {wish.name: wish for wish in WISHES}


def permission_for(name: str) -> str:
    """Return the permission that a flag or a value of `fields` needs."""
    return _BY_NAME[name].permission


class Wishes:
    """What one credential is refused on one site. Thread-safe."""

    def __init__(self) -> None:
        self._refused: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def is_refused(self, name: str) -> bool:
        """True if Wix refused a flag or a value of `fields`."""
        return name in self._refused

    def ask(
        self, send: Callable[[Members | None, Members | None], T], body: Members | None, params: Members | None
    ) -> T:
        """Send a call; if Wix refuses an optional part, send it again without that part.

        Raises:
            WixError: The call is refused without optional parts, too.
        """
        refused = self._refused
        first: WixError | None = None
        while True:
            asked, listed = _without(body, refused), _without(params, refused)
            try:
                answer = send(asked, listed)
            except (PermissionDeniedError, InvalidRequestError) as error:
                first = first or error
                name = _suspect(error, {**(listed or {}), **(asked or {})})
                if name is None:
                    raise first from None
                refused |= {name}
                continue
            if first is not None:
                self._remember(refused)
            return answer

    def _remember(self, refused: frozenset[str]) -> None:
        with self._lock:
            new, self._refused = refused - self._refused, self._refused | refused
        for name in sorted(new):
            wish = _BY_NAME.get(name) or Wish(name, "it is not read")
            todo = f"Grant {wish.permission} to the API key or app." if wish.permission else "No action is needed."
            logger.warning("Wix refuses `%s`, so %s. %s", name, wish.lost, todo)


def _suspect(error: WixError, asked: Mapping[str, Any]) -> str | None:
    """Return the optional part that was probably the reason of a refusal."""
    values = [str(value) for value in asked.get(_FIELDS) or ()]
    there = [wish for wish in WISHES if wish.name in values or asked.get(wish.name)]
    if isinstance(error, PermissionDeniedError):
        named = [wish.name for wish in there if wish.code and wish.code == error.code]
        # A 403 without a text may be a rate limit, and a known code would have come with it.
        is_wordless = isinstance(error, ThrottledError)
        unnamed = [wish.name for wish in there if wish.permission and not (wish.code and is_wordless)]
        return next(iter([*named, *unnamed]), None)
    named = _named(error, values)
    if not named and _FIELDS in str(error):
        named = [wish.name for wish in there if not wish.permission]
    return next(iter(named), None)


def _named(error: WixError, values: list[str]) -> list[str]:
    """Return the values of `fields` that Wix names, by their index or by name."""
    places = [int(found[1]) for one in error.violations if (found := _PLACE.fullmatch(one.field))]
    named = [values[place] for place in places if place < len(values)]
    return named or [value for value in values if re.search(rf"\b{re.escape(value)}\b", str(error))]


def _without(members: Members | None, refused: frozenset[str]) -> Members | None:
    if not members or not refused:
        return members
    left = {name: value for name, value in members.items() if name not in refused}
    if isinstance(left.get(_FIELDS), list):
        left[_FIELDS] = [value for value in left[_FIELDS] if value not in refused]
    return left
