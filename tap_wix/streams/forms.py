"""What visitors submit with the forms of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.streams.base import WixStream
from wix_api.endpoints import forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Forms(WixStream):
    """Forms in some namespaces, oldest change first: their names, and the fields by whose targets submissions go.

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
    """Submissions of the forms in some namespaces, oldest change first. Wix takes one namespace a query.

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
    """Return a filter for each namespace, which the user's own filter replaces."""
    if "namespace" in stream.options.filter:
        return ({},)
    return [{"namespace": namespace} for namespace in stream.config["form_namespaces"]]


STREAMS = (Forms, FormSubmissions)
