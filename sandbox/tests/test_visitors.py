"""Who is answered: programs and people of this machine, and no web page of another origin."""

from __future__ import annotations

import json

import pytest
import requests

from sandbox_support.command import read_config, start
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.account import Account, mixed_sites

PATHS = [("POST", "/_sandbox/reset"), ("GET", "/_sandbox/state"), ("GET", "/"), ("POST", "/stores/v3/products/query")]


def ask(site, method="GET", path="/_sandbox/health", **headers):
    config = site.config()
    known = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
    return requests.request(method, site.url + path, headers=known | headers, timeout=60)


def port_of(site):
    return site.url.rpartition(":")[2]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_page_of_another_origin_is_refused(v3, method, path):
    v3.product()
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = ask(v3.site, method, path, Origin=origin)
        assert answer.status_code == 403
        assert origin in answer.json()["message"]
    assert v3.site.store.count("products") == 1


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_name_that_was_made_to_resolve_to_loopback_is_refused(v3, method, path):
    v3.product()
    for host in (
        "evil.example",
        f"evil.example:{port_of(v3.site)}",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ):
        answer = ask(v3.site, method, path, Host=host)
        assert answer.status_code == 403
        assert host.partition(":")[0] in answer.json()["message"]
    assert v3.site.store.count("products") == 1


def test_the_page_of_the_sandbox_and_every_loopback_name_are_answered(v3):
    port = port_of(v3.site)
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"shop.localhost:{port}", "[::1]:80"):
        assert ask(v3.site, Host=host).status_code == 200
        assert ask(v3.site, "POST", "/_sandbox/reset", Host=host, Origin=f"http://{host}").status_code == 200


@pytest.mark.parametrize("host", ["[", "[::1", ":80", "a b"])
def test_a_host_that_is_no_name_is_refused(v3, host):
    assert ask(v3.site, Host=host).status_code == 403


def test_a_refused_request_is_not_journaled_and_takes_no_quota():
    with Sandbox(SandboxOptions(empty=True, quota=10)).serve() as site:
        assert ask(site, "POST", "/stores/v3/products/query", Origin="https://evil.example").status_code == 403
        assert ask(site, path="/_sandbox/journal").json()["total"] == 0
        assert ask(site, path="/_sandbox/quota").json()["used"] == 0


def test_a_name_that_was_allowed_is_answered():
    with start("--empty", "--allow-host", "Wix.test") as process:
        config, _ = read_config(process)
        url = config["api_url"] + "/_sandbox/health"
        answers = {
            host: requests.get(url, headers={"Host": host}, timeout=60)
            for host in ("wix.test", "other.test", "localhost")
        }
        process.terminate()
        process.communicate(timeout=60)
    assert {host: answer.status_code for host, answer in answers.items()} == {
        "wix.test": 200,
        "other.test": 403,
        "localhost": 200,
    }
    assert "--allow-host other.test" in answers["other.test"].json()["message"]


def test_too_many_conditions_are_refused(v3):
    for filters in (
        {"$or": [{"slug": f"mug-{number}"} for number in range(20_000)]},
        {"$not": [{"$and": [{"slug": "mug"}, {"id": "1"}]}] * 51},
        {"$or": [{}] * 101},
    ):
        message = v3.refused(400, "POST", "/stores/v3/products/query", {"query": {"filter": filters}})["message"]
        assert "expected 100 or less" in message


def test_as_many_conditions_as_are_taken_find_rows(v3):
    v3.product(slug="mug-99")
    filters = {"$or": [{"slug": f"mug-{number}"} for number in range(100)]}
    found = v3.ok("POST", "/stores/v3/products/query", {"query": {"filter": filters}})["products"]
    assert [each["slug"] for each in found] == ["mug-99"]


@pytest.mark.parametrize("path", ["/stores/v3/products/query", "/stores/v3/products", "/_sandbox/faults"])
@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_a_body_that_is_nested_too_deeply_is_400(v3, path, depth):
    raw = '{"query": {"filter": ' + '{"$not": ' * depth + "{}" + "}" * depth + "}}"
    config = v3.site.config()
    headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
    answer = requests.post(v3.site.url + path, data=raw, headers=headers, timeout=60)
    assert answer.status_code in ({200, 400} if depth == 400 else {400}), answer.text


def test_the_config_is_written_before_the_first_answer(tmp_path):
    written = []

    def write(site):
        written.append(site.config())
        with pytest.raises(requests.Timeout):
            requests.get(site.url + "/_sandbox/health", timeout=0.2)

    with Sandbox(SandboxOptions(empty=True)).serve(write) as site:
        assert ask(site).status_code == 200
        assert written == [json.loads(json.dumps(site.config()))]


TOKEN = "a-control-token-of-a-container"


def test_outside_loopback_page_and_controls_need_the_token_and_the_api_its_own_key():
    options = SandboxOptions(empty=True, host="0.0.0.0", control_token=TOKEN, allowed_hosts=frozenset({"sandbox"}))
    with Sandbox(options).serve() as site:
        assert site.url.startswith("http://127.0.0.1:")
        for path in ("/", "/_sandbox/", "/_sandbox/state", "/_sandbox/journal"):
            for wrong in ("", "Bearer", "Bearer x", "Basic !", "Basic eDp5", site.config()["api_key"]):
                refused = ask(site, path=path, Host="sandbox:8080", Authorization=wrong)
                assert (refused.status_code, refused.headers["www-authenticate"][:5]) == (401, "Basic"), (path, wrong)
            assert ask(site, path=path, Authorization=f"Bearer {TOKEN}").status_code == 200
            assert requests.get(site.url + path, auth=("anyone", TOKEN), timeout=60).status_code == 200
        assert ask(site, "POST", "/_sandbox/reset").status_code == 401
        assert ask(site).status_code == 200
        assert ask(site, "POST", "/stores/v3/products/query", Host="sandbox:8080").status_code == 200
        assert ask(site, Host="elsewhere").status_code == 403


def test_the_list_of_the_sites_of_an_account_needs_the_token_too():
    options = SandboxOptions(empty=True, host="0.0.0.0", control_token=TOKEN)
    with Account(mixed_sites(2, options)).serve() as account:
        url = f"{account.url}/_sandbox/sites"
        assert requests.get(url, timeout=60).status_code == 401
        assert len(requests.get(url, auth=("", TOKEN), timeout=60).json()["sites"]) == 2
