"""Automations: what a site does when something happens, such as calling a URL.

Source: the npm package `@wix/auto_sdk_automations_automations-service-v-2` 1.0.24. Wix marks these calls as a preview.
"""

from __future__ import annotations

from wix_api.operations import Operation
from wix_api.query import Query

_BASE = "/automations-service/v2/automations"
"""Path that live sites answered. The package does not have it."""
_ELSEWHERE = "/v2/automations"
"""Path to which the package sends calls with an API key."""
_SCOPE = "SCOPE.CRM.SETUP-AUTOMATIONS"

AUTOMATIONS = Query(
    Operation("POST", f"{_BASE}/query", scope=_SCOPE, reads=True, elsewhere=f"{_ELSEWHERE}/query"),
    items="automations",
    page_size=100,
)
CREATE = Operation("POST", _BASE, repeatable=False, scope=_SCOPE, elsewhere=_ELSEWHERE)
DELETE = Operation("DELETE", f"{_BASE}/{{id}}", scope=_SCOPE, elsewhere=f"{_ELSEWHERE}/{{id}}")
