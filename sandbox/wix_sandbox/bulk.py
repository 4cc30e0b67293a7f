"""Bulk calls: many items in one request, each with its own result; and jobs over all rows of a filter.

https://dev.wix.com/docs/rest/articles/getting-started/bulk-operations
https://dev.wix.com/docs/rest/business-management/async-job/introduction. Choice: the job is done when its call is
answered. Its result is under `GET /_sandbox/effects`; the answer of Wix's own Get Async Job is not documented well
enough to be imitated.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import WixError, wrong_type
from wix_sandbox.querying import matching_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.query.spec import Query
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def bulk_answer(results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return `{results, bulkActionMetadata}` of per-item results."""
    listed = list(results)
    good = sum(each["itemMetadata"]["success"] for each in listed)
    totals = {"totalSuccesses": good, "totalFailures": len(listed) - good, "undetailedFailures": 0}
    return {"results": listed, "bulkActionMetadata": totals}


def each_item(
    items: Iterable[Any],
    act: Callable[[Any], Entity | None],
    *,
    give: bool = False,
    name: str = "item",
    id_of: Callable[[Any], str | None] = lambda item: item.get("id") if isinstance(item, dict) else str(item),
) -> list[dict[str, Any]]:
    """Act on every item of a bulk call; a refusal becomes the result of its item and does not stop the others.

    Args:
        items: The items of the call.
        act: Processes one item; returns the entity, or None if there is none to return.
        give: Whether to put the entity into the result (`returnEntity`).
        name: Key of the entity in the result.
        id_of: Returns the id under which a failed item is reported.
    """
    results = []
    for at, item in enumerate(items):
        try:
            entity = act(item)
        except WixError as error:
            metadata = {"originalIndex": at, "success": False, "error": error.item_error}
            known = id_of(item)
            results.append({"itemMetadata": {"id": known, **metadata} if known else metadata})
            continue
        known = entity["id"] if entity is not None else id_of(item)
        result: dict[str, Any] = {"itemMetadata": {"id": known, "originalIndex": at, "success": True}}
        if give and entity is not None:
            result[name] = entity
        results.append(result)
    return results


def bulk(  # noqa: PLR0913 - bulk calls differ in these ways
    member: str,
    act: Callable[[Call, Any, str], Entity | None],
    *,
    item: str = "",
    name: str = "item",
    id_name: str = "id",
    give: bool = False,
    asks: str = "returnEntity",
) -> Handler:
    """Return the handler of a bulk call.

    Args:
        member: Member of the request that lists the items.
        act: Processes one item, given the call, the item and its path; returns the entity, or None.
        item: Envelope of each item: `act` gets `body` of `{item: body}`.
        name: Member of a result that has the entity.
        id_name: Member of an item that has its id, for the result of a failed item.
        give: Whether to put the entity into each result, also if it is not asked for.
        asks: Member of the request that asks for the entities.
    """

    def body_of(entry: Any) -> Any:
        return entry.get(item) if item else entry

    def id_of(entry: Any) -> str | None:
        body = body_of(entry)
        return body.get(id_name) if isinstance(body, dict) else None if item else str(body)

    def handler(call: Call) -> dict[str, Any]:
        def one(place: tuple[int, Any]) -> Entity | None:
            body, path = body_of(place[1]), f"{member}[{place[0]}]" + (f".{item}" if item else "")
            if item and not isinstance(body, dict):
                raise wrong_type(path, "object")
            return act(call, body, path)

        given = give or call.flag(asks)
        places = enumerate(call.items(member))
        return bulk_answer(each_item(places, one, give=given, name=name, id_of=lambda place: id_of(place[1])))

    return handler


def bulk_ids(member: str, act: Callable[[Site, str], Entity | None]) -> Handler:
    """Return the handler of a bulk call that lists ids."""
    return bulk(member, lambda call, entity_id, _path: act(call.site, str(entity_id)))


def job(kind: str, query: Query, change: Callable[[Call], Callable[[Entity], Entity | None]]) -> Handler:
    """Return the handler of a job over all rows of a kind that the `filter` and the `search` of a call match.

    Args:
        kind: Kind of the rows.
        query: What can be filtered by; 400 for other filters.
        change: Checks the rest of the call, and returns the function that changes a row.
    """

    def handler(call: Call) -> Entity:
        act = change(call)
        return run_job(call, matching_rows(call, kind, query), act)

    return handler


def by_id(act: Callable[[Site, str], Entity | None]) -> Callable[[Call], Callable[[Entity], Entity | None]]:
    """Return the `change` of a job that needs the ids of the rows only."""
    return lambda call: lambda row: act(call.site, row["id"])


def run_job(call: Call, items: Iterable[Any], act: Callable[[Any], Entity | None]) -> Entity:
    """Act on every item (a row, or an object of the request) as a job; a refused item does not stop the others.

    Returns:
        `{"jobId": …}`.
    """
    results = [each["itemMetadata"] for each in each_item(items, act)]
    codes = Counter(each["error"]["code"] for each in results if not each["success"])
    failed = sum(codes.values())
    job_id = call.site.new_id()
    facts = {"itemsSucceeded": len(results) - failed, "itemsFailed": failed, "errors": dict(codes)}
    call.site.note_effect("job", jobId=job_id, operation=call.operation, **facts)
    return {"jobId": job_id}
