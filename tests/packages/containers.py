"""Runs the steps of a Dockerfile without Docker: in one folder, which takes the place of the root of all stages."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.packages.installing import BIN, environment
from tools.release import ROOT

_CONTINUED = re.compile(r"\\\n(?:#.*\n)*")
_FOLDERS = re.compile(r"(?<![\w./-])/(opt|src|state|project|wheels)\b")
PREINSTALLED = ("pip install",)
"""Steps that only install what the test finds in PATH: uv and Meltano."""
PYTHON = Path("/usr/bin/python3")
"""A Python that other users can run: this one may be in a folder of its user."""


def missing() -> str | None:
    """Return why no image can be tried here, or None."""
    if os.geteuid() != 0:
        return "only root can start a process as another user"
    newer = "import sys; sys.exit(sys.version_info < (3, 11))"
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", newer], check=False).returncode:
        return f"{PYTHON} is not Python 3.11 or newer"
    return None


@dataclass
class Image:
    """What the steps of a Dockerfile made: files below a folder, and how to start a container."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: tuple[int, int] = (0, 0)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    stop_signal: str = ""

    def inside(self, text: str) -> str:
        """Return a text with the folders of the image in place of those of this machine."""
        return _FOLDERS.sub(lambda found: f"{self.root}/{found[1]}", text)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of a container."""
        return environment(**{"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent"} | self.variables | more)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a container's process as its user."""
        command = [*self.entrypoint, *(arguments or self.command)]
        return subprocess.Popen(
            [self.inside(part) for part in command],
            cwd=self.inside(self.folder) if self.folder != "/" else self.root,
            env=self.environment(**variables),
            user=self.user[0],
            group=self.user[1],
            extra_groups=[],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def build(dockerfile: Path, root: Path, **variables: str) -> Image:
    """Run every step of a Dockerfile, whose context is the repository as .dockerignore leaves it."""
    context = root / "context"
    _copy_context(context)
    image = Image(root)
    text = _CONTINUED.sub(" ", re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE))
    for line in filter(str.strip, text.splitlines()):
        instruction, _, rest = line.strip().partition(" ")
        _STEPS[instruction](image, rest.strip(), context, variables)
    return image


def _copy_context(context: Path) -> None:
    """Copy what .dockerignore lets through: `*` first, then what `!` takes in again, without `**/…`."""
    ignore = (ROOT / ".dockerignore").read_text().split()
    assert ignore[0] == "*"
    taken = [line[1:] for line in ignore if line.startswith("!")]
    left_out = [line.removeprefix("**/") for line in ignore[1:] if line.startswith("**/")]
    for pattern in taken:
        for source in ROOT.glob(pattern):
            copy = context / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*left_out), dirs_exist_ok=True)
            elif not any(fnmatch.fnmatch(source.name, each) for each in left_out):
                shutil.copy(source, copy)


def _from(image: Image, _rest: str, _context: Path, _variables: dict[str, str]) -> None:
    root = image.root
    image.__init__(root)  # type: ignore[misc] # a stage starts without what the previous one had set


def _run(image: Image, rest: str, _context: Path, variables: dict[str, str]) -> None:
    if rest.startswith(PREINSTALLED):
        return
    done = subprocess.run(
        ["sh", "-euc", image.inside(rest).replace("python -m venv", f"{PYTHON} -m venv")],
        cwd=image.inside(image.folder) if image.folder != "/" else image.root,
        env=image.environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"RUN {rest}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


def _copy(image: Image, rest: str, context: Path, _variables: dict[str, str]) -> None:
    *sources, target = rest.split()
    if sources[0].startswith("--from="):
        # All stages have the same root here, so what is copied is in its place. It must exist.
        assert sources[1:] == [target]
        assert Path(image.inside(target)).exists()
        return
    where = Path(image.inside(image.folder), target)
    for source in sources:
        shutil.copytree(context / source, where, dirs_exist_ok=True)


def _environment(image: Image, rest: str, _context: Path, _variables: dict[str, str]) -> None:
    for pair in shlex.split(rest):
        name, _, value = pair.partition("=")
        image.variables[name] = image.inside(value).replace("$PATH", f"{BIN}:{os.environ['PATH']}")


def _folder(image: Image, rest: str, _context: Path, _variables: dict[str, str]) -> None:
    image.folder = rest
    Path(image.inside(rest)).mkdir(parents=True, exist_ok=True)


def _user(image: Image, rest: str, _context: Path, _variables: dict[str, str]) -> None:
    user, group = map(int, rest.split(":"))
    image.user = (user, group)


def _health(image: Image, rest: str, _context: Path, _variables: dict[str, str]) -> None:
    image.health = json.loads(rest.partition("CMD ")[2])


_STEPS = {
    "FROM": _from,
    "RUN": _run,
    "COPY": _copy,
    "ENV": _environment,
    "WORKDIR": _folder,
    "USER": _user,
    "HEALTHCHECK": _health,
    "EXPOSE": lambda *_: None,
    "STOPSIGNAL": lambda image, rest, *_: setattr(image, "stop_signal", rest),
    "ENTRYPOINT": lambda image, rest, *_: setattr(image, "entrypoint", json.loads(rest)),
    "CMD": lambda image, rest, *_: setattr(image, "command", json.loads(rest)),
}
