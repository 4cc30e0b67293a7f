"""Readings: the questions that Wix's documentation leaves open, or that one source answers alone, as named switches.

`READINGS` is the whole table. The first value of a reading is its default. Code asks `site.readings["name"]`; options
(`SandboxOptions(readings={…})`, `--reading NAME=VALUE`) and `POST /_sandbox/readings` choose the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Reading:
    """One open question: its possible answers, the default first, and where they come from."""

    name: str
    values: tuple[str, ...]
    source: str
    says: str


READINGS = (
    Reading(
        "foreign-site",
        ("404", "401"),
        "one probe of live sites; it depends on the endpoint",
        "Status for an API key with the id of a site outside its account.",
    ),
    Reading(
        "site-and-account-id",
        ("accepted", "refused"),
        "clients contradict each other",
        "Whether an API key may come with a site id and an account id; refused with 401 `No Metasite Context`.",
    ),
    Reading(
        "without-accept",
        ("answered", "html-403"),
        "one probe of live sites",
        "A request whose `Accept` does not name `application/json`: answered, or refused with an HTML page and 403.",
    ),
    Reading(
        "order-read",
        ("permitted", "missing-identity"),
        "two notes of live sites",
        "GET of one order: answered, or refused with 428 `MISSING_IDENTITY_CONTEXT`.",
    ),
    Reading(
        "variants-of-simple-products",
        ("listed", "left-out"),
        "notes of live sites contradict each other",
        "Whether query-variants and search-variants return the variants of products without options.",
    ),
)
_BY_NAME = {each.name: each for each in READINGS}


def check_readings(chosen: Mapping[str, str]) -> None:
    """Check names and values.

    Raises:
        ValueError: an unknown name or value; the message lists the known ones.
    """
    for name, value in chosen.items():
        if name not in _BY_NAME:
            message = f"no such reading: {name}; there are {', '.join(_BY_NAME)}"
            raise ValueError(message)
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
        """Change the values of some readings; all of them or, when one is refused, none.

        Raises:
            ValueError: an unknown name or value.
        """
        check_readings(chosen)
        self._values |= chosen

    def reset(self) -> None:
        """Return to the values of the start."""
        self._values = {each.name: each.values[0] for each in READINGS} | self._chosen

    def describe(self) -> list[dict[str, object]]:
        """Return every reading as JSON: `{name, value, values, source, says}`."""
        return [
            {
                "name": each.name,
                "value": self._values[each.name],
                "values": each.values,
                "source": each.source,
                "says": each.says,
            }
            for each in READINGS
        ]
