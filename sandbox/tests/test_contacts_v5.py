from __future__ import annotations

import pytest

from sandbox_support.api import packed
from sandbox_support.contacts_v5 import V4, V5, create, found, person, query, searched
from sandbox_support.schemas import complaints


def test_a_contact_is_flat_and_the_same_as_in_v4(v3):
    contact = create(
        v3,
        name={"first": "Ada", "last": "Ash"},
        email={"email": "ada@example.com"},
        additionalEmails=[{"email": "ash@example.com"}],
        phone={"phone": "+1 212-555-0100", "tag": "MOBILE"},
        addresses=[
            {"address": {"country": "US", "subdivision": "US-NY", "city": "Sampletown"}, "defaultAddress": True}
        ],
        company={"name": "Mill", "jobTitle": "Miller"},
        externalId="CRM-1",
        timeZone="Europe/Berlin",
    )
    assert complaints("contact_v5", [contact]) == []
    assert contact == v3.ok("GET", f"{V5}/{contact['id']}")["contact"]
    assert (contact["revision"], contact["externalId"]) == ("0", "CRM-1")
    assert contact["email"]["subscriptionStatus"] == {"status": "NOT_SET"}
    assert (contact["addresses"][0]["tag"], contact["segmentIds"]) == ("OTHER", [])
    old = v3.ok("GET", f"{V4}/{contact['id']}")["contact"]
    assert [each["email"] for each in old["info"]["emails"]["items"]] == ["ada@example.com", "ash@example.com"]
    assert (old["info"]["company"], old["info"]["phones"]["items"][0]["tag"]) == ("Mill", "MOBILE")
    assert old["info"]["addresses"]["items"][0]["tag"] == "UNTAGGED"


def test_an_email_is_stored_without_blanks_in_lower_case(v3):
    contact = create(v3, email={"email": " Ada@Example.com "}, additionalEmails=[{"email": "Ash@Example.com\n"}])
    assert (contact["email"]["email"], contact["additionalEmails"]) == (
        "ada@example.com",
        [{"email": "ash@example.com"}],
    )
    assert v3.code(409, "POST", V5, {"contact": {"email": {"email": "ADA@example.com"}}}) == "DUPLICATE_CONTACT_EXISTS"


def test_an_address_of_v4_may_be_a_tag_alone(v3):
    info = {"name": {"first": "Ada"}, "addresses": {"items": [{"tag": "HOME"}]}}
    contact = v3.ok("POST", V4, {"info": info})["contact"]
    (address,) = v3.ok("GET", f"{V5}/{contact['id']}")["contact"]["addresses"]
    assert (address["tag"], address["address"]) == ("HOME", {})


def test_additional_emails_and_phones_are_found_apart_from_the_main_ones(v3):
    create(
        v3,
        name={"first": "Ada"},
        email={"email": "ada@example.com"},
        additionalEmails=[{"email": "ash@example.com"}],
        phone={"phone": "+12125550100"},
        additionalPhones=[{"phone": "+12125550101"}],
    )
    for name, main, other in (
        ("additionalEmails.email", "ada@example.com", "ash@example.com"),
        ("additionalPhones.phone", "+12125550100", "+12125550101"),
        ("additionalPhones.e164", "+12125550100", "+12125550101"),
    ):
        assert [searched(v3, **{name: {"$hasSome": [each]}}) for each in (main, other)] == [[], ["Ada"]]
    assert searched(v3, **{"email.email": "ash@example.com"}) == []


def test_every_seeded_contact_can_be_read_in_v5(v3_shop):
    contacts, cursor = [], None
    while cursor is None or cursor:
        page = query(v3_shop, cursorPaging={"limit": 50, **({"cursor": cursor} if cursor else {})})
        contacts += page["contacts"]
        cursor = page["pagingMetadata"]["cursors"].get("next", "")
    assert [each["id"] for each in contacts] == v3_shop.site.ids("contacts")[::-1]
    assert complaints("contact_v5", contacts) == []
    assert any("externalId" in each for each in contacts)


def test_what_v4_knows_alone_survives_a_write_through_v5(v3):
    label = v3.ok("POST", "/contacts/v4/labels", {"displayName": "Red"})["label"]["key"]
    contact = person(v3)
    v3.ok("POST", f"{V4}/{contact['id']}/labels", {"labelKeys": [label]})
    changes = {"revision": "1", "company": {"name": "Mill"}}
    changed = v3.ok("PATCH", f"{V5}/{contact['id']}", {"contact": changes})["contact"]
    assert (changed["revision"], changed["company"]) == ("2", {"name": "Mill"})
    info = v3.ok("GET", f"{V4}/{contact['id']}")["contact"]["info"]
    assert (info["labelKeys"]["items"], info["name"]) == ([label], {"first": "Ada"})


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        ({}, "INSUFFICIENT_CONTACT_DATA"),
        ({"additionalEmails": [{"email": "a@example.com"}]}, "EMAIL_REQUIRED"),
        ({"additionalPhones": [{"phone": "1"}]}, "PHONE_REQUIRED"),
        ({"email": {"email": "a@b.c"}, "additionalEmails": [{"email": "a@b.c"}]}, "DUPLICATE_EMAIL"),
        ({"name": {"first": "A"}, "addresses": [{"address": {"city": "A"}}] * 2}, "DUPLICATE_ADDRESS"),
        ({"name": {"first": "A"}, "timeZone": "yesterday"}, "INVALID_TIME_ZONE"),
        (
            {"addresses": [{"defaultAddress": True, "address": {"city": each}} for each in "AB"]},
            "MULTIPLE_DEFAULT_ADDRESSES",
        ),
    ],
)
def test_bad_contacts_are_refused_with_their_code(v3, contact, code):
    assert v3.code(400, "POST", V5, {"contact": contact}) == code


def test_a_bare_state_code_is_refused_and_a_body_of_v4_dropped(v3):
    body = {"contact": {"name": {"first": "A"}, "addresses": [{"address": {"subdivision": "NY"}}]}}
    assert "contact.addresses[0].address.subdivision" in v3.violations("POST", V5, body)
    body = {"contact": {"name": {"first": "A"}, "emails": {"items": [{"email": "a@example.com"}]}}}
    assert "email" not in v3.ok("POST", V5, body)["contact"]


@pytest.mark.parametrize(
    ("twin", "kind"),
    [
        ({"email": {"email": "ada@example.com"}}, "EMAIL"),
        ({"phone": {"phone": "+1 212-555-0100"}}, "PHONE"),
        ({"email": {"email": "ada@example.com"}, "phone": {"phone": "+1 212-555-0100"}}, "EMAIL_AND_PHONE"),
        ({"name": {"first": "B"}, "externalId": "CRM-1"}, "EXTERNAL_ID"),
    ],
)
def test_a_duplicate_is_refused_with_what_matches(v3, twin, kind):
    contact = person(v3, phone={"phone": "+1 212-555-0100"}, externalId="CRM-1")
    error = v3.refused(409, "POST", V5, {"contact": twin})["details"]["applicationError"]
    assert error["code"] == "DUPLICATE_CONTACT_EXISTS"
    assert error["data"] == {"matchingContactId": contact["id"], "matchType": kind}
    assert v3.ok("POST", V5, {"contact": twin, "allowDuplicates": True})["contact"]["id"] != contact["id"]


def test_contacts_are_read_incrementally_oldest_first(v3_shop):
    stamps = sorted(each["updatedDate"] for each in v3_shop.site.store.all("contacts"))
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    page = query(v3_shop, filter={"updatedDate": {"$gte": stamps[100]}}, sort=sort)
    assert [each["updatedDate"] for each in page["contacts"]] == stamps[100:]
    for refused in ({"sort": [{"fieldName": "updatedDate", "order": "DESC"}]}, {"filter": {"name.first": "Ada"}}):
        assert v3_shop.send("POST", f"{V5}/query", {"query": refused}).status_code == 400


def test_a_short_query_goes_as_get(v3):
    person(v3)
    body = packed({"query": {"filter": {"email.email": "ada@example.com"}}})
    assert len(v3.ok("GET", f"{V5}/query?.r={body}")["contacts"]) == 1


def test_filters_reach_what_only_v5_knows(v3):
    person(v3, "Ada", externalId="CRM-1", timeZone="Europe/Berlin")
    person(v3, "Bob", externalId="CRM-2")
    person(v3, "Cy")
    assert found(v3, externalId={"$in": ["CRM-2", "CRM-9"]}) == ["Bob"]
    assert found(v3, externalId={"$exists": False}) == ["Cy"]
    assert found(v3, externalId="CRM-9") == []
    assert searched(v3, timeZone={"$ne": "Europe/Berlin"}) == ["Cy", "Bob"]
    either = [{"timeZone": "Europe/Berlin"}, {"name.first": "Cy"}]
    assert searched(v3, **{"$or": either}) == ["Cy", "Ada"]
    assert v3.ok("POST", f"{V5}/count", {"filter": {"timeZone": {"$exists": True}}}) == {"count": 1}
    assert v3.ok("POST", f"{V5}/count", {"search": "bob"}) == {"count": 1}
    named = {"search": {"search": {"expression": "bob", "fields": ["name.full"]}}}
    assert [each["name"] for each in v3.ok("POST", f"{V5}/search", named)["contacts"]] == [{"first": "Bob"}]


def test_only_the_first_page_of_a_search_has_the_total(v3):
    for name in ("Ada", "Bob", "Cy"):
        person(v3, name)

    def total(member, **paging):
        asked = {member: {"cursorPaging": {"limit": 2, **paging}}}
        page = v3.ok("POST", f"{V5}/{member}", asked)["pagingMetadata"]
        return page.get("total"), page["cursors"].get("next")

    found, cursor = total("search")
    assert (found, total("search", cursor=cursor)[0], total("query")[0]) == (3, None, None)


def test_matching_contacts_come_strongest_first(v3):
    first, second = person(v3, "Ada"), person(v3, "Bob", externalId="CRM-1")
    path = f"{V5}/find-matching?externalId=CRM-1&email=ada@example.com"
    assert [each["id"] for each in v3.ok("GET", path)["contacts"]] == [second["id"], first["id"]]
    assert v3.code(400, "GET", f"{V5}/find-matching") == "NO_IDENTIFIER_PROVIDED"
