"""The SDK's standard tests. They send invented streams, so unknown streams are ignored here."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_target_test_class

from target_wix.target import TargetWix
from tests.shops import config, shop

V1: dict[str, Any] = {"unknown_stream": "ignore"}
V3: dict[str, Any] = {"unknown_stream": "ignore"}

TestOnCatalogV1 = get_target_test_class(TargetWix, config=V1, suite_config=SuiteConfig())
TestOnCatalogV3 = get_target_test_class(TargetWix, config=V3, suite_config=SuiteConfig())


@pytest.fixture(scope="module", autouse=True)
def _started() -> None:
    """Complete the settings: to collect these tests, no shop is needed."""
    V1.update(config(shop("v1")))
    V3.update(config(shop("v3")))
