"""Automations: rules that call a URL when something happens on the site. The outbox of webhooks runs them.

The path is that of live sites; Wix's client calls the alias. Wix marks these calls as a preview.
Source: the npm package `@wix/auto_sdk_automations_automations-service-v-2` 1.0.24, and the automations that Wix's own
node for n8n makes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, not_found, required, validation_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource
from wix_sandbox.site import ECOM_APP_ID, RESTOCK_APP_ID
from wix_sandbox.walk import HOLDS

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "automations"
SERVICE = "/automations-service"
BASE = f"{SERVICE}/v2/automations"
_NAMESPACE = re.compile(r"\w{1,100}", re.ASCII)
QUERY = Query.declared("automations/queryAutomations")


def _complete(site: Site, automation: Entity) -> Entity:
    """Check the parts of an automation that its schema does not describe.

    Raises:
        WixError: 400 if a part is missing or invalid, 404 `NOT_FOUND` if the site lacks the app of the trigger.
    """
    configuration = automation.get("configuration")
    if configuration is None:  # an update set it to null
        raise required("automation.configuration")
    trigger, actions = configuration.get("trigger") or {}, configuration.get("actions") or {}
    missing = [name for name in ("status", "trigger", "rootActionIds", "actions") if not configuration.get(name)]
    missing += [f"trigger.{name}" for name in ("appId", "triggerKey") if trigger and not trigger.get(name)]
    broken = [Violation(f"automation.configuration.{each}", "must not be empty", "REQUIRED_FIELD") for each in missing]
    broken += [
        Violation(f"automation.configuration.actions.{key}", text, "OTHER")
        for key, action in actions.items()
        if (text := _fault_of(key, action))
    ]
    unknown = [each for each in configuration.get("rootActionIds") or () if each not in actions]
    broken += [Violation("automation.configuration.rootActionIds", f"{each} is no action", "OTHER") for each in unknown]
    if broken:
        raise validation_error(*broken)
    if trigger["appId"] in {ECOM_APP_ID, RESTOCK_APP_ID} and site.catalog is StoreCatalog.ABSENT:
        raise not_found("App", trigger["appId"])
    return {**automation, "configuration": {**configuration, "trigger": {"filters": [], **trigger}}}


def _fault_of(key: str, action: Any) -> str:
    """Return what is wrong with an action, "" for nothing."""
    if not isinstance(action, dict) or not HOLDS["GUID"](key) or action.get("id") != key:
        return "must be an object whose id is its GUID key"
    namespace = action.get("namespace")
    if namespace is not None and not _NAMESPACE.fullmatch(str(namespace)):
        return "namespace may hold letters, digits and underscores"
    info = action.get("appDefinedInfo")
    if action.get("type") == "APP_DEFINED" and not (isinstance(info, dict) and info.get("actionKey")):
        return "appDefinedInfo.actionKey must not be empty"
    return ""


AUTOMATIONS = Resource(
    name="automations",
    base=BASE,
    item="automation",
    schema="automation",
    parameter="automationId",
    query=QUERY,
    derive=_complete,
)


ROUTES = tuple(
    replace(route, aliases=(route.path.removeprefix(SERVICE),))
    for route in (*AUTOMATIONS.routes(), *AUTOMATIONS.bulk_routes(f"{SERVICE}/v2/bulk/automations", ("delete",)))
)
"""The endpoints of automations, each also at the path that Wix's client calls."""
