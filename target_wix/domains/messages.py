"""Messages of the inbox, sent to a conversation or to a contact, once for each record.

Wix accepts no client key, and messages cannot be changed. So each message has a marker, a badge that only the business
sees, and the newest messages of its conversation are read before it is sent. Wix may or may not return badges (not
documented). Without them, a message with the same content counts as the sent one if it is newer than the note that it
was about to be sent, or without a note, if it is at most an hour old. If the answer is lost and the message is not
found, the record is rejected (`UNKNOWN`) and never sent again.

Source: https://dev.wix.com/docs/rest/crm/communication/inbox/introduction
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.desired import differs
from target_wix.domains.contacts import Contacts
from target_wix.domains.sent_once import SendingDomain
from target_wix.errors import Failure, Rejected
from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, one_of
from target_wix.sent_log import Sent
from wix_api import timestamps
from wix_api.endpoints import inbox
from wix_api.errors import RejectionError
from wix_api.languages import next_cursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.change import Change, Entity
    from target_wix.stream import Stream

_PAGES = 3
"""Maximum number of pages of the newest messages that are read."""
_MARKER = re.compile(r"ref [0-9a-f]{12}")
_LONGEST = 16_384

MESSAGE = Fields(
    Field("content", Form.OBJECT, required=True),
    Field("content.basic.items[].text", limit=length(_LONGEST)),
    Field("visibility", limit=one_of("BUSINESS_AND_PARTICIPANT", "BUSINESS")),
    Field("direction", limit=one_of("BUSINESS_TO_PARTICIPANT", "PARTICIPANT_TO_BUSINESS")),
    Field("silent", Form.FLAG),
    Field("text", limit=length(_LONGEST), access=Access.APART),
    *fields("conversationId contactId", access=Access.APART),
    Field("sendNotifications", Form.FLAG, access=Access.APART),
    Field("sendAs", limit=one_of("CALLER", "PARTICIPANT", "BUSINESS_USER"), access=Access.APART),
    *derived("id sequence createdDate sender appId"),
)
_USUAL = {"visibility": "BUSINESS_AND_PARTICIPANT", "direction": "BUSINESS_TO_PARTICIPANT"}


class Messages(SendingDomain):
    """Sends messages of the inbox."""

    kind = what = "message"
    keeps_notes = True
    named_by = ("id", "conversationId", "contactId")
    fields = MESSAGE
    undeletable = "Wix cannot delete messages. Remove the record."

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._conversations: dict[str, str] = {}  # by contact id
        self._newest: dict[str, list[Entity]] = {}  # by conversation id

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        """Return a record with its `text` moved into `content`."""
        if record.get("text") in (None, ""):
            return record
        return {"content": {"basic": {"items": [{"text": record["text"]}]}}, **record}

    # Find the conversation, and the message in it

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self.run.lag.wait_for_unseen_writes()
        contacts = {str(change.record.get("contactId") or "") for change in changes if not _conversation(change)}
        unknown = sorted(contacts - self._conversations.keys() - {""})
        refused, found = self._answers(self._conversation_of, unknown)
        self._conversations |= found
        placed = self.stream.each(changes, lambda change: self._place(change, refused))
        refused, self._newest = self._answers(self._messages_of, sorted({_conversation(change) for change in placed}))
        return self.stream.each(placed, lambda change: self._look(change, refused))

    def _answers(self, ask: Callable[[str], Any], ids: list[str]) -> tuple[dict[str, Rejected], dict[str, Any]]:
        """Request an answer for each id; return the rejections of refused ids, and the answers for the others."""

        def asked(one: str) -> Any:
            try:
                return ask(one)
            except RejectionError as error:
                return Failure.of(error).rejection()

        answers = dict(zip(ids, self.run.together(asked, ids), strict=True))
        refused = {one: answer for one, answer in answers.items() if isinstance(answer, Rejected)}
        return refused, {one: answer for one, answer in answers.items() if one not in refused}

    def _conversation_of(self, contact: str) -> str:
        contact_id = self.run.memory.linked(Contacts.kind, contact) or contact
        body = {"participantId": {"contactId": contact_id}}
        return str(self.client.entity(inbox.CONVERSATION_OF, "conversation", body=body)["id"])

    def _place(self, change: Change, refused: dict[str, Rejected]) -> bool:
        if _conversation(change):
            return True
        contact = str(change.record.get("contactId") or "")
        if not contact:
            msg = "The record has no conversation. Add `conversationId` or `contactId`."
            raise Rejected(msg, code="REQUIRED_FIELD", field="conversationId")
        if contact in refused:
            raise refused[contact]
        change.record = {**change.record, "conversationId": self._conversations[contact]}
        return True

    def _messages_of(self, conversation: str) -> list[Entity]:
        """Return the newest messages of a conversation, newest first."""
        found: list[Entity] = []
        paging: dict[str, Any] = {}
        for _ in range(_PAGES):
            params = {
                "conversationId": conversation,
                "visibility": inbox.ALL_MESSAGES,
                "paging.limit": inbox.MESSAGES_PER_PAGE,
                **paging,
            }
            rows, following = self.client.decoded(inbox.MESSAGES_OF, inbox.MESSAGE_ROWS, params=params)
            found += rows
            cursor = next_cursor(following, paging.get("paging.cursor", ""))
            if not (rows and cursor):
                break
            paging = {"paging.cursor": cursor}
        return found

    def _look(self, change: Change, refused: dict[str, Rejected]) -> bool:
        if _conversation(change) in refused:
            raise refused[_conversation(change)]
        note = self.noted(change)
        existing = self._found(change)
        if existing is not None:
            change.id, change.current = str(existing.get("id") or ""), existing
            if note is None or note.sent is Sent.BEGUN:
                self.note(change, Sent.DONE)
        elif note and note.sent is Sent.BEGUN:
            raise self.unknown(change)
        elif note:
            change.id, change.current = note.id, {"id": note.id}
        return True

    def _found(self, change: Change) -> Entity | None:
        """Return the message of a record if it is among the newest ones of its conversation."""
        marker, listed = self._marker_of(change), self._newest[_conversation(change)]
        marked = [one for one in listed if marker in _texts(one)]
        if marked:
            return marked[0]
        desired, since = _message_of(change.record), self.since(change)
        for one in listed:
            is_new = timestamps.readable(one.get("createdDate")) >= since
            is_marked = any(_MARKER.fullmatch(text) for text in _texts(one))
            is_free = not (is_marked or self.is_of_another(str(one.get("id")), change))
            if is_new and is_free and _is_same(one, desired):
                return one
        return None

    def _marker_of(self, change: Change) -> str:
        return f"ref {hashlib.blake2b(self.key_of(change).encode(), digest_size=6).hexdigest()}"

    # Compare

    @override
    def compare(self, change: Change) -> None:
        if change.current:
            return
        MESSAGE.check(change.record, creating=True)
        badge = {"text": self._marker_of(change), "badgeVisibility": "BUSINESS"}
        change.body = {**_message_of(change.record), "badges": [badge]}
        change.fields = tuple(change.body)

    # Send

    @override
    def group_of(self, change: Change) -> str:
        return _conversation(change)

    @override
    def send(self, change: Change) -> Entity:
        given = ((name, change.record.get(name)) for name in ("sendNotifications", "sendAs"))
        asked = {name: value for name, value in given if value not in (None, "")}
        body = {"conversationId": _conversation(change), "message": change.body, **asked}
        return self.client.entity(inbox.SEND_MESSAGE, "message", body=body)


def _conversation(change: Change) -> str:
    return str(change.record.get("conversationId") or "")


def _message_of(record: Entity) -> Entity:
    return {**_USUAL, **MESSAGE.take(record)}


def _is_same(message: Entity, desired: Entity) -> bool:
    """True if a message has the content and the direction of a record."""
    has_content = not differs(message.get("content"), desired.get("content"))
    return has_content and message.get("direction") == desired["direction"]


def _texts(message: Entity) -> list[str]:
    return [str(badge.get("text")) for badge in message.get("badges") or []]
