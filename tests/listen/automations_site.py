"""A site that knows automations as Wix documents them, and refuses everything else.

Source: `@wix/auto_sdk_automations_automations-service-v-2` 1.0.24.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE, ELSEWHERE = "/automations-service/v2/automations", "/v2/automations"
"""Paths of live sites, and of Wix's own client."""
KEY = "IST.automations"
_NAMESPACE = re.compile(r"\w{1,100}", re.ASCII)
_PAGE = 3
"""Rows of a page, so that lists have several; Wix may return fewer rows than the limit."""


class RefusedError(Exception):
    """Status, application code."""


class AutomationsSite:
    """Automations in memory.

    Attributes:
        apps: Apps that are installed; a trigger of another app is refused.
        drop: How many creates are done without an answer.
        base: The path that the site knows.
    """

    def __init__(self) -> None:
        self.automations: dict[str, dict[str, Any]] = {}
        self.apps: set[str] | None = None
        self.drop = 0
        self.base = BASE
        self.url = ""
        self._cursors: dict[str, tuple[str, int]] = {}

    def answer(self, credential: str, method: str, path: str, body: Any) -> dict[str, Any]:
        """Return an answer, or raise a refusal."""
        if credential != KEY:
            raise RefusedError(401, "")
        if (method, path) == ("POST", self.base):
            return {"automation": self._create(body)}
        if (method, path) == ("POST", f"{self.base}/query"):
            return self._query(body)
        if method == "DELETE" and path.startswith(f"{self.base}/"):
            if self.automations.pop(path.removeprefix(f"{self.base}/"), None) is None:
                raise RefusedError(404, "AUTOMATION_NOT_FOUND")
            return {}
        raise RefusedError(404, "")

    def _create(self, body: Any) -> dict[str, Any]:
        need(set(body) == {"automation"})
        automation = body["automation"]
        need(set(automation) <= {"name", "origin", "settings", "configuration"})
        need(1 <= len(automation["name"]) <= 500)
        need(automation["origin"] == "USER")
        need(set(automation.get("settings", {})) <= {"hidden", "readonly"})
        configuration = automation["configuration"]
        need(set(configuration) == {"status", "trigger", "rootActionIds", "actions"})
        need(configuration["status"] in {"ACTIVE", "INACTIVE"})
        trigger = configuration["trigger"]
        need(set(trigger) <= {"appId", "triggerKey", "filters"} and UUID(trigger["appId"]) and trigger["triggerKey"])
        need(1 <= len(configuration["rootActionIds"]) <= 20)
        need(set(configuration["rootActionIds"]) <= set(configuration["actions"]))
        for name, action in configuration["actions"].items():
            need(action["id"] == name and UUID(name) and action["type"] == "APP_DEFINED")
            need("namespace" not in action or _NAMESPACE.fullmatch(action["namespace"]))
            need(set(action["appDefinedInfo"]) <= {"appId", "actionKey", "inputMapping", "postActionIds"})
        if self.apps is not None and trigger["appId"] not in self.apps:
            raise RefusedError(404, "NOT_FOUND")
        return self.add(automation)

    def add(self, automation: dict[str, Any]) -> dict[str, Any]:
        """Store an automation."""
        made = {**automation, "id": str(uuid4()), "revision": "1"}
        self.automations[made["id"]] = made
        return made

    def _query(self, body: Any) -> dict[str, Any]:
        need(set(body) == {"query"})
        paging = body["query"].get("cursorPaging", {})
        need(1 <= paging.get("limit", 50) <= 500)
        if "cursor" in paging:
            need(set(body["query"]) == {"cursorPaging"})
            prefix, start = self._cursors[paging["cursor"]]
        else:
            need(set(body["query"]) <= {"cursorPaging", "filter"})
            ((member, condition),) = body["query"]["filter"].items()
            ((operator, prefix),) = condition.items()
            need((member, operator) == ("name", "$startsWith"))
            start = 0
        rows = [each for each in self.automations.values() if each["name"].startswith(prefix)]
        page = rows[start : start + min(_PAGE, paging.get("limit", 50))]
        more = start + len(page) < len(rows)
        cursors = {}
        if more:
            cursors["next"] = f"cursor-{len(self._cursors)}"
            self._cursors[cursors["next"]] = (prefix, start + len(page))
        return {"automations": page, "pagingMetadata": {"count": len(page), "cursors": cursors, "hasNext": more}}


def need(is_documented: object) -> None:
    """Refuse what is not documented."""
    if not is_documented:
        raise RefusedError(400, "INVALID_ARGUMENT")


@contextmanager
def automations_site() -> Iterator[AutomationsSite]:
    """Serve a site for as long as a `with` block."""
    site = AutomationsSite()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, answer = 200, {}
            try:
                answer = site.answer(self.headers["Authorization"], self.command, self.path, body)
            except RefusedError as error:
                status, code = error.args
                answer = {"message": "refused", "details": {"applicationError": {"code": code}} if code else {}}
            if self.command == "POST" and self.path == site.base and site.drop:
                site.drop -= 1
                self.close_connection = True
                return
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 - names of the standard library

        def log_message(self, *_arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
