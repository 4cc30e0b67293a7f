"""Webhooks as Wix sends them, signed with a key of our own."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

INSTANCE = "6f1b6d32-0f0f-4d3a-9a3e-0d2e6f7a8b9c"
_IDS = UUID("8c6d2b0e-55c2-4c2b-8a3e-7d4f0f1a2b3c")


@cache
def key_pair(bits: int = 2048, name: str = "app") -> rsa.RSAPrivateKey:
    """Return a private key, the same for each name."""
    return rsa.generate_private_key(65537, bits)


def public_pem(key: rsa.RSAPrivateKey | None = None, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    """Return the public key with its line breaks."""
    return (key or key_pair()).public_key().public_bytes(Encoding.PEM, form).decode()


def private_pem(key: rsa.RSAPrivateKey | None = None) -> str:
    """Return the private key."""
    return (key or key_pair()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def one_line(pem: str) -> str:
    """Return a whole PEM in base64."""
    return base64.b64encode(pem.encode()).decode()


def event_id(number: int) -> str:
    """Return the ID of a numbered event."""
    return str(uuid5(_IDS, str(number)))


def payload(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return the domain event of a new contact."""
    contact = {"id": event_id(-number), "revision": 1, "info": {"name": {"first": f"Ada {number}"}}}
    return {
        "id": event_id(number),
        "entityFqdn": "wix.contacts.v4.contact",
        "slug": "created",
        "entityId": contact["id"],
        "createdEvent": {"entity": contact},
        "eventTime": "2026-11-28T10:00:00.123456Z",
        "triggeredByAnonymizeRequest": False,
        "entityEventSequence": str(number),
        **more,
    }


def claims(event: Any, event_type: str = "wix.contacts.v4.contact_created", **more: Any) -> dict[str, Any]:
    """Return claims: an event in its envelope, both as texts."""
    envelope = {
        "eventType": event_type,
        "instanceId": INSTANCE,
        "data": json.dumps(event),
        "identity": json.dumps({"identityType": "WIX_USER", "wixUserId": event_id(0)}),
    }
    now = int(time.time())
    return {"data": json.dumps(envelope), "iat": now, "exp": now + 3600, **more}


def sign(content: dict[str, Any], key: Any = None, algorithm: str = "RS256", **headers: Any) -> bytes:
    """Return a token."""
    return jwt.encode(content, key_pair() if key is None else key, algorithm, headers={"kid": "1", **headers}).encode()


def token(number: int = 1, **more: Any) -> bytes:
    """Return the token of a numbered event."""
    return sign(claims(payload(number), **more))
