from __future__ import annotations

import pytest

from sandbox_support.members import member
from sandbox_support.schemas import complaints
from wix_sandbox.auth import ACCOUNT_ID, SITE_ID

MEMBERS = "/members/v1/members"
FORMS = "/form-submission-service/v4"
MESSAGES = "/inbox/v2/messages"
CONVERSATIONS = "/inbox/v2/conversations"
NOBODY = "00000000-0000-4000-8000-000000000000"


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


def test_old_examples_in_snake_case_are_understood(v3):
    contact_id = member(v3)["contactId"]
    conversation = v3.ok("POST", CONVERSATIONS, {"participant_id": {"contact_id": contact_id}})["conversation"]["id"]
    message = {
        "content": {"basic": {"items": [{"text": "hello"}]}, "preview_text": "hello"},
        "visibility": "BUSINESS",
        "direction": "BUSINESS_TO_PARTICIPANT",
    }
    body = {"conversation_id": conversation, "message": message, "send_notifications": True, "send_as": "BUSINESS_USER"}
    assert v3.ok("POST", MESSAGES, body)["message"]["content"]["previewText"] == "hello"
    assert v3.control("GET", "effects")["effects"][-1]["conversationId"] == conversation
    assert v3.refused(400, "POST", MESSAGES, {**body, "conversation_id": None, "conversation-id": conversation})
    assert v3.control("GET", "journal")["requests"][-1]["unknown"] == ["conversation-id"]


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
    token = v3.session.post(f"{v3.site.url}/oauth2/token", json=body, timeout=60).json()["access_token"]
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
        ("GET", "/contacts/v4/labels?namespace=ab", None, "namespace"),
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
    # Source: the types of `@wix/auto_sdk_crm_notes` mark `contactId` as immutable.
    change = {"note": {"revision": "2", "contactId": member(v3, "other@example.com")["contactId"]}}
    assert v3.ok("PATCH", f"/crm/notes/v2/notes/{new['id']}", change)["note"]["contactId"] == contact_id
    assert v3.code(404, "POST", "/crm/notes/v2/notes", {"note": {"contactId": NOBODY}}) == "CONTACT_NOT_FOUND"


def test_later_pages_of_notes_need_no_contact(v3):
    """Source: types of `@wix/auto_sdk_crm_notes`: "Required when not using cursor pagination"."""
    ours, other = member(v3)["contactId"], member(v3, "other@example.com")["contactId"]
    for at, contact_id in enumerate([ours, other, ours, other, ours]):
        v3.ok("POST", "/crm/notes/v2/notes", {"note": {"contactId": contact_id, "text": f"Note {at}"}})
    paging = {"cursorPaging": {"limit": 2}}
    page = v3.ok("POST", "/crm/notes/v2/notes/query", {"query": paging, "contactId": ours})
    paging["cursorPaging"]["cursor"] = page["pagingMetadata"]["cursors"]["next"]
    rest = v3.ok("POST", "/crm/notes/v2/notes/query", {"query": paging})
    assert [each["text"] for each in page["notes"] + rest["notes"]] == ["Note 4", "Note 2", "Note 0"]


def test_tasks_are_queried_by_status_and_counted(v3_shop):
    sort = [{"fieldName": "dueDate", "order": "ASC"}]
    query = {"query": {"filter": {"status": "COMPLETED"}, "sort": sort}}
    done = v3_shop.ok("POST", "/crm/tasks/v2/tasks/query", query)["tasks"]
    assert [each["dueDate"] for each in done] == sorted(each["dueDate"] for each in done)
    assert all(each["contact"]["email"] for each in done)
    counted = v3_shop.ok("POST", "/crm/tasks/v2/tasks/count", {"filter": {"status": "COMPLETED"}})
    assert counted == {"count": len(done)}
    path = "/crm/tasks/v2/tasks/{}/move-after"
    assert v3_shop.code(404, "POST", path.format(NOBODY), {}) == "TASK_NOT_FOUND"
    assert v3_shop.code(404, "POST", path.format(done[0]["id"]), {"beforeTaskId": NOBODY}) == "TASK_NOT_FOUND"


def test_an_attachment_appears_once_its_bytes_are_put(v3):
    contact_id = member(v3)["contactId"]
    path = f"/contacts/v4/attachments/{contact_id}"
    body = {"fileName": "plan.png", "mimeType": "image/png"}
    url = v3.ok("POST", f"{path}/upload-url", body)["uploadUrl"]
    assert v3.ok("GET", path)["attachments"] == []
    v3.refused(400, "GET", f"{path}?paging.limit=101")
    assert v3.session.put(url, data=b"\x89PNG", timeout=60).status_code == 200
    assert v3.session.put(url, data=b"\x89PNG", timeout=60).status_code == 404
    listed = v3.ok("GET", path)
    assert listed["metadata"] == {"count": 1, "offset": 0, "total": 1, "tooManyToCount": False}
    attachment = listed["attachments"][0]
    assert {**body, "attachmentType": "IMAGE"}.items() <= attachment.items()
    assert complaints("contact_attachment", [attachment]) == []
    assert v3.ok("GET", f"{path}/{attachment['id']}")["attachment"] == attachment
    v3.ok("DELETE", f"{path}/{attachment['id']}")
    assert v3.send("GET", f"{path}/{attachment['id']}").status_code == 404
    assert "mimeType" in v3.violations("POST", f"{path}/upload-url", {"fileName": "plan.png"})
