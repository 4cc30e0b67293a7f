"""Pictures that a product shows for a choice are those of the product, on every site."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox_support.api import Api
from tests.shops import config
from tests.tap.runs import run as extract
from tests.target.runs import messages, writes
from wix_sandbox.resources.media_files import file_id, hosted

ADDRESSES = [f"https://pictures.example.com/{name}.jpg" for name in "abc"]


def shirt(*, red: list[int], blue: list[int] | None = None, pictures: list[str] = ADDRESSES) -> dict[str, Any]:
    """A shirt whose choices show pictures, given by their places in the list."""
    shown = {"Red": red, **({} if blue is None else {"Blue": blue})}
    choices = [
        {
            "name": name,
            **({"media": {"items": [{"url": pictures[place]} for place in shown[name]]}} if name in shown else {}),
        }
        for name in ("Red", "Blue")
    ]
    variants = [
        {
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Color", "choiceName": name}}],
        }
        for name in ("Red", "Blue")
    ]
    return {
        "name": "Shirt",
        "slug": "shirt",
        "media": {"itemsInfo": {"items": [{"url": address} for address in pictures]}},
        "options": [{"name": "Color", "choicesSettings": {"choices": choices}}],
        "variantsInfo": {"variants": variants},
    }


def shown(site: Any) -> dict[str, list[str]]:
    """The files that a V3 site shows for each choice; a copy by the id of its original."""
    state = site.state()
    (product,) = state["products"]
    (option,) = product["options"]
    copies = {row["id"]: file_id(row["sourceUrl"]) for row in state.get("file_copies", ())}
    named = {each["id"]: copies.get(each["id"], each["id"]) for each in product["media"]["itemsInfo"]["items"]}
    return {
        choice["name"]: [named[each["mediaId"]] for each in (choice.get("media") or {}).get("items", [])]
        for choice in option["choicesSettings"]["choices"]
    }


A, B, C = map(file_id, ADDRESSES)


def test_choices_show_pictures_of_the_product(empty_v3, run):
    assert run(empty_v3, messages(products=[shirt(red=[0, 2])])).outcomes == ["created"]
    assert shown(empty_v3) == {"Red": [A, C], "Blue": []}
    assert run(empty_v3, messages(products=[shirt(red=[2, 0])])).outcomes == ["unchanged"]

    done = run(empty_v3, messages(products=[shirt(red=[1], blue=[0])]))

    assert done.results[0]["fields"] == ["options", "variantsInfo"]
    assert shown(empty_v3) == {"Red": [B], "Blue": [A]}


def test_choices_keep_pictures_that_a_record_does_not_mention(empty_v3, run):
    run(empty_v3, messages(products=[shirt(red=[0, 1])]))
    bare = shirt(red=[])
    del bare["options"][0]["choicesSettings"]["choices"][0]["media"]
    for variant in bare["variantsInfo"]["variants"]:
        variant["price"] = {"actualPrice": {"amount": "25"}}

    assert run(empty_v3, messages(products=[bare])).outcomes == ["updated"]

    assert shown(empty_v3) == {"Red": [A, B], "Blue": []}


def test_a_picture_that_goes_is_shown_for_no_choice_any_more(empty_v3, run):
    run(empty_v3, messages(products=[shirt(red=[0, 1])]))

    assert run(empty_v3, messages(products=[shirt(red=[0], pictures=ADDRESSES[1:])])).outcomes == ["updated"]

    assert shown(empty_v3) == {"Red": [B], "Blue": []}
    again = run(empty_v3, messages(products=[shirt(red=[0], pictures=ADDRESSES[1:])]))
    assert again.outcomes == ["unchanged"]


def test_images_next_to_the_names_of_choices_are_logged(empty_v3, run, caplog):
    pictured = shirt(red=[0])
    pictured["options"][0]["choicesSettings"]["choices"][0]["displayImage"] = {"url": ADDRESSES[0]}

    run(empty_v3, messages(products=[pictured]))

    assert [line for line in caplog.messages if "displayImage" in line] == [
        "products: `options.choicesSettings.choices.displayImage` cannot be written and is left out."
    ]


@pytest.mark.parametrize("delay", [0, 1_000_000])
def test_pictures_on_their_way_into_the_site_are_referred_to_once(open_shop, run, delay):
    site = open_shop(catalog="v3", empty=True, media_delay_ms=delay)
    for outcome in ("created", "unchanged"):
        assert run(site, messages(products=[shirt(red=[0, 2])])).outcomes == [outcome]


def make_on_v1(api: Api) -> None:
    """The same shirt, as V1's API makes it."""
    choices = [{"value": name, "description": name} for name in ("Red", "Blue")]
    options = [{"name": "Color", "choices": choices}]
    body = {
        "name": "Shirt",
        "slug": "shirt",
        "priceData": {"price": 20},
        "manageVariants": True,
        "productOptions": options,
    }
    made = api.ok("POST", "/stores/v1/products", {"product": body})["product"]["id"]
    media = [{"url": address} for address in ADDRESSES]
    media[0]["choice"] = media[2]["choice"] = {"option": "Color", "choice": "Red"}
    api.ok("POST", f"/stores/v1/products/{made}/media", {"media": media})


def make_on_v3(api: Api) -> None:
    body = shirt(red=[0, 2]) | {"productType": "PHYSICAL", "physicalProperties": {}}
    for variant in body["variantsInfo"]["variants"]:
        variant["physicalProperties"] = {}
        variant["choices"][0]["optionChoiceNames"]["renderType"] = "TEXT_CHOICES"
    body["options"][0]["optionRenderType"] = "TEXT_CHOICES"
    for choice in body["options"][0]["choicesSettings"]["choices"]:
        choice["choiceType"] = "CHOICE_TEXT"
    api.ok("POST", "/stores/v3/products", {"product": body})


def shown_on_v1(site: Any) -> dict[str, list[str]]:
    (product,) = site.state()["products"]
    (option,) = product["productOptions"]
    return {
        choice["description"]: [each["id"] for each in (choice.get("media") or {}).get("items", [])]
        for choice in option["choices"]
    }


SHOWN = {"v1": shown_on_v1, "v3": shown}
SOURCES = pytest.mark.parametrize(("catalog", "make"), [("v1", make_on_v1), ("v3", make_on_v3)])


@SOURCES
@pytest.mark.parametrize("goal_catalog", ["v1", "v3"])
def test_a_copy_shows_the_same_pictures_for_its_choices(open_shop, run, catalog, make, goal_catalog):
    source, goal = open_shop(catalog=catalog, empty=True), open_shop(catalog=goal_catalog, empty=True, random_seed=3)
    with requests.Session() as session:
        make(Api(source, session))
    listed = extract(config(source), select=("products",)).messages

    assert run(goal, listed).outcomes == ["created"]

    copies = [file_id(hosted(one)) for one in (A, C)]
    assert SHOWN[goal_catalog](goal) == {"Red": copies, "Blue": []}
    goal.journal.clear()
    assert run(goal, listed).outcomes == ["unchanged"]
    assert writes(goal) == []


def test_a_v1_picture_is_shown_for_more_choices_later(empty_v1, run):
    run(empty_v1, messages(products=[shirt(red=[0])]))

    done = run(empty_v1, messages(products=[shirt(red=[0], blue=[0, 2])]))

    assert done.results[0]["fields"] == ["media"]
    assert shown_on_v1(empty_v1) == {"Red": [A], "Blue": [A, C]}
    assert len(empty_v1.state()["products"][0]["media"]["items"]) == 3


def test_a_new_v1_picture_of_two_choices_is_added_once(empty_v1, run):
    plan = run(empty_v1, messages(products=[shirt(red=[0, 1], blue=[1])]), dry_run=True)
    empty_v1.journal.clear()

    run(empty_v1, messages(products=[shirt(red=[0, 1], blue=[1])]))

    assert shown_on_v1(empty_v1) == {"Red": [A, B], "Blue": [B]}
    assert len(empty_v1.state()["products"][0]["media"]["items"]) == 3
    assert plan.plan == len(empty_v1.journal.entries)


def test_v1_shows_pictures_for_the_choices_of_one_option_only(empty_v1, run, caplog):
    two = shirt(red=[0])
    size = {
        "name": "Size",
        "choicesSettings": {"choices": [{"name": "M", "media": {"items": [{"url": ADDRESSES[1]}]}}]},
    }
    two["options"].append(size)
    for variant in two["variantsInfo"]["variants"]:
        variant["choices"].append({"optionChoiceNames": {"optionName": "Size", "choiceName": "M"}})

    assert run(empty_v1, messages(products=[two])).outcomes == ["created"]
    assert [line for line in caplog.messages if "`Size`" in line]
    assert run(empty_v1, messages(products=[two])).outcomes == ["unchanged"]
