"""The inbox: conversations that the settings name, and their messages. Wix lists no conversations."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.state import NEWEST
from tap_wix.streams.base import WixStream
from wix_api import timestamps
from wix_api.endpoints import inbox
from wix_api.errors import GoneError, UnexpectedResponseError
from wix_api.languages import Listing, next_cursor
from wix_api.query import Query
from wix_api.reading import Item, OneByOne, Position, Trail

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from wix_api.companions import Companion

_MICROSECONDS = 1_000_000
_MOST_CONVERSATIONS = 2000
"""Conversations outside of the settings, in the state. All messages of others are read again with the next event."""


class InboxConversations(WixStream):
    """Conversations of the settings `conversation_ids` and `conversation_contact_ids`; each run reads them all.

    Wix returns the conversation of a contact and creates it if there is none. This happens only for contacts that the
    second setting names, and the log says so.
    Source: https://dev.wix.com/docs/rest/crm/communication/inbox/conversations/get-conversation
    """

    name = "inbox_conversations"
    is_listed = False
    query = Query(inbox.GET_CONVERSATION, "conversations", 1, (), Listing(), one_of="")

    @override
    def pages(
        self, starts: Sequence[str | None], companions: Sequence[Companion] = (), query: Query | None = None
    ) -> OneByOne:
        return OneByOne(self._conversations())

    @override
    def pages_with(self, ids: Mapping[str, Sequence[str]], companions: Sequence[Companion]) -> Iterator[Sequence[Item]]:
        return iter(OneByOne(self._with_ids(ids.get("", ()))))

    def _conversations(self) -> Iterator[Item]:
        seen: set[str] = set()
        for conversation in (*self._of_contacts(), *self._with_ids(self._ids)):
            if conversation.id not in seen:
                seen.add(conversation.id)
                yield conversation

    def _of_contacts(self) -> Iterator[Item]:
        for contact in self.config.get("conversation_contact_ids") or ():
            body = {"participantId": {"contactId": contact}}
            try:
                answer = self.client.call(inbox.CONVERSATION_OF, body=body)
            except GoneError:
                self.logger.warning("Stream `%s`: Wix has no contact with the id %s.", self.name, contact)
                continue
            if answer.get("newConversation"):
                self.logger.info("Stream `%s`: Wix created a conversation for the contact %s.", self.name, contact)
            conversation = answer.get("conversation")
            if not isinstance(conversation, dict):
                msg = f"{inbox.CONVERSATION_OF.path}: the answer has no `conversation`. Run it again."
                raise UnexpectedResponseError(msg)
            yield _item(conversation)

    @property
    def _ids(self) -> Sequence[str]:
        return self.config.get("conversation_ids") or ()

    def _with_ids(self, ids: Sequence[str]) -> Iterator[Item]:
        for conversation in ids:
            if not self.selected:  # its messages need only the id
                yield Item(conversation, "", b"")
                continue
            try:
                found = self.client.entity(inbox.GET_CONVERSATION, "conversation", names={"id": conversation})
            except GoneError:
                self.logger.warning("Stream `%s`: Wix has no conversation with the id %s.", self.name, conversation)
            else:
                yield _item(found)


def _item(conversation: dict[str, Any]) -> Item:
    return Item(str(conversation["id"]), "", msgspec.json.encode(conversation))


class InboxMessages(WixStream):
    """Messages of the conversations that the settings name, newest first in each conversation.

    The state has the number of the newest message of each conversation, back to which the next run reads: Wix lists
    the messages of one conversation and filters them by nothing.
    Source: https://dev.wix.com/docs/rest/crm/communication/inbox/messages/list-messages
    """

    name = "inbox_messages"
    is_listed = False
    parent_stream_type = InboxConversations
    primary_keys = ("conversationId", "id")
    replication_key = "createdDate"
    is_sorted = False

    _newest: dict[str, str]
    _state: dict[str, Any]

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self.write_schema()  # the SDK does it only for streams that it calls itself
        state: dict[str, Any] = {} if self.options.is_excerpt else self.stream_state
        if self.start is None:
            state.pop(NEWEST, None)
        self._newest = dict(state.setdefault(NEWEST, []))
        self._state = state

    @override
    def take(self, page: Sequence[Item], *, in_order: bool, lacking: Collection[str]) -> None:
        self._version.lacks(lacking)
        for conversation in page:
            self._take_conversation(conversation.id)

    def _take_conversation(self, conversation: str) -> None:
        """Write the messages of a conversation, and note that they were read once all are written."""
        last = self._newest.get(conversation)
        newest = last
        for messages in self._new_messages(conversation, int(last or 0)):
            rows = [{"conversationId": conversation, **message} for message in islice(messages, self._room)]
            dates = [date for row in rows if (date := timestamps.readable(row.get("createdDate")))]
            self._put(rows, dates, in_order=False)
            newest = str(max(int(newest or 0), *map(_sequence, messages)))
        if self.bookmark is not None and not self.full:
            with self.tap.message_writer.undivided:
                self.bookmark.settle()
                if newest is not None:
                    self._newest[conversation] = newest
                    self._limit_state()
                    self._state[NEWEST] = [*map(list, self._newest.items())]

    def _limit_state(self) -> None:
        """Limit the state to the conversations of the settings and the latest others, so that it stays small."""
        others = self._newest.keys() - set(self.config.get("conversation_ids") or ())
        if len(others) > _MOST_CONVERSATIONS:
            for each in sorted(others, key=lambda each: int(self._newest[each]))[: -_MOST_CONVERSATIONS // 2]:
                del self._newest[each]

    def _new_messages(self, conversation: str, last: int) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of the messages since the last one that was read, or a little before: indexes lag."""
        lowest = last - int(self._lookback * _MICROSECONDS)
        since = timestamps.normalise(self._start_date) if self._start_date else ""
        position, trail = Position(), Trail()
        while not self.full:
            params = {"conversationId": conversation, "visibility": inbox.ALL_MESSAGES}
            params["paging.limit"] = str(inbox.MESSAGES_PER_PAGE)
            if position.cursor:
                params["paging.cursor"] = position.cursor
            try:
                messages, paging = self.client.decoded(inbox.MESSAGES_OF, inbox.MESSAGE_ROWS, params=params)
            except GoneError:
                self.logger.warning("Stream `%s`: Wix has no conversation with the id %s.", self.name, conversation)
                return
            new = [each for each in messages if _sequence(each) >= lowest and _is_since(each, since)]
            if new:
                yield new
            cursor = next_cursor(paging, position.cursor)
            if len(new) < len(messages) or not cursor:
                return
            position = trail.follow(Position(cursor), after_rows=bool(messages))


def _sequence(message: dict[str, Any]) -> int:
    """Return the number of a message: microseconds since 1970."""
    return int(message.get("sequence") or 0)


def _is_since(message: dict[str, Any], date: str) -> bool:
    created = timestamps.readable(message.get("createdDate"))
    return not created or created >= date


STREAMS = (InboxConversations, InboxMessages)
