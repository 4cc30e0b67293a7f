"""Settings with which tap-wix and target-wix reach a sandbox: one function for each way to sign in."""

from __future__ import annotations

from typing import Any

from wix_sandbox import auth
from wix_sandbox.auth import Identity

_FIRST = Identity()


def key_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for an API key: `{api_url, api_key, site_id}`, and `requests_per_minute` if there is a quota."""
    return {"api_url": url, "api_key": auth.API_KEY, "site_id": identity.site_id, **_pace(quota)}


def account_config(url: str, quota: int) -> dict[str, Any]:
    """Return settings for all sites of the account: `{api_url, api_key, account_id, sites}`, and the quota of each."""
    key = {"api_key": auth.API_KEY, "account_id": auth.ACCOUNT_ID}
    return {"api_url": url, **key, "sites": "account", **_pace(quota)}


def app_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for client credentials: `{api_url, app_id, app_secret, instance_id}`, and the quota."""
    return {**_app(url), "instance_id": identity.instance_id, **_pace(quota)}


def refresh_config(url: str, quota: int, identity: Identity = _FIRST) -> dict[str, Any]:
    """Return settings for the legacy refresh token: `{api_url, app_id, app_secret, refresh_token}`, and the quota."""
    return {**_app(url), "refresh_token": identity.refresh_token, **_pace(quota)}


def _app(url: str) -> dict[str, Any]:
    return {"api_url": url, "app_id": auth.APP_ID, "app_secret": auth.APP_SECRET}


def _pace(quota: int) -> dict[str, int]:
    return {"requests_per_minute": quota} if quota else {}
