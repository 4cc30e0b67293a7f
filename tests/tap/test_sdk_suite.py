"""The SDK's own suite for taps, against both store catalogs."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_wix.tap import TapWix
from tests.shops import config, shop

SUITE = SuiteConfig(max_records_limit=150)


def whole(catalog: str) -> dict[str, Any]:
    """The settings with which every stream has records: Wix lists no conversations."""
    site = shop(catalog)
    return config(site, conversation_ids=site.store.ids("inbox_conversations"))


# The type of a member that no seeded record has is unknown: the suite warns, and nothing else happens.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV1(get_tap_test_class(TapWix, config=whole("v1"), suite_config=SUITE)):
    """Catalog V1."""


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV3(get_tap_test_class(TapWix, config=whole("v3"), suite_config=SUITE)):
    """Catalog V3."""
