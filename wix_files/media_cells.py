"""Pictures in files: a web address, or an id of Wix's media manager."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wix_files.cells import error_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_files.cells import Cells
    from wix_files.product_format import Entity

ALT_TEXTS = "media.itemsInfo.items.altText"
"""Path of the alternative texts of a product's pictures."""
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_WIX_ID = re.compile(r"[0-9A-Za-z]+_[0-9a-f]{32}[~.\w]*|[\w-]+~mv2[~.\w]*|[0-9a-f]{32}\.\w+", re.ASCII)
"""Ids of a site's own files, of pictures from Unsplash (`nsplsh_…~mv2_d_….jpg`), and of Wix's stock pictures."""
_SEVERAL = re.compile(r"[,;|]https?://", re.IGNORECASE)
_AS_TEXT = re.compile(r"data:|base64,", re.IGNORECASE)
"""Beginnings of the parts of a picture that is a text itself; such a text contains a `;`."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://.*", re.IGNORECASE | re.DOTALL)
_BLANKS = "blanks in the address of a picture are written as `%20`"
_WITHOUT_PICTURE = "an alternative text in a row without a picture is left out"
_DOWNLOAD = "Download it, and put the path of the file here, or upload it to the site's media manager."
_PAGES = {
    re.compile(r"https?://(www\.)?dropbox\.com/(?!\S*[?&](raw|dl)=1\b)", re.IGNORECASE): (
        "It is a page of Dropbox: replace `dl=0` at its end by `raw=1`, or download it, and put the path of the file "
        "here."
    ),
    re.compile(r"https?://drive\.google\.com/(?!uc\?)|https?://docs\.google\.com/", re.IGNORECASE): (
        f"It is a page of Google Drive. {_DOWNLOAD}"
    ),
    re.compile(r"https?://(photos\.google\.com|photos\.app\.goo\.gl)/", re.IGNORECASE): (
        f"It is a page of Google Photos. {_DOWNLOAD}"
    ),
    re.compile(r"https?://(1drv\.ms|onedrive\.live\.com|[\w-]+\.sharepoint\.com)/", re.IGNORECASE): (
        f"It is a page of OneDrive. {_DOWNLOAD}"
    ),
    re.compile(r"https?://(www\.)?(icloud\.com|we\.tl|wetransfer\.com)/", re.IGNORECASE): (
        f"It is a page for people, which programs cannot read. {_DOWNLOAD}"
    ),
}
"""Addresses that show a picture on a page, and what to do about them."""
_WIX_IMAGE = re.compile(r"wix:image://v1/([^/#\s]+)(?:[/#]\S*)?")


def is_reachable(part: str) -> bool:
    """True if a text is a picture on the web or on Wix, or no picture; other texts are paths on the user's computer."""
    return bool(error_of(part) or _AS_TEXT.match(part)) or any(
        pattern.fullmatch(part) for pattern in (_WIX_IMAGE, _SCHEME, _WIX_ID)
    )


def _encoded(part: str) -> str:
    """Return an address with its blanks encoded, as browsers do. Blanks may also separate two addresses."""
    is_one = _ADDRESS.match(part) is not None and part.count("://") == 1
    return part.replace(" ", "%20") if is_one else part


def _of_a_page(address: str) -> str:
    """Return what to do about an address that shows a picture on a page of its own; "" for other addresses."""
    return next((advice for pattern, advice in _PAGES.items() if pattern.match(address)), "")


def _host(address: str) -> str:
    """Return the host of an address; "" if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    """True for a host in the network of the shop that exported the file, from which Wix cannot fetch."""
    with suppress(ValueError):
        return ip_address(host).is_private
    return host == "localhost" or host.endswith(".local")


def items(cells: Cells, column: str, parts: Iterable[str], separator: str = ";", alt_column: str = "") -> list[Entity]:
    """Parse pictures; report each one that is neither an address nor an id of Wix.

    Args:
        cells: The row.
        column: Its column of pictures.
        parts: The pictures in its cell.
        separator: The separator of pictures; "" if each has its own row.
        alt_column: The column of their alternative text; "" if the format has none.
    """
    alt_text = cells.text(alt_column) if alt_column else None
    texts = {} if alt_text is None else {"altText": alt_text}
    found = []
    for written in parts:
        part = _encoded(written)
        if part != written:
            cells.remark(column, _BLANKS)
        if (match := _WIX_IMAGE.fullmatch(part)) and _WIX_ID.fullmatch(match.group(1)):
            found.append({"id": match.group(1), **texts})
        elif _WIX_ID.fullmatch(part):
            found.append({"id": part, **texts})
        elif _is_address(part):
            found.append({"url": part, **texts})
        else:
            _refuse(cells, column, part, separator)
    if alt_text and not found:
        cells.remark(alt_column, _WITHOUT_PICTURE)
    return found


def _is_address(part: str) -> bool:
    """True if a part of a cell is the web address of one picture."""
    if not _ADDRESS.fullmatch(part) or _SEVERAL.search(part) or _of_a_page(part):
        return False
    host = _host(part)
    return bool(host) and not _is_local(host)


def _refuse(cells: Cells, column: str, part: str, separator: str) -> None:
    if _AS_TEXT.match(part):
        advice = "Save the picture as a file, and put its path here, or upload it to the site's media manager."
        cells.refuse(column, "the address of a picture, not the picture as a text", advice)
    elif advice := _of_a_page(part):
        cells.refuse(column, "the address of a picture, not of a page that shows it", advice, part)
    elif _is_local(_host(part)) and part.count("://") == 1:
        advice = "Put the path of the file here, or upload it to the site's media manager, or to the web."
        cells.refuse(column, "an address that Wix can reach, not one of a local computer", advice, part)
    elif _ADDRESS.match(part):
        several = f"Separate addresses with `{separator}`." if separator else "Each address has its own row."
        advice = several if part.count("://") > 1 else "Correct the cell."
        cells.refuse(column, "one web address", advice, part)
    else:
        wanted = "a web address (https://…) or the id of a picture on Wix (…~mv2.jpg)"
        advice = (
            "Wix cannot reach files of this computer: `wix-import` uploads them, or upload it to the site's media "
            "manager, or to the web."
        )
        cells.refuse(column, wanted, advice, part)


def media(listed: list[Entity]) -> Entity:
    """Return the member of a product that contains its pictures."""
    return {"itemsInfo": {"items": listed}}


def items_of(product: Mapping[str, Any]) -> list[Entity]:
    """Return the pictures of a product."""
    given = ((product.get("media") or {}).get("itemsInfo") or {}).get("items") or []
    return [item for item in given if isinstance(item, dict)]


def name_of(item: Mapping[str, Any]) -> str:
    """Return a picture's cell: its id if it has one, else its address."""
    inner = item.get("image") or item.get("video") or {}
    return str(item.get("id") or item.get("url") or inner.get("url") or "")
