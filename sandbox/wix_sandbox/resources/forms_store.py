"""Form submissions as plain functions of a site, and their forms.

https://dev.wix.com/docs/rest/crm/forms/form-submissions/form-submission-object
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import Violation, application_error, existing, not_found, stale_revision, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

SUBMISSIONS = "form_submissions"
TRASH = "trashed_submissions"
UNSETTLED = "unsettled_submissions"
"""When submissions are confirmed or dropped: their ids, and `due` in seconds since 1970."""
SETTLES_AFTER = 20.0
"""Seconds. Choice: "within about a minute" was seen."""
NAMESPACE = "wix.form_app.form"
"""Namespace of the Wix Forms app."""
CALLER = {"applicationId": APP_ID}
"""The submitter of all API calls. Choice: the sandbox does not distinguish API keys from the app."""

CONTACT_FORM = "f0410000-0000-4000-8000-000000000001"
WHOLESALE_FORM = "f0410000-0000-4000-8000-000000000002"
FORMS: Mapping[str, Mapping[str, bool]] = {
    CONTACT_FORM: {"first_name_f409": True, "last_name_31a2": False, "email_9c1e": True, "message_77b0": False},
    WHOLESALE_FORM: {"company_5d10": True, "email_0b4f": True, "quantity_c8e3": True, "interests_2f61": False},
}
"""The forms of every sandbox: each field's target, and whether it is required."""


def form_of(form_id: str) -> Mapping[str, bool]:
    """The fields of a form.

    Raises:
        WixError: 404 `FORM_NOT_FOUND`.
    """
    if form_id not in FORMS:
        raise application_error(HTTPStatus.NOT_FOUND, "FORM_NOT_FOUND", f"Form with id '{form_id}' was not found")
    return FORMS[form_id]


def submit(site: Site, body: Entity) -> Entity:
    """Add a submission that a call makes, which Wix may look at before it is confirmed."""
    if site.readings["submissions-of-calls"] == "confirmed":
        return create(site, body)
    submission = create(site, body, status="PENDING")
    site.store.insert(UNSETTLED, {"id": submission["id"], "due": site.clock().timestamp() + SETTLES_AFTER})
    return submission


def settle(site: Site) -> None:
    """Confirm or drop the submissions for which it is time."""
    for row in list(site.store.all(UNSETTLED)):
        if row["due"] > site.clock().timestamp():
            continue
        site.store.delete(UNSETTLED, row["id"])
        submission = site.store.get(SUBMISSIONS, row["id"])
        if submission is None or submission["status"] != "PENDING":
            continue
        if site.readings["submissions-of-calls"] == "dropped":
            site.store.delete(SUBMISSIONS, row["id"])
        else:
            save(site, submission | {"status": "CONFIRMED"})


def fetch(site: Site, submission_id: str, kind: str = SUBMISSIONS) -> Entity:
    """The stored submission, or the one in the trash bin.

    Raises:
        WixError: 404.
    """
    settle(site)
    return existing(site.store.get(kind, submission_id), "Submission", submission_id)


def create(site: Site, body: Entity, **members: Any) -> Entity:
    """Add a submission.

    Raises:
        WixError: 400 for invalid values, 404 for an unknown form.
    """
    submission = clean("form_submission", body, "submission", fresh=True)
    submission.setdefault("submissions", {})
    _check_values(submission["formId"], submission["submissions"])
    now = site.now()
    # Choice: the status that Wix documents as the default of its forms; nothing is treated as spam.
    complete = {
        "id": site.new_id(),
        "namespace": NAMESPACE,
        "status": "CONFIRMED",
        "createdDate": now,
        "updatedDate": now,
        "revision": "1",
        "submitter": CALLER,
        "seen": False,
        **{name: value for name, value in submission.items() if value is not None},
        **members,
    }
    return site.store.insert(SUBMISSIONS, complete)


def _check_values(form_id: str, values: Mapping[str, Any]) -> None:
    fields = form_of(form_id)
    wrong = [(name, "UNKNOWN_VALUE_ERROR", "is not a field of the form") for name in values if name not in fields]
    wrong += [
        (name, "REQUIRED_VALUE_ERROR", "is required")
        for name, needed in fields.items()
        if needed and values.get(name) in (None, "")
    ]
    if wrong:
        errors = [
            {"errorPath": name, "errorType": kind, "errorMessage": f"{name} {text}", "params": {}}
            for name, kind, text in wrong
        ]
        text = "Submission validation failed"
        rule = Violation("submission.submissions", text, "OTHER", "SUBMISSION_VALIDATION", {"errors": errors})
        raise validation_error(rule)


def update(site: Site, submission_id: str, body: Entity) -> Entity:
    """Change the members that are sent; form and creation date stay. Choice: the map of values is merged by key.

    Raises:
        WixError: 404 unknown id, 400 without form or revision or with invalid values, 409 stale revision.
    """
    current = fetch(site, submission_id)
    if str(body["revision"]) != current["revision"]:
        raise stale_revision(submission_id, current["revision"], str(body["revision"]))
    changes = clean("form_submission", body, "submission")
    for name in ("formId", "createdDate", "contactId", "accessRestriction"):
        changes.pop(name, None)
    changed = merged(current, changes)
    _check_values(changed["formId"], changed["submissions"])
    return save(site, changed)


def save(site: Site, submission: Entity) -> Entity:
    """Store a changed submission: next revision, `updatedDate` now."""
    submission["revision"] = str(int(submission["revision"]) + 1)
    submission["updatedDate"] = site.now()
    return site.store.update(SUBMISSIONS, submission)


def confirm(site: Site, submission_id: str) -> Entity:
    """Confirm a pending submission.

    Raises:
        WixError: 404 unknown id, or a submission that is not pending, as Wix answers from the second call on.
    """
    submission = fetch(site, submission_id)
    if submission["status"] != "PENDING":
        raise not_found("Pending submission", submission_id)
    return save(site, submission | {"status": "CONFIRMED"})


def delete(site: Site, submission_id: str, *, permanent: bool) -> None:
    """Move a submission to the trash bin, or remove it permanently.

    Raises:
        WixError: 404.
    """
    submission = fetch(site, submission_id)
    site.store.delete(SUBMISSIONS, submission_id)
    if not permanent:
        site.store.table(TRASH).put(submission)


def restore(site: Site, submission_id: str) -> Entity:
    """Restore a submission from the trash bin.

    Raises:
        WixError: 404.
    """
    submission = fetch(site, submission_id, TRASH)
    site.store.delete(TRASH, submission_id)
    return save(site, site.store.insert(SUBMISSIONS, submission))
