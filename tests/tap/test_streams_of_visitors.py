"""Members, submissions of forms and what V3 shops keep of products: row by row what the site has."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.bent import Answer, Asked, bent
from tests.shops import config
from tests.tap.runs import Run, run
from tests.tap.test_streams import OF_V3
from wix_api.endpoints.forms import NAMESPACE
from wix_sandbox import RunningSite, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER = "wix.bookings.form"
DATED = ("draft_orders", "form_submissions", *OF_V3)
STREAMS = (*DATED, "forms", "members", "locations", "coupons")
COUNTED = {
    "brands": "assignedProductsCount",
    "ribbons": "assignedProductCount",
    "info_sections": "assignedProductsCount",
    "form_submissions": "formName",
}
"""Members that the site computes when it answers, or the stream adds."""


@pytest.fixture
def site(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=getattr(request, "param", "v3"), size=20)


def stored(rows: list[dict[str, Any]], stream: str) -> list[dict[str, Any]]:
    plain = [{name: value for name, value in row.items() if name != COUNTED.get(stream)} for row in rows]
    for row in plain:
        if str(row.get("dateCreated")).isdecimal():  # as Wix keeps the date of a coupon
            moment = datetime.fromtimestamp(int(row["dateCreated"]) / 1000, tz=UTC)
            row["dateCreated"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return sorted(plain, key=lambda row: str(row["id"]))


@pytest.mark.parametrize("stream", STREAMS)
def test_a_full_read_emits_every_row_of_the_site(site: RunningSite, stream: str) -> None:
    found, there = run(config(site), select=(stream,)).records[stream], list(site.store.all(stream))
    assert there
    assert stored(found, stream) == stored(there, stream)
    assert all(COUNTED[stream] in row for row in found if stream in COUNTED)


@pytest.mark.parametrize(
    ("site", "stream"),
    [*(("v1", stream) for stream in DATED if stream not in OF_V3), *(("v3", stream) for stream in DATED)],
    indirect=["site"],
)
def test_the_next_run_emits_changed_rows_only(site: RunningSite, stream: str) -> None:
    first = run(config(site), select=(stream,))
    changed = max(site.store.all(stream), key=lambda row: str(row["id"]))
    site.store.update(stream, {**changed, "updatedDate": "2026-01-01T00:00:00.000Z", "revision": "9"})
    second = run(config(site, lookback_seconds=0), state=first.state, select=(stream,))
    again = [row for row in site.store.all(stream) if row["updatedDate"] >= first.bookmarks[stream]]
    assert len(again) < len(first.records[stream])
    assert stored(second.records[stream], stream) == stored(again, stream)
    assert second.bookmarks[stream] == "2026-01-01T00:00:00.000Z"


@pytest.fixture
def two_namespaces(site: RunningSite) -> RunningSite:
    """Every other submission belongs to a form of another app."""
    for row in sorted(site.store.all("form_submissions"), key=lambda row: str(row["updatedDate"]))[::2]:
        site.store.update("form_submissions", {**row, "namespace": OTHER})
    return site


def test_submissions_of_several_namespaces_are_sorted_by_their_changes(two_namespaces: RunningSite) -> None:
    both = config(two_namespaces, form_namespaces=[NAMESPACE, OTHER, NAMESPACE])
    found = run(both, select=("form_submissions",)).records["form_submissions"]
    assert len({row["id"] for row in found}) == len(found)
    there = list(two_namespaces.store.all("form_submissions"))
    assert stored(found, "form_submissions") == stored(there, "form_submissions")
    dates = [row["updatedDate"] for row in found]
    assert dates == sorted(dates)
    assert {row["namespace"] for row in found} == {NAMESPACE, OTHER}


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_submissions_have_the_names_of_their_forms(catalog: str, open_shop: Callable[..., RunningSite]) -> None:
    site = open_shop(catalog=catalog, size=20)
    names = {form["id"]: form["name"] for form in site.store.all("forms")}
    found = run(config(site), select=("form_submissions",)).records["form_submissions"]
    assert len({row["formName"] for row in found}) > 1
    assert all(row["formName"] == names[row["formId"]] for row in found)
    assert [entry.path for entry in site.journal.entries].count("/form-schema-service/v4/forms/query") == 1


def test_the_name_of_a_form_that_is_gone_is_unknown(site: RunningSite) -> None:
    gone, *_ = site.store.all("forms")
    site.store.delete("forms", gone["id"])
    found = run(config(site), select=("form_submissions",)).records["form_submissions"]
    assert {row["formName"] is None for row in found} == {True, False}
    assert all((row["formName"] is None) == (row["formId"] == gone["id"]) for row in found)


def test_without_the_permission_for_forms_their_names_are_unknown(
    quick: RunningSite, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = Answer(
        403, {"message": "no", "details": {"applicationError": {"code": "NO_PERMISSION", "description": ""}}}
    )

    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return refusal if asked.path.startswith("/form-schema-service/") else ask()

    with bent(quick, bend) as settings:
        found = run(settings, select=("form_submissions",)).records["form_submissions"]
    assert found
    assert all(row["formName"] is None for row in found)
    assert [text for text in caplog.messages if "names of forms are unknown" in text]


def test_submissions_of_the_wix_forms_app_are_the_default(two_namespaces: RunningSite) -> None:
    found = run(config(two_namespaces), select=("form_submissions",)).records["form_submissions"]
    assert {row["namespace"] for row in found} == {NAMESPACE}


def test_a_namespace_that_is_added_is_read_from_its_first_submission(two_namespaces: RunningSite) -> None:
    first = run(config(two_namespaces), select=("form_submissions",))
    both = config(two_namespaces, form_namespaces=[OTHER, NAMESPACE])
    second = run(both, select=("form_submissions",), state=first.state)
    assert len(second.ids("form_submissions")) == len(list(two_namespaces.store.all("form_submissions")))
    third = run({**both, "form_namespaces": [NAMESPACE, OTHER]}, select=("form_submissions",), state=second.state)
    assert len(third.ids("form_submissions")) < len(first.ids("form_submissions"))


def test_a_filter_may_name_another_namespace(two_namespaces: RunningSite) -> None:
    options = {"form_submissions": {"filter": {"namespace": OTHER}}}
    found = run(config(two_namespaces, stream_options=options), select=("form_submissions",))
    assert {row["namespace"] for row in found.records["form_submissions"]} == {OTHER}


def test_an_excerpt_reads_all_namespaces(two_namespaces: RunningSite) -> None:
    ids = sorted(row["id"] for row in two_namespaces.store.all("form_submissions"))[:4]
    options = {"form_submissions": {"ids": ids}}
    settings = config(two_namespaces, stream_options=options, form_namespaces=[NAMESPACE, OTHER])
    assert sorted(run(settings, select=("form_submissions",)).ids("form_submissions")) == ids


@pytest.fixture(scope="module")
def quick() -> RunningSite:
    sandbox = Sandbox(SandboxOptions(catalog="v3", size=2, random_seed=3))
    sandbox.fill()
    return RunningSite("http://localhost", sandbox.app)


def refusing(site: RunningSite, status: int, code: str, select: tuple[str, ...] = (), *, fails: bool = False) -> Run:
    """Run while Wix refuses the list of members."""
    details = {"applicationError": {"code": code, "description": "no"}}
    refusal = Answer(status, {"message": "no", "details": details if code else {}})

    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return refusal if asked.path.startswith("/members/v1/members") else ask()

    with bent(site, bend) as settings:
        return run(settings, select=select, fails=fails)


@pytest.mark.parametrize(("status", "code"), [(403, "NO_PERMISSION_TO_READ"), (404, ""), (428, "APP_NOT_INSTALLED")])
def test_what_a_site_lacks_is_left_out_with_a_warning(
    quick: RunningSite, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = refusing(quick, status, code)
    assert not found.records["members"]
    assert found.records["form_submissions"]
    (warning,) = [entry.getMessage() for entry in caplog.records if "left out" in entry.getMessage()]
    assert warning.startswith("Stream `members` is left out. GET /members/v1/members: Wix answered")
    assert not [entry for entry in caplog.records if entry.levelno >= logging.ERROR]


@pytest.mark.parametrize("status", [404, 501])
def test_coupons_are_left_out_where_wix_does_not_have_them(
    quick: RunningSite, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return Answer(status, {"message": "", "details": {}}) if "/coupons/" in asked.path else ask()

    with bent(quick, bend) as settings:
        found = run(settings, select=("coupons", "contacts"))
    assert not found.records["coupons"]
    assert found.records["contacts"]
    assert [text for text in caplog.messages if text.startswith("Stream `coupons` is left out.")]


def test_coupons_are_read_at_their_newer_path(quick: RunningSite) -> None:
    def bend(asked: Asked, ask: Callable[[], Answer]) -> Answer:
        return Answer(404, {"message": "", "details": {}}) if asked.path.startswith("/stores/v2/coupons") else ask()

    with bent(quick, bend) as settings:
        found = run(settings, select=("coupons",)).records["coupons"]
    assert stored(found, "coupons") == stored(list(quick.store.all("coupons")), "coupons")


@pytest.mark.parametrize("form", [str, int, lambda number: f"2025-03-01T08:00:0{number % 10}.000Z"])
def test_all_coupons_are_read_whatever_the_form_of_their_date(
    open_shop: Callable[..., RunningSite], form: Callable[[int], object]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    for at in range(250):
        # More of them have one date than a page has rows: a call makes up to a hundred.
        coupon = {"id": f"c0040000-0000-4000-8000-{at:012}", "dateCreated": form(1740816000000 + at // 120)}
        site.store.insert("coupons", coupon)
    found = run(config(site), select=("coupons",)).records["coupons"]
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in site.store.all("coupons"))
    assert {row["dateCreated"][:17] for row in found} == {"2025-03-01T08:00:"}


def test_coupons_are_read_by_their_ids(site: RunningSite) -> None:
    ids = sorted(row["id"] for row in site.store.all("coupons"))[:2]
    found = run(config(site, stream_options={"coupons": {"ids": ids}}), select=("coupons",))
    assert sorted(found.ids("coupons")) == ids


def test_a_missing_permission_is_a_failure_where_a_catalog_selects_the_stream(quick: RunningSite) -> None:
    found = refusing(quick, 403, "NO_PERMISSION_TO_READ", ("members", "contacts"), fails=True)
    assert found.code == 1
    assert found.records["contacts"]


def test_an_app_that_is_not_installed_fails_nothing_even_so(quick: RunningSite) -> None:
    assert refusing(quick, 428, "APP_NOT_INSTALLED", ("members", "contacts")).records["contacts"]
