"""Descriptions are compared by what they say and how it is structured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.desired import Html, diff
from tests.target.runs import messages, product, writes

if TYPE_CHECKING:
    from collections.abc import Callable

    Entity = dict[str, Any]

SAME = [
    ("<p>Thrown <b>by hand</b></p>", '<p>Thrown <span style="font-weight: bold">by hand</span></p>'),
    ("<p>Thrown <strong>by hand</strong></p>", '<p>Thrown <span style="font-weight:700;">by</span> <b>hand</b></p>'),
    ("<p>One<br>two</p>", "<p>Onetwo</p>"),
    ("<p>One<br/>two</p>", "<p>One two</p>"),
    ("<p>One<br>two</p>", "<p>One</p><p>two</p>"),
    ("Thrown by hand", "<p>Thrown by hand</p>"),
    ("<div>Thrown\n  by hand</div>", "<p>Thrown by hand</p>\n"),
    ("<ul><li>Blue</li><li>Green</li></ul>", "<ul>\n<li><p>Blue</p></li>\n<li><p>Green</p></li>\n</ul>"),
    ("<p>Cups &amp; plates&nbsp;</p>", "<p>Cups & plates</p>"),
    ("<p><i>Old</i><u>New</u></p>", '<p><em>Old</em><span style="text-decoration: underline">New</span></p>'),
    ("<p>Thrown<p>by hand", "<p>Thrown</p><p>by hand</p>"),
    ("<p>Thrown</p><p></p>", "<p>Thrown</p><p><br></p>"),
    ('<p class="a">Thrown</p>', "<p>Thrown</p>"),
    ("", "<p></p>"),
]
OTHER = [
    ("<p>Thrown by hand</p>", "<p>Thrown by feet</p>"),
    ("<p>Handmade</p>", "<p>Hand made</p>"),
    ("<p>Thrown <b>by hand</b></p>", "<p>Thrown by hand</p>"),
    ("<p>Thrown <b>by hand</b></p>", "<p>Thrown by <b>hand</b></p>"),
    ("<p>One</p><p>two</p>", "<p>One two</p>"),
    ("<ul><li>Blue</li></ul>", "<ol><li>Blue</li></ol>"),
    ("<ul><li>Blue</li></ul>", "<p>Blue</p>"),
    ("<h2>Blue</h2>", "<p>Blue</p>"),
    ('<p><a href="https://a.example">Blue</a></p>', '<p><a href="https://b.example">Blue</a></p>'),
    ("<p>Blue</p><hr><p>Green</p>", "<p>Blue</p><p>Green</p>"),
    ("<p>Blue</p>", ""),
    ('<p><b style="font-weight: normal">Blue</b></p>', "<p><b>Blue</b></p>"),
]


def differ(said: Any, there: Any, name: str = "plainDescription") -> bool:
    return bool(diff({name: there}, {name: said}))


@pytest.mark.parametrize(("said", "there"), SAME)
def test_a_rewritten_text_is_the_same(said: str, there: str) -> None:
    assert not differ(said, there)
    assert not differ(there, said)


@pytest.mark.parametrize(("said", "there"), OTHER)
def test_another_text_is_another_one(said: str, there: str) -> None:
    assert differ(said, there)
    assert differ(there, said)


def test_a_text_that_a_record_does_not_say_is_not_compared() -> None:
    assert not differ(None, "<p>Blue</p>")


def test_html_without_visible_text_is_empty() -> None:
    assert Html("<p>Blue</p>")
    assert not Html("<p> <br></p><script>blue()</script>")


def rich(*nodes: Entity, **members: Any) -> Entity:
    return {"nodes": [{"type": "PARAGRAPH", "id": "a", "nodes": list(nodes), "paragraphData": {}}], **members}


def text(words: str, *decorations: Entity) -> Entity:
    return {"type": "TEXT", "id": "", "nodes": [], "textData": {"text": words, "decorations": list(decorations)}}


BOLD: Entity = {"type": "BOLD", "fontWeightValue": 700}


def test_a_rich_text_that_was_cut_anew_is_the_same() -> None:
    said = rich(text("Thrown "), text("by ", {"type": "BOLD"}), text("hand", {"type": "BOLD"}), metadata={"version": 1})
    there = rich(text("Thrown"), text(" "), text("by hand", BOLD), text(""), documentStyle={})
    assert not differ(said, there, "description")
    italic: Entity = {"type": "ITALIC", "italicData": True}
    assert not differ(rich(text("By", italic, BOLD)), rich(text("By", BOLD, {"type": "ITALIC"})), "description")


@pytest.mark.parametrize(
    "there",
    [
        rich(text("Thrown by hand")),
        rich(text("Thrown ", BOLD), text("by hand")),
        rich(text("Thrown "), text("by feet", BOLD)),
        {"nodes": [*rich(text("Thrown "))["nodes"], *rich(text("by hand", BOLD))["nodes"]]},
    ],
)
def test_another_rich_text_is_another_one(there: Entity) -> None:
    assert differ(rich(text("Thrown "), text("by hand", BOLD)), there, "description")


def test_a_product_whose_description_wix_rewrote_is_unchanged(empty_v3: Any, run: Callable[..., Any]) -> None:
    listed = messages(products=[product(sku="MUG", plainDescription="<p>Thrown <b>by hand</b><br>in Leeds</p>")])
    assert run(empty_v3, listed).outcomes == ["created"]
    there = empty_v3.state()["products"][0]["plainDescription"]
    empty_v3.journal.clear()

    assert run(empty_v3, listed).outcomes == ["unchanged"], there

    assert writes(empty_v3) == []


def test_an_empty_rich_text_does_not_empty_the_plain_one(empty_v3: Any, run: Callable[..., Any]) -> None:
    run(empty_v3, messages(products=[product(sku="MUG", plainDescription="<p>Blue</p>")]))

    run(empty_v3, messages(products=[product(sku="MUG", plainDescription="<p>Green</p>", description={"nodes": []})]))

    assert "Green" in json.dumps(empty_v3.state()["products"][0]["plainDescription"])
