from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import requests
from jsonschema import Draft202012Validator

from sandbox_support.schemas import SCHEMAS
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

CONTACTS = "/contacts/v4/contacts"
LABELS = "/contacts/v4/labels"
FIELDS = "/contacts/v4/extended-fields"


@dataclass(frozen=True)
class Api:
    site: RunningSite
    session: requests.Session

    def __call__(self, method, path, body=None, **parameters):
        config = self.site.config()
        headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        url = self.site.url + path
        return self.session.request(method, url, json=body, params=parameters, headers=headers, timeout=60)

    def ok(self, method, path, body=None, **parameters):
        response = self(method, path, body, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status, method, path, body=None, **parameters):
        response = self(method, path, body, **parameters)
        assert response.status_code == status, response.text
        return response.json()["details"].get("applicationError", {})

    def create(self, **info):
        return self.ok("POST", CONTACTS, {"info": info, "allowDuplicates": True})["contact"]


@pytest.fixture(scope="module")
def running():
    with Sandbox(SandboxOptions(catalog="absent", empty=True)).serve() as site, requests.Session() as session:
        yield Api(site, session)


@pytest.fixture
def api(running):
    running.site.reset()
    return running


@pytest.fixture(scope="module")
def shop():
    with Sandbox(SandboxOptions(catalog="absent")).serve() as site, requests.Session() as session:
        yield Api(site, session)


def emails(*addresses):
    return {"items": [{"email": each} for each in addresses]}


def test_a_new_contact_has_ids_revision_and_what_is_derived(api):
    contact = api.create(
        name={"first": "Ada", "last": "Ash"},
        emails=emails("ada@example.com", "ada+work@example.com"),
        phones={"items": [{"phone": "(201) 555-0100", "countryCode": "US", "tag": "MOBILE"}]},
    )
    assert contact["revision"] == 0
    assert contact["createdDate"] == contact["updatedDate"]
    assert contact["lastActivity"]["activityType"] == "CONTACT_CREATED"
    assert contact["primaryInfo"] == {"email": "ada@example.com", "phone": "(201) 555-0100"}
    assert contact["primaryPhone"]["e164Phone"] == "+12015550100"
    # Source: types of Wix's client: NOT_SET is the default of valid E.164 phones.
    assert contact["primaryPhone"]["subscriptionStatus"] == "NOT_SET"
    assert [each["primary"] for each in contact["info"]["emails"]["items"]] == [True, False]
    fields = contact["info"]["extendedFields"]["items"]
    assert fields["contacts.displayByLastName"] == "Ash Ada"
    assert fields["emailSubscriptions.effectiveEmail"] == "ada@example.com"


@pytest.mark.parametrize("info", [{}, {"company": "Example Bakery"}, {"emails": {"items": []}}])
def test_a_contact_without_name_email_and_phone_is_refused(api, info):
    error = api.refused(400, "POST", CONTACTS, {"info": info})
    assert error["code"] == "INSUFFICIENT_CONTACT_DATA"


def test_a_second_contact_with_the_same_email_is_a_conflict_that_names_the_first(api):
    first = api.create(emails=emails("ada@example.com"))
    error = api.refused(409, "POST", CONTACTS, {"info": {"emails": emails("ada@example.com")}})
    assert error["code"] == "DUPLICATE_CONTACT_EXISTS"
    assert error["data"] == {"duplicateContactId": first["id"], "duplicateEmail": "ada@example.com"}


def test_phones_decide_only_without_an_email(api):
    phones = {"items": [{"phone": "555-0101"}]}
    api.create(phones=phones)
    assert api.refused(409, "POST", CONTACTS, {"info": {"phones": phones}})["data"]["duplicatePhone"] == "555-0101"
    api.ok("POST", CONTACTS, {"info": {"phones": phones, "emails": emails("other@example.com")}})


def test_two_primary_emails_are_refused(api):
    items = [{"email": f"{each}@example.com", "primary": True} for each in "ab"]
    error = api.refused(400, "POST", CONTACTS, {"info": {"emails": {"items": items}}})
    assert error["code"] == "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO"


def test_violations_are_named_from_info_on(api):
    response = api("POST", CONTACTS, {"info": {"name": {"first": "x" * 1001}}})
    assert response.status_code == 400
    violation = response.json()["details"]["validationError"]["fieldViolations"][0]
    assert (violation["field"], violation["violatedRule"]) == ("info.name.first", "MAX_LENGTH")


def test_an_update_merges_by_key_replaces_lists_and_keeps_item_ids(api):
    contact = api.create(name={"first": "Ada", "last": "Ash"}, emails=emails("ada@example.com"), company="Demo Hotel")
    kept = contact["info"]["emails"]["items"][0]
    info = {"name": {"last": "Elm"}, "emails": {"items": [{"email": "new@example.com"}, kept]}, "company": None}
    updated = api.ok("PATCH", f"{CONTACTS}/{contact['id']}", {"revision": 0, "info": info})["contact"]
    assert updated["revision"] == 1
    assert updated["info"]["name"] == {"first": "Ada", "last": "Elm"}
    assert "company" not in updated["info"]
    assert [each["email"] for each in updated["info"]["emails"]["items"]] == ["new@example.com", "ada@example.com"]
    assert updated["info"]["emails"]["items"][1]["id"] == kept["id"]
    assert updated["primaryInfo"]["email"] == "ada@example.com"


def test_a_stale_revision_is_a_conflict_and_a_missing_one_a_bad_request(api):
    contact = api.create(name={"first": "Ada"})
    path = f"{CONTACTS}/{contact['id']}"
    assert (
        api.refused(409, "PATCH", path, {"revision": 7, "info": {"company": "x"}})["code"] == "CONTACT_ALREADY_CHANGED"
    )
    api.refused(400, "PATCH", path, {"info": {"company": "x"}})
    api.ok("PATCH", path, {"revision": 0, "info": {"company": "x"}})


def test_an_update_that_leaves_no_identity_is_refused(api):
    contact = api.create(name={"first": "Ada"})
    path = f"{CONTACTS}/{contact['id']}"
    assert (
        api.refused(400, "PATCH", path, {"revision": 0, "info": {"name": None}})["code"] == "INSUFFICIENT_CONTACT_DATA"
    )
    assert api.refused(400, "PATCH", path, {"revision": 0, "info": {}})["code"] == "INSUFFICIENT_UPDATE_CONTACT_DATA"


def test_unknown_contacts_are_not_found(api):
    for method, tail, body in (
        ("GET", "", None),
        ("PATCH", "", {"revision": 1, "info": {}}),
        ("DELETE", "", None),
        ("POST", "/labels", {"labelKeys": ["custom.x"]}),
    ):
        path = f"{CONTACTS}/00000000-0000-4000-8000-000000000000{tail}"
        assert api.refused(404, method, path, body)["code"] == "CONTACT_NOT_FOUND"


def test_a_deleted_contact_is_gone(api):
    contact = api.create(name={"first": "Ada"})
    assert api.ok("DELETE", f"{CONTACTS}/{contact['id']}") == {}
    api.refused(404, "GET", f"{CONTACTS}/{contact['id']}")


def test_members_keep_their_email_and_cannot_be_deleted(shop):
    member = next(each for each in shop.site.store.all("contacts") if each.get("memberInfo"))
    path = f"{CONTACTS}/{member['id']}"
    body = {"revision": member["revision"], "info": {"emails": emails("else@example.com")}}
    assert shop.refused(428, "PATCH", path, body)["code"] == "CANNOT_UPDATE_MEMBER_EMAIL"
    assert shop.refused(428, "DELETE", path)["code"] == "CANNOT_DELETE_MEMBER"


def test_labels_are_put_on_and_taken_off_in_both_styles(api):
    keys = [api.ok("POST", LABELS, {"displayName": name})["label"]["key"] for name in ("VIP", "日本 & Co", "Grüße")]
    assert keys[0] == "custom.vip"
    contact = api.create(name={"first": "Ada"})
    path = f"{CONTACTS}/{contact['id']}/labels"
    assert api.ok("POST", path, {"labelKeys": keys})["contact"]["info"]["labelKeys"]["items"] == keys
    assert api.ok("DELETE", path, {"labelKeys": keys[:1]})["contact"]["info"]["labelKeys"]["items"] == keys[1:]
    assert "labelKeys" not in api.ok("DELETE", path, labelKeys=keys[1:])["contact"]["info"]
    api.refused(400, "POST", path, {"labelKeys": ["custom.nothing"]})


def test_a_label_is_found_again_renamed_under_its_key_and_deleted_from_contacts(api):
    first = api.ok("POST", LABELS, {"displayName": "At Risk"})
    again = api.ok("POST", LABELS, {"displayName": "At Risk"})
    assert (first["newLabel"], again["newLabel"], again["label"]["key"]) == (True, False, "custom.at-risk")
    renamed = api.ok("PATCH", f"{LABELS}/custom.at-risk", {"label": {"displayName": "Risky"}})["label"]
    assert (renamed["key"], renamed["displayName"]) == ("custom.at-risk", "Risky")
    assert api.ok("PATCH", f"{LABELS}/custom.at-risk", {"displayName": "Bare"})["label"]["displayName"] == "Bare"
    contact = api.create(name={"first": "Ada"}, labelKeys={"items": ["custom.at-risk"]})
    assert api.ok("DELETE", f"{LABELS}/custom.at-risk") == {}
    assert "labelKeys" not in api.ok("GET", f"{CONTACTS}/{contact['id']}")["contact"]["info"]
    api.refused(404, "GET", f"{LABELS}/custom.at-risk")


def test_lists_and_queries_carry_their_own_metadata_key(shop):
    assert shop.ok("GET", LABELS)["metadata"]["total"] == 7
    assert shop.ok("POST", f"{LABELS}/query", {})["pagingMetadata"]["total"] == 7
    assert shop.ok("GET", FIELDS)["metadata"]["total"] == 16
    assert shop.ok("POST", f"{FIELDS}/query", {})["pagingMetadata"]["total"] == 16
    assert shop.ok("GET", CONTACTS)["pagingMetadata"]["total"] == 130


def test_lists_of_labels_and_fields_can_be_narrowed(shop):
    names = [each["displayName"] for each in shop.ok("GET", LABELS, startsWith="V")["labels"]]
    assert names == ["VIP"]
    assert shop.ok("GET", LABELS, startsWith="v")["labels"] == []
    own = shop.ok("GET", FIELDS, fieldType="USER_DEFINED")["fields"]
    assert {each["dataType"] for each in own} == {"TEXT", "NUMBER", "DATE", "URL"}
    page = shop.ok("GET", LABELS, **{"paging.limit": 2, "paging.offset": 6})
    assert (len(page["labels"]), page["metadata"]["count"]) == (1, 1)
    for path in (LABELS, FIELDS):  # Wix declares `INVALID_SORT` for their queries only
        assert shop.refused(400, "GET", path, **{"sort.fieldName": "colour"}) == {}


def test_extended_fields_take_values_of_their_type_only(api):
    key = api.ok("POST", FIELDS, {"displayName": "Loyalty points", "dataType": "NUMBER"})["field"]["key"]
    assert key == "custom.loyalty-points"
    good = {"name": {"first": "Ada"}, "extendedFields": {"items": {key: 5}}}
    assert api.create(**good)["info"]["extendedFields"]["items"][key] == 5
    for items in ({key: "five"}, {"custom.unknown": "x"}):
        bad = {"info": {"name": {"first": "Ben"}, "extendedFields": {"items": items}}}
        assert api.refused(400, "POST", CONTACTS, bad)["code"] == "INVALID_EXTENDED_FIELD_VALUE"


def test_extended_fields_merge_by_key_and_empty_values_go(api):
    for name in ("One", "Two"):
        api.ok("POST", FIELDS, {"displayName": name, "dataType": "TEXT"})
    contact = api.create(name={"first": "Ada"}, extendedFields={"items": {"custom.one": "a", "custom.two": "b"}})
    body = {"revision": 0, "info": {"extendedFields": {"items": {"custom.one": "", "ecom.numOfPurchases": 99}}}}
    items = api.ok("PATCH", f"{CONTACTS}/{contact['id']}", body)["contact"]["info"]["extendedFields"]["items"]
    assert "custom.one" not in items
    assert items["custom.two"] == "b"
    assert "ecom.numOfPurchases" not in items


def test_a_deleted_field_vanishes_from_all_contacts(api):
    api.ok("POST", FIELDS, {"displayName": "One", "dataType": "TEXT"})
    contact = api.create(name={"first": "Ada"}, extendedFields={"items": {"custom.one": "a"}})
    assert api.ok("DELETE", f"{FIELDS}/custom.one") == {}
    items = api.ok("GET", f"{CONTACTS}/{contact['id']}")["contact"]["info"]["extendedFields"]["items"]
    assert "custom.one" not in items


def test_the_hundred_and_first_extended_field_is_over_the_quota(api):
    for number in range(100):
        api.ok("POST", FIELDS, {"displayName": f"Field {number}", "dataType": "TEXT"})
    error = api.refused(428, "POST", FIELDS, {"displayName": "One more", "dataType": "TEXT"})
    assert error["code"] == "FIELDS_QUOTA_EXCEEDED"
    assert api.ok("POST", FIELDS, {"displayName": "Field 7", "dataType": "TEXT"})["newField"] is False


def everyone(shop, query, limit):
    offset, found = 0, []
    while True:
        body = {"query": {**query, "paging": {"limit": limit, "offset": offset}}}
        page = shop.ok("POST", f"{CONTACTS}/query", body)
        found += page["contacts"]
        offset += limit
        if offset >= page["pagingMetadata"]["total"]:
            return found


@pytest.mark.parametrize("limit", [7, 65, 130, 1000])
def test_paging_by_creation_date_yields_every_contact_once(shop, limit):
    found = everyone(shop, {"sort": [{"fieldName": "createdDate", "order": "ASC"}]}, limit)
    assert [each["id"] for each in found] == shop.site.ids("contacts")


def test_the_default_page_is_fifty_newest_first(shop):
    found = shop.ok("POST", f"{CONTACTS}/query", {})["contacts"]
    assert [each["id"] for each in found] == shop.site.ids("contacts")[:-51:-1]


def test_the_change_date_can_be_filtered_but_not_sorted(shop):
    stamps = sorted(each["updatedDate"] for each in shop.site.store.all("contacts"))
    query = {"filter": {"updatedDate": {"$gte": stamps[100]}}, "paging": {"limit": 1000}}
    found = shop.ok("POST", f"{CONTACTS}/query", {"query": query})["contacts"]
    assert sorted(each["updatedDate"] for each in found) == [each for each in stamps if each >= stamps[100]]
    query = {"sort": [{"fieldName": "updatedDate"}]}
    assert shop.refused(400, "POST", f"{CONTACTS}/query", {"query": query})["code"] == "UNSUPPORTED_SORT_FIELD"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"paging": {"limit": 1001}}, "ILLEGAL_LIMIT"),
        ({"paging": {"limit": "9" * 5000}}, "ILLEGAL_LIMIT"),
        ({"sort": "createdDate"}, "UNSUPPORTED_SORT_FIELD"),
        ({"sort": ["createdDate"]}, "UNSUPPORTED_SORT_FIELD"),
        ({"sort": [{"order": "ASC"}]}, "UNSUPPORTED_SORT_FIELD"),
        ({"filter": "x"}, "MALFORMED_FILTER"),
        ({"filter": {"$and": {"createdDate": "2026-01-01"}}}, "MALFORMED_FILTER"),
        ({"filter": {"info.shoeSize": 43}}, "UNSUPPORTED_FILTER_FIELD_UNKNOWN"),
        ({"filter": {"$or": [{"createdDate": {"$startsWith": "2"}}]}}, "UNSUPPORTED_FILTER_OPERATOR"),
    ],
)
def test_queries_that_wix_refuses_carry_its_code(shop, query, code):
    assert shop.refused(400, "POST", f"{CONTACTS}/query", {"query": query})["code"] == code


def test_a_list_refuses_with_the_same_codes(shop):
    assert shop.refused(400, "GET", CONTACTS, **{"sort.fieldName": "updatedDate"})["code"] == "UNSUPPORTED_SORT_FIELD"
    assert shop.refused(400, "GET", CONTACTS, **{"paging.limit": 1001})["code"] == "ILLEGAL_LIMIT"
    page = shop.ok("GET", CONTACTS, **{"sort.fieldName": "createdDate", "sort.order": "ASC", "paging.limit": 3})
    assert [each["id"] for each in page["contacts"]] == shop.site.ids("contacts")[:3]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"primaryInfo.email": {"$startsWith": "ADA."}}, lambda each: each["primaryInfo"]["email"].startswith("ada.")),
        (
            {"info.labelKeys": {"$hasSome": ["custom.vip"]}},
            lambda each: "custom.vip" in each["info"]["labelKeys"]["items"],
        ),
        ({"info.addresses.country": "JP"}, lambda each: "JP" in json.dumps(each["info"]["addresses"])),
        ({"info.name.first": {"$exists": False}}, lambda each: "first" not in each["info"].get("name", {})),
    ],
)
def test_filters_leave_out_the_level_of_items(shop, condition, holds):
    found = shop.ok("POST", f"{CONTACTS}/query", {"query": {"filter": condition}})["contacts"]
    assert found
    assert all(map(holds, found))


def field_of(contact, key):
    return contact["info"]["extendedFields"]["items"].get(key)


def test_contacts_are_filtered_and_sorted_by_extended_fields(shop):
    everybody = list(shop.site.store.all("contacts"))
    for key, least in (("custom.loyalty-points", 100), ("ecom.numOfPurchases", 2)):
        name = f"info.extendedFields.{key}"
        query = {"filter": {name: {"$gte": least}}, "sort": [{"fieldName": name}], "paging": {"limit": 1000}}
        found = shop.ok("POST", f"{CONTACTS}/query", {"query": query})["contacts"]
        values = [field_of(each, key) for each in found]
        assert values == sorted(each for each in (field_of(row, key) or 0 for row in everybody) if each >= least)
        assert all(each == shop.site.store.get("contacts", each["id"]) for each in found)
    query = {"filter": {"info.extendedFields.custom.favourite-tea": {"$startsWith": "烏"}}}
    found = shop.ok("POST", f"{CONTACTS}/query", {"query": query})["contacts"]
    assert {field_of(each, "custom.favourite-tea") for each in found} == {"烏龍"}
    query = {"filter": {"info.extendedFields.custom.no-such-field": 1}}
    shop.refused(400, "POST", f"{CONTACTS}/query", {"query": query})


def test_search_matches_names_emails_and_phones_exactly(shop):
    contact = next(each for each in shop.site.store.all("contacts") if each.get("primaryInfo", {}).get("phone"))
    phone = contact["primaryInfo"]["phone"]
    found = shop.ok("POST", f"{CONTACTS}/query", {"search": phone})["contacts"]
    assert contact["id"] in {each["id"] for each in found}
    assert shop.ok("POST", f"{CONTACTS}/query", {"search": phone[:-1]})["contacts"] == []
    shop.refused(400, "POST", f"{CONTACTS}/query", {"search": "x" * 101})


def test_fields_come_in_the_same_order_in_each_run(shop):
    """The order of a set of texts differs from process to process."""
    contact_id = shop.site.ids("contacts")[0]
    fields = ["updatedDate", "source", "lastActivity", "info", "primaryInfo", "createdDate"]
    contact = shop.ok("GET", f"{CONTACTS}/{contact_id}", fields=fields)["contact"]
    assert list(contact) == ["id", "revision", *sorted(fields)]


def test_fieldsets_and_fields_narrow_what_comes_back(shop):
    contact_id = shop.site.ids("contacts")[0]
    basic = shop.ok("GET", f"{CONTACTS}/{contact_id}", fieldsets="BASIC")
    assert basic["responseType"] == "REGULAR"
    assert basic["contact"].keys() == {"id", "revision", "primaryInfo", "info"}
    assert basic["contact"]["info"].keys() == {"name"}
    query = {"fields": ["source"], "fieldsets": ["EXTENDED"], "paging": {"limit": 1}}
    contact = shop.ok("POST", f"{CONTACTS}/query", {"query": query})["contacts"][0]
    assert contact.keys() == {"id", "revision", "source", "primaryInfo", "info"}
    assert "emails" not in contact["info"]


def test_every_answer_follows_the_schemas(shop):
    for path, items, schema in (
        (f"{CONTACTS}/query", "contacts", "contact"),
        (f"{LABELS}/query", "labels", "label"),
        (f"{FIELDS}/query", "fields", "extended_field"),
    ):
        validator = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
        rows = shop.ok("POST", path, {"query": {"paging": {"limit": 1000}}})[items]
        assert rows
        assert [error.message for row in rows for error in validator.iter_errors(row)] == []
        assert schema == "contact" or all("id" not in row for row in rows)
