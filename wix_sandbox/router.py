"""Finds the route of a request by its path, one segment after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.resource import Route


@dataclass(slots=True)
class _Place:
    fixed: dict[str, _Place] = field(default_factory=dict)
    parameter: _Place | None = None
    routes: dict[str, tuple[Route, list[str]]] = field(default_factory=dict)


class Router:
    """Routes by path and method; a fixed segment wins over a parameter."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Place()
        for route in routes:
            for path in (route.path, *route.aliases):
                self._add(route, path)

    def _add(self, route: Route, path: str) -> None:
        place, names = self._root, []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                place.parameter = place.parameter or _Place()
                place = place.parameter
            else:
                place = place.fixed.setdefault(segment, _Place())
        if route.method in place.routes:
            message = f"two routes for {route.method} {path}"
            raise ValueError(message)
        place.routes[route.method] = (route, names)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its path parameters, or None."""
        segments = [unquote(each) for each in path.strip("/").split("/")]
        found = self._search(self._root, method, segments, [])
        if found is None:
            return None
        (route, names), values = found
        return route, dict(zip(names, values, strict=True))

    def _search(
        self, place: _Place, method: str, segments: list[str], values: list[str]
    ) -> tuple[tuple[Route, list[str]], list[str]] | None:
        if not segments:
            route = place.routes.get(method)
            return None if route is None else (route, values)
        first, rest = segments[0], segments[1:]
        if first in place.fixed:
            found = self._search(place.fixed[first], method, rest, values)
            if found is not None:
                return found
        if place.parameter is not None and first:
            return self._search(place.parameter, method, rest, [*values, first])
        return None
