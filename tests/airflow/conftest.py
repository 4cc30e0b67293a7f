from __future__ import annotations

import shutil
import subprocess

import pytest

from sandbox_support.services import need
from tools.release import ROOT


@pytest.fixture(scope="session")
def airflow() -> str:
    """The folder of Airflow's commands, installed as for the demo."""
    need(None if shutil.which("make") else "make is needed")
    done = subprocess.run(["make", "airflow"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(ROOT / ".venv-airflow" / "bin")
