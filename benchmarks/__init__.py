"""Speed and memory, measured; never asserted in a test."""

from __future__ import annotations

import sys
from pathlib import Path

# pytest adds this folder by its setting `pythonpath`; helpers of tests that benchmarks use need it.
sys.path.append(str(Path(__file__).parents[1] / "sandbox" / "tests"))
