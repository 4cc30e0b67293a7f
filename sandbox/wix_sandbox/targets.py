"""Targets of faults: the operations, methods and paths that the sandbox serves."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.resource import Route


class Targets:
    """Refuses a fault that would never match a request, since its target is misspelled."""

    def __init__(self, routes: Iterable[Route]) -> None:
        listed = list(routes)
        self._operations = sorted({route.operation for route in listed})
        self._methods = sorted({route.method for route in listed})
        self._paths = sorted({path for route in listed for path in (route.path, *route.aliases)})

    def check(self, operation: str | None, method: str | None, path: str | None) -> None:
        """Check the target of one fault.

        Raises:
            WixError: 400 if there is no such operation, method or path; the message lists the existing ones.
        """
        if operation is not None and not any(fnmatchcase(each, operation) for each in self._operations):
            raise _unknown("operation", operation, self._operations)
        if method is not None and method.upper() not in self._methods:
            raise _unknown("method", method, self._methods)
        if path is not None and not any(_can_begin(each, path) for each in self._paths):
            raise _unknown("path", path, sorted({"/".join(each.split("/")[:3]) for each in self._paths}))


def _can_begin(template: str, pattern: str) -> bool:
    """True if a path of this template can begin like the pattern, up to its first wildcard."""
    literal = re.split(r"[*?[]", pattern, maxsplit=1)[0].split("/")
    own = template.split("/")
    if len(literal) > len(own):
        return False
    *whole, last = zip(own, literal, strict=False)
    return all(each.startswith("{") or each == asked for each, asked in whole) and (
        last[0].startswith("{") or last[0].startswith(last[1])
    )


def _unknown(what: str, asked: str, known: list[str]) -> Exception:
    close = get_close_matches(asked, known, n=1)
    nearest = f" (nearest: {close[0]})" if close else ""
    message = f"Not a fault: no {what} matches {asked!r}{nearest}; there are {', '.join(known)}"
    return bad_request(message)
