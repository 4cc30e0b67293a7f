"""Forms of the site, and the submissions of visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.streams.base import WixStream
from wix_api.endpoints import forms
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.pages import RowsDecoder
from wix_api.reading import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

    from wix_api.reading import Item


class _OfNamespaces(WixStream):
    """Rows in the namespaces of `form_namespaces`, with one query per namespace."""

    @property
    @override
    def portions(self) -> Sequence[Mapping[str, Any]]:
        if "namespace" in self.options.filter:
            return ({},)
        return [{"namespace": namespace} for namespace in self._namespaces]

    @property
    @override
    def user_filter(self) -> Mapping[str, Any]:
        return {"namespace": self._namespaces, **self.options.filter}

    @property
    def _namespaces(self) -> list[str]:
        return sorted(set(self.config["form_namespaces"]))


class Forms(_OfNamespaces):
    """Forms in the namespaces of `form_namespaces`, oldest change first. Submissions refer to `target` of their fields.

    Source: https://dev.wix.com/docs/rest/crm/forms/form-schemas/query-forms
    """

    name = "forms"
    replication_key = "updatedDate"
    query = forms.FORMS
    optional = True


class FormSubmissions(_OfNamespaces):
    """Submissions of forms in the namespaces of `form_namespaces`, oldest change first.

    Source: https://dev.wix.com/docs/rest/crm/forms/form-submissions/query-submissions-by-namespace
    """

    name = "form_submissions"
    replication_key = "updatedDate"
    query = forms.SUBMISSIONS
    optional = True

    _names: dict[str, str | None]
    """Names of forms that were asked for, by their ids; None for forms that Wix does not return."""
    _may_ask: bool

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self._names, self._may_ask = {}, True

    @override
    def records(self, rows: Sequence[Item]) -> list[dict[str, Any]]:
        """Return submissions with the names of their forms."""
        submissions = [msgspec.json.decode(item.raw, type=dict[str, Any]) for item in rows]
        by_namespace: dict[str, list[str]] = {}
        for row in submissions:
            form = row.get("formId")
            if form and form not in self._names:
                self._names[form] = None
                by_namespace.setdefault(row.get("namespace", ""), []).append(form)
        for namespace, ids in by_namespace.items():
            self._ask_for_names(namespace, ids)
        return [{**row, "formName": self._names.get(row.get("formId", ""))} for row in submissions]

    def _ask_for_names(self, namespace: str, ids: list[str]) -> None:
        """Ask Wix for the names of forms; without the permission, they stay unknown, and one warning says so."""
        if not self._may_ask:
            return
        filters = {"namespace": namespace, "id": {"$in": ids}}
        found = forms.FORMS.rows(self.client, filters).sorted_by("")
        try:
            rows, _ = found.ask(RowsDecoder(forms.FORMS.items, dict[str, Any]), Window(), None)
        except (PermissionDeniedError, RejectionError, SiteNotReadyError) as error:
            self._may_ask = False
            self.logger.warning("Stream `%s`: the names of forms are unknown. %s", self.name, error)
        else:
            self._names.update({row["id"]: row.get("name") for row in rows})


STREAMS = (Forms, FormSubmissions)
