"""The definitions for Meltano and Meltano Hub are made from the code, and are as Hub requires them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from yamllint import linter
from yamllint.config import YamlLintConfig

from tap_wix.tap import TapWix
from target_wix.target import TargetWix
from tests.shops import config, shop
from tools.definitions import FOLDER, definitions

KINDS = {"array", "boolean", "date_iso8601", "decimal", "integer", "object", "options", "password", "string"}
HUB_STYLE = """
extends: default
rules:
  document-start: {present: false}
  indentation: {indent-sequences: false}
  key-ordering: enable
  line-length: disable
"""
FILES = {"tap-wix.yml": (TapWix, "extractors"), "target-wix.yml": (TargetWix, "loaders")}


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return loaded


def test_the_definitions_are_made_from_the_code() -> None:
    written = {str(file.relative_to(FOLDER)): file.read_text() for file in FOLDER.rglob("*.*") if file.suffix != ".svg"}
    assert written == definitions(), "stale definitions: run python -m tools.tables and commit what it writes"


@pytest.mark.parametrize("name", FILES)
def test_the_keys_are_in_the_order_that_meltano_hub_requires(name: str) -> None:
    assert list(linter.run((FOLDER / name).read_text(), YamlLintConfig(HUB_STYLE))) == []


def test_only_a_share_has_the_kind_of_which_meltano_takes_no_value_from_the_environment() -> None:
    decimals = {each["name"] for name in FILES for each in load(name)["settings"] if each["kind"] == "decimal"}
    assert decimals == {"fail_above"}


@pytest.mark.parametrize("name", FILES)
def test_a_definition_has_every_setting_and_marks_secrets(name: str) -> None:
    plugin, kind = FILES[name]
    made = load(name)
    properties = plugin(config=config(shop("v3")), parse_env_config=False).config_jsonschema["properties"]
    assert {each["name"] for each in made["settings"]} == properties.keys() - {"add_record_metadata"}
    for each in made["settings"]:
        secret = bool(properties[each["name"]].get("secret"))
        assert each["kind"] in KINDS
        assert (each["kind"] == "password", each.get("sensitive", False)) == (secret, secret), each["name"]
    assert {"stream_maps", "stream_map_config", "faker_config", "flattening_enabled"} <= properties.keys()
    assert {"name", "namespace", "variant", "quality"} <= made.keys()
    locked = json.loads((FOLDER / "plugins" / kind / f"{made['name']}--{made['variant']}.lock").read_text())
    assert locked["plugin_type"] == kind
    assert locked["settings"] == made["settings"]
    assert not re.search("https?://", json.dumps(locked["settings"]))


def test_the_logo_is_small_and_has_no_text() -> None:
    file = FOLDER / "wix.svg"
    assert file.stat().st_size < 2000
    assert {element.tag.rpartition("}")[2] for element in ET.parse(file).iter()} == {"svg", "path"}


@pytest.mark.parametrize("name", FILES)
def test_a_definition_follows_the_schema_of_meltano_hub(name: str) -> None:
    if "HUB_SCHEMAS" not in os.environ:
        pytest.skip("HUB_SCHEMAS is not set: the folder `schemas` of github.com/meltano/hub")
    _, kind = FILES[name]
    folder = Path(os.environ["HUB_SCHEMAS"]).resolve()

    def read(uri: str) -> Resource[Any]:
        schema = json.loads(Path(uri.removeprefix("file://")).read_text())
        del schema["$id"]  # relative: the file's own address is the base of its references
        return Resource.from_contents(schema)

    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": f"file://{folder}/plugin_definitions/{kind}.schema.json",
    }
    validator = Draft7Validator(schema, registry=Registry(retrieve=read))  # type: ignore[call-arg] # of the newer stubs
    assert [error.message for error in validator.iter_errors(load(name))] == []
    assert not validator.is_valid(load(name) | {"quality": "excellent"})
    assert not validator.is_valid(load(name) | {"unknown": 1})
