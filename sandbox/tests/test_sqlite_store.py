from __future__ import annotations

import signal
import sqlite3
import threading
from contextlib import closing, contextmanager
from functools import partial

import pytest
import requests

from sandbox_support.api import Api, order_body, v3_body
from sandbox_support.command import read_config, start
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.persistence import SqliteStore, StateFileError

PRODUCTS = "/stores/v3/products"


@contextmanager
def serving(store, **options):
    with Sandbox(SandboxOptions(store=store, **options)).serve() as site, requests.Session() as session:
        yield Api(site, session)


def contact(api, name):
    return api.ok("POST", "/contacts/v4/contacts", {"info": {"name": {"first": name}}})["contact"]


def test_what_was_answered_outlives_a_kill_and_nothing_is_there_by_half(tmp_path):
    store, answered = tmp_path / "shop.db", []
    with start("--empty", "--store", str(store), "--quota", "0") as process:
        config, _ = read_config(process)
        headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}

        def write(worker):
            number = 0
            try:
                while True:
                    body = {"product": v3_body(sku=f"{worker}-{number}"), "returnEntity": True}
                    path = f"{config['api_url']}/stores/v3/products-with-inventory"
                    answer = requests.post(path, json=body, headers=headers, timeout=60)
                    answered.append(answer.json()["product"]["id"])
                    number += 1
            except requests.RequestException:  # before an answer, or in the middle of it
                return

        workers = [threading.Thread(target=write, args=(each,)) for each in range(2)]
        for worker in workers:
            worker.start()
        while len(answered) < 25:
            workers[0].join(0.01)
        process.kill()
        for worker in workers:
            worker.join(20)
        process.communicate(timeout=60)
    with serving(store) as api:
        held = api.site.store
        assert set(answered) <= set(held.ids("products"))
        for product in held.all("products"):
            variants = held.find("read_only_variants", "productData.productId", product["id"])
            assert [each["variantId"] for each in variants] == [
                each["id"] for each in product["variantsInfo"]["variants"]
            ]
    assert [each.name for each in tmp_path.iterdir()] == ["shop.db"]


def test_a_change_costs_what_it_changes(tmp_path):
    sandbox = Sandbox(SandboxOptions())
    sandbox.fill()
    store, keeper = sandbox.site.store, SqliteStore(tmp_path / "shop.db")
    keeper.begin(sandbox.site)
    with closing(keeper), keeper.keeping(sandbox.site):
        before = keeper._file.total_changes
        with store.lock:
            store.insert("labels", {"id": "custom.new"})
            store.delete("contacts", store.ids("contacts")[0])
        assert keeper._file.total_changes - before == 3  # two rows and the counters


def test_changes_deletions_counters_and_new_ids_go_on_in_the_next_run(tmp_path):
    store, order = tmp_path / "shop.db", order_body()
    with serving(store) as api:
        gone = api.site.ids("orders")[0]
        api.site.store.delete("orders", gone)
        first = api.ok("POST", "/ecom/v1/orders", {"order": order})["order"]
        before = api.site.state()
    with serving(store) as api:
        assert api.site.state() == before
        second = api.ok("POST", "/ecom/v1/orders", {"order": order})["order"]
        assert int(second["number"]) == int(first["number"]) + 1
        api.control("POST", "reset")
        assert gone in api.site.ids("orders")
        before = api.site.state()
    with serving(store) as api:
        assert api.site.state() == before


def test_changes_that_a_full_disk_refused_are_written_once_there_is_room(tmp_path):
    store = tmp_path / "shop.db"
    with serving(store, empty=True) as api:
        keeper = next(each.func.__self__ for each in api.site.store.lock.ended if isinstance(each, partial))
        keeper._file.execute("PRAGMA max_page_count = 1")  # of the pages that it has
        answer = api.send("POST", "/stores/v3/products", {"product": v3_body(plainDescription="x" * 8000)})
        assert (answer.status_code, answer.json()["message"]) == (
            500,
            f"{store} cannot be written: database or disk is full",
        )
        keeper._file.execute("PRAGMA max_page_count = 1000")
        contact(api, "Ada")
        held = api.site.state()
    with serving(store) as api:
        assert api.site.state() == held


def test_a_store_on_a_full_disk_is_refused_in_one_line(tmp_path):
    keeper = SqliteStore(tmp_path / "shop.db")
    keeper._file.execute("PRAGMA max_page_count = 1")
    sandbox = Sandbox(SandboxOptions())
    sandbox.fill()
    with closing(keeper), pytest.raises(StateFileError, match="cannot be written: database or disk is full"):
        keeper.begin(sandbox.site)


@pytest.mark.services
def test_a_large_shop_is_computed_again_and_what_was_written_to_it_is_kept(tmp_path):
    store = tmp_path / "shop.db"
    options = {"catalog": "absent", "size": 900, "random_seed": 5}
    with serving(store, **options) as api:
        table = api.site.store.table("contacts")
        rows = [table.id(place) for place in table.base_rows[::100]]
        api.site.store.delete("contacts", rows[0])
        api.site.store.update("contacts", api.site.store.get("contacts", rows[1]) | {"revision": 77})
        new = contact(api, "Ada")["id"]
        before = api.site.state()
    with serving(store, catalog="absent") as api:
        assert api.site.state() == before
        assert new in api.site.ids("contacts")
        assert api.site.store.get("contacts", rows[1])["revision"] == 77
        assert len(api.site.store.table("orders").written()) == 500
    with sqlite3.connect(store) as file:
        file.execute("UPDATE facts SET value = '\"0123\"' WHERE name = 'computed'")
    file.close()
    assert "which generated a different shop" in refusal(store, catalog="absent")


def refusal(store, **options):
    with pytest.raises(StateFileError) as caught, serving(store, **options):
        raise AssertionError(store)
    return str(caught.value)


def test_a_second_sandbox_on_the_same_file_is_refused(tmp_path):
    store = tmp_path / "shop.db"
    with serving(store, empty=True) as api:
        assert "is another sandbox using it?" in refusal(store, empty=True)
        with start("--store", str(store)) as process:
            _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors.count("\n")) == (2, 1)
        contact(api, "Ada")


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    store = tmp_path / "shop.json"
    store.write_text('{"products": []}' * 1000)
    assert "is not a wix-sandbox store (a state as JSON is read with --seed)" in refusal(store)
    assert store.read_text() == '{"products": []}' * 1000
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE books (title TEXT)")
    file.close()
    assert "is not a wix-sandbox store" in refusal(other)


def test_a_store_of_the_other_catalog_or_another_version_is_refused(tmp_path):
    store = tmp_path / "shop.db"
    with serving(store, empty=True, catalog="v1"):
        pass
    assert refusal(store) == "the state contains a shop of catalog v1: start with --catalog v1"
    with sqlite3.connect(store) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    assert "another version" in refusal(store, catalog="v1")


def test_a_signal_while_the_shop_is_filled_ends_the_command(tmp_path):
    store = tmp_path / "shop.db"
    with start("--size", "600", "--store", str(store)) as process:
        while not store.exists():
            assert process.poll() is None
            threading.Event().wait(0.005)
        process.send_signal(signal.SIGTERM)
        printed, errors = process.communicate(timeout=60)
    assert (process.returncode, printed, errors) == (0, "", "")
    with serving(store, empty=True) as api:
        assert api.site.ids("products") == []
