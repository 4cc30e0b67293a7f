"""Jobs by filter: one call that changes every row that a filter matches, in the background.

https://dev.wix.com/docs/rest/business-management/async-job/introduction. Choice: the job is done when its call is
answered. Its result is under `GET /_sandbox/effects`; the answer of Wix's own Get Async Job is not documented well
enough to be imitated.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import each_item
from wix_sandbox.querying import matching_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wix_sandbox.call import Call
    from wix_sandbox.query.spec import Query
    from wix_sandbox.values import Entity


def run_job(call: Call, kind: str, query: Query, act: Callable[[Entity], Any]) -> Entity:
    """Act on every row that the `filter` and `search` of a call match; a refused row does not stop the others.

    Returns:
        `{"jobId": …}`.

    Raises:
        WixError: 400 for a filter that the endpoint does not allow.
    """
    return run_over(call, matching_rows(call, kind, query), act)


def run_over(call: Call, items: Iterable[Any], act: Callable[[Any], Any]) -> Entity:
    """Act on every item (a row, or an object of the request) as a job; a refused item does not stop the others.

    Returns:
        `{"jobId": …}`.
    """

    def change(_at: int, item: Any) -> None:
        act(item)

    results = [each["itemMetadata"] for each in each_item(items, change)]
    codes = Counter(each["error"]["code"] for each in results if not each["success"])
    failed = sum(codes.values())
    job_id = call.site.new_id()
    facts = {"itemsSucceeded": len(results) - failed, "itemsFailed": failed, "errors": dict(codes)}
    call.site.note_effect("job", jobId=job_id, operation=call.operation, **facts)
    return {"jobId": job_id}
