from __future__ import annotations

from sandbox_support.contacts_v5 import BULK, NOBODY, V4, V5, create, person, query, searched


def test_the_first_address_is_the_default_unless_another_one_is(v3):
    """Source: types of Wix's client: "If no address is explicitly set as default, the first address automatically
    becomes the default." """
    made = person(v3, addresses=[{"address": {"city": "A"}}, {"address": {"city": "B"}}])
    path = f"{V5}/{made['id']}"

    assert [each.get("defaultAddress", False) for each in made["addresses"]] == [True, False]
    body = {"revision": made["revision"], "address": {"address": {"city": "C"}, "defaultAddress": True}}
    added = v3.ok("POST", f"{path}/addresses", body)["contact"]
    assert [each.get("defaultAddress", False) for each in added["addresses"]] == [False, False, True]
    revision = added["revision"]
    rest = v3.ok("DELETE", f"{path}/addresses/{added['addresses'][2]['id']}?revision={revision}")["contact"]
    assert [each.get("defaultAddress", False) for each in rest["addresses"]] == [True, False]


def test_the_subscription_of_a_phone_is_kept_while_the_phone_is(v3):
    """Source: `phoneSubscriptionStatus` in the types of Wix's client for bulkUpdateContactSubscriptions."""
    contact = v3.ok("POST", V5, {"contact": {"phone": {"phone": "2015550100", "countryCode": "US"}}})["contact"]
    path = f"{V5}/{contact['id']}"
    assert contact["phone"]["subscriptionStatus"] == {"status": "NOT_SET"}
    body = {"filter": {"id": contact["id"]}, "phoneSubscriptionStatus": "SUBSCRIBED"}
    v3.ok("POST", f"{BULK}/subscriptions/update", body)
    for change, status in (
        ({"name": {"first": "Ada"}}, "SUBSCRIBED"),
        ({"phone": {"phone": "2015550101", "countryCode": "US"}}, "NOT_SET"),
    ):
        revision = v3.ok("GET", path)["contact"]["revision"]
        changed = v3.ok("PATCH", path, {"contact": {"revision": revision, **change}})["contact"]
        assert changed["phone"]["subscriptionStatus"] == {"status": status}


def test_an_update_needs_the_current_revision_and_merges_by_member(v3):
    contact = person(v3, addresses=[{"address": {"city": "A"}}], externalId="CRM-1")
    path = f"{V5}/{contact['id']}"
    assert "contact.revision" in v3.violations("PATCH", path, {"contact": {"name": {"first": "B"}}})
    assert v3.code(409, "PATCH", path, {"contact": {"revision": "7"}}) == "INVALID_REVISION"
    changes = {"revision": "0", "name": {"last": "Ash"}, "addresses": []}
    changed = v3.ok("PATCH", path, {"contact": changes})["contact"]
    assert (changed["name"], changed["addresses"]) == ({"first": "Ada", "last": "Ash"}, [])
    other = {"revision": "1", "externalId": "CRM-2"}
    assert v3.code(400, "PATCH", path, {"contact": other}) == "CANNOT_CHANGE_EXTERNAL_ID"
    assert v3.code(404, "PATCH", f"{V5}/{NOBODY}", {"contact": changes}) == "CONTACT_NOT_FOUND"


def test_a_contact_that_is_a_duplicate_already_may_change_but_none_may_become_one(v3):
    person(v3)
    twin = {"name": {"first": "Twin"}, "email": {"email": "ada@example.com"}}
    contact = v3.ok("POST", V5, {"contact": twin, "allowDuplicates": True})["contact"]
    change = {"contact": {"revision": "0", "name": {"last": "Ash"}, "email": twin["email"]}}
    assert v3.ok("PATCH", f"{V5}/{contact['id']}", change)["contact"]["name"] == {"first": "Twin", "last": "Ash"}
    other = person(v3, "Bob")
    change = {"contact": {"revision": "0", "email": twin["email"]}}
    assert v3.code(409, "PATCH", f"{V5}/{other['id']}", change) == "DUPLICATE_CONTACT_EXISTS"


def test_the_source_of_a_contact_never_changes(v3):
    contact = person(v3, source={"additionalInfo": "fair"})
    change = {"revision": "0", "source": {"additionalInfo": "shop"}}
    changed = v3.ok("PATCH", f"{V5}/{contact['id']}", {"contact": change})["contact"]
    assert changed["source"] == contact["source"] == {"additionalInfo": "fair"}


def upsert(api, mode="OVERWRITE", **contact):
    body = {"contact": {"email": {"email": "ada@example.com"}, **contact}, "upsertMode": mode}
    return api.ok("POST", f"{V5}/upsert", body)


def test_an_upsert_creates_then_updates(v3):
    first = upsert(v3, name={"first": "Ada"})
    again = upsert(v3, name={"first": "Augusta"}, company={"name": "Mill"})
    assert (first["action"], again["action"]) == ("CREATED", "UPDATED")
    assert again["contact"]["id"] == first["contact"]["id"]
    assert (again["contact"]["name"], again["contact"]["revision"]) == ({"first": "Augusta"}, "1")


def test_an_upsert_appends_or_overwrites_by_its_mode(v3):
    addresses = [{"address": {"city": "A"}}]
    upsert(v3, name={"first": "Ada"}, addresses=addresses)
    more = {"name": {"first": "Augusta", "last": "Ash"}, "addresses": [{"address": {"city": "B"}}]}
    appended = upsert(v3, "APPEND", **more)["contact"]
    assert appended["name"] == {"first": "Ada", "last": "Ash"}
    assert [each["address"]["city"] for each in appended["addresses"]] == ["A", "B"]
    both = upsert(v3, "OVERWRITE_APPEND_ARRAYS", name={"first": "Augusta"})["contact"]
    assert both["name"]["first"] == "Augusta"
    body = {"email": {"email": "ash@example.com"}, "externalId": "CRM-1"}
    found = v3.ok("PATCH", f"{V5}/{both['id']}", {"contact": {"revision": both["revision"], "externalId": "CRM-1"}})
    grown = upsert(v3, "APPEND", **body)["contact"]
    assert (grown["id"], grown["email"]["email"]) == (found["contact"]["id"], "ada@example.com")
    assert grown["additionalEmails"] == [{"email": "ash@example.com"}]
    replaced = upsert(v3, **more)["contact"]
    assert [each["address"]["city"] for each in replaced["addresses"]] == ["B"]
    assert "upsertMode" in v3.violations("POST", f"{V5}/upsert", {"contact": {}, "upsertMode": "MERGE"})
    nameless = {"contact": {"email": {"email": "ada@example.com"}, "additionalEmails": [{}]}, "upsertMode": "APPEND"}
    assert any(each.endswith("].email") for each in v3.violations("POST", f"{V5}/upsert", nameless))


def test_members_are_changed_and_deleted_only_on_request(v3):
    member = v3.ok("POST", "/members/v1/members", {"member": {"loginEmail": "ada@example.com"}})["member"]
    path, body = f"{V5}/{member['contactId']}", {"contact": {"email": {"email": "ada@example.com"}}}
    assert v3.code(428, "POST", f"{V5}/upsert", body) == "CANNOT_UPDATE_MEMBER"
    assert v3.ok("POST", f"{V5}/upsert", {**body, "updateMember": True})["action"] == "UPDATED"
    revision = v3.ok("GET", path)["contact"]["revision"]
    other = {"contact": {"revision": revision, "email": {"email": "b@example.com"}}}
    for more in ({}, {"additionalEmails": [{"email": "ada@example.com"}]}):
        other["contact"] |= more
        assert v3.code(428, "PATCH", path, other) == "CANNOT_UPDATE_MEMBER_EMAIL"
    assert v3.code(428, "DELETE", path) == "CANNOT_DELETE_MEMBER"
    v3.ok("DELETE", f"{path}?deleteMember=true")
    assert v3.send("GET", f"/members/v1/members/{member['id']}").status_code == 404


def test_a_deleted_contact_waits_in_the_trash(v3):
    contact = person(v3, externalId="CRM-1")
    path, trash = f"{V5}/{contact['id']}", f"{V5}/trash-bin"
    v3.ok("DELETE", path)
    assert v3.code(404, "GET", path) == "CONTACT_NOT_FOUND"
    assert v3.ok("GET", f"{trash}/{contact['id']}")["contact"] == contact
    assert [each["id"] for each in v3.ok("GET", f"{trash}?email=ada@example.com")["contacts"]] == [contact["id"]]
    assert v3.ok("GET", f"{trash}?externalId=CRM-2")["contacts"] == []
    restored = v3.ok("POST", f"{trash}/{contact['id']}/restore")["contact"]
    assert (restored["externalId"], restored["revision"]) == ("CRM-1", "1")
    v3.ok("DELETE", path)
    v3.ok("DELETE", f"{trash}/{contact['id']}")
    assert v3.send("POST", f"{trash}/{contact['id']}/restore").status_code == 404
    old = person(v3)
    v3.ok("DELETE", f"{V5}/{old['id']}")
    v3.control("POST", "clock", {"shiftSeconds": 91 * 86_400})
    assert v3.ok("GET", trash)["contacts"] == []
    assert v3.send("POST", f"{trash}/{old['id']}/restore").status_code == 404


def test_bulk_calls_have_a_result_for_each_contact(v3):
    contacts = [{"name": {"first": "Ada"}}, {}, {"name": {"first": "Bob"}, "email": {"email": "bob@example.com"}}]
    answer = v3.ok("POST", f"{BULK}/create", {"contacts": contacts, "returnEntity": True})
    errors = [each["itemMetadata"].get("error", {}).get("code") for each in answer["results"]]
    assert errors == [None, "INSUFFICIENT_CONTACT_DATA", None]
    ada, bob = (answer["results"][at]["item"] for at in (0, 2))
    stale = {"contact": {"id": ada["id"], "revision": "5"}}
    good = {"contact": {"id": bob["id"], "revision": "0", "company": {"name": "Mill"}}}
    answer = v3.ok("POST", f"{BULK}/update", {"contacts": [stale, good]})
    errors = [each["itemMetadata"].get("error", {}).get("code") for each in answer["results"]]
    assert (errors, "item" in answer["results"][1]) == (["INVALID_REVISION", None], False)
    items = [{"contact": {"email": {"email": each}}} for each in ("bob@example.com", "new@example.com")]
    answer = v3.ok("POST", f"{BULK}/upsert", {"contacts": items})
    assert [each["action"] for each in answer["results"]] == ["UPDATED", "CREATED"]
    answer = v3.ok("POST", f"{BULK}/delete", {"contactIds": [ada["id"], NOBODY]})
    assert answer["bulkActionMetadata"] == {"totalSuccesses": 1, "totalFailures": 1, "undetailedFailures": 0}
    assert "contacts" in v3.violations("POST", f"{BULK}/create", {"contacts": [{}] * 101})


def test_tags_are_assigned_one_by_one_and_in_bulk(v3):
    contact_id = person(v3)["id"]
    tagged = v3.ok("POST", f"{V5}/{contact_id}/update-tags", {"assignTags": {"privateTags": {"tagIds": ["a", "b"]}}})
    assert tagged["contact"]["tags"] == {"privateTags": {"tagIds": ["a", "b"]}}
    body = {"contactIds": [contact_id], "unassignTags": {"privateTags": {"tagIds": ["a"]}}, "returnEntity": True}
    result = v3.ok("POST", f"{BULK}/update-tags", body)["results"][0]
    assert result["item"]["tags"] == {"privateTags": {"tagIds": ["b"]}}
    assert searched(v3, **{"tags.privateTags.tagIds": {"$hasSome": ["b"]}}) == ["Ada"]
    assert v3.code(400, "POST", f"{V5}/{contact_id}/update-tags", {}) == "EMPTY_ASSIGN_AND_UNASSIGN_LISTS"


def test_emails_phones_and_addresses_are_added_one_by_one(v3):
    contact = person(v3, phone={"phone": "+1 212-555-0100"})
    path = f"{V5}/{contact['id']}"

    def add(name, part, revision, **value):
        return v3.ok("POST", f"{path}/{name}", {part: value, "revision": revision})["contact"]

    assert add("additional-emails", "email", "0", email="b@example.com")["additionalEmails"] == [
        {"email": "b@example.com"}
    ]
    assert add("additional-emails", "email", "1", email="b@example.com")["revision"] == "1"
    assert add("additional-phones", "phone", "1", phone="+1 212-555-0101")["revision"] == "2"
    street = {"streetAddress": {"number": "1", "name": "Main"}}
    added = add("addresses", "address", "2", address={"city": "A", **street}, tag="HOME")["addresses"]
    address = f"{path}/addresses/{added[0]['id']}"
    body = {"address": {"address": {"city": "B", "addressLine": "1 Main"}}, "revision": "3"}
    changed = v3.ok("PATCH", address, body)["contact"]["addresses"][0]
    assert (changed["tag"], changed["id"]) == ("HOME", added[0]["id"])
    assert changed["address"] == body["address"]["address"]
    assert v3.code(409, "DELETE", f"{address}?revision=3") == "INVALID_REVISION"
    assert v3.ok("DELETE", f"{address}?revision=4")["contact"]["addresses"] == []
    assert v3.code(404, "DELETE", f"{address}?revision=5") == "ADDRESS_NOT_FOUND"
    nobody = create(v3, name={"first": "Bob"})["id"]
    body = {"email": {"email": "c@example.com"}, "revision": "0"}
    assert v3.code(400, "POST", f"{V5}/{nobody}/additional-emails", body) == "EMAIL_REQUIRED"


def merge(api, target, *sources, **more):
    body = {"targetContactRevision": target["revision"], "sourceContactIds": [each["id"] for each in sources], **more}
    return api.ok("POST", f"{V5}/{target['id']}/merge", body)["contact"]


def test_a_merge_fills_what_the_target_lacks(v3):
    target, first, second = (
        person(v3),
        person(v3, "Bob", externalId="CRM-1"),
        person(v3, "Cy", timeZone="Europe/Berlin"),
    )
    preview = merge(v3, target, first, second, preview=True)
    assert v3.ok("GET", f"{V5}/{target['id']}")["contact"] == target
    merged = merge(v3, target, first, second)
    assert (merged["externalId"], merged["timeZone"], merged["name"]) == ("CRM-1", "Europe/Berlin", {"first": "Ada"})
    assert [each["email"] for each in merged["additionalEmails"]] == ["bob@example.com", "cy@example.com"]
    assert preview["additionalEmails"] == merged["additionalEmails"]
    assert v3.send("GET", f"{V5}/{first['id']}").status_code == 404
    assert v3.ok("GET", f"{V4}/{first['id']}")["responseType"] == "MERGED"


def test_a_merge_gives_a_target_without_any_its_email_and_phone(v3):
    target = create(v3, name={"first": "Ada"})
    source = person(v3, "Bob", phone={"phone": "+12125550100"})
    for merged in (merge(v3, target, source, preview=True), merge(v3, target, source)):
        assert (merged["email"]["email"], merged["phone"]["e164"]) == ("bob@example.com", "+12125550100")


def test_a_merge_can_say_what_comes_out(v3):
    target, source = person(v3), person(v3, "Bob")
    merged = merge(v3, target, source, targetContact={"name": {"first": "Both"}})
    assert (merged["name"], merged["additionalEmails"]) == ({"first": "Both"}, [])
    path = f"{V5}/{target['id']}/merge"
    again = {"targetContactRevision": merged["revision"], "sourceContactIds": [source["id"]]}
    assert v3.code(404, "POST", path, again) == "SOURCE_NOT_FOUND"
    assert v3.code(400, "POST", path, {**again, "sourceContactIds": [target["id"]]}) == "INVALID_CONTACT_MERGE"


def test_jobs_change_what_a_filter_finds(v3):
    for first in ("Ada", "Adam", "Bob"):
        person(v3, first)
    condition = {"name.first": {"$startsWith": "Ada"}}
    tags = {"privateTags": {"tagIds": ["vip"]}}
    assert v3.ok("POST", f"{BULK}/update-tags-by-filter", {"filter": condition, "assignTags": tags})["jobId"]
    assert searched(v3, **{"tags.privateTags.tagIds": {"$hasAll": ["vip"]}}) == ["Adam", "Ada"]
    v3.ok("POST", f"{BULK}/subscriptions/update", {"filter": condition, "emailSubscriptionStatus": "SUBSCRIBED"})
    assert searched(v3, **{"email.subscriptionStatus.status": "SUBSCRIBED"}) == ["Adam", "Ada"]
    v3.ok("POST", f"{BULK}/delete-by-filter", {"filter": condition})
    assert [each["name"]["first"] for each in query(v3)["contacts"]] == ["Bob"]
    ids = [each["id"] for each in v3.ok("GET", f"{V5}/trash-bin")["contacts"]]
    restored = v3.ok("POST", f"{BULK}/trash-bin/restore", {"contactIds": ids})
    assert restored["bulkActionMetadata"]["totalSuccesses"] == 2
    assert v3.code(400, "POST", f"{BULK}/delete-by-filter", {"filter": {}}) == "NEITHER_FILTER_NOR_SEARCH"
