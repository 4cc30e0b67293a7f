"""The list of an account's sites, for an API key of the account.

Source: https://dev.wix.com/docs/rest/account-level/sites/sites/query-sites and …/count-sites
"""

from __future__ import annotations

from wix_api.operations import Operation

QUERY = Operation("POST", "/site-list/v2/sites/query", reads=True)
COUNT = Operation("POST", "/site-list/v2/sites/count", reads=True)
PAGE = 100
MOST = 1_000
"""Maximum sites that one query returns over all of its pages. Wix says nothing about the others."""
NAMESPACES = ("WIX", "HEADLESS")
"""Namespaces of sites. Without a filter by namespace, headless sites are left out."""
YES_OR_NO = ("premium", "published", "domainConnected")
"""Members by which a list can be split completely."""
FOLDER = "folderId"
"""Sites outside folders lack it."""
NAMED = (FOLDER, "editorType")
"""Members by which a list can be split into the values that are known."""
SORTS = ("createdDate", "updatedDate", "displayName")
"""Members by which sites can be sorted."""
