"""Lines of standard input that are not what they should be are named with their reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.line_reader import DEEPEST
from tests.hostile.commands import Done, arguments_of, in_process, installed
from tests.target.runs import FAST, product, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


MARK = "SECRET-MARK"
BEFORE = line(schema("products")) + line(record("products", product(sku="A"))) + line(state({"at": 1.5}))
AFTER = line(record("products", product("Vase", sku="C"))) + line(state({"at": 2}))


def holding(json_value: bytes, name: str = "name") -> bytes:
    """A record of which one member is written as given."""
    text = line(record("products", {**product(MARK, sku="B"), name: "HERE"}))
    assert text.count(b'"HERE"') == 1
    return text.replace(b'"HERE"', json_value)


def settings(site: RunningSite, folder: Path) -> dict[str, Any]:
    return {**site.config(), **FAST, "results_path": str(folder / "results.jsonl")}


def fed(site: RunningSite, folder: Path, text: bytes) -> Done:
    given = arguments_of("target-wix", settings(site, folder), folder)
    return in_process("target-wix", *given, stdin=text, cwd=folder).checked()


def results(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(each) for each in (folder / "results.jsonl").read_text().splitlines()]


def names(site: RunningSite) -> list[str]:
    return [each["name"] for each in site.state().get("products", [])]


BAD_LINES = {
    "cut off": (b'{"type": "RECORD", "stream"\n', "is not JSON (cut off?)"),
    "cut off in a text": (b'{"type": "RECORD", "str\n', "is not JSON (byte 23)"),
    "two messages": (line(state(1)).rstrip() * 2 + b"\n", "is not JSON (byte 30)"),
    "no JSON": (b"products: 5\n", "is not JSON (byte 0)"),
    "UTF-16": (json.dumps(state(1)).encode("utf-16") + b"\n", "is not UTF-8 (UTF-16?)"),
    "UTF-16 without a mark": (json.dumps(state(1)).encode("utf-16-be") + b"\n", "is not UTF-8 (UTF-16?)"),
    "nested endlessly": (
        b'{"type": "STATE", "value": ' + b"[" * 100_000 + b"\n",
        "is nested more than 100 levels deep",
    ),
    "nested 900 deep": (
        b'{"type": "STATE", "value": ' + b"[" * 900 + b"]" * 900 + b"}\n",
        "is nested more than 100 levels deep",
    ),
    "a state of NaN": (
        b'{"type": "STATE", "value": {"a": [NaN]}}\n',
        "`value.a[0]` holds NaN, which JSON does not have",
    ),
    "a state of a long number": (
        b'{"type": "STATE", "value": ' + b"9" * 5000 + b"}\n",
        "`value` holds a number that is",
    ),
    "a state in Latin-1": ('{"type": "STATE", "value": "é"}\n'.encode("latin-1"), "`value` holds half of a character"),
    "a list": (b'["RECORD"]\n', "not a JSON object"),
    "a list of NaN": (b"[NaN]\n", "`[0]` holds NaN"),
    "a type that is a list": (b'{"type": ["RECORD"]}\n', "its `type` is not a string"),
    "a type that is nothing": (b'{"type": null}\n', "its `type` is not a string"),
    "no type": (b"{}\n", "it lacks type"),
    "an unknown type": (b'{"type": "RECROD"}\n', "has an unknown message type"),
    "a schema that is a list": (b'{"type": "SCHEMA", "stream": "products", "schema": []}\n', "`schema` is not a JSON"),
    "a schema without properties": (b'{"type": "SCHEMA", "stream": "products", "schema": {}}\n', "lacks properties"),
    "properties that are a list": (
        b'{"type": "SCHEMA", "stream": "products", "schema": {"properties": []}}\n',
        "`schema.properties` does not hold a schema for each property",
    ),
    "a property that is a number": (
        b'{"type": "SCHEMA", "stream": "products", "schema": {"properties": {"id": 5}}}\n',
        "`schema.properties` does not hold a schema for each property",
    ),
    "keys that are a number": (
        b'{"type": "SCHEMA", "stream": "products", "schema": {"properties": {}}, "key_properties": 5}\n',
        "`key_properties` is not a list of strings",
    ),
    "no JSON Schema": (
        b'{"type": "SCHEMA", "stream": "products", "schema": {"properties": {"id": {"type": "strin"}}}}\n',
        "the SCHEMA of stream `products` is not valid at `properties.id.type`. Fix the tap",
    ),
    "a record without a stream": (b'{"type": "RECORD", "record": {}, "version": 1}\n', "it lacks stream"),
    "a stream that is a list": (b'{"type": "RECORD", "stream": [], "record": {}}\n', "`stream` is not a string"),
    "a stream that is an object": (
        b'{"type": "ACTIVATE_VERSION", "stream": {}, "version": 1}\n',
        "`stream` is not a string",
    ),
    "a record that is NaN": (b'{"type": "RECORD", "stream": "products", "record": NaN}\n', "`record` holds NaN"),
}


@pytest.mark.parametrize(("bad", "reported"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_ends_the_run_and_what_came_before_is_written(
    bad: bytes, reported: str, site: RunningSite, tmp_path: Path
) -> None:
    done = fed(site, tmp_path, BEFORE + bad + AFTER)
    assert done.code == 1
    assert reported in done.complaints[-1]
    assert "Line 4 of the input" in done.complaints[-1]
    assert len(done.complaints) == 1
    assert done.out == '{"at": 1.5}\n'
    assert names(site) == ["Blue mug"]
    assert [result["outcome"] for result in results(tmp_path)] == ["created"]


deep = b'{"a":' * 150 + b"1" + b"}" * 150
BAD_VALUES = {
    "NaN": (b"NaN", "`name` holds NaN, which JSON does not have"),
    "minus infinity": (b"-Infinity", "`name` holds -Infinity"),
    "nested NaN": (b'{"a": [1, {"b": NaN}]}', "`name.a[1].b` holds NaN"),
    "half a character": (b'"SECRET-MARK\\ud800"', "`name` holds half of a character"),
    "half a character as bytes": (b'"\xed\xa0\x80"', "`name` holds half of a character"),
    "Latin-1": (
        '"é"'.encode("latin-1"),
        "`name` holds half of a character (a lone surrogate, or bytes that are not UTF-8)",
    ),
    "5,000 digits": (b"7" * 5000, "`name` holds a number that is too long"),
    "101 digits": (b"-" + b"7" * 101, "`name` holds a number that is too long"),
    "5,000 decimals": (b"0." + b"7" * 5000, "`name` holds a number that is too long"),
    "a huge exponent": (b"1e999999999", "`name` holds a number that is too long"),
    "an exponent beyond all": (b"1e99999999999999999999", "`name` holds a number that is too long"),
    "a tiny exponent": (b"-1e-999999999", "`name` holds a number that is too long"),
    "150 levels": (deep, "it is nested more than 100 levels deep"),
}


@pytest.mark.parametrize(("value", "reported"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_bad_value_rejects_its_record_and_the_others_are_written(
    value: bytes, reported: str, site: RunningSite, tmp_path: Path
) -> None:
    done = fed(site, tmp_path, BEFORE + holding(value) + AFTER)
    assert done.code == 1
    assert names(site) == ["Blue mug", "Vase"]
    assert done.out == '{"at": 1.5}\n'
    first, bad, last = results(tmp_path)
    assert [first["outcome"], bad["outcome"], last["outcome"]] == ["created", "rejected", "created"]
    assert (bad["line"], bad["error"]["code"]) == (4, "INVALID_VALUE")
    assert reported in bad["error"]["message"]
    assert reported in done.err
    assert MARK not in done.err


def test_a_bad_value_in_a_member_that_no_schema_allows_rejects_its_record(site: RunningSite, tmp_path: Path) -> None:
    fed(site, tmp_path, BEFORE + holding(b"NaN", "id") + AFTER)
    assert names(site) == ["Blue mug", "Vase"]


def test_a_byte_order_mark_at_the_beginning_does_no_harm(site: RunningSite, tmp_path: Path) -> None:
    for text in (BEFORE + AFTER, line(state({"at": 9e307, "most": 2**64 - 1}))):
        assert fed(site, tmp_path, b"\xef\xbb\xbf" + text).code == 0
    assert names(site) == ["Blue mug", "Vase"]


def test_a_byte_order_mark_before_a_record_rejects_it(site: RunningSite, tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + line(record("products", product(MARK, sku="B")))
    done = fed(site, tmp_path, BEFORE + marked + AFTER)
    assert (done.code, names(site)) == (1, ["Blue mug", "Vase"])
    assert "it begins with a byte order mark (BOM)" in done.err


def test_a_bad_value_of_a_product_file_rejects_its_product(site: RunningSite, tmp_path: Path) -> None:
    columns = {"handle": {}, "name": {}, "price": {}}
    head = {"type": "SCHEMA", "stream": "products", "schema": {"properties": columns}, "key_properties": []}
    rows = [record("products", {"handle": name, "name": name, "price": "HERE" if name == "b" else 5}) for name in "abc"]
    text = b"".join(line(each) for each in [head, *rows]).replace(b'"HERE"', b"NaN")
    done = fed(site, tmp_path, text)
    assert (done.code, names(site)) == (1, ["a", "c"])
    (bad,) = [result for result in results(tmp_path) if result["outcome"] == "rejected"]
    assert (bad["line"], bad["key"]) == (3, "handle=b")
    assert "`price` holds NaN, which JSON does not have" in bad["error"]["message"]


def test_a_number_with_many_digits_in_a_text_is_a_text(site: RunningSite, tmp_path: Path) -> None:
    done = fed(
        site, tmp_path, BEFORE + line(record("products", product("Mug", sku="B", brand={"id": "1" * 200}))) + AFTER
    )
    assert "too long" not in done.err


def test_a_long_number_in_a_column_that_wix_does_not_know_is_left_out(site: RunningSite, tmp_path: Path) -> None:
    done = fed(site, tmp_path, BEFORE + line(record("products", product("Mug", sku="B", hash=7 * 10**38))) + AFTER)
    assert (done.code, names(site)) == (0, ["Blue mug", "Mug", "Vase"])


def test_as_many_levels_as_are_allowed_are_read(site: RunningSite, tmp_path: Path) -> None:
    levels = DEEPEST - 2  # the message and its record are two
    value = b'{"a":' * levels + b"1" + b"}" * levels
    fed(site, tmp_path, BEFORE + holding(value, "unknown") + AFTER)
    assert "nested" not in results(tmp_path)[1]["outcome"]
    assert names(site) == ["Blue mug", MARK, "Vase"]


def test_states_are_written_as_they_were_received(site: RunningSite, tmp_path: Path) -> None:
    value = {"at": 1.25, "text": "é", "list": [1, None, True, 2**60]}
    done = fed(site, tmp_path, BEFORE + line(state(value)))
    assert json.loads(done.out.splitlines()[-1]) == value


@pytest.mark.services
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_the_installed_command_reads_bytes_whatever_the_locale(locale: str, site: RunningSite, tmp_path: Path) -> None:
    given = arguments_of("target-wix", settings(site, tmp_path), tmp_path)
    text = BEFORE + holding(b'"\xff\xfe"') + line(record("products", product("Krug für Öl", sku="C"))) + b"\xff\xfe{\0"
    done = installed("target-wix", *given, stdin=text, LC_ALL=locale, PYTHONCOERCECLOCALE="0").checked()
    assert done.code == 1
    assert "Line 6 of the input is not UTF-8 (UTF-16?)" in done.complaints[-1]
    assert names(site) == ["Blue mug", "Krug für Öl"]


def test_a_file_of_messages_is_read_as_bytes(site: RunningSite, tmp_path: Path) -> None:
    messages = tmp_path / "messages.jsonl"
    messages.write_bytes(BEFORE + holding(b'"\xff"') + AFTER)
    given = arguments_of("target-wix", settings(site, tmp_path), tmp_path)
    done = in_process("target-wix", *given, "--input", str(messages)).checked()
    assert (done.code, names(site)) == (1, ["Blue mug", "Vase"])
