"""The vocabulary of the synthetic shop: `facts/synthetic_shop.json`, a house of pottery, tea, textiles and paper.

People have the names of trees, companies are called Example, e-mail addresses end in example.com and phone numbers are
of 555-01xx, so no real person is meant.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import msgspec


class Choice(NamedTuple):
    """One choice of an option; `color` is a hex code on colour options."""

    name: str
    color: str | None = None


class Section(NamedTuple):
    """An info section: a titled text below the description, which products share."""

    title: str
    text: str


class Collection(msgspec.Struct, frozen=True):
    """A group of products; `parent` is used if collections form a tree."""

    name: str
    description: str | None = None
    visible: bool = True
    parent: str | None = None


class Words(msgspec.Struct, frozen=True):
    """The vocabulary; collections come parents before children, one is hidden, one stays empty."""

    options: dict[str, tuple[Choice, ...]]
    """The choices of each option."""
    info_sections: dict[str, Section]
    """Info sections by their unique names."""
    option_sets: tuple[tuple[str, ...], ...]
    materials: dict[str, tuple[str, ...]]
    """By collection."""
    nouns: dict[str, tuple[str, ...]]
    """By collection."""
    adjectives: tuple[str, ...]
    brands: tuple[str, ...]
    ribbons: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    job_titles: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    collections: tuple[Collection, ...]
    products: tuple[dict[str, Any], ...]
    """Hand-written products, one for each property that a reader or a writer must handle."""


WORDS = msgspec.json.decode(files("wix_sandbox").joinpath("facts/synthetic_shop.json").read_bytes(), type=Words)
