"""Finds documented choices in code: `Choice: …` in comments and docstrings, up to the end of the paragraph."""

from __future__ import annotations

import ast
import re
import tokenize
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHOICE = re.compile(r"\bChoices?: (.+?)(?=\n\s*\n|\bChoices?: |\Z)", re.DOTALL)


class Choice(NamedTuple):
    """One choice: its subject (the text before it), and what was chosen."""

    about: str
    chosen: str


class Text(NamedTuple):
    """A docstring or a comment; `line` is its last one."""

    line: int
    text: str


def choices_in(source: str) -> list[Choice]:
    """Return the choices that a module documents, in the order of its lines."""
    if not _CHOICE.search(source):  # most have none, and to parse them all takes two seconds
        return []
    return [
        Choice(_about(source, text, match.start()), _flat(match[1]))
        for text in sorted((*_docstrings(source), *_comments(source)))
        for match in _CHOICE.finditer(text.text)
    ]


def _about(source: str, text: Text, start: int) -> str:
    """Return the text before the choice in its paragraph or text, else the code that the text belongs to."""
    before = text.text[:start]
    paragraph = before.rpartition("\n\n")[2].partition("Choice")[0]
    said = _flat(paragraph) or _flat(before.partition("\n\n")[0])
    return said or f"`{_flat(_code(source.splitlines(), text))}`"


def _code(lines: list[str], text: Text) -> str:
    """Return the line of code that a comment or docstring belongs to."""
    own = lines[text.line - 1]
    if own.lstrip().startswith("#"):
        return lines[text.line]
    code = own.partition("#")[0]
    return lines[text.line - text.text.count("\n") - 2] if '"""' in own else code


def _flat(text: str) -> str:
    return " ".join(text.split())


def _docstrings(source: str) -> Iterator[Text]:
    """Yield every string that is a statement: docstrings, including those of attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Text(node.end_lineno or node.lineno, node.value.value)


def _comments(source: str) -> Iterator[Text]:
    """Yield the comments; those on successive lines are one text."""
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        below = token.start[0] == last + 1 and not token.line[: token.start[1]].strip()
        if block and not below:
            yield Text(last, "\n".join(block))
            block = []
        last = token.start[0]
        block.append(token.string.lstrip("# "))
    if block:
        yield Text(last, "\n".join(block))
