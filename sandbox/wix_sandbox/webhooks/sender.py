"""Signs deliveries that wait and sends them, in the event loop of the server: no further threads, and it ends with it.

A receiver gets one delivery at a time, so that a slow one delays no other. The key of the installed app is in the
package and so known to everyone, as all credentials of the sandbox are.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from wix_sandbox import facts
from wix_sandbox.clock import system_time

if TYPE_CHECKING:
    from datetime import datetime

    from wix_sandbox.webhooks.outbox import Outbox

KEY_ID = "wix-sandbox-1"
LIFETIME_SECONDS = 3600
"""Choice: Wix does not document how long its tokens are valid."""


@cache
def _key() -> rsa.RSAPrivateKey:
    numbers = facts.read("app_key", dict[str, Any])
    n, d, p, q = (int(numbers[name], 16) for name in ("n", "d", "p", "q"))
    public = rsa.RSAPublicNumbers(numbers["e"], n)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def public_key() -> str:
    """Return the public key of the app: PEM with its line breaks."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key_in_base64() -> str:
    """Return the whole PEM of the public key in base64, as the app's dashboard at Wix shows it."""
    return base64.b64encode(public_key().encode()).decode()


def sign(data: str, now: datetime) -> str:
    """Return a JWT (RS256) with the claims `data`, `iat` and `exp`.

    Args:
        data: The envelope as JSON.
        now: The real time, even if the shop's clock was moved: receivers compare `exp` with their own clocks.
    """
    issued = int(now.timestamp())
    claims = {"data": data, "iat": issued, "exp": issued + LIFETIME_SECONDS}
    head = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    signed = f"{_part(msgspec.json.encode(head))}.{_part(msgspec.json.encode(claims))}"
    signature = _key().sign(signed.encode(), padding.PKCS1v15(), SHA256())
    return f"{signed}.{_part(signature)}"


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


LARGEST_ANSWER = 65_536
"""Maximum bytes of an answer that are read; the rest does not matter."""


_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})\b")
TICK_SECONDS = 0.05
"""Maximum time until a move of the shop's clock ends the wait for an answer."""


@dataclass
class _Lane:
    """The deliveries of one receiver."""

    outbox: Outbox
    later: list[tuple[float, int, str]] = field(default_factory=list)
    """A heap: the time of the next try, a counter, the id of the delivery."""
    ready: deque[str] = field(default_factory=deque)
    is_busy: bool = False


class Sender:
    """Sends what the outboxes of a server hold: of one site, or of all sites of an account."""

    def __init__(self) -> None:
        self._outboxes: list[Outbox] = []
        self._lanes: dict[str, _Lane] = {}
        self._numbers = count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._is_ending = False

    def add(self, outbox: Outbox) -> None:
        """Send what an outbox holds, as soon as and as long as `run` does."""
        outbox.on_work = self._wake
        self._outboxes.append(outbox)

    def _wake(self) -> None:
        """Look for work; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Send until `end` is called; then once more what was not tried yet, until a try of its receiver fails."""
        self._is_ending, self._woken = False, asyncio.Event()
        self._lanes.clear()
        for outbox in self._outboxes:
            outbox.queue_all()
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                while not self._is_ending:
                    self._woken.clear()
                    wait = self._start_due(tasks)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), wait)
                self._start_due(tasks)
        finally:
            self._loop = None

    def end(self) -> None:
        """End `run`; called in its event loop."""
        self._is_ending = True
        self._woken.set()

    def _start_due(self, tasks: asyncio.TaskGroup) -> float | None:
        """Start to send what is due, and return the seconds until more is; None for nothing."""
        for outbox in self._outboxes:
            while outbox.queued:
                receiver, due, delivery_id = outbox.queued.popleft()
                lane = self._lanes.setdefault(receiver, _Lane(outbox))
                heappush(lane.later, (due, next(self._numbers), delivery_id))
        waits = []
        for lane in self._lanes.values():
            if lane.outbox.state != "running":
                continue
            now = lane.outbox.now()
            self._ripen(lane, now)
            if lane.later:
                waits.append(lane.later[0][0] - now)
            if lane.ready and not lane.is_busy:
                lane.is_busy = True
                tasks.create_task(self._work(lane))
        return min(waits, default=None)

    def _ripen(self, lane: _Lane, now: float) -> None:
        """Move what is due to the deliveries that are ready; at the end also what was not tried yet."""
        while lane.later and (lane.later[0][0] <= now or self._is_ending):
            due, _, delivery_id = heappop(lane.later)
            if due <= now or not lane.outbox.tries_of(delivery_id):
                lane.ready.append(delivery_id)

    async def _work(self, lane: _Lane) -> None:
        while lane.ready and lane.outbox.state == "running":
            delivered = await _send(lane.outbox, _picked(lane))
            if self._is_ending and not delivered:
                break
        lane.is_busy = False
        self._woken.set()


def _picked(lane: _Lane) -> str:
    order = lane.outbox.settings.order
    if order == "newest-first":
        return lane.ready.pop()
    if order == "random":
        lane.ready.rotate(lane.outbox.random.randrange(len(lane.ready)))
    return lane.ready.popleft()


async def _send(outbox: Outbox, delivery_id: str) -> bool:
    """Try a delivery once. True if it needs no other try."""
    row = outbox.delivery(delivery_id)
    if row is None:
        return True
    if row["signed"]:
        content, kind = sign(row["body"], system_time()), "text/plain; charset=utf-8"
    else:
        content, kind = row["body"], "application/json"
    result = await _result(outbox, row["url"], content.encode(), kind)
    return outbox.note(delivery_id, result)


async def _result(outbox: Outbox, url: str, content: bytes, kind: str) -> str:
    """Return the status of the answer, or why there is none."""
    timeout = outbox.settings.timeout_ms
    deadline = outbox.now() + timeout / 1000
    answer = asyncio.ensure_future(_post(url, content, kind))
    try:
        while not answer.done():
            left = deadline - outbox.now()
            if left <= 0:
                return f"no answer within {timeout} ms"
            await asyncio.wait({answer}, timeout=min(left, TICK_SECONDS))
        return answer.result()
    except (OSError, ValueError) as error:
        return f"no answer: {error}"
    finally:
        answer.cancel()


async def _post(url: str, content: bytes, kind: str) -> str:
    """Send one request and return the status of its answer.

    Raises:
        OSError: There is no receiver, or it hangs up.
        ValueError: It does not speak HTTP.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        writer.write(head.encode() + content)
        await writer.drain()
        status = await reader.readline()
        await reader.read(LARGEST_ANSWER)
    finally:
        writer.close()
    found = _STATUS.match(status)
    if found is None:
        raise ValueError(f"not an answer by HTTP: {status[:40]!r}")
    return found[1].decode()
