"""The SDK's own suite for taps, against both store catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from typing_extensions import override

from tap_wix.streams import STORE_STREAM_NAMES
from tap_wix.tap import TapWix
from tests.shops import config, shop
from wix_sandbox.auth import API_KEY, SITE_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_wix.sdk_seams import SeamStream

SUITE = SuiteConfig(max_records_limit=150)


CONFIGS: dict[str, dict[str, Any]] = {
    catalog: {"api_key": API_KEY, "site_id": SITE_ID, "store_catalog": catalog} for catalog in ("v1", "v3")
}
"""By store catalog: settings that suffice to collect the tests; `started` completes them."""


def started(catalog: str) -> None:
    """Start a shop and complete its settings, so that every stream has records: Wix lists no conversations."""
    site = shop(catalog)
    CONFIGS[catalog] |= config(site, conversation_ids=site.store.ids("inbox_conversations"), store_catalog="auto")


class StoreOnly(TapWix):
    """The tap with the streams of the store alone: the others are the same on both catalogs."""

    @override
    def discover_streams(self) -> Sequence[SeamStream]:
        return [stream for stream in super().discover_streams() if stream.name in STORE_STREAM_NAMES]


# The type of a member that no seeded record has is unknown: the suite warns, and nothing else happens.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV1(get_tap_test_class(StoreOnly, config=CONFIGS["v1"], suite_config=SUITE)):
    """Catalog V1."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _started(cls) -> None:
        started("v1")


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV3(get_tap_test_class(TapWix, config=CONFIGS["v3"], suite_config=SUITE)):
    """Catalog V3."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _started(cls) -> None:
        started("v3")
