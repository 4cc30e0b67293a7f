"""Records that are repeated cost no requests, as long as the run wrote nothing else in between."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.change import Command
from target_wix.memory import digest_of
from tests.target.runs import messages, product, writes
from wix_sandbox.resources.forms import CONTACT_FORM

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

MUG = product(sku="A", handle="mug")
VASE = product("Vase", sku="B", handle="vase")
DELETED = {**MUG, "_command": "delete"}
ADA = {"info": {"name": {"first": "Ada"}, "emails": {"items": [{"email": "ada@example.com", "tag": "MAIN"}]}}}
SHOP = {"products": [MUG, VASE], "collections": [{"name": "Cups"}]}
TALK = "00000000-0000-4000-8000-00000000000b"
STREAMS: dict[str, Any] = {
    "products": MUG,
    "collections": {"name": "Bowls"},
    "collection_products": {"collection": "Cups", "handle": "mug"},
    "inventory_items": {"sku": "A", "quantity": 5},
    "product_variants": {"sku": "A", "price": {"actualPrice": {"amount": "7"}}},
    "contacts": ADA,
    "contact_labels": {"displayName": "Press"},
    "api_calls": {"method": "POST", "path": "/contacts/v4/labels", "body": {"displayName": "Press"}},
    "messages": {"conversationId": TALK, "text": "Ready"},
    "form_submissions": {
        "formId": CONTACT_FORM,
        "submissions": {"first_name_f409": "Ada", "email_9c1e": "a@b.example"},
    },
}


@pytest.fixture(params=["v1", "v3"])
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


def cost(site: RunningSite, run: Callable[..., Run], stream: str, *entities: Any) -> tuple[int, Run]:
    """Requests of a run, and what it gave."""
    site.journal.clear()
    done = run(site, messages(**{stream: list(entities)}))
    return len(site.journal.entries), done


@pytest.mark.either_catalog
@pytest.mark.parametrize("stream", STREAMS)
def test_a_record_that_is_repeated_costs_nothing(stream: str, site: RunningSite, run: Callable[..., Run]) -> None:
    run(site, messages(**SHOP))
    site.site.store.insert("inbox_conversations", {"id": TALK, "participant": {"anonymousVisitorId": TALK}})
    site.journal.clear()
    one = run(site, messages(**{stream: [STREAMS[stream]]}))
    alone = len(site.journal.entries)
    requests, again = cost(site, run, stream, *[STREAMS[stream]] * 300)
    assert one.error is None
    assert again.outcomes[1:] == ["unchanged"] * 299
    assert len({result["id"] for result in again.results}) == 1
    assert requests <= alone


def test_a_delete_that_is_repeated_costs_nothing(site: RunningSite, run: Callable[..., Run]) -> None:
    run(site, messages(products=[MUG, VASE]))
    requests, done = cost(site, run, "products", *[DELETED] * 300)
    assert done.outcomes == ["deleted", *["unchanged"] * 299]
    assert requests <= 4
    assert [each["name"] for each in site.state()["products"]] == ["Vase"]


def test_a_rejection_that_is_repeated_costs_nothing(site: RunningSite, run: Callable[..., Run]) -> None:
    requests, done = cost(site, run, "products", *[product("x" * 90, sku="A")] * 300)
    assert done.codes == ["MAX_LENGTH"] * 300
    assert len({result["error"]["message"] for result in done.results}) == 1
    assert requests <= 3


def test_records_that_take_turns_are_all_written(site: RunningSite, run: Callable[..., Run]) -> None:
    cheap, dear = product(sku="A", handle="mug", price=1), product(sku="A", handle="mug", price=2)
    done = run(site, messages(products=[cheap, dear, cheap, dear, dear, cheap]))
    assert done.outcomes == ["created", "updated", "updated", "updated", "unchanged", "updated"]
    assert run(site, messages(products=[cheap])).outcomes == ["unchanged"]


@pytest.mark.either_catalog
def test_records_that_name_one_entity_by_different_keys_are_written_in_their_order(
    site: RunningSite, run: Callable[..., Run]
) -> None:
    run(site, messages(contacts=[ADA], collections=[{"name": "Cups", "slug": "cups"}], products=[MUG]))
    state = site.state()
    (ada,), (mug,) = state["contacts"], state["products"]
    cups = next(one for one in state.get("categories", state.get("collections")) if one["name"] == "Cups")
    pair = {"collectionId": cups["id"], "productId": mug["id"]}

    done = run(
        site,
        messages(
            contacts=[{"email": "ada@example.com", "company": "Kiln"}, {"id": ada["id"], "company": ""}],
            products=[{"sku": "A", "name": "Cup"}, {"id": mug["id"], "name": mug["name"]}],
            collections=[{"slug": "cups", "name": "Bowls"}, {"id": cups["id"], "name": "Cups"}],
            collection_products=[{"collection": "Cups", "sku": "A"}, {**pair, "_command": "delete"}],
        ),
    )

    assert done.outcomes == ["updated"] * 6 + ["created", "deleted"]


@pytest.mark.either_catalog
@pytest.mark.parametrize("order", [(0, 0, 1), (0, 1, 0)])
def test_the_last_of_several_records_that_name_one_entity_by_different_keys_wins(
    order: tuple[int, ...], site: RunningSite, run: Callable[..., Run]
) -> None:
    run(site, messages(contacts=[ADA], products=[MUG]))
    state = site.state()
    (ada,), (mug,) = state["contacts"], state["products"]
    keys = {
        "contacts": [{"email": "ada@example.com"}, {"id": ada["id"]}],
        "products": [{"sku": "A"}, {"id": mug["id"]}],
    }
    member = {"contacts": "company", "products": "name"}
    listed = {
        stream: [{**keys[stream][key], member[stream]: f"Kiln {at}"} for at, key in enumerate(order)] for stream in keys
    }

    done = run(site, messages(**listed))

    assert done.outcomes == ["updated"] * 2 * len(order)
    state = site.state()
    assert state["contacts"][0]["info"]["company"] == state["products"][0]["name"] == f"Kiln {len(order) - 1}"


@pytest.mark.either_catalog
def test_a_record_by_another_key_is_written_before_one_that_needs_its_value(
    site: RunningSite, run: Callable[..., Run]
) -> None:
    run(site, messages(products=[MUG]))
    (mug,) = site.state()["products"]
    records = [{"sku": "A", "name": "Cup"}, {"id": mug["id"], "slug": "cup"}, {"slug": "cup", "name": "Bowl"}]

    done = run(site, messages(products=records), stream_options={"products": {"match_on": ["id", "slug", "sku"]}})

    assert done.outcomes == ["updated"] * 3
    assert [product["name"] for product in site.state()["products"]] == ["Bowl"]


def test_records_of_one_contact_keep_their_order_beside_other_records(
    empty_v3: RunningSite, run: Callable[..., Run]
) -> None:
    both = {"info": {"emails": {"items": [{"email": "a@example.com"}, {"email": "b@example.com"}]}}}
    run(empty_v3, messages(contacts=[both]))
    rows = [
        {"email": "c@example.com", "_command": "delete"},
        {"company": "Kiln", "info": {"emails": {"items": [{"email": "b@example.com"}, {"email": "c@example.com"}]}}},
        {"email": "a@example.com", "company": "Clay"},  # who is nobody any more
    ]

    done = run(empty_v3, messages(contacts=rows))

    assert done.outcomes == ["unchanged", "updated", "created"]


@pytest.mark.either_catalog
def test_a_key_that_a_record_has_taken_away_matches_no_later_one(site: RunningSite, run: Callable[..., Run]) -> None:
    both = {"info": {"emails": {"items": [{"email": "a@example.com"}, {"email": "b@example.com"}]}}}
    run(site, messages(contacts=[both], collections=[{"name": "Cups", "slug": "cups"}]))
    rows = [{"info": {"emails": {"items": [{"email": "b@example.com"}]}}}, {"email": "a@example.com"}]
    names = [{"name": "Bowls", "slug": "cups"}, {"name": "Cups"}]

    done = run(
        site,
        messages(
            contacts=[rows[0], {**rows[1], "_command": "delete"}],
            collections=[names[0], {**names[1], "_command": "delete"}],
        ),
    )

    assert done.outcomes == ["updated", "unchanged"] * 2
    assert len(site.state()["contacts"]) == 1


def test_a_phone_that_two_contacts_share_matches_neither(empty_v3: RunningSite, run: Callable[..., Run]) -> None:
    phone = {"phone": "+1 555 0101"}
    run(empty_v3, messages(contacts=[{"email": "a@example.com", **phone}]))

    rows = [{"email": "b@example.com", **phone}, {**phone, "firstName": "Ada"}]
    done = run(empty_v3, messages(contacts=rows), on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH"]


@pytest.mark.either_catalog
def test_a_collection_of_a_slug_is_made_before_a_record_of_its_name(site: RunningSite, run: Callable[..., Run]) -> None:
    rows = [{"name": "Cups", "slug": "cups"}, {"name": "Cups", "_command": "delete"}]

    assert run(site, messages(collections=rows)).outcomes == ["created", "deleted"]


def test_the_last_record_wins_behind_a_repeat(empty_v3: RunningSite, run: Callable[..., Run]) -> None:
    run(empty_v3, messages(contacts=[ADA]))
    (ada,) = empty_v3.state()["contacts"]
    same = {"email": "ada@example.com", "firstName": "Ada"}
    rows = [same, same, {**same, "company": "2"}, {"id": ada["id"], "company": "3"}]

    done = run(empty_v3, messages(contacts=rows))

    assert done.outcomes == ["unchanged"] * 2 + ["updated"] * 2
    assert empty_v3.state()["contacts"][0]["info"]["company"] == "3"


def test_the_last_record_wins_though_it_repeats_one_before_another_key(
    site: RunningSite, run: Callable[..., Run]
) -> None:
    run(site, messages(products=[MUG]))
    mug = site.state()["products"][0]["id"]
    by_id, by_sku = {"productId": mug, "quantity": 1}, {"sku": "A", "quantity": 5}

    done = run(
        site, messages(inventory_items=[{"sku": "A", "quantity": 2}, {**by_id, "quantity": 3}, by_id, by_sku, by_id])
    )

    assert done.outcomes[1:] == ["updated"] * 4


def test_a_record_is_written_again_after_it_was_deleted(site: RunningSite, run: Callable[..., Run]) -> None:
    done = run(site, messages(products=[MUG, DELETED, MUG, MUG, DELETED, DELETED]), max_deletes="off")
    assert done.outcomes == ["created", "deleted", "created", "unchanged", "deleted", "unchanged"]
    held = run(site, messages(products=[MUG, DELETED, MUG, MUG, DELETED, DELETED]))
    assert held.outcomes == ["created", "deleted", "created", "unchanged", "deleted", "unchanged"]
    assert not site.state().get("products")


def test_a_record_of_another_stream_in_between_is_not_forgotten(site: RunningSite, run: Callable[..., Run]) -> None:
    counted = product(sku="A", handle="mug", variant={"inventoryItem": {"quantity": 3}})
    listed = [
        *messages(products=[counted]),
        *messages(inventory_items=[{"sku": "A", "quantity": 8}])[:2],
        *messages(products=[counted]),
    ]
    done = run(site, listed, batch_size_rows=1)
    assert done.outcomes == ["created", "updated", "updated"]


def test_records_without_a_key_are_all_made(site: RunningSite, run: Callable[..., Run]) -> None:
    nameless = {**product("Blue mug"), "_command": "create"}
    done = run(site, messages(products=[nameless] * 3))
    assert done.outcomes == ["created"] * 3
    assert len(site.state()["products"]) == 3


def test_numbers_texts_and_commands_distinguish_records() -> None:
    records = [{"a": "1.5"}, {"a": Decimal("1.5")}, {"a": None}, {}, {"b": "1.5"}]
    digests = {digest_of(command, record) for command in (Command.UPSERT, Command.DELETE) for record in records}
    assert len(digests) == 2 * len(records)
    assert digest_of(Command.UPSERT, {"a": object()}) == b""


def test_a_dry_run_says_the_same(site: RunningSite, run: Callable[..., Run]) -> None:
    done = run(site, messages(products=[MUG, MUG, VASE, MUG]), dry_run=True)
    assert done.outcomes == ["created", "unchanged", "created", "unchanged"]
    assert writes(site) == []
