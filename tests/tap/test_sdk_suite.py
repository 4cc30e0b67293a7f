"""The SDK's own suite for taps, against both store catalogs."""

from __future__ import annotations

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_wix.tap import TapWix
from tests.shops import config, shop

SUITE = SuiteConfig(max_records_limit=150)


# The type of a member that no seeded record has is unknown: the suite warns, and nothing else happens.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV1(get_tap_test_class(TapWix, config=config(shop("v1")), suite_config=SUITE)):
    """Catalog V1."""


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV3(get_tap_test_class(TapWix, config=config(shop("v3")), suite_config=SUITE)):
    """Catalog V3."""
