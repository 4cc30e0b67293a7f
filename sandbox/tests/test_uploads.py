"""Images given by their address arrive later, by the sandbox's clock."""

from __future__ import annotations

import pytest
import requests

from sandbox_support.api import Api, v3_body
from wix_sandbox import Sandbox, SandboxOptions

URL = "https://media.example.com/mug.png"
MEDIA = {"itemsInfo": {"items": [{"url": URL, "altText": "front"}]}}
FIELDS = "?fields=MEDIA_ITEMS_INFO"


@pytest.fixture
def slow():
    """A shop of either catalog where images take a minute."""

    def start(catalog):
        sandbox = Sandbox(SandboxOptions(catalog=catalog, size=2, media_delay_ms=60_000))
        running = sandbox.serve()
        opened.append(running)
        return Api(running.__enter__(), requests.Session())

    opened = []
    yield start
    for running in opened:
        running.__exit__(None, None, None)


def v3_media(api, product):
    return api.ok("GET", f"/stores/v3/products/{product['id']}{FIELDS}")["product"]["media"]


def test_a_v3_image_is_its_address_first_and_a_file_later(slow):
    api = slow("v3")
    product = api.ok("POST", "/stores/v3/products", {"product": v3_body(media=MEDIA)})["product"]
    main = v3_media(api, product)["main"]
    assert (main["url"], main["altText"], "id" in main, "image" in main) == (URL, "front", False, False)
    assert main["uploadId"]
    api.control("POST", "clock", {"shiftSeconds": 61})
    (item,) = v3_media(api, product)["itemsInfo"]["items"]
    assert item["image"]["url"].startswith("https://static.wixstatic.com/media/")
    assert item["altText"] == "front"
    assert api.site.store.count("uploads") == 0
    assert api.ok("GET", f"/stores/v3/products/{product['id']}")["product"]["revision"] == "1"


def test_a_change_of_the_name_leaves_a_v3_upload_alone(slow):
    api = slow("v3")
    product = api.ok("POST", "/stores/v3/products", {"product": v3_body(media=MEDIA)})["product"]
    change = {"product": {"revision": "1", "name": "Other"}}
    api.ok("PATCH", f"/stores/v3/products/{product['id']}", change)
    assert api.site.store.count("uploads") == 1
    api.control("POST", "clock", {"shiftSeconds": 61})
    assert "image" in v3_media(api, product)["main"]


def test_an_upload_whose_product_is_gone_vanishes(slow):
    api = slow("v3")
    product = api.ok("POST", "/stores/v3/products", {"product": v3_body(media=MEDIA)})["product"]
    api.ok("DELETE", f"/stores/v3/products/{product['id']}")
    api.control("POST", "clock", {"shiftSeconds": 61})
    api.ok("POST", "/stores/v3/products/query", {})
    assert api.site.store.count("uploads") == 0


def test_a_v1_image_is_absent_first_and_there_later(slow):
    api = slow("v1")
    options = [{"name": "Colour", "choices": [{"value": "red", "description": "red"}]}]
    body = {"product": {"name": "Mug", "priceData": {"price": 5}, "productOptions": options}}
    product = api.ok("POST", "/stores/v1/products", body)["product"]
    path = f"/stores/v1/products/{product['id']}"
    named = {"url": URL, "choice": {"option": "Colour", "choice": "red"}}
    assert api.ok("POST", f"{path}/media", {"media": [named]}) == {}
    assert api.ok("GET", path)["product"]["media"] == {"items": []}
    api.control("POST", "clock", {"shiftSeconds": 61})
    shown = api.ok("GET", path)["product"]
    assert len(shown["media"]["items"]) == 1
    assert shown["productOptions"][0]["choices"][0]["media"]["items"] == shown["media"]["items"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_the_seed_shop_has_its_images_from_the_start(slow, catalog):
    api = slow(catalog)
    assert api.site.store.count("uploads") == 0
    assert any(each["media"].get("mainMedia") or each["media"].get("main") for each in api.site.store.all("products"))
