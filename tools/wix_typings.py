"""Read the types of Wix's official client: members, their constraints, enums, required members, error codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INTERFACE = re.compile(r"^interface (\w+)(?: extends ([\w, ]+))? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(
    r"(?:^    /\*\*(?P<doc>(?:(?!\*/).)*)\*/\n)?"
    r"^    \"?(?P<name>\w+)\"?(?P<maybe>\??): (?P<type>[^;{]+);",
    re.MULTILINE | re.DOTALL,
)
_ENUM = re.compile(r"^declare enum (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ENUM_VALUE = re.compile(r"^    \w+ = \"(\w+)\"", re.MULTILINE)
_TAG = re.compile(r"^\s*\*?\s*@(\w+)(?: (.*))?$", re.MULTILINE)
_CALL = re.compile(
    r"^declare function (\w+)\(\): __PublicMethodMetaInfo<'\w+', \{.*?\}, [\w$]+, (\w+),", re.MULTILINE | re.DOTALL
)
_FUNCTION = re.compile(r"/\*\*((?:(?!\*/).)*?)\*/\ndeclare function (\w+)\(([^\n]*?)\): Promise", re.DOTALL)
_NON_NULLABLE = re.compile(r"(\w+)\??: NonNullablePaths<\w+, (.+?), \d+>")
_ERRORS = re.compile(r"^type (\w+?)(Application|Validation)Errors = (.*?)^\};$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?:code|ruleName)\?: '(\w+)'")
ARGUMENTS = frozenset({"options", "identifiers"})
"""Arguments of the client that group members of a request and are not members themselves."""


@dataclass(frozen=True)
class Member:
    """One member of an interface: its type as declared, and the tags of its comment (`{"maxLength": "50"}`)."""

    type: str
    tags: dict[str, str]
    optional: bool


@dataclass
class Interface:
    """An interface; `choices` are groups of members of which at most one may be set."""

    members: dict[str, Member] = field(default_factory=dict)
    choices: list[list[str]] = field(default_factory=list)


@dataclass
class Package:
    """The declarations of one module of the client, in the form of requests."""

    interfaces: dict[str, Interface] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Names of request types by the names of the calls."""
    required: dict[str, list[str]] = field(default_factory=dict)
    """Paths of required members by the names of the calls."""
    floats: dict[str, set[str]] = field(default_factory=dict)
    """Paths of numbers that may have decimals, by the names of the calls."""
    codes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Error codes by the names of the calls: `{"application": […], "validation": […]}`."""


def read_package(folder: Path) -> Package:
    """Read one module, as npm installs it."""
    build = folder / "build/cjs"
    wire = _declarations(build, "src/*.types.d.ts", "src/*.meta.d.ts") or _declarations(build, "meta.d.ts")
    client = _declarations(build, "*.d.ts", "src/*.d.ts")
    script = (build / "meta.js").read_text(encoding="utf-8")
    package = Package(enums={name: _ENUM_VALUE.findall(body) for name, body in _ENUM.findall(wire)})
    bodies = {name: (extends, body) for name, extends, body in _INTERFACE.findall(wire)}
    for name in bodies:
        package.interfaces[name] = _interface(name, bodies)
    package.requests = dict(_CALL.findall(wire))
    package.required = dict(_required(client))
    package.floats = {name: set(_floats(script, name)) for name in package.requests}
    for name, kind, text in _ERRORS.findall(client):
        call = name[0].lower() + name[1:]
        package.codes.setdefault(call, {})[kind.lower()] = sorted(set(_CODE.findall(text)))
    return package


def _declarations(build: Path, *patterns: str) -> str:
    """Return the declarations in files; those of older packages are in `src`, exported, and named with their file."""
    files = (path for pattern in patterns for path in sorted(build.glob(pattern)))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r"^export (?=interface|declare)|\bambassador\w+\.", "", text, flags=re.MULTILINE)


def _interface(name: str, bodies: dict[str, tuple[str, str]]) -> Interface:
    extends, body = bodies[name]
    read = Interface({found["name"]: _member(found) for found in _MEMBER.finditer(body)})
    for base in filter(None, extends.split(", ")):
        if base in bodies:
            inherited = _interface(base, bodies)
            read.members = {**inherited.members, **read.members}
            read.choices.append(sorted(inherited.members))
    return read


def _member(found: re.Match[str]) -> Member:
    tags = {name: text.strip() for name, text in _TAG.findall(found["doc"] or "")}
    return Member(" ".join(found["type"].split()), tags, found["maybe"] == "?")


def _required(client: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls with the paths that they require: those of tags, and those in the types of arguments."""
    for doc, name, signature in _FUNCTION.findall(client):
        paths = [text.strip() for tag, text in _TAG.findall(doc) if tag == "requiredField"]
        for argument, listed in _NON_NULLABLE.findall(signature):
            paths += [f"{argument}.{path.replace('${number}.', '')}" for path in re.findall(r"`(.+?)`", listed)]
        arguments = set(re.findall(r"(?:^|, )(\w+)\??: ", signature))
        wire = (re.sub(r"\b_id\b", "id", path) for path in paths)
        inside = [path.partition(".")[2] if path.partition(".")[0] in ARGUMENTS & arguments else path for path in wire]
        yield name, sorted({path for path in inside if path})


def _floats(script: str, call: str) -> Iterator[str]:
    """Yield the paths that the client converts as floats before it sends them."""
    builder = re.search(
        rf"^function {call}\d*\(\) \{{\n.*?getRequestOptions = (\w+)\(", script, re.MULTILINE | re.DOTALL
    )
    if builder is None:
        return
    body = re.search(rf"^function {builder[1]}\(payload\) \{{\n(.*?)^\}}", script, re.MULTILINE | re.DOTALL)
    request = body[1].partition("const metadata")[0] if body else ""
    for paths in re.findall(r"transformSDKFloatToRESTFloat,\s*paths: \[(.*?)\n\s*\]\n", request, re.DOTALL):
        yield from re.findall(r"path: \"([\w.]+)\"", paths)
