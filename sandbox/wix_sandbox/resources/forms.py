"""Form submissions v4, at both path prefixes that Wix serves.

https://dev.wix.com/docs/rest/crm/forms/form-submissions/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import Violation, required, validation_error
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources import forms_counting, forms_store
from wix_sandbox.resources.forms_store import SUBMISSIONS, TRASH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

SERVICE = "/form-submission-service/v4"
ALIAS = "/forms/v4"
MAX_BULK = 100

QUERY = Query.declared("forms/querySubmissionsByNamespace", metadata=Metadata.METADATA)
SEARCH = Query.declared("forms/searchSubmissionsByNamespace", envelope="search", metadata=Metadata.METADATA)
TRASHED = QUERY.but(metadata=Metadata.PAGING_METADATA)


def _page(query: Query) -> Handler:
    def handler(call: Call) -> Entity:
        forms_counting.need_namespace(call, query.envelope)
        forms_store.settle(call.site)
        chosen = query
        if call.flag("onlyYourOwn"):
            chosen = query.but(base_filter={"submitter.applicationId": forms_store.CALLER["applicationId"]})
        return run_query(call, SUBMISSIONS, chosen).answer("submissions", chosen)

    return handler


def _create(call: Call) -> Entity:
    return {"submission": forms_store.submit(call.site, call.entity("submission"))}


def _get(call: Call) -> Entity:
    return {"submission": forms_store.fetch(call.site, call.parameter("submissionId"))}


def _update(call: Call) -> Entity:
    return {"submission": forms_store.update(call.site, call.parameter("submissionId"), call.entity("submission"))}


def _delete(call: Call) -> Entity:
    forms_store.delete(call.site, call.parameter("submissionId"), permanent=call.flag("permanent"))
    return {}


def _bulk_delete(call: Call) -> Entity:
    def act(_at: int, submission_id: Any) -> None:
        forms_store.delete(call.site, str(submission_id), permanent=call.flag("permanent"))

    _need_form(call)
    return bulk_answer(each_item(call.items("submissionIds"), act))


def _confirm(call: Call) -> Entity:
    return {"submission": forms_store.confirm(call.site, call.parameter("submissionId"))}


def _mark_as_seen(call: Call) -> Entity:
    """Mark a submission as seen. Choice: that is no change, so revision and `updatedDate` stay."""
    _need_form(call)
    for submission_id in call.sized("ids", 1, MAX_BULK):
        submission = forms_store.fetch(call.site, str(submission_id))
        call.site.store.update(SUBMISSIONS, submission | {"seen": True})
    return {}


def _need_form(call: Call) -> None:
    if not call.body.get("formId"):
        raise required("formId")


def _trash(call: Call) -> Entity:
    """Answer GET: form, namespace and statuses are separate parameters."""
    _need_form(call)
    chosen: Entity = {"formId": call.body["formId"]}
    if call.body.get("namespace"):
        chosen["namespace"] = call.body["namespace"]
    chosen["status"] = {"$in": sorted(call.names("statuses")) or ["CONFIRMED"]}
    call.body = {"query": {"cursorPaging": call.body.get("paging") or {}}}
    query = TRASHED.but(base_filter=chosen)
    return run_query(call, TRASH, query).answer("submissions", query)


def _get_trashed(call: Call) -> Entity:
    return {"submission": forms_store.fetch(call.site, call.parameter("submissionId"), TRASH)}


def _remove_trashed(call: Call) -> Entity:
    forms_store.fetch(call.site, call.parameter("submissionId"), TRASH)
    call.site.store.delete(TRASH, call.parameter("submissionId"))
    return {}


def _bulk_remove_trashed(call: Call) -> Entity:
    def act(_at: int, submission_id: Any) -> None:
        call.site.store.delete(TRASH, forms_store.fetch(call.site, str(submission_id), TRASH)["id"])

    _need_form(call)
    return bulk_answer(each_item(call.items("submissionIds"), act))


def _restore(call: Call) -> Entity:
    return {"submission": forms_store.restore(call.site, call.parameter("submissionId"))}


def _upload_url(call: Call) -> Entity:
    missing = [name for name in ("formId", "filename", "mimeType") if not call.body.get(name)]
    if missing:
        raise validation_error(*(Violation(each, "must not be empty", "REQUIRED_FIELD") for each in missing))
    forms_store.form_of(str(call.body["formId"]))
    return {"uploadUrl": f"https://upload.example.com/{call.site.new_id()}"}


_ONE = "submissions/{submissionId}"
_BIN = "submissions/trash-bin"
_ENDPOINTS: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", "submissions", "create", _create),
    ("GET", _ONE, "get", _get),
    ("PATCH", _ONE, "update", _update),
    ("DELETE", _ONE, "delete", _delete),
    ("POST", "submissions/namespace/query", "query", _page(QUERY)),
    ("POST", "submissions/query", "query", _page(QUERY)),
    ("POST", "submissions/namespace/search", "search", _page(SEARCH)),
    ("POST", "submissions/count", "count", forms_counting.count),
    ("POST", "submissions/count-by-filter", "count-by-filter", forms_counting.count_by_filter),
    ("POST", f"{_ONE}/confirm", "confirm", _confirm),
    ("POST", "submissions/media-upload-url", "upload-url", _upload_url),
    ("GET", _BIN, "list-trash", _trash),
    ("GET", f"{_BIN}/{{submissionId}}", "get-trashed", _get_trashed),
    ("DELETE", f"{_BIN}/{{submissionId}}", "remove-trashed", _remove_trashed),
    ("POST", f"{_BIN}/{{submissionId}}/restore", "restore", _restore),
    ("POST", f"{_BIN}/delete", "bulk-remove-trashed", _bulk_remove_trashed),
    ("POST", f"{_BIN}/count", "count-trash", forms_counting.count_trash),
)
_BULK: tuple[tuple[str, str, Handler], ...] = (
    ("delete", "bulk-delete", _bulk_delete),
    ("mark-as-seen", "bulk-mark-as-seen", _mark_as_seen),
)


def routes() -> Iterator[Route]:
    """Return the endpoints of form submissions; bulk calls have only the first prefix."""
    for method, path, verb, handler in _ENDPOINTS:
        first, second = f"{SERVICE}/{path}", f"{ALIAS}/{path}"
        yield Route(method=method, path=first, aliases=(second,), operation=f"submissions.{verb}", handler=handler)
    for path, verb, handler in _BULK:
        bulk = f"{SERVICE}/bulk/submissions/{path}"
        yield Route(method="POST", path=bulk, operation=f"submissions.{verb}", handler=handler)
