"""Product files that are sheets of Google Sheets, named by their links."""

from __future__ import annotations

import re
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from wix_api.downloads import download
from wix_api.errors import UnavailableError, UnexpectedResponseError

if TYPE_CHECKING:
    from pathlib import Path

_HOST = "docs.google.com"
_SHEET = re.compile(r"/spreadsheets/(?:u/\d+/)?d/(e/)?([\w-]+)(?:/.*)?")
_DIGITS = re.compile(r"\d+")
_NOT_SHARED = (
    "Google does not show the sheet without a login. Share it so that anyone with the link can view it, or "
    "download it as CSV or .xlsx and import that file."
)
_NO_SHEET = (
    "is not a link of Google Sheets (https://docs.google.com/spreadsheets/d/…). Other addresses are not downloaded: "
    "download the file and import that."
)


def is_link(name: str) -> bool:
    """True if the name of a file is a web address."""
    return re.match(r"https?://", name, re.IGNORECASE) is not None


def export_link(link: str) -> str:
    """Return the link that exports a sheet as CSV; the first sheet if the link does not name one.

    Raises:
        UnexpectedResponseError: The link is not one of Google Sheets.
    """
    parts = urlsplit(link)
    match = _SHEET.fullmatch(parts.path)
    if parts.scheme != "https" or parts.netloc != _HOST or match is None:
        msg = f"{link[:100]} {_NO_SHEET}"
        raise UnexpectedResponseError(msg)
    named = {**parse_qs(parts.fragment), **parse_qs(parts.query)}.get("gid", [""])[0]
    gid = f"&gid={named}" if _DIGITS.fullmatch(named) else ""
    published, key = match.groups()
    if published:
        return f"https://{_HOST}/spreadsheets/d/e/{key}/pub?output=csv&single=true{gid}"
    return f"https://{_HOST}/spreadsheets/d/{key}/export?format=csv{gid}"


def fetch(link: str, path: Path) -> None:
    """Download a sheet as CSV.

    Raises:
        UnexpectedResponseError: The link is not one of Google Sheets, or Google does not show the sheet.
        UnavailableError: Google cannot be reached.
        OSError: The file cannot be written.
    """
    url = export_link(link)
    found = download(url, _is_of_google, user_agent=f"wix-import/{version('tap-target-wix')}")
    if found.status == HTTPStatus.NOT_FOUND:
        msg = "Google has no such sheet. Check the link."
        raise UnexpectedResponseError(msg)
    if found.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} or _is_page(found.content_type):
        raise UnexpectedResponseError(_NOT_SHARED)
    if found.status != HTTPStatus.OK:
        msg = f"Google answered with status {found.status}. Try again later."
        raise UnavailableError(msg)
    path.write_bytes(found.body)


def _is_of_google(host: str) -> bool:
    return host in {_HOST, "accounts.google.com"} or host.endswith(".googleusercontent.com")


def _is_page(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "text/html"
