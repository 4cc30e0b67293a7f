"""Exchanges that Wix documents, one JSON file each, and how they are run against a server.

A file has the source of the exchange (`source`, `read`), its `catalog`, the entities `before` (calls whose
answers are kept by name: `{"product": "product.id"}`), the `request` and the `response`: status, the `keys` of the
body, and the `values` that the request decides, by path. `{product}` in a text means a kept value, `"<guid>"`
any GUID. `entities` are the parts of the body with a separate schema.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "exchanges"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_ENDPOINT = re.compile(r"\{\w+\}")


def stored():
    """Every exchange on file, as parameters of a test."""
    return [pytest.param(json.loads(path.read_text()), id=path.stem) for path in sorted(FOLDER.glob("*.json"))]


def by_domain(exchanges):
    """Exchanges by the first word of their names, as parameters; a test for each would cost more than what it does."""
    domains = groupby(exchanges, key=lambda each: each.id.partition("-")[0])
    return [pytest.param([(each.id, *each.values) for each in found], id=domain) for domain, found in domains]


@contextmanager
def naming(name):
    """Name the exchange in a failure."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"exchange {name}")
        raise


def filled(value, kept):
    """A value with what was kept put where it is named; a text that is one name becomes what was kept."""
    if isinstance(value, dict):
        return {name: filled(each, kept) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, kept) for each in value]
    if isinstance(value, str):
        for name, known in kept.items():
            value = value.replace(f"{{{name}}}", known)
    return value


def at(body, path):
    """Return the value at a path: `results[0].itemMetadata.id`."""
    for name, number in _STEP.findall(path):
        body = body[int(number)] if number else body[name]
    return body


def run(exchange, api):
    """Create the entities, then send the request; return the answer and the kept values."""
    kept = prepared(exchange, api)
    return send(api, exchange["request"], kept), kept


def prepared(exchange, api):
    """Create the entities; return the kept values."""
    kept = credentials(api)
    for call in exchange.get("before", ()):
        answer = send(api, call, kept)
        assert answer.status_code == 200, answer.text
        kept |= {name: at(answer.json(), path) for name, path in (call.get("keep") or {}).items()}
    return kept


def send(api, call, kept):
    """Send a call, what was kept put where it is named."""
    method, path = filled(call["call"], kept).split(" ", 1)
    return api.send(method, path, filled(call.get("body"), kept), filled(call.get("headers"), kept))


def credentials(api):
    """What a caller is known by: `api_key`, `site_id`, `app_id`, `app_secret`, `instance_id`, `refresh_token`."""
    known = api.site.config() | api.site.app_config() | api.site.refresh_config()
    return {name: value for name, value in known.items() if isinstance(value, str)}


def matches(value, expected):
    """Whether a value is as expected; `"<guid>"` is any GUID."""
    if isinstance(expected, dict) and isinstance(value, dict):
        return value.keys() == expected.keys() and all(matches(value[name], expected[name]) for name in expected)
    if expected == "<guid>":
        return bool(GUID.fullmatch(value))
    return value == expected


def endpoint(method, path):
    """An endpoint by method and path, whose parameters have no names: `PATCH /stores/v3/products/{}`."""
    return f"{method} {_ENDPOINT.sub('{}', path)}"
