"""The list of an account's sites, for an API key of the account, and the properties of one site.

Source: https://dev.wix.com/docs/rest/account-level/sites/sites/query-sites and …/count-sites, and the types of the npm
package `@wix/auto_sdk_business-tools_site-properties`
"""

from __future__ import annotations

from wix_api.operations import Operation

QUERY = Operation("POST", "/site-list/v2/sites/query", reads=True)
COUNT = Operation("POST", "/site-list/v2/sites/count", reads=True)
PROPERTIES = Operation("GET", "/site-properties/v4/properties", scope="SCOPE.DEV_CENTER.APP-INSTANCE-READ-BASIC-INFO")
"""Answers `{version, properties: {siteDisplayName, businessName, …}}`."""
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
