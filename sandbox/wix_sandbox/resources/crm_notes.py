"""Notes on contacts, and tasks.

https://dev.wix.com/docs/rest/crm/crm/notes/introduction and https://dev.wix.com/docs/rest/crm/crm/tasks/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import error_400, existing
from wix_sandbox.handlers import endpoints
from wix_sandbox.query.request import part_of
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import CRUD, Resource
from wix_sandbox.resources import contacts_store
from wix_sandbox.values import filled, without

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

QUERY_NOTES = Query.declared("crm/queryNotes")
QUERY_TASKS = Query.declared("crm/queryTasks")
_SOURCE = {"sourceType": "APP", "appId": APP_ID}


def _complete_note(site: Site, note: Entity) -> Entity:
    contacts_store.fetch(site, note["contactId"])
    return {"type": "NOT_SET", "source": _SOURCE, **note}


def _update_note(site: Site, note_id: str, body: Entity, path: str) -> Entity:
    """Change a note; it stays with its contact, since Wix's types mark `contactId` as immutable."""
    return NOTES.update(site, note_id, without(body, "contactId"), path)


def _complete_task(site: Site, task: Entity) -> Entity:
    """Return a task with its contact as the contact is when the task is written."""
    complete = {"status": "ACTION_NEEDED", **task, "source": _SOURCE}
    contact_id = (task.get("contact") or {}).get("id")
    if contact_id:
        contact = contacts_store.fetch(site, contact_id)
        name, primary = contact["info"].get("name", {}), contact.get("primaryInfo", {})
        shown = {"firstName": name.get("first"), "lastName": name.get("last")}
        shown |= {"email": primary.get("email"), "phone": primary.get("phone")}
        complete["contact"] = {"id": contact_id} | filled(shown)
    return complete


def _query_notes(call: Call) -> Entity:
    """Answer the query of notes, whose contact id is next to the query; later pages have it in the cursor."""
    query, contact_id = part_of(call.body, "query"), call.body.get("contactId")
    if not part_of(query, "cursorPaging").get("cursor"):
        if not contact_id:
            raise error_400("MISSING_CONTACT_ID", "Notes are queried for one contact")
        condition = {"$and": [{"contactId": str(contact_id)}, query.get("filter") or {}]}
        call.body = {"query": {**query, "filter": condition}}
    return run_query(call, NOTES.kind, QUERY_NOTES).answer("notes", QUERY_NOTES)


def _move_task(call: Call) -> Entity:
    """Move tasks on the dashboard, whose order is in no answer; both tasks must exist."""
    for task_id in (call.parameter("taskId"), call.body.get("beforeTaskId")):
        if task_id:
            existing(call.site.store.get(TASKS.kind, task_id), "Task", task_id, "TASK_NOT_FOUND")
    return {}


NOTES = Resource(
    name="notes",
    base="/crm/notes/v2/notes",
    item="note",
    schema="note",
    parameter="noteId",
    query=QUERY_NOTES,
    updates=_update_note,
    derive=_complete_note,
    special={"query": _query_notes},
)
TASKS = Resource(
    name="tasks",
    base="/crm/tasks/v2/tasks",
    item="task",
    schema="task",
    parameter="taskId",
    verbs=CRUD | {"count"},
    query=QUERY_TASKS,
    derive=_complete_task,
)


ROUTES = (
    *NOTES.routes(),
    *TASKS.routes(),
    *endpoints(("POST", f"{TASKS.one}/move-after", "tasks.move", _move_task)),
)
