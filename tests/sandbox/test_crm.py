from __future__ import annotations

import pytest

from tests.sandbox.test_schemas import complaints
from wix_sandbox.auth import ACCOUNT_ID, SITE_ID
from wix_sandbox.resources.forms_store import CONTACT_FORM, WHOLESALE_FORM

MEMBERS = "/members/v1/members"
FORMS = "/form-submission-service/v4"
NAMESPACE = "wix.form_app.form"
MESSAGES = "/inbox/v2/messages"
CONVERSATIONS = "/inbox/v2/conversations"
NOBODY = "00000000-0000-4000-8000-000000000000"


def member(api, email="ada@example.com", **contact):
    return api.ok("POST", MEMBERS, {"member": {"loginEmail": email, "contact": contact}})["member"]


def submission(api, form=CONTACT_FORM, **values):
    values = values or {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    body = {"submission": {"formId": form, "submissions": values}}
    return api.ok("POST", f"{FORMS}/submissions", body)["submission"]


def submissions(api, **envelope):
    envelope = {"filter": {"namespace": NAMESPACE}, **envelope}
    return api.ok("POST", f"{FORMS}/submissions/namespace/query", {"query": envelope})


def test_a_new_member_is_linked_to_a_contact(v3):
    created = member(v3, firstName="Ada", phones=["+1 555-0100"])
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


@pytest.mark.parametrize("key", ["sort", "sorting"])
def test_members_are_queried_sorted_and_searched(v3, key):
    ids = [member(v3, f"{name}@example.com", firstName=name)["id"] for name in ("ada", "grace", "jean")]
    order = [{"fieldName": "contact.firstName", "order": "DESC"}]
    answer = v3.ok("POST", f"{MEMBERS}/query", {"query": {key: order, "paging": {"limit": 2}}, "fieldsets": "FULL"})
    assert [each["id"] for each in answer["members"]] == [ids[2], ids[1]]
    assert answer["metadata"] == {"count": 2, "offset": 0, "total": 3, "tooManyToCount": False}
    found = v3.ok("POST", f"{MEMBERS}/query", {"query": {}, "search": {"expression": "grace"}})["members"]
    assert [each["id"] for each in found] == [ids[1]]
    listed = v3.ok("GET", f"{MEMBERS}?paging.limit=2&paging.offset=2&fieldsets=FULL")
    assert [each["id"] for each in listed["members"]] == [ids[0]]
    for envelope in ({"filter": {"contact.company": "x"}}, {"sort": [{"fieldName": "id"}]}, {"paging": {"limit": 101}}):
        assert v3.send("POST", f"{MEMBERS}/query", {"query": envelope}).status_code == 400


def test_a_member_changes_without_a_revision(v3):
    created = member(v3, firstName="Ada", phones=["+1 555-0100"])
    path = f"{MEMBERS}/{created['id']}"
    body = {"member": {"loginEmail": "b@example.com", "contact": {"firstName": "Augusta", "phones": []}}}
    changed = v3.ok("PATCH", path, body)["member"]
    assert (changed["loginEmail"], changed["contact"]["firstName"]) == ("ada@example.com", "Augusta")
    # An empty list changes nothing; clearing is a call of its own.
    assert changed["contact"]["phones"] == ["+1 555-0100"]
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


def test_nobody_is_signed_in_with_a_key(v3):
    assert v3.send("GET", f"{MEMBERS}/my").status_code == 403


def test_seeded_members_are_those_that_contacts_name(v3_shop):
    named = {
        each["memberInfo"]["memberId"]: each["id"]
        for each in v3_shop.site.store.all("contacts")
        if "memberInfo" in each
    }
    members = v3_shop.ok("GET", f"{MEMBERS}?fieldsets=FULL")["members"]
    assert {each["id"]: each["contactId"] for each in members} == named


def test_a_submission_is_stored_confirmed_and_unseen(v3):
    created = submission(v3)
    assert (created["status"], created["seen"], created["namespace"]) == ("CONFIRMED", False, NAMESPACE)
    for prefix in (FORMS, "/forms/v4"):
        assert v3.ok("GET", f"{prefix}/submissions/{created['id']}")["submission"] == created


def test_submissions_are_checked_against_their_form(v3):
    body = {"submission": {"formId": CONTACT_FORM, "submissions": {"first_name_f409": "Ada", "shoe_size": 39}}}
    violation = v3.violations("POST", f"{FORMS}/submissions", body)["submission.submissions"]
    assert (violation["violatedRule"], violation["ruleName"]) == ("OTHER", "SUBMISSION_VALIDATION")
    errors = {each["errorPath"]: each["errorType"] for each in violation["data"]["errors"]}
    assert errors == {"shoe_size": "UNKNOWN_VALUE_ERROR", "email_9c1e": "REQUIRED_VALUE_ERROR"}
    body = {"submission": {"formId": NOBODY, "submissions": {}}}
    assert v3.code(404, "POST", f"{FORMS}/submissions", body) == "FORM_NOT_FOUND"


def test_submissions_are_queried_within_a_namespace(v3_shop):
    stored = list(v3_shop.site.store.all("form_submissions"))
    assert len(stored) == 24
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    first = submissions(v3_shop, sort=sort, cursorPaging={"limit": 20})
    cursor = {"cursorPaging": {"cursor": first["metadata"]["cursors"]["next"], "limit": 20}}
    rest = v3_shop.ok("POST", f"{FORMS}/submissions/namespace/query", {"query": cursor})
    assert [each["id"] for each in first["submissions"] + rest["submissions"]] == [each["id"] for each in stored]
    assert rest["metadata"]["hasNext"] is False
    found = submissions(v3_shop, filter={"namespace": {"$eq": NAMESPACE}, "formId": WHOLESALE_FORM})["submissions"]
    assert len(found) == 6
    built = {"$and": [{"namespace": NAMESPACE}, {"formId": WHOLESALE_FORM}]}
    assert submissions(v3_shop, filter=built)["submissions"] == found
    violations = v3_shop.violations("POST", f"{FORMS}/submissions/namespace/query", {"query": {}})
    assert "query.filter.namespace" in violations
    own = {"query": {"filter": {"namespace": NAMESPACE}}, "onlyYourOwn": True}
    assert v3_shop.ok("POST", "/forms/v4/submissions/namespace/query", own)["submissions"] == []


def test_submissions_are_counted_for_each_form(v3_shop):
    body = {"formIds": [CONTACT_FORM, NOBODY], "namespace": NAMESPACE}
    counts = v3_shop.ok("POST", f"{FORMS}/submissions/count", body)["formsSubmissionsCount"]
    assert counts == [
        {"formId": CONTACT_FORM, "totalCount": 18, "unseenCount": 12},
        {"formId": NOBODY, "totalCount": 0, "unseenCount": 0},
    ]
    body = {"filter": {"namespace": NAMESPACE, "formId": WHOLESALE_FORM}}
    counts = v3_shop.ok("POST", f"{FORMS}/submissions/count-by-filter", body)["formsSubmissionsCount"]
    assert [(each["formId"], each["totalCount"]) for each in counts] == [(WHOLESALE_FORM, 6)]


def test_an_update_of_a_submission_needs_form_and_revision(v3):
    created = submission(v3)
    path = f"{FORMS}/submissions/{created['id']}"
    assert "submission.formId" in v3.violations("PATCH", path, {"submission": {"revision": "1"}})
    change = {"formId": CONTACT_FORM, "revision": "1", "submissions": {"message_77b0": "Hello"}}
    changed = v3.ok("PATCH", path, {"submission": change})["submission"]
    assert (changed["revision"], changed["submissions"]["first_name_f409"]) == ("2", "Ada")
    assert v3.code(409, "PATCH", path, {"submission": change}) == "INVALID_REVISION"


def test_a_deleted_submission_waits_in_the_trash(v3):
    created = submission(v3)
    path, trash = f"{FORMS}/submissions/{created['id']}", f"{FORMS}/submissions/trash-bin"
    v3.ok("DELETE", path)
    assert v3.send("GET", path).status_code == 404
    listed = v3.ok("GET", f"{trash}?formId={CONTACT_FORM}&namespace={NAMESPACE}")
    assert [each["id"] for each in listed["submissions"]] == [created["id"]]
    assert listed["pagingMetadata"]["count"] == 1
    counted = v3.ok("POST", f"{trash}/count", {"formIds": [CONTACT_FORM], "namespace": NAMESPACE})
    assert counted == {"formsDeletedSubmissionsCount": [{"formId": CONTACT_FORM, "totalCount": 1}]}
    restored = v3.ok("POST", f"{trash}/{created['id']}/restore")["submission"]
    assert restored["revision"] == "2"
    v3.ok("DELETE", path)
    removal = {"formId": CONTACT_FORM, "submissionIds": [created["id"], NOBODY]}
    answer = v3.ok("POST", f"{trash}/delete", removal)
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False]
    path = f"{FORMS}/submissions/{submission(v3)['id']}"
    v3.ok("DELETE", f"{path}?permanent=true")
    assert v3.send("GET", f"{trash}/{created['id']}").status_code == 404


def test_a_pending_submission_is_confirmed_once(v3):
    body = {"formId": CONTACT_FORM, "status": "PENDING", "submissions": {"first_name_f409": "A", "email_9c1e": "a@b.c"}}
    created = v3.ok("POST", f"{FORMS}/submissions", {"submission": body})["submission"]
    path = f"{FORMS}/submissions/{created['id']}/confirm"
    assert v3.ok("POST", path)["submission"]["status"] == "CONFIRMED"
    assert v3.send("POST", path).status_code == 404


def test_submissions_are_seen_and_deleted_in_bulk(v3):
    ids = [submission(v3)["id"] for _ in range(2)]
    assert v3.ok("POST", f"{FORMS}/bulk/submissions/mark-as-seen", {"formId": CONTACT_FORM, "ids": ids}) == {}
    assert all(each["seen"] for each in submissions(v3)["submissions"])
    body = {"formId": CONTACT_FORM, "submissionIds": [*ids, NOBODY], "permanent": True}
    answer = v3.ok("POST", f"{FORMS}/bulk/submissions/delete", body)
    assert answer["bulkActionMetadata"] == {"totalSuccesses": 2, "totalFailures": 1, "undetailedFailures": 0}
    assert v3.ok(
        "POST",
        f"{FORMS}/submissions/media-upload-url",
        {"formId": CONTACT_FORM, "filename": "a.png", "mimeType": "image/png"},
    )["uploadUrl"]


def test_a_conversation_is_got_or_created_for_a_contact(v3):
    contact_id = member(v3)["contactId"]
    body = {"participantId": {"contactId": contact_id}}
    first, again = v3.ok("POST", CONVERSATIONS, body), v3.ok("POST", CONVERSATIONS, body)
    assert (first["newConversation"], again["newConversation"]) == (True, False)
    path = f"{CONVERSATIONS}/{first['conversation']['id']}"
    assert v3.ok("GET", path)["conversation"] == first["conversation"]
    assert first["conversation"]["participant"]["contactId"] == contact_id
    assert v3.code(404, "POST", CONVERSATIONS, {"participantId": {"contactId": NOBODY}}) == "CONTACT_NOT_FOUND"
    assert "participantId" in v3.violations("POST", CONVERSATIONS, {"participantId": {}})


def said(api, conversation, text, visibility="BUSINESS_AND_PARTICIPANT", **more):
    message = {
        "content": {"basic": {"items": [{"text": text}]}},
        "visibility": visibility,
        "direction": "BUSINESS_TO_PARTICIPANT",
    }
    return api.ok("POST", MESSAGES, {"conversationId": conversation, "message": message, **more})["message"]


def test_messages_are_listed_newest_first_to_whom_may_see_them(v3):
    contact_id = member(v3)["contactId"]
    conversation = v3.ok("POST", CONVERSATIONS, {"participantId": {"contactId": contact_id}})["conversation"]["id"]
    sent = [said(v3, conversation, text)["id"] for text in ("one", "two", "three")]
    note = said(v3, conversation, "for us", visibility="BUSINESS", sendNotifications=True)["id"]
    assert len({*sent, note}) == 4
    assert v3.control("GET", "effects")["effects"][-1]["about"] == "new message"
    where = f"{MESSAGES}?conversationId={conversation}"
    everything = v3.ok("GET", f"{where}&visibility=BUSINESS")["messages"]
    assert [each["id"] for each in everything] == [note, *reversed(sent)]
    assert "conversationId" not in everything[0]
    first = v3.ok("GET", f"{where}&visibility=BUSINESS_AND_PARTICIPANT&paging.limit=2")
    cursor = first["pagingMetadata"]["cursors"]["next"]
    rest = v3.ok("GET", f"{where}&visibility=BUSINESS_AND_PARTICIPANT&paging.limit=2&paging.cursor={cursor}")
    assert [each["id"] for each in first["messages"] + rest["messages"]] == sent[::-1]
    assert "next" not in rest["pagingMetadata"]["cursors"]
    oldest = v3.ok("GET", f"{where}&visibility=BUSINESS&sorting.order=ASC&paging.limit=1")["messages"]
    assert [each["id"] for each in oldest] == sent[:1]


def test_messages_need_a_visibility_a_conversation_and_small_pages(v3_shop):
    conversation = v3_shop.site.ids("inbox_conversations")[0]
    where = f"{MESSAGES}?conversationId={conversation}"
    assert "visibility" in v3_shop.violations("GET", where)
    assert v3_shop.send("GET", f"{where}&visibility=BUSINESS&paging.limit=31").status_code == 400
    unknown = f"{MESSAGES}?conversationId={NOBODY}&visibility=BUSINESS"
    assert v3_shop.code(404, "GET", unknown) == "CONVERSATION_NOT_FOUND"
    assert len(v3_shop.ok("GET", f"{where}&visibility=BUSINESS")["messages"]) == 16


def test_the_site_list_is_for_keys_with_the_account(v3):
    path, key = "/site-list/v2/sites/query", v3.site.config()["api_key"]
    answer = v3.send("POST", path, {"query": {}}, {"Authorization": key, "wix-account-id": ACCOUNT_ID})
    assert [each["id"] for each in answer.json()["sites"]] == [SITE_ID]
    assert answer.json()["metadata"] == {"count": 1, "cursors": {}, "hasNext": False}
    assert v3.send("POST", path, {"query": {}}).status_code == 403
    both = {"Authorization": key, "wix-account-id": ACCOUNT_ID, "wix-site-id": SITE_ID}
    assert v3.send("POST", "/stores/v3/products/query", {}, both).status_code == 200
    assert v3.send("POST", path, {"query": {}}, both).status_code == 200


def test_the_app_instance_is_for_apps(v3):
    config = v3.site.app_config()
    names = {"app_id": "client_id", "app_secret": "client_secret", "instance_id": "instance_id"}
    body = {names[name]: config[name] for name in names} | {"grant_type": "client_credentials"}
    token = v3.session.post(f"{v3.site.url}/oauth2/token", json=body, timeout=10).json()["access_token"]
    answer = v3.send("GET", "/apps/v1/instance", None, {"Authorization": token}).json()
    assert (answer["instance"]["instanceId"], answer["site"]["siteId"]) == (config["instance_id"], SITE_ID)
    assert v3.send("GET", "/apps/v1/instance").json() == {"message": "", "details": {}}
    assert v3.send("POST", "/site-list/v2/sites/query", {}, {"Authorization": token}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/ecom/v1/orders/x/cancel", {"customMessage": ""}, "customMessage"),
        ("POST", "/ecom/v1/payments/list-by-ids", {"orderIds": []}, "orderIds"),
        ("POST", "/contacts/v4/labels", {"displayName": "x" * 181}, "displayName"),
        ("POST", "/contacts/v5/contacts/upsert", {}, "contact"),
        ("GET", f"{FORMS}/submissions/trash-bin", None, "formId"),
        ("GET", f"{MEMBERS}?fieldsets=EVERYTHING", None, "fieldsets[0]"),
    ],
)
def test_members_of_requests_are_checked_as_declared(v3, method, path, body, field):
    assert field in v3.violations(method, path, body)


def test_notes_are_read_contact_by_contact(v3_shop, v3):
    note = next(iter(v3_shop.site.store.all("notes")))
    body = {"query": {}, "contactId": note["contactId"]}
    assert v3_shop.ok("POST", "/crm/notes/v2/notes/query", body)["notes"] == [note]
    assert v3_shop.code(400, "POST", "/crm/notes/v2/notes/query", {"query": {}}) == "MISSING_CONTACT_ID"
    contact_id = member(v3)["contactId"]
    new = v3.ok("POST", "/crm/notes/v2/notes", {"note": {"contactId": contact_id, "text": "Hello"}})["note"]
    assert (new["type"], new["revision"]) == ("NOT_SET", "1")
    change = {"note": {"revision": "1", "text": "Bye"}}
    assert v3.ok("PATCH", f"/crm/notes/v2/notes/{new['id']}", change)["note"]["text"] == "Bye"
    assert v3.code(404, "POST", "/crm/notes/v2/notes", {"note": {"contactId": NOBODY}}) == "CONTACT_NOT_FOUND"


def test_tasks_are_queried_by_status_and_counted(v3_shop):
    sort = [{"fieldName": "dueDate", "order": "ASC"}]
    query = {"query": {"filter": {"status": "COMPLETED"}, "sort": sort}}
    done = v3_shop.ok("POST", "/crm/tasks/v2/tasks/query", query)["tasks"]
    assert [each["dueDate"] for each in done] == sorted(each["dueDate"] for each in done)
    assert all(each["contact"]["email"] for each in done)
    counted = v3_shop.ok("POST", "/crm/tasks/v2/tasks/count", {"filter": {"status": "COMPLETED"}})
    assert counted == {"count": len(done)}


def test_an_attachment_appears_once_its_bytes_are_put(v3):
    contact_id = member(v3)["contactId"]
    path = f"/contacts/v4/attachments/{contact_id}"
    body = {"fileName": "plan.png", "mimeType": "image/png"}
    url = v3.ok("POST", f"{path}/upload-url", body)["uploadUrl"]
    assert v3.ok("GET", path)["attachments"] == []
    assert v3.session.put(url, data=b"\x89PNG", timeout=10).status_code == 200
    assert v3.session.put(url, data=b"\x89PNG", timeout=10).status_code == 404
    listed = v3.ok("GET", path)
    assert listed["metadata"] == {"count": 1, "offset": 0, "total": 1, "tooManyToCount": False}
    attachment = listed["attachments"][0]
    assert {**body, "attachmentType": "IMAGE"}.items() <= attachment.items()
    assert complaints("contact_attachment", [attachment]) == []
    assert v3.ok("GET", f"{path}/{attachment['id']}")["attachment"] == attachment
    v3.ok("DELETE", f"{path}/{attachment['id']}")
    assert v3.send("GET", f"{path}/{attachment['id']}").status_code == 404
    assert "mimeType" in v3.violations("POST", f"{path}/upload-url", {"fileName": "plan.png"})
