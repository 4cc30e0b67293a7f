"""pytest plugin: the fixture `wix_site`, a local Wix that each test finds as it was at its start.

```python
@pytest.mark.wix_sandbox(catalog="v1", empty=True)
def test_import(wix_site):
    run_import(wix_site.config())
    assert len(wix_site.ids("products")) == 3
```
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Imported when a test asks for the fixture: pytest loads plugins in each of its runs.
    from wix_sandbox import RunningSite

_MARKER = (
    "wix_sandbox(**options): options of the site that the fixture wix_site serves, by the names of "
    "wix_sandbox.SandboxOptions; those of a test are added to those of its class and module"
)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def wix_sandboxes() -> Iterator[Callable[..., RunningSite]]:
    """A function that serves a site with some options of `SandboxOptions`, once a session for each set of options."""
    from wix_sandbox import Sandbox, SandboxOptions  # noqa: PLC0415

    served: dict[str, RunningSite] = {}
    with ExitStack() as stack:

        def serve(**options: Any) -> RunningSite:
            chosen = SandboxOptions(**options)
            key = repr(chosen)
            if key not in served:
                served[key] = stack.enter_context(Sandbox(chosen).serve())
            return served[key]

        yield serve


@pytest.fixture
def wix_site(request: pytest.FixtureRequest, wix_sandboxes: Callable[..., RunningSite]) -> RunningSite:
    """A served site as at its start: shop, clock, requests, faults, readings and webhooks show no earlier test.

    The marker `wix_sandbox` has its options.
    """
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("wix_sandbox"):
        options = {**marker.kwargs, **options}
    site = wix_sandboxes(**options)
    site.reset()
    return site
