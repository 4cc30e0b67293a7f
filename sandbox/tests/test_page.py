from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
import requests

from sandbox_support.api import Api
from sandbox_support.elements import parsed
from wix_sandbox import Sandbox, SandboxOptions

EVIL = "<script>alert('x')</script>\"&amp;<b>"


def page(api, query=""):
    response = requests.get(f"{api.site.url}/{query}", timeout=60)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return parsed(response.text)


def names_of_products(shown):
    return [each.one("h3").text for each in shown.by_id("products").all("li")]


@pytest.mark.parametrize("shop", ["v1_shop", "v3_shop"])
def test_the_page_shows_what_the_shop_holds(shop, request):
    api = request.getfixturevalue(shop)
    shown = page(api)
    counts = [each.text for each in shown.by_id("holds").all("li")]
    assert {"60 products", "130 contacts", "140 orders"} <= set(counts)
    assert len(names_of_products(shown)) == 12
    card = next(each for each in shown.by_id("products").all("li") if "SHOP" not in each.text)
    assert re.search(r"\$\d+\.\d\d( to \$\d+\.\d\d)? · (in stock|out of stock|partially out of stock)", card.text)
    rows = shown.by_id("collections").rows()
    assert rows[0] == ["All Products", "60", "visible"]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len(shown.by_id("contacts").rows()) == len(shown.by_id("orders").rows()) == 12
    number, buyer, total, payment, *_ = shown.by_id("orders").rows()[0]
    order = api.site.store.first("orders", "number", number)
    assert (buyer, total) == (order["buyerInfo"]["email"], order["priceSummary"]["total"]["formattedAmount"])
    assert payment == order["paymentStatus"].replace("_", " ").lower()


@pytest.mark.parametrize(("name", "shop"), [("products", "v3_shop"), ("products", "v1_shop"), ("orders", "v3_shop")])
def test_the_pages_of_a_list_show_every_row_once(name, shop, request):
    api, query, seen = request.getfixturevalue(shop), "?contacts=2", []
    while query:
        shown = page(api, query)
        seen += names_of_products(shown) if name == "products" else [row[0] for row in shown.by_id(name).rows()]
        (following,) = [
            each for each in shown.by_id(name).walk() if each.text.startswith("Next") and not each.all("nav")
        ][:1]
        query = following.attributes.get("href", "").partition("#")[0]
        assert not query or "contacts=2" in query
    member = {"products": "name", "orders": "number"}[name]
    assert sorted(seen) == sorted(str(each[member]) for each in api.site.store.all(name))


def test_a_list_too_long_to_be_sorted_at_once_begins_with_what_was_made_last(v3_shop, monkeypatch):
    monkeypatch.setattr("wix_sandbox.page.shop.SORTED_AT_ONCE", 50)
    made = [each["name"] for each in v3_shop.site.store.all("products")]
    assert names_of_products(page(v3_shop, "?products=2")) == made[-13:-25:-1]


@pytest.mark.parametrize("asked", ["0", "-1", "99999", "x", "٣", "9" * 5000, ""])
def test_a_page_that_there_is_not_gives_one_that_there_is(v3_shop, asked):
    assert names_of_products(page(v3_shop, f"?products={asked}"))


def test_a_shop_without_stores_has_contacts_and_orders_only():
    with Sandbox(SandboxOptions(catalog="absent")).serve() as site, requests.Session() as session:
        shown = page(Api(site, session))
        names = [each.attributes["id"] for each in shown.all("section")]
        assert names == ["holds", "contacts", "orders", "quota", "requests", "faults", "config"]


def test_an_empty_shop_says_so(v1):
    shown = page(v1)
    assert "None yet." in shown.by_id("contacts").text
    assert "0 requests in the last minute, without a limit" in shown.by_id("quota").text


def test_whatever_the_shop_and_its_clients_say_stays_text(v3):
    product = v3.product(name=EVIL, brand={"name": EVIL})
    v3.ok(
        "POST",
        "/categories/v1/categories",
        {"category": {"name": EVIL}, "treeReference": {"appNamespace": "@wix/stores"}},
    )
    v3.ok("POST", "/contacts/v4/contacts", {"info": {"name": {"first": EVIL}, "company": EVIL}})
    v3.refused(404, "GET", "/%3Cscript%3E%22'/x")
    v3.control("POST", "faults", {"path": "/stores", "action": {"status": 500, "body": {EVIL: EVIL}}})
    shown = page(v3, "?products=1&%3Cscript%3E=%22%3E")
    assert names_of_products(shown) == [product["name"]] == [EVIL]
    assert [row[0] for row in shown.by_id("contacts").rows()] == [EVIL]
    assert EVIL in [row[0] for row in shown.by_id("collections").rows()]
    assert shown.by_id("requests").rows()[0][1].startswith("GET /<script>\"'/x")
    assert json.loads(shown.by_id("faults").rows()[0][1])["body"] == {EVIL: EVIL}
    assert len(shown.all("script")) == 1
    assert not shown.all("b")


def test_requests_are_shown_newest_first_with_what_went_wrong(v3):
    v3.control("POST", "faults", {"operation": "brands.query", "action": {"status": 503}, "times": 1})
    v3.send("POST", "/stores/v3/brands/query", {})
    v3.ok("GET", "/stores/v3/provision/version")
    shown = page(v3)
    newest, older = shown.by_id("requests").rows()
    assert newest[1] == "GET /stores/v3/provision/version catalog.version"
    assert (newest[2], newest[4]) == ("200", "")
    assert (older[1], older[2], older[4]) == ("POST /stores/v3/brands/query brands.query", "503", "status")
    assert shown.by_id("faults").rows() == [
        ["1", '{"status": 503}', '{"operation": "brands.query", "times": 1}', "1 of 1"]
    ]


def test_the_page_takes_no_quota_and_no_credential_and_leaves_no_trace():
    with Sandbox(SandboxOptions(empty=True, quota=4)).serve() as site, requests.Session() as session:
        api = Api(site, session)
        api.ok("GET", "/stores/v3/provision/version")
        for _ in range(6):
            shown = page(api)
        assert shown.one("meter").attributes.items() >= {"min": "0", "max": "4", "value": "1"}.items()
        assert "1 of 4 requests in the last minute" in shown.by_id("quota").text
        assert len(site.journal) == 1
        assert requests.post(f"{site.url}/", timeout=60).status_code == 401
        settings = [json.loads(each.text) for each in shown.by_id("config").all("pre")]
        assert settings == [site.config(), site.app_config(), site.refresh_config()]


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing_but_its_own(v3_shop):
    response = requests.get(v3_shop.site.url, timeout=60)
    shown = parsed(response.text)
    addresses = [each.attributes[name] for each in shown.walk() for name in ("href", "src") if name in each.attributes]
    assert addresses
    assert all(each.startswith(("#", "?", "data:,")) for each in addresses)
    for name in ("style", "script"):
        (inline,) = shown.one(name).children
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in response.headers["content-security-policy"]
    assert "url(" not in response.text
    assert not [name for each in shown.walk() for name in each.attributes if name.startswith("on")]


@pytest.mark.parametrize("shop", ["v1_shop", "v3_shop"])
def test_the_page_can_be_heard_and_reached_by_keyboard(shop, request):
    shown = page(request.getfixturevalue(shop))
    ids = [each.attributes["id"] for each in shown.walk() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert shown.one("html").attributes["lang"] == "en"
    assert shown.one("body").all("a")[0].attributes["href"] == "#main"
    pointed = [each.attributes["aria-labelledby"] for each in shown.all("section")]
    pointed += [each.attributes["href"][1:] for each in shown.all("a") if each.attributes["href"].startswith("#")]
    assert set(pointed) <= set(ids)
    assert [each.name for each in shown.walk() if each.name in {"h1", "h2"}].count("h1") == 1
    assert all(each.attributes["scope"] in {"col", "row"} for each in shown.all("th"))
    assert all(each.one("caption").text for each in shown.all("table"))
    pictures = shown.all("svg")
    assert all(each.attributes["role"] == "img" and each.attributes["aria-label"] for each in pictures)
    assert any(re.search(r", view \d$", each.attributes["aria-label"]) for each in pictures)
    assert all(each.attributes["tabindex"] == "0" for each in shown.walk() if each.attributes.get("class") == "scroll")


def test_a_picture_is_the_same_for_the_same_media(v3_shop):
    first, second = (requests.get(v3_shop.site.url, timeout=60).text for _ in range(2))
    assert [svg.children for svg in parsed(first).all("svg")] == [svg.children for svg in parsed(second).all("svg")]
