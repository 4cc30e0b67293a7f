from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from sandbox_support.forking import Forked, run_forked
from target_wix.__main__ import main
from tests.in_process import call
from tests.target.runs import FAST, TARGET, command, complaints_of, lines, messages, product, record, schema, state

ONE = lines(messages(products=[product(sku="A")]))


def complains(tmp_path, config, text=ONE):
    """Return the one line by which a failing run explains itself."""
    code, _, complaints = command(config, text, tmp_path)
    assert code == 1
    assert "Traceback" not in "".join(complaints)
    (line,) = complaints
    return line


def test_the_help_lists_the_exit_codes():
    done = call(main, "--help")
    assert done.code == 0
    assert "Exit codes: 0 every record was written" in done.out


def test_a_wrong_key_is_named_by_its_setting(empty_v3, tmp_path):
    line = complains(tmp_path, {**empty_v3.config(), "api_key": "IST.very-secret"})
    assert "api_key" in line
    assert "very-secret" not in line


def test_a_missing_site_id_is_named(empty_v3, tmp_path):
    config = empty_v3.config()
    del config["site_id"]
    assert "`site_id` is missing" in complains(tmp_path, config)


def test_without_stores_the_message_names_what_to_install(open_shop, tmp_path):
    assert "Install the app `Wix Stores`" in complains(tmp_path, open_shop(catalog="absent").config())


def test_an_address_that_is_not_wix_is_reported(empty_v3, tmp_path):
    assert "api_url" in complains(tmp_path, {**empty_v3.config(), "api_url": f"{empty_v3.url}/elsewhere"})


def test_an_unknown_setting_names_the_nearest_one(empty_v3, tmp_path):
    line = complains(tmp_path, {**empty_v3.config(), "api_kye": "IST.secret"})
    assert "`api_kye`" in line
    assert "`api_key`" in line


def test_a_secret_of_the_wrong_type_is_not_shown(empty_v3, tmp_path):
    line = complains(tmp_path, {**empty_v3.config(), "api_key": 4711})
    assert "`api_key` must be a text in quotes" in line
    assert "4711" not in line


def test_a_wrong_stream_option_is_refused(empty_v3, tmp_path):
    options = {"products": {"match_on": ["colour"]}}
    assert "handle, sku, slug" in complains(tmp_path, {**empty_v3.config(), "stream_options": options})
    assert "comand" in complains(tmp_path, {**empty_v3.config(), "stream_options": {"products": {"comand": "create"}}})


def test_an_unknown_stream_lists_the_known_ones(empty_v3, tmp_path):
    line = complains(tmp_path, empty_v3.config(), lines([schema("produtcs")]))
    assert "target-wix writes " in line
    assert "collection_products, collections, contact" in line


def test_an_unknown_stream_can_be_ignored(empty_v3, tmp_path):
    config = {**empty_v3.config(), "unknown_stream": "ignore"}
    code, _, complaints = command(
        config, lines(messages(abandoned_checkouts=[{"a": 1}], products=[product(sku="A")])), tmp_path
    )
    assert code == 0
    assert [line for line in complaints if "`abandoned_checkouts` is left out" in line] == complaints


def test_metrics_are_logged_on_request(empty_v3, tmp_path):
    path = tmp_path / "config.json"
    for asked in (False, True):
        path.write_text(json.dumps({**empty_v3.config(), **FAST, "log_metrics": asked}))
        done = call(main, "--config", path, stdin=ONE)
        assert ("METRIC" in done.err, done.code) == (asked, 0)


@pytest.mark.parametrize("given", ["", "\n  \n\r\n"], ids=["no-line", "blank-lines"])
def test_an_empty_input_is_reported(empty_v3, tmp_path, given):
    code, states, complaints = command(empty_v3.config(), given, tmp_path)
    assert (code, states) == (0, "")
    assert any("The input is empty, so nothing was written." in line for line in complaints)


def test_a_record_without_its_key_names_line_stream_and_key(empty_v3, tmp_path):
    text = lines([schema("products", ["id"]), record("products", product(sku="A"))])
    line = complains(tmp_path, empty_v3.config(), text)
    assert "Line 2" in line
    assert "`products`" in line
    assert "`id`" in line


def test_a_record_that_breaks_its_schema_is_reported_without_its_values(empty_v3, tmp_path):
    listed = [schema("products"), record("products", {"id": 12345, "name": "Secret mug"})]
    line = complains(tmp_path, empty_v3.config(), lines(listed))
    assert "Line 2" in line
    assert "id of a record of stream `products` breaks the rule `type`" in line
    assert "12345" not in line


@pytest.mark.parametrize(
    ("rules", "reported"),
    [
        (
            {"additionalProperties": False},
            "price of a record of stream `products` breaks the rule `additionalProperties`",
        ),
        ({"required": ["id"]}, "id of a record of stream `products` breaks the rule `required`"),
        (
            {"properties": {"price": {"unevaluatedItems": False}}},
            ": price of a record of stream `products` breaks the rule `unevaluatedItems`",
        ),
        ({"minProperties": 9}, ": a record of stream `products` breaks the rule `minProperties`"),
    ],
)
def test_a_column_that_its_schema_forbids_or_requires_is_named(empty_v3, tmp_path, rules, reported):
    listed = [schema("products"), record("products", {"name": "Mug", "price": [3]})]
    listed[0]["schema"] = {"type": "object", "properties": {"id": {}, "name": {}}, **rules}
    assert reported in complains(tmp_path, empty_v3.config(), lines(listed))


def test_numbers_in_the_schema_of_an_older_tap_are_valid(empty_v3, run):
    bounds = {"minimum": -1000, "exclusiveMinimum": True, "maximum": 1000, "exclusiveMaximum": True}  # as in draft 4
    listed = [schema("products"), record("products", {"name": "Mug", "sku": "MUG", "price": 3.5})]
    number = {"type": ["null", "number"], "multipleOf": 0.01, **bounds}
    listed[0]["schema"] = {"type": "object", "properties": {"name": {}, "sku": {}, "price": number}}

    assert run(empty_v3, listed).outcomes == ["created"]


def test_broken_json_names_its_line_and_what_came_before_is_written(empty_v3, tmp_path):
    text = lines([schema("products"), record("products", product(sku="A")), state(7)]) + '{"type": "RECORD", "str'
    code, reported, complaints = command(empty_v3.config(), text, tmp_path)
    assert code == 1
    assert json.loads(reported) == 7
    assert len(empty_v3.state()["products"]) == 1
    assert "Line 4 of the input is not JSON" in complaints[0]
    assert len(complaints) == 1


def test_an_input_that_is_a_product_file_names_the_command_for_it(empty_v3, tmp_path):
    said = complains(tmp_path, empty_v3.config(), "handle,name,price\nmug,Mug,5\n")
    assert "`wix-import` reads product files." in said
    assert "was written" not in said


def test_a_record_before_its_schema_is_reported(empty_v3, tmp_path):
    assert "no SCHEMA" in complains(tmp_path, empty_v3.config(), lines([record("products", {})]))


def test_a_config_that_is_not_json_or_missing_is_reported(tmp_path):
    assert "not JSON (line 1, column 2)" in complains(tmp_path, "{")
    assert "has no settings" in complains(tmp_path, "[]")
    done = call(main, "--config", "nowhere.json")
    assert done.code == 1
    assert "nowhere.json" in done.err.splitlines()[-1]


def test_the_installed_command_refuses_an_option_that_it_does_not_know():
    done = subprocess.run([TARGET, "--confg", "config.json"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option" in done.stderr


def test_a_server_that_cannot_be_reached_is_reported_with_its_address(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    config = {"api_key": "IST.secret", "site_id": "s", "api_url": f"http://127.0.0.1:{port}"}
    code, _, complaints = command(config, ONE, tmp_path)
    assert code == 1
    assert f"127.0.0.1:{port} cannot be reached" in complaints[-1]
    assert "Traceback" not in "".join(complaints)


def test_rejections_fail_the_run_unless_they_may_be_skipped(empty_v3, tmp_path):
    text = lines(messages(products=[product(sku="A"), product("x" * 81, sku="B")]))
    results = tmp_path / "results.jsonl"
    config = {**empty_v3.config(), "results_path": str(results)}

    code, _, complaints = command(config, text, tmp_path)
    assert code == 1
    assert "1 record was rejected" in complaints[-1]
    written = [json.loads(line) for line in results.read_text().splitlines()]
    assert [result["outcome"] for result in sorted(written, key=lambda result: result["line"])] == [
        "created",
        "rejected",
    ]
    assert command({**config, "on_reject": "skip"}, text, tmp_path)[0] == 0


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_about_shows_every_setting_and_marks_secrets(form):
    done = call(main, "--about", "--format", form)
    assert done.code == 0
    for setting in ("api_key", "results_path", "stream_options", "batch_size_rows", "stream_maps"):
        assert setting in done.out
    if form == "json":
        settings = json.loads(done.out)["settings"]["properties"]
        assert [name for name in settings if settings[name].get("writeOnly")] == [
            "api_key",
            "app_secret",
            "refresh_token",
        ]


def test_a_signal_ends_the_run_with_the_last_applied_state(empty_v3, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**empty_v3.config(), **FAST, "batch_size_rows": 1}))
    arguments = [TARGET, "--config", str(path)]
    with Forked(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        running.stdin.write(lines([schema("products"), record("products", product(sku="A")), state(1)]))
        running.stdin.flush()
        assert running.stdout.readline() == "1\n"
        running.send_signal(signal.SIGTERM)
        reported, log = running.communicate()
    assert running.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in log
    assert reported == ""


def test_a_signal_in_the_middle_of_a_batch_acknowledges_nothing_unwritten(empty_v3, tmp_path):
    empty_v3.faults.plan({"operation": "products.bulk-create", "action": {"delay": 1.0}})
    results = tmp_path / "results.jsonl"
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**empty_v3.config(), **FAST, "batch_size_rows": 1, "results_path": str(results)}))
    listed = [schema("products")]
    for number in range(20):
        listed += [record("products", product(sku=f"S{number}")), state(number)]
    with Forked(
        [TARGET, "--config", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        running.stdin.write(lines(listed))
        running.stdin.close()
        first = running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        rest = running.stdout.read()
        running.wait()
    reported = [int(line) for line in (first + rest).splitlines()]
    written = [json.loads(line) for line in results.read_text().splitlines()]
    assert running.returncode == 128 + signal.SIGTERM
    # The signal may come while a record is sent: it is finished, and its STATE is not read any more.
    assert reported == list(range(len(reported)))
    assert len(written) - len(reported) in {0, 1}
    assert len(written) == len(empty_v3.state()["products"])
    assert len(written) < 20


def test_a_results_file_that_cannot_be_written_is_reported(empty_v3, tmp_path):
    assert "`results_path`" in complains(tmp_path, {**empty_v3.config(), "results_path": str(tmp_path)})


@pytest.mark.parametrize("record_of", [["x"], "x", 1, None])
def test_a_record_that_is_no_object_is_reported_by_its_line(record_of, empty_v3, tmp_path):
    broken = {"type": "RECORD", "stream": "products", "record": record_of}
    assert "Line 2 " in complains(tmp_path, empty_v3.config(), lines([schema("products"), broken]))


def test_options_of_an_unknown_stream_are_reported(empty_v3, tmp_path):
    options = {"product": {"command": "update"}}
    assert "names product" in complains(tmp_path, {**empty_v3.config(), "stream_options": options})


def test_a_terminal_as_input_is_named(empty_v3, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(empty_v3.config()))
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")  # Ctrl-D
    with os.fdopen(theirs) as terminal:
        done = call(main, "--config", path, stdin=terminal)
    os.close(ours)
    assert (done.code, done.err.count("Messages are read from the terminal, until Ctrl-D.")) == (0, 1)


def test_a_batch_message_is_refused(empty_v3, tmp_path):
    batch = {"type": "BATCH", "stream": "products", "encoding": {"format": "jsonl"}, "manifest": []}
    assert "BATCH" in complains(tmp_path, empty_v3.config(), lines([schema("products"), batch]))


def test_a_results_file_on_a_full_disk_is_reported_once(empty_v3, tmp_path):
    line = complains(tmp_path, {**empty_v3.config(), "results_path": "/dev/full"})
    assert "`results_path` cannot be written: No space left" in line


def test_a_state_that_a_full_disk_refuses_is_reported_once(empty_v3, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**empty_v3.config(), "index_lag_seconds": 0}))
    with Path("/dev/full").open("w") as full:
        done = run_forked([TARGET, "--config", path], input=ONE, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    (complaint,) = complaints_of(done.stderr)
    assert "Standard output cannot be written: No space left" in complaint
