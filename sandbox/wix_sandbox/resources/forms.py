"""Forms, which are read here and not written, and form submissions v4, at both path prefixes that Wix serves.

https://dev.wix.com/docs/rest/crm/forms/form-schemas/introduction
https://dev.wix.com/docs/rest/crm/forms/form-submissions/introduction
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_sandbox.auth import APP_ID
from wix_sandbox.bulk import bulk, bulk_ids
from wix_sandbox.errors import Violation, check_revision, existing, not_found, rule_error, validation_error
from wix_sandbox.handlers import acting, creating, endpoints, fetching, updating
from wix_sandbox.query.request import part_of
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.querying import count_rows, matching_rows, run_query
from wix_sandbox.resource import READ, Resource, due, merged, revised, stamped
from wix_sandbox.values import only
from wix_sandbox.walk import HOLDS, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

SUBMISSIONS = "form_submissions"
TRASH = "trashed_submissions"
UNSETTLED = "unsettled_submissions"
"""When submissions are confirmed or dropped: their ids, and `readyAt`."""
SETTLES_AFTER_MS = 20_000
"""Choice: "within about a minute" was seen."""
NAMESPACE = "wix.form_app.form"
"""Namespace of the Wix Forms app."""
CALLER = {"applicationId": APP_ID}
"""The submitter of all API calls. Choice: the sandbox does not distinguish API keys from the app."""

CONTACT_FORM = "f0410000-0000-4000-8000-000000000001"
WHOLESALE_FORM = "f0410000-0000-4000-8000-000000000002"


class Kind(NamedTuple):
    """What a field of a form takes."""

    input_type: str
    options: str
    component: str
    values: tuple[type, ...]
    format: str = ""


TEXT = Kind("STRING", "stringOptions", "TEXT_INPUT", (str,))
EMAIL = TEXT._replace(format="EMAIL")
NUMBER = Kind("NUMBER", "numberOptions", "NUMBER_INPUT", (int, float))
CHOICES = Kind("ARRAY", "arrayOptions", "CHECKBOX_GROUP", (list,))
FORMS: Mapping[str, Mapping[str, tuple[Kind, bool]]] = {
    CONTACT_FORM: {
        "first_name_f409": (TEXT, True),
        "last_name_31a2": (TEXT, False),
        "email_9c1e": (EMAIL, True),
        "message_77b0": (TEXT, False),
    },
    WHOLESALE_FORM: {
        "company_5d10": (TEXT, True),
        "email_0b4f": (EMAIL, True),
        "quantity_c8e3": (NUMBER, True),
        "interests_2f61": (CHOICES, False),
    },
}
"""The forms of every sandbox: each field's target, what it takes, and whether it is required."""


def form_of(form_id: str) -> Mapping[str, tuple[Kind, bool]]:
    """Return the fields of a form; 404 `FORM_NOT_FOUND` for an unknown id."""
    if form_id not in FORMS:
        raise not_found("Form", form_id, "FORM_NOT_FOUND")
    return FORMS[form_id]


def submit(site: Site, body: Entity) -> Entity:
    """Add a submission that a call makes, which Wix may look at before it is confirmed."""
    if site.readings["submissions-of-calls"] == "confirmed":
        return create(site, body)
    submission = create(site, body, status="PENDING")
    site.store.insert(UNSETTLED, {"id": submission["id"], "readyAt": site.later(SETTLES_AFTER_MS)})
    return submission


def settle(site: Site) -> None:
    """Confirm or drop the submissions for which it is time."""
    for row in due(site, UNSETTLED):
        submission = site.store.get(SUBMISSIONS, row["id"])
        if submission is None or submission["status"] != "PENDING":
            continue
        if site.readings["submissions-of-calls"] == "dropped":
            site.store.delete(SUBMISSIONS, row["id"])
        else:
            save(site, submission | {"status": "CONFIRMED"})


def fetch(site: Site, submission_id: str, kind: str = SUBMISSIONS) -> Entity:
    """Return the stored submission, or the one in the trash bin; 404 for an unknown id."""
    settle(site)
    return existing(site.store.get(kind, submission_id), "Submission", submission_id)


def create(site: Site, body: Entity, **members: Any) -> Entity:
    """Add a submission; 400 for invalid values, 404 for an unknown form."""
    submission = clean("form_submission", body, "submission", fresh=True)
    submission.setdefault("submissions", {})
    _check_values(submission["formId"], submission["submissions"])
    # Choice: the status that Wix documents as the default of its forms; nothing is treated as spam.
    defaults = {"namespace": NAMESPACE, "status": "CONFIRMED", "submitter": CALLER, "seen": False}
    return site.store.insert(SUBMISSIONS, {**defaults, **stamped(site, submission), **members})


def _check_values(form_id: str, values: Mapping[str, Any]) -> None:
    fields = form_of(form_id)
    wrong = [(name, "UNKNOWN_VALUE_ERROR", "is not a field of the form") for name in values if name not in fields]
    for name, (kind, needed) in fields.items():
        value = values.get(name)
        if value in (None, ""):
            wrong += [(name, "REQUIRED_VALUE_ERROR", "is required")] if needed else []
        elif not isinstance(value, kind.values) or isinstance(value, bool):
            wrong.append((name, "TYPE_ERROR", f"is not of type {kind.input_type}"))
        elif kind.format and not HOLDS[kind.format](str(value)):
            wrong.append((name, "FORMAT_ERROR", f"is not a valid {kind.format}"))
    if wrong:
        errors = [
            {"errorPath": name, "errorType": kind, "errorMessage": text, "params": {}} for name, kind, text in wrong
        ]
        text = "Submission validation failed"
        rule = Violation("submission.submissions", text, "OTHER", "SUBMISSION_VALIDATION", {"errors": errors})
        raise validation_error(rule)


def update(site: Site, submission_id: str, body: Entity) -> Entity:
    """Change the members that are sent; form and creation date stay. Choice: the map of values is merged by key.

    Raises:
        WixError: 404 for an unknown id, 400 without form or revision or with invalid values, 409 for a stale revision.
    """
    current = fetch(site, submission_id)
    check_revision(current, body["revision"], "submission.revision")
    changes = clean("form_submission", body, "submission")
    for name in ("formId", "createdDate", "contactId", "accessRestriction"):
        changes.pop(name, None)
    changed = merged(current, changes)
    _check_values(changed["formId"], changed.get("submissions") or {})
    return save(site, changed)


def save(site: Site, submission: Entity) -> Entity:
    """Store a changed submission: next revision, `updatedDate` now."""
    return site.store.update(SUBMISSIONS, revised(site, submission))


def confirm(site: Site, submission_id: str) -> Entity:
    """Confirm a pending submission.

    Raises:
        WixError: 404 for an unknown id, or for a submission that is not pending, as Wix answers from the second call
            on.
    """
    submission = fetch(site, submission_id)
    if submission["status"] != "PENDING":
        raise not_found("Pending submission", submission_id)
    return save(site, submission | {"status": "CONFIRMED"})


def delete(site: Site, submission_id: str, *, permanent: bool) -> None:
    """Move a submission to the trash bin, or remove it permanently; 404 for an unknown id."""
    submission = fetch(site, submission_id)
    site.store.delete(SUBMISSIONS, submission_id)
    if not permanent:
        site.store.table(TRASH).put(submission)


def restore(site: Site, submission_id: str) -> Entity:
    """Restore a submission from the trash bin; 404 for an id that is not in the trash bin."""
    submission = fetch(site, submission_id, TRASH)
    site.store.delete(TRASH, submission_id)
    return save(site, site.store.insert(SUBMISSIONS, submission))


COUNTED = frozenset({"CONFIRMED", "PAYMENT_WAITING", "PAYMENT_CANCELED"})
"""Statuses that count by default."""


def need_namespace(call: Call, envelope: str, rule: str = "") -> None:
    """Refuse a query without a namespace with 400; on later pages it is in the cursor."""
    stated = part_of(call.body, envelope)
    if not part_of(stated, "cursorPaging").get("cursor"):
        _need_namespace(stated.get("filter"), f"{envelope}.filter.namespace", rule)


def _need_namespace(condition: Any, path: str, rule: str = "") -> None:
    if not _names_namespace(condition):
        if rule:
            raise rule_error(path, rule, "must be filtered by")
        raise validation_error(Violation(path, "must be filtered by", "REQUIRED_FIELD"))


def _names_namespace(condition: Any) -> bool:
    """True if a filter has the namespace, directly or in an `$and` as query builders write it."""
    if not isinstance(condition, dict):
        return False
    namespace = condition.get("namespace")
    stated = namespace.get("$eq") if isinstance(namespace, dict) else namespace
    parts = condition.get("$and")
    return bool(stated) or (isinstance(parts, list) and any(map(_names_namespace, parts)))


def count(call: Call) -> Entity:
    """Answer POST count: `{formIds, namespace, statuses}` to a count for each form, including zero."""
    return {"formsSubmissionsCount": _counts(*_asked(call, SUBMISSIONS))}


def count_trash(call: Call) -> Entity:
    """Answer POST trash-bin/count: as `count`, of the submissions in the trash bin."""
    counts = _counts(*_asked(call, TRASH))
    return {"formsDeletedSubmissionsCount": [only(each, "formId", "totalCount") for each in counts]}


def _asked(call: Call, kind: str) -> tuple[Iterable[Entity], list[str]]:
    form_ids = [str(each) for each in call.items("formIds")]
    namespace = call.body.get("namespace")
    statuses = call.names("statuses") or COUNTED
    found = call.site.store.find(kind, "namespace", namespace)
    return (each for each in found if each["status"] in statuses), form_ids


def count_by_filter(call: Call) -> Entity:
    """Answer POST count-by-filter: `{filter, search}` with a namespace, to a count for each form with matches."""
    _need_namespace(call.body.get("filter"), "filter.namespace")
    query = QUERY.but(text_fields=SEARCH.text_fields)
    return {"formsSubmissionsCount": _counts(matching_rows(call, SUBMISSIONS, query))}


def _counts(found: Iterable[Entity], form_ids: Iterable[str] = ()) -> list[Entity]:
    total = Counter(dict.fromkeys(form_ids, 0))
    unseen: Counter[str] = Counter()
    wanted = set(total)
    for each in found:
        if not wanted or each["formId"] in wanted:
            total[each["formId"]] += 1
            unseen[each["formId"]] += not each["seen"]
    return [{"formId": each, "totalCount": total[each], "unseenCount": unseen[each]} for each in total]


FORM = "forms"
_QUERY_FORMS = Query.declared("forms/queryForms", metadata=Metadata.METADATA)
_LIST_FORMS = _QUERY_FORMS.but(metadata=Metadata.PAGING_METADATA)
_ORDERS = {"UPDATED_DATE": "updatedDate", "CREATED_DATE": "createdDate", "NAME": "name"}


def found(site: Site) -> None:
    """Store the forms that every sandbox has."""
    now = site.now()
    for form_id, fields in FORMS.items():
        site.store.table(FORM).put(
            {
                "id": form_id,
                "namespace": NAMESPACE,
                "name": "Contact" if form_id == CONTACT_FORM else "Wholesale",
                "enabled": True,
                "formFields": [_field(form_id, at, *each) for at, each in enumerate(fields.items())],
                "spamFilterProtectionLevel": "NONE",
                "autoFillContact": "FORM_INPUT",
                "submissionAccess": "OWNER_AND_COLLABORATORS",
                **{name: [] for name in ("deletedFormFields", "formRules", "steps")},
                "revision": "1",
                "createdDate": now,
                "updatedDate": now,
            }
        )


def _field(form_id: str, at: int, target: str, rules: tuple[Kind, bool]) -> Mapping[str, object]:
    kind, required = rules
    component = {"componentType": kind.component, **({"validation": {"format": kind.format}} if kind.format else {})}
    options = {"target": target, "required": required, "pii": False, "readOnly": False, "inputType": kind.input_type}
    options[kind.options] = component
    return {"id": f"{form_id[:-1]}{at + 3}", "hidden": False, "fieldType": "INPUT", "inputOptions": options}


def _query_forms(call: Call) -> Entity:
    need_namespace(call, _QUERY_FORMS.envelope, "MISSING_NAMESPACE_FILTER")
    return run_query(call, FORM, _QUERY_FORMS).answer("forms", _QUERY_FORMS)


def _list_forms(call: Call) -> Entity:
    """Answer GET: namespace, order and paging are separate parameters. Disabled forms are left out by default."""
    enabled = not call.flag("disabled") if call.body.get("enabled") is None else call.flag("enabled")
    chosen: Entity = {"namespace": call.body["namespace"], "enabled": enabled}
    if ids := call.names("formIds"):
        chosen["id"] = {"$in": sorted(ids)}
    named = part_of(call.body, "nameFilter")
    if named.get("name"):
        operator = "$startsWith" if named.get("filterType") == "STARTS_WITH" else "$eq"
        chosen["name"] = {operator: named["name"]}
    name, _, order = str(call.body.get("order") or "UPDATED_DATE_DESC").rpartition("_")
    paging = call.body.get("paging") or {}
    # The order is in the cursor; the parameters are repeated with every page.
    sort = [] if paging.get("cursor") else [{"fieldName": _ORDERS[name], "order": order}]
    call.body = {"query": {"cursorPaging": paging, "sort": sort}}
    return run_query(call, FORM, _LIST_FORMS.but(base_filter=chosen)).answer("forms", _LIST_FORMS)


def _count_forms(call: Call) -> Entity:
    """Count forms, enabled or not."""
    return {"count": count_rows(call, FORM, _QUERY_FORMS.but(base_filter={"namespace": call.body["namespace"]}))}


_FORM = Resource(
    name="forms",
    base="/form-schema-service/v4/forms",
    item="form",
    parameter="formId",
    verbs=READ,
    special={"query": _query_forms},
)


SERVICE = "/form-submission-service/v4"
ALIAS = "/forms/v4"
_BULK = f"{SERVICE}/bulk/submissions"
MAX_BULK = 100

QUERY = Query.declared("forms/querySubmissionsByNamespace", metadata=Metadata.METADATA)
SEARCH = Query.declared(
    "forms/searchSubmissionsByNamespace",
    envelope="search",
    metadata=Metadata.METADATA,
    text_fields=("submissions",),
)
TRASHED = QUERY.but(metadata=Metadata.PAGING_METADATA)


def _page(query: Query) -> Handler:
    def handler(call: Call) -> Entity:
        need_namespace(call, query.envelope)
        settle(call.site)
        chosen = query
        if call.flag("onlyYourOwn"):
            chosen = query.but(base_filter={"submitter.applicationId": CALLER["applicationId"]})
        return run_query(call, SUBMISSIONS, chosen).answer("submissions", chosen)

    return handler


def _delete(call: Call) -> Entity:
    _delete_one(call, call.parameter("submissionId"), "")
    return {}


def _delete_one(call: Call, submission_id: Any, _path: str) -> None:
    delete(call.site, str(submission_id), permanent=call.flag("permanent"))


def _mark_as_seen(call: Call) -> Entity:
    """Mark a submission as seen. Choice: that is no change, so revision and `updatedDate` stay."""
    for submission_id in call.sized("ids", 1, MAX_BULK):
        submission = fetch(call.site, str(submission_id))
        call.site.store.update(SUBMISSIONS, submission | {"seen": True})
    return {}


def _trash(call: Call) -> Entity:
    """Answer GET: form, namespace and statuses are separate parameters."""
    chosen: Entity = {"formId": call.body["formId"]}
    if call.body.get("namespace"):
        chosen["namespace"] = call.body["namespace"]
    chosen["status"] = {"$in": sorted(call.names("statuses")) or ["CONFIRMED"]}
    call.body = {"query": {"cursorPaging": call.body.get("paging") or {}}}
    query = TRASHED.but(base_filter=chosen)
    return run_query(call, TRASH, query).answer("submissions", query)


def _remove_trashed(site: Site, submission_id: str) -> None:
    site.store.delete(TRASH, fetch(site, submission_id, TRASH)["id"])


def _upload_url(call: Call) -> Entity:
    form_of(str(call.body["formId"]))
    return {"uploadUrl": f"https://upload.example.com/{call.site.new_id()}"}


_ONE = "submissions/{submissionId}"
_BIN = "submissions/trash-bin"
_TRASHED = f"{_BIN}/{{submissionId}}"
_ID = "submissionId"
_ENDPOINTS = endpoints(
    ("POST", "submissions", "submissions.create", creating("submission", submit)),
    ("GET", _ONE, "submissions.get", fetching("submission", fetch, _ID)),
    ("PATCH", _ONE, "submissions.update", updating("submission", update, _ID)),
    ("DELETE", _ONE, "submissions.delete", _delete),
    ("POST", "submissions/namespace/query", "submissions.query", _page(QUERY)),
    ("POST", "submissions/query", "submissions.query", _page(QUERY)),
    ("POST", "submissions/namespace/search", "submissions.search", _page(SEARCH)),
    ("POST", "submissions/count", "submissions.count", count),
    ("POST", "submissions/count-by-filter", "submissions.count-by-filter", count_by_filter),
    ("POST", f"{_ONE}/confirm", "submissions.confirm", fetching("submission", confirm, _ID)),
    ("POST", "submissions/media-upload-url", "submissions.upload-url", _upload_url),
    ("GET", _BIN, "submissions.list-trash", _trash),
    ("GET", _TRASHED, "submissions.get-trashed", fetching("submission", partial(fetch, kind=TRASH), _ID)),
    ("DELETE", _TRASHED, "submissions.remove-trashed", acting(_remove_trashed, _ID)),
    ("POST", f"{_TRASHED}/restore", "submissions.restore", fetching("submission", restore, _ID)),
    ("POST", f"{_BIN}/delete", "submissions.bulk-remove-trashed", bulk_ids("submissionIds", _remove_trashed)),
    ("POST", f"{_BIN}/count", "submissions.count-trash", count_trash),
)
_OTHERS = endpoints(
    ("POST", f"{_BULK}/delete", "submissions.bulk-delete", bulk("submissionIds", _delete_one)),
    ("POST", f"{_BULK}/mark-as-seen", "submissions.bulk-mark-as-seen", _mark_as_seen),
    ("GET", _FORM.base, "forms.list", _list_forms),
    ("POST", f"{_FORM.base}/count-by-filter", "forms.count", _count_forms),
)
ROUTES = (
    *(replace(each, path=f"{SERVICE}/{each.path}", aliases=(f"{ALIAS}/{each.path}",)) for each in _ENDPOINTS),
    *_FORM.routes(),
    *_OTHERS,
)
"""The endpoints of forms and of submissions, which have two prefixes, but for bulk calls."""
