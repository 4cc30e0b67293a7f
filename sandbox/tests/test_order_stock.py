from __future__ import annotations

import pytest

from sandbox_support.api import order_body, order_line, v3_sized
from wix_sandbox.site import STORES_APP_ID

ORDERS = "/ecom/v1/orders"


def line(product_id, quantity, **options):
    reference = {"catalogItemId": product_id, "appId": STORES_APP_ID}
    return order_line(quantity, catalogReference=reference | ({"options": options} if options else {}))


def place(api, *lines):
    return api.ok("POST", ORDERS, {"order": order_body(*lines, status="APPROVED")})["order"]


def cancel(api, order, **body):
    return api.ok("POST", f"{ORDERS}/{order['id']}/cancel", body)["order"]


class OnV3:
    """Three lines of a V3 shop: a product alone, one by choice, one by its variant."""

    def __init__(self, api):
        self.api = api
        plain = api.product(name="Plain", variantsInfo=self.variants_with_stock(7))
        sized = api.product(**v3_sized(name="Sized"))
        large = sized["variantsInfo"]["variants"][1]["id"]
        small = {"options": {"Size": "S"}}
        self.lines = [line(plain["id"], 2), line(sized["id"], 1, **small), line(sized["id"], 2, variantId=large)]

    @staticmethod
    def variants_with_stock(quantity):
        variant = {"price": {"actualPrice": {"amount": "5"}}, "physicalProperties": {}}
        return {"variants": [variant | {"inventoryItem": {"quantity": quantity}}]}

    def stock(self):
        items = self.api.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"]
        return {each["variantId"]: each["quantity"] for each in items}


class OnV1:
    """Three lines of a V1 shop: a product alone, one by choice, one by its variant."""

    def __init__(self, api):
        self.api = api
        plain = self.product("Plain")
        sized = self.product(
            "Sized",
            manageVariants=True,
            productOptions=[{"name": "Size", "choices": [{"value": each, "description": each} for each in "SL"]}],
        )
        self.ids = [plain["id"], sized["id"]]
        path = "/stores/v2/inventoryItems/product"
        for product in (plain, sized):
            variants = [{"variantId": each["id"], "quantity": 3} for each in product["variants"]]
            item = {"trackQuantity": True, "variants": variants}
            api.ok("PATCH", f"{path}/{product['id']}", {"inventoryItem": item})
        large = sized["variants"][1]["id"]
        small = {"options": {"Size": "S"}}
        self.lines = [line(plain["id"], 2), line(sized["id"], 1, **small), line(sized["id"], 2, variantId=large)]

    def product(self, name, **members):
        body = {"name": name, "productType": "physical", "priceData": {"price": 5}, **members}
        made = self.api.ok("POST", "/stores/v1/products", {"product": body})["product"]
        path, body = "/stores/v1/products/query", {"includeVariants": True, "includeHiddenProducts": True}
        shown = self.api.ok("POST", path, body)["products"]
        return next(each for each in shown if each["id"] == made["id"])

    def stock(self):
        items = self.api.ok("POST", "/stores/v2/inventoryItems/query", {})["inventoryItems"]
        return {(each["productId"], row["variantId"]): row["quantity"] for each in items for row in each["variants"]}


@pytest.fixture(params=[("v3", OnV3), ("v1", OnV1)], ids=["v3", "v1"])
def shop(request):
    name, make = request.param
    return make(request.getfixturevalue(name))


def test_an_order_of_three_lines_takes_its_stock_and_restock_gives_it_back(shop):
    before = shop.stock()
    order = place(shop.api, *shop.lines)
    taken = sorted(before[each] - now for each, now in shop.stock().items())
    assert taken == [1, 2, 2]
    canceled = cancel(shop.api, order, restockAllItems=True)
    assert [each["restockQuantity"] for each in canceled["lineItems"]] == [2, 1, 2]
    assert shop.stock() == before


def test_a_cancellation_without_restock_leaves_the_stock_taken(shop):
    order = place(shop.api, *shop.lines)
    taken = shop.stock()
    cancel(shop.api, order)
    assert shop.stock() == taken


def test_an_order_leaves_stock_that_is_not_counted(v3):
    variant = {"price": {"actualPrice": {"amount": "5"}}, "physicalProperties": {}, "inventoryItem": {"inStock": True}}
    product = v3.product(variantsInfo={"variants": [variant]})
    before = v3.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"]
    order = place(v3, line(product["id"], 2))
    cancel(v3, order, restockAllItems=True)
    assert v3.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"] == before
