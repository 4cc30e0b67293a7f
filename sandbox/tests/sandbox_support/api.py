from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import requests

from sandbox_support.wire import NearSite
from wix_sandbox import RunningSite, Sandbox, SandboxOptions
from wix_sandbox.site import STORES_APP_ID

NOWHERE = "00000000-0000-4000-8000-000000000404"
"""A GUID that nothing has."""
TREE = {"treeReference": {"appNamespace": "@wix/stores"}}


@dataclass(frozen=True)
class Api:
    """Calls a running sandbox with its API key."""

    site: RunningSite
    session: requests.Session

    def send(self, method, path, body=None, headers=None, **keywords):
        config = self.site.config()
        known = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]} if headers is None else headers
        return self.session.request(method, self.site.url + path, json=body, headers=known, timeout=60, **keywords)

    def ok(self, method, path, body=None):
        response = self.send(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status, method, path, body=None):
        response = self.send(method, path, body)
        assert response.status_code == status, response.text
        assert response.headers["x-wix-request-id"]
        return response.json()

    def code(self, status, method, path, body=None):
        return self.refused(status, method, path, body)["details"]["applicationError"]["code"]

    def violations(self, method, path, body=None):
        details = self.refused(400, method, path, body)["details"]
        return {each["field"]: each for each in details["validationError"]["fieldViolations"]}

    def control(self, method, path, body=None):
        response = self.session.request(method, f"{self.site.url}/_sandbox/{path}", json=body, timeout=60)
        assert response.status_code == 200, response.text
        return response.json()

    def product(self, **members):
        return self.ok("POST", "/stores/v3/products-with-inventory", {"product": v3_body(**members)})["product"]

    def pages(self, path, items, limit, envelope="query", metadata="pagingMetadata", **query):
        """Every page of a cursor query, following `next`."""
        body = {envelope: {**query, "cursorPaging": {"limit": limit}}}
        while True:
            answer = self.ok("POST", path, body)
            yield answer[items]
            cursor = answer[metadata]["cursors"].get("next")
            assert answer[metadata]["hasNext"] == (cursor is not None)
            if cursor is None:
                return
            body = {envelope: {"cursorPaging": {"limit": limit, "cursor": cursor}}}


def v3_body(*, sku=None, amount="10.00", **members):
    variant = {"price": {"actualPrice": {"amount": amount}}, "physicalProperties": {}}
    if sku:
        variant["sku"] = sku
    return {
        "name": "Enamel mug",
        "productType": "PHYSICAL",
        "physicalProperties": {},
        "variantsInfo": {"variants": [variant]},
        **members,
    }


def v3_sized(sizes=("S", "L"), **members):
    """A V3 product body with one option and a variant for each choice."""
    choices = [{"name": size, "choiceType": "CHOICE_TEXT"} for size in sizes]
    option = {"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}
    variants = [
        {
            "choices": [
                {"optionChoiceNames": {"optionName": "Size", "choiceName": size, "renderType": "TEXT_CHOICES"}}
            ],
            "price": {"actualPrice": {"amount": f"{10 + at}.00"}},
            "physicalProperties": {"weight": 0.5 + at},
            "inventoryItem": {"quantity": 3 * at},
        }
        for at, size in enumerate(sizes)
    ]
    return v3_body(options=[option], variantsInfo={"variants": variants}, **members)


def order_line(quantity=1, price="10.00", **members):
    """A line of an order as `POST /ecom/v1/orders` takes it."""
    return {
        "productName": {"original": "Stoneware Mug"},
        "quantity": quantity,
        "price": {"amount": price},
        "itemType": {"preset": "PHYSICAL"},
        "catalogReference": {"catalogItemId": "a-product", "appId": STORES_APP_ID},
        **members,
    }


def order_body(*lines, **members):
    """An order as `POST /ecom/v1/orders` takes it; with one line when none is given."""
    return {
        "lineItems": list(lines) or [order_line()],
        "channelInfo": {"type": "WEB"},
        "priceSummary": {},
        "shippingInfo": {"title": "Post"},
        "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
        **members,
    }


def packed(body):
    """The one query parameter the official client packs short queries into."""
    return base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def running(**options):
    with Sandbox(SandboxOptions(**options)).serve() as site, requests.Session() as session:
        session.trust_env = False  # to look for proxies and passwords takes as long as an answer
        session.mount(site.url, NearSite(site))
        yield Api(site, session)
