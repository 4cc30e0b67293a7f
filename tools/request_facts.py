"""Write `facts/requests.json` and `facts/errors.json` of the sandbox from the types of Wix's official client.

    npm ci --ignore-scripts --prefix sandbox/tests/official_client
    python -m tools.request_facts

`requests.json` has a JSON Schema of the body of each call that the sandbox serves: types, formats, lengths, bounds and
enums come from the comments of `meta.d.ts`, the paths of `required` from the `@requiredField` tags of the client's
functions. A type that has a schema file in the sandbox becomes a reference to it (`order#Price`), so each entity is
described once. `errors.json` has the error codes that the client declares for these calls.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.wix_typings import Member, Package, read_package
from wix_sandbox.resources import all_routes
from wix_sandbox.values import only
from wix_sandbox.walk import Node, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sandbox" / "wix_sandbox"
MODULES = ROOT / "sandbox" / "tests" / "official_client" / "node_modules" / "@wix"
ENGINE = frozenset({"filter", "sort", "sorting", "paging", "cursorPaging", "aggregations"})
"""Members of a request that the query engine checks; those of a query entirely, with its own error codes."""
IGNORED = frozenset({"fieldMask", "mask"})
"""Members that Wix's own client still sends, and Wix ignores."""
DOCUMENTED: dict[str, dict[str, Any]] = {
    "POST /stores-reader/v1/products/query": {
        "includeVariants": {"type": "boolean"},
        "includeHiddenProducts": {"type": "boolean"},
        "includeMerchantSpecificData": {"type": "boolean"},
    },
    "POST /stores-reader/v1/collections/query": {
        "includeNumberOfProducts": {"type": "boolean"},
        "includeDescription": {"type": "boolean"},
    },
    "GET /stores-reader/v1/collections/{id}": {"includeNumberOfProducts": {"type": "boolean"}},
}
"""Members of calls that are only in Wix's documentation."""
CONVERTED = {"ProductWithInventory": {"description": Member("RichContent", {}, optional=True)}}
"""Members that the client converts before it sends them, though its types leave them out."""
FREE = frozenset({"RichContent"})
"""Types that are kept unchanged."""
BARE = frozenset({"renameLabel", "renameExtendedField"})
"""Calls whose documentation shows the members of the entity without its envelope."""
WHOLE = frozenset({"createOrder", "importOrder"})
"""Calls that need a whole entity: the parents of a required member are required, too."""
EMPTY_MEANS_ALL = {"RemoveProductMediaRequest": "mediaIds"}
"""Lists by request types that are required, although an empty one has a meaning."""
REQUIRED = {"queryCategories": ("treeReference.appNamespace",)}
"""Required members by calls whose tags leave them out, although every other call of the entity has them."""
BOUNDS = {
    "minLength": ("minLength", "items"),
    "maxLength": ("maxLength", "items"),
    "min": ("minimum", "items"),
    "max": ("maximum", "items"),
    "minSize": ("minItems", "array"),
    "maxSize": ("maxItems", "array"),
}
_OF_TEXT = ("format", "x-wix-format", "minLength", "maxLength")
FORMATS = {"GUID": "uuid", "WEB_URL": "uri", "EMAIL": "email", "LOCAL_DATE": "date"}
"""Formats that JSON Schema has a name for."""
Schema = dict[str, Any]


def main() -> None:
    """Write both files."""
    requests = {call: {"type": "object", "properties": members} for call, members in DOCUMENTED.items()}
    errors: Schema = {}
    for call, package, name in served_calls():
        requests[call] = Request(package, name, re.findall(r"\{(\w+)\}", call)).schema()
        if name in package[1].codes:
            errors[call] = package[1].codes[name]
    write("requests", requests)
    write("errors", errors)


def write(name: str, facts: Schema) -> None:
    """Write a file of facts, one line for each endpoint."""
    lines = (f"  {json.dumps(call)}: {json.dumps(facts[call])}" for call in sorted(facts))
    text = ",\n".join(lines)
    (PACKAGE / "facts" / f"{name}.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


Named = tuple[str, Package]


def served_calls() -> Iterator[tuple[str, Named, str]]:
    """Yield the calls of the client that the sandbox answers, with their package and name."""
    served = {(route.method, _bare(path)) for route in all_routes() for path in (route.path, *route.aliases)}
    packages: dict[str, Named] = {}
    for call in calls_in(MODULES):
        module, path = call["module"], re.sub(r":(\w+)", r"{\1}", call["path"])
        if (call["method"], _bare(path)) in served:
            if module not in packages:
                packages[module] = (f"@wix/{module}", read_package(MODULES / module))
            yield f"{call['method']} {path}", packages[module], call["name"]


def calls_in(modules: Path) -> Iterator[dict[str, str]]:
    """Yield the calls of the client's modules in a folder: `module`, `name`, `method`, `path`."""
    command = ["node", str(Path(__file__).with_name("wix_calls.mjs")), str(modules.resolve())]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no input of others
    yield from map(json.loads, listed.splitlines())


def _bare(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def described() -> dict[str, dict[str, str]]:
    """Return the types that have a schema file: `{"@wix/auto_sdk_ecom_orders": {"Price": "order#Price"}}`."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((PACKAGE / "schemas").glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        source = schema["x-source"]
        if isinstance(source, str):
            words = source.replace(",", "").split()
            source = {"package": words[0], "type": words[-1]}
        types = found.setdefault(source["package"], {})
        for name in schema.get("$defs", ()):
            types.setdefault(name, f"{path.stem}#{name}")
        types[source["type"]] = path.stem
    return found


DESCRIBED = described()


class Request:
    """The request of one call."""

    def __init__(self, package: Named, name: str, in_path: list[str]) -> None:
        self.declared = package[1]
        self.described = DESCRIBED.get(package[0], {})
        self.floats = self.declared.floats[name]
        self.root = self.declared.requests[name]
        self.name, self.in_path = name, in_path
        members = self.declared.interfaces[self.root].members
        always = [member for member, declared in members.items() if not declared.optional]
        required = {*always, *self.declared.required.get(name, []), *REQUIRED.get(name, ())} - {*in_path}
        if name in WHOLE:
            required |= {holder for path in required for holder in _holders(path)}
        # Live sites refuse an option without choices under the rule of a choice; the types name no rule.
        ends = ".options.choicesSettings.choices"
        required |= {f"{path.removesuffix('.choices')}|" for path in required if path.endswith(ends)}
        self.required = sorted(required)

    def schema(self) -> Schema:
        """Return the schema of the request."""
        schema = self._object(self.root, "", ())
        in_path = [(name, schema["properties"].pop(name, {})) for name in self.in_path]
        named = dict(each if each[1] else of_entity(compiled(schema), each[0]) for each in in_path)
        if any(named.values()):
            schema["x-wix-path"] = named
        if self.name in BARE:
            return schema | {"properties": {**schema["properties"], "displayName": {"type": "string"}}}
        node = compiled(schema)
        required = [each for each in map(self._with_members, self.required) if resolves(node, each)]
        return schema | {"required": required} if required else schema

    def _with_members(self, path: str) -> str:
        """Return a path that ends with members: `item.inStock|quantity` for one with the name of that choice."""
        holder, _, name = path.rpartition(".")
        interface = self.root
        for step in filter(None, holder.split(".")):
            member = self.declared.interfaces[interface].members.get(step)
            interface = "" if member is None else re.sub(r"\[\]| \| null", "", member.type)
            if interface not in self.declared.interfaces:
                return path
        choice = self.declared.interfaces.get(f"{interface}{name[:1].upper()}{name[1:]}OneOf")
        return path if choice is None else f"{holder}.{'|'.join(choice.members)}".lstrip(".")

    def _object(self, name: str, path: str, within: tuple[str, ...]) -> Schema:
        interface = self.declared.interfaces[name]
        properties = {
            member: self._member(declared, f"{path}.{member}".lstrip("."), (*within, name))
            for member, declared in {**interface.members, **CONVERTED.get(name, {})}.items()
        }
        schema: Schema = {"type": "object", "properties": properties}
        if name in EMPTY_MEANS_ALL:
            properties[EMPTY_MEANS_ALL[name]]["x-wix-empty-means-all"] = True
        if interface.choices:
            schema["x-wix-oneof"] = interface.choices
        return schema

    def _member(self, member: Member, path: str, within: tuple[str, ...]) -> Schema:
        holder, _, name = path.rpartition(".")
        if name in IGNORED or (holder and name in ENGINE):
            return {}
        type_name = member.type.removesuffix(" | null")
        if name in ENGINE:
            return {"type": "array" if type_name.endswith("[]") else "string" if type_name == "string" else "object"}
        if type_name.endswith("[]"):
            item = self._type(type_name.removesuffix("[]").strip("()"), path, within)
            return {"type": "array", "items": item | _tags(member, "items"), **_tags(member, "array")}
        return self._type(type_name, path, within) | _tags(member, "items") | _tags(member, "array")

    def _type(self, name: str, path: str, within: tuple[str, ...]) -> Schema:
        enum = self.declared.enums.get(name.removesuffix("WithLiterals"))
        if enum is not None:
            return {"type": "string", "enum": enum}
        if name in self.described:
            return {"$ref": self.described[name]}
        if name in self.declared.interfaces and name not in FREE and name not in within:
            return self._object(name, path, within)
        if name == "number":
            return {"type": "number" if path in self.floats else "integer"}
        if name == "Date":
            return {"type": "string", "format": "date-time"}
        return {"type": name} if name in {"string", "boolean"} else {} if name == "any" else {"type": "object"}


def _holders(path: str) -> Iterator[str]:
    """Yield the parents of a member: `order` and `order.lineItems` for `order.lineItems.price`."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def of_entity(node: Node, name: str) -> tuple[str, Schema]:
    """Return the member of an entity that a parameter of a path names, and its schema: `brand.id` for `brandId`."""
    for at in (at for at, letter in enumerate(name) if letter.isupper()):
        holder, member = name[:at], f"{name[at].lower()}{name[at + 1 :]}"
        entity = node.members[holder]() if holder in node.members else node
        if entity is not node and member in entity.members:
            found = entity.members[member]()
            return f"{holder}.{member}", {"type": found.type, **only(found.schema, *_OF_TEXT)}
    return name, {}


def resolves(node: Node, path: str) -> bool:
    """True if a request has a place for a path; the client passes some members under different names."""
    while node.items:
        node = node.items()
    name, _, rest = path.partition(".")
    one = name.partition("|")[0]
    return one in node.members and (not rest or resolves(node.members[one](), rest))


def _tags(member: Member, place: str) -> Schema:
    """Return the constraints in the comment of a member, for its values or for the list of them."""
    schema: Schema = {}
    for tag, (keyword, where) in BOUNDS.items():
        if tag in member.tags and where == place:
            schema[keyword] = json.loads(member.tags[tag])
    if place == "array":
        return schema | {"readOnly": True} if "readonly" in member.tags else schema
    name = member.tags.get("format")
    if name in FORMATS:
        schema["format"] = FORMATS[name]
    elif name:
        schema["x-wix-format"] = name
    if "decimalValue" in member.tags:
        schema["x-wix-decimal"] = {
            key: json.loads(number) for key, number in re.findall(r"(\w+):(-?[\d.]+)", member.tags["decimalValue"])
        }
    return schema


if __name__ == "__main__":
    main()
