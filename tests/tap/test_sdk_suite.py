"""The SDK's own suite for taps, against both store catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from typing_extensions import override

from tap_wix.streams import STORE_STREAM_NAMES
from tap_wix.tap import TapWix
from tests.shops import config, shop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_wix.sdk_seams import SeamStream

SUITE = SuiteConfig(max_records_limit=150)


def whole(catalog: str) -> dict[str, Any]:
    """The settings with which every stream has records: Wix lists no conversations."""
    site = shop(catalog)
    return config(site, conversation_ids=site.store.ids("inbox_conversations"))


class StoreOnly(TapWix):
    """The tap with the streams of the store alone: the others are the same on both catalogs."""

    @override
    def discover_streams(self) -> Sequence[SeamStream]:
        return [stream for stream in super().discover_streams() if stream.name in STORE_STREAM_NAMES]


# The type of a member that no seeded record has is unknown: the suite warns, and nothing else happens.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV1(get_tap_test_class(StoreOnly, config=whole("v1"), suite_config=SUITE)):
    """Catalog V1."""


@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
@pytest.mark.filterwarnings("ignore:No records were available to test:UserWarning")
class TestV3(get_tap_test_class(TapWix, config=whole("v3"), suite_config=SUITE)):
    """Catalog V3."""
