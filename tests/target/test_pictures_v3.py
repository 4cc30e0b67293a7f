"""Pictures of V3 products: taken in later, lost, named otherwise, shown by choices, and Wix's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_wix.domains import media
from tests.target.kill.lives import End
from tests.target.runs import messages, product, record, schema, state, writes
from tests.target.site_v3 import SiteV3, outcomes, site_v3
from wix_sandbox.resources.media_files import file_id, hosted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Entity = dict[str, Any]

URLS = [f"https://pictures.example.com/{name}.jpg" for name in "abc"]
A, B, C = map(file_id, URLS)
NEVER_MS = 10_000_000
SOON_MS = 20_000
UPDATES = ["products.bulk-update"]


def pictures(*urls: str, **texts: Any) -> Entity:
    return {"itemsInfo": {"items": [{"url": url, **texts} for url in urls]}}


def mug(*urls: str, **members: Any) -> Entity:
    return product(sku="MUG", media=pictures(*urls), **members)


def files(site: SiteV3) -> list[str | None]:
    """The files of the one product."""
    return [item.get("id") for item in site.product["media"]["itemsInfo"]["items"]]


def queries_by_id(site: SiteV3) -> int:
    bodies = [body for path, body in site.sent if path.endswith("/products/query")]
    return sum("id" in body["query"].get("filter", {}) for body in bodies)


def set_files(site: SiteV3, change: Callable[[list[Entity]], list[Entity]]) -> None:
    items = change(site.product["media"]["itemsInfo"]["items"])
    site.change(media={"itemsInfo": {"items": items}, "main": items[0]})


# Taken in later


def test_pictures_that_are_taken_in_within_a_minute_cost_one_query(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)

    done = site.load(products=[mug(*URLS), product("Plain mug", sku="PLAIN")])

    assert outcomes(done) == ["created"] * 2
    assert [path for path, _ in site.sent][-2:] == ["/stores/v3/bulk/products/create", "/stores/v3/products/query"]
    assert outcomes(site.load(products=[mug(*URLS)])) == ["unchanged"]


def test_pictures_that_wix_has_at_once_are_not_looked_at_again(site: SiteV3) -> None:
    site.load(products=[mug(*URLS)])

    assert queries_by_id(site) == 0


@pytest.mark.parametrize("is_new", [True, False])
def test_a_picture_that_wix_lost_is_sent_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_new: bool
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)
    if not is_new:
        site.load(products=[product(sku="MUG")])
    lose = lambda answer: set_files(site, lambda items: items[1:])  # noqa: E731 - an answer is given to it
    site.alter("/create" if is_new else "/update", lose)

    done = site.load(products=[mug(*URLS)])

    assert [(result["outcome"], result["fields"]) for result in done.results] == [
        ("created", []) if is_new else ("updated", ["media"])
    ]
    assert [item.get("url") or item["id"] for item in site.updated[-1]["media"]["itemsInfo"]["items"]] == [
        URLS[0],
        B,
        C,
    ]
    site.sandbox.site.clock.shift(60)
    assert outcomes(site.load(products=[mug(*URLS)])) == ["unchanged"]
    assert files(site) == [A, B, C]


def test_a_picture_that_never_arrives_is_sent_once_more_in_each_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=NEVER_MS)

    assert outcomes(site.load(products=[mug(URLS[0])])) == ["created"]

    assert writes(site.sandbox.app) == ["products.bulk-create", *UPDATES]
    assert outcomes(site.load(products=[mug(URLS[0])])) == ["unchanged"]
    site.sandbox.site.clock.shift(60)
    assert outcomes(site.load(products=[mug(URLS[0])])) == ["updated"]


def test_a_product_after_a_held_delete_is_looked_at_again_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)
    site.load(products=[mug(*URLS)])

    done = site.load(products=[{"sku": "MUG", "_command": "delete"}, mug(*URLS)])

    assert outcomes(done) == ["deleted", "created"]
    assert site.sent[-1][0] == "/stores/v3/products/query"


def test_no_state_passes_a_product_whose_pictures_were_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)
    plain, pictured = product("Plain mug", sku="PLAIN"), mug(*URLS)
    listed = [schema("products"), record("products", plain), state(1), record("products", pictured), state(2)]
    clean = site.load(listed, settings={"batch_size_rows": 1})
    assert clean.states == [1, 2]
    site.sandbox.fill()

    done = site.load(listed, End("before", clean.counts["before"]), fails=True, settings={"batch_size_rows": 1})

    assert done.states == [1]


def test_a_check_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=NEVER_MS)

    site.load(products=[mug(*URLS)], settings={"picture_check_seconds": 0})

    assert [path for path, _ in site.sent][-1] == "/stores/v3/bulk/products/create"


def test_a_product_that_somebody_deletes_meanwhile_stays_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)
    delete = lambda answer: site.sandbox.site.store.delete("products", site.product["id"])  # noqa: E731 - as above
    site.alter("/create", delete)

    assert outcomes(site.load(products=[mug(*URLS)])) == ["created"]

    assert site.all() == []


def test_products_are_looked_at_a_query_of_a_hundred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=SOON_MS)
    listed = [product(f"Mug {one}", sku=f"M{one}", media=pictures(URLS[0])) for one in range(250)]

    assert outcomes(site.load(products=listed)) == ["created"] * 250

    assert queries_by_id(site) == 3


# Which picture is which


@pytest.mark.parametrize("texts", [{}, {"altText": "A mug"}])
def test_without_display_names_place_and_text_say_which_picture_it_is(site: SiteV3, texts: Entity) -> None:
    listed = [product(sku="MUG", media=pictures(*URLS, **texts))]
    site.load(products=listed)
    nameless = lambda items: [  # noqa: E731 - a change
        {name: value for name, value in item.items() if name != "displayName"} for item in items
    ]
    set_files(site, nameless)

    assert outcomes(site.load(products=listed)) == ["unchanged"]

    assert writes(site.sandbox.app) == []
    assert outcomes(site.load(products=[mug(*URLS[:2])])) == ["updated"]


@pytest.mark.parametrize("names", ["blue/1.jpg red/1.jpg", "image.php?id=1 image.php?id=2"])
@pytest.mark.parametrize("has_names", [True, False])
def test_pictures_with_one_file_name_are_told_apart(site: SiteV3, names: str, *, has_names: bool) -> None:
    one, other = (f"https://pictures.example.com/{name}" for name in names.split())
    ids = file_id(one), file_id(other)

    def loaded(*urls: str) -> list[str]:
        found = outcomes(site.load(products=[mug(*urls)]))
        if not has_names:
            set_files(site, lambda items: [{**item, "displayName": ""} for item in items])
        return found

    assert loaded(one) == ["created"]
    for urls in ([one, other], [other]):
        assert loaded(*urls) == ["updated"]
        assert files(site) == list(map(file_id, urls))
        assert loaded(*urls) == ["unchanged"]
    assert loaded(other, one) == ["updated"]
    assert files(site) == [*reversed(ids)]


def test_a_picture_that_moved_to_another_folder_is_replaced(site: SiteV3) -> None:
    old, new = (f"https://pictures.example.com/{folder}/1.jpg" for folder in ("2024", "2025"))
    for url in (old, new):
        assert outcomes(site.load(products=[mug(url)])) == [("created" if url == old else "updated")]
        assert files(site) == [file_id(url)]
        assert outcomes(site.load(products=[mug(url)])) == ["unchanged"]


def test_a_picture_that_the_site_calls_by_its_file_name_is_not_sent_again(site: SiteV3) -> None:
    url = "https://pictures.example.com/2024/1.jpg"
    site.load(products=[mug(url)])
    set_files(site, lambda items: [{**item, "displayName": "1.jpg"} for item in items])
    assert outcomes(site.load(products=[mug(url)])) == ["unchanged"]


def test_pictures_with_one_file_name_keep_their_display_names(site: SiteV3) -> None:
    names = ["Blue mug", "Red mug"]
    said = [{"url": f"https://pictures.example.com/{name[:3]}/1.jpg", "displayName": name} for name in names]
    site.load(products=[product(sku="MUG", media={"itemsInfo": {"items": said}})])
    assert [item["displayName"] for item in site.product["media"]["itemsInfo"]["items"]] == names


def test_a_picture_may_be_added_to_others_of_its_display_name(site: SiteV3) -> None:
    def loaded(*urls: str) -> list[str]:
        return outcomes(site.load(products=[product(sku="MUG", media=pictures(*urls, displayName="Mug"))]))

    assert loaded(*URLS[:2]) == ["created"]
    assert loaded(*URLS) == ["updated"]
    assert files(site) == [A, B, C]
    assert loaded(*URLS) == ["unchanged"]


def test_the_text_that_a_record_does_not_say_stays(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG", media=pictures(*URLS[:2], altText="A mug"))])

    site.load(products=[mug(*URLS)])

    assert [item.get("altText") for item in site.product["media"]["itemsInfo"]["items"]] == ["A mug", "A mug", None]


def test_an_empty_text_is_left_out(site: SiteV3) -> None:
    site.load(products=[product(sku="MUG", media=pictures(URLS[0], altText=""))])

    assert site.created[0]["media"] == {"itemsInfo": {"items": [{"url": URLS[0], "displayName": "a.jpg"}]}}


def test_neither_main_nor_items_are_written(site: SiteV3) -> None:
    extracted = {"main": {"id": A, "image": {"url": hosted(A)}}, **pictures(*URLS), "items": [{"url": URLS[2]}]}

    site.load(products=[product(sku="MUG", media=extracted)])

    assert site.created[0]["media"].keys() == {"itemsInfo"}


def test_a_file_of_wix_is_sent_by_its_id(site: SiteV3) -> None:
    shown = f"{hosted(A)}/v1/fill/w_500,h_500,al_c/file.jpg"

    site.load(products=[mug(shown, f"{hosted(B)}/v1/fill/w_500,h_500/file.jpg")])

    assert site.created[0]["media"]["itemsInfo"]["items"] == [{"id": A}, {"id": B}]
    assert outcomes(site.load(products=[mug(hosted(A), hosted(B))])) == ["unchanged"]
    assert outcomes(site.load(products=[mug(hosted(B), hosted(A))])) == ["updated"]


def test_a_file_of_another_site_is_sent_by_its_url(site: SiteV3) -> None:
    foreign = {**mug(hosted(A)), "id": "22222222-2222-4222-8222-222222222222"}

    site.load(products=[foreign])

    assert site.created[0]["media"]["itemsInfo"]["items"] == [{"url": hosted(A), "displayName": A}]


def test_a_list_may_hold_a_picture_twice() -> None:
    said = [{"url": URLS[0]}, {"url": URLS[1]}, {"url": URLS[0]}]
    there = [{"id": name, "displayName": f"{name}.jpg"} for name in "aba"]
    assert not media.differ(said, there)
    assert media.differ(said, there[:2])


# Choices that show pictures


def shirt(*urls: str, red: tuple[str, ...] = (), **members: Any) -> Entity:
    """A shirt whose red choice shows pictures."""
    choices = [{"name": "Red", "media": {"items": [{"url": url} for url in red]}}, {"name": "Blue"}]
    variants = [
        {
            "price": {"actualPrice": {"amount": "20"}},
            "choices": [{"optionChoiceNames": {"optionName": "Color", "choiceName": name}}],
        }
        for name in ("Red", "Blue")
    ]
    whole = {
        "name": "Shirt",
        "handle": "shirt",
        "media": pictures(*urls),
        "options": [{"name": "Color", "choicesSettings": {"choices": choices}}],
        "variantsInfo": {"variants": variants},
    }
    return {**whole, **members}


def red(site: SiteV3) -> list[str]:
    """The files that the red choice shows."""
    choice = site.product["options"][0]["choicesSettings"]["choices"][0]
    return [each["mediaId"] for each in (choice.get("media") or {}).get("items", [])]


def pictures_of_red(body: Entity) -> list[Entity] | None:
    """What a body says of the pictures of the red choice."""
    choice = body["options"][0]["choicesSettings"]["choices"][0]
    items: list[Entity] | None = (choice.get("media") or {}).get("items")
    return items


NO_SUCH_PICTURE = {"code": "PRODUCT_MEDIA_NOT_EXIST", "description": "no such picture"}
BY_URL = '"media":{"items":[{"url"'


def test_pictures_are_written_with_the_choices_that_show_them(site: SiteV3) -> None:
    site.load(products=[shirt(*URLS, red=(URLS[0], URLS[1]))])
    bare = {"handle": "shirt", "media": pictures(*URLS[1:])}

    done = site.load(products=[bare])

    assert done.results[0]["fields"] == ["media"]
    (body,) = site.updated
    assert body.keys() == {"id", "revision", "media", "visible", "options", "variantsInfo"}
    assert pictures_of_red(body) == [{"mediaId": B}]
    assert (files(site), red(site)) == ([B, C], [B])


def test_pictures_that_no_choice_shows_are_written_alone(site: SiteV3) -> None:
    site.load(products=[shirt(*URLS)])

    site.load(products=[{"handle": "shirt", "media": pictures(*URLS[1:])}])

    assert site.updated[0].keys() == {"id", "revision", "media"}
    assert site.asked("/query-variants") == 0


def test_choices_refer_to_pictures_once_wix_has_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=2_000)
    fault = {"operation": "products.bulk-*", "holds": BY_URL, "action": {"fail_items": NO_SUCH_PICTURE}}
    site.sandbox.app.faults.plan([fault])

    done = site.load(products=[shirt(*URLS, red=(URLS[0],))])

    assert outcomes(done) == ["created"]
    assert pictures_of_red(site.created[1]) is None
    assert [pictures_of_red(body) for body in site.updated] == [[{"mediaId": A}]]
    assert red(site) == [A]
    assert outcomes(site.load(products=[shirt(*URLS, red=(URLS[0],))])) == ["unchanged"]


def test_choices_whose_pictures_wix_does_not_take_in_are_left_to_a_later_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = site_v3(monkeypatch, tmp_path, media_delay_ms=NEVER_MS)
    fault = {"operation": "products.bulk-*", "holds": BY_URL, "action": {"fail_items": NO_SUCH_PICTURE}}
    site.sandbox.app.faults.plan([fault])

    done = site.load(products=[shirt(*URLS, red=(URLS[0],))], fails=True)

    assert [result["error"]["code"] for result in done.results] == ["PRODUCT_MEDIA_NOT_EXIST"]
    assert done.results[0]["error"]["retryable"]


def test_pictures_are_added_then_shown_then_dropped(site: SiteV3) -> None:
    site.load(products=[shirt(*URLS[:2], red=(URLS[0],))])
    fault = {
        "operation": "products.bulk-*",
        "holds": "itemsInfo",
        "action": {"fail_items": NO_SUCH_PICTURE},
        "times": 1,
    }
    site.sandbox.app.faults.plan([fault])

    done = site.load(products=[shirt(*URLS[1:], red=(URLS[2],))])

    assert outcomes(done) == ["updated"]
    refused, added, shown, dropped = site.updated
    assert refused.keys() >= {"media", "options"}
    assert [item.get("id") or item["url"] for item in added["media"]["itemsInfo"]["items"]] == [B, URLS[2], A]
    assert "options" not in added
    assert (pictures_of_red(shown), "media" in shown) == ([{"mediaId": C}], False)
    assert dropped.keys() == {"id", "revision", "media"}
    assert (files(site), red(site)) == ([B, C], [C])


def test_a_picture_that_wix_drops_after_each_step_is_left_to_a_later_run(site: SiteV3) -> None:
    site.load(products=[shirt(*URLS[:2], red=(URLS[0],))])
    fault = {"operation": "products.bulk-*", "holds": "itemsInfo", "action": {"fail_items": NO_SUCH_PICTURE}}
    site.sandbox.app.faults.plan([{**fault, "times": 1}])
    for _ in range(8):
        site.alter("/update", lambda answer: set_files(site, lambda items: [item for item in items if item["id"] != B]))

    done = site.load(products=[shirt(*URLS[1:], red=(URLS[2],))])

    assert (outcomes(done), len(site.updated)) == (["updated"], 5)  # one that is refused, and four steps


def test_a_plan_of_pictures_and_choices_equals_the_run(site: SiteV3) -> None:
    site.load(products=[shirt(*URLS, red=(URLS[0],))])
    listed = messages(products=[{"handle": "shirt", "media": pictures(*URLS[1:])}])
    planned = site.load(listed, settings={"dry_run": True})
    reads = len(site.sent)

    done = site.load(listed)

    assert [result["fields"] for result in planned.results] == [result["fields"] for result in done.results]
    assert len(site.sent) == reads + 1
