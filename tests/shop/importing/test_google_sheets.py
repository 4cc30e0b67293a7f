"""Sheets of Google Sheets, served by a stub on loopback that stands for Google's hosts."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from wix_api import downloads
from wix_api.bodies import BoundedAdapter
from wix_shop.importing.google_sheets import export_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

KEY = "1aB-c_9"
EDIT = f"https://docs.google.com/spreadsheets/d/{KEY}/edit?usp=sharing#gid=12"
EXPORT = f"https://docs.google.com/spreadsheets/d/{KEY}/export?format=csv&gid=12"
FILE = "https://doc-0s-sheets.googleusercontent.com/export/file"
CSV = (200, {"Content-Type": "text/csv"}, b"handle,name,price\nmug,Mug,12.50\n")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (EDIT, EXPORT),
        (EXPORT, EXPORT),
        (f"https://docs.google.com/spreadsheets/u/1/d/{KEY}/view", EXPORT.removesuffix("&gid=12")),
        (f"https://docs.google.com/spreadsheets/d/{KEY}/export?format=xlsx&gid=1&x=2", EXPORT.replace("12", "1")),
        (
            "https://docs.google.com/spreadsheets/d/e/2PACX-1/pubhtml?gid=3&single=true",
            "https://docs.google.com/spreadsheets/d/e/2PACX-1/pub?output=csv&single=true&gid=3",
        ),
    ],
)
def test_any_link_of_a_sheet_becomes_its_export(link: str, expected: str) -> None:
    assert export_link(link) == expected


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, Any], list[tuple[str, dict[str, str]]]]]:
    """Answers by URL, and the requests that came; all of them reach the stub instead of their hosts."""
    answers: dict[str, Any] = {}
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = self.headers["x-asked"]
            asked.append((url, {name.lower(): value for name, value in self.headers.items()}))
            status, headers, body = answers[url]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    class Near(BoundedAdapter):
        def send(self, request: Any, *args: Any, **keywords: Any) -> Any:
            request.headers["x-asked"] = request.url
            parts = urlsplit(request.url)
            request.url = f"http://127.0.0.1:{server.server_port}{parts.path}?{parts.query}"
            return super().send(request, *args, **keywords)

    monkeypatch.setattr(downloads, "BoundedAdapter", Near)
    yield answers, asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_sheet_is_imported_by_its_link_without_credentials(
    google, open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done]
) -> None:
    answers, asked = google
    answers |= {EXPORT: (307, {"Location": FILE}, b""), FILE: CSV}
    site = open_shop(catalog="v3", empty=True)
    done = wix_import(site, "--yes", EDIT)
    assert done.code == 0, done.err
    assert [one["name"] for one in site.state()["products"]] == ["Mug"]
    assert [result["outcome"] for result in done.results("google-sheet")] == ["created"]
    assert [url for url, _ in asked] == [EXPORT, FILE]
    sent = {name for _, headers in asked for name in headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding", "x-asked", "connection"} - {"connection"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({EXPORT: (302, {"Location": "https://evil.test/x"}, b"")}, "The link leads to evil.test, from which nothing"),
        ({EXPORT: (302, {"Location": "http://docs.google.com/x"}, b"")}, "The link leads to docs.google.com, from"),
        ({EXPORT: (302, {"Location": EXPORT}, b"")}, "docs.google.com redirected the download more than 5 times."),
        ({EXPORT: (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>")}, "Share it so that anyone"),
        ({EXPORT: (401, {}, b"")}, "Share it so that anyone with the link can view it"),
        ({EXPORT: (404, {"Content-Type": "text/html"}, b"")}, "Google has no such sheet. Check the link."),
        ({EXPORT: (503, {}, b"")}, "Google answered with status 503. Try again later."),
        ({}, "is not a link of Google Sheets"),
    ],
)
def test_what_is_no_shared_sheet_is_an_error(
    google, open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done], answers: Any, expected: str
) -> None:
    google[0].update(answers)
    link = EDIT if answers else "https://example.com/products.csv"
    done = wix_import(open_shop(catalog="v3", empty=True), "--yes", link)
    assert done.code == 1
    assert expected in done.err


def test_a_sheet_that_is_too_large_is_refused(
    google, open_shop: Callable[..., RunningSite], wix_import: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wix_api.bodies.MOST_BYTES", 10)
    google[0][EXPORT] = CSV
    done = wix_import(open_shop(catalog="v3", empty=True), "--yes", EXPORT)
    assert done.code == 1
    assert "The file at docs.google.com has more than" in done.err
