"""Parsers of the options of a request, which refuse invalid ones before anything is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click import UsageError

from wix_api.redaction import unsendable

if TYPE_CHECKING:
    from collections.abc import Sequence

_OURS = frozenset(
    {"authorization", "wix-site-id", "wix-account-id", "host", "content-length", "transfer-encoding", "connection"}
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def is_text(text: str) -> bool:
    """True if a text has no half characters, by which Python also represents bytes of other encodings."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_queries(queries: Sequence[str]) -> dict[str, list[str]]:
    """Return the query parameters of `NAME=VALUE` texts.

    Raises:
        UsageError: A text has no name, no `=`, or bytes of another encoding.
    """
    params: dict[str, list[str]] = {}
    for text in queries:
        name, sign, value = text.partition("=")
        if not sign or not name:
            msg = f"--query {text!r} is not NAME=VALUE, as in --query paging.limit=5."
            raise UsageError(msg)
        if not is_text(text):
            msg = f"--query {text!r} is not text in UTF-8."
            raise UsageError(msg)
        params.setdefault(name, []).append(value)
    return params


def parse_headers(headers: Sequence[str]) -> dict[str, str]:
    """Return the headers of `NAME: VALUE` texts. Messages do not quote values, which may be secrets.

    Raises:
        UsageError: A text is not a header, or a header that the client sets.
    """
    parsed: dict[str, str] = {}
    for text in headers:
        name, sign, value = (part.strip() for part in text.partition(":"))
        if not sign or not _HEADER_NAME.fullmatch(name) or unsendable(value):
            msg = "--header is not 'NAME: VALUE' in plain letters, as in --header 'Accept-Language: en'."
            raise UsageError(msg)
        if name.lower() in _OURS:
            msg = f"--header {name}: this header is set from the settings of the site. Remove the option."
            raise UsageError(msg)
        parsed[name] = value
    return parsed
