"""The target builds the requests that Wix documents: records in, the documented request out."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contracts.exchanges import endpoint, filled, prepared, stored
from tests.contracts.shapes import is_called
from tests.contracts.test_client import OPERATIONS
from tests.contracts.writes import NOT_SENT, WRITES
from tests.target.kill.lives import live
from tests.target.runs import record, schema
from wix_shop.undoing.target import undo_target

EXCHANGES = {each.id: each.values[0] for each in stored()}
WRITING = {name: each for name, each in OPERATIONS.items() if any(word in each.scope for word in ("MANAGE", "WRITE"))}
"""Operations that need the permission to write."""


def test_every_operation_says_whether_it_writes():
    assert [name for name, each in OPERATIONS.items() if not each.scope] == ["ecom.GET_CART_V2"]  # none is documented
    assert {name for name, each in OPERATIONS.items() if not each.repeatable} <= WRITING.keys()


@pytest.mark.parametrize("name", sorted(WRITES))
def test_the_target_sends_the_documented_request(sites, tmp_path, name):
    documented, (address, body) = documented_and_built(sites, tmp_path, name)
    assert differences(members(*documented), members(address, body)) == set(WRITES[name].apart)


def test_labels_are_taken_off_by_the_body_and_by_query_parameters(sites, tmp_path):
    (address, _), (built_address, body) = documented_and_built(sites, tmp_path, "contacts-unlabel")
    assert parse_qs(urlsplit(built_address).query) == parse_qs(urlsplit(address).query) == body


def documented_and_built(sites, tmp_path, name):
    """Return address and body of a documented request, and of the request that the target sends for it."""
    exchange, write = EXCHANGES[name], WRITES[name]
    api = sites[exchange["catalog"]]
    api.control("POST", "reset")
    kept = prepared(exchange, api)
    before = len(api.site.journal)
    sent = []
    messages = [schema(write.stream), *(record(write.stream, filled(each, kept)) for each in write.records)]
    settings = {"stream_options": {write.stream: write.options}, "on_reject": "skip", "batch_size_rows": write.rows}
    file = tmp_path / "shop.undo.jsonl"
    if write.is_undone:
        settings["undo_path"] = str(file)
    life = live(api.site, messages, tmp_path / "results.jsonl", settings=settings, witness=sent.append)
    assert life.error is None
    if write.is_undone:
        settings = {"undo_path": str(tmp_path / "back.undo.jsonl")}
        back = {"witness": sent.append, "target_of": lambda config: undo_target(config, file)}
        assert live(api.site, [], tmp_path / "back.jsonl", settings=settings, **back).error is None
    assert {each.status for each in api.site.journal.entries[before:]} == {200}
    method, address = filled(exchange["request"]["call"], kept).split(" ", 1)
    documented = (address, filled(exchange["request"].get("body"), kept))
    built = [
        (each.path_url, json.loads(each.body or "null"))
        for each in sent
        if each.method == method and urlsplit(each.path_url).path == urlsplit(address).path
    ]
    assert len(built) == 1, [f"{each.method} {each.path_url}" for each in sent]
    return documented, built[0]


@pytest.mark.parametrize("name", sorted(WRITING))
def test_every_write_has_a_contract(name):
    operation = WRITING[name]
    assert any(is_called(endpoint(operation.method, operation.path), *call_of(each)) for each in WRITES)


def test_every_documented_write_is_sent_or_has_a_reason_not_to_be():
    written = [endpoint(each.method, each.path) for each in WRITING.values()]
    documented = {
        name
        for name, exchange in EXCHANGES.items()
        if exchange["response"]["status"] == 200 and any(is_called(each, *call_of(name)) for each in written)
    }
    assert documented <= WRITES.keys() | NOT_SENT.keys()
    assert not WRITES.keys() & NOT_SENT.keys()
    assert documented >= NOT_SENT.keys()


def call_of(exchange):
    """Return method and path of an exchange's request."""
    return EXCHANGES[exchange]["request"]["call"].split(" ", 1)


def members(address, body):
    """Return what a request says, in its body or as query parameters, which come as lists of texts."""
    said = parse_qs(urlsplit(address).query) | (body or {})
    if "categoryIds" in said:
        said["categoryIds"] = sorted(said["categoryIds"])  # their order means nothing
    return said


def differences(documented, built, path=""):
    """Return the paths at which two values differ, or which only one of them has."""
    if isinstance(documented, dict) and isinstance(built, dict):
        steps = {name: f"{path}.{name}".removeprefix(".") for name in {**documented, **built}}
    elif isinstance(documented, list) and isinstance(built, list):
        documented, built = dict(enumerate(documented)), dict(enumerate(built))
        steps = {place: f"{path}[{place}]" for place in {**documented, **built}}
    else:
        return set() if type(documented) is type(built) and documented == built else {path}
    both = documented.keys() & built.keys()
    return {steps[step] for step in steps.keys() - both}.union(
        *(differences(documented[step], built[step], steps[step]) for step in both)
    )


@pytest.mark.parametrize(
    ("built", "paths"),
    [
        ({"items": [{"id": "1", "price": 5}], "tree": "a"}, set()),
        ({"items": [{"id": "1", "price": "5"}], "tree": "a"}, {"items[0].price"}),
        ({"items": [{"id": "1"}, {}], "tree": "a", "fields": []}, {"items[0].price", "items[1]", "fields"}),
        ({"items": {"id": "1"}, "tree": "b"}, {"items", "tree"}),
    ],
)
def test_differences_are_found_at_every_depth(built, paths):
    assert differences({"items": [{"id": "1", "price": 5}], "tree": "a"}, built) == paths
