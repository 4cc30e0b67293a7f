"""No message shows a secret: neither one of the settings, nor what an answer of Wix repeats."""

from __future__ import annotations

import json
import logging
import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.hostile.commands import CLIENTS, Done, arguments_of, in_process, installed
from tests.shops import config, shop
from tests.target.runs import FAST, lines, messages
from wix_api import redaction
from wix_api.errors import InvalidRequestError, SettingsError, UnavailableError, UnexpectedResponseError, WixError
from wix_api.operations import Operation
from wix_api.redaction import masked_url, redact
from wix_api.retry import RetryPolicy
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.api.conftest import Server
    from wix_sandbox import RunningSite

KEY = "IST.very-secret-key"
READ = Operation("POST", "/things/query")
UNSENDABLE = {
    "line break": "\n",
    "carriage return": "\r",
    "null": "\0",
    "escape": "\x1b",
    "C1 control": "\x85",
    "other script": "κ",
    "dash of a word processor": "\N{EN DASH}",
    "byte order mark": "\ufeff",
}


def settings(**more: Any) -> dict[str, Any]:
    return {**config(shop("v3")), "index_lag_seconds": 0, **more}


def run(name: str, folder: Path, **changes: Any) -> Done:
    given = settings(**changes)
    if name in {"tap-wix", "wix-export", "wix-listen"}:
        del given["index_lag_seconds"]
    return in_process(name, *arguments_of(name, given, folder), cwd=folder).checked()


@pytest.mark.parametrize("name", CLIENTS)
def test_an_api_key_with_a_line_break_inside_is_named_and_not_shown(name: str, tmp_path: Path) -> None:
    given = {"api_key": f"{KEY}\nrest-of-it", "site_id": "site"}
    done = installed(name, *arguments_of(name, given, tmp_path), cwd=tmp_path).checked()
    assert done.code == 1
    assert "The setting `api_key` contains a control character (U+000A, at 20)" in done.complaints[-1]
    assert KEY not in done.err
    assert "rest-of-it" not in done.err


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("setting", ["api_key", "site_id"])
@pytest.mark.parametrize("mark", UNSENDABLE.values(), ids=UNSENDABLE)
def test_a_credential_that_no_header_can_carry_is_named(name: str, setting: str, mark: str, tmp_path: Path) -> None:
    done = run(name, tmp_path, **{setting: f"se-cret{mark}hush-hush"})
    assert done.code == 1
    assert f"`{setting}`" in done.complaints[-1]
    assert not re.search("se-cret|hush-hush", done.err)


@pytest.mark.parametrize("setting", ["app_id", "app_secret", "instance_id", "refresh_token", "api_url"])
def test_other_credentials_and_the_address_are_checked_alike(setting: str) -> None:
    given = {"app_id": "app", "app_secret": "hush-hush", "instance_id": "i"}
    with pytest.raises(SettingsError, match=f"`{setting}`") as refused:
        connect({**given, setting: "hush\nhush"}, user_agent="tests")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "setting"),
    [*((name, "api_url") for name in CLIENTS), ("tap-wix", "start_date"), ("wix-export", "start_date")],
)
def test_a_key_in_the_wrong_setting_is_not_shown(name: str, setting: str, tmp_path: Path) -> None:
    done = run(name, tmp_path, **{setting: KEY})
    assert done.code == 1
    assert f"`{setting}` is not a" in done.complaints[-1]
    assert KEY not in done.err


def test_blanks_around_settings_do_not_matter(tmp_path: Path) -> None:
    known = config(shop("v3"))
    given = {name: f" \t{known[name]}\r\n" for name in ("api_key", "site_id", "api_url")}
    done = in_process("tap-wix", *arguments_of("tap-wix", {**known, **given}, tmp_path), "--discover").checked()
    assert done.code == 0, done.err


def test_settings_of_blanks_only_are_missing(tmp_path: Path) -> None:
    assert "`api_key` is missing" in run("tap-wix", tmp_path, api_key=" \n").complaints[-1]


# What Wix repeats


def test_what_wix_repeats_is_masked_before_it_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    echo = f"bad {KEY} of ada@example.com or +49 (170) 123-4567 or 0170 1234567 or 01701234567: \x1b[2J\x07 line\nbreak"
    body = {"message": echo, "details": {"applicationError": {"code": f"NO\x1b_{KEY}\x00_CODE", "description": echo}}}
    server.script = lambda _asked, number: (500 if number == 1 else 400, body, {"x-wix-request-id": f"r-{KEY}"})
    caplog.set_level(logging.DEBUG, "wix_api")
    with pytest.raises(InvalidRequestError) as refused:
        server.client(api_key=KEY).call(READ, body={})
    for text in (caplog.text, str(refused.value), refused.value.code):
        assert not re.search(rf"{KEY}|ada@|123|\x1b|\x07|\x00", text), text
    phones = " or ".join(["<phone number>"] * 3)
    shown = f"(bad <secret> of <mail address> or {phones}: [2J line break)"
    assert shown in str(refused.value).replace("�", "")


def test_the_log_does_not_name_contacts_by_their_mail_addresses(
    open_shop: Callable[..., RunningSite], tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    emails = {"items": [{"email": "ada@example.com", "tag": "NONE_SUCH"}]}
    text = lines(messages(contacts=[{"info": {"name": {"first": "Ada"}, "emails": emails}}])).encode()
    given = {**site.config(), **FAST, "results_path": str(tmp_path / "results.jsonl")}
    done = in_process("target-wix", *arguments_of("target-wix", given, tmp_path), stdin=text).checked()
    assert done.code == 1
    assert "line 2 (<mail address>): " in done.err
    assert "ada@" not in done.err
    assert "email=ada@example.com" in (tmp_path / "results.jsonl").read_text()


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_nested_endlessly_is_no_answer(server: Server, status: int) -> None:
    server.script = lambda *_: (status, b"[" * 100_000)
    with pytest.raises(WixError, match="things/query"):
        server.client().call(READ, body={})


def test_members_and_rules_that_wix_names_are_masked(server: Server) -> None:
    violation = {"field": f"info\n{KEY}", "description": "0170 1234567 is taken", "ruleName": f"\x1b{KEY}"}
    server.script = lambda *_: (400, {"details": {"validationError": {"fieldViolations": [violation]}}})
    with pytest.raises(InvalidRequestError) as refused:
        server.client(api_key=KEY).call(READ, body={})
    text = f"{refused.value} {refused.value.code} {refused.value.fields}"
    assert not re.search(rf"{KEY}|1234567|\x1b|\n", text), text


def test_tokens_from_wix_are_masked(server: Server) -> None:
    def script(asked: Any, _number: int) -> tuple[int, Any]:
        if asked.path == "/oauth2/token":
            return 200, {"access_token": "token-of-an-hour", "expires_in": 3600}
        return 400, {"message": f"{asked.headers['Authorization']} may not"}

    server.script = script
    with pytest.raises(InvalidRequestError, match="<secret> may not"):
        server.client(app_id="app", app_secret="hush-hush", instance_id="i").call(READ, body={})


@pytest.mark.parametrize("token", ["a\nb", "κ-token", "\x00"])
def test_a_token_that_no_header_can_carry_is_not_shown(server: Server, token: str) -> None:
    server.script = lambda *_: (200, {"access_token": token})
    with pytest.raises(Exception, match="returned no usable access token") as refused:
        server.client(app_id="app", app_secret="hush-hush", instance_id="i").call(READ, body={})
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "has size 8001, expected 8000 or less",
        "must be less than or equal to 999999999.99",
        "Product 5b9f1234-0000-4000-8000-000000000404 was not found",
        "Product 00000000-0000-4000-8000-000000000404 was not found",
        "not before 2024-01-01T00:00:00.000Z or 2024-01-01",
        "variantsInfo.variants[17].price has 3 decimals",
    ],
)
def test_numbers_dates_and_ids_stay_in_messages(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("word", ["x", "1"])
def test_a_long_text_without_blanks_is_searched_once(word: str) -> None:
    assert redact(word * 2_000_000) == word * 300 + "…"
    assert redact(f"{word * 2_000_000}@example.com and a@b@c@d") == "<mail address> and <mail address>@<mail address>"


def test_a_long_list_of_digits_is_searched_once() -> None:
    assert redact("1- " * 1_000_000) == "1- " * 100 + "…"


@pytest.mark.parametrize("name", CLIENTS)
def test_a_password_in_the_address_is_masked(name: str, tmp_path: Path) -> None:
    done = run(name, tmp_path, api_url="http://me:pass-word@127.0.0.1:9/?key=pass-word")
    assert done.code == 1
    assert "pass-word" not in done.err
    assert "http://***@127.0.0.1:9/" in done.err


def test_a_password_of_an_address_that_does_not_answer_is_masked(tmp_path: Path) -> None:
    done = run("tap-wix", tmp_path, api_url="http://me:pass-word@127.0.0.1:9")
    assert "http://***@127.0.0.1:9 cannot be reached" in done.complaints[-1]
    assert "pass-word" not in done.err


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:w@rd@wix.example/x", "https://***@wix.example/x"),
        ("https://me:a?b#c@wix.example", "https://***@wix.example"),
        ("me:word@wix.example", "***@wix.example"),
        ("https://wix.example?key=word", "https://wix.example"),
        ("https://wix.example", "https://wix.example"),
    ],
)
def test_urls_are_shortened_for_messages(url: str, shown: str) -> None:
    assert masked_url(url) == shown


# Ways on which a secret would be seen


@pytest.mark.parametrize("name", CLIENTS)
def test_plain_http_to_another_machine_is_refused(name: str, tmp_path: Path) -> None:
    done = run(name, tmp_path, api_url="http://192.0.2.1")
    assert done.code == 1
    assert "set `allow_http` to true" in done.complaints[-1]


@pytest.mark.parametrize("url", ["http://127.1.2.3", "http://localhost:8", "http://a.localhost", "http://[::1]:8"])
def test_plain_http_to_this_machine_is_allowed(url: str) -> None:
    connect({"api_key": KEY, "site_id": "s", "api_url": url}, user_agent="tests").close()


def test_plain_http_may_be_allowed() -> None:
    given = {"api_key": KEY, "site_id": "s", "api_url": "http://gateway.example", "allow_http": True}
    connect(given, user_agent="tests").close()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://wix.example",
        "https://",
        "https://.",
        "https://a..b",
        f"https://{'a' * 64}.example",
        "https://wix.example:99999",
        "https://wix.example:x",
        "https://wix example",
        "https://wix.example/?a=b",
        "https://wix.example/#a",
        "https://wíx.example",
        "https://[::1",
        "https://wix.example\\@other.example",
    ],
)
def test_values_that_are_not_addresses_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="`api_url` is not an address"):
        connect({"api_key": KEY, "site_id": "s", "api_url": url}, user_agent="tests")


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate is not trusted."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*made, *names, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Log nothing: the client closes the connection."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_untrusted_certificate_is_reported_at_once(
    untrusted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(**changes: Any) -> None:
        patience = RetryPolicy(first_wait=0.0)
        client = connect({"api_key": KEY, "site_id": "s", "api_url": untrusted}, user_agent="tests", retry=patience)
        try:
            client.call(READ, body={})
        finally:
            client.close()

    with pytest.raises(UnexpectedResponseError, match=r"cannot be trusted \(self-signed.*REQUESTS_CA_BUNDLE"):
        call()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    call()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    with pytest.raises(SettingsError, match="REQUESTS_CA_BUNDLE"):
        call()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    with pytest.raises(UnavailableError, match=r"\(TLS: no certificate or crl found\).*REQUESTS_CA_BUNDLE"):
        call()


def test_the_command_names_what_to_do_about_a_certificate(untrusted: str, tmp_path: Path) -> None:
    given = {"api_key": KEY, "site_id": "s", "api_url": untrusted}
    done = installed("tap-wix", *arguments_of("tap-wix", given, tmp_path)).checked()
    assert done.code == 1
    assert "REQUESTS_CA_BUNDLE" in done.complaints[-1]
    assert "Trying again" not in done.err


def test_short_settings_are_not_taken_for_secrets() -> None:
    redaction.never_show("a", "")
    assert redact("a banana") == "a banana"


def test_a_secret_that_begins_with_another_one_is_masked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", {"IST.key-1", "IST.key-12345"})
    assert redact("it was IST.key-12345") == "it was <secret>"


def test_a_config_as_it_is_shown_holds_no_secret(tmp_path: Path) -> None:
    done = in_process("tap-wix", *arguments_of("tap-wix", settings(api_key=KEY, site_id=None), tmp_path)).checked()
    assert KEY not in json.dumps([done.out, done.err])


def test_a_token_that_another_thread_renews_while_a_message_is_made_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Text(str):
        """Adds a secret whenever one is looked for in it, as another thread may."""

        __slots__ = ()

        @override
        def replace(self, *_: Any) -> Text:
            redaction.never_show(f"token-{len(redaction._secrets)}")
            return self

    monkeypatch.setattr(redaction, "_secrets", {"first-secret", "second-secret"})
    assert redact(Text("all is well")) == "all is well"
