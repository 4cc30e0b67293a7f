"""Checks that a webhook comes from Wix: an RS256 JWT that the app's public key verifies.

What is checked, and what is not, follows Wix's own client, except that this one takes RS256 only.
Source: `decodeJWT` in `build/auth/AppStrategy.js` and `parsePublicKeyIfEncoded` in `build/helpers.js` of the npm
package `@wix/sdk` 1.21.16.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from wix_api.errors import SettingsError
from wix_api.timestamps import render_seconds
from wix_events.envelope import NotAnEventError, read_claims
from wix_events.log import Event

if TYPE_CHECKING:
    from collections.abc import Callable

ALGORITHM = "RS256"
_COMPACT = re.compile(rb"([A-Za-z0-9_-]{1,8192})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{1,2048})")
"""Header, claims and signature of a JWT, in base64 for URLs."""
_FEWEST_BITS = 2048
_LATEST_CLOCK = 86_400.0
"""Maximum seconds by which the clock of this machine may be behind that of Wix."""
_IF_WIX = "If it came from Wix, check"
_BEGIN = "-----BEGIN"
_KEY_ADVICE = "Copy the public key from the Webhooks page of the app's dashboard: the PEM text, or that text in base64."


class RefusedError(Exception):
    """A request that is not stored.

    Attributes:
        status: HTTP status of the answer.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def load_key(text: str) -> RSAPublicKey:
    """Return the key of the setting `public_key`.

    Args:
        text: PEM with its line breaks, or the whole PEM in base64 on one line.

    Raises:
        SettingsError: It is not an RSA key of at least 2,048 bits.
    """
    try:
        pem = text.strip() if _BEGIN in text else base64.b64decode(text, validate=False).decode()
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        msg = f"The setting `public_key` is not a public key. {_KEY_ADVICE}"
        raise SettingsError(msg) from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _FEWEST_BITS:
        msg = f"The setting `public_key` must be an RSA key of at least {_FEWEST_BITS:,} bits. {_KEY_ADVICE}"
        raise SettingsError(msg)
    return key


class Verifier:
    """Turns tokens into events.

    Args:
        key: The app's public key.
        app_id: ID of the app, which a token may name as its audience; "" to accept every audience.
        clock: Seconds since 1970.
    """

    def __init__(self, key: RSAPublicKey, app_id: str = "", clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._app_id = app_id
        self._clock = clock

    def event(self, token: bytes) -> Event:
        """Return the event of a token.

        Raises:
            RefusedError: 401 if the token is not one of Wix for this app, or not valid now; 400 if it is not an event.
        """
        token = token.strip()
        claims_part = self._verified(token)
        claims = _json(claims_part)
        if not isinstance(claims, dict):
            raise RefusedError(400, "signed, but its claims are not a JSON object")
        self._check(claims)
        try:
            envelope = read_claims(claims)
        except NotAnEventError as error:
            raise RefusedError(400, f"signed, but not a webhook: {str(error).rstrip('.')}") from None
        return Event(
            event_id=envelope.event_id or f"sha256:{hashlib.sha256(claims_part).hexdigest()}",
            is_signed=True,
            has_id=bool(envelope.event_id),
            type=envelope.event_type,
            instance_id=envelope.instance_id,
            site_id=envelope.site_id,
            entity_id=envelope.entity_id,
            entity_sequence=envelope.entity_sequence,
            event_time=envelope.event_time,
            received_at=render_seconds(self._received_at(claims)),
            raw=token,
        )

    def _verified(self, token: bytes) -> bytes:
        """Return the part of a token that holds the claims, after a check of its signature (RFC 7515)."""
        parts = _COMPACT.fullmatch(token)
        if parts is None:
            raise RefusedError(401, "not a token")
        head = _json(parts[1])
        # Every extension in `crit` must be understood, and none is.
        if not isinstance(head, dict) or head.get("alg") != ALGORITHM or "crit" in head:
            raise RefusedError(401, f"not signed with {ALGORITHM}")
        try:
            self._key.verify(_decoded(parts[3]), token[: parts.end(2)], PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise RefusedError(401, f"not signed by Wix for this app. {_IF_WIX} `public_key`") from None
        return parts[2]

    def _check(self, claims: dict[str, Any]) -> None:
        now = self._clock()
        if "exp" in claims and not _number(claims["exp"]) > now:
            raise RefusedError(401, f"expired. {_IF_WIX} the clock of this machine")
        if "nbf" in claims and not _number(claims["nbf"], otherwise=now + 1) <= now:
            raise RefusedError(401, f"not valid yet. {_IF_WIX} the clock of this machine")
        audience = claims.get("aud")
        meant = audience if isinstance(audience, list) else [audience]
        if self._app_id and audience and self._app_id not in meant:
            raise RefusedError(401, "meant for another app than `app_id`")

    def _received_at(self, claims: dict[str, Any]) -> float:
        """Return the time, not before the token was issued: readers trust Wix's index for events that are old."""
        now = self._clock()
        return max(now, min(_number(claims.get("iat")), now + _LATEST_CLOCK))


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _json(part: bytes) -> Any:
    """Return the JSON in a part of a token, None if there is none."""
    try:
        return json.loads(_decoded(part))
    except (ValueError, RecursionError):
        return None


def _number(value: Any, otherwise: float = 0) -> float:
    return value if isinstance(value, (int, float)) else otherwise
