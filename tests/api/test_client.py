"""Calls, retries and errors against a server whose answers the test sets."""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from wix_api import timestamps
from wix_api.bodies import BoundedAdapter
from wix_api.catalog import StoreCatalog
from wix_api.errors import (
    ConflictError,
    CredentialsError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    SettingsError,
    SiteNotReadyError,
    UnavailableError,
    UnexpectedResponseError,
    WixError,
)
from wix_api.operations import Operation
from wix_api.retry import RetryPolicy
from wix_api.settings import CONNECTION_PROPERTIES, connect
from wix_api.settings_check import check_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Asked, Server

READ = Operation("POST", "/things/query", reads=True)
CREATE = Operation("POST", "/things", repeatable=False)
ONE = Operation("GET", "/things/{id}")


def application(code: str) -> dict:
    return {"message": "no", "details": {"applicationError": {"code": code, "description": "", "data": {}}}}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequestError),
        (401, CredentialsError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (428, UnexpectedResponseError),
        (418, UnexpectedResponseError),
        (302, UnexpectedResponseError),
    ],
)
def test_a_refusal_is_logged_once_and_not_repeated(server: Server, status: int, error: type[WixError]) -> None:
    server.script = lambda _asked, _number: (status, application("CODE"))
    with pytest.raises(error) as caught:
        server.client().call(READ)
    assert len(server.asked) == 1
    assert "POST /things/query: Wix answered" in str(caught.value)
    assert "req-1" in str(caught.value)
    assert caught.value.code == "CODE"


@pytest.mark.parametrize(
    ("path", "is_of_v1"),
    [
        ("/stores-reader/v1/products/query", True),
        ("/stores/v2/inventoryItems/query", True),
        ("/stores/v2/coupons/query", False),
        ("/stores/v3/products/query", False),
    ],
)
def test_a_401_of_a_call_of_catalog_v1_alone_says_that_the_site_may_lack_stores(
    server: Server, path: str, is_of_v1: bool
) -> None:
    server.script = lambda _asked, _number: (401, application("CODE"))
    with pytest.raises(CredentialsError) as caught:
        server.client().call(Operation("POST", path, reads=True))
    assert ("`store_catalog`" in str(caught.value)) is is_of_v1


def test_a_message_names_the_field_but_no_mail_address(server: Server) -> None:
    violation = {"field": "contact.email", "description": "ann@example.com is taken", "violatedRule": "FORMAT"}
    server.script = lambda _asked, _number: (
        400,
        {"message": "bad", "details": {"validationError": {"fieldViolations": [violation]}}},
    )
    with pytest.raises(InvalidRequestError) as caught:
        server.client().call(READ)
    assert "contact.email" in str(caught.value)
    assert "ann@example.com" not in str(caught.value)
    assert caught.value.fields == ("contact.email",)
    assert caught.value.code == "FORMAT"


@pytest.mark.parametrize("errors", [None, "all", [], ["first"]])
def test_a_message_names_the_field_whatever_its_list_of_errors_is(server: Server, errors: object) -> None:
    violation = {"field": "submission", "description": "failed", "ruleName": "RULE", "data": {"errors": errors}}
    server.script = lambda _asked, _number: (400, {"details": {"validationError": {"fieldViolations": [violation]}}})
    with pytest.raises(InvalidRequestError, match="submission failed") as caught:
        server.client().call(READ)
    assert caught.value.fields == ("submission",)


@pytest.mark.parametrize("operation", [READ, CREATE])
def test_a_rate_limit_is_waited_for_even_by_writes(server: Server, operation: Operation) -> None:
    server.script = lambda _asked, number: (429, {}) if number < 4 else (200, {"ok": True})
    assert server.client().call(operation) == {"ok": True}
    assert len(server.asked) == 4


@pytest.mark.parametrize("failure", [(503, {}), (504, b"<html>"), None, (200, b'{"cut": "of'), (200, b"<html></html>")])
def test_a_lost_answer_is_asked_for_again_where_that_is_harmless(server: Server, failure: object) -> None:
    server.script = lambda _asked, number: failure if number < 3 else (200, {"ok": 1})  # type: ignore[return-value]
    assert server.client().call(READ) == {"ok": 1}
    assert len(server.asked) == 3


@pytest.mark.parametrize("failure", [(503, {}), None, (200, b'{"cut": "of')])
def test_a_create_whose_answer_was_lost_is_never_repeated(server: Server, failure: object) -> None:
    server.script = lambda _asked, _number: failure  # type: ignore[return-value]
    with pytest.raises(UnavailableError):
        server.client().call(CREATE)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("failure", "tries"), [(requests.exceptions.ConnectTimeout, 2), (requests.exceptions.ReadTimeout, 1)]
)
def test_a_create_is_repeated_if_its_connection_was_never_made(
    server: Server, monkeypatch: pytest.MonkeyPatch, failure: type[Exception], tries: int
) -> None:
    send, tried = BoundedAdapter.send, []

    def cut_off(self: BoundedAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        tried.append(request)
        if len(tried) == 1:
            raise failure
        return send(self, request, **options)

    monkeypatch.setattr(BoundedAdapter, "send", cut_off)
    server.script = lambda _asked, _number: (200, {})
    with nullcontext() if tries > 1 else pytest.raises(UnavailableError):
        server.client().call(CREATE)
    assert len(tried) == tries


def test_an_empty_403_is_tried_again_as_a_throttle(server: Server) -> None:
    empty = {"message": "", "details": {}}
    server.script = lambda _asked, number: (403, empty) if number < 3 else (200, {})
    assert server.client().call(READ) == {}
    server.script = lambda _asked, _number: (403, empty)
    with pytest.raises(PermissionDeniedError):
        server.client().call(READ)


def test_a_missing_permission_does_not_slow_down_later_calls(server: Server) -> None:
    server.script = lambda _asked, number: (403, {"message": "", "details": {}}) if number <= 3 else (200, {})
    client = server.client(pacer=server.clock.pacer(200))
    with pytest.raises(PermissionDeniedError):
        client.call(READ)
    began = server.clock.now
    for _ in range(5):
        client.call(READ)
    assert len(server.asked) == 8
    assert server.clock.now - began < 2
    assert client.pacer.requests_per_minute == 200


def test_the_api_key_goes_raw_with_the_site(server: Server) -> None:
    server.client().call(READ, body={"a": 1})
    headers = server.asked[0].headers
    assert headers["Authorization"] == "IST.secret-key"
    assert headers["wix-site-id"] == "site-1"
    assert headers["User-Agent"] == "tests"
    assert server.asked[0].body == {"a": 1}


def test_cookies_and_netrc_passwords_are_never_sent(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.script = lambda _asked, _number: (
        200,
        {"access_token": "t", "expires_in": 14400},
        {"Set-Cookie": "session=1"},
    )
    client = server.client(**APP)
    client.call(READ)
    client.call(READ)
    token, *calls = server.asked
    assert "Authorization" not in token.headers
    assert [asked.headers["Authorization"] for asked in calls] == ["t", "t"]
    assert not any("Cookie" in asked.headers for asked in server.asked)


def test_each_part_of_a_list_is_a_query_parameter(server: Server) -> None:
    server.client().call(ONE, names={"id": "1"}, params={"fields": ["A", "B"], "app": "a b&c"})
    assert server.asked[0].path == "/things/1?fields=A&fields=B&app=a+b%26c"
    assert server.asked[0].body is None


def test_an_id_cannot_leave_its_path(server: Server) -> None:
    server.client().call(ONE, names={"id": "../other?x=1"})
    assert server.asked[0].path == "/things/..%2Fother%3Fx%3D1"


APP = {"app_id": "app", "app_secret": "hush", "instance_id": "inst"}


def token_server(server: Server, lives: object = 14400) -> None:
    tokens = iter(range(1, 100))

    def script(asked, _number):  # type: ignore[no-untyped-def]
        if asked.path in {"/oauth2/token", "/oauth/access"}:
            number = next(tokens)
            return 200, {"access_token": f"t{number}", "refresh_token": f"r{number}", "expires_in": lives}
        return (401, {}) if asked.headers["Authorization"] == "t1" else (200, {"ok": True})

    server.script = script


def test_client_credentials_renew_once_after_a_401(server: Server) -> None:
    token_server(server)
    client = server.client(**APP)
    assert client.call(READ) == {"ok": True}
    assert client.call(READ) == {"ok": True}
    assert [asked.path for asked in server.asked] == ["/oauth2/token", READ.path, "/oauth2/token", READ.path, READ.path]
    assert server.asked[0].body == {
        "instance_id": "inst",
        "client_id": "app",
        "client_secret": "hush",
        "grant_type": "client_credentials",
    }
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("lives", ["14400", 14400.0, None, "soon", 0, -5])
def test_a_token_is_kept_whatever_form_its_life_has(server: Server, lives: object) -> None:
    token_server(server, lives)
    client = server.client(**APP)
    client.call(READ)
    client.call(READ)
    assert sum(asked.path == "/oauth2/token" for asked in server.asked) == 2  # the first one was refused on purpose


def test_a_rotated_refresh_token_is_used_next_time(server: Server) -> None:
    token_server(server)
    server.client(app_id="app", app_secret="hush", refresh_token="r0").call(READ)
    sent = [asked.body["refresh_token"] for asked in server.asked if asked.path == "/oauth/access"]
    assert sent == ["r0", "r1"]


@pytest.mark.parametrize("failure", [(503, {}), (200, b"<html>"), (408, {})])
@pytest.mark.parametrize("refused", [False, True])
def test_a_write_is_sent_once_its_token_has_come(server: Server, failure: tuple[int, Any], *, refused: bool) -> None:
    tokens = iter(["t1", None, "t2"] if refused else [None, "t2"])

    def script(asked, _number):  # type: ignore[no-untyped-def]
        if asked.path == "/oauth2/token":
            token = next(tokens)
            return (200, {"access_token": token, "expires_in": 14400}) if token else failure
        return (401, {}) if asked.headers["Authorization"] == "t1" else (200, {"ok": True})

    server.script = script
    assert server.client(**APP).call(CREATE) == {"ok": True}
    done = [asked for asked in server.asked if asked.headers.get("Authorization") == "t2"]
    assert [asked.path for asked in done] == [CREATE.path]


def test_a_blank_403_slows_down_only_who_has_had_a_token(server: Server) -> None:
    blank = (403, {"message": "", "details": {}})
    tokens = iter([(200, {"access_token": "t1"}), blank, (200, {"access_token": "t2"})])

    def script(asked, _number):  # type: ignore[no-untyped-def]
        if asked.path == "/oauth2/token":
            return next(tokens)
        return (401, {}) if asked.headers["Authorization"] == "t1" else (200, {"ok": True})

    server.script = script
    assert server.client(**APP).call(CREATE) == {"ok": True}
    server.script = lambda _asked, _number: blank
    count = len(server.asked)
    with pytest.raises(CredentialsError, match="Wix answered 403"):
        server.client(**APP).call(READ)
    assert len(server.asked) == count + 1


def test_a_refusal_of_oauth_is_shown(server: Server) -> None:
    server.script = lambda _asked, _number: (400, {"error": "invalid_client", "error_description": "Secret revoked"})
    with pytest.raises(CredentialsError, match=r"Wix answered 400 \(Secret revoked\)"):
        server.client(**APP).call(READ)


@pytest.mark.parametrize("answer", [(400, {"error": "invalid_client"}), (401, {}), (200, {})])
def test_a_refused_token_request_names_the_settings(server: Server, answer: tuple[int, dict]) -> None:
    server.script = lambda _asked, _number: answer
    with pytest.raises(CredentialsError, match="`app_id`, `app_secret` and `instance_id`"):
        server.client(**APP).call(READ)


def test_a_token_that_was_cut_off_on_the_way_is_asked_for_again(server: Server) -> None:
    def script(asked, number):  # type: ignore[no-untyped-def]
        if asked.path != "/oauth2/token":
            return 200, {"ok": True}
        return 200, b'{"access_tok' if number == 1 else {"access_token": "t1", "expires_in": 14400}

    server.script = script
    assert server.client(**APP).call(READ) == {"ok": True}
    assert len(server.asked) == 3


def test_no_secret_is_logged_or_shown(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="wix_api")
    server.script = lambda _asked, number: (503, {}) if number == 1 else (401, {})
    client = server.client()
    with pytest.raises(CredentialsError) as caught:
        client.call(READ)
    assert caplog.text
    for text in (str(caught.value), caplog.text, repr(client._transport.auth)):
        assert "secret-key" not in text


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "No credentials.*with `--config ENV`"),
        ({"api_key": "k"}, "`site_id` is missing"),
        ({"app_id": "a", "app_secret": "b"}, "is missing"),
        ({"app_id": "a", "site_id": "s"}, "`app_secret` and `instance_id` are missing"),
        ({"instance_id": "i", "site_id": "s"}, "`app_id` and `app_secret` are missing"),
        ({"api_key": "k", "site_id": "s", "api_url": "wixapis"}, "`api_url` is not an address"),
        ({"api_key": "", "site_id": "s"}, "`api_key` is missing"),
        ({"api_key": "k", "site_id": "https://manage.wix.com/dashboard/s/home"}, "`site_id` is an address.*dashboard"),
    ],
)
def test_incomplete_settings_are_reported_before_anything_is_sent(config: dict, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        connect(config, user_agent="tests")


def test_a_site_id_in_capitals_is_sent_in_small_letters(server: Server) -> None:
    server.client(site_id="5A4DB0C5").call(READ)
    assert server.asked[0].headers["wix-site-id"] == "5a4db0c5"


def test_the_most_requests_a_minute_may_be_a_text() -> None:
    check_settings({"requests_per_minute": "1000000"}, {"properties": CONNECTION_PROPERTIES}, "tap-wix")


def test_missing_members_are_named_once() -> None:
    schema = {"properties": {"custom": {"type": "object", "required": ["path", "rows"]}}}
    with pytest.raises(SettingsError) as caught:
        check_settings({"custom": {}}, schema, "tap-wix")
    assert str(caught.value) == "The setting `custom` lacks `path`, `rows`."


def test_wrong_settings_are_reported_without_their_values() -> None:
    with pytest.raises(SettingsError) as caught:
        check_settings({"api_key": 4711, "api_kye": "x"}, {"properties": CONNECTION_PROPERTIES}, "tap-wix")
    assert "4711" not in str(caught.value)
    assert "`api_key`" in str(caught.value)
    assert "Did you mean `api_key`?" in str(caught.value)


@pytest.mark.parametrize(("given", "known"), [("siteId", "site_id"), ("API_KEY", "api_key")])
def test_the_case_of_a_setting_does_not_hide_which_one_is_meant(given: str, known: str) -> None:
    with pytest.raises(SettingsError, match=f"Did you mean `{known}`\\?"):
        check_settings({given: "x"}, {"properties": CONNECTION_PROPERTIES}, "tap-wix")


def test_a_setting_of_another_plugin_is_not_taken_for_a_mistyped_one() -> None:
    with pytest.raises(SettingsError) as caught:
        check_settings({"max_deletes": "5"}, {"properties": {"max_sites": {}, "site_id": {}}}, "tap-wix")
    assert str(caught.value) == "There is no setting `max_deletes`. `tap-wix --about` lists the settings."


def test_a_server_that_never_answered_is_reported_soon(server: Server) -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        connect(
            {"api_url": "http://127.0.0.1:9", "api_key": "k", "site_id": "s"},
            user_agent="tests",
            retry=server.clock.policy(),
        ).call(READ)


@pytest.mark.parametrize("version", list(StoreCatalog))
def test_the_store_catalog_is_asked_once(server: Server, version: StoreCatalog) -> None:
    server.script = lambda _asked, _number: (200, {"catalogVersion": str(version)})
    client = server.client()
    assert [client.store_catalog, client.store_catalog] == [version, version]
    assert [asked.path for asked in server.asked] == ["/stores/v3/provision/version"]


def test_the_store_catalog_can_be_set(server: Server) -> None:
    assert server.client(store_catalog="v1").store_catalog == StoreCatalog.V1
    assert server.asked == []


OF_V1 = application("CATALOG_V1_SITE_CALLING_CATALOG_V3_API")
OF_V3 = application("CATALOG_V3_CALLING_CATALOG_V1_API")
PROVISIONING = application("CATALOG_V3_SITE_PROVISIONING")
V3_PATH, V1_PATH = "/stores/v3/products/query", "/stores/v1/products/query"


def restricted(server: Server, **answers: list[tuple[int, dict]]) -> None:
    """Answer queries of products in turn, the last answer for ever, to a key that may not ask for the version."""

    def script(asked: Asked, _number: int) -> tuple[int, dict]:
        if asked.method == "GET":
            return 403, application("NO")
        listed = answers["v3" if asked.path == V3_PATH else "v1"]
        return listed.pop(0) if len(listed) > 1 else listed[0]

    server.script = script


@pytest.mark.parametrize(
    ("v3", "v1", "version", "queries"),
    [
        ([(200, {"products": []})], [], StoreCatalog.V3, 1),
        ([(428, application("REQUIRED_APP_NOT_INSTALLED"))], [], StoreCatalog.ABSENT, 1),
        ([(428, OF_V1)], [(200, {"products": []})], StoreCatalog.V1, 2),
        ([(428, OF_V1)], [(403, application("NO"))], StoreCatalog.V1, 9),
        ([(428, OF_V1), (428, PROVISIONING), (200, {"products": []})], [(428, OF_V3)], StoreCatalog.V3, 4),
    ],
)
def test_a_key_that_may_not_ask_for_the_version_finds_out_by_queries(
    server: Server, v3: list, v1: list, version: StoreCatalog, queries: int
) -> None:
    restricted(server, v3=list(v3), v1=list(v1))
    assert server.client().store_catalog == version
    assert len(server.asked) == 1 + queries


def test_a_site_that_was_just_made_is_waited_for_before_its_catalog_is_believed(server: Server) -> None:
    slept: list[float] = []
    answers = [(428, PROVISIONING), (428, PROVISIONING), (200, {"catalogVersion": "V3_CATALOG"})]
    server.script = lambda _asked, number: answers[number - 1]
    client = server.client(RetryPolicy(sleep=slept.append))
    assert client.store_catalog is StoreCatalog.V3
    assert slept == [2.0, 4.0]


@pytest.mark.parametrize("refusal", [OF_V1, PROVISIONING])
@pytest.mark.parametrize("operation", [READ, CREATE])
def test_calls_to_a_new_v3_site_are_repeated_for_90_seconds(
    server: Server, operation: Operation, refusal: dict
) -> None:
    slept: list[float] = []
    server.script = lambda _asked, number: (428, refusal) if number < 4 else (200, {"ok": 1})
    assert server.client(RetryPolicy(sleep=slept.append), store_catalog="v3").call(operation) == {"ok": 1}
    server.script = lambda _asked, _number: (428, refusal)
    slept.clear()
    with pytest.raises(SiteNotReadyError):
        server.client(RetryPolicy(sleep=slept.append), store_catalog="v3").call(operation)
    assert sum(slept) == 90


def test_a_site_without_catalog_v3_is_waited_for_once_until_a_call_succeeds(server: Server) -> None:
    slept: list[float] = []
    client = server.client(RetryPolicy(sleep=slept.append), store_catalog="v3")
    server.script = lambda _asked, _number: (428, OF_V1)
    for _ in range(3):
        with pytest.raises(SiteNotReadyError):
            client.call(READ)
    assert sum(slept) == 90
    server.script = lambda _asked, _number: (200, {"ok": 1})
    client.call(READ)
    server.script = lambda _asked, _number: (428, PROVISIONING)
    with pytest.raises(SiteNotReadyError):
        client.call(READ)
    assert sum(slept) == 180


@pytest.mark.parametrize(
    ("catalog", "answer"),
    [
        ("v1", (428, OF_V3)),
        ("v1", (501, {})),
        ("v3", (501, {})),
        ("v3", (428, application("REQUIRED_APP_NOT_INSTALLED"))),
    ],
)
def test_what_does_not_pass_is_not_waited_for(server: Server, catalog: str, answer: tuple[int, dict]) -> None:
    server.script = lambda _asked, _number: answer
    with pytest.raises(SiteNotReadyError):
        server.client(store_catalog=catalog).call(READ)
    assert len(server.asked) == 1


def test_a_server_that_is_not_wix_is_reported(server: Server) -> None:
    server.script = lambda _asked, _number: (404, b"<html>not found</html>")
    with pytest.raises(UnexpectedResponseError, match="check `api_url`"):
        _ = server.client().store_catalog


def test_usage_counts_requests_bytes_and_retries(server: Server) -> None:
    server.script = lambda _asked, number: (503, b"") if number < 3 else (200, b'{"a": 1}')
    client = server.client()
    client.call(READ)
    before = client.usage()
    assert (before.requests, before.bytes, before.retries) == (3, 8, 2)
    client.call(READ)
    spent = client.usage() - before
    assert (spent.requests, spent.bytes, spent.retries) == (1, 8, 0)


def test_windows_end_before_the_run_by_wixs_clock(server: Server) -> None:
    credentials = {"api_key": "IST.secret-key", "site_id": "site-1"}
    client = connect({"api_url": server.url, **credentials}, user_agent="tests", clock=lambda: time.time() + 3600)
    windows = client.windows()
    client.call(READ)
    assert windows.until() < timestamps.earlier(timestamps.render(datetime.now(UTC)), 240)


def test_a_clock_that_is_set_between_two_runs_of_a_client_does_not_carry_their_start_with_it(server: Server) -> None:
    ahead = 0.0
    credentials = {"api_key": "IST.secret-key", "site_id": "site-1"}
    client = connect({"api_url": server.url, **credentials}, user_agent="tests", clock=lambda: time.time() + ahead)
    client.call(READ)
    ahead = 3600.0
    client.start_again()
    client.call(READ)
    assert max(client.started, client.now) < timestamps.render_seconds(time.time() + 60)


MOVED = Operation("POST", "/reader/things/{id}", reads=True, elsewhere="/things/{id}")


def test_a_path_that_a_site_does_not_know_is_asked_for_elsewhere_from_then_on(server: Server) -> None:
    server.script = lambda asked, _number: (
        (404, {}) if asked.path.startswith("/reader") else (200, {"thing": asked.path})
    )
    client = server.client()
    assert [client.call(MOVED, names={"id": each}) for each in "ab"] == [{"thing": "/things/a"}, {"thing": "/things/b"}]
    assert [asked.path for asked in server.asked] == ["/reader/things/a", "/things/a", "/things/b"]


@pytest.mark.parametrize(("refusal", "paths"), [({}, 2), (application("THING_NOT_FOUND"), 1)])
def test_an_unknown_record_is_not_found_on_the_next_call_either(server: Server, refusal: dict, paths: int) -> None:
    server.script = lambda _asked, _number: (404, refusal)
    client = server.client()
    for _ in range(2):
        with pytest.raises(NotFoundError, match="/reader/things/a"):
            client.call(MOVED, names={"id": "a"})
    assert len(server.asked) == 2 * paths


def test_a_move_is_found_out_by_asking_again(server: Server) -> None:
    versions = ["V1_CATALOG", "V1_CATALOG", "V3_CATALOG"]
    server.script = lambda _asked, number: (200, {"catalogVersion": versions[number - 1]})
    client = server.client()
    assert client.store_catalog is StoreCatalog.V1
    assert not client.has_moved_to_v3()
    assert client.has_moved_to_v3()
    assert client.store_catalog is StoreCatalog.V3
    assert not client.has_moved_to_v3()
    assert len(server.asked) == 3


def test_a_move_is_an_error_where_the_settings_say_v1(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"catalogVersion": "V3_CATALOG"})
    with pytest.raises(SettingsError, match="Set `store_catalog` to auto or v3, and run it again"):
        server.client(store_catalog="v1").has_moved_to_v3()
