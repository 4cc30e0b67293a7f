"""Requests as texts that are equal whenever the same request is sent: without chosen ids and revisions."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from wix_sandbox.site import Site

    Entity = dict[str, Any]

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONSTANT = {STORES_APP_ID, "00000000-0000-0000-0000-000000000000"}
"""The app of Wix Stores, and the default variant of every V1 product."""
_FEW = 3
"""Lists of members to return that are not longer are written out."""


class Normaliser:
    """Turns the requests of one run into texts.

    Args:
        site: Site that the run writes to; ids are named by its rows.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._names: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        """Members to return, by the name of their list."""

    def text(self, request: requests.PreparedRequest) -> str:
        """Return method, path and body of a request."""
        body = request.body or b""
        address = urlsplit(request.path_url)
        if any(guid not in self._names for guid in _GUID.findall(f"{address} {body!r}")):
            self._learn()
        parameters = self._plain(parse_qs(address.query))
        query = "&".join(
            f"{name}={value if isinstance(value, str) else ','.join(value)}" for name, value in parameters.items()
        )
        path = self._named(address.path) + (f"?{query}" if query else "")
        written = json.dumps(self._plain(json.loads(body)), separators=(",", ":"), sort_keys=True) if body else ""
        return f"{request.method} {path} {written}".rstrip()

    def _learn(self) -> None:
        """Assign a name to each id of the site that no request has had before."""
        names = {guid: guid for guid in _CONSTANT}
        state = self._site.store.snapshot()
        # Rows of stock hold ids of variants, which are named by their products.
        kinds = sorted(state, key=lambda kind: (kind == "inventory_items", kind))
        labels = [(row, f"{kind} {_label(row)}") for kind in kinds for row in state[kind]]
        for row, label in labels:
            names.setdefault(str(row.get("id")), f"<{label}>")
        for row, label in labels:
            for guid, place in _ids(row, ""):
                names.setdefault(guid, f"<{label}{place.removesuffix('.id')}>")
        self._names = names | self._names

    def _plain(self, value: Any, name: str = "") -> Any:
        """Return the value of a member without ids and revisions."""
        if name == "revision":
            return "<revision>"
        if isinstance(value, dict):
            return {key: self._plain(each, key) for key, each in value.items()}
        if isinstance(value, list):
            values = [self._plain(each) for each in value]
            if name == "fields" and len(values) > _FEW:
                return self._folded(",".join(values))
            return sorted(values, key=str) if name == "$in" else values
        return self._named(value) if isinstance(value, str) else value

    def _named(self, text: str) -> str:
        return _GUID.sub(lambda found: self._names.setdefault(found[0], "<new>"), text)

    def _folded(self, members: str) -> str:
        name = f"<fields {sha256(members.encode()).hexdigest()[:6]}>"
        self.fields[name] = members
        return name


def _label(row: Entity) -> str:
    """Return what people know a row by: an SKU, an email address, a phone number or a name."""
    variants = (row.get("variantsInfo") or {}).get("variants") or row.get("variants") or []
    skus = [str((each.get("variant") or each).get("sku") or "") for each in variants]
    known = row.get("primaryInfo") or {}
    of_stock = (row.get("product") or {}).get("variantSku")
    choices = (row.get("sku"), min(skus, default=""), of_stock, known.get("email"), known.get("phone"), row.get("name"))
    return next((str(each) for each in choices if each), "")


def _ids(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield the GUIDs in a value, and where they are: `.options.0.id`."""
    if isinstance(value, str):
        yield from ((guid, place) for guid in _GUID.findall(value))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _ids(each, f"{place}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _ids(each, f"{place}.{number}")
