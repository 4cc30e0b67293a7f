"""The SDK's standard tests. They send invented streams, so unknown streams are ignored here."""

from __future__ import annotations

from singer_sdk.testing import SuiteConfig, get_target_test_class

from target_wix.target import TargetWix
from tests.shops import config, shop

V1 = config(shop("v1"), unknown_stream="ignore")
V3 = config(shop("v3"), unknown_stream="ignore")

TestOnCatalogV1 = get_target_test_class(TargetWix, config=V1, suite_config=SuiteConfig())
TestOnCatalogV3 = get_target_test_class(TargetWix, config=V3, suite_config=SuiteConfig())
