"""The key of the installed app, and the tokens that it signs.

The key is in the package and so known to everyone, as all credentials of the sandbox are.
"""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from datetime import datetime

KEY_ID = "wix-sandbox-1"
LIFETIME_SECONDS = 3600
"""Choice: Wix does not document how long its tokens are valid."""


@cache
def _key() -> rsa.RSAPrivateKey:
    numbers = msgspec.json.decode(files("wix_sandbox").joinpath("facts/app_key.json").read_bytes())
    n, d, p, q = (int(numbers[name], 16) for name in ("n", "d", "p", "q"))
    public = rsa.RSAPublicNumbers(numbers["e"], n)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def public_key() -> str:
    """Return the public key of the app: PEM with its line breaks."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key_in_base64() -> str:
    """Return the whole PEM of the public key in base64, as the app's dashboard at Wix shows it."""
    return base64.b64encode(public_key().encode()).decode()


def sign(data: str, now: datetime) -> str:
    """Return a JWT (RS256) with the claims `data`, `iat` and `exp`.

    Args:
        data: The envelope as JSON.
        now: The real time, even if the shop's clock was moved: receivers compare `exp` with their own clocks.
    """
    issued = int(now.timestamp())
    claims = {"data": data, "iat": issued, "exp": issued + LIFETIME_SECONDS}
    head = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    signed = f"{_part(msgspec.json.encode(head))}.{_part(msgspec.json.encode(claims))}"
    signature = _key().sign(signed.encode(), padding.PKCS1v15(), SHA256())
    return f"{signed}.{_part(signature)}"


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
