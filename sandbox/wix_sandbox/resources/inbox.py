"""Inbox: conversations with contacts, and their messages.

No call lists conversations: a call returns, or creates, the conversation of a contact.

https://dev.wix.com/docs/rest/crm/communication/inbox/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import existing, only_one, require
from wix_sandbox.handlers import endpoints, fetching
from wix_sandbox.query.engine import Page
from wix_sandbox.query.spec import Query, either_way
from wix_sandbox.querying import run_query
from wix_sandbox.resources import contacts_store
from wix_sandbox.values import camel_case, filled, instant, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

CONVERSATIONS = "inbox_conversations"
MESSAGES = "inbox_messages"
OWNER_ID = "5a4db0c5-0000-4000-8000-000000000006"
"""The person who answers for the shop."""
BOTH, BUSINESS = "BUSINESS_AND_PARTICIPANT", "BUSINESS"

LIST = Query(
    sortable=either_way("sequence"),
    default_sort=("sequence", "DESC"),
    numbers=frozenset({"sequence"}),
    # The documentation says up to 30; the client's types allow 100.
    max_limit=30,
    default_limit=30,
)


def find_or_create(site: Site, name: str, value: str) -> tuple[Entity, bool]:
    """Return the conversation with a participant (`contactId`, …), and whether it is new.

    Raises:
        WixError: 404 for an unknown contact.
    """
    known = site.store.first(CONVERSATIONS, f"participant.{name}", value)
    if known is not None:
        return known, False
    participant = {name: value}
    shown = "Visitor"
    if name == "contactId":
        contact = contacts_store.fetch(site, value)
        member = contact.get("memberInfo", {}).get("memberId")
        participant |= {"memberId": member} if member else {"anonymousVisitorId": site.new_id()}
        shown = contact["info"].get("extendedFields", {}).get("items", {}).get("contacts.displayByFirstName", shown)
    conversation = {
        "id": site.new_id(),
        "participant": participant,
        "channels": ["CHAT"],
        "businessDisplayData": {"name": "Sandbox shop"},
        "participantDisplayData": {"name": shown},
    }
    return site.store.insert(CONVERSATIONS, conversation), True


def send(site: Site, conversation: Entity, message: Entity, sender: Entity) -> Entity:
    """Add a message to a conversation. Its sequence number counts microseconds and is unique."""
    sequence = instant(site.now()) or 0
    while str(sequence) in site.store.table(MESSAGES):
        sequence += 1
    sent = {
        "badges": [],
        "targetChannels": [],
        "sourceChannel": "UNKNOWN_CHANNEL_TYPE",
        "targetChannelIds": [],
        "silent": False,
        **message,
        "id": str(sequence),
        "sequence": str(sequence),
        "createdDate": site.now(),
        "appId": APP_ID,
        "sender": sender,
    }
    site.store.insert(MESSAGES, {**sent, "conversationId": conversation["id"]})
    return sent


def _conversation(site: Site, conversation_id: str) -> Entity:
    row = site.store.get(CONVERSATIONS, conversation_id)
    return existing(row, "Conversation", conversation_id, "CONVERSATION_NOT_FOUND")


def _get_or_create(call: Call) -> Entity:
    stated = call.entity("participantId")
    name = only_one(filled(stated), "participantId", "contactId", "memberId", "anonymousVisitorId")
    conversation, new = find_or_create(call.site, name, str(stated[name]))
    return {"conversation": conversation, "newConversation": new}


def _list(call: Call) -> Entity:
    visibility = call.body["visibility"]
    conversation = _conversation(call.site, str(call.body["conversationId"]))
    shown: Entity = {"conversationId": conversation["id"]}
    if visibility == BOTH:
        shown["visibility"] = BOTH
    paging, sorting = call.body.get("paging") or {}, call.body.get("sorting")
    # The order is in the cursor; the parameter is repeated with every page.
    order = [{"fieldName": "sequence", **sorting}] if isinstance(sorting, dict) and not paging.get("cursor") else []
    call.body = {"query": {"cursorPaging": paging, "sort": order}}
    page = run_query(call, MESSAGES, LIST.but(base_filter=shown))
    page.metadata.pop("hasNext", None)
    listed = [each for each in page.entities if not _is_hidden(call.site, each)]
    messages = [_shown(call.site, each) for each in listed]
    return Page(messages, page.metadata).answer("messages", LIST)


def _is_hidden(site: Site, message: Entity) -> bool:
    """True if the list leaves out a message that an app sent."""
    return site.readings["messages-of-apps"] == "left-out" and "appId" in message["sender"]


def _shown(site: Site, message: Entity) -> Entity:
    shown = without(message, "conversationId")
    return shown | ({"badges": []} if site.readings["message-badges"] == "left-out" else {})


def _send(call: Call) -> Entity:
    conversation = _conversation(call.site, call.body["conversationId"])
    message = clean("inbox_message", call.entity("message"), "message", fresh=True)
    require(message, "content", "visibility", "direction", within="message")
    participant: Entity = conversation["participant"]
    sender = participant if call.body.get("sendAs") == "PARTICIPANT" else {"appId": APP_ID}
    sent = send(call.site, conversation, message, sender)
    if call.flag("sendNotifications"):
        call.site.note_effect("mail", to=participant, about="new message", conversationId=conversation["id"])
    return {"message": _shown(call.site, sent)}


def _in_camel_case(body: Any) -> Any:
    """Return a body with camel case for snake case, which old examples of the inbox post (`conversation_id`)."""
    if isinstance(body, list):
        return [_in_camel_case(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {name if "-" in name else camel_case(name): _in_camel_case(part) for name, part in body.items()}


_ONE = "/inbox/v2/conversations/{conversationId}"
ROUTES = endpoints(
    ("POST", "/inbox/v2/conversations", "conversations.get-or-create", _get_or_create),
    ("GET", _ONE, "conversations.get", fetching("conversation", _conversation, "conversationId")),
    ("GET", "/inbox/v2/messages", "messages.list", _list),
    ("POST", "/inbox/v2/messages", "messages.send", _send),
    spelled=_in_camel_case,
)
