"""Prints the size and the depth of the packages: `python -m tools.house`.

Lines and files of each package, its deepest chain of classes, and how many of our files one record passes through from
standard input to the request that writes it.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import logging
import pkgutil
import sys
import threading
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_wix.target import TargetWix
from tools.markdown import table
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, ModuleType

PACKAGES = ("wix_api", "wix_files", "wix_events", "tap_wix", "target_wix", "wix_listen", "wix_shop", "wix_sandbox")
PRODUCT = {"name": "Blue mug", "slug": "blue-mug", "productType": "PHYSICAL"}
PRICED = {"variantsInfo": {"variants": [{"sku": "M-1", "price": {"actualPrice": {"amount": "12.50"}}}]}}


def folder(package: str) -> Path:
    """Return the folder of a package."""
    return Path(inspect.getfile(importlib.import_module(package))).parent


def size(package: str) -> tuple[int, int]:
    """Return the lines and the files of a package, Python only."""
    files = list(folder(package).rglob("*.py"))
    return sum(len(file.read_text().splitlines()) for file in files), len(files)


def modules(package: str) -> Iterator[ModuleType]:
    """Yield the modules of a package, except those that run on import."""
    for found in pkgutil.walk_packages([str(folder(package))], f"{package}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def depth(cls: type, package: str) -> int:
    """Return the length of the longest chain of base classes within the package."""
    ours = [base for base in cls.__bases__ if base.__module__.partition(".")[0] == package]
    return max((1 + depth(base, package) for base in ours), default=0)


def deepest(package: str) -> tuple[int, str]:
    """Return the class with the longest chain of base classes within its package, and the length."""
    classes = {
        cls
        for module in modules(package)
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__.partition(".")[0] == package
    }
    return max((depth(cls, package), cls.__qualname__) for cls in classes)


def messages(*entities: dict[str, Any]) -> str:
    """Return Singer messages with the given products."""
    schema = {"properties": {name: {} for entity in entities for name in entity}}
    listed: list[dict[str, Any]] = [
        {"type": "SCHEMA", "stream": "products", "key_properties": [], "schema": schema},
        *({"type": "RECORD", "stream": "products", "record": entity} for entity in entities),
        {"type": "STATE", "value": {"after": "products"}},
    ]
    return "".join(json.dumps(message) + "\n" for message in listed)


def files_crossed(catalog: str, *entities: dict[str, Any]) -> Counter[str]:
    """Return the functions called in each of our files while the target writes products to a new shop.

    Code that runs when modules are imported does not count.
    """
    roots = {package: str(folder(package)) for package in PACKAGES[:5]}
    called: set[tuple[str, str]] = set()

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and frame.f_code.co_name != "<module>" and name.startswith(tuple(roots.values())):
            called.add((name, frame.f_code.co_qualname))

    with Sandbox(SandboxOptions(catalog=catalog, empty=True)).serve() as site, redirect_stdout(io.StringIO()):
        target = TargetWix(config=site.config())
        text = io.StringIO(messages(*entities))
        threading.setprofile(profile)
        sys.setprofile(profile)
        try:
            target.listen(text)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return Counter(name for name, _function in called)


def main() -> None:
    """Print the tables."""
    logging.disable(logging.INFO)
    rows = []
    for package in PACKAGES:
        lines, files = size(package)
        levels, name = deepest(package)
        rows.append((f"`{package}`", f"{lines:,}", str(files), f"{levels} (`{name}`)"))
    sys.stdout.write(table(("Package", "Lines", "Files", "Deepest inheritance"), rows) + "\n\n")
    crossed = []
    for catalog in ("v1", "v3"):
        counted = files_crossed(catalog, {**PRODUCT, **PRICED})
        crossed.append((f"one created product, {catalog.upper()}", str(len(counted)), str(counted.total())))
    sys.stdout.write(table(("Record", "Files crossed", "Functions"), crossed) + "\n")


if __name__ == "__main__":
    main()
