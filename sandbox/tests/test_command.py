from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sandbox_support.command import free_port, read_config, start
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.__main__ import main


@pytest.fixture
def refused(capsys):
    """Run the command in this process, which must end with a code; return what it writes to stderr."""

    def run(*arguments, code=2):
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        assert ended.value.code == code
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.services), signal.SIGTERM])
def test_without_arguments_it_serves_a_shop_until_it_is_stopped(number):
    with start(popen=subprocess.Popen) as process:
        config, printed = read_config(process)
        assert config["requests_per_minute"] == 200
        assert config["site_id"] in printed
        assert "products" in printed
        headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        path = "/stores/v3/products/query"
        answer = requests.post(config["api_url"] + path, json={}, headers=headers, timeout=60)
        assert len(answer.json()["products"]) == 60
        process.send_signal(number)
        rest = process.stdout.read()  # to the end; `communicate` would miss what is buffered here already
        _, errors = process.communicate(timeout=60)
    assert f"Page for a browser: {config['api_url']}/\n" in rest
    assert (process.returncode, errors) == (0, "")


LIGHT = """
import signal, sys
from wix_sandbox import start
assert not {"starlette", "uvicorn", "rich"} & set(sys.modules), "slow imports before Ctrl-C is handled"
seen = []
def imported(name):
    seen.append((name, signal.getsignal(signal.SIGINT)))
    return type("module", (), {"main": lambda: seen.append(("main", signal.getsignal(signal.SIGINT)))})
start.import_module = imported
start.main()
assert seen == [("wix_sandbox.__main__", signal.SIG_DFL), ("main", signal.default_int_handler)], seen
"""


def test_ctrl_c_during_its_imports_ends_it_without_a_traceback():
    subprocess.run([sys.executable, "-c", LIGHT], check=True)


def test_the_config_file_appears_once_the_server_answers_and_the_store_outlives_it(tmp_path):
    config, store = tmp_path / "config.json", tmp_path / "shop.db"
    arguments = ["--empty", "--catalog", "v1", "--latency", "1ms", "--quota", "0"]
    with start(*arguments, "--store", str(store), "--write-config", str(config)) as process:
        printed, _ = read_config(process)
        assert json.loads(config.read_text()) == printed
        assert "requests_per_minute" not in printed
        health = requests.get(printed["api_url"] + "/_sandbox/health", timeout=60).json()
        assert health["catalog"] == "v1"
        process.terminate()
        process.communicate(timeout=60)
    with Sandbox(SandboxOptions(catalog="v1", store=store)).serve() as site:
        assert [each["name"] for each in site.state()["collections"]] == ["All Products"]


def test_it_serves_an_account_of_many_sites(tmp_path):
    file = tmp_path / "config.json"
    with start("--sites", "3", "--size", "2", "--write-config", str(file)) as process:
        config, _ = read_config(process)
        assert json.loads(file.read_text()) == config
        sites = requests.get(config["api_url"] + "/_sandbox/sites", timeout=60).json()["sites"]
        assert [(each["catalog"], each["size"]) for each in sites] == [("v3", 2), ("v1", 2), ("v3", 2)]
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sites", "0"], "--sites needs a number of 1 or more"),
        (["--sites", "2", "--store", "shop.db"], "--store keeps one site"),
        (["--seed", "/nowhere/shop.json"], "cannot read state from /nowhere/shop.json"),
        (["--sites", "2", "--seed", "/nowhere/shop.json"], "cannot read state from /nowhere/shop.json"),
        (["--host", "192.0.2.1"], "no TLS"),
        (["--host", "0.0.0.0", "--control-token", "short"], "16 to 200"),
        (["--port", "99999"], "0-65535"),
        (["--latency", "soon"], "not a duration"),
        (["--index-lag", "2000"], "0 to 60 seconds"),
        (["--size", "-1"], "not a number of 0 or more"),
        (["--size", "9" * 15], "size must be 0 to 10,000,000"),
        (["--size", "9" * 5000], "not a number of 0 or more"),
        (["--quota", "9" * 15], "quota must be 0 to 1,000,000"),
        (["--latency", "9" * 15], "latency must be 0 to 86,400"),
        (["--media-delay", "9" * 400], "not a duration"),
        (["--catalog", "v2"], "invalid choice"),
        (["--empty", "--size", "3"], "not allowed with"),
        (["--store", "/nowhere/shop.json"], "not a folder"),
        (["--write-config", "/nowhere/config.json"], "not a folder"),
        (["--store", "."], "it is a folder"),
        (["--store", "/proc/shop.db"], "cannot be opened"),
        (["--write-config", "."], "it is a folder"),
        (["--store", "/dev/null"], "it is not a regular file"),
        (["--empty", "--write-config", "/proc"], "cannot write /proc"),
    ],
)
def test_nonsense_is_refused_with_a_line_and_exit_2(refused, arguments, said):
    errors = refused(*arguments)
    assert said in errors
    assert len(errors.splitlines()) == 1


def test_an_account_of_both_catalogs_refuses_a_seed_of_one(refused, tmp_path):
    seed = tmp_path / "shop.json"
    with Sandbox().serve() as site:
        seed.write_text(json.dumps(site.state()))
    assert "v3" in refused("--sites", "2", "--seed", str(seed))


def test_a_file_with_the_key_of_a_real_site_is_not_replaced(refused, tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"api_key": "IST.mine"}')
    assert "it has other contents than a config of wix-sandbox" in refused("--empty", "--write-config", str(file))
    assert file.read_text() == '{"api_key": "IST.mine"}'


def test_a_killed_sandbox_has_kept_its_state(tmp_path):
    store = tmp_path / "shop.db"
    with start("--empty", "--store", str(store)) as process:
        config, _ = read_config(process)
        headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        body = {"info": {"name": {"first": "Ada"}}}
        requests.post(config["api_url"] + "/contacts/v4/contacts", json=body, headers=headers, timeout=60)
        process.kill()
        process.communicate(timeout=60)
    with start("--store", str(store)) as process:
        config, _ = read_config(process)
        state = requests.get(config["api_url"] + "/_sandbox/state", timeout=60).json()
        process.terminate()
        process.communicate(timeout=60)
    assert [contact["info"]["name"]["first"] for contact in state["contacts"]] == ["Ada"]


def test_a_state_of_the_other_catalog_is_refused(tmp_path):
    seed = tmp_path / "shop.json"
    with Sandbox(SandboxOptions(catalog="v3")).serve() as site:
        seed.write_text(json.dumps(site.state()))
    with start("--catalog", "v1", "--seed", str(seed)) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == "wix-sandbox: the state contains a shop of catalog v3: start with --catalog v3\n"


def test_the_config_can_be_a_file_of_variables_for_both_plugins(tmp_path):
    config = tmp_path / ".env"
    with start("--empty", "--write-config", str(config)) as process:
        printed, _ = read_config(process)
        process.terminate()
        process.communicate(timeout=60)
    variables = dict(line.split("=", 1) for line in config.read_text().splitlines())
    assert variables == {
        f"{of}_{name.upper()}": str(value) for of in ("TAP_WIX", "TARGET_WIX") for name, value in printed.items()
    }


def test_a_port_in_use_is_refused(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        errors = refused("--empty", "--port", port)
    assert errors == f"wix-sandbox: cannot serve on 127.0.0.1:{port}: Address already in use\n"


def test_a_kept_shop_says_so_and_what_does_not_count(tmp_path):
    store = tmp_path / "shop.db"
    for said in (
        f"The state is kept in {store} from now on.",
        f"The state was read from {store}; --size only has an effect on a new file.",
    ):
        with start("--size", "2", "--store", str(store)) as process:
            lines = []
            while "Ctrl-C stops.\n" not in lines:
                lines.append(process.stdout.readline())
                assert lines[-1], process.stderr.read()
            assert f"{said}\n" in lines
            process.terminate()
            process.communicate(timeout=60)


def test_a_size_above_the_limit_of_products_says_so():
    with start("--size", "50001", "--sites", "1") as process:  # the shops of an account are filled when they are asked
        _, printed = read_config(process)
        process.terminate()
        process.communicate(timeout=60)
    assert "A shop has at most 50,000 products; --size 50001 is for contacts and orders only.\n" in printed


@pytest.mark.parametrize("argument", ["--help", "--version", "--empty"])
def test_output_on_a_full_disk_ends_it_with_a_line_and_exit_1(refused, monkeypatch, argument):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert refused(argument, code=1) == "wix-sandbox: standard output cannot be written: No space left on device\n"


def test_it_continues_to_serve_when_its_output_is_not_read(tmp_path):
    config, port = tmp_path / "config.json", free_port()
    with start("--empty", "--port", port, "--write-config", str(config)) as process:
        process.stdout.close()
        while not config.exists():
            assert process.poll() is None
            time.sleep(0.02)
        for _ in range(10):
            assert requests.get(f"http://127.0.0.1:{port}/_sandbox/health", timeout=60).json()["status"] == "ok"
        process.terminate()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""
