"""Automations of a site that call `wix-listen`: made, listed and removed by name and URL.

Wix does not sign these calls. Their URL contains a secret, and their bodies only say that something may have changed.
Source: the automations that Wix's own node for n8n makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from wix_api.endpoints.automations import AUTOMATIONS, CREATE, DELETE
from wix_api.errors import NotFoundError, SettingsError
from wix_api.reading import read
from wix_listen.triggers import HINTS_PATH, TRIGGERS

if TYPE_CHECKING:
    from wix_api.client import WixClient

NAME = "wix-listen: "
_CALLS = "139ef4fa-c108-8f9a-c7be-d5f492a2c939"
"""The Wix app whose action calls a URL."""
_ACTION = "webhooks-action"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Subscription(NamedTuple):
    """An automation of this receiver: the name of its trigger, its ID, its status, and the URL that it calls."""

    trigger: str
    id: str
    status: str
    url: str


def check_public_url(url: str) -> str:
    """Return the setting `public_url` without a slash at its end.

    Raises:
        SettingsError: Wix could not call it, or would send the secret unencrypted.
    """
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (is_safe and parts.hostname) or parts.query or parts.fragment or any(mark.isspace() for mark in url):
        msg = (
            "The setting `public_url` must be the URL at which Wix reaches wix-listen, as in https://hooks.example.com."
        )
        raise SettingsError(msg)
    return url.rstrip("/")


class Subscriptions:
    """The automations of one site that call one receiver.

    Args:
        client: The site.
        public_url: URL at which Wix reaches the receiver.
        secret: The setting `hint_secret`; "" if they are only listed or removed.
    """

    def __init__(self, client: WixClient, public_url: str, secret: str = "") -> None:
        self._client = client
        self._hints = check_public_url(public_url) + HINTS_PATH
        self._secret = secret

    def all(self) -> list[Subscription]:
        """Return the automations that `subscribe` made for this receiver, also those with an earlier secret.

        Raises:
            WixError: Wix refuses the query, or cannot be reached.
        """
        found = []
        for page in read(AUTOMATIONS.rows(self._client, {"name": {"$startsWith": NAME}})):
            for item in page:
                automation = msgspec.json.decode(item.raw)
                url = self._url_of(automation)
                # A person, or the receiver of another URL, may have automations with such a name.
                if url and str(automation.get("name")).startswith(NAME):
                    status = str(automation["configuration"].get("status"))
                    found.append(Subscription(url.rpartition("/")[2], item.id, status, url))
        return sorted(found)

    def subscribe(self, trigger: str, existing: list[Subscription]) -> bool:
        """Create the automation of a trigger, unless it exists. Remove other automations of the trigger.

        Returns:
            True if it was made.

        Raises:
            WixError: Wix refuses it; for example, the site does not have the app of the trigger.
        """
        url = f"{self._hints}{self._secret}/{trigger}"
        mine = [each for each in existing if each.trigger == trigger]
        kept = next((each for each in mine if each.url == url and each.status == "ACTIVE"), None)
        if kept is None:
            self._client.call(CREATE, body={"automation": _automation(trigger, url)})
        for each in mine:
            if each is not kept:
                self.unsubscribe(each)
        return kept is None

    def unsubscribe(self, subscription: Subscription) -> None:
        """Remove an automation; one that is gone already is no error."""
        try:
            self._client.call(DELETE, names={"id": subscription.id})
        except NotFoundError as error:
            if not error.code:  # Wix does not know the path
                raise

    def _url_of(self, automation: dict[str, Any]) -> str:
        """Return the URL of this receiver that an automation calls; "" if it calls none."""
        actions = (automation.get("configuration") or {}).get("actions") or {}
        for action in actions.values():
            info = action.get("appDefinedInfo") or {}
            url = str((info.get("inputMapping") or {}).get("url"))
            if info.get("actionKey") == _ACTION and url.startswith(self._hints):
                return url
        return ""


def _automation(trigger: str, url: str) -> dict[str, Any]:
    action = str(uuid4())
    call = {"url": url, "method": "POST", "hasCustomParams": False}
    app_id, key = TRIGGERS[trigger]
    return {
        "name": NAME + trigger,
        "origin": "USER",
        "settings": {"hidden": True, "readonly": False},
        "configuration": {
            "status": "ACTIVE",
            "trigger": {"appId": app_id, "triggerKey": key, "filters": []},
            "rootActionIds": [action],
            "actions": {
                action: {
                    "id": action,
                    "type": "APP_DEFINED",
                    "appDefinedInfo": {"appId": _CALLS, "actionKey": _ACTION, "inputMapping": call},
                }
            },
        },
    }
