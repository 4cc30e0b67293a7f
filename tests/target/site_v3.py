"""A V3 site in this process that tests write to: what was sent, what it has, and answers that arrive otherwise."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse

from sandbox_support.wire import Wire
from tests.target.kill.lives import End, live
from tests.target.runs import messages
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    import requests

    from tests.target.kill.lives import Life

    Entity = dict[str, Any]


_NOWHERE = End()


class SiteV3:
    """A site without products, and a folder for results. Its clock is that of the runs.

    Attributes:
        sandbox: The site.
        sent: Paths and bodies of the requests of the last run.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        self.sandbox = Sandbox(SandboxOptions(catalog="v3", empty=True, **options))
        self.sandbox.fill()
        self.sent: list[tuple[str, Entity]] = []
        self._results = folder / "results.jsonl"
        self._altered: list[tuple[str, Callable[[Entity], None]]] = []

    def load(
        self, listed: list[Entity] | None = None, end: End = _NOWHERE, *, fails: bool = False, **streams: Any
    ) -> Life:
        """Load messages, or records of streams; the journal of what was sent begins with each run.

        Args:
            listed: Messages.
            end: Where the run is killed.
            fails: Whether the run may fail.
            streams: Records by stream; `settings` are those of the target.
        """
        settings = streams.pop("settings", None)
        self.sandbox.app.journal.clear()
        self.sent.clear()
        done = live(
            self.sandbox, listed or messages(**streams), self._results, end, settings=settings, witness=self._note
        )
        assert fails or done.error is None, done.results
        return done

    def alter(self, path: str, change: Callable[[Entity], None]) -> None:
        """Change the next answer to a path by a function, in place, before it arrives."""
        self._altered.append((path, change))

    def answered(self, request: requests.PreparedRequest, response: requests.Response) -> requests.Response:
        """Return an answer as it arrives."""
        if self._altered and str(request.path_url).partition("?")[0].endswith(self._altered[0][0]):
            body = response.json()
            self._altered.pop(0)[1](body)
            response.raw = HTTPResponse(body=io.BytesIO(json.dumps(body).encode()), preload_content=False)
        return response

    def _note(self, request: requests.PreparedRequest) -> None:
        self.sent.append((str(request.path_url), json.loads(request.body or "{}")))

    # What was sent, and what the site has

    @property
    def created(self) -> list[Entity]:
        """Products of creates."""
        return [product for path, body in self.sent if path.endswith("/create") for product in body["products"]]

    @property
    def updated(self) -> list[Entity]:
        """Products of updates."""
        entries = [entry for path, body in self.sent if path.endswith("/update") for entry in body["products"]]
        return [entry["product"] for entry in entries]

    def asked(self, ending: str) -> int:
        """Count the requests to a path."""
        return sum(path.partition("?")[0].endswith(ending) for path, _ in self.sent)

    def all(self, kind: str = "products") -> list[Entity]:
        """Entities as they are stored."""
        return list(self.sandbox.site.store.all(kind))

    @property
    def product(self) -> Entity:
        """The one product."""
        (found,) = self.all()
        return found

    def change(self, **members: Any) -> None:
        """Change the one product where it is stored: somebody else did, or Wix."""
        self.sandbox.site.store.update("products", self.product | members)


def site_v3(monkeypatch: pytest.MonkeyPatch, folder: Path, **options: Any) -> SiteV3:
    """Return a site whose answers can be altered."""
    site = SiteV3(folder, **options)
    send = Wire.send

    def sent(wire: Wire, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return site.answered(request, send(wire, request, *args, **kwargs))

    monkeypatch.setattr(Wire, "send", sent)
    return site


def outcomes(done: Life) -> list[str]:
    """Outcomes in the order of the input."""
    return [result["outcome"] for result in done.results]
