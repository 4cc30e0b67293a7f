"""What live V3 sites were seen to do with products, and what comes of a record there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.lives import live
from tests.target.runs import messages, product, writes
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life

    Entity = dict[str, Any]
    Start = Callable[..., Life]


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox(SandboxOptions(catalog="v3", empty=True))
    made.fill()
    return made


@pytest.fixture
def start(sandbox: Sandbox, tmp_path: Path) -> Start:
    """Load messages into the sandbox: `start(products=[…])`; a journal of what was sent begins with each."""

    def begin(settings: Entity | None = None, **streams: list[Entity]) -> Life:
        sandbox.app.journal.clear()
        done = live(sandbox, messages(**streams), tmp_path / "results.jsonl", settings=settings)
        assert done.error is None, done.results
        return done

    return begin


def outcomes(done: Life) -> list[str]:
    return [result["outcome"] for result in done.results]


def the_product(sandbox: Sandbox) -> Entity:
    (found,) = sandbox.site.store.all("products")
    return found


def test_a_slug_with_accents_that_is_on_the_site_is_not_sent_back(sandbox: Sandbox, start: Start) -> None:
    start(products=[product(sku="MUG")])
    sandbox.site.store.update("products", the_product(sandbox) | {"slug": "tasse-bleuâtre"})

    done = start(products=[product("Red mug", sku="MUG", slug="tasse-bleuâtre")])

    assert outcomes(done) == ["updated"]
    assert done.results[0]["fields"] == ["name"]
    assert writes(sandbox.app) == ["products.bulk-update"]
    assert the_product(sandbox)["slug"] == "tasse-bleuâtre"
