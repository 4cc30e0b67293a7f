"""Whatever our commands are given, they end with a message or a success: no traceback, no secret, no endless wait.

Few cases in the usual run, always the same; `--hypothesis-profile random` tries 50 times as many others.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override
from urllib3 import HTTPResponse

from sandbox_support.wire import Wire
from tap_wix.settings import SETTINGS
from tap_wix.tap import TapWix
from target_wix import site_lock
from target_wix.memory import IndexLag
from target_wix.settings import CONFIG_SCHEMA
from target_wix.stopping import StopSign
from tests.clock import Clock
from tests.hostile.commands import CLIENTS, Done, in_process
from tests.hostile.mutations import broken, files_of, mutated, odd_values, text_of
from tests.target.runs import product, record, schema, state
from wix_api import transport
from wix_api.pacing import Pacer
from wix_api.retry import RetryPolicy
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.auth import API_KEY, APP_ID, APP_SECRET, INSTANCE_ID, REFRESH_TOKEN, SITE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn, SearchStrategy

LONGEST_WAIT = 120.0
"""Seconds of one wait: a minute of the quota, or a minute between two tries, and some."""
MOST_REQUESTS = 3000
PERSONAL = ("ada@example.com", "01701234567")
SECRETS = (API_KEY, APP_SECRET, REFRESH_TOKEN, "pass-word")
KEY = {"api_url": "http://localhost", "api_key": API_KEY, "site_id": SITE_ID, "index_lag_seconds": 0}
APP = {"api_url": "http://localhost", "app_id": APP_ID, "app_secret": APP_SECRET, "instance_id": INSTANCE_ID}
catalogs = st.sampled_from(["v1", "v3"])

few = settings(
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


class OddWire(Wire):
    """Answers some requests otherwise than the sandbox.

    Args:
        sandbox: Who answers.
        odd: What comes instead of an answer, by the number of its request.
    """

    def __init__(self, sandbox: Sandbox, odd: dict[int, Any]) -> None:
        super().__init__(sandbox, self._count)
        self._odd = odd
        self._number = 0

    def _count(self) -> None:
        self._number += 1
        assert self._number <= MOST_REQUESTS, "it asks without end"

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(request, *args, **kwargs)
        change = self._odd.get(self._number)
        return change(request, response) if change else response


@cache
def sandbox(catalog: str, size: int) -> Sandbox:
    """A site; `run` fills it again where it may have been written to."""
    made = Sandbox(SandboxOptions(catalog=catalog, size=size, random_seed=3))
    made.fill()
    return made


@contextmanager
def world(site: Sandbox, odd: dict[int, Any]) -> Iterator[Path]:
    """A folder, and a site that is reached without sockets, where time passes in no time."""
    clock = Clock(longest=LONGEST_WAIT)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp())
        stack.callback(shutil.rmtree, folder)
        wire = OddWire(site, odd)
        stack.enter_context(mock.patch.object(transport, "BoundedAdapter", return_value=wire))
        stack.enter_context(mock.patch("time.sleep", clock.sleep))
        # What other runs of this machine leave, at other times, is no part of a case.
        stack.enter_context(mock.patch.object(site_lock, "clock", clock))
        stack.enter_context(mock.patch.object(site_lock, "uptime", clock))
        stack.enter_context(mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(folder / "state")}))
        for waiting in (Pacer, RetryPolicy, IndexLag):
            defaults = {"clock": clock, "sleep": clock.sleep}
            stack.enter_context(mock.patch.dict(waiting.__init__.__kwdefaults__, defaults))
        for name in ("sleep", "sleep_between_calls"):
            stack.enter_context(mock.patch.object(StopSign, name, lambda _, seconds: clock.sleep(seconds)))
        yield folder


def run(
    name: str,
    given: bytes | dict[str, Any],
    site: Sandbox,
    *more: str,
    stdin: bytes = b"",
    odd: Any = None,
    **files: bytes,
) -> Done:
    """Run a command, and see that it ended as it should."""
    with world(site, odd or {}) as folder:
        config = given if isinstance(given, bytes) else text_of(given)
        for file, content in {"config": config, **files}.items():
            (folder / file).write_bytes(content)
        names = [file.name for file in folder.iterdir()]
        done = in_process(name, "--config", "config", *more, stdin=stdin, cwd=folder).checked()
        made = [file for file in folder.rglob("*") if file.is_file() and file.name not in names]
        written = "".join(file.read_text(errors="replace") for file in made)
    shown = written + done.err + ("" if name == "tap-wix" else done.out)
    assert not any(secret in shown for secret in SECRETS), shown
    return done


# Settings

_TYPED = {
    "stream_maps": {"products": {"name": "name", "__else__": None}},
    "stream_options": {"products": {"limit": 2, "ids": ["a"], "command": "update", "match_on": ["sku"], "mode": "add"}},
    "flattening_enabled": True,
    "flattening_max_depth": 2,
    "max_deletes": "10%",
    "results_path": "results.jsonl",
    "report_path": "report.html",
    "lookback_seconds": 30,
    "start_date": "2024-01-01T00:00:00Z",
    "requests_per_minute": 500,
}


def of_command(name: str) -> dict[str, Any]:
    if name in {"tap-wix", "wix-export"}:
        TapWix.append_builtin_config(known := {"properties": dict(SETTINGS)})
        return known["properties"]
    return dict(CONFIG_SCHEMA["properties"])


@st.composite
def odd_settings(draw: DrawFn, name: str) -> bytes:
    """A config file with some settings set to something odd, or to something like what they should be."""
    config = dict(draw(st.sampled_from([KEY, APP, {**KEY, "api_url": "http://me:pass-word@localhost"}])))
    known = of_command(name)
    if "index_lag_seconds" not in known:
        config.pop("index_lag_seconds", None)
    for setting in draw(st.lists(st.sampled_from(sorted(known)), max_size=3)):
        usual = _TYPED.get(setting, config.get(setting))
        config[setting] = draw(odd_values if usual is None else st.one_of(odd_values, mutated(usual), st.just(usual)))
    return draw(st.one_of(st.just(text_of(config)), st.just(text_of(config)), files_of(config)))


MESSAGES = [schema("products"), record("products", product(sku="A", handle="mug")), state({"at": 1})]
STDIN = b"".join(text_of(each) + b"\n" for each in MESSAGES)
FILE = b"handle,name,price,inventory\nmug,Mug,12.50,4\nvase,Vase,30,InStock\n"


@few
@given(data=st.data(), name=st.sampled_from(CLIENTS), catalog=catalogs)
def test_settings(data: st.DataObject, name: str, catalog: str) -> None:
    site = sandbox(catalog, 2)
    more = ("--yes", "-") if name == "wix-import" else ()
    run(name, data.draw(odd_settings(name)), site, *more, stdin=FILE if name == "wix-import" else STDIN)
    if name in {"target-wix", "wix-import"}:
        site.fill()


# States and catalogs

MARK = {"replication_key": "updatedDate", "replication_key_value": "2024-05-01T00:00:00.000Z"}
STATE = {
    "bookmarks": {
        "orders": MARK,
        "contacts": {"partitions": [{"context": {"id": "1"}, **MARK}, {"context": {"id": "2"}, **MARK}]},
        "products": {**MARK, "replication_key": "lastUpdated", "progress_markers": {"Note": "x", **MARK}},
        "fulfillments": MARK,
    }
}
TAP = {name: value for name, value in KEY.items() if name != "index_lag_seconds"} | {"requests_per_minute": 100_000}


@few
@given(content=files_of(STATE), catalog=catalogs)
def test_states(content: bytes, catalog: str) -> None:
    run("tap-wix", TAP, sandbox(catalog, 2), "--state", "state", state=content)


@cache
def singer_catalog(catalog: str) -> dict[str, Any]:
    found = json.loads(run("tap-wix", TAP, sandbox(catalog, 2), "--discover").out)
    for entry in found["streams"]:
        properties = entry["schema"]["properties"]
        kept = [*entry["key_properties"], entry.get("replication_key") or "id", *list(properties)[:4]]
        entry["schema"]["properties"] = {name: properties[name] for name in dict.fromkeys(kept) if name in properties}
        entry["metadata"] = [
            each for each in entry["metadata"] if not each["breadcrumb"] or each["breadcrumb"][1] in kept
        ]
    return found


@few
@given(data=st.data(), catalog=catalogs)
def test_catalogs(data: st.DataObject, catalog: str) -> None:
    content = data.draw(files_of(singer_catalog(catalog)))
    run("tap-wix", TAP, sandbox(catalog, 2), "--catalog", "catalog", catalog=content)


# Standard input

PRODUCT = {
    **product(sku="B", handle="vase", price=5),
    "collections": ["Cups"],
    "media": {"itemsInfo": {"items": [{"url": "https://example.com/a.jpg", "altText": "A"}]}},
    "brand": {"name": "Brand"},
    "seoData": {"tags": [{"type": "title", "children": "A"}]},
    "_command": "upsert",
}
V1_PRODUCT = {
    "name": "Mug",
    "productType": "physical",
    "priceData": {"price": 5.5},
    "stock": {"trackInventory": True, "quantity": 3},
    "productOptions": [{"name": "Size", "choices": [{"value": "S", "description": "S"}]}],
    "variants": [{"choices": {"Size": "S"}, "variant": {"sku": "S1"}}],
    "collectionIds": ["00000000-0000-0000-0000-000000000001"],
}
CONTACT = {
    "id": "1",
    "info": {
        "name": {"first": "Ada"},
        "emails": {"items": [{"email": "ada@example.com", "tag": "MAIN"}]},
        "phones": {"items": [{"phone": "01701234567", "countryCode": "DE", "tag": "HOME"}]},
        "labelKeys": {"items": ["custom.vip"]},
        "birthdate": "1815-12-10",
    },
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "collections": [{"name": "Cups", "description": "For tea", "visible": True, "parentCategory": {"id": "x"}}],
    "products": [PRODUCT, V1_PRODUCT, {"name": "Plain", "price": 5, "sku": "P", "weight": 1, "_sdc_deleted_at": None}],
    "product_variants": [{"sku": "B", "price": {"actualPrice": {"amount": "7"}}, "visible": True, "productId": "1"}],
    "inventory_items": [{"sku": "B", "quantity": 5, "locationId": "x", "preorderInfo": {"enabled": False}}],
    "collection_products": [{"collection": "Cups", "handle": "vase", "productId": "1"}],
    "contacts": [CONTACT],
    "contact_labels": [{"key": "custom.vip", "displayName": "VIP", "labelType": "USER_DEFINED"}],
    "brands": [{"id": "1", "name": "Kiln"}],
    "fulfillments": [
        {
            "orderId": "00000000-0000-4000-8000-0000000000aa",
            "trackingNumber": "1",
            "lineItems": [{"id": "1", "quantity": 1}],
        }
    ],
    "messages": [{"contactId": "1", "text": "Ready", "sendNotifications": False}],
    "form_submissions": [{"formId": "1", "submissions": {"name": "Ada"}, "createdDate": "2024-05-06T07:08:09Z"}],
    "api_calls": [{"method": "DELETE", "path": "/contacts/v4/labels/custom.none", "id": "1"}],
}
LINES = [
    message
    for stream, entities in RECORDS.items()
    for message in (
        {**schema(stream), "bookmark_properties": ["id"]},
        *({**record(stream, entity), "time_extracted": "2024-01-01T00:00:00Z", "version": 1} for entity in entities),
        {"type": "ACTIVATE_VERSION", "stream": stream, "version": 1},
        state({"bookmarks": {stream: {"at": 1.5}}}),
    )
]
TARGET = {**KEY, "requests_per_minute": 100_000, "results_path": "results.jsonl", "report_path": "report.html"}


@st.composite
def odd_lines(draw: DrawFn) -> bytes:
    """Lines of messages of which some are odd."""
    lines = [text_of(each) for each in LINES]
    for number in draw(st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=4)):
        odd: SearchStrategy[bytes] = mutated(LINES[number]).map(text_of)
        lines[number] = draw(st.one_of(odd, odd, odd, broken(lines[number])))
    return draw(st.sampled_from([b"\n", b"\r\n", b"\n\n"])).join(lines) + draw(st.sampled_from([b"", b"\n"]))


@few
@given(lines=odd_lines(), catalog=catalogs, more=st.sampled_from([{}, {"dry_run": True}, {"load_method": "overwrite"}]))
def test_standard_input(lines: bytes, catalog: str, more: dict[str, Any]) -> None:
    site = sandbox(catalog, 0)
    run("target-wix", {**TARGET, **more}, site, stdin=lines)
    site.fill()


@few
@given(content=st.one_of(broken(FILE), broken(FILE * 2), st.binary(max_size=60)), catalog=catalogs)
def test_product_files(content: bytes, catalog: str) -> None:
    site = sandbox(catalog, 0)
    run("wix-import", {**KEY, "requests_per_minute": 100_000}, site, "--yes", "-", stdin=content)
    site.fill()


# Answers

STATUSES = (200, 201, 204, 301, 400, 401, 403, 404, 408, 409, 428, 429, 500, 501, 503)
HEADERS: dict[str, tuple[str, ...]] = {
    "x-wix-request-id": ("", "a\x1bb", "x" * 5000, API_KEY),
    "Date": ("", "yesterday", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "\x00"),
    "Retry-After": (
        *("", "5", "-5", "soon", "60", "0.5", "999999999", "inf", "nan", "1e400"),
        *("Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 21 Oct 2015 07:28:00 -0000"),
    ),
    "Content-Type": ("text/html", "", "application/json; charset=utf-16"),
}
BODIES = (
    *(b"", b"{", b"null", b"[]", b"5", b'"text"', b"\xff\xfe", b"NaN", b"\xef\xbb\xbf{}", b"[" * 5000, b"\x00"),
    *(b"<html><body>Maintenance</body></html>", b'{"message": 5, "details": "text"}', b'{"details": {"a": []}}', b"{}"),
    b'{"details": {"applicationError": "text", "validationError": {"fieldViolations": [5, {"field": 5}]}}}',
)


@st.composite
def odd_answer(draw: DrawFn) -> Any:
    """What becomes of an answer."""
    kind = draw(st.sampled_from(["body", "status", "header", "echo", "lost"]))
    status = draw(st.sampled_from(STATUSES))
    body = draw(st.sampled_from(BODIES))
    name = draw(st.sampled_from(sorted(HEADERS)))
    value = draw(st.sampled_from(HEADERS[name]))

    def change(request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        if kind == "lost":
            raise requests.exceptions.ReadTimeout
        if kind == "header":
            response.headers[name] = value
            return response
        made = requests.Response()
        made.request = request
        made.status_code = status
        made.headers = response.headers
        content = _echo(request) if kind == "echo" else body
        made.raw = HTTPResponse(body=io.BytesIO(content), preload_content=False)
        return made

    return change


def _echo(request: requests.PreparedRequest) -> bytes:
    """An error that repeats all it was sent, and personal data."""
    sent = request.body.decode() if isinstance(request.body, bytes) else ""
    said = f"{dict(request.headers)} {sent} {' '.join(PERSONAL)}"
    error = {"code": f"CODE {said}", "description": said, "data": {"a": said}}
    return json.dumps({"message": said, "details": {"applicationError": error}}).encode()


answers = st.dictionaries(st.integers(1, 12), odd_answer(), min_size=1, max_size=4)


@few
@given(odd=answers, catalog=catalogs, app=st.booleans(), name=st.sampled_from(["tap-wix", "wix-export"]))
def test_answers_to_readers(odd: dict[int, Any], catalog: str, app: bool, name: str) -> None:
    config = {**(APP if app else TAP), "requests_per_minute": 100_000}
    done = run(name, config, sandbox(catalog, 2), odd=odd)
    _check_personal(done.err)


@few
@given(odd=answers, catalog=catalogs, app=st.booleans())
def test_answers_to_the_target(odd: dict[int, Any], catalog: str, app: bool) -> None:
    site = sandbox(catalog, 0)
    lines = b"".join(text_of(each) + b"\n" for each in LINES)
    done = run("target-wix", {**TARGET, **(APP if app else {}), "index_lag_seconds": 0}, site, stdin=lines, odd=odd)
    _check_personal(done.err)
    site.fill()


def _check_personal(log: str) -> None:
    assert not any(re.search(re.escape(each), log) for each in PERSONAL), log
    assert "\x1b" not in log
