"""The report of a run: a Markdown file without secrets and personal data, suitable for a public issue."""

from __future__ import annotations

import platform
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING

from wix_api.private_file import private
from wix_api.redaction import redact
from wix_sandbox.readings import READINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PASSED, FAILED, LEFT_OUT = "passed", "**failed**", "not run"
_PACKAGES = ("tap-target-wix", "singer-sdk", "requests")


@dataclass(frozen=True)
class Step:
    """A job or a clean-up: its name, how it ended, what it did, and seconds."""

    name: str
    ended: str
    done: str
    seconds: float


@dataclass
class Report:
    """The findings of a run.

    Attributes:
        catalog: The site's store catalog.
        began: Date and time in UTC.
        steps: Jobs and clean-ups, in their order.
        answers: The site's answers, by the name of the reading.
        unanswered: Why there is no answer, by the name of the reading.
        refusals: Number of unexpected refusals by status and code.
    """

    catalog: str
    began: str
    steps: list[Step] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> list[str]:
        """The names of the steps that failed."""
        return [step.name for step in self.steps if step.ended is FAILED]

    @property
    def odd(self) -> list[str]:
        """Answers that differ from wix-sandbox's defaults, as arguments of its option `--reading`."""
        usual = {each.name: each.values[0] for each in READINGS}
        return [f"{name}={answer}" for name, answer in self.answers.items() if answer != usual[name]]

    def write(self, path: Path) -> None:
        """Write the report to a file that only its owner may read."""
        path.unlink(missing_ok=True)
        with open(path, "w", encoding="utf-8", opener=private) as file:
            file.write("\n".join(self._lines()) + "\n")

    def _lines(self) -> Iterator[str]:
        versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
        yield "# tap-wix and target-wix on a live test site"
        yield ""
        yield f"{self.began} UTC, store catalog {self.catalog}, {versions}, Python {platform.python_version()}"
        yield from self._section("Jobs", ("job", "ended", "what it did", "seconds"), self._jobs())
        yield from self._section("Answers to open questions", ("question", "answer", "meaning"), self._answered())
        yield ""
        yield "## Answers other than the sandbox's defaults"
        yield ""
        yield from [f"- `{each}`" for each in self.odd] or ["None."]
        yield from self._section("Unexpected refusals", ("status and code", "times"), self._refused())

    def _jobs(self) -> list[Sequence[str]]:
        return [(step.name, step.ended, step.done, f"{step.seconds:.1f}") for step in self.steps]

    def _answered(self) -> list[Sequence[str]]:
        rows: list[Sequence[str]] = []
        for reading in READINGS:
            answer = self.answers.get(reading.name)
            why = self.unanswered.get(reading.name, "the run ended before")
            rows.append((f"`{reading.name}`", f"`{answer}`" if answer else f"not answered: {why}", reading.says))
        return rows

    def _refused(self) -> list[Sequence[str]]:
        return [(name, str(count)) for name, count in sorted(self.refusals.items())]

    @staticmethod
    def _section(title: str, header: Sequence[str], rows: list[Sequence[str]]) -> Iterator[str]:
        yield from ("", f"## {title}", "")
        if not rows:
            yield "None."
            return
        yield f"| {' | '.join(header)} |"
        yield f"|{' --- |' * len(header)}"
        for row in rows:
            yield f"| {' | '.join(redact(cell).replace('|', '&#124;') for cell in row)} |"
