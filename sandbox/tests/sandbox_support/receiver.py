"""A receiver of webhooks on a loopback port."""

from __future__ import annotations

import base64
import json
import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from wix_sandbox.webhooks.sender import public_key
from wix_sandbox.webhooks.triggers import WEBHOOKS_APP_ID

PATIENCE_SECONDS = 60
"""Bound for an event that never comes; nothing is measured."""


@dataclass
class Receiver:
    """Takes what is sent, and answers with `status` as soon as `opened` is set."""

    url: str = ""
    status: int = 200
    opened: threading.Event = field(default_factory=threading.Event)
    requests: queue.Queue = field(default_factory=queue.Queue)

    def next(self):
        """Wait for the next request: its headers and its body."""
        return self.requests.get(timeout=PATIENCE_SECONDS)

    def event(self):
        """Wait for the next event: its envelope, whose `data` is the payload as an object."""
        return decoded(self.next()[1])

    def types(self, count):
        """Wait for some events and return their types, each without its prefix."""
        return [self.event()["eventType"].rpartition(".")[2] for _ in range(count)]


def decoded(token):
    """Check the signature of a token, and return its envelope with decoded `data` and `identity`."""
    signed, _, signature = token.decode().rpartition(".")
    load_pem_public_key(public_key().encode()).verify(_bytes(signature), signed.encode(), PKCS1v15(), SHA256())
    envelope = json.loads(json.loads(_bytes(signed.partition(".")[2]))["data"])
    return envelope | {name: json.loads(envelope[name]) for name in ("data", "identity")}


def _bytes(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def until(reached):
    """Wait until something is reached."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def rule(url, started_by, **configuration):
    """An automation that calls a URL."""
    action = str(uuid4())
    info = {"appId": WEBHOOKS_APP_ID, "actionKey": "webhooks-action", "inputMapping": {"url": url, "method": "POST"}}
    return {
        "name": "A rule",
        "origin": "USER",
        "configuration": {
            "status": "ACTIVE",
            "trigger": {"appId": started_by.app_id, "triggerKey": started_by.key, "filters": []},
            "rootActionIds": [action],
            "actions": {action: {"id": action, "type": "APP_DEFINED", "appDefinedInfo": info}},
            **configuration,
        },
    }


@contextmanager
def receiving():
    """Serve a receiver for as long as a `with` block."""
    receiver = Receiver()
    receiver.opened.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.put((dict(self.headers), body))
            receiver.opened.wait()
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/events"
        try:
            yield receiver
        finally:
            receiver.opened.set()
            server.shutdown()
            thread.join()
