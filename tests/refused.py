"""Answers of every kind that the table of refusals knows."""

from __future__ import annotations

from typing import NamedTuple

from tests.bent import Answer
from wix_api.refusals import CODES, STATUSES, Refusal, understand

WORDS = "so says Wix"


class Refused(NamedTuple):
    """A refusal."""

    status: int
    code: str
    words: str = WORDS

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.words}".replace("  ", " ").strip()

    def means(self, *, is_write: bool) -> Refusal:
        """Return what the refusal means by the table."""
        return understand(self.status, self.code, self.words, is_write=is_write).refusal

    @property
    def answer(self) -> Answer:
        """The refusal as Wix answers it."""
        error = {"code": self.code, "description": self.words, "data": {}}
        details = {"applicationError": error} if self.code else {}
        return Answer(self.status, {"message": self.words, "details": details})


WORDLESS = [Refused(row.status, "", "") for row in STATUSES if row.wordless]


def every_kind(*, is_write: bool) -> list[Refused]:
    """Return a refusal for each meaning of the table, codes that it does not know, and refusals without words."""
    coded = [Refused((row.statuses or (428,))[0], row.codes[0].replace("*", "SOME")) for row in CODES]
    bare = [Refused(row.status, "") for row in STATUSES]
    by_meaning = {one.means(is_write=is_write): one for one in reversed([*coded, *bare])}
    new = [Refused(status, "SOMETHING_NEW") for status in (403, 428, 429)]
    return [*by_meaning.values(), *new, *WORDLESS]
