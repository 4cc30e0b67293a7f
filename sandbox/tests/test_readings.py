"""Each reading changes an answer, and can be chosen at the start and while the sandbox runs."""

from __future__ import annotations

import re

import pytest
import requests

from sandbox_support.api import running, v3_sized
from sandbox_support.command import read_config, start
from wix_sandbox import SandboxOptions
from wix_sandbox.auth import ACCOUNT_ID, API_KEY, SITE_ID
from wix_sandbox.readings import READINGS


def order_read(api):
    (order_id,) = (
        api.site.store.ids("orders") or [api.ok("POST", "/ecom/v1/orders", {"order": ORDER})["order"]["id"]]
    )[:1]
    return api.send("GET", f"/ecom/v1/orders/{order_id}").status_code


def variants_of_simple_products(api):
    api.product(name="Plain")
    api.product(**v3_sized(name="Sized"))
    found = [api.ok("POST", f"/stores/v3/products/{path}-variants", {})["variants"] for path in ("query", "search")]
    return [sorted(each["productData"]["name"] for each in rows) for rows in found]


def foreign_site(api):
    headers = {"Authorization": API_KEY, "wix-site-id": "5a4db0c5-0000-4000-8000-00000000dead"}
    return api.send("POST", "/stores/v3/products/query", {}, headers).status_code


def site_and_account_id(api):
    headers = {"Authorization": API_KEY, "wix-site-id": SITE_ID, "wix-account-id": ACCOUNT_ID}
    return api.send("POST", "/stores/v3/products/query", {}, headers).status_code


def without_accept(api):
    headers = {"Authorization": API_KEY, "wix-site-id": SITE_ID, "Accept": "text/plain"}
    answer = api.send("POST", "/stores/v3/products/query", {}, headers)
    return answer.status_code, answer.headers["content-type"]


ORDER = {"lineItems": [{"quantity": 1}], "channelInfo": {"type": "WEB"}}

PROBES = {
    "foreign-site": foreign_site,
    "site-and-account-id": site_and_account_id,
    "without-accept": without_accept,
    "order-read": order_read,
    "variants-of-simple-products": variants_of_simple_products,
}
"""Functions that return what shows the difference between the values of a reading."""


def test_every_reading_has_a_probe():
    assert PROBES.keys() == {each.name for each in READINGS}


@pytest.mark.parametrize("name", PROBES)
def test_each_value_of_a_reading_is_answered_otherwise(v3, name):
    (reading,) = [each for each in READINGS if each.name == name]
    shown = []
    for value in reading.values:
        v3.control("POST", "reset")
        v3.control("POST", "readings", {name: value})
        shown.append(PROBES[name](v3))
    assert all(each not in shown[:at] for at, each in enumerate(shown))


def test_the_default_is_the_first_value(v3):
    described = v3.control("GET", "readings")["readings"]
    assert [(each["name"], each["value"]) for each in described] == [(each.name, each.values[0]) for each in READINGS]


def test_a_reading_can_be_chosen_at_the_start_and_reset_returns_to_it():
    for api in running(catalog="v3", empty=True, readings={"order-read": "missing-identity"}):
        refused = order_read(api)
        api.control("POST", "readings", {"order-read": "permitted"})
        permitted = order_read(api)
        api.control("POST", "reset")
        assert [refused, permitted, order_read(api)] == [428, 200, 428]


def test_the_command_takes_readings():
    with start("--empty", "--reading", "order-read=missing-identity") as process:
        config, _ = read_config(process)
        listed = requests.get(config["api_url"] + "/_sandbox/readings", timeout=10).json()["readings"]
    assert {each["name"]: each["value"] for each in listed}["order-read"] == "missing-identity"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"order-reed": "permitted"}, "there are .*order-read"),
        ({"order-read": "maybe"}, "there are permitted, missing-"),
    ],
)
def test_an_unknown_reading_or_value_is_refused_with_the_known_ones(v3, chosen, said):
    with pytest.raises(ValueError, match=said):
        SandboxOptions(readings=chosen)
    response = v3.session.post(
        f"{v3.site.url}/_sandbox/readings", json={"variants-of-simple-products": "left-out"} | chosen
    )
    assert response.status_code == 400
    assert re.search(said, response.json()["message"])
    assert v3.site.site.readings["variants-of-simple-products"] == "listed"
