"""A target for V3 products as the SDK's template writes one, for comparison in `benchmarks.target_cpu`.

A `RecordSink` with a session: each record is one call, which creates a product, or updates it if the record has an id.
It looks nothing up, compares nothing, retries nothing and has no quota; the SDK validates records as it does by
default.
"""

from __future__ import annotations

from typing import Any, ClassVar

import requests
from singer_sdk import RecordSink, Target
from singer_sdk import typing as th
from typing_extensions import override


class ProductsSink(RecordSink):
    """Products."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = requests.Session()
        self.session.headers.update(
            {"Authorization": self.config["api_key"], "wix-site-id": self.config["site_id"]},
        )

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        url = f"{self.config['api_url']}/stores/v3/products"
        if record.get("id"):
            response = self.session.patch(f"{url}/{record['id']}", json={"product": record}, timeout=60)
        else:
            response = self.session.post(url, json={"product": record}, timeout=60)
        response.raise_for_status()


class IdiomaticTarget(Target):
    """Writes products."""

    name = "idiomatic-target"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("api_key", th.StringType, required=True, secret=True),
        th.Property("site_id", th.StringType, required=True),
    ).to_dict()
    default_sink_class = ProductsSink


if __name__ == "__main__":
    IdiomaticTarget.cli()
