"""Builds and checks the packages of a release: `python -m tools.release COMMAND`.

    prepare 0.2.0        write the version into all files that have it, and the date of the release into CHANGELOG.md
    links URL            write the address of the repository into the packages
    check v0.2.0 [URL]   fail unless the packages and CHANGELOG.md are those of the tag, and link to the repository
    build FOLDER         build every package into FOLDER/NAME, twice, and fail unless both are the same bytes
    notes 0.2.0          print what CHANGELOG.md says about the version
    sbom                 print the software bill of materials: tap-target-wix and what it installs (CycloneDX)

`.github/workflows/release.yml` runs them; docs/release.md describes a release.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
MAIN = "tap-target-wix"
FOLDERS = {
    MAIN: Path(),
    "wix-sandbox": Path("sandbox"),
    "tap-wix": Path("integrations", "pypi", "tap-wix"),
    "target-wix": Path("integrations", "pypi", "target-wix"),
    "airflow-provider-wix": Path("integrations", "airflow"),
}
"""Folder of each package, in the order of publishing: the aliases `tap-wix` and `target-wix` require the first."""
VERSIONS = {
    Path("integrations", "dbt", "dbt_project.yml"): r"(?<=^version: ).+$",
    Path("integrations", "kubernetes", "shards.yaml"): r"(?<=/wix-meltano:).+$",
    Path("sandbox", "npm", "package.json"): r'(?<=^  "version": ")[^"]+',
}
"""Other files with the version, and where it is."""

_ENTRY_POINTS = re.compile(r"^\[project\.(scripts|entry-points\..+)\]$", re.MULTILINE)
_VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


def pyproject(name: str, root: Path = ROOT) -> Path:
    """Return the pyproject.toml of a package."""
    return root / FOLDERS[name] / "pyproject.toml"


def project(name: str, root: Path = ROOT) -> dict[str, Any]:
    """Return the table `project` of a package."""
    table: dict[str, Any] = tomllib.loads(pyproject(name, root).read_text(encoding="utf-8"))["project"]
    return table


def prepare(version: str, root: Path = ROOT) -> None:
    """Write a version into all packages, and turn the section Unreleased of CHANGELOG.md into that of the version."""
    if not _VERSION.fullmatch(version):
        sys.exit(f"{version!r} is not a version such as 0.2.0 or 0.2.0rc1.")
    changelog = root / "CHANGELOG.md"
    heading = f"## [Unreleased]\n\n## [{version}] - {datetime.now(UTC).date()}\n"
    changelog.write_text(changelog.read_text(encoding="utf-8").replace("## [Unreleased]\n", heading), encoding="utf-8")
    for name in FOLDERS:
        path = pyproject(name, root)
        text = re.sub(
            r'^version = ".+"$', f'version = "{version}"', path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        path.write_text(re.sub(rf"({MAIN}\S*)==[^\"]+", rf"\1=={version}", text), encoding="utf-8")
    for file, place in VERSIONS.items():
        text = (root / file).read_text(encoding="utf-8")
        (root / file).write_text(re.sub(place, version, text, flags=re.MULTILINE), encoding="utf-8")


def links(url: str, root: Path = ROOT) -> None:
    """Write the links of the repository into all packages, in place of earlier ones."""
    url = url.removesuffix("/").removesuffix(".git")
    table = (
        "[project.urls]\n"
        f'Repository = "{url}"\n'
        f'Documentation = "{url}/tree/main/docs"\n'
        f'Changelog = "{url}/blob/main/CHANGELOG.md"\n'
        f'Issues = "{url}/issues"\n\n'
    )
    for name in FOLDERS:
        path = pyproject(name, root)
        text = re.sub(r"^\[project\.urls\]\n(.+\n)*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        path.write_text(_ENTRY_POINTS.sub(rf"{table}\g<0>", text, count=1), encoding="utf-8")


def check(tag: str, url: str | None = None, root: Path = ROOT) -> None:
    """Exit with the reasons for which a tag cannot be released, if there are any."""
    version = tag.removeprefix("v")
    wrong = [
        f"{name} has version {project(name, root)['version']}"
        for name in FOLDERS
        if project(name, root)["version"] != version
    ]
    for file, place in VERSIONS.items():
        found = re.findall(place, (root / file).read_text(encoding="utf-8"), re.MULTILINE)
        wrong += [f"{file} has version {other}" for other in found or ["none"] if other != version]
    for name in FOLDERS:
        needed = [need for need in project(name, root)["dependencies"] if need.startswith(MAIN)]
        wrong += [f"{name} requires {need}" for need in needed if need != f"{MAIN}=={version}"]
        linked = project(name, root).get("urls", {}).get("Repository")
        if url and linked != url:
            wrong.append(f"{name} links to {linked}, not to {url}: run python -m tools.release links {url}")
    if not notes(version, root):
        wrong.append(f"CHANGELOG.md has no section [{version}]: run python -m tools.release prepare {version}")
    if wrong:
        sys.exit(f"{tag} cannot be released:\n" + "\n".join(wrong))


def notes(version: str, root: Path = ROOT) -> str:
    """Return the text of a version in CHANGELOG.md without its heading; empty if there is none.

    If the packages have the address of the repository, links to its files work on other pages, too.
    """
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[{re.escape(version)}\].*\n((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    text = found[1].strip() if found else ""
    url = project(MAIN, root).get("urls", {}).get("Repository")
    return re.sub(r"\]\((?!\w+:)", f"]({url}/blob/v{version}/", text) if url else text


def build(folder: Path, root: Path = ROOT) -> dict[str, str]:
    """Build every package twice. Return the SHA-256 of each file by its path below the folder.

    Uses hatchling of the running Python, which the lock pins, so nothing is downloaded.
    """
    with tempfile.TemporaryDirectory() as again:
        for target in (folder, Path(again)):
            for name, place in FOLDERS.items():
                _build(root / place, target / name)
        first, second = hashes(folder), hashes(Path(again))
    if first != second:
        sys.exit(f"Two builds differ: {sorted(first.items() ^ second.items())}")
    return first


def _build(source: Path, folder: Path) -> None:
    """Build sdist and wheel, the wheel from the sdist: so the sdist is complete."""
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, source]
    subprocess.run(command, check=True)  # noqa: S603 - our own package builder
    (folder / ".gitignore").unlink(missing_ok=True)  # uv writes one into new folders


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its path below the folder."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def sbom(name: str = MAIN) -> dict[str, Any]:
    """Return the installed package and all that it needs as a CycloneDX 1.6 document. No dates: it is reproducible."""
    parts = {part.metadata["Name"].lower(): part for part in _needed(name)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component(parts[name], "application")},
        "components": [_component(part, "library") for key, part in sorted(parts.items()) if key != name],
    }


def _component(part: metadata.Distribution, kind: str) -> dict[str, Any]:
    name = canonicalize_name(part.metadata["Name"])
    purl = f"pkg:pypi/{name}@{part.version}"
    return {"type": kind, "bom-ref": purl, "name": name, "version": part.version, "purl": purl}


def _needed(name: str) -> Iterator[metadata.Distribution]:
    """Yield an installed package and everything that it requires on this system, without extras."""
    waiting, seen = [name], set()
    while waiting:
        part = metadata.distribution(waiting.pop())
        if part.metadata["Name"] in seen:
            continue
        seen.add(part.metadata["Name"])
        yield part
        for line in part.requires or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(need.name)


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")


COMMANDS: dict[str, Callable[..., object]] = {
    "prepare": prepare,
    "links": links,
    "check": check,
    "build": lambda folder: _show("\n".join(f"{digest}  {file}" for file, digest in build(Path(folder)).items())),
    "notes": lambda version: _show(notes(version)),
    "sbom": lambda: _show(json.dumps(sbom(), indent=2)),
}


if __name__ == "__main__":
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        sys.exit(__doc__)
    command(*sys.argv[2:])
