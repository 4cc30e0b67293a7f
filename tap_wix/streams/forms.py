"""Forms of the site, and the submissions of visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.streams.base import WixStream
from wix_api.endpoints import forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Forms(WixStream):
    """Forms in the namespaces of `form_namespaces`, oldest change first. Submissions refer to `target` of their fields.

    Source: https://dev.wix.com/docs/rest/crm/forms/form-schemas/query-forms
    """

    name = "forms"
    replication_key = "updatedDate"
    query = forms.FORMS
    optional = True

    @property
    @override
    def portions(self) -> Sequence[Mapping[str, Any]]:
        return _by_namespace(self)


class FormSubmissions(WixStream):
    """Submissions of forms in the namespaces of `form_namespaces`, oldest change first, with one query per namespace.

    Source: https://dev.wix.com/docs/rest/crm/forms/form-submissions/query-submissions-by-namespace
    """

    name = "form_submissions"
    replication_key = "updatedDate"
    query = forms.SUBMISSIONS
    optional = True

    @property
    @override
    def portions(self) -> Sequence[Mapping[str, Any]]:
        return _by_namespace(self)


def _by_namespace(stream: WixStream) -> Sequence[Mapping[str, Any]]:
    """Return a filter for each namespace; one empty filter if the user's filter has a namespace."""
    if "namespace" in stream.options.filter:
        return ({},)
    return [{"namespace": namespace} for namespace in stream.config["form_namespaces"]]


STREAMS = (Forms, FormSubmissions)
