"""`custom_streams` reads modules without a stream, from a stub that their official clients accept first."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox_support import official_client
from sandbox_support.services import need
from tests.tap.runs import run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.services

MODULES = Path(__file__).with_name("official_modules")
STREAMS: dict[str, dict[str, Any]] = {
    "accounts": {"path": "/loyalty-accounts/v1/accounts/search", "language": "search"},
    "categories": {"path": "/blog/v3/categories", "language": "list"},
    "events": {"path": "/events/v3/events/query", "language": "offset"},
    "menus": {"path": "/restaurants/menus-menu/v1/menus", "language": "list_cursor"},
    "posts": {"path": "/v3/posts/query", "language": "cursor"},
    "projects": {"path": "/portfolio/v1/projects/query", "language": "cursor"},
    "services": {"path": "/_api/bookings/v2/services/query", "language": "offset"},
    "staffMembers": {"path": "/bookings/v1/staff-members/query", "language": "cursor"},
    "reviews": {"path": "/reviews/v1/reviews/query", "language": "cursor"},
}
ROWS = 7
METADATA = {"projects": "metadata", "reviews": "metadata"}
"""Members that hold the paging metadata, where they are not `pagingMetadata`."""
PLACES = {entry["path"]: name for name, entry in STREAMS.items()}


def rows_of(name: str) -> list[dict[str, Any]]:
    return [{"id": f"{name}-{number}", "title": f"No. {number}", "count": number} for number in range(ROWS)]


@dataclass
class Stub:
    """Rows of every module, and the shape of each request: its method, path, and the members that page."""

    url: str = ""
    shapes: set[tuple[str, ...]] = field(default_factory=set)


class _Handler(BaseHTTPRequestHandler):
    stub: ClassVar[Stub]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        limit = int(asked["paging.limit"])
        if STREAMS[PLACES[parts.path]]["language"] == "list_cursor":
            self._by_cursor(parts.path, "paging", limit, asked.get("paging.cursor"))
        else:
            self._by_offset(parts.path, "paging", limit, int(asked.get("paging.offset", 0)))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wrapper = "search" if "search" in body else "query"
        asked = body[wrapper]
        if "cursorPaging" not in asked:
            self._by_offset(self.path, wrapper, asked["paging"]["limit"], asked["paging"].get("offset", 0))
            return
        paging = asked["cursorPaging"]
        self._by_cursor(self.path, wrapper, paging["limit"], paging.get("cursor"))

    def _by_cursor(self, path: str, wrapper: str, limit: int, cursor: str | None) -> None:
        start = int(cursor or 0)
        end = start + limit
        following = str(end) if end < ROWS else None
        self._answer((wrapper, "cursor"), path, start, end, {"cursors": {"next": following}, "hasNext": end < ROWS})

    def _by_offset(self, path: str, wrapper: str, limit: int, offset: int) -> None:
        self._answer((wrapper, "offset"), path, offset, offset + limit, {"offset": offset, "total": ROWS})

    def _answer(self, shape: tuple[str, ...], path: str, start: int, end: int, paging: dict[str, Any]) -> None:
        self.stub.shapes.add((self.command, path, *shape))
        name = PLACES[path]
        rows = rows_of(name)[start:end]
        metadata = METADATA.get(name, "pagingMetadata")
        body = json.dumps({name: rows, metadata: {"count": len(rows), **paging}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    handler = type("Handler", (_Handler,), {"stub": Stub()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        handler.stub.url = f"http://127.0.0.1:{server.server_port}"
        yield handler.stub
        server.shutdown()


def read_officially(stub: Stub) -> dict[str, list[str]]:
    loopback = official_client.HERE / "loopback.mjs"
    done = subprocess.run(
        ["node", "--import", str(loopback), "read.mjs"],
        cwd=MODULES,
        env={**os.environ, "WIX_SANDBOX_URL": stub.url},
        capture_output=True,
        text=True,
        timeout=official_client.RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ids: dict[str, list[str]] = json.loads(done.stdout)
    return ids


def test_modules_are_read_as_their_official_clients_read_them(stub: Stub) -> None:
    need(official_client.install(MODULES))
    ids = read_officially(stub)
    assert ids == {name: [row["id"] for row in rows_of(name)] for name in STREAMS}
    official, stub.shapes = stub.shapes, set()
    assert len(official) == len(STREAMS)
    names = {name: f"wix_{name.lower()}" for name in STREAMS}
    entries = [{"name": names[name], "rows": name, "page_size": 3, **entry} for name, entry in STREAMS.items()]
    settings = {"api_key": "IST.key", "site_id": "site", "api_url": stub.url, "store_catalog": "v3"}
    done = run({**settings, "custom_streams": entries, "requests_per_minute": 1_000_000}, select=tuple(names.values()))
    assert {name: done.records[names[name]] for name in STREAMS} == {name: rows_of(name) for name in STREAMS}
    assert stub.shapes == official
