from __future__ import annotations

import pytest
import requests

from sandbox_support.api import Api
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import SITE_ID

QUERY = "/stores/v3/products/query"
ELSEWHERE = "5a4db0c5-0000-4000-8000-00000000dead"


def credentials(api):
    config = api.site.app_config()
    return {
        "instance_id": config["instance_id"],
        "client_id": config["app_id"],
        "client_secret": config["app_secret"],
        "grant_type": "client_credentials",
    }


def refreshment(api, token=None):
    config = api.site.refresh_config()
    return {
        "grant_type": "refresh_token",
        "client_id": config["app_id"],
        "client_secret": config["app_secret"],
        "refresh_token": token or config["refresh_token"],
    }


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
def test_an_api_key_opens_its_site_raw_and_as_bearer(v3, prefix):
    config = v3.site.config()
    headers = {"Authorization": prefix + config["api_key"], "wix-site-id": config["site_id"]}
    assert v3.send("POST", QUERY, {}, headers).status_code == 200


@pytest.mark.parametrize("authorization", [None, "", "IST.wrong", "Bearer", "Bearer OauthNG.JWS.a.b.c"])
def test_a_missing_or_wrong_credential_is_401(v3, authorization):
    headers = {"wix-site-id": SITE_ID} | ({} if authorization is None else {"Authorization": authorization})
    response = v3.send("POST", QUERY, {}, headers)
    assert response.status_code == 401
    assert response.json()["details"] == {}


def test_a_key_without_a_site_id_is_403(v3):
    response = v3.send("POST", QUERY, {}, {"Authorization": v3.site.config()["api_key"]})
    assert (response.status_code, response.json()) == (403, {"message": "", "details": {}})


def test_a_key_with_the_id_of_a_site_outside_its_account_is_404(v3):
    headers = {"Authorization": v3.site.config()["api_key"], "wix-site-id": ELSEWHERE}
    response = v3.send("POST", QUERY, {}, headers)
    assert (response.status_code, response.json()["message"]) == (404, f"meta-site {ELSEWHERE} not found")


def test_an_app_token_with_a_site_id_is_401(v3):
    token = v3.session.post(v3.site.url + "/oauth2/token", json=credentials(v3), timeout=60).json()["access_token"]
    assert v3.send("POST", QUERY, {}, {"Authorization": token}).status_code == 200
    response = v3.send("POST", QUERY, {}, {"Authorization": token, "wix-site-id": SITE_ID})
    assert (response.status_code, response.json()["message"]) == (401, "No Metasite Context in identity")


@pytest.mark.parametrize("encoding", ["json", "data"])
def test_client_credentials_give_a_token_of_four_hours(v3, encoding):
    url = v3.site.url + "/oauth2/token"
    answer = v3.session.post(url, **{encoding: credentials(v3)}, timeout=60).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 14_400)
    assert answer["access_token"].startswith("OauthNG.JWS.")
    assert len(answer["access_token"].removeprefix("OauthNG.JWS.").split(".")) == 3
    headers = {"Authorization": answer["access_token"]}
    assert v3.send("POST", QUERY, {}, headers).status_code == 200
    v3.control("POST", "clock", {"shiftSeconds": 14_401})
    assert v3.send("POST", QUERY, {}, headers).status_code == 401
    v3.control("POST", "clock", {"shiftSeconds": -14_401})


@pytest.mark.parametrize("member", ["client_id", "client_secret", "instance_id"])
def test_wrong_client_credentials_give_no_token(v3, member):
    body = credentials(v3) | {member: "wrong"}
    assert v3.session.post(v3.site.url + "/oauth2/token", json=body, timeout=60).status_code == 401


def test_an_unknown_grant_is_refused(v3):
    body = credentials(v3) | {"grant_type": "password"}
    assert v3.session.post(v3.site.url + "/oauth2/token", json=body, timeout=60).status_code == 400


def test_all_tokens_can_be_expired_at_once(v3):
    token = v3.session.post(v3.site.url + "/oauth2/token", json=credentials(v3), timeout=60).json()["access_token"]
    info = v3.session.post(v3.site.url + "/oauth2/token-info", json={"token": token}, timeout=60).json()
    assert (info["active"], info["siteId"]) == (True, SITE_ID)
    assert v3.control("POST", "tokens/expire")["expired"] >= 1
    assert v3.send("POST", QUERY, {}, {"Authorization": token}).status_code == 401
    info = v3.session.post(v3.site.url + "/oauth2/token-info", json={"token": token}, timeout=60).json()
    assert info == {"active": False}


def test_a_refresh_token_gives_five_minutes_and_stays(v3):
    url = v3.site.url + "/oauth/access"
    answer = v3.session.post(url, json=refreshment(v3), timeout=60).json()
    assert answer["refresh_token"] == v3.site.refresh_config()["refresh_token"]
    headers = {"Authorization": answer["access_token"]}
    assert v3.send("POST", QUERY, {}, headers).status_code == 200
    v3.control("POST", "clock", {"shiftSeconds": 301})
    assert v3.send("POST", QUERY, {}, headers).status_code == 401
    v3.control("POST", "clock", {"shiftSeconds": -301})


def test_a_rotated_refresh_token_replaces_the_old_one():
    options = SandboxOptions(empty=True, rotate_refresh_tokens=True)
    with Sandbox(options).serve() as site, requests.Session() as session:
        api, url = Api(site, session), site.url + "/oauth/access"
        rotated = session.post(url, json=refreshment(api), timeout=60).json()["refresh_token"]
        assert rotated != site.refresh_config()["refresh_token"]
        assert session.post(url, json=refreshment(api), timeout=60).status_code == 401
        assert session.post(url, json=refreshment(api, rotated), timeout=60).status_code == 200
