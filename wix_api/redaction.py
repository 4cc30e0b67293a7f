"""Keeps secrets and personal data out of messages.

Wix's texts may repeat what was sent to it: a credential, a phone number, an e-mail address. So every text of Wix passes
through `redact` before it becomes part of a message.
"""

from __future__ import annotations

import re
import unicodedata

_MAIL_ADDRESS = re.compile(r"(?<![^\s@\"'<>])[^\s@\"'<>]+@[^\s@\"'<>]+")
"""Searched from the beginning of each word only: from each character, a long text without blanks would take hours."""
_DIGITS = re.compile(r"(?<![\w.-])\+?\(?\d[\d ()./-]{5,40}\d(?![\w-])")
"""Seven digits or more, with the usual characters between groups of a phone number. Not a part of an id.

Without a limit, a long list of digits would take minutes."""
_NO_PHONE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,9}(\.\d+)?", re.DOTALL)
"""A date, or a number of the form of Wix's limits: 999999999.99."""
_MOST_DIGITS = 15
_LONGEST = 300
SHORTEST_SECRET = 6
"""Shorter texts are not treated as secrets, since they would match parts of words."""
_PASSWORD = re.compile(r"^([^/]*//)?.*@", re.DOTALL)
_secrets: set[str] = set()


def never_show(*secrets: str) -> None:
    """Mask texts in all messages of this process from now on."""
    _secrets.update(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)


def redact(text: str) -> str:
    """Return a text of Wix as one short line without control characters, secrets, e-mails and phone numbers."""
    line = printable(text)
    line = _MAIL_ADDRESS.sub("<mail address>", line)
    line = _DIGITS.sub(_without_phone, line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def without_secrets(text: str) -> str:
    """Return a text with every secret of this process masked."""
    # A copy, since another thread may add a renewed token; the longest first, since one may begin with another.
    for secret in sorted(_secrets.copy(), key=len, reverse=True):
        text = text.replace(secret, "<secret>")
    return text


def printable(text: str) -> str:
    """Return a text as one line without control characters and secrets."""
    text = without_secrets(text)
    kept = "".join(mark if unicodedata.category(mark)[0] != "C" or mark.isspace() else "�" for mark in text)
    return " ".join(kept.split())


def _without_phone(found: re.Match[str]) -> str:
    digits = sum(mark.isdigit() for mark in found[0])
    if digits > _MOST_DIGITS or _NO_PHONE.fullmatch(found[0]):
        return found[0]
    return "<phone number>"


def masked_url(url: str) -> str:
    """Return a URL without user name, password and query."""
    return re.split(r"[?#]", _PASSWORD.sub(r"\1***@", url), maxsplit=1)[0]


def unsendable(text: str) -> str:
    """Return why a text cannot be sent in a request header, without quoting it; "" if it can."""
    for place, mark in enumerate(text, 1):
        if unicodedata.category(mark) == "Cc":
            return f"a control character (U+{ord(mark):04X}, at {place})"
        if ord(mark) > 0xFF:  # noqa: PLR2004 - the last character of Latin-1, in which headers are written
            return f"a character outside Latin-1 (U+{ord(mark):04X}, at {place})"
    return ""
