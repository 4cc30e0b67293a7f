from __future__ import annotations

import pytest

CONTACTS = "/contacts/v4/contacts"
BULK = "/contacts/v4/bulk/contacts"
JOBS = "/contacts/v4/bulk/jobs"
NOBODY = "00000000-0000-4000-8000-000000000000"


def contact(api, first, *emails, **info):
    items = [{"email": each} for each in emails]
    body = {"name": {"first": first}, "emails": {"items": items}, **info}
    return api.ok("POST", CONTACTS, {"info": body})["contact"]


def stored(api, contact_id):
    return api.ok("GET", f"{CONTACTS}/{contact_id}")["contact"]


def label(api, name):
    return api.ok("POST", "/contacts/v4/labels", {"displayName": name})["label"]["key"]


def emails(info):
    return [each["email"] for each in info["emails"]["items"]]


def merge(api, target, *sources):
    body = {"targetContactRevision": target["revision"], "sourceContactIds": [each["id"] for each in sources]}
    return api.ok("POST", f"{CONTACTS}/{target['id']}/merge", body)["contact"]


def test_a_merge_keeps_the_target_and_appends_the_sources_in_order(v3):
    red, blue = label(v3, "Red"), label(v3, "Blue")
    target = contact(v3, "Ada", "a@example.com", labelKeys={"items": [red]})
    first = contact(v3, "Augusta", "b@example.com", company="Mill", labelKeys={"items": [red, blue]})
    second = contact(v3, "Byron", "c@example.com", company="Loom")
    preview = {"sourceContactIds": [first["id"], second["id"]]}
    seen = v3.ok("POST", f"{CONTACTS}/{target['id']}/preview-merge", preview)["contact"]
    assert stored(v3, target["id"]) == target
    merged = merge(v3, target, first, second)
    assert merged["info"] == seen["info"]
    assert emails(merged["info"]) == ["a@example.com", "b@example.com", "c@example.com"]
    assert (merged["info"]["name"], merged["info"]["company"]) == ({"first": "Ada"}, "Mill")
    assert merged["info"]["labelKeys"]["items"] == [red, blue]
    assert (merged["revision"], merged["primaryInfo"]["email"]) == (1, "a@example.com")


def test_only_get_still_knows_a_contact_that_was_merged_away(v3):
    first, second, third = (contact(v3, each, f"{each}@example.com") for each in ("a", "b", "c"))
    merge(v3, stored(v3, second["id"]), first)
    merge(v3, third, second)
    answer = v3.ok("GET", f"{CONTACTS}/{first['id']}")
    assert (answer["responseType"], answer["contact"]["id"]) == ("MERGED", third["id"])
    assert v3.ok("GET", f"{CONTACTS}/{third['id']}")["responseType"] == "REGULAR"
    body = {"revision": 0, "info": {"company": "Mill"}}
    assert v3.code(404, "PATCH", f"{CONTACTS}/{first['id']}", body) == "CONTACT_NOT_FOUND"
    found = v3.ok("POST", f"{CONTACTS}/query", {"query": {}})["contacts"]
    assert [each["id"] for each in found] == [third["id"]]


def test_merges_that_cannot_be_are_refused(v3):
    target, source = contact(v3, "Ada", "a@example.com"), contact(v3, "Bob", "b@example.com")
    path = f"{CONTACTS}/{target['id']}/merge"
    v3.ok("POST", "/members/v1/members", {"member": {"loginEmail": "b@example.com"}})

    def code(status, *ids, revision=0):
        body = {"targetContactRevision": revision, "sourceContactIds": list(ids)}
        return v3.code(status, "POST", path, body)

    assert code(400, target["id"]) == "ILLEGAL_MERGE"
    assert code(404, NOBODY) == "CONTACT_NOT_FOUND"
    assert code(409, source["id"], revision=7) == "CONTACT_ALREADY_CHANGED"
    assert code(428, source["id"]) == "FAILED_PRECONDITION"
    assert "sourceContactIds" in v3.violations("POST", path, {"targetContactRevision": 0, "sourceContactIds": []})


def test_a_job_updates_what_a_filter_finds(v3):
    ids = [contact(v3, first, f"{first}@example.com")["id"] for first in ("Ada", "Ada2", "Bob")]
    body = {"filter": {"info.name.first": {"$startsWith": "Ada"}}, "info": {"company": "Mill"}}
    job = v3.ok("GET", f"{JOBS}/{v3.ok('POST', f'{BULK}/update', body)['jobId']}")["job"]
    counts = {"totalItems": 2, "processedCount": 2, "failedCount": 0, "errors": []}
    assert {"type": "UPDATE", "status": "COMPLETED", **counts}.items() <= job.items()
    assert [stored(v3, each)["info"].get("company") for each in ids] == ["Mill", "Mill", None]


def test_a_job_deletes_what_a_search_finds_but_no_members(v3):
    plain, member = contact(v3, "Ada", "a@example.com"), contact(v3, "Ada", "b@example.com")
    v3.ok("POST", "/members/v1/members", {"member": {"loginEmail": "b@example.com"}})
    job_id = v3.ok("POST", f"{BULK}/delete", {"search": "Ada"})["jobId"]
    job = v3.ok("GET", f"{JOBS}/{job_id}")["job"]
    assert (job["failedCount"], job["errors"][0]["errorCode"]) == (1, "CANNOT_DELETE_SITE_MEMBERS")
    assert v3.send("GET", f"{CONTACTS}/{plain['id']}").status_code == 404
    stored(v3, member["id"])


def test_a_job_adds_and_removes_labels(v3):
    red, blue = label(v3, "Red"), label(v3, "Blue")
    ada = contact(v3, "Ada", "a@example.com", labelKeys={"items": [red]})
    body = {"filter": {"info.name.first": "Ada"}, "labelKeysToAdd": [blue], "labelKeysToRemove": [red]}
    v3.ok("POST", f"{BULK}/add-remove-labels", body)
    assert stored(v3, ada["id"])["info"]["labelKeys"] == {"items": [blue]}
    jobs = v3.ok("GET", JOBS)["jobs"]
    assert [each["type"] for each in jobs] == ["ADD_LABELS"]
    assert v3.send("GET", f"{JOBS}/{NOBODY}").status_code == 404


@pytest.mark.parametrize("name", ["delete", "update", "add-remove-labels"])
def test_a_job_needs_a_filter_or_a_search(v3, name):
    assert v3.code(400, "POST", f"{BULK}/{name}", {"info": {"company": "x"}}) == "NEITHER_FILTER_NOR_SEARCH"


def test_facets_count_what_their_filters_find(v3_shop):
    facets = v3_shop.ok("GET", f"{CONTACTS}/facets")["facets"]
    assert {each["facetType"] for each in facets} == {
        "ALL_CONTACTS",
        "LABEL",
        "SUBSCRIPTION_STATUS",
        "MEMBERSHIP_STATUS",
    }
    assert "place" not in facets[0]
    for facet in facets:
        query = {"query": {"filter": facet["queryFilter"], "paging": {"limit": 1}}}
        found = v3_shop.ok("POST", f"{CONTACTS}/query", query)["pagingMetadata"]["total"]
        assert found == facet["count"], facet
    subscribed = {"info.extendedFields.emailSubscriptions.subscriptionStatus": "SUBSCRIBED"}
    answer = v3_shop.ok("POST", f"{CONTACTS}/facets/query", {"filter": subscribed, "paging": {"limit": 2}})
    by_type = {each["facetType"]: each["count"] for each in facets if each.get("facetKey") == "subscribed"}
    assert answer["facets"][0]["count"] == by_type["SUBSCRIPTION_STATUS"]
    assert answer["pagingMetadata"]["count"] == 2
    refused = v3_shop.violations("POST", f"{CONTACTS}/facets/query", {"filter": {"info.company": "x"}})
    assert refused["value"]["description"] == "Field 'info.company' is not declared as filterable"


def test_a_submitted_contact_is_found_by_its_email_or_created(v3):
    def submit(**info):
        return v3.ok("POST", "/contacts/v4/contact-submit", {"info": info})

    mail = {"items": [{"email": "a@example.com"}]}
    new = submit(name={"first": "Ada"}, emails=mail)
    assert (new["identityType"], new["newContact"]) == ("CONTACT", True)
    again = submit(name={"first": "Augusta"}, emails=mail, phones={"items": [{"phone": "+1 212-555-0100"}]})
    assert (again["contactId"], again["newContact"]) == (new["contactId"], False)
    info = stored(v3, new["contactId"])["info"]
    assert (info["name"], info["phones"]["items"][0]["phone"]) == ({"first": "Ada"}, "+1 212-555-0100")
    v3.ok("POST", "/members/v1/members", {"member": {"loginEmail": "a@example.com"}})
    assert submit(name={"first": "Ada"}, emails=mail)["identityType"] == "NOT_AUTHENTICATED_MEMBER"


def test_an_address_that_has_only_a_tag_is_appended_to_the_others(v3):
    mail = {"items": [{"email": "a@example.com"}]}
    for addresses in ([{"tag": "HOME"}], [{"tag": "WORK", "address": {"city": "Haifa"}}]):
        info = {"emails": mail, "addresses": {"items": addresses}}
        contact_id = v3.ok("POST", "/contacts/v4/contact-submit", {"info": info})["contactId"]
    assert [each["tag"] for each in stored(v3, contact_id)["info"]["addresses"]["items"]] == ["HOME", "WORK"]
