"""Files of the site's Media Manager.

Source: `@wix/auto_sdk_media_files` 1.0.101, and
https://dev.wix.com/docs/rest/assets/media/media-manager/files/introduction
"""

from __future__ import annotations

from wix_api.operations import Operation

UPLOAD_URL = Operation("POST", "/site-media/v1/files/generate-upload-url", scope="SCOPE.DC-MEDIA.MANAGE-MEDIAMANAGER")
UPLOAD = Operation("PUT", "/(upload URL)", repeatable=False)
"""Sends the bytes of a file to an upload URL, which is on another host and contains its own permission."""
SEARCH = Operation("POST", "/site-media/v1/files/search", reads=True, scope="SCOPE.DC-MEDIA.READ-MEDIAMANAGER")
"""Finds files by free text in their names and labels."""
FILE = Operation("GET", "/site-media/v1/files/get-file-by-id", scope="SCOPE.DC-MEDIA.READ-MEDIAMANAGER")
PAGE_SIZE = 100
"""Largest page of a search: the documentation says 200, live sites refuse more than 100."""
