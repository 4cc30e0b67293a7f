from __future__ import annotations

import pytest

from sandbox_support.members import MEMBERS, member


def test_a_new_member_is_linked_to_a_contact(v3):
    created = member(v3, firstName="Ada", phones=["+15555550100"])
    contact = v3.ok("GET", f"/contacts/v4/contacts/{created['contactId']}")["contact"]
    assert contact["memberInfo"]["memberId"] == created["id"]
    assert contact["info"]["name"] == {"first": "Ada"}
    assert v3.code(409, "POST", MEMBERS, {"member": {"loginEmail": "ada@example.com"}}) == "ALREADY_EXISTS"
    assert "member.loginEmail" in v3.violations("POST", MEMBERS, {"member": {"privacyStatus": "PUBLIC"}})


def test_a_known_contact_becomes_the_member(v3):
    info = {"name": {"first": "Ada"}, "emails": {"items": [{"email": "ada@example.com"}]}}
    contact = v3.ok("POST", "/contacts/v4/contacts", {"info": info})["contact"]
    created = member(v3)
    assert created["contactId"] == contact["id"]
    assert created["profile"] == {"nickname": "Ada", "slug": "ada"}


def test_fieldsets_show_more_and_more_of_a_member(v3):
    created = member(v3)
    path = f"{MEMBERS}/{created['id']}"
    public = v3.ok("GET", path)["member"]
    assert public.keys().isdisjoint({"loginEmail", "contactId", "contact"})
    assert public["status"] == "UNKNOWN"
    extended = v3.ok("GET", f"{path}?fieldsets=EXTENDED")["member"]
    assert (extended["status"], extended["contactId"]) == ("APPROVED", created["contactId"])
    assert "contact" not in extended
    assert v3.ok("GET", f"{path}?fieldsets=FULL")["member"] == created
    assert created in v3.ok("POST", f"{MEMBERS}/query", {"fieldsets": "FULL"})["members"]
    assert "fieldsets[0]" in v3.violations("POST", f"{MEMBERS}/query", {"fieldsets": "WHOLE"})


@pytest.mark.parametrize("key", ["sort", "sorting"])
def test_members_are_queried_sorted_and_searched(v3, key):
    ids = [member(v3, f"{name}@example.com", firstName=name)["id"] for name in ("ada", "grace", "jean")]
    order = [{"fieldName": "contact.firstName", "order": "DESC"}]
    answer = v3.ok("POST", f"{MEMBERS}/query", {"query": {key: order, "paging": {"limit": 2}}, "fieldsets": ["FULL"]})
    assert [each["id"] for each in answer["members"]] == [ids[2], ids[1]]
    assert answer["metadata"] == {"count": 2, "offset": 0, "total": 3, "tooManyToCount": False}
    found = v3.ok("POST", f"{MEMBERS}/query", {"query": {}, "search": {"expression": "grace"}})["members"]
    assert [each["id"] for each in found] == [ids[1]]
    # Source: types of Wix's client: of the fields of a search, `profile.nickname` is the default.
    for fields, count in (([], 0), (["loginEmail"], 3), (["profile.nickname", "contact.firstName"], 0)):
        search = {"expression": "example.com", "fields": fields}
        assert len(v3.ok("POST", f"{MEMBERS}/query", {"query": {}, "search": search})["members"]) == count
    listed = v3.ok("GET", f"{MEMBERS}?paging.limit=2&paging.offset=2&fieldsets=FULL")
    assert [each["id"] for each in listed["members"]] == [ids[0]]
    for envelope in ({"filter": {"contact.company": "x"}}, {"sort": [{"fieldName": "id"}]}, {"paging": {"limit": 101}}):
        assert v3.send("POST", f"{MEMBERS}/query", {"query": envelope}).status_code == 400


def test_a_member_changes_without_a_revision(v3):
    created = member(v3, firstName="Ada", phones=["+15555550100"])
    path = f"{MEMBERS}/{created['id']}"
    body = {"member": {"loginEmail": "b@example.com", "contact": {"firstName": "Augusta", "phones": []}}}
    changed = v3.ok("PATCH", path, body)["member"]
    assert (changed["loginEmail"], changed["contact"]["firstName"]) == ("ada@example.com", "Augusta")
    # An empty list changes nothing; clearing is a call of its own.
    assert changed["contact"]["phones"] == ["+15555550100"]
    cleared = v3.ok("PATCH", path, {"member": {"contact": {"firstName": "", "lastName": "Ash"}}})["member"]["contact"]
    assert ("firstName" in cleared, cleared["lastName"]) == (False, "Ash")
    v3.ok("PATCH", path, {"member": {"contact": {"firstName": "Augusta", "lastName": ""}}})
    assert v3.ok("DELETE", f"{path}/phones")["member"]["contact"]["phones"] == []
    contact = v3.ok("GET", f"/contacts/v4/contacts/{created['contactId']}")["contact"]
    assert contact["info"]["name"] == {"first": "Augusta"}


def test_members_are_blocked_muted_and_renamed(v3):
    first, second = member(v3)["id"], member(v3, "b@example.com")["id"]
    assert v3.ok("POST", f"{MEMBERS}/{first}/block")["member"]["status"] == "BLOCKED"
    assert v3.ok("POST", f"{MEMBERS}/{first}/mute")["member"]["activityStatus"] == "MUTED"
    assert v3.ok("POST", f"{MEMBERS}/{first}/slug", {"slug": "queen"})["member"]["profile"]["slug"] == "queen"
    assert v3.code(409, "POST", f"{MEMBERS}/{second}/slug", {"slug": "queen"}) == "SLUG_ALREADY_EXISTS"
    assert v3.ok("POST", f"{MEMBERS}/bulk/approve-by-filter", {"filter": {"status": "BLOCKED"}})["jobId"]
    assert v3.ok("GET", f"{MEMBERS}/{first}?fieldsets=FULL")["member"]["status"] == "APPROVED"


def test_a_deleted_member_leaves_the_contact_which_can_go_then(v3):
    created = member(v3)
    contact = f"/contacts/v4/contacts/{created['contactId']}"
    assert v3.code(428, "DELETE", contact) == "CANNOT_DELETE_MEMBER"
    assert v3.ok("DELETE", f"{MEMBERS}/{created['id']}") == {}
    assert v3.ok("DELETE", contact) == {}
    answer = v3.ok("POST", f"{MEMBERS}/bulk/delete", {"memberIds": [created["id"], member(v3)["id"]]})
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [False, True]


def test_with_a_key_there_is_no_signed_in_member(v3):
    assert v3.send("GET", f"{MEMBERS}/my").status_code == 403


def test_seeded_members_are_those_that_contacts_name(v3_shop):
    named = {
        each["memberInfo"]["memberId"]: each["id"]
        for each in v3_shop.site.store.all("contacts")
        if "memberInfo" in each
    }
    members = v3_shop.ok("GET", f"{MEMBERS}?fieldsets=FULL")["members"]
    assert {each["id"]: each["contactId"] for each in members} == named


def test_a_new_member_takes_over_the_contact_with_its_phone(v3):
    info = {"name": {"first": "Grace"}, "phones": {"items": [{"countryCode": "US", "phone": "555-555-0100"}]}}
    contact = v3.ok("POST", "/contacts/v4/contacts", {"info": info})["contact"]
    assert contact["info"]["phones"]["items"][0]["e164Phone"] == "+15555550100"
    assert member(v3, firstName="Ada", phones=["+15555550100"])["contactId"] == contact["id"]


def test_a_new_member_needs_an_e164_phone(v3):
    body = {"member": {"loginEmail": "ada@example.com", "contact": {"phones": ["555-0100"]}}}
    assert "member.contact.phones[0]" in v3.violations("POST", MEMBERS, body)
