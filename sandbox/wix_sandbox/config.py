"""Settings with which tap-wix and target-wix reach a sandbox: one function for each way to sign in."""

from __future__ import annotations

from typing import Any

from wix_sandbox import auth


def key_config(url: str, quota: int) -> dict[str, Any]:
    """Return settings for an API key: `{api_url, api_key, site_id}`, and `requests_per_minute` if there is a quota."""
    return {"api_url": url, "api_key": auth.API_KEY, "site_id": auth.SITE_ID, **_pace(quota)}


def app_config(url: str, quota: int) -> dict[str, Any]:
    """Return settings for client credentials: `{api_url, app_id, app_secret, instance_id}`, and the quota."""
    return {**_app(url), "instance_id": auth.INSTANCE_ID, **_pace(quota)}


def refresh_config(url: str, quota: int) -> dict[str, Any]:
    """Return settings for the legacy refresh token: `{api_url, app_id, app_secret, refresh_token}`, and the quota."""
    return {**_app(url), "refresh_token": auth.REFRESH_TOKEN, **_pace(quota)}


def _app(url: str) -> dict[str, Any]:
    return {"api_url": url, "app_id": auth.APP_ID, "app_secret": auth.APP_SECRET}


def _pace(quota: int) -> dict[str, int]:
    return {"requests_per_minute": quota} if quota else {}
