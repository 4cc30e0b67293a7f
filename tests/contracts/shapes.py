"""What Wix's client declares of each answer: `shapes.json`, with entities as the schemas have them."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import wix_sandbox
from tests.contracts.exchanges import endpoint

HERE = Path(__file__).parent
SCHEMAS = Path(wix_sandbox.__file__).parent / "schemas"
REGISTRY = Registry().with_resources(
    (path.name, Resource.from_contents(json.loads(path.read_text()), DRAFT202012)) for path in SCHEMAS.glob("*.json")
)
DECLARED = {
    endpoint(method, path): shape
    for name, shape in json.loads((HERE / "shapes.json").read_text()).items()
    for method, declared in [name.split(" ")]
    for path in (declared, *shape["aliases"])
}
"""`{client, aliases, scopes, answer}` by endpoint."""


def complaints(shape, body):
    """Where a body is not of a shape."""
    validator = Draft202012Validator(shape["answer"], registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def entity(schema):
    """The shape of one entity, by the name of its schema."""
    return {"answer": {"$ref": f"{schema}.json"}}


def shape_of(method, path):
    """The declared shape of the answer to a concrete call, or None where nothing is declared."""
    names = [name for name in DECLARED if is_called(name, method, path)]
    # A path that is written out wins over one with a parameter in its place.
    return DECLARED[min(names, key=lambda name: name.count("{}"))] if names else None


def is_called(name, method, path):
    """Whether a concrete call is one of an endpoint, `GET /stores/v3/products/{}`."""
    verb, template = name.split(" ")
    steps, written = template.split("/"), path.split("?")[0].split("/")
    fits = (step in ("{}", own) for step, own in zip(steps, written, strict=False))
    return verb == method and len(steps) == len(written) and all(fits)
