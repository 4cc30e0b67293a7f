"""Automations: what a site does when something happens, such as calling a URL.

Source: the npm package `@wix/auto_sdk_automations_automations-service-v-2` 1.0.24. Wix marks these calls as a preview.
"""

from __future__ import annotations

from wix_api.languages import Cursor
from wix_api.operations import Operation
from wix_api.query import Query

_SCOPE = "SCOPE.CRM.SETUP-AUTOMATIONS"

AUTOMATIONS = Query(
    Operation("POST", "/automations-service/v2/automations/query", scope=_SCOPE, reads=True),
    items="automations",
    page_size=100,
    keys=(),
    language=Cursor(),
)
CREATE = Operation("POST", "/automations-service/v2/automations", repeatable=False, scope=_SCOPE)
DELETE = Operation("DELETE", "/automations-service/v2/automations/{id}", scope=_SCOPE)
