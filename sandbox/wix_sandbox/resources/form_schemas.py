"""Forms: which fields each has. They are read here, not written.

https://dev.wix.com/docs/rest/crm/forms/form-schemas/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources import forms_counting
from wix_sandbox.resources.forms_store import CONTACT_FORM, FORMS, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "forms"
BASE = "/form-schema-service/v4/forms"
QUERY = Query.declared("forms/queryForms", metadata=Metadata.METADATA)


def found(site: Site) -> None:
    """Store the forms that every sandbox has."""
    now = site.now()
    for form_id, fields in FORMS.items():
        site.store.table(KIND).put(
            {
                "id": form_id,
                "namespace": NAMESPACE,
                "name": "Contact" if form_id == CONTACT_FORM else "Wholesale",
                "enabled": True,
                "formFields": [_field(form_id, at, *each) for at, each in enumerate(fields.items())],
                "spamFilterProtectionLevel": "NONE",
                "revision": "1",
                "createdDate": now,
                "updatedDate": now,
            }
        )


def _field(form_id: str, at: int, target: str, required: bool) -> Mapping[str, object]:  # noqa: FBT001 - of a pair
    options = {"target": target, "required": required, "pii": False, "inputType": "STRING"}
    return {"id": f"{form_id[:-1]}{at + 3}", "hidden": False, "fieldType": "INPUT", "inputOptions": options}


def _query(call: Call) -> Entity:
    forms_counting.need_namespace(call, QUERY.envelope, "MISSING_NAMESPACE_FILTER")
    return run_query(call, KIND, QUERY).answer("forms", QUERY)


def _get(call: Call) -> Entity:
    form_id = call.parameter("formId")
    return {"form": existing(call.site.store.get(KIND, form_id), "Form", form_id)}


def routes() -> Iterator[Route]:
    """The endpoints of forms that read."""
    for method in ("POST", "GET"):  # the official client sends short queries by GET
        yield Route(method=method, path=f"{BASE}/query", operation="forms.query", handler=_query)
    yield Route(method="GET", path=f"{BASE}/{{formId}}", operation="forms.get", handler=_get)
