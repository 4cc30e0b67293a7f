"""Fingerprints of SDK code that is relied on: they change when the SDK changes under us."""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap


def fingerprint(function: object) -> str:
    """Return a short hash of a function's syntax tree: comments, docstrings and layout do not count."""
    source = textwrap.dedent(inspect.getsource(function))  # type: ignore[arg-type]
    return hashlib.sha256(repr(_plain(ast.parse(source))).encode()).hexdigest()[:12]


def _plain(node: object) -> object:
    """Return a syntax tree as lists without empty fields, of which each Python version has others."""
    if isinstance(node, list):
        return [_plain(each) for each in node if not _is_docstring(each)]
    if isinstance(node, ast.AST):
        fields = [(name, _plain(value)) for name, value in ast.iter_fields(node)]
        return [type(node).__name__, *((name, value) for name, value in fields if value not in (None, []))]
    return node


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
