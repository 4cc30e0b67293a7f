"""Which tokens are taken for webhooks of Wix, and which are not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.api_jws import PyJWS

from tests.listen.tokens import (
    INSTANCE,
    claims,
    event_id,
    key_pair,
    one_line,
    payload,
    private_pem,
    public_pem,
    sign,
    token,
)
from wix_api.errors import SettingsError
from wix_events.envelope import read_token
from wix_listen.verifying import RefusedError, Verifier, load_key

APP = "0d9b7a5c-1111-4222-8333-444455556666"
FLAT = {"productId": "p1", "changedFields": ["name"]}
V1 = "com.wix.ecommerce.catalog.api.v1.ProductChanged"
NOW = 1_800_000_000.0


def verifier(app_id: str = "") -> Verifier:
    return Verifier(key_pair().public_key(), app_id)


def test_a_webhook_is_read_as_the_event_that_it_holds() -> None:
    sent = token(3)
    found = verifier().event(sent + b"\n")
    assert found.raw == sent
    assert (found.event_id, found.has_id, found.is_signed) == (event_id(3), True, True)
    assert (found.type, found.instance_id) == ("wix.contacts.v4.contact_created", INSTANCE)
    assert (found.entity_id, found.entity_sequence) == (event_id(-3), 3)
    assert found.event_time == "2026-11-28T10:00:00.123456Z"
    assert read_token(found.raw).payload == payload(3)


def test_objects_in_place_of_texts_are_read_too() -> None:
    envelope = {"eventType": "type", "instanceId": "i", "data": payload(), "identity": {"identityType": "APP"}}
    assert verifier().event(sign({"data": envelope})).event_id == event_id(1)


def test_a_flat_event_is_known_by_its_contents() -> None:
    content = claims(FLAT, V1)
    first, again = (verifier().event(sign(content, kid=kid)) for kid in ("1", "2"))
    other = verifier().event(sign({**content, "iat": content["iat"] + 1}))
    assert not first.has_id
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize(
    "form", [public_pem, lambda: one_line(public_pem()), lambda: f"  {public_pem()}\n"], ids=["PEM", "base64", "blanks"]
)
def test_both_forms_of_the_key_are_read(form: Any) -> None:
    assert load_key(form()).public_numbers() == key_pair().public_key().public_numbers()


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


WRONG_KEYS = {
    "text": lambda: "not a key",
    "empty": lambda: " ",
    "base64 between the markers": lambda: "".join(public_pem().splitlines()[1:-1]),
    "private": private_pem,
    "short": lambda: public_pem(key_pair(1024, "short")),
    "elliptic": elliptic,
    "not ASCII": lambda: "ключ",
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_another_text_in_place_of_the_key_is_refused_without_quoting_it(name: str) -> None:
    text = WRONG_KEYS[name]()
    with pytest.raises(SettingsError, match="public_key") as raised:
        load_key(text)
    assert not text.strip() or text.strip() not in str(raised.value)
    assert raised.value.__cause__ is None


def changed(sent: bytes) -> bytes:
    """Return a token with another payload under the same signature."""
    head, body, signature = sent.split(b".")
    content = json.loads(base64.urlsafe_b64decode(body + b"=="))
    forged = base64.urlsafe_b64encode(json.dumps({**content, "iat": 1}).encode()).rstrip(b"=")
    return b".".join((head, forged, signature))


def unsigned() -> bytes:
    return sign(claims(payload()), "", "none")


def by_secret() -> bytes:
    """Return a token signed with the public key as if it were a secret."""
    return PyJWS().encode(json.dumps(claims(payload())).encode(), b"x" * 64, "HS256").encode()


def signed(text: str) -> bytes:
    return PyJWS().encode(text.encode(), key_pair(), "RS256").encode()


REFUSED = {
    "another key": (401, lambda: sign(claims(payload()), key_pair(2048, "other app"))),
    "changed": (401, lambda: changed(token())),
    "unsigned": (401, unsigned),
    "HS256": (401, by_secret),
    "RS512": (401, lambda: sign(claims(payload()), algorithm="RS512")),
    "PS256": (401, lambda: sign(claims(payload()), algorithm="PS256")),
    "unknown crit": (401, lambda: sign(claims(payload()), crit=["b65"], b65=1)),
    "expired": (401, lambda: token(exp=1)),
    "expiry as text": (401, lambda: sign({**claims(payload()), "exp": "9999999999"})),
    "expiry null": (401, lambda: sign({**claims(payload()), "exp": None})),
    "not valid yet": (401, lambda: token(nbf=9_999_999_999)),
    "start as text": (401, lambda: sign({**claims(payload()), "nbf": "1"})),
    "another app": (401, lambda: token(aud="another")),
    "other apps": (401, lambda: token(aud=["another", "third"])),
    "an audience of no kind": (401, lambda: sign({**claims(payload()), "aud": 5})),
    "quoted": (401, lambda: b'"' + token() + b'"'),
    "JSON": (401, lambda: json.dumps(claims(payload())).encode()),
    "empty": (401, lambda: b""),
    "dots": (401, lambda: b"..."),
    "bytes": (401, lambda: bytes(range(256))),
    "half a character of base64": (401, lambda: token() + b"A"),
    "padding": (401, lambda: token() + b"=="),
    "a blank inside": (401, lambda: token().replace(b".", b" .", 1)),
    "a longer signature": (401, lambda: token() + b"AAAA"),
    "no signature": (401, lambda: token().rpartition(b".")[0] + b"."),
    "two parts": (401, lambda: token().rpartition(b".")[0]),
    "four parts": (401, lambda: token() + b".e30"),
    "a header that is a list": (401, lambda: b"W10" + token()[token().index(b".") :]),
    "no algorithm": (401, lambda: b"e30" + token()[token().index(b".") :]),
    "deep header": (401, lambda: base64.urlsafe_b64encode(b"[" * 100_000) + b".e30.e30"),
    "claims that are a list": (400, lambda: signed("[]")),
    "claims that are not JSON": (400, lambda: signed("{")),
    "deep claims": (400, lambda: signed("[" * 100_000)),
    "no data": (400, lambda: sign({"iat": 1})),
    "data without an event type": (400, lambda: sign({"data": "{}"})),
    "data that is not JSON": (400, lambda: sign({"data": "{"})),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_webhook_of_this_app_is_refused(name: str) -> None:
    status, make = REFUSED[name]
    sent = make()
    with pytest.raises(RefusedError) as raised:
        verifier(APP).event(sent)
    assert raised.value.status == status
    assert len(sent) < 10 or sent.decode("latin-1") not in str(raised.value)


@pytest.mark.parametrize(
    "more", [{}, {"aud": APP}, {"aud": [APP, "another"]}, {"iss": "anyone"}, {"iat": 9_999_999_999}, {"nbf": 1}]
)
def test_claims_that_wix_does_not_check_are_not_checked_here(more: dict[str, Any]) -> None:
    assert verifier(APP).event(sign({**claims(payload()), **more})).event_id == event_id(1)


def test_a_token_without_an_expiry_is_taken() -> None:
    content = claims(payload())
    del content["exp"]
    assert verifier().event(sign(content)).event_id == event_id(1)


@pytest.mark.parametrize(("exp", "is_taken"), [(NOW, False), (NOW + 0.5, True)])
def test_a_token_is_valid_up_to_its_expiry(exp: float, is_taken: bool) -> None:
    found = Verifier(key_pair().public_key(), clock=lambda: NOW)
    if is_taken:
        assert found.event(token(exp=exp)).received_at == "2027-01-15T08:00:00.000Z"
    else:
        with pytest.raises(RefusedError, match="expired"):
            found.event(token(exp=exp))


@pytest.mark.parametrize(
    ("issued", "received_at"),
    [(NOW - 60, "2027-01-15T08:00:00.000Z"), (NOW + 3600, "2027-01-15T09:00:00.000Z")]
    + [(issued, "2027-01-16T08:00:00.000Z") for issued in (NOW * 1000, float("inf"))]
    + [(issued, "2027-01-15T08:00:00.000Z") for issued in (None, "soon", float("nan"))],
)
def test_an_event_is_not_received_before_its_token_was_issued_though_the_clock_is_behind(
    issued: Any, received_at: str
) -> None:
    found = Verifier(key_pair().public_key(), clock=lambda: NOW)
    sent = PyJWS().encode(json.dumps(claims(payload()) | {"exp": 2 * NOW, "iat": issued}).encode(), key_pair(), "RS256")
    assert found.event(sent.encode()).received_at == received_at


def test_a_payload_that_cannot_be_read_is_kept_as_it_came() -> None:
    sent = sign({"data": json.dumps({"eventType": "type", "data": "{"})})
    found = verifier().event(sent)
    assert (found.has_id, found.raw) == (False, sent)


def test_pkcs1_keys_are_read_although_wix_does_not_show_them() -> None:
    assert isinstance(load_key(public_pem(form=PublicFormat.PKCS1)), rsa.RSAPublicKey)
