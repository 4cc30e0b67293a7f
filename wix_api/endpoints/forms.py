"""Forms and what was submitted with them.

Source: https://dev.wix.com/docs/rest/crm/forms
"""

from __future__ import annotations

from wix_api.languages import Cursor
from wix_api.operations import Operation
from wix_api.query import Query

NAMESPACE = "wix.form_app.form"
"""Namespace of the forms of the Wix Forms app; other apps have their own."""

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
    language=Cursor(),
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
