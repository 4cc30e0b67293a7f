"""Brands, ribbons and labels: names that a site has once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import run as tap
from tests.target.kill.lives import End, live
from tests.target.runs import messages, product, writes
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

KINDS = {"brands": ("brands", "name"), "ribbons": ("ribbons", "name"), "contact_labels": ("labels", "displayName")}
"""Kind in the sandbox and member of the name, by stream."""
SITES = [("v3", "brands"), ("v3", "ribbons"), ("v3", "contact_labels"), ("v1", "contact_labels")]
DATES = dict.fromkeys(("createdDate", "updatedDate"), "2026-01-02T03:04:05.678Z")


@pytest.fixture(params=SITES, ids=" ".join)
def of(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the catalog and the stream."""
    return request.param


@pytest.fixture
def stream(of: tuple[str, str]) -> str:
    return of[1]


@pytest.fixture
def shop(of: tuple[str, str], open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=of[0], empty=True, random_seed=3)


def rows(stream: str, *names: str, **members: Any) -> list[dict[str, Any]]:
    return [{KINDS[stream][1]: name, **members} for name in names]


def names(shop: RunningSite, stream: str) -> list[str]:
    """Return the names of the site, without those of Wix."""
    kind, member = KINDS[stream]
    return sorted(row[member] for row in shop.state().get(kind, ()) if row.get("labelType") != "SYSTEM")


def key_of(shop: RunningSite, stream: str, name: str) -> dict[str, Any]:
    kind, member = KINDS[stream]
    (found,) = (row for row in shop.state()[kind] if row[member] == name)
    return {"key": found["key"]} if "key" in found else {"id": found["id"]}


def test_names_are_made_changed_and_deleted(shop: RunningSite, stream: str, run: Start) -> None:
    assert run(shop, messages(**{stream: rows(stream, "Kiln", "Clay")})).outcomes == ["created", "created"]
    assert names(shop, stream) == ["Clay", "Kiln"]
    assert run(shop, messages(**{stream: rows(stream, "Kiln", "Clay")})).outcomes == ["unchanged", "unchanged"]
    renamed = rows(stream, "Kiln of Kiel", **key_of(shop, stream, "Kiln"))
    assert run(shop, messages(**{stream: renamed})).outcomes == ["updated"]
    assert names(shop, stream) == ["Clay", "Kiln of Kiel"]
    gone = rows(stream, "Clay", "Glass", _command="delete")
    assert run(shop, messages(**{stream: gone})).outcomes == ["deleted", "unchanged"]
    assert names(shop, stream) == ["Kiln of Kiel"]


def test_a_brand_that_would_get_the_name_of_another_is_rejected_at_once(empty_v3: RunningSite, run: Start) -> None:
    run(empty_v3, messages(brands=rows("brands", "Kiln", "Clay")))
    taken = rows("brands", "Clay", **key_of(empty_v3, "brands", "Kiln"))
    empty_v3.journal.clear()
    done = run(empty_v3, messages(brands=taken))
    assert done.results[0]["error"]["message"].endswith("Another brand has this name. Choose another one.")
    assert writes(empty_v3) == ["brands.bulk-update"]
    freed = rows("brands", "Glass", **key_of(empty_v3, "brands", "Clay"))
    assert run(empty_v3, messages(brands=[*taken, *freed]), batch_size_rows=1).outcomes == ["updated"] * 2
    assert names(empty_v3, "brands") == ["Clay", "Glass"]


def test_what_the_tap_read_is_unchanged(shop: RunningSite, stream: str, run: Start) -> None:
    run(shop, messages(**{stream: rows(stream, "Kiln", "Clay")}))
    read = tap(config(shop), select=(stream,)).records[stream]
    assert len(read) >= 2
    done = run(shop, messages(**{stream: read}))
    assert done.outcomes == ["unchanged"] * len(read), done.results


def test_a_copy_on_another_site_goes_by_names(
    of: tuple[str, str], shop: RunningSite, run: Start, open_shop: Callable[..., RunningSite]
) -> None:
    catalog, stream = of
    other = open_shop(catalog=catalog, empty=True, random_seed=7)
    run(shop, messages(**{stream: rows(stream, "Kiln", "Clay")}))
    run(other, messages(**{stream: rows(stream, "Clay")}))
    read = tap(config(shop), select=(stream,)).records[stream]
    assert {*run(other, messages(**{stream: read})).outcomes} == {"created", "unchanged"}
    assert names(other, stream) == ["Clay", "Kiln"]


def test_a_run_renames_and_refers_to_what_it_made(shop: RunningSite, stream: str, run: Start) -> None:
    run(shop, messages(**{stream: rows(stream, "Kiln")}))
    key = key_of(shop, stream, "Kiln")
    listed = [*rows(stream, "Kiln of Kiel", **key), *rows(stream, "Kiln of Kiel"), *rows(stream, "Kiln")]
    done = run(shop, messages(**{stream: listed}), batch_size_rows=1)
    assert done.outcomes == ["updated", "unchanged", "created"]
    assert names(shop, stream) == ["Kiln", "Kiln of Kiel"]


@pytest.mark.parametrize(
    ("name", "code"), [("x" * 200, "MAX_LENGTH"), (["a"], "WRONG_TYPE"), (None, "NO_KEY"), ("", "NO_KEY")]
)
def test_a_wrong_record_is_rejected_alone(shop: RunningSite, stream: str, run: Start, name: Any, code: str) -> None:
    done = run(shop, messages(**{stream: rows(stream, name, "Kiln")}), on_reject="skip")
    assert done.codes == [code]
    assert done.outcomes == ["rejected", "created"]


def test_a_label_with_a_key_and_a_blank_name_is_rejected(empty_v3: RunningSite, run: Start) -> None:
    """A later run would find no label by the name, nor by the key, which Wix does not take over."""
    done = run(empty_v3, messages(contact_labels=[{"key": "custom.kiln", "displayName": "  "}]), on_reject="skip")
    assert (done.codes, names(empty_v3, "contact_labels")) == (["REQUIRED_FIELD"], [])


def test_a_create_whose_answer_is_lost_is_done_once(shop: RunningSite, stream: str, run: Start) -> None:
    operation = "labels.create" if stream == "contact_labels" else f"{stream}.bulk-get-or-create"
    for drop in ("before", "after"):
        shop.faults.plan({"operation": operation, "action": {"drop": drop}, "times": 1})
        assert run(shop, messages(**{stream: rows(stream, drop)})).outcomes == ["created"]
    assert names(shop, stream) == ["after", "before"]


def test_a_dry_run_decides_and_counts_as_a_run_does(shop: RunningSite, stream: str, run: Start) -> None:
    run(shop, messages(**{stream: rows(stream, "Kiln", "Clay")}))
    listed = [
        *rows(stream, "Kiln of Kiel", **key_of(shop, stream, "Kiln")),
        *rows(stream, "Clay", _command="delete"),
        *rows(stream, "Glass", "Kiln of Kiel"),
    ]
    before = names(shop, stream)
    planned = run(shop, messages(**{stream: listed}), dry_run=True, batch_size_rows=1)
    assert names(shop, stream) == before
    sent = len(shop.journal)
    done = run(shop, messages(**{stream: listed}), batch_size_rows=1)
    assert planned.outcomes == done.outcomes == ["updated", "deleted", "created", "unchanged"]
    assert planned.plan == len(shop.journal) - sent


@pytest.mark.either_catalog
@pytest.mark.parametrize("what", ["before", "after"])
def test_a_run_killed_at_any_call_is_made_good_by_the_next(of: tuple[str, str], what: str, tmp_path: Path) -> None:
    catalog, stream = of
    sandbox = Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=3))
    kind, member = KINDS[stream]

    def lived(listed: list[dict[str, Any]], *end: End) -> Life:
        return live(sandbox, messages(**{stream: listed}), tmp_path / "results.jsonl", *end)

    def there() -> list[str]:
        return sorted(row[member] for row in sandbox.site.store.snapshot()[kind])

    def filled() -> list[dict[str, Any]]:
        sandbox.fill()
        assert lived(rows(stream, "Kiln", "Clay")).error is None
        (kiln,) = (row for row in sandbox.site.store.snapshot()[kind] if row[member] == "Kiln")
        key = {name: kiln[name] for name in ("key", "id") if name in kiln}
        return [
            *rows(stream, "Kiln of Kiel", **key),
            *rows(stream, "Clay", _command="delete"),
            *rows(stream, "Glass"),
        ]

    calls = lived(filled()).counts[what]
    wanted = there()
    assert calls > 3
    for call in range(1, calls + 1):
        listed = filled()
        assert lived(listed, End(what, call)).killed
        assert lived(listed).error is None
        assert there() == wanted
        sandbox.app.journal.clear()
        assert {result["outcome"] for result in lived(listed).results} == {"unchanged"}
        assert writes(sandbox.app) == []


# What is special of one of them


def test_catalog_v1_has_no_brands(open_shop: Callable[..., RunningSite], run: Start) -> None:
    shop = open_shop(catalog="v1", empty=True)
    done = run(shop, messages(brands=rows("brands", "Kiln"), contact_labels=rows("contact_labels", "Kiln")))
    assert done.codes == ["NOT_ON_CATALOG_V1"]
    assert "`products`" in done.results[0]["error"]["message"]
    assert done.outcomes == ["rejected", "created"]


def test_two_ribbons_with_one_name_are_distinguished_by_their_ids(
    open_shop: Callable[..., RunningSite], run: Start
) -> None:
    twins = [
        {"id": f"00000000-0000-4000-8000-00000000000{n}", "name": "Sale", "revision": "1", **DATES} for n in (1, 2)
    ]
    shop = open_shop(catalog="v3", seed={"ribbons": twins})
    one = {"id": twins[0]["id"], "name": "Final sale"}
    done = run(shop, messages(ribbons=[*rows("ribbons", "Sale"), one]), on_reject="skip")
    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert names(shop, "ribbons") == ["Final sale", "Sale"]


def test_an_ambiguous_label_is_told_by_its_key(open_shop: Callable[..., RunningSite], run: Start) -> None:
    label = {"displayName": "News", "labelType": "USER_DEFINED", "namespace": "custom", **DATES}
    shop = open_shop(
        catalog="v3", seed={"labels": [{**label, "id": key, "key": key} for key in ("custom.a", "custom.b")]}
    )
    done = run(shop, messages(contact_labels=rows("contact_labels", "News")))
    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert "add the `key` of one" in done.results[0]["error"]["message"]


def test_labels_of_wix_stay_as_they_are(open_shop: Callable[..., RunningSite], run: Start) -> None:
    shop = open_shop(catalog="v3", empty=True)
    theirs = {"key": "contacts.customers", "labelType": "SYSTEM", "displayName": "Kunden"}
    unknown = {"key": "contacts.servers", "labelType": "SYSTEM", "displayName": "Servers"}
    before = shop.state()["labels"]
    done = run(shop, messages(contact_labels=[theirs, unknown, {**theirs, "_command": "delete"}]))
    assert done.outcomes == ["unchanged", "ignored", "ignored"]
    assert shop.state()["labels"] == before


def test_others_find_what_the_run_made(open_shop: Callable[..., RunningSite], run: Start) -> None:
    shop = open_shop(catalog="v3", empty=True)
    mug = product("Mug", sku="M")
    run(shop, messages(products=[mug]))
    listed = messages(
        contacts=[{"email": "ada@example.com", "labels": ["Press"]}],
        contact_labels=rows("contact_labels", "Press"),
        products=[{**mug, "brand": {"name": "Kiln"}}],
        brands=rows("brands", "Kiln"),
    )
    done = run(shop, listed)
    assert done.outcomes == ["created", "created", "updated", "created"], done.results
    assert (names(shop, "brands"), names(shop, "contact_labels")) == (["Kiln"], ["Press"])


def test_contacts_of_a_copy_keep_their_labels(open_shop: Callable[..., RunningSite], run: Start) -> None:
    old, new = open_shop(catalog="v3", empty=True), open_shop(catalog="v1", empty=True, random_seed=5)
    run(old, messages(contact_labels=rows("contact_labels", "Press", "Friends")))
    run(old, messages(contacts=[{"email": f"{name}@example.com", "labels": [name]} for name in ("press", "friends")]))
    run(old, messages(contact_labels=rows("contact_labels", "Media", key="custom.press")))
    read = tap(config(old), select=("contacts", "contact_labels")).messages

    assert run(new, read, batch_size_rows=1).codes == []  # as with more contacts than fit into a batch

    labels = {row["key"]: row["displayName"] for row in new.state()["labels"]}
    given = [row["info"]["labelKeys"]["items"] for row in new.state()["contacts"]]
    assert sorted(labels[key] for (key,) in given) == ["Friends", "Media"]
    new.journal.clear()
    assert set(run(new, read).outcomes) == {"unchanged"}
    assert writes(new) == []
