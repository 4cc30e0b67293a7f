"""The inbox: conversations and their messages.

Source: https://dev.wix.com/docs/rest/crm/communication/inbox/introduction
"""

from __future__ import annotations

from typing import Any

from wix_api.operations import Operation
from wix_api.pages import RowsDecoder

# Returns the conversation of a participant, and makes it if there is none: a second call makes nothing.
CONVERSATION_OF = Operation("POST", "/inbox/v2/conversations", scope="SCOPE.DC-INBOX.READ-MSGS")
GET_CONVERSATION = Operation("GET", "/inbox/v2/conversations/{id}", scope="SCOPE.DC-INBOX.READ-MSGS")
MESSAGES_OF = Operation("GET", "/inbox/v2/messages", scope="SCOPE.DC-INBOX.READ-MSGS")
"""The messages of one conversation, newest first."""
MESSAGE_ROWS = RowsDecoder("messages", dict[str, Any])
MESSAGES_PER_PAGE = 30
SEND_MESSAGE = Operation("POST", "/inbox/v2/messages", repeatable=False, scope="SCOPE.DC-INBOX.MANAGE-MSGS")
ALL_MESSAGES = "BUSINESS"
"""Visibility that lists all messages, also those that participants do not see."""
