from __future__ import annotations

import json

import pytest
import requests

from sandbox_support.api import Api, v3_body
from sandbox_support.official_client import node

pytestmark = pytest.mark.services

ROUNDS = 8


def test_two_processes_that_write_at_once_lose_nothing(client, open_shop):
    site = open_shop(catalog="v3", empty=True)
    with requests.Session() as session:
        api = Api(site, session)
        body = v3_body(plainDescription="<p>Signed by</p>")
        body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 0}
        answer = api.ok("POST", "/stores/v3/products-with-inventory", {"product": body, "returnEntity": True})
        product, item = answer["product"]["id"], answer["inventoryResults"]["results"][0]["item"]["id"]
        shared = {"productId": product, "inventoryItemId": item, "rounds": ROUNDS}
        writers = [
            node(site, group, "writer.mjs", json.dumps({**shared, "name": group})) for group in ("v3-key", "v3-app")
        ]
        done = []
        for writer in writers:
            output, complaint = writer.communicate(timeout=120)
            assert writer.returncode == 0, complaint
            done.append(json.loads(output))
        after = api.ok("GET", f"/stores/v3/products/{product}?fields=PLAIN_DESCRIPTION")["product"]
        stock = api.ok("GET", f"/stores/v3/inventory-items/{item}")["inventoryItem"]
    assert int(after["revision"]) == 1 + 2 * ROUNDS
    assert all(f"<p>{mark}</p>" in after["plainDescription"] for each in done for mark in each["marks"])
    assert stock["quantity"] == 2 * ROUNDS
    created = [entry for each in done for entry in each["created"]]
    assert {entry["id"] for entry in created} < set(site.store.ids("products"))
    assert len({entry["slug"] for entry in created}) == 2 * ROUNDS
