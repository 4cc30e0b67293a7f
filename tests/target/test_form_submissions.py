"""Submissions of forms: made once, and read back where Wix may drop them as spam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.shops import config
from tests.tap.runs import run as tap
from tests.target.kill.lives import End, live
from tests.target.runs import messages
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources.forms import CONTACT_FORM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.kill.lives import Life
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

pytestmark = pytest.mark.either_catalog
READING = "submissions-of-calls"
NOBODY = "00000000-0000-4000-8000-000000000404"


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog=request.param, empty=True, random_seed=3)


def row(name: str = "Ada", **members: Any) -> dict[str, Any]:
    values = {"first_name_f409": name, "email_9c1e": "ada@example.com"}
    return {"formId": CONTACT_FORM, "submissions": values, **members}


def submitting(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return messages(form_submissions=rows)


def names(site: Any) -> list[str]:
    kept = site.store.snapshot().get("form_submissions", ())
    return sorted(one["submissions"]["first_name_f409"] for one in kept if one["status"] == "CONFIRMED")


def test_a_submission_is_made_once(shop: RunningSite, run: Start) -> None:
    rows = [row(), row(id="2"), row(id="2"), row("Bea", createdDate="2024-05-06T07:08:09.123Z")]
    done = run(shop, submitting(*rows, *rows), batch_size_rows=1)
    assert done.outcomes == ["created", "created", "unchanged", "created", *["unchanged"] * 4], done.results
    assert names(shop.site) == ["Ada", "Ada", "Bea"]
    assert run(shop, submitting(*rows)).outcomes == ["unchanged"] * 4
    (bea,) = (one for one in shop.state()["form_submissions"] if one["submissions"]["first_name_f409"] == "Bea")
    assert bea["createdDate"] == "2024-05-06T07:08:09.123Z"


def test_what_the_tap_read_is_unchanged(shop: RunningSite, run: Start) -> None:
    run(shop, submitting(row(), row("Bea")))
    read = tap(config(shop), select=("form_submissions",)).records["form_submissions"]
    assert len(read) == 2
    assert run(shop, submitting(*read)).outcomes == ["unchanged", "unchanged"]


def test_a_copy_goes_by_date_and_values(
    shop: RunningSite,
    run: Start,
    open_shop: Callable[..., RunningSite],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    other = open_shop(catalog="v3", empty=True, random_seed=7)
    run(shop, submitting(row(), row("Bea")))
    read = tap(config(shop), select=("form_submissions",)).records["form_submissions"]
    for place, outcome in (("a machine", "created"), ("another machine", "unchanged")):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / place))
        assert run(other, submitting(*read)).outcomes == [outcome, outcome]
    assert names(other.site) == ["Ada", "Bea"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"formId": None}, "REQUIRED_FIELD"),
        ({"submissions": None}, "REQUIRED_FIELD"),
        ({"submissions": "all"}, "WRONG_TYPE"),
        ({"formId": NOBODY}, "FORM_NOT_FOUND"),
        ({"submissions": {"first_name_f409": "Ada"}}, "SUBMISSION_VALIDATION"),
        ({"_command": "update"}, "NOT_FOUND"),
    ],
)
def test_a_wrong_record_is_rejected_alone(shop: RunningSite, run: Start, wrong: dict[str, Any], code: str) -> None:
    done = run(shop, submitting({**row(), **wrong}, row("Bea")), on_reject="skip")
    assert done.codes == [code], done.results
    assert done.outcomes == ["rejected", "created"]
    assert names(shop.site) == ["Bea"]


def test_the_message_names_each_wrong_value(shop: RunningSite, run: Start) -> None:
    values = {"first_name_f409": 7, "email_9c1e": "ada"}
    (found,) = (each["error"] for each in run(shop, submitting(row() | {"submissions": values})).results)
    assert "submission.submissions.first_name_f409 is not of type STRING" in found["message"]
    assert "submission.submissions.email_9c1e is not a valid EMAIL" in found["message"]


def test_submissions_are_neither_changed_nor_deleted(shop: RunningSite, run: Start) -> None:
    run(shop, submitting(row()))
    (there,) = shop.state()["form_submissions"]
    listed = [
        row(id=there["id"]),
        row("Bea", id=there["id"]),
        row(id=there["id"], _command="delete"),
        row("Cid", id=NOBODY, _command="delete"),
    ]
    done = run(shop, submitting(*listed), on_reject="skip")
    assert done.outcomes == ["unchanged", "rejected", "rejected", "unchanged"]
    assert done.codes == ["NOT_UPDATABLE", "NOT_DELETABLE"]
    assert names(shop.site) == ["Ada"]


@pytest.mark.parametrize("date", [{}, {"createdDate": "2024-05-06T07:08:09.123Z"}])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_create_whose_answer_is_lost_is_never_repeated(
    shop: RunningSite, run: Start, drop: str, date: dict[str, str]
) -> None:
    shop.faults.plan({"operation": "submissions.create", "action": {"drop": drop}, "times": 1})
    rows = [row(**date), row("Bea")]
    done = run(shop, submitting(*rows), on_reject="skip", batch_size_rows=1)
    is_there = drop == "after"
    assert done.outcomes == ["created" if is_there else "rejected", "created"]
    assert done.codes == ([] if is_there else ["UNKNOWN"])
    again = run(shop, submitting(*rows), on_reject="skip")
    assert again.outcomes == ["unchanged" if is_there else "rejected", "unchanged"]
    assert names(shop.site) == (["Ada", "Bea"] if is_there else ["Bea"])
    assert run(shop, submitting(row(id="again"))).outcomes == ["created"]


def test_a_refusal_is_reported_and_the_next_run_sends_it(shop: RunningSite, run: Start) -> None:
    body = {"message": "No", "details": {"applicationError": {"code": "INVALID_CAPTCHA"}}}
    shop.faults.plan({"operation": "submissions.create", "action": {"status": 400, "body": body}, "times": 1})
    assert run(shop, submitting(row()), on_reject="skip").codes == ["INVALID_CAPTCHA"]
    assert run(shop, submitting(row())).outcomes == ["created"]


def test_a_dry_run_sends_nothing_and_decides_as_a_run_does(shop: RunningSite, run: Start) -> None:
    run(shop, submitting(row()))
    rows = [row(), row("Bea"), row("Bea"), row("Cid", createdDate="2024-05-06T07:08:09Z")]
    rows += [row("Cid", formId=one) for one in (None, "Contact")]
    planned = run(shop, submitting(*rows), dry_run=True, on_reject="skip")
    assert names(shop.site) == ["Ada"]
    before = len(shop.journal)
    done = run(shop, submitting(*rows), on_reject="skip")
    assert planned.outcomes == done.outcomes == ["unchanged", "created", "unchanged", "created", *["rejected"] * 2]
    assert planned.plan == len(shop.journal) - before


# The spam filter


@pytest.fixture(params=["v1", "v3"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    made = Sandbox(SandboxOptions(catalog=request.param, empty=True, random_seed=3))
    made.fill()
    return made


def outcomes(life: Life) -> list[str]:
    assert life.error is None or "rejected" in str(life.error)
    return [(one["error"] or {}).get("code") or one["outcome"] for one in life.results]


def test_pending_submissions_are_read_until_wix_confirms_them(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.site.readings.choose({READING: "pending"})
    listed = submitting(row(), row("Bea"), row())
    assert outcomes(live(sandbox, listed, tmp_path / "results.jsonl")) == ["created", "created", "unchanged"]
    assert names(sandbox.site) == ["Ada", "Bea"]
    assert outcomes(live(sandbox, listed, tmp_path / "results.jsonl")) == ["unchanged"] * 3


def test_what_the_spam_filter_drops_is_rejected_with_what_to_do(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.site.readings.choose({READING: "dropped"})
    listed = submitting(row(), row("Bea"))
    life = live(sandbox, listed, tmp_path / "results.jsonl")
    assert outcomes(life) == ["SPAM_FILTER", "SPAM_FILTER"]
    assert "spamFilterProtectionLevel" in life.results[0]["error"]["message"]
    assert life.results[0]["error"]["retryable"]
    sandbox.site.readings.choose({READING: "confirmed"})  # its owner switched the filter off
    assert outcomes(live(sandbox, listed, tmp_path / "results.jsonl")) == ["created", "created"]
    assert names(sandbox.site) == ["Ada", "Bea"]


def test_no_state_is_written_before_pending_submissions_are_settled(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.site.readings.choose({READING: "pending"})

    def lived(*end: End) -> Life:
        return live(sandbox, submitting(row()), tmp_path / "results.jsonl", *end, records_between_states=1)

    state = sandbox.site.store.snapshot()
    whole = lived()
    assert whole.states == [{"after": "form_submissions"}]
    sandbox.site.store.load(state)
    for path in tmp_path.rglob("*.sent"):
        path.unlink()
    dead = lived(End("before", whole.counts["before"]))
    assert (dead.killed, dead.states) == (True, [])
    assert outcomes(lived()) == ["unchanged"]


@pytest.mark.parametrize("reading", ["confirmed", "pending"])
@pytest.mark.parametrize("what", ["before", "after", "result"])
def test_a_killed_run_is_finished_without_a_submission_twice(
    sandbox: Sandbox, reading: str, what: str, tmp_path: Path
) -> None:
    rows = [row(), row("Bea"), row("Cid", createdDate="2024-05-06T07:08:09.123Z")]
    state = sandbox.site.store.snapshot()

    def lived(*end: End) -> Life:
        settings = {"batch_size_rows": 2}
        return live(sandbox, submitting(*rows), tmp_path / "results.jsonl", *end, settings=settings)

    def begun() -> None:
        sandbox.site.store.load(state)
        sandbox.site.readings.choose({READING: reading})
        for path in tmp_path.rglob("*.sent"):
            path.unlink()

    begun()
    ends = lived().counts[what]
    assert ends >= len(rows)
    for at in range(1, ends + 1):
        begun()
        assert lived(End(what, at)).killed
        reported = outcomes(lived())
        assert set(reported) <= {"created", "unchanged", "UNKNOWN"}
        there = names(sandbox.site)
        assert len(there) == len(set(there))
        assert reported.count("UNKNOWN") == len(rows) - len(there)
        assert reported.count("UNKNOWN") <= (0 if what == "result" else 1)
