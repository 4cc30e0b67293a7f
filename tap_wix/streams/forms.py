"""What visitors submit with the forms of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.streams.base import WixStream
from wix_api.endpoints import forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
        if "namespace" in self.options.filter:
            return ({},)
        return [{"namespace": namespace} for namespace in self.config["form_namespaces"]]


STREAMS = (FormSubmissions,)
