from __future__ import annotations

import pytest

from sandbox_support.api import NOWHERE, v3_body, v3_sized

BASE = "/stores/v3/customizations"
BULK = "/stores/v3/bulk/customizations"


def body(*choices, kind="PRODUCT_OPTION", **members):
    listed = {"choicesSettings": {"choices": [{"name": each} for each in choices]}} if choices else {}
    render = "TEXT_CHOICES" if choices else "FREE_TEXT"
    named = {"name": "Size", "customizationType": kind, "customizationRenderType": render}
    return {"customization": {**named, **listed, **members}}


def with_choice(**members):
    return body("S", choicesSettings={"choices": [{"name": "S", **members}]})


def create(api, *choices, **members):
    return api.ok("POST", BASE, body(*choices, **members))["customization"]


def choices_of(customization):
    return {each["name"]: each["id"] for each in customization["choicesSettings"]["choices"]}


def on_choices(api, customization, verb, **members):
    return api.ok("POST", f"{BASE}/{customization['id']}/{verb}", members)["customization"]


def refusal(api, customization, verb, status=400, **members):
    answer = api.refused(status, "POST", f"{BASE}/{customization['id']}/{verb}", members)["details"]
    if "applicationError" in answer:
        return answer["applicationError"]["code"]
    return answer["validationError"]["fieldViolations"][0]["ruleName"]


def test_a_customization_gets_ids_and_keys_for_itself_and_its_choices(v3):
    made = create(v3, "Small", "Extra large")
    assert (made["key"], made["revision"]) == ("size", "1")
    assert [each["key"] for each in made["choicesSettings"]["choices"]] == ["small", "extra-large"]
    assert [each["choiceType"] for each in made["choicesSettings"]["choices"]] == ["CHOICE_TEXT"] * 2
    assert v3.ok("GET", f"{BASE}/{made['id']}")["customization"] == made
    assert v3.ok("POST", f"{BASE}/query", {})["customizations"] == [made]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (body("S", "S"), "DUPLICATE_CHOICE_NAME"),
        (body("S", customizationRenderType="SWATCH_CHOICES"), "INVALID_CHOICE_VALUE"),
        (body("S", customizationRenderType="FREE_TEXT", kind="MODIFIER"), "INVALID_FREE_TEXT_SETTINGS"),
        (body(freeTextInput={"title": "Engraving"}), "INVALID_CUSTOMIZATION_RENDER_TYPE"),
        (body(kind="MODIFIER"), "REQUIRED_ONE_OF_FIELD"),
        (body("S", id=NOWHERE), "ID_NOT_ALLOWED_IN_REQUEST"),
        (body("S", name="  "), "ONLY_SPACES_STRING_ERROR"),
        (
            body(
                choicesSettings={"choices": [{"name": "S", "choiceType": "ONE_COLOR"}]},
                customizationRenderType="TEXT_CHOICES",
            ),
            "INVALID_CHOICE_TYPE",
        ),
        (
            body(
                choicesSettings={"choices": [{"name": "S", "defaultAddedPrice": "1"}]},
                customizationRenderType="TEXT_CHOICES",
            ),
            "MODIFIER_SETTINGS_NOT_SUPPORTED_FOR_PRODUCT_OPTION",
        ),
    ],
)
def test_a_customization_that_does_not_fit_itself_is_refused_with_its_code(v3, sent, code):
    details = v3.refused(400, "POST", BASE, sent)["details"]
    assert code in str(details)


def test_what_a_customization_needs_is_missed_by_name(v3):
    assert "customization.name" in v3.violations("POST", BASE, {"customization": {}})
    named = {"name": "Size", "customizationType": "PRODUCT_OPTION", "customizationRenderType": "TEXT_CHOICES"}
    named["choicesSettings"] = {}
    assert "customization.choicesSettings.choices" in v3.violations("POST", BASE, {"customization": named})


def test_a_product_makes_no_customization_that_does_not_fit_itself(v3):
    made = {"name": "Wrap", "modifierRenderType": "TEXT_CHOICES"}
    twice = {"choices": [{"name": "Paper", "choiceType": "CHOICE_TEXT"}] * 2}
    for modifier in (made, made | {"choicesSettings": twice}):
        product = {"product": v3_body(modifiers=[modifier])}
        assert v3.code(400, "POST", "/stores/v3/products", product) == "CUSTOMIZATIONS_CREATION_FAILED"
    product = v3.product(**v3_sized("S"))
    product["options"][0]["choicesSettings"]["choices"] += [{"name": "L", "choiceType": "CHOICE_TEXT"}] * 2
    change = {"product": {name: product[name] for name in ("revision", "options", "variantsInfo")}}
    path = f"/stores/v3/products/{product['id']}"
    assert v3.code(400, "PATCH", path, change) == "ADD_CUSTOMIZATION_CHOICES_FAILED"


def test_an_update_renames_on_products_and_variants_and_counts_revisions(v3):
    product = v3.product(**v3_sized())
    option = product["options"][0]
    change = {"customization": {"name": "Width", "revision": "1"}}
    assert v3.ok("PATCH", f"{BASE}/{option['id']}", change)["customization"]["revision"] == "2"
    shown = v3.ok("GET", f"/stores/v3/products/{product['id']}?fields=VARIANT_OPTION_CHOICE_NAMES")["product"]
    assert shown["options"][0]["name"] == "Width"
    assert shown["variantsInfo"]["variants"][0]["choices"][0]["optionChoiceNames"]["optionName"] == "Width"
    assert v3.code(409, "PATCH", f"{BASE}/{option['id']}", change) == "INVALID_REVISION"
    text = {"customization": {"freeTextInput": {"title": "Engraving"}, "revision": "2"}}
    assert v3.code(400, "PATCH", f"{BASE}/{option['id']}", text) == "DOESNT_SUPPORT_FREE_TEXT"


def test_choices_are_added_linked_ordered_and_removed(v3):
    made = create(v3, "Red", "Blue")
    added = on_choices(v3, made, "add-choices", choices=[{"name": "Navy"}])
    ids = choices_of(added)
    assert list(ids) == ["Red", "Blue", "Navy"]
    linked = {"choice": {"id": ids["Navy"], "primaryChoiceIds": [ids["Blue"]]}}
    revised = on_choices(v3, made, "update-choices", revision=added["revision"], choices=[linked])
    moved = on_choices(v3, made, "reorder-choices", revision=revised["revision"], choiceIds=list(ids.values())[::-1])
    assert list(choices_of(moved)) == ["Navy", "Blue", "Red"]
    path = f"{BASE}/{made['id']}/remove-choices"
    violation = v3.violations("POST", path, {"choiceIds": [ids["Blue"]]})["choiceIds"]
    assert violation["ruleName"] == "PRIMARY_CHOICE_DELETE_REFERENCED"
    left = on_choices(v3, made, "remove-choices", choiceIds=[ids["Blue"], ids["Navy"]])
    assert list(choices_of(left)) == ["Red"]
    replaced = on_choices(v3, made, "set-choices", choices=[{"name": "Green"}, {"name": "Red"}])
    assert choices_of(replaced)["Red"] == ids["Red"]


def test_a_product_loses_the_choices_that_its_modifier_loses(v3):
    choices = {"choices": [{"name": each, "choiceType": "CHOICE_TEXT"} for each in ("Red", "Blue")]}
    wrap = {"name": "Wrap", "modifierRenderType": "TEXT_CHOICES", "choicesSettings": choices}
    product = v3.product(modifiers=[wrap])
    modifier = product["modifiers"][0]
    red, _ = (each["choiceId"] for each in modifier["choicesSettings"]["choices"])
    on_choices(v3, modifier, "remove-choices", choiceIds=[red])
    after = v3.ok("GET", f"/stores/v3/products/{product['id']}")["product"]
    assert [each["name"] for each in after["modifiers"][0]["choicesSettings"]["choices"]] == ["Blue"]


def test_choices_that_make_no_sense_are_refused_with_their_code(v3):
    made = create(v3, "Red", "Blue")
    ids = list(choices_of(made).values())

    def links(choice_id, *primary, status=400, **members):
        choice = {"id": choice_id, "primaryChoiceIds": list(primary), **members}
        return refusal(v3, made, "update-choices", status, revision="1", choices=[{"choice": choice}])

    assert links(NOWHERE, status=404) == "CHOICE_NOT_FOUND"
    assert links(ids[0], ids[0]) == "PRIMARY_CHOICE_SELF_REFERENCE"
    assert links(ids[0], NOWHERE) == "PRIMARY_CHOICE_NOT_FOUND"
    assert links(ids[0], name="Rose") == "UNSUPPORTED_CHOICE_FIELD"
    both = [{"choice": {"id": one, "primaryChoiceIds": [other]}} for one, other in (ids, ids[::-1])]
    assert refusal(v3, made, "update-choices", revision="1", choices=both) == "PRIMARY_CHOICE_HIERARCHY_VIOLATION"
    assert refusal(v3, made, "reorder-choices", revision="1", choiceIds=ids[:1]) == "CHOICE_IDS_MISMATCH"
    assert refusal(v3, made, "remove-choices", choiceIds=ids) == "NOT_ALLOWED_CUSTOMIZATION_WITHOUT_CHOICES"
    assert refusal(v3, made, "add-choices", choices=[{"name": "Red"}]) == "DUPLICATE_CHOICE_NAME"
    text = create(v3, kind="MODIFIER", freeTextInput={"title": "Engraving"})
    assert text["freeTextInput"]["key"] == "engraving"
    assert refusal(v3, text, "add-choices", choices=[{"name": "Red"}]) == "DOESNT_SUPPORT_CHOICES"
    assert refusal(v3, text, "reorder-choices", revision="1", choiceIds=ids) == "DOESNT_SUPPORT_CHOICES"


def test_what_products_have_of_an_option_cannot_go(v3):
    option = v3.product(**v3_sized())["options"][0]
    made = v3.ok("GET", f"{BASE}/{option['id']}?fields=ASSIGNED_PRODUCTS_COUNT")["customization"]
    assert made["assignedProductsCount"] == 1
    ids = list(choices_of(made).values())
    assert refusal(v3, made, "remove-choices", choiceIds=ids[:1]) == "CHOICE_ASSIGNED_TO_PRODUCT"
    gone = refusal(v3, made, "set-choices", choices=[{"name": "S"}])
    assert gone == "NOT_ALLOWED_DELETE_CHOICE_ASSIGNED_TO_PRODUCT"
    (violation,) = v3.violations("DELETE", f"{BASE}/{made['id']}").values()
    assert violation["ruleName"] == "NOT_ALLOWED_DELETE_CUSTOMIZATION_ASSIGNED_TO_PRODUCT"


@pytest.mark.parametrize("settings", [{}, {"freeTextSettings": {"title": "Your text", "defaultAddedPrice": None}}])
def test_a_modifier_of_a_product_can_be_renamed(v3, settings):
    modifier = {"name": "Engraving", "modifierRenderType": "FREE_TEXT", "mandatory": False, **settings}
    product = v3.product(**v3_body(modifiers=[modifier]))
    path = f"{BASE}/{product['modifiers'][0]['id']}"
    made = v3.ok("GET", path)["customization"]
    expected = {"title": "Your text", "key": "your-text"} if settings else {}
    assert made["freeTextInput"] == expected
    assert product["modifiers"][0].get("freeTextSettings", {}).get("key") == expected.get("key")
    renamed = v3.ok("PATCH", path, {"customization": {"revision": made["revision"], "name": "Gravur"}})
    assert renamed["customization"]["name"] == "Gravur"


def test_a_deleted_modifier_leaves_its_products(v3):
    settings = {"freeTextSettings": {"minCharCount": 0, "maxCharCount": 20, "title": "Your text"}}
    modifier = {"name": "Engraving", "modifierRenderType": "FREE_TEXT", "mandatory": False, **settings}
    product = v3.product(**v3_body(modifiers=[modifier]))
    v3.ok("DELETE", f"{BASE}/{product['modifiers'][0]['id']}")
    assert v3.ok("GET", f"/stores/v3/products/{product['id']}")["product"]["modifiers"] == []


def test_bulk_calls_answer_for_each_customization(v3):
    good, bad = body("S")["customization"], body("S", "S", name="Twice")["customization"]
    answer = v3.ok("POST", f"{BULK}/create", {"customizations": [good, bad], "returnEntity": True})
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False]
    made = answer["results"][0]["customization"]
    entry = {"customizationId": made["id"], "choices": [{"name": "XXL"}]}
    answer = v3.ok("POST", f"{BULK}/add-choices", {"customizationsChoices": [entry], "returnEntity": True})
    assert list(choices_of(answer["results"][0]["customization"])) == ["S", "XXL"]
    change = {"customization": {"id": made["id"], "revision": "2", "name": "Fit"}}
    answer = v3.ok("POST", f"{BULK}/update", {"customizations": [change]})
    assert answer["bulkActionMetadata"]["totalSuccesses"] == 1
    assert "customization" not in answer["results"][0]


def test_the_picture_of_a_choice_needs_a_web_address(v3):
    (violation,) = v3.violations("POST", BASE, with_choice(displayImage={"url": "red.png"})).values()
    assert violation["data"] == {"type": "WEB_URL"}


def test_pictures_of_choices_come_only_when_asked_for(v3):
    choice = {"name": "Red", "choiceType": "ONE_COLOR", "colorCode": "#ff0000", "displayImage": {"id": "red.png"}}
    made = create(v3, choicesSettings={"choices": [choice]}, customizationRenderType="SWATCH_CHOICES")
    assert "displayImage" not in made["choicesSettings"]["choices"][0]
    shown = v3.ok("GET", f"{BASE}/{made['id']}?fields=CHOICE_DISPLAY_IMAGE")["customization"]
    assert shown["choicesSettings"]["choices"][0]["displayImage"] == {"id": "red.png"}
