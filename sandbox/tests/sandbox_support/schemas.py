"""Checks entities against the JSON schemas of the fixtures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

import wix_sandbox

SCHEMAS = Path(wix_sandbox.__file__).parent / "schemas"


def _one_of(_validator, groups, entity, _schema):
    """Yield an error for each group of members that Wix has only one of, of which the entity has several."""
    for group in groups:
        if len([name for name in group if entity.get(name) is not None]) > 1:
            yield ValidationError(f"only one of {', '.join(group)} may be set")


class _OneOf:
    def __init__(self, _schema, groups, _path):
        self._groups = groups

    def validate(self, entity):
        for error in _one_of(None, self._groups, entity, None):
            raise ValueError(error.message)


_Validator = extend(Draft202012Validator, {"x-wix-oneof": _one_of})


@cache
def _validators(schema):
    """Return a validator that takes a hundredth of the time, and one that describes errors."""
    read = json.loads((SCHEMAS / f"{schema}.json").read_text())
    return jsonschema_rs.Draft202012Validator(read, keywords={"x-wix-oneof": _OneOf}), _Validator(read)


def complaints(schema, entities):
    quick, describing = _validators(schema)
    wrong = [each for each in entities if not quick.is_valid(each)]
    described = [f"{error.json_path}: {error.message}" for each in wrong for error in describing.iter_errors(each)]
    assert bool(described) == bool(wrong)
    return described
