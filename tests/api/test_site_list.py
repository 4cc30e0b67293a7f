"""The list of an account's sites, of which one query returns 1,000 at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wix_api.endpoints import sites as endpoint
from wix_api.errors import SettingsError, WixError
from wix_api.settings import connect_account
from wix_api.site_list import SiteList, sites_of_account
from wix_sandbox import Account, SandboxOptions
from wix_sandbox.account import mixed_sites
from wix_sandbox.resources import sites

if TYPE_CHECKING:
    from wix_sandbox import RunningAccount


def found(account: RunningAccount, **more: Any) -> SiteList:
    config = {**account.config(), "requests_per_minute": 1_000_000, **more}
    return sites_of_account(connect_account(config, user_agent="tests"))


@pytest.fixture
def _short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one query return 50 sites in pages of 10, in place of 1,000 in pages of 100."""
    monkeypatch.setattr(sites, "MOST_SITES", 50)
    monkeypatch.setattr(endpoint, "MOST", 50)
    monkeypatch.setattr(endpoint, "PAGE", 10)


def test_an_account_of_more_sites_than_one_query_returns_is_read_in_full() -> None:
    with Account(mixed_sites(1_200, SandboxOptions())).serve() as account:
        listed = found(account)
    assert (len(listed.sites), listed.count) == (1_200, 1_200)


@pytest.mark.usefixtures("_short_lists")
@pytest.mark.parametrize("count", [49, 50, 51, 99, 130, 300])
def test_every_site_of_a_large_account_is_found(count: int) -> None:
    with Account(mixed_sites(count, SandboxOptions())).serve() as account:
        listed = found(account)
    assert len(listed.sites) == listed.count == count
    assert (listed.missing, listed.unsplit) == (0, [])


@pytest.mark.usefixtures("_short_lists")
def test_sites_that_nothing_tells_apart_are_counted_and_named() -> None:
    with Account(mixed_sites(110, SandboxOptions())).serve() as account:
        alike = account.account.listed[0]
        alike.pop("folderId")
        for row in account.account.listed:
            for member in alike.keys() - {"id"}:
                row[member] = alike[member]
            row.pop("folderId", None)
        listed = found(account)
    assert listed.count == 110
    assert listed.missing == 110 - len(listed.sites) > 0
    expected = {"namespace": "WIX", "premium": False, "published": True, "domainConnected": False}
    assert listed.unsplit == [{**expected, "folderId": {"$exists": False}, "editorType": "EDITOR"}]


def test_headless_sites_are_found_and_sites_in_the_trash_are_not() -> None:
    with Account(mixed_sites(5, SandboxOptions())).serve() as account:
        account.account.listed[1]["namespace"] = "HEADLESS"
        account.account.listed[2]["state"] = "TRASHED"
        listed = found(account)
        expected = [row["id"] for at, row in enumerate(account.account.listed) if at != 2]
    assert sorted(listed.sites) == sorted(expected)
    assert listed.missing == 0


def test_a_wrong_account_is_refused_and_a_key_is_needed() -> None:
    with Account(mixed_sites(2, SandboxOptions())).serve() as account:
        with pytest.raises(WixError, match="403"):
            found(account, account_id="5a4db0c5-0000-4000-8000-00000000dead", retry_patience_seconds=0)
        with pytest.raises(SettingsError, match="needs an API key of the account"):
            found(account, api_key=None)
