"""A page as a tree, parsed strictly: an end tag that closes nothing, or something else, fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, name):
        return [each for each in self.walk() if each.name == name]

    def one(self, name, **attributes):
        (found,) = [each for each in self.all(name) if attributes.items() <= each.attributes.items()]
        return found

    def by_id(self, wanted):
        (found,) = [each for each in self.walk() if each.attributes.get("id") == wanted]
        return found

    @property
    def text(self):
        parts = [each.text if isinstance(each, Element) else each for each in self.children]
        return " ".join("".join(parts).split())

    def rows(self):
        """Texts of the body rows of the only table inside."""
        body = self.one("tbody")
        return [[cell.text for cell in row.children] for row in body.all("tr")]


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = [Element("")]

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().name == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parsed(html):
    builder = _Builder()
    builder.feed(html)
    builder.close()
    (root,) = builder.open
    return root
