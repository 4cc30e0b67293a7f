"""HTML from Python, with everything escaped that is not HTML already."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"img", "input", "meta"})
"""Elements without an end tag, among those that are used here."""


class Html(str):
    """Text that is HTML already; plain `str` is escaped wherever it goes."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """Write an element. `class_` is `class`, `aria_live` is `aria-live`; True stands alone, False and None are gone."""
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{join(*children)}</{name}>")


def join(*parts: str) -> Html:
    """Write parts one behind the other."""
    return Html("".join(each if isinstance(each, Html) else escape(each) for each in parts))
