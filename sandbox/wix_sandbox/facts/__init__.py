"""Facts about Wix, and the words of the generated shop, as JSON files. The module that reads a file describes it."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

import msgspec

T = TypeVar("T")


def read(name: str, form: type[T]) -> T:
    """Return the contents of a file: `read("queries", dict[str, Any])`."""
    return msgspec.json.decode(files(__name__).joinpath(f"{name}.json").read_bytes(), type=form)
