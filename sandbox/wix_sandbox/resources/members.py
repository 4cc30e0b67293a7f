"""Site members.

https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/introduction
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk
from wix_sandbox.errors import WixError
from wix_sandbox.jobs import run_job
from wix_sandbox.query.page import Page
from wix_sandbox.query.request import part_of
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Resource, Route
from wix_sandbox.resources import members_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

BASE = "/members/v1/members"
QUERY = Query.declared(
    "members/queryMembers",
    paging=Paging.OFFSET,
    metadata=Metadata.METADATA,
    text_fields=("loginEmail", "contact.firstName", "contact.lastName", "profile.nickname", "profile.slug"),
)

_PUBLIC = ("id", "createdDate", "updatedDate", "profile")
_STATUSES = ("status", "privacyStatus", "activityStatus")
_EXTENDED = (*_PUBLIC, *_STATUSES, "loginEmail", "contactId")


def shown(call: Call, member: Entity) -> Entity:
    """Return a member with the members of the fieldset: only the public part by default."""
    fieldsets = call.names("fieldsets")
    if "FULL" in fieldsets:
        return member
    if "EXTENDED" in fieldsets:
        return {name: member[name] for name in _EXTENDED}
    # The public part does not have the statuses; sources differ on `contactId`, which is left out here.
    return {name: member[name] for name in _PUBLIC} | dict.fromkeys(_STATUSES, "UNKNOWN")


def _query(call: Call) -> Entity:
    """Answer the query; the free text is next to it, and the sort is called `sort` or `sorting`."""
    envelope = dict(part_of(call.body, "query"))
    envelope.setdefault("sort", envelope.pop("sorting", None))
    call.body = {**call.body, "query": {**envelope, "search": call.body.get("search")}}
    page = run_query(call, members_store.KIND, QUERY)
    rows = [shown(call, each) for each in page.entities]
    return Page(rows, page.metadata, page.total).answer("members", QUERY)


def _list(call: Call) -> Entity:
    """Answer GET: paging and sorting are separate parameters."""
    stated = {name: call.body[name] for name in ("paging", "sorting") if name in call.body}
    call.body = {**call.body, "query": stated, "search": None}
    return _query(call)


def _written(change: Callable[[Call], Entity]) -> Callable[[Call], Entity]:
    """Return the whole member, as writes do."""
    return lambda call: {"member": change(call)}


def _stating(name: str, value: str, call: Call) -> Entity:
    member = members_store.fetch(call.site, call.parameter("id"))
    return members_store.save(call.site, member | {name: value})


def _clear(name: str, call: Call) -> Entity:
    return members_store.clear(call.site, call.parameter("id"), name)


def _delete(call: Call) -> Entity:
    members_store.delete(call.site, call.parameter("id"))
    return {}


def _delete_one(call: Call, member_id: Any, _path: str) -> None:
    members_store.delete(call.site, str(member_id))


def _by_filter(act: Callable[[Site, Entity], Any]) -> Callable[[Call], Entity]:
    def handler(call: Call) -> Entity:
        return run_job(call, members_store.KIND, QUERY, lambda member: act(call.site, member))

    return handler


def _own(_call: Call) -> Entity:
    """Return the signed-in member; there is none with a key or an app's token."""
    raise WixError(HTTPStatus.FORBIDDEN, "")


_STATES = {
    "approve": ("status", "APPROVED"),
    "block": ("status", "BLOCKED"),
    "disconnect": ("status", "OFFLINE"),
    "mute": ("activityStatus", "MUTED"),
    "unmute": ("activityStatus", "ACTIVE"),
}
"""Calls that set one status, and the status."""
_EXTRA = (
    ("GET", BASE, "list", _list),
    ("GET", f"{BASE}/my", "get-own", _own),
    ("DELETE", f"{BASE}/my", "delete-own", _own),
    ("POST", f"{BASE}/bulk/delete", "bulk-delete", bulk("memberIds", _delete_one)),
    (
        "POST",
        f"{BASE}/bulk/delete-by-filter",
        "bulk-delete-by-filter",
        _by_filter(lambda site, member: members_store.delete(site, member["id"])),
    ),
    *(
        (
            "POST",
            f"{BASE}/bulk/{name}-by-filter",
            f"bulk-{name}-by-filter",
            _by_filter(
                partial(
                    lambda site, member, status: members_store.save(site, member | {"status": status}), status=status
                )
            ),
        )
        for name, (_, status) in _STATES.items()
        if name in {"approve", "block"}
    ),
    *(
        ("POST", f"{BASE}/{{id}}/{name}", name, _written(partial(_stating, *status)))
        for name, status in _STATES.items()
    ),
    *(
        ("DELETE", f"{BASE}/{{id}}/{name}", f"clear-{name}", _written(partial(_clear, name)))
        for name in ("phones", "emails", "addresses")
    ),
    (
        "POST",
        f"{BASE}/{{id}}/slug",
        "set-slug",
        _written(lambda call: members_store.set_slug(call.site, call.parameter("id"), call.body.get("slug"))),
    ),
)

MEMBERS = Resource(
    name="members",
    kind=members_store.KIND,
    base=BASE,
    item="member",
    items="members",
    schema="member",
    label="Member",
    query=QUERY,
    revision=False,
    present=shown,
    special={
        "create": _written(lambda call: members_store.create(call.site, call.entity("member"))),
        "update": _written(lambda call: members_store.update(call.site, call.parameter("id"), call.entity("member"))),
        "delete": _delete,
        "query": _query,
    },
    extra=tuple(
        Route(method=way, path=path, operation=f"members.{name}", handler=handler)
        for way, path, name, handler in _EXTRA
    ),
)


def routes() -> Iterator[Route]:
    """The endpoints of members."""
    yield from MEMBERS.routes()
