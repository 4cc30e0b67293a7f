"""`retry_results`: what an earlier run settled is left out, everything else is sent."""

from __future__ import annotations

from typing import Any

import pytest

from target_wix.errors import TargetError
from target_wix.results import EarlierResults
from tests.target.kill.lives import End, live
from tests.target.runs import command, lines, load, messages, product, record, schema, writes
from tests.target.test_product_rows import SHIRTS, shirt
from wix_api.errors import SettingsError
from wix_sandbox import Sandbox, SandboxOptions

LONG = "x" * 81


def retry(site, tmp_path, listed, **settings: Any):
    """Retry the results of the last run, into the same file."""
    site.journal.clear()
    return load(site, tmp_path, listed, retry_results=str(tmp_path / "results.jsonl"), **settings)


def products(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [product(name, sku=f"S{number}", **more) for number, name in enumerate(names)]


def test_only_what_was_rejected_is_sent_again(empty_v3, tmp_path, run):
    before = run(empty_v3, messages(products=products("Cup", LONG, "Plate")), on_reject="skip")

    done = retry(empty_v3, tmp_path, messages(products=products("Cup", "Mug", "Plate")))

    assert before.outcomes == ["created", "rejected", "created"]
    assert done.outcomes == ["ignored", "created", "ignored"]
    assert [result["earlier"] for result in done.results] == ["created", None, "created"]
    assert [result["id"] for result in done.results if result["earlier"]] == [before.results[n]["id"] for n in (0, 2)]
    assert writes(empty_v3) == ["products.bulk-create"]


def test_nothing_rejected_means_no_request_at_all(empty_v3, tmp_path, run):
    listed = messages(products=products("Cup", "Mug"))
    run(empty_v3, listed)

    done = retry(empty_v3, tmp_path, listed, store_catalog="v3")

    assert done.outcomes == ["ignored", "ignored"]
    assert done.states == [{"after": "products"}]
    assert len(empty_v3.journal) == 0


def test_an_uncorrected_record_is_rejected_again(empty_v3, tmp_path, run):
    listed = messages(products=products("Cup", LONG))
    run(empty_v3, listed)

    for _ in range(2):
        assert retry(empty_v3, tmp_path, listed).outcomes == ["ignored", "rejected"]
    # A retry of a retry still knows what the first run did.
    corrected = retry(empty_v3, tmp_path, messages(products=products("Cup", "Mug")))
    assert [result["earlier"] for result in corrected.results] == ["created", None]


def test_keys_are_found_where_lines_have_moved(empty_v3, tmp_path, run):
    run(empty_v3, messages(products=products("Cup", LONG, "Plate")))
    cup, mug, plate = products("Cup", "Mug", "Plate")

    done = retry(empty_v3, tmp_path, messages(products=[plate, product("Bowl", sku="new"), mug, cup]))

    assert done.outcomes == ["ignored", "created", "created", "ignored"]


def test_a_record_that_was_rejected_for_its_key_is_sent_with_its_new_one(empty_v3, tmp_path, run):
    # The only record, so only its line shows that it is the same input.
    run(empty_v3, messages(products=[product(LONG, sku="wrong")]))
    assert retry(empty_v3, tmp_path, messages(products=[product("Mug", sku="right")])).outcomes == ["created"]


def test_records_without_a_key_are_known_by_their_line(empty_v3, tmp_path, run):
    nameless = [{**product("Cup"), "_command": "create"}, product("Mug")]
    assert run(empty_v3, messages(products=nameless)).codes == ["NO_KEY"]

    done = retry(empty_v3, tmp_path, messages(products=[nameless[0], product("Mug", sku="S1")]))

    assert done.outcomes == ["ignored", "created"]


def test_a_retry_that_fails_early_keeps_the_results_of_what_it_did_not_reach(empty_v3, tmp_path, run):
    before = run(empty_v3, messages(products=products("Cup", LONG, "Plate")), on_reject="skip")
    corrected = messages(products=products("Cup", "Mug", "Plate"))
    (tmp_path / "results.jsonl").chmod(0o640)

    empty_v3.faults.plan({"operation": "*", "action": {"status": 401}})
    failed = retry(empty_v3, tmp_path, corrected)
    empty_v3.faults.clear()
    cut = retry(empty_v3, tmp_path, [*corrected[:2], {"type": "NONE"}])  # its first record has a new result

    assert "401" in str(failed.error)
    assert failed.results == before.results
    assert [result["earlier"] for result in cut.results] == ["created", None, None]
    assert cut.results[1:] == before.results[1:]
    assert retry(empty_v3, tmp_path, corrected).outcomes == ["ignored", "created", "ignored"]
    assert not (tmp_path / "results.jsonl.new").exists()
    assert (tmp_path / "results.jsonl").stat().st_mode & 0o777 == 0o640  # others may read it, too


def test_a_retry_that_is_killed_sends_no_call_of_the_first_run_again(tmp_path):
    def calls(second: dict[str, Any]) -> list[dict[str, Any]]:
        bodies = ({"info": {"name": {"first": "Ann"}}}, second, {"info": {"name": {"first": "Cid"}}})
        named = {"method": "POST", "path": "/contacts/v4/contacts"}
        return messages(api_calls=[{"id": str(n), "body": body, **named} for n, body in enumerate(bodies)])

    sandbox, results = Sandbox(SandboxOptions(catalog="v3", empty=True)), tmp_path / "results.jsonl"
    sandbox.fill()
    first = live(sandbox, calls({"info": 5}), results, settings={"on_reject": "skip"})
    settings = {"on_reject": "skip", "retry_results": str(results)}
    corrected = calls({"info": {"name": {"first": "Bea"}}})
    killed = live(sandbox, corrected, results, End("result", 1), settings=settings)
    assert killed.killed
    assert killed.results == first.results  # still on disk
    results.write_text(lines(first.results))
    live(sandbox, corrected, results, settings=settings)

    made = [contact["info"]["name"]["first"] for contact in sandbox.site.store.snapshot()["contacts"]]
    assert sorted(made) == ["Ann", "Bea", "Cid"]


def test_records_of_one_key_are_sent_again_together_and_in_order(empty_v3, tmp_path, run):
    run(empty_v3, messages(products=[product("First", sku="A"), product(LONG, sku="A")]))

    done = retry(empty_v3, tmp_path, messages(products=[product("First", sku="A"), product("Second", sku="A")]))

    assert done.outcomes == ["unchanged", "updated"]


def test_a_file_that_a_kill_cut_off_is_read_up_to_the_cut(empty_v3, tmp_path, run):
    # The key comes a second time after the cut: one result settles one record only.
    listed = messages(products=[*products("Cup", "Mug", "Plate"), product("Big cup", sku="S0")])
    run(empty_v3, listed)
    path = tmp_path / "results.jsonl"
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(whole[0] + whole[1] + whole[2][:50])

    done = retry(empty_v3, tmp_path, listed)

    assert done.outcomes == ["ignored", "ignored", "unchanged", "unchanged"]


def test_memberships_find_what_is_left_out_by_ids_of_another_site(empty_v3, tmp_path, run):
    foreign = [f"{number:08d}-1111-4111-8111-111111111111" for number in range(3)]
    collections = [{"id": foreign[0], "name": "Cups"}]
    mugs = [{**product("Mug", sku="A"), "id": foreign[1]}]
    places = [{"collectionId": foreign[0], "productId": foreign[2]}]
    first = run(empty_v3, messages(collections=collections, products=mugs, collection_products=places))
    assert first.codes == ["UNKNOWN_PRODUCT"]

    places = [{"collectionId": foreign[0], "productId": foreign[1]}]
    done = retry(empty_v3, tmp_path, messages(collections=collections, products=mugs, collection_products=places))

    assert done.outcomes == ["ignored", "ignored", "created"]


def test_a_retry_removes_nothing_from_collections(empty_v3, tmp_path, run):
    replace = {"stream_options": {"collection_products": {"mode": "replace"}}}
    places = [{"collection": "Cups", "sku": sku} for sku in ("S0", "S1", "nowhere")]
    listed = messages(collections=[{"name": "Cups"}], products=products("Cup", "Mug"), collection_products=places)
    run(empty_v3, listed, **replace)

    places[2]["sku"] = "S1"
    done = retry(empty_v3, tmp_path, listed, **replace)

    assert done.error is None
    assert writes(empty_v3) == []
    assert done.outcomes[-3:] == ["ignored", "ignored", "unchanged"]


@pytest.mark.parametrize("content", ["", '{"line": 2, "str'])
def test_a_file_without_results_is_reported(tmp_path, content):
    path = tmp_path / "earlier.jsonl"
    path.write_text(content)
    with pytest.raises(SettingsError, match="has no results"):
        EarlierResults(str(path))


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"a": 1}', '{"line": 1, "stream": "products", "outcome": "eaten"}', "\xff"]
)
def test_a_file_that_holds_no_results_is_reported_by_its_line(tmp_path, line):
    good = '{"line": 2, "stream": "products", "key": "", "command": "upsert", "outcome": "created"}'
    path = tmp_path / "earlier.jsonl"
    path.write_bytes(f"{good}\n{line}\n".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"line 2 of .*earlier\.jsonl is not a result"):
        EarlierResults(str(path))


def test_a_missing_file_is_reported_in_one_line(empty_v3, tmp_path):
    config = {**empty_v3.config(), "retry_results": "nowhere.jsonl"}
    code, _, complaints = command(config, lines(messages(products=products("Cup"))), tmp_path)
    assert code == 1
    assert "`retry_results`: nowhere.jsonl cannot be read" in complaints[0]
    assert len(complaints) == 1


def test_the_results_of_another_input_are_refused_before_anything_is_sent(empty_v3, tmp_path, run):
    before = run(empty_v3, messages(products=products("Cup", "Mug")))

    others = [product(f"Other {number}", sku=f"other{number}") for number in range(3)]
    done = retry(empty_v3, tmp_path, messages(products=others))

    assert isinstance(done.error, TargetError)
    assert "none of the first records of stream `products`" in str(done.error)
    assert writes(empty_v3) == []
    assert done.results == before.results


def test_a_stream_that_the_earlier_run_did_not_reach_is_sent_and_named(empty_v3, tmp_path, run, caplog):
    run(empty_v3, messages(products=products("Cup")))

    done = retry(empty_v3, tmp_path, messages(products=products("Cup"), collections=[{"name": "Cups"}]))

    assert sorted(done.outcomes) == ["created", "ignored"]
    assert "collections: " in caplog.text
    assert "has no result of this stream" in caplog.text


def test_a_record_rejected_before_its_conversion_can_be_corrected(empty_v3, tmp_path, run):
    listed = [schema("products"), record("products", {**product("Mug", sku="A"), "_command": "sell"})]
    assert run(empty_v3, listed).codes == ["UNKNOWN_COMMAND"]

    assert retry(empty_v3, tmp_path, messages(products=[product("Mug", sku="A")])).outcomes == ["created"]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("cell", [(0, "name", LONG), (1, "surcharge", "1,50"), (2, "inventory", "x")])
def test_products_in_rows_of_a_file_are_retried_as_wholes(catalog, cell, open_shop, tmp_path, run):
    site, (row, column, value) = open_shop(catalog=catalog, empty=True), cell
    wrong = shirt("S", "M", handle="wrong")
    wrong[row]["record"][column] = value
    good = shirt("S", handle="good"), shirt("S", handle="last")
    assert run(site, [SHIRTS, *good[0], *wrong, *good[1]]).outcomes == ["created", "rejected", "created"]

    done = retry(site, tmp_path, [SHIRTS, *good[0], *shirt("S", "M", handle="wrong"), *good[1]])

    assert done.outcomes == ["ignored", "created", "ignored"]
