"""`wix-api` as its users meet it: any call, all pages, writes that ask first, credentials that stay here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_support.forking import Forked
from tests.bent import Answer, bent
from tests.in_process import Ended, call
from tests.shops import config, shop
from wix_api.any_call import Request
from wix_api.errors import UnexpectedResponseError
from wix_sandbox import Sandbox, SandboxOptions
from wix_shop.calling.__main__ import main
from wix_shop.calling.paging import all_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox import RunningSite

WIX_API = Path(sys.executable).with_name("wix-api")
CONTACTS = "/contacts/v4/contacts"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with Sandbox(SandboxOptions(catalog="v3", size=5)).serve() as running:
        yield running


def run(folder: Path, *arguments: str, settings: dict[str, Any] | None = None, stdin: str = "") -> Ended:
    """Run the command with the settings of a site, by default the shared seed shop on V3."""
    file = folder / "config.json"
    file.write_text(json.dumps(config(shop("v3")) if settings is None else settings))
    return call(main, *arguments, "--config", file, folder=folder, stdin=stdin)


def test_the_answer_is_printed_as_it_came(tmp_path: Path) -> None:
    done = run(tmp_path, "GET", CONTACTS)
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    assert {each["id"] for each in answer["contacts"]} <= set(ids("contacts"))
    assert answer["pagingMetadata"]["total"] == len(ids("contacts"))


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_cart_is_read_by_its_id(catalog: str, tmp_path: Path) -> None:
    cart, *_ = shop(catalog).state()["carts"]
    done = run(tmp_path, "GET", f"/ecom/v1/carts/{cart['id']}", settings=config(shop(catalog)))
    assert (done.code, json.loads(done.out)) == (0, {"cart": cart})
    gone = run(tmp_path, "GET", "/ecom/v1/carts/00000000-0000-4000-8000-000000000404", settings=config(shop(catalog)))
    assert gone.code != 0


def ids(kind: str) -> list[str]:
    return [each["id"] for each in shop("v3").state()[kind]]


PAGED = [
    pytest.param(("GET", f"{CONTACTS}?paging.limit=40"), "contacts", id="a list by offset"),
    pytest.param(("GET", CONTACTS, "-q", "paging.limit=40"), "contacts", id="a query parameter"),
    pytest.param(("GET", CONTACTS), "contacts", id="without a limit"),
    pytest.param(
        ("POST", f"{CONTACTS}/query", "-b", '{"query": {"paging": {"limit": 40}}}'), "contacts", id="a query by offset"
    ),
    pytest.param(
        ("POST", "/stores/v3/products/query", "-b", '{"query": {"cursorPaging": {"limit": 7}}}'),
        "products",
        id="a query by cursor",
    ),
    pytest.param(
        ("POST", "/stores/v3/products/search", "-b", '{"search": {"cursorPaging": {"limit": 30}}}'),
        "products",
        id="a search by cursor",
    ),
]


@pytest.mark.parametrize(("asked", "kind"), PAGED)
def test_all_pages_come_as_json_lines_without_a_row_twice(tmp_path: Path, asked: tuple[str, ...], kind: str) -> None:
    done = run(tmp_path, *asked, "--paginate")
    assert done.code == 0, done.err
    rows = [json.loads(line)["id"] for line in done.out.splitlines()]
    assert len(rows) == len(set(rows))
    assert set(rows) == set(ids(kind))
    assert done.err.startswith(f"wix-api: {len(rows):,} rows, ")


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", f"{CONTACTS}?paging.limit=7&paging.offset=90"),
        ("POST", f"{CONTACTS}/query", "-b", '{"query": {"paging": {"limit": 7, "offset": 90}}}'),
    ],
)
def test_a_list_that_begins_at_an_offset_goes_on_from_there(tmp_path: Path, asked: tuple[str, ...]) -> None:
    whole = run(tmp_path, "GET", CONTACTS, "--paginate").out.splitlines()
    assert run(tmp_path, *asked, "--paginate").out.splitlines() == whole[90:] != []


def test_a_list_without_further_pages_is_read_once(tmp_path: Path) -> None:
    done = run(tmp_path, "GET", "/contacts/v4/labels", "--paginate")
    assert done.code == 0, done.err
    keys = [json.loads(line)["key"] for line in done.out.splitlines()]
    assert len(keys) == len(set(keys)) > 0


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            b'{"contacts": [{"id": "a"}, {"id": "b"}], "pagingMetadata": {"hasNext": true, "cursors": {"next": "c"}}}',
            "the same page again",
        ),
        (b"<html>", "not a list as Wix documents it"),
    ],
)
def test_a_list_that_cannot_be_paged_through_ends(answer: bytes, problem: str) -> None:
    with pytest.raises(UnexpectedResponseError, match=problem):
        list(all_rows(Request("GET", CONTACTS), lambda _: answer))


def test_an_answer_with_several_lists_asks_which_one(tmp_path: Path) -> None:
    named = run(tmp_path, "GET", f"{CONTACTS}/{ids('contacts')[0]}", "--paginate")
    assert named.code == 2
    assert "does not have one list of rows. Use --paginate with a call that returns a list." in named.err
    assert run(tmp_path, "GET", CONTACTS, "--paginate", "--rows", "nothing").code == 2
    assert run(tmp_path, "GET", CONTACTS, "--paginate", "--rows", "contacts").code == 0


def test_status_and_headers_come_first_on_request(tmp_path: Path) -> None:
    head, _, body = run(tmp_path, "GET", CONTACTS, "-q", "paging.limit=1", "--include").out.partition("\n\n")
    assert head.splitlines()[0] == "HTTP 200 OK"
    assert "content-type: application/json" in head.splitlines()
    assert len(json.loads(body)["contacts"]) == 1


def test_a_write_is_sent_once_it_is_allowed(tmp_path: Path, site: RunningSite) -> None:
    body = {"info": {"name": {"first": "Ada"}}}
    refused = run(tmp_path, "POST", CONTACTS, "--body", "-", settings=site.config(), stdin=json.dumps(body))
    assert (refused.code, refused.out) == (2, "")
    assert f"POST {CONTACTS} may change the site. Add --yes to send it." in refused.err
    before = len(site.state()["contacts"])
    done = run(tmp_path, "POST", CONTACTS, "--body", "-", "--yes", settings=site.config(), stdin=json.dumps(body))
    assert done.code == 0, done.err
    assert json.loads(done.out)["contact"]["info"]["name"] == {"first": "Ada"}
    assert len(site.state()["contacts"]) == before + 1


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 1, 5), ("y", 0, 4)])
def test_a_terminal_is_asked_before_a_write(
    tmp_path: Path, site: RunningSite, answer: str, code: int, left: int
) -> None:
    product = site.state()["products"][0]["id"]
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site.config()))
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with os.fdopen(theirs) as terminal:
        done = call(main, "DELETE", f"/stores/v3/products/{product}", "--config", file, stdin=terminal)
    os.close(ours)
    assert done.code == code, done.err
    assert f"may change site {site.config()['site_id']}. Send it?" in done.err
    assert len(site.state()["products"]) == left


def test_ctrl_c_at_the_question_sends_nothing(tmp_path: Path, site: RunningSite) -> None:
    product = site.state()["products"][0]["id"]
    file = tmp_path / "config.json"
    file.write_text(json.dumps(site.config()))
    ours, theirs = os.openpty()
    given = [WIX_API, "DELETE", f"/stores/v3/products/{product}", "--config", file]
    with Forked(given, stdin=theirs, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        asked = ""
        while "Send it?" not in asked:
            asked += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 128 + signal.SIGINT
    os.close(ours)
    os.close(theirs)
    assert product in {each["id"] for each in site.state()["products"]}


def test_a_page_in_place_of_an_answer_is_an_error(tmp_path: Path, site: RunningSite) -> None:
    page = Answer(200, b"<html><title>Sign in to the network</title></html>")
    with bent(site, lambda _asked, _ask: page) as settings:
        for options in ((), ("--paginate",)):
            done = run(tmp_path, "GET", CONTACTS, *options, settings={**settings, "retry_patience_seconds": 0})
            assert (done.code, done.out) == (1, "")
            assert f"GET {CONTACTS}: the answer is not the JSON that Wix documents" in done.err


def test_a_read_whose_answer_is_cut_off_is_sent_again(tmp_path: Path, site: RunningSite) -> None:
    site.faults.plan({"path": CONTACTS, "action": {"truncate": True}, "times": 1})
    done = run(tmp_path, "GET", CONTACTS, settings=site.config())
    assert (done.code, len(json.loads(done.out)["contacts"])) == (0, 5)


@pytest.mark.parametrize("action", [{"drop": "after"}, {"truncate": True}])
def test_a_write_whose_answer_is_lost_is_not_sent_again(
    tmp_path: Path, site: RunningSite, action: dict[str, Any]
) -> None:
    site.faults.plan({"path": CONTACTS, "method": "POST", "action": action})
    body = '{"info": {"name": {"first": "Ada"}}}'
    done = run(tmp_path, "POST", CONTACTS, "-b", body, "--yes", settings=site.config())
    assert done.code == 1
    assert [each.method for each in site.journal.entries] == ["POST"]


def test_a_refusal_is_reported_in_wixs_words(tmp_path: Path) -> None:
    done = run(tmp_path, "GET", "/stores/v3/products/nothing")
    assert (done.code, done.out) == (1, "")
    assert "GET /stores/v3/products/nothing: Wix answered 404" in done.err


@pytest.mark.parametrize(
    "target",
    ["contacts/v4/contacts", "https://example.com/contacts/v4/contacts", "//example.com/x", "@example.com/x", ""],
)
def test_the_credentials_leave_for_no_other_host(tmp_path: Path, target: str) -> None:
    # Nothing listens where the settings point: a request would end with another message and another exit code.
    settings = {"api_key": "IST.secret-of-the-site", "site_id": "a", "api_url": "http://127.0.0.1:9"}
    done = run(tmp_path, "GET", target, settings=settings)
    assert done.code == 2
    assert "is not a path of Wix" in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize("target", ["/a/../b", "/a/%2E%2e/b", "/a/%2e", "/a b", "/a\\b", "/ä"])
def test_an_odd_path_is_refused(tmp_path: Path, target: str) -> None:
    done = run(tmp_path, "GET", target)
    assert done.code == 2
    assert "PATH contains a step `.` or `..`, a blank" in done.err


def test_a_url_of_wix_is_its_path(tmp_path: Path) -> None:
    url = f"https://www.wixapis.com{CONTACTS}?paging.limit=1"
    assert run(tmp_path, "GET", url).out == run(tmp_path, "GET", CONTACTS, "-q", "paging.limit=1").out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("GET", CONTACTS, "-H", "Authorization: mine"), "this header is set from the settings"),
        (("GET", CONTACTS, "-H", "no header"), "--header is not 'NAME: VALUE'"),
        (("GET", CONTACTS, "-q", "limit"), "is not NAME=VALUE"),
        (("GET", CONTACTS, "-q", "\udce4=1"), "is not text in UTF-8"),
        (("POST", f"{CONTACTS}/query", "-b", '{"a": "\udce4"}'), "--body is not text in UTF-8 (byte 8)"),
        (("POST", f"{CONTACTS}/query", "-b", '{"a": "\\ud83d"}'), "--body has half a character"),
        (("GET", CONTACTS, "-b", "{}"), "A GET request cannot have a body"),
        (("POST", f"{CONTACTS}/query", "-b", "[]"), "--body is not a JSON object"),
        (("POST", f"{CONTACTS}/query", "-b", "{x"), "--body is not JSON (line 1, column 2)"),
        (("POST", f"{CONTACTS}/query", "-b", "missing.json"), "--body missing.json cannot be read"),
        (("DELETE", "/x", "--paginate"), "--paginate reads lists"),
        (("GET", CONTACTS, "--paginate", "--include"), "--include shows one answer"),
        (("GET", CONTACTS, "--rows", "contacts"), "--rows needs --paginate"),
        (("HEAD", CONTACTS), "'HEAD' is not one of"),
    ],
)
def test_the_message_for_wrong_usage_names_the_mistake(tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.code == 2
    assert reason in done.err
    assert "Traceback" not in done.err


def test_a_mistyped_setting_is_refused_and_those_of_plugins_are_not(tmp_path: Path) -> None:
    settings = {**config(shop("v3")), "dry_run": True, "sites": [], "max_deletes": "5"}
    assert run(tmp_path, "GET", CONTACTS, settings=settings).code == 0
    done = run(tmp_path, "GET", CONTACTS, settings={**settings, "requests_per_minut": 5})
    assert done.code == 1
    assert "no setting `requests_per_minut`. Did you mean `requests_per_minute`?" in done.err


def test_several_files_are_read_and_variables_win_if_env_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text(json.dumps({"api_key": "IST.wrong", "requests_per_minute": 200}))
    assert run(tmp_path, "GET", CONTACTS, "--config", "wrong.json").code == 0
    done = call(main, "GET", CONTACTS, *("--config", "config.json", "--config", "wrong.json"), folder=tmp_path)
    assert (done.code, "401" in done.err) == (1, True)
    environment = {"TAP_WIX_API_KEY": config(shop("v3"))["api_key"]}
    files = ("--config", "config.json", "--config", "wrong.json", "--config", "ENV")
    assert call(main, "GET", CONTACTS, *files, folder=tmp_path, environment=environment).code == 0


def test_an_echo_of_the_key_is_masked(tmp_path: Path, site: RunningSite) -> None:
    settings = site.config()
    echo = {"contacts": [{"name": settings["api_key"]}], "message": settings["api_key"]}
    for status in (200, 400):
        site.faults.plan({"path": CONTACTS, "action": {"status": status, "body": echo}, "times": 1})
        done = run(tmp_path, "GET", CONTACTS, settings=settings)
        assert "<secret>" in done.out + done.err
        assert settings["api_key"] not in done.out + done.err


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


def test_headers_are_sent_in_addition_to_the_credentials(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {
            "api_key": "IST.key-of-the-site",
            "site_id": "a",
            "api_url": f"http://127.0.0.1:{server.server_port}",
        }
        done = run(tmp_path, "GET", "/x", "-H", "Accept-Language: en", "-H", "X-Trace:  1 ", settings=settings)
        server.shutdown()
    sent = json.loads(done.out)
    assert (sent["Accept-Language"], sent["X-Trace"]) == ("en", "1")
    assert (sent["Authorization"], sent["wix-site-id"]) == ("<secret>", "a")


def test_the_installed_command_calls_wix(tmp_path: Path) -> None:
    settings = {f"TAP_WIX_{name.upper()}": str(value) for name, value in shop("v3").config().items()}
    done = subprocess.run(
        [WIX_API, "GET", CONTACTS],
        env=settings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(done.stdout)["contacts"]) > 0
