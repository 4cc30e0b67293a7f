"""Forms and what was submitted with them.

Source: https://dev.wix.com/docs/rest/crm/forms
"""

from __future__ import annotations

from wix_api.operations import Operation
from wix_api.query import Query

NAMESPACE = "wix.form_app.form"
"""Namespace of the forms of the Wix Forms app; other apps have their own."""

# Wix documents a permission (WIX_FORMS.FORM_SCHEMA_READ) and no scope. Unlike a list, a query has disabled forms, too.
FORMS = Query(
    Operation("POST", "/form-schema-service/v4/forms/query", reads=True),
    items="forms",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "updatedDate", "id", "name", "enabled"),
)
SUBMISSIONS = Query(
    Operation(
        "POST",
        "/form-submission-service/v4/submissions/namespace/query",
        reads=True,
        scope="SCOPE.DC-FORMS.READ-SUBMISSIONS",
    ),
    items="submissions",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=(
        "createdDate",
        "updatedDate",
        "id",
        "formId",
        "contactId",
        "status",
        "seen",
        "submitter.memberId",
        "submitter.visitorId",
        "submitter.applicationId",
        "submitter.userId",
        "orderDetails.checkoutId",
    ),
)
GET_SUBMISSION = Operation(
    "GET", "/form-submission-service/v4/submissions/{id}", scope="SCOPE.DC-FORMS.READ-SUBMISSIONS"
)
CREATE_SUBMISSION = Operation(
    "POST", "/form-submission-service/v4/submissions", repeatable=False, scope="SCOPE.DC-FORMS.MANAGE-SUBMISSIONS"
)
