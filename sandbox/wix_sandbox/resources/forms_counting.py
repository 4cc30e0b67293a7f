"""Counts of form submissions, all and unseen, for each form.

https://dev.wix.com/docs/rest/crm/forms/form-submissions/count-submissions
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, rule_error, validation_error
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.request import part_of
from wix_sandbox.query.spec import Query
from wix_sandbox.resources.forms_store import SUBMISSIONS, TRASH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

COUNTED = frozenset({"CONFIRMED", "PAYMENT_WAITING", "PAYMENT_CANCELED"})
"""Statuses that count by default."""
FIELDS = Query.declared("forms/querySubmissionsByNamespace")


def need_namespace(call: Call, envelope: str, rule: str = "") -> None:
    """Refuse a query without a namespace; on later pages it is in the cursor.

    Raises:
        WixError: 400.
    """
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
    return bool(stated) or any(map(_names_namespace, condition.get("$and") or ()))


def count(call: Call) -> Entity:
    """Answer POST count: `{formIds, namespace, statuses}` to a count for each form, including zero."""
    return {"formsSubmissionsCount": _counts(*_asked(call, SUBMISSIONS))}


def count_trash(call: Call) -> Entity:
    """Answer POST trash-bin/count: as `count`, of the submissions in the trash bin."""
    counts = _counts(*_asked(call, TRASH))
    return {
        "formsDeletedSubmissionsCount": [{name: each[name] for name in ("formId", "totalCount")} for each in counts]
    }


def _asked(call: Call, kind: str) -> tuple[Iterable[Entity], list[str]]:
    form_ids = [str(each) for each in call.items("formIds")]
    namespace = call.body.get("namespace")
    statuses = call.names("statuses") or COUNTED
    found = call.site.store.find(kind, "namespace", namespace)
    return (each for each in found if each["status"] in statuses), form_ids


def count_by_filter(call: Call) -> Entity:
    """Answer POST count-by-filter: `{filter}`, which must name the namespace, to a count for each form with matches."""
    condition = call.body.get("filter")
    _need_namespace(condition, "filter.namespace")
    matches = compile_filter(condition or {}, FIELDS).fits
    return {"formsSubmissionsCount": _counts(filter(matches, call.site.store.all(SUBMISSIONS)))}


def _counts(found: Iterable[Entity], form_ids: Iterable[str] = ()) -> list[Entity]:
    total = Counter(dict.fromkeys(form_ids, 0))
    unseen: Counter[str] = Counter()
    wanted = set(total)
    for each in found:
        if not wanted or each["formId"] in wanted:
            total[each["formId"]] += 1
            unseen[each["formId"]] += not each["seen"]
    return [{"formId": each, "totalCount": total[each], "unseenCount": unseen[each]} for each in total]
