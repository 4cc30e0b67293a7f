from __future__ import annotations

import sys
from pathlib import Path

# `python -m tests.target.kill` and its like find the sandbox's test helpers as pytest does by its setting `pythonpath`.
sys.path.append(str(Path(__file__).resolve().parent.parent / "sandbox" / "tests"))
