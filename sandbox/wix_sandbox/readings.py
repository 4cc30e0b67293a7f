"""Readings: questions that Wix's documentation leaves open, or that only one source answers, as named switches.

`facts/readings.json` is the whole table. The first value of a reading is its default. Code asks
`site.readings["name"]`; options (`SandboxOptions(readings={…})`, `--reading NAME=VALUE`) and `POST /_sandbox/readings`
choose the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wix_sandbox import facts

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Reading:
    """One open question: its possible answers, the default first, and their source."""

    name: str
    values: tuple[str, ...]
    source: str
    says: str


READINGS = facts.read("readings", tuple[Reading, ...])
_BY_NAME = {each.name: each for each in READINGS}


def check_readings(chosen: Mapping[str, str]) -> None:
    """Raise `ValueError`, with the known ones, for an unknown name or value."""
    for name, value in chosen.items():
        if name not in _BY_NAME:
            raise ValueError(f"no such reading: {name}; there are {', '.join(_BY_NAME)}")
        if value not in _BY_NAME[name].values:
            message = f"no such value of the reading {name}: {value}; there are {', '.join(_BY_NAME[name].values)}"
            raise ValueError(message)


class Readings:
    """The value that each reading has on one site."""

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self._chosen = dict(chosen)
        self._values: dict[str, str] = {}
        self.reset()

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Change the values of some readings; if one is refused, none is changed.

        Raises:
            ValueError: An unknown name or value.
        """
        check_readings(chosen)
        self._values |= chosen

    def reset(self) -> None:
        """Return to the values of the start."""
        self._values = {each.name: each.values[0] for each in READINGS} | self._chosen

    def describe(self) -> list[dict[str, object]]:
        """Return every reading as JSON: `{name, value, values, source, says}`."""
        return [{**vars(each), "value": self._values[each.name]} for each in READINGS]
