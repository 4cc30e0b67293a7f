"""The definitions of both plugins for Meltano and Meltano Hub, made from their code.

`meltano add --from-ref` takes the YAML files, and Meltano Hub lists plugins by such files. With the lock files in its
folder `plugins`, a project needs only the names of the plugins in its `meltano.yml`. The `meltano.yml` of this
repository has the settings of both plugins itself. `python -m tools.tables` writes all five.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from tap_wix.settings import TAP_PROPERTIES
from tap_wix.tap import TapWix
from target_wix.settings import TARGET_PROPERTIES
from target_wix.target import TargetWix
from tools.release import MAIN, ROOT, project
from wix_api.settings import CONNECTION_PROPERTIES, DEFAULT_API_URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.plugin_base import PluginBase

OWN: dict[type[PluginBase], dict[str, dict[str, Any]]] = {
    TapWix: CONNECTION_PROPERTIES | TAP_PROPERTIES,
    TargetWix: CONNECTION_PROPERTIES | TARGET_PROPERTIES,
}
FOLDER = ROOT / "integrations" / "meltano"
CREDENTIALS = [
    ["api_key", "site_id"],
    ["app_id", "app_secret", "instance_id"],
    ["app_id", "app_secret", "refresh_token"],
]
ON_REQUEST = ("invoices", "order_pdf_links", "carts", "checkouts")
"""Streams that cost one request a row, or one for 100 orders."""
_OF_HUB_ONLY = {"domain_url", "keywords", "maintenance_status", "quality"}
_WITHOUT_EFFECT = {"add_record_metadata"}
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
"""A link in Markdown, as the SDK's descriptions have them: only its text is kept."""
_KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    "number": "integer",
    "object": "object",
    "string": "string",
}
"""Meltano's kinds. It fails on a `decimal` of the environment; an `integer` of a file may be a fraction."""


def sdk_properties(plugin: type[PluginBase]) -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of the settings that the Singer SDK adds to a plugin."""
    schema = {"properties": dict(OWN[plugin])}
    plugin.append_builtin_config(schema)
    return {name: rule for name, rule in schema["properties"].items() if name not in {*OWN[plugin], *_WITHOUT_EFFECT}}


def all_properties(plugin: type[PluginBase]) -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas of all settings of a plugin: its own, then the SDK's."""
    return OWN[plugin] | sdk_properties(plugin)


def kind_of(rule: Mapping[str, Any]) -> str:
    """Return Meltano's kind of a setting."""
    if rule.get("secret"):
        return "password"
    if "enum" in rule:
        return "options"
    if rule.get("format") == "date-time":
        return "date_iso8601"
    if rule.get("maximum") == 1:
        return "decimal"
    types = [kind for kind in rule["type"] if kind != "null"]
    return _KINDS[types[0]] if len(types) == 1 else "string"


def setting(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a setting as Meltano describes it."""
    description = _LINK.sub(r"\1", rule["description"])
    made = {"name": name, "kind": kind_of(rule), "label": rule["title"], "description": description}
    if rule.get("secret"):
        made["sensitive"] = True
    if "default" in rule and rule["default"] != DEFAULT_API_URL:  # lock files hold no addresses
        made["value"] = rule["default"]
    if "enum" in rule:
        values = [value for value in rule["enum"] if value is not None]
        made["options"] = [{"label": re.sub("[_-]", " ", value).capitalize(), "value": value} for value in values]
    return made


def _definition(plugin: type[PluginBase]) -> dict[str, Any]:
    """Return what both plugins have."""
    prefix = "Programming Language :: Python :: "
    return {
        "name": plugin.name,
        "namespace": plugin.name.replace("-", "_"),
        "variant": MAIN,
        "label": "Wix",
        "pip_url": MAIN,
        "domain_url": "https://www.wix.com",
        "capabilities": [str(getattr(each, "value", each)) for each in plugin.capabilities],
        "log_parser": "singer-sdk",
        "maintenance_status": "active",
        "quality": "silver",
        "settings": [setting(name, rule) for name, rule in all_properties(plugin).items()],
        "settings_group_validation": CREDENTIALS,
        "supported_python_versions": [
            each.removeprefix(prefix) for each in project(MAIN)["classifiers"] if each.startswith(prefix)
        ],
    }


def tap() -> dict[str, Any]:
    """Return the definition of tap-wix."""
    return _definition(TapWix) | {
        "description": "Website builder with online stores, contacts, orders and forms",
        "keywords": ["api", "ecommerce", "meltano_sdk"],
        "logo_url": "/assets/logos/extractors/wix.svg",
        "select": ["*.*", *(f"!{name}.*" for name in ON_REQUEST)],
    }


def target() -> dict[str, Any]:
    """Return the definition of target-wix."""
    return _definition(TargetWix) | {
        "description": "Website builder with online stores, contacts, orders and forms",
        "keywords": ["api", "ecommerce", "meltano_sdk", "reverse-etl"],
        "logo_url": "/assets/logos/loaders/wix.svg",
    }


def in_project() -> dict[str, str]:
    """Return the lines about settings of each plugin for `meltano.yml`: one for each key, and for each setting."""
    return {made["name"]: "\n".join(_project_lines(made)) for made in (tap(), target())}


def _project_lines(made: Mapping[str, Any]) -> Iterator[str]:
    for key in ("capabilities", "settings_group_validation", "select"):
        if key in made:
            yield f"    {key}: {_in_one_line(made[key])}"
    yield "    settings:"
    for each in made["settings"]:
        yield f"    - {_in_one_line(each)}"


def _in_one_line(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf)
    return text.strip()


def definitions() -> dict[str, str]:
    """Return the text of each file by its path. The keys are in alphabetical order, as Hub requires."""
    files = {}
    for kind, made in (("extractors", tap()), ("loaders", target())):
        files[f"{made['name']}.yml"] = yaml.safe_dump(made, sort_keys=True, allow_unicode=True, width=10_000)
        locked = {"plugin_type": kind, **{key: value for key, value in made.items() if key not in _OF_HUB_ONLY}}
        files[f"plugins/{kind}/{made['name']}--{made['variant']}.lock"] = json.dumps(locked, indent=2) + "\n"
    return files


def write() -> None:
    """Write the files."""
    for name, text in definitions().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
