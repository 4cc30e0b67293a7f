"""Checks entities against the JSON schemas of the fixtures."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

import wix_sandbox

SCHEMAS = Path(wix_sandbox.__file__).parent / "schemas"


def complaints(schema, entities):
    validator = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
    return [f"{error.json_path}: {error.message}" for each in entities for error in validator.iter_errors(each)]
