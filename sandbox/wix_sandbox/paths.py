"""Finds the endpoint of a request by the segments of its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wix_sandbox.resource import Route

_PARAMETER = "{}"
_END = ""
"""Key of the endpoints whose path ends at a node; no path has an empty segment."""

Found = tuple["Route", dict[str, str]]
"""An endpoint, and the values of its path parameters."""


class Paths:
    """Endpoints in a tree of path segments.

    Args:
        routes: The endpoints; of two with one path and method, the first is found.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._root: dict[str, Any] = {}
        for route in self.routes:
            for path in (route.path, *route.aliases):
                segments = path.strip("/").split("/")
                node = self._root
                for segment in segments:
                    node = node.setdefault(_PARAMETER if segment.startswith("{") else segment, {})
                names = [segment[1:-1] for segment in segments if segment.startswith("{")]
                node.setdefault(_END, {}).setdefault(route.method, (route, names))

    def find(self, method: str, path: str) -> Found | None:
        """Return the endpoint of a path, or None. A fixed segment wins over a parameter."""
        return _find(self._root, "GET" if method == "HEAD" else method, path.split("/")[1:], ())


def _find(node: dict[str, Any], method: str, segments: Sequence[str], values: tuple[str, ...]) -> Found | None:
    if not segments:
        found = node.get(_END, {}).get(method)
        return None if found is None else (found[0], dict(zip(found[1], values, strict=True)))
    segment, *rest = segments
    if not segment:
        return None
    fixed, free = node.get(segment), node.get(_PARAMETER)
    found = None if fixed is None else _find(fixed, method, rest, values)
    if found is None and free is not None:
        found = _find(free, method, rest, (*values, segment))
    return found
