"""What live sites do with the pictures of V3 products."""

from __future__ import annotations

import pytest

from sandbox_support.api import v3_body, v3_sized

PRODUCTS = "/stores/v3/products"
STOCKED = "/stores/v3/products-with-inventory"
FIELDS = "fields=MEDIA_ITEMS_INFO&fields=PRODUCT_CHOICES_MEDIA_REFERENCES"
ADDRESSES = [f"https://media.example.com/{name}.png" for name in "ab"]


def gallery(*items):
    return {"itemsInfo": {"items": list(items)}}


def read(api, product):
    return api.ok("GET", f"{PRODUCTS}/{product['id']}?{FIELDS}")["product"]


def ids(product):
    return [each.get("id") for each in product["media"]["itemsInfo"]["items"]]


def references(product):
    return [
        [each["mediaId"] for each in (choice.get("media") or {"items": []})["items"]]
        for choice in product["options"][0]["choicesSettings"]["choices"]
    ]


def patch(api, product, path=PRODUCTS, **members):
    body = {"product": {"revision": read(api, product)["revision"], **members}}
    api.ok("PATCH", f"{path}/{product['id']}", body)
    return read(api, product)


def pictured(api):
    """A product of two pictures, one for each of its two choices."""
    body = v3_sized(media=gallery(*({"url": each} for each in ADDRESSES)))
    for choice, address in zip(body["options"][0]["choicesSettings"]["choices"], ADDRESSES, strict=True):
        choice["media"] = {"items": [{"url": address}]}
    return read(api, api.product(**body))


def test_a_picture_that_a_choice_refers_to_cannot_be_left_out(v3):
    product = pictured(v3)
    first, second = ids(product)
    body = {"product": {"revision": "1", "media": gallery({"id": second})}}
    refused = v3.refused(404, "PATCH", f"{PRODUCTS}/{product['id']}", body)["details"]["applicationError"]
    assert (refused["code"], refused["data"]) == ("PRODUCT_MEDIA_NOT_EXIST", {"mediaIds": [first]})
    assert ids(read(v3, product)) == [first, second]


def test_a_picture_goes_together_with_the_references_to_it(v3):
    product = pictured(v3)
    _, second = ids(product)
    options = product["options"]
    options[0]["choicesSettings"]["choices"][0]["media"] = {"items": []}
    variants = {"options": options, "variantsInfo": product["variantsInfo"], "visible": True}
    after = patch(v3, product, media=gallery({"id": second}), **variants)
    assert (ids(after), references(after)) == ([second], [[], [second]])


def test_a_gallery_with_all_pictures_keeps_the_references(v3):
    product = pictured(v3)
    first, second = ids(product)
    after = patch(v3, product, media=gallery({"id": second}, {"id": first}))
    assert (ids(after), references(after)) == ([second, first], [[first], [second]])


def test_media_main_in_a_body_makes_wix_ignore_the_media(v3):
    product = v3.product(media=gallery({"url": ADDRESSES[0]}))
    before = ids(read(v3, product))
    media = {"main": {"url": ADDRESSES[1]}, **gallery({"url": ADDRESSES[1]})}
    assert ids(patch(v3, product, media=media, name="Cup")) == before
    assert ids(read(v3, v3.product(media=media))) == []


def test_items_in_the_wrong_place_empty_the_gallery(v3):
    product = v3.product(media=gallery({"url": ADDRESSES[0]}))
    assert ids(patch(v3, product, media={"items": [{"url": ADDRESSES[1]}]})) == []


def test_the_alternative_text_counts_next_to_the_image_and_not_inside(v3):
    item = {"url": ADDRESSES[0], "altText": "A mug", "image": {"altText": "A cup"}}
    (shown,) = read(v3, v3.product(media=gallery(item)))["media"]["itemsInfo"]["items"]
    assert (shown["altText"], shown["image"]["altText"]) == ("A mug", "A mug")


def test_an_empty_alternative_text_refuses_the_whole_gallery(v3):
    items = gallery({"url": ADDRESSES[0], "altText": "A mug"}, {"url": ADDRESSES[1], "altText": ""})
    rules = v3.violations("POST", PRODUCTS, {"product": v3_body(media=items)})
    assert rules["product.media.itemsInfo.items[1].altText"]["violatedRule"] == "MIN_LENGTH"


def test_a_file_of_wixs_own_host_is_taken_in_as_a_new_copy_each_time(v3):
    product = v3.product(media=gallery({"url": ADDRESSES[0], "altText": "A mug"}))
    (item,) = read(v3, product)["media"]["itemsInfo"]["items"]
    seen = {item["id"]}
    for _ in range(2):
        copy = patch(v3, product, media=gallery({"url": item["image"]["url"], "altText": "A mug"}))
        (shown,) = copy["media"]["itemsInfo"]["items"]
        assert shown["altText"] == "A mug"
        seen.add(shown["id"])
    assert len(seen) == 3
    kept = patch(v3, product, media=gallery({"id": shown["id"], "altText": "A mug"}))
    assert ids(kept) == [shown["id"]]


def test_a_choice_refers_to_a_new_copy_by_its_address(v3):
    (item,) = read(v3, v3.product(media=gallery({"url": ADDRESSES[0]})))["media"]["itemsInfo"]["items"]
    body = v3_sized(media=gallery({"url": item["image"]["url"]}))
    body["options"][0]["choicesSettings"]["choices"][0]["media"] = {"items": [{"url": item["image"]["url"]}]}
    product = read(v3, v3.product(**body))
    assert references(product) == [ids(product), []]


def test_lost_pictures_come_with_the_same_write_once_more(v3):
    product = v3.product()
    v3.control("POST", "faults", {"operation": "products.update", "times": 1, "action": {"lose_pictures": True}})
    media = gallery({"url": ADDRESSES[0], "altText": "A mug"})
    (lost,) = patch(v3, product, media=media)["media"]["itemsInfo"]["items"]
    assert (lost["mediaType"], lost["url"], "id" in lost) == ("UNKNOWN_MEDIA_TYPE", ADDRESSES[0], False)
    assert lost["uploadId"]
    v3.control("POST", "clock", {"shiftSeconds": 60})
    assert ids(read(v3, product)) == [None]
    (item,) = patch(v3, product, media=media)["media"]["itemsInfo"]["items"]
    assert (item["mediaType"], item["altText"]) == ("IMAGE", "A mug")
    assert item["id"]


def pictures(product):
    return [each.get("media", {}).get("id") for each in product["variantsInfo"]["variants"]]


def swapped(product, names):
    """Options whose choices show each other's pictures, and variants that name their choices by names or by ids."""
    choices = product["options"][0]["choicesSettings"]["choices"]
    choices[0]["media"], choices[1]["media"] = choices[1]["media"], choices[0]["media"]
    variants = product["variantsInfo"]["variants"]
    for variant, choice in zip(variants, choices, strict=True):
        if names:
            named = {"optionName": "Size", "choiceName": choice["name"], "renderType": "TEXT_CHOICES"}
            variant["choices"] = [{"optionChoiceNames": named}]
    return {"visible": True, "options": product["options"], "variantsInfo": {"variants": variants}}


@pytest.mark.parametrize(("path", "names"), [(PRODUCTS, True), (STOCKED, False)])
def test_a_variant_keeps_the_picture_that_its_choice_had_when_it_was_made(v3, path, names):
    product = pictured(v3)
    assert pictures(product) == ids(product)
    after = patch(v3, product, path, **swapped(read(v3, product), names))
    assert references(after) == [[each] for each in reversed(ids(product))]
    assert pictures(after) == ids(product)


def test_a_stock_call_that_names_choices_by_names_alone_renews_pictures_and_leaves_stock(v3):
    product = pictured(v3)
    before = v3.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"]
    body = {"product": {"revision": "1", **swapped(read(v3, product), names=True)}}
    answer = v3.ok("PATCH", f"{STOCKED}/{product['id']}", body)
    assert answer["inventoryResults"]["results"] == []
    assert pictures(read(v3, product)) == list(reversed(ids(product)))
    assert v3.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"] == before
