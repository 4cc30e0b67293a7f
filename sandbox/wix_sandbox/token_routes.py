"""The endpoints that issue access tokens: they need no credential and do not count against the quota.

https://dev.wix.com/docs/build-apps/develop-your-app/access/authentication
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.auth import Authenticator
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

OPEN = frozenset({"tokens.create", "tokens.refresh", "tokens.describe"})
"""Operations without authentication. Choice: they do not count against the quota; Wix does not document it."""


def token_routes(auth: Authenticator) -> Iterator[Route]:
    """Return the endpoints for one authenticator."""
    for path, operation, answer in (
        ("/oauth2/token", "tokens.create", auth.give_token),
        ("/oauth/access", "tokens.refresh", auth.refresh),
        ("/oauth2/token-info", "tokens.describe", auth.describe),
    ):
        yield Route("POST", path, operation, partial(_answer, answer))


def _answer(give: Callable[[Entity], Entity], call: Call) -> Entity:
    return give(call.body)
