"""Files of the Media Manager: upload URL, bytes, labels, states and refusals."""

from __future__ import annotations

import pytest
import requests

from sandbox_support.api import Api
from wix_sandbox import Sandbox, SandboxOptions

FILES = "/site-media/v1/files"
PNG = b"\x89PNG\r\n\x1a\n"


def url(api, **more):
    body = {"mimeType": "image/png", "fileName": "mug.png", **more}
    return api.ok("POST", f"{FILES}/generate-upload-url", body)["uploadUrl"]


def put(address, content=PNG, **headers):
    return requests.put(address, content, headers=headers, timeout=60)


def found(api, text, **more):
    return [file["id"] for file in api.ok("POST", f"{FILES}/search", {"search": text, **more})["files"]]


def test_a_file_is_found_by_its_labels_and_belongs_to_products(v3):
    answer = put(url(v3, labels=["shop", "sha256aa"]), **{"Content-Type": "image/png"})
    file = answer.json()["file"]
    assert (file["operationStatus"], file["labels"], file["sizeInBytes"]) == ("READY", ["shop", "sha256aa"], "8")
    assert "mimeType" not in file
    other = put(url(v3, fileName="cup.png", labels=["shop"])).json()["file"]
    assert found(v3, "sha256aa") == [file["id"]]
    assert sorted(found(v3, "shop")) == sorted([file["id"], other["id"]])
    page = v3.ok("POST", f"{FILES}/search", {"search": "shop", "paging": {"limit": 1}})
    cursor = page["nextCursor"]["cursors"]["next"]
    rest = v3.ok("POST", f"{FILES}/search", {"search": "shop", "paging": {"limit": 1, "cursor": cursor}})
    assert {page["files"][0]["id"], rest["files"][0]["id"]} == {file["id"], other["id"]}
    assert v3.ok("GET", f"{FILES}/get-file-by-id?fileId={file['id']}")["file"]["id"] == file["id"]


def test_a_search_keeps_to_the_kinds_of_files_it_names(v3):
    picture = put(url(v3, labels=["shop"])).json()["file"]
    hidden = put(url(v3, labels=["shop"], private=True)).json()["file"]
    assert found(v3, "shop", mediaTypes=["VIDEO"]) == []
    assert found(v3, "shop", mediaTypes=["IMAGE"], private=False) == [picture["id"]]
    assert found(v3, "shop", private=True) == [hidden["id"]]


def test_a_sort_without_a_name_is_refused(v3):
    for sort in ({"order": "ASC"}, {"fieldName": ["displayName"]}):
        assert "sort.fieldName" in v3.violations("POST", f"{FILES}/search", {"sort": sort})


def test_labels_may_be_matched_as_a_whole_only(v3):
    put(url(v3, labels=["sha256aa"]))
    assert len(found(v3, "sha256")) == 1
    v3.control("POST", "readings", {"media-search": "whole-labels"})
    assert (len(found(v3, "sha256")), len(found(v3, "sha256aa"))) == (0, 1)


def test_a_deleted_file_is_in_the_trash_bin_unless_it_is_deleted_for_good(v3):
    kept, gone = (put(url(v3, labels=["shop"])).json()["file"]["id"] for _ in range(2))
    assert v3.ok("POST", "/site-media/v1/bulk/files/delete", {"fileIds": [kept, "unknown~mv2.png"]}) == {}
    v3.ok("POST", "/site-media/v1/bulk/files/delete", {"fileIds": [gone], "permanent": True})
    assert v3.ok("GET", f"{FILES}/get-file-by-id?fileId={kept}")["file"]["state"] == "DELETED"
    assert found(v3, "shop") == []
    v3.refused(400, "GET", f"{FILES}/get-file-by-id?fileId={gone}")


def test_the_answer_to_an_import_lacks_the_media_of_the_file(v3):
    # Source: types of Wix's client: "The `media` property isn't returned".
    body = {"url": "https://example.com/blue.jpg", "mimeType": "image/jpeg"}
    made = v3.ok("POST", f"{FILES}/import", body)["file"]
    there = v3.ok("GET", f"{FILES}/get-file-by-id?fileId={made['id']}")["file"]
    assert made == {name: value for name, value in there.items() if name != "media"} | {"operationStatus": "PENDING"}


def test_a_file_is_pending_and_then_ready_or_failed():
    with Sandbox(SandboxOptions(empty=True, media_delay_ms=60_000)).serve() as running:
        api = Api(running, requests.Session())
        ready = put(url(api)).json()["file"]["id"]
        api.control(
            "POST", "faults", {"operation": "media_files.upload", "action": {"lose_pictures": True}, "times": 1}
        )
        failed = put(url(api)).json()["file"]["id"]

        def status(file_id):
            return api.ok("GET", f"{FILES}/get-file-by-id?fileId={file_id}")["file"]["operationStatus"]

        assert (status(ready), status(failed)) == ("PENDING", "PENDING")
        api.control("POST", "clock", {"shiftSeconds": 61})
        assert (status(ready), status(failed)) == ("READY", "FAILED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"mimeType": "text/html"}, "UNSUPPORTED_FILE_FORMAT"),
        ({"fileName": "mug.mp4"}, "MISMATCH_MIME_TYPE"),
        ({"sizeInBytes": "0"}, "ZERO_FILE_SIZE"),
        ({"sizeInBytes": "99000000"}, "FILE_SIZE_OVER_LIMIT"),
    ],
)
def test_a_file_that_wix_does_not_take_gets_no_url(v3, body, code):
    body = {"mimeType": "image/png", "fileName": "mug.png", **body}
    (violation,) = v3.violations("POST", f"{FILES}/generate-upload-url", body).values()
    assert violation["ruleName"] == code


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("manual.pdf", "DOCUMENT"),
        ("prices.csv", "DOCUMENT"),
        ("patterns.zip", "ARCHIVE"),
        ("logo.svg", "VECTOR"),
        ("mug.mp4", "VIDEO"),
    ],
)
def test_files_of_all_types_of_the_client_are_imported(v3, name, kind):
    made = v3.ok("POST", f"{FILES}/import", {"url": f"https://example.com/{name}"})["file"]
    ((name, media),) = v3.ok("GET", f"{FILES}/get-file-by-id?fileId={made['id']}")["file"]["media"].items()
    assert (name, "url" in media) == (kind.lower(), kind in {"DOCUMENT", "ARCHIVE"})
    listed = v3.ok("POST", f"{FILES}/search", {"mediaTypes": [kind], "sort": {"fieldName": "displayName"}})["files"]
    assert [each["id"] for each in listed] == [made["id"]]
    (violation,) = v3.violations("POST", f"{FILES}/search", {"sort": {"fieldName": "createdDate"}}).values()
    assert violation["ruleName"] == "UNSUPPORTED_SORT_VALUE"


def test_a_url_takes_bytes_once_and_no_credential(v3):
    address = url(v3)
    assert put(address, Authorization="secret").status_code == 400
    assert put(address, b"").json()["details"]["validationError"]["fieldViolations"][0]["ruleName"] == "ZERO_FILE_SIZE"
    assert put(address, b"<html>").status_code == 400
    assert put(address).status_code == 200
    assert put(address).status_code == 404
    assert "mimeType" in v3.violations("POST", f"{FILES}/generate-upload-url", {"fileName": "a.png"})
