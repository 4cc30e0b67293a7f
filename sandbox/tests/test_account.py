from __future__ import annotations

import pytest
import requests

from wix_sandbox import Account, SandboxOptions
from wix_sandbox.account import mixed_sites
from wix_sandbox.auth import ACCOUNT_ID, API_KEY

LIST = "/site-list/v2/sites/"
OF_ACCOUNT = {"Authorization": API_KEY, "wix-account-id": ACCOUNT_ID}


@pytest.fixture
def account():
    with Account(mixed_sites(4, SandboxOptions(quota=6))).serve() as running:
        yield running


@pytest.fixture(scope="module")
def large():
    """An account of more sites than one query returns; none of its shops is filled."""
    with Account(mixed_sites(1_200, SandboxOptions())).serve() as running:
        yield running


def post(account, path, body=None, **headers):
    return requests.post(account.url + path, json=body or {}, headers=headers, timeout=60)


def of_site(account, at, path, body=None):
    config = account[at].config()
    return post(account, path, body, **{"Authorization": config["api_key"], "wix-site-id": config["site_id"]})


def listed(account, **query):
    """Every site of a query, following its cursors."""
    limit = {"limit": 100}
    found, body = [], {"query": {**query, "cursorPaging": limit}}
    while True:
        answer = post(account, LIST + "query", body, **OF_ACCOUNT).json()
        found += answer["sites"]
        cursor = answer["metadata"]["cursors"].get("next")
        if cursor is None:
            return found
        body = {"query": {"cursorPaging": limit | {"cursor": cursor}}}


def count(account, **filters):
    return post(account, LIST + "count", {"filter": filters}, **OF_ACCOUNT).json()["count"]


def test_each_site_of_an_account_has_its_own_shop_and_journal(account):
    versions = [of_site(account, at, "/stores/v3/products/query").status_code for at in (0, 1)]
    assert versions == [200, 428]
    ids = {row["id"] for at in range(4) for row in account[at].state()["products"]}
    assert len(ids) == sum(account[at].store.count("products") for at in range(4))
    assert [account[at].journal.total for at in range(4)] == [1, 1, 0, 0]


def test_each_site_of_an_account_has_its_own_quota_and_faults(account):
    account[2].faults.plan({"operation": "contacts.query", "action": {"status": 503}})
    for at, status in ((0, 200), (2, 503)):
        assert of_site(account, at, "/contacts/v4/contacts/query").status_code == status
    codes = [of_site(account, 3, "/contacts/v4/contacts/query").status_code for _ in range(7)]
    assert codes == [200] * 6 + [429]
    assert of_site(account, 1, "/contacts/v4/contacts/query").status_code == 200


def test_an_app_reaches_the_site_of_its_installation(account):
    for at in (0, 3):
        config = account[at].app_config()
        names = {"app_id": "client_id", "app_secret": "client_secret", "instance_id": "instance_id"}
        body = {names[name]: config[name] for name in names} | {"grant_type": "client_credentials"}
        token = post(account, "/oauth2/token", body).json()["access_token"]
        answer = requests.get(account.url + "/apps/v1/instance", headers={"Authorization": token}, timeout=60).json()
        assert answer["site"]["siteId"] == account[at].config()["site_id"]
        assert post(account, "/oauth2/token-info", {"token": token}).json()["instanceId"] == config["instance_id"]
        legacy = account[at].refresh_config()
        body = {"grant_type": "refresh_token", "client_id": legacy["app_id"], "client_secret": legacy["app_secret"]}
        answer = post(account, "/oauth/access", body | {"refresh_token": legacy["refresh_token"]}).json()
        assert post(account, "/contacts/v4/contacts/query", Authorization=answer["access_token"]).ok


def test_the_properties_of_a_site_have_its_name(account):
    key = {"Authorization": API_KEY}
    for at in (0, 3):
        headers = key | {"wix-site-id": account[at].config()["site_id"]}
        url = account.url + "/site-properties/v4/properties"
        said = requests.get(url, {"fields": ["siteDisplayName"]}, headers=headers, timeout=60).json()
        assert said == {"version": "1", "properties": {"siteDisplayName": f"Shop {at + 1}"}}


def test_requests_of_no_site_are_refused(account):
    path, elsewhere = "/contacts/v4/contacts/query", "5a4db0c5-0000-4000-8000-00000000dead"
    assert post(account, path, **{"Authorization": API_KEY, "wix-site-id": elsewhere}).status_code == 404
    assert post(account, path, Authorization=API_KEY).status_code == 403
    assert post(account, path, Authorization="OauthNG.JWS.a.b.c").status_code == 401
    assert post(account, "/oauth2/token", {"instance_id": elsewhere}).status_code == 400
    assert requests.get(account.url + "/_sandbox/state", timeout=60).status_code == 404


def test_controls_reach_one_site(account):
    sites = requests.get(account.url + "/_sandbox/sites", timeout=60).json()["sites"]
    assert [each["catalog"] for each in sites] == ["v3", "v1", "v3", "v1"]
    health = requests.get(f"{account.url}/_sandbox/sites/{sites[1]['siteId']}/health", timeout=60).json()
    assert health["catalog"] == "v1"
    foreign = {"Host": "shop.example.com"}
    assert requests.get(account.url + "/_sandbox/sites", headers=foreign, timeout=60).status_code == 403


def test_a_query_of_sites_ends_after_a_thousand_and_count_does_not(large):
    assert count(large) == 1_200
    found = listed(large)
    assert len(found) == len({each["id"] for each in found}) == 1_000
    both_ways = [listed(large, sort=[{"fieldName": "displayName", "order": order}]) for order in ("ASC", "DESC")]
    assert len({each["id"] for way in both_ways for each in way}) == 1_200


def test_sites_are_filtered_and_headless_ones_are_asked_for_by_namespace(large):
    large.account.listed[7]["namespace"] = "HEADLESS"
    assert count(large) == 1_199
    assert count(large, namespace={"$in": ["WIX", "HEADLESS"]}) == 1_200
    assert {each["premium"] for each in listed(large, filter={"premium": True})} == {True}
    unfiled = listed(large, filter={"folderId": {"$exists": False}})
    assert len(unfiled) == count(large, folderId={"$exists": False}) == 57
    assert [each["displayName"] for each in listed(large, filter={"searchPhrase": "shop 1200"})] == ["Shop 1200"]


@pytest.mark.parametrize(
    ("verb", "filters"),
    [("query", {"id": "x"}), ("query", {"createdDate": {"$gt": "2025-01-01"}}), ("count", {"premium": True})],
)
def test_sites_cannot_be_filtered_by_id_or_date_nor_counted_by_plan(large, verb, filters):
    body = {"filter": filters} if verb == "count" else {"query": {"filter": filters}}
    answer = post(large, LIST + verb, body, **OF_ACCOUNT)
    assert answer.status_code == 400
    assert "is not declared as filterable" in answer.json()["message"]


def test_an_uploaded_file_reaches_its_site_without_a_credential(account):
    wanted = {"mimeType": "image/png", "fileName": "mug.png"}
    urls = [
        of_site(account, at, "/site-media/v1/files/generate-upload-url", wanted).json()["uploadUrl"] for at in (1, 3)
    ]
    sent = [requests.put(url, b"\x89PNG", headers={"Content-Type": "image/png"}, timeout=60) for url in urls]
    assert [answer.status_code for answer in sent] == [200, 200]
    names = [[row["displayName"] for row in account[at].store.all("media_files")] for at in range(4)]
    assert [each.count("mug.png") for each in names] == [0, 1, 0, 1]
