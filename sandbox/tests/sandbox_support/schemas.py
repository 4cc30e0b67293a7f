"""Checks entities against the JSON schemas of the fixtures."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

import wix_sandbox

SCHEMAS = Path(wix_sandbox.__file__).parent / "schemas"


def _one_of(_validator, groups, entity, _schema):
    """Yield an error for each group of members that Wix has only one of, of which the entity has several."""
    for group in groups:
        if len([name for name in group if entity.get(name) is not None]) > 1:
            yield ValidationError(f"only one of {', '.join(group)} may be set")


_Validator = extend(Draft202012Validator, {"x-wix-oneof": _one_of})


def complaints(schema, entities):
    validator = _Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
    return [f"{error.json_path}: {error.message}" for each in entities for error in validator.iter_errors(each)]
