from __future__ import annotations

from wix_sandbox.resources.forms import CONTACT_FORM, WHOLESALE_FORM

FORMS = "/form-submission-service/v4"
NAMESPACE = "wix.form_app.form"
NOBODY = "00000000-0000-4000-8000-000000000000"


def submission(api, form=CONTACT_FORM, **values):
    values = values or {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    body = {"submission": {"formId": form, "submissions": values}}
    return api.ok("POST", f"{FORMS}/submissions", body)["submission"]


def submissions(api, **envelope):
    envelope = {"filter": {"namespace": NAMESPACE}, **envelope}
    return api.ok("POST", f"{FORMS}/submissions/namespace/query", {"query": envelope})


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
    values = {"company_5d10": 7, "email_0b4f": "ada", "quantity_c8e3": "12", "interests_2f61": "Tea"}
    body = {"submission": {"formId": WHOLESALE_FORM, "submissions": values}}
    violation = v3.violations("POST", f"{FORMS}/submissions", body)["submission.submissions"]
    errors = {each["errorPath"]: each["errorType"] for each in violation["data"]["errors"]}
    assert errors == dict.fromkeys(values, "TYPE_ERROR") | {"email_0b4f": "FORMAT_ERROR"}
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
    v3_shop.refused(400, "POST", f"{FORMS}/submissions/namespace/query", {"query": {"filter": {"$and": 5}}})
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


def test_free_text_finds_submissions_by_the_values_of_their_fields(v3):
    ada = {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    sent = [submission(v3, **ada, message_77b0=text)["id"] for text in ("Do you ship to islands?", "Thanks")]

    def found(text):
        search = {"filter": {"namespace": NAMESPACE}, "search": {"expression": text}}
        rows = v3.ok("POST", f"{FORMS}/submissions/namespace/search", {"search": search})["submissions"]
        counts = v3.ok("POST", f"{FORMS}/submissions/count-by-filter", search)["formsSubmissionsCount"]
        assert [each["totalCount"] for each in counts] == ([len(rows)] if rows else [])
        return [each["id"] for each in rows]

    assert found("ISLANDS") == sent[:1]
    assert sorted(found("ada")) == sorted(sent)
    assert found("message_77b0") == []


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


def test_a_submission_that_waits_in_the_file_of_an_older_version_is_confirmed(v3):
    created = submission(v3)
    v3.site.store.update(
        "form_submissions", v3.site.store.get("form_submissions", created["id"]) | {"status": "PENDING"}
    )
    v3.site.store.insert("unsettled_submissions", {"id": created["id"], "due": 1_700_000_000.0})
    assert v3.ok("GET", f"{FORMS}/submissions/{created['id']}")["submission"]["status"] == "CONFIRMED"


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
