"""The requests of many clean runs: sent now, or as they are on file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from tests.target.golden.normalised import Normaliser
from tests.target.kill.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    Requests = Counter[tuple[str, int]]

CATALOGS = ("v1", "v3")
SEEDS = range(40)
_SEED = re.compile(r"(\d+)(?:x(\d+))?")
_ENDPOINT = re.compile(r"\S+ (?:<[^>]*>|[^\s?<])*")
_ID = re.compile(r"<[^>]*>")
_LISTED = 12
"""Requests that went, and requests that came, that are listed at most."""


@dataclass
class Journal:
    """Requests of the clean runs of one catalog.

    Attributes:
        catalog: `v1` or `v3`.
        fields: Lists of members to return, by their names.
        requests: How often each seed sends each request: `{(request, seed): count}`.
    """

    catalog: str
    fields: dict[str, str] = field(default_factory=dict)
    requests: Requests = field(default_factory=Counter)

    @classmethod
    def of_runs(cls, catalog: str) -> Journal:
        """Run the target once for each seed."""
        journal = cls(catalog)
        for seed in SEEDS:
            journal._run(seed)
        return journal

    @classmethod
    def on_file(cls, catalog: str) -> Journal:
        """Read the file of a catalog."""
        return cls.parsed(catalog, _path(catalog).read_text())

    @classmethod
    def parsed(cls, catalog: str, text: str) -> Journal:
        """Read the text of a file."""
        journal = cls(catalog)
        lines = iter(text.splitlines())
        for line in lines:
            if line.startswith("<"):
                name, _, members = line.partition(": ")
                journal.fields[name] = members
            else:
                for seed, count in _SEED.findall(next(lines)):
                    journal.requests[line, int(seed)] = int(count or 1)
        return journal

    def text(self) -> str:
        """Return the text of the file."""
        listed = [f"{name}: {members}" for name, members in sorted(self.fields.items())]
        for request, pairs in groupby(sorted(self.requests), key=lambda pair: pair[0]):
            counts = [(seed, self.requests[request, seed]) for _, seed in pairs]
            listed += [
                request,
                "    " + " ".join(f"{seed}x{count}" if count > 1 else str(seed) for seed, count in counts),
            ]
        return "\n".join([*listed, ""])

    def write(self) -> None:
        """Write the file."""
        _path(self.catalog).write_text(self.text())

    def changes_since(self, former: Journal) -> list[str]:
        """Return how many requests of each endpoint went and came, then each request (`-` or `+`) with its seeds."""
        went, came = former.requests - self.requests, self.requests - former.requests
        return [
            *_by_endpoint(went, came),
            *_listed("-", went),
            *_listed("+", came),
            *(f"- {name}" for name in sorted(former.fields.keys() - self.fields.keys())),
            *(f"+ {name}: {members}" for name, members in sorted(self.fields.items()) if name not in former.fields),
        ]

    def _run(self, seed: int) -> None:
        schedule = Schedule(self.catalog, seed, readings={})
        normaliser = Normaliser(schedule.site)
        schedule.run_cleanly(lambda request: self.requests.update([(normaliser.text(request), seed)]))
        self.fields |= normaliser.fields


def _path(catalog: str) -> Path:
    return Path(__file__).parent / f"{catalog}.txt"


def _by_endpoint(went: Requests, came: Requests) -> list[str]:
    counts = [Counter[str](), Counter[str]()]
    for count, requests in zip(counts, (went, came), strict=True):
        for (request, _), times in requests.items():
            count[_ID.sub("{id}", _ENDPOINT.match(request)[0])] += times
    return [
        f"{endpoint}: {counts[0][endpoint]} went, {counts[1][endpoint]} came"
        for endpoint in sorted({*counts[0], *counts[1]})
    ]


def _listed(sign: str, requests: Requests) -> Iterator[str]:
    texts = sorted({request for request, _ in requests})
    for text in texts[:_LISTED]:
        seeds = sorted(seed for request, seed in requests if request == text)
        count = sum(requests[text, seed] for seed in seeds)
        yield f"{sign} {text}\n      {count} in seeds {', '.join(map(str, seeds))}"
    if len(texts) > _LISTED:
        yield f"{sign} and {len(texts) - _LISTED} more"
