"""Bends the answers of a sandbox in this process into what live sites were seen to answer."""

from __future__ import annotations

import io
import json
import re
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from typing_extensions import override
from urllib3 import HTTPResponse

from sandbox_support.wire import Wire
from target_wix.stopping import StopSign
from tests.clock import Clock
from wix_api import transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from wix_sandbox import RunningSite

    Bend = Callable[["Asked", Callable[[], "Answer"]], "Answer"]
    """Returns the answer to a request; what it is called with asks the sandbox."""


@dataclass
class Asked:
    """A request, and how often its path was asked for with its method, this time included."""

    method: str
    path: str
    text: str
    times: int


@dataclass
class Answer:
    """What goes back. A body that is bytes goes as it is."""

    status: int
    body: Any

    @property
    def sent(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Ids:
    """Numbers in the place of the sandbox's ids, in answers and in requests."""

    _ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def numbered(self, members: set[str], value: Any, name: str = "") -> Any:
        """Put numbers in the place of the ids of some members, at any depth."""
        if isinstance(value, dict):
            return {key: self.numbered(members, one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.numbered(members, one, name) for one in value]
        if name in members and isinstance(value, str) and self._ID.fullmatch(value):
            with self._lock:
                return self._numbers.setdefault(value, 10**15 + len(self._numbers))
        return value

    def restored(self, text: str) -> str:
        """Put the ids back into a path or a body."""
        for known, number in list(self._numbers.items()):
            text = text.replace(str(number), known)
        return text


class BentWire(Wire):
    """The way to a sandbox in this process on which a function answers requests.

    Args:
        site: The sandbox.
        bend: Returns each answer.
        restored: What becomes of paths and bodies before the sandbox gets them.
    """

    def __init__(self, site: RunningSite, bend: Bend, restored: Callable[[str], str]) -> None:
        super().__init__(site, lambda: None)
        self._bend = bend
        self._restored = restored
        self._times: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        text = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        key = (str(request.method), request.path_url)
        with self._lock:
            self._times[key] += 1
            asked = Asked(*key, text, self._times[key])
        answer = self._bend(asked, partial(self._ask, request, text))
        raw = HTTPResponse(body=io.BytesIO(answer.sent), status=answer.status, preload_content=False)
        return self.build_response(request, raw)

    def _ask(self, request: requests.PreparedRequest, text: str) -> Answer:
        passed = request.copy()
        passed.url = self._restored(str(request.url))
        passed.body = self._restored(text) or None
        answer = super().send(passed)
        return Answer(answer.status_code, answer.json())


@contextmanager
def bent(site: RunningSite, bend: Bend, restored: Callable[[str], str] = str) -> Iterator[dict[str, Any]]:
    """Bend the answers of a site; yield the settings by which a plugin in this process reaches it.

    Args:
        site: The sandbox.
        bend: Returns each answer.
        restored: What becomes of paths and bodies before the sandbox gets them.
    """
    with mock.patch.object(transport, "BoundedAdapter", return_value=BentWire(site, bend, restored)):
        yield {**site.config(), "requests_per_minute": 1_000_000}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the waits of calls."""
    clock = Clock()
    monkeypatch.setattr("wix_api.settings.RetryPolicy", clock.policy)
    monkeypatch.setattr("wix_api.settings.Pacer", clock.pacer)
    for name in ("sleep", "sleep_between_calls"):
        monkeypatch.setattr(StopSign, name, lambda _, seconds: clock.sleep(seconds))


def nulled(value: Any) -> Any:
    """Put null in the place of empty lists and objects, and of what says that there is no next page."""
    if isinstance(value, list):
        return [nulled(one) for one in value] or None
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if (name, one) != ("hasNext", False)}
        return {**dict.fromkeys(value), **{name: nulled(one) for name, one in kept.items()}} or None
    return value
