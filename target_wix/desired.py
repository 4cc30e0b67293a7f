"""Step 3: the desired state of an entity, and its difference from the current one.

Records come from files, warehouses and other sites, so equal values arrive in different notations. `diff` converts both
sides to one notation (`canonical`) and compares only members of the desired side: a member that a record lacks, or has
as null, is not compared. An empty text, list or object clears the member.

Descriptions are compared by their words and structure, not byte by byte, since Wix rewrites them: it returns bold text
as a styled span, drops tags of line breaks, and splits rich text into other runs.
Source: https://dev.wix.com/docs/ricos/api-reference/ricos-document
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html.parser import HTMLParser
from itertools import groupby
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.fields import CLEAR, decimal_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DECIMALS = {"amount", "amountOff", "addedPrice", "defaultAddedPrice", "length", "width", "height"}
"""Members that hold a decimal number as text, in all of Wix Stores."""
_HTML = {"plainDescription"}
"""Members that hold HTML, which Wix rewrites."""
_CLEARED = {"compareAtPrice"}
"""Members that an empty object or text removes at any depth: a variant without such a price lacks the member."""
_CLEARABLE = {
    *("plainDescription", "description", "children", "first", "last", "city", "postalCode", "addressLine2"),
    *("pictures", "tags", "keywords"),
}
"""Members that an empty text or list clears at any depth. Wix fills in or requires others, such as ids and types."""
_OF_EDITOR = {"id", "metadata", "documentStyle"}
"""Members of a rich text that Wix's editor sets."""


def canonical(value: Any, *, is_desired: bool = False) -> Any:
    """Return a value in a normal form for comparison, without empty members and members that the editor sets.

    If `is_desired`, empty members that may be cleared are kept: those of a record clear those of the site.
    """
    if isinstance(value, dict):
        is_rich = "nodes" in value
        form, shown = (_rich_form, without(value, *_OF_EDITOR)) if is_rich else (_known_form, value)
        members = ((key, canonical(form(key, member), is_desired=is_desired)) for key, member in shown.items())
        clearing = _CLEARABLE if is_desired and not is_rich else ()
        return {key: one for key, one in members if not _is_empty(one) or (key in clearing and one in ("", []))}
    if isinstance(value, list | tuple):
        return [canonical(member, is_desired=is_desired) for member in value]
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Decimal(str(value)).normalize() + 0
    return value


def diff(current: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a desired entity that differ from the current one."""
    return {
        name: value
        for name, value in desired.items()
        if value is not None
        and (_member_differs(name, current.get(name), value) or (name == "inStock" and _untracks(current, desired)))
    }


def _member_differs(name: str, current: Any, desired: Any) -> bool:
    if desired == current and isinstance(desired, bool) is isinstance(current, bool):
        return False
    old, new = canonical(_known_form(name, current)), canonical(_known_form(name, desired), is_desired=True)
    if not _is_empty(new):
        return _differs(old, new)
    if isinstance(desired, dict) and desired and "nodes" not in desired:
        inside = current if isinstance(current, dict) else {}
        return any(_member_differs(key, inside.get(key), one) for key, one in desired.items() if one is not None)
    # `canonical` drops empty members, but an empty object or text of the record clears the member.
    return not _is_empty(old)


def with_blanks_of(current: Mapping[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the site's blanks around texts that are equal otherwise: records come without blanks."""
    return record | {
        name: text
        for name, text in current.items()
        if name in record and isinstance(text, str) and record[name] == text.strip()
    }


def differs(current: Any, desired: Any) -> bool:
    """True if the desired value has a non-empty part that differs from the current value."""
    return _differs(canonical(current), canonical(desired, is_desired=True))


def _differs(current: Any, desired: Any) -> bool:
    if desired is CLEAR:
        return current is not CLEAR and not _is_empty(current)
    if isinstance(desired, dict):
        inside = current if isinstance(current, dict) else {}
        return _untracks(inside, desired) or any(_differs(inside.get(key), member) for key, member in desired.items())
    if isinstance(desired, list):
        if not isinstance(current, list) or len(desired) != len(current):
            return not (_is_empty(desired) and _is_empty(current))
        return any(_differs(other, one) for other, one in zip(current, desired, strict=True))
    if _is_empty(current) and (_is_empty(desired) or desired is False):
        # Some of Wix's answers lack empty and false members.
        return False
    return bool(desired != current) or isinstance(desired, bool) is not isinstance(current, bool)


def _untracks(current: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """True if stock with a quantity is to be out of stock without one: Wix shows `inStock` only of untracked stock."""
    return (
        desired.get("inStock") is False
        and desired.get("quantity") is None
        and current.get("inStock") is None
        and current.get("quantity") is not None
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, dict, list)) and not value and value is not CLEAR)


def _known_form(key: str, member: Any) -> Any:
    if key in _CLEARED and member in ({}, ""):
        return CLEAR
    if key in _HTML and isinstance(member, str):
        return Html(member) or ""
    return decimal_text(member) if key in _DECIMALS else member


def _rich_form(key: str, member: Any) -> Any:
    bare = _without_marks(member)
    return joined(bare) if key == "nodes" and isinstance(bare, list) else bare


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(member) for key, member in value.items() if key not in _OF_EDITOR}
    if isinstance(value, list):
        return [_without_marks(member) for member in value]
    return value


def overlay(current: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the current entity updated with a record: objects are merged, lists are replaced."""
    result = dict(current)
    for key, value in record.items():
        existing = result.get(key)
        # An empty object clears the member.
        deeper = isinstance(existing, dict) and isinstance(value, dict) and value
        result[key] = overlay(existing or {}, value) if deeper else value
    return result


def without(entity: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return an entity without some of its members."""
    return {name: value for name, value in entity.items() if name not in names}


def only(entity: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return an entity with some of its members only."""
    return {name: value for name, value in entity.items() if name in names}


def cleared(value: Any) -> Any:
    """Return a value with null instead of empty texts: Wix accepts null to clear a member, but not an empty text."""
    return _mapped(value, lambda one: None if one == "" else one)


def uncleared(value: Any) -> Any:
    """Return a value with empty texts instead of null: the inverse of `cleared`."""
    return _mapped(value, lambda one: "" if one is None else one)


def unmarked(value: Any) -> Any:
    """Return a value with null instead of `CLEAR`."""
    return _mapped(value, lambda one: None if one is CLEAR else one)


def marked(value: Any, mark: str) -> Any:
    """Return a value with `CLEAR` instead of a mark."""
    return _mapped(value, lambda one: CLEAR if one == mark else one)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with each value inside that is no object and no list replaced by a function of it."""
    if isinstance(value, dict):
        return {key: _mapped(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_mapped(one, change) for one in value]
    return change(value)


def filled(value: Any) -> Any:
    """Return a value without empty texts and null members, as a create sends it."""
    if isinstance(value, dict):
        return {key: filled(member) for key, member in value.items() if member is not None and member != ""}
    if isinstance(value, list):
        return [filled(member) for member in value]
    return value


_BLOCKS = {"p", "div", "section", "article", "ul", "ol", "table", "tr", "tbody", "thead"}
"""Tags that separate blocks of text and have no further meaning. The kind of a list is part of its items' kind."""
_KINDS = {"h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "td", "th"}
_STYLES = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "s": "struck"} | {
    "strike": "struck",
    "del": "struck",
    "sub": "sub",
    "sup": "sup",
}
_THINGS = {"img", "video", "iframe", "hr"}
_UNSHOWN = {"script", "style"}
_BREAK = "\n"
_BOLD_FROM = 600
_DEFAULTS = {"fontWeightValue": 700, "italicData": True, "underlineData": True}
"""Members of a decoration with their default values, which are ignored."""

Styles = frozenset[str]
Block = tuple[str, str, tuple[tuple[str, Styles], ...]]
"""Kind, text with single spaces, and runs of one style without spaces."""


@dataclass(frozen=True, eq=False)
class Html:
    """An HTML text that equals HTML texts with the same words and structure."""

    text: str

    @cached_property
    def _forms(self) -> tuple[list[Block], ...]:
        reader = _Reader()
        reader.feed(self.text)
        reader.close()
        return tuple(_blocks(reader.blocks, instead) for instead in ("", " ", _BREAK))

    @override
    def __eq__(self, other: object) -> bool:
        """Compare texts. Wix may replace a line break with nothing, a space or a new paragraph (not documented)."""
        if not isinstance(other, Html):
            return False
        return self.text == other.text or any(
            ours == theirs for ours, theirs in zip(self._forms, other._forms, strict=True)
        )

    __hash__ = None  # type: ignore[assignment] # equal texts may have different forms

    def __bool__(self) -> bool:
        """True if the text has visible content."""
        return any(self._forms)


def joined(nodes: list[Any]) -> list[Any]:
    """Return nodes of a rich text; neighbouring text nodes with the same decorations are joined."""
    found: list[Any] = []
    for decorations, group in groupby(nodes, _decorations):
        if decorations is None:
            found += group
            continue
        text = "".join(str(node["textData"].get("text") or "") for node in group)
        if text:
            found.append({"type": "TEXT", "textData": {"text": text, "decorations": decorations}})
    return found


def _decorations(node: Any) -> list[Any] | None:
    """Return the decorations of a text node, sorted and without default values; None for other nodes."""
    if not isinstance(node, dict) or node.get("type") != "TEXT" or not isinstance(node.get("textData"), dict):
        return None
    listed = node["textData"].get("decorations")
    bare = [
        {name: value for name, value in one.items() if _DEFAULTS.get(name) != value}
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    return sorted(bare, key=lambda one: str(one.get("type")))


class _Reader(HTMLParser):
    """Collects blocks as `[kind, [(text, styles), …]]`."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, list[tuple[str, Styles]]]] = []
        self._open: list[tuple[str, str, Styles]] = []  # tag, kind of block, styles
        self._begin()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._put(_BREAK)
        elif tag in _THINGS:
            self._begin()
            self.blocks[-1] = (tag, [(tag, Styles())])
            self._begin()
        else:
            kind = self._list_kind() if tag == "li" else tag if tag in _KINDS else ""
            self._open.append((tag, kind, _styles(tag, dict(attrs))))
            if tag in _BLOCKS | _KINDS:
                self._begin()

    @override
    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (opened, *_) in enumerate(self._open) if opened == tag]
        if places:
            del self._open[places[-1] :]
            if tag in _BLOCKS | _KINDS:
                self._begin()

    @override
    def handle_data(self, data: str) -> None:
        if not any(tag in _UNSHOWN for tag, *_ in self._open):
            self._put(data.replace(_BREAK, " "))

    def _list_kind(self) -> str:
        return next((f"{tag} li" for tag, *_ in reversed(self._open) if tag in {"ul", "ol"}), "li")

    def _begin(self) -> None:
        self.blocks.append((next((kind for _, kind, _ in reversed(self._open) if kind), ""), []))

    def _put(self, text: str) -> None:
        self.blocks[-1][1].append((text, Styles().union(*(styles for _, _, styles in self._open))))


def _styles(tag: str, attributes: dict[str, str | None]) -> Styles:
    """Return the styles of a tag that are compared: bold, italic, underline, strike-through, and a link's target."""
    if tag == "a":
        return Styles({f"link {attributes.get('href') or ''}"})
    style = {}
    for declaration in (attributes.get("style") or "").lower().split(";"):
        name, _, value = declaration.partition(":")
        style[name.strip()] = value.strip()
    shown = {_STYLES[tag]} if tag in _STYLES else set()
    if weight := style.get("font-weight"):
        is_bold = weight.startswith("bold") or (weight.isdigit() and int(weight) >= _BOLD_FROM)
        shown = shown | {"bold"} if is_bold else shown - {"bold"}
    lines = style.get("text-decoration", style.get("text-decoration-line", ""))
    others = {
        "italic": style.get("font-style") in {"italic", "oblique"},
        "underline": "underline" in lines,
        "struck": "line-through" in lines,
    }
    return Styles(shown | {style for style, is_so in others.items() if is_so})


def _blocks(read: list[tuple[str, list[tuple[str, Styles]]]], instead: str) -> list[Block]:
    """Return the non-empty blocks, with each line break replaced by `instead`."""
    found = []
    for kind, runs in read:
        for part in _parts(runs) if instead == _BREAK else [[(text.replace(_BREAK, instead), it) for text, it in runs]]:
            text = " ".join("".join(text for text, _ in part).split())
            if text:
                found.append((kind, text, _of_one_style(part)))
    return found


def _parts(runs: list[tuple[str, Styles]]) -> list[list[tuple[str, Styles]]]:
    parts: list[list[tuple[str, Styles]]] = [[]]
    for text, styles in runs:
        if text == _BREAK:
            parts.append([])
        else:
            parts[-1].append((text, styles))
    return parts


def _of_one_style(runs: list[tuple[str, Styles]]) -> tuple[tuple[str, Styles], ...]:
    words = (("".join(text.split()), styles) for text, styles in runs)
    groups = groupby((run for run in words if run[0]), lambda run: run[1])
    return tuple(("".join(text for text, _ in group), styles) for styles, group in groups)
