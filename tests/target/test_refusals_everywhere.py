"""Every call of every sink is refused in every way of the table, for one record of two.

The record is rejected with Wix's code and words, or tried again, or the run ends with what to do. The other record is
written, and nothing ends in a traceback.
"""

from __future__ import annotations

from typing import Any

import pytest

from target_wix.errors import RecordsRejectedError
from target_wix.verdicts import VERDICTS, Verdict
from tests.bent import Answer, impatient
from tests.refused import WORDLESS, WORDS, Refused, every_kind
from tests.target.refused_calls import CASES, V1_, V3_, World
from tests.target.runs import Run
from wix_api.endpoints import contacts, stores_v1, stores_v3
from wix_api.errors import WixError
from wix_api.operations import Operation
from wix_api.refusals import Refusal

__all__ = ["impatient"]
pytestmark = pytest.mark.usefixtures("impatient")

EVERY = [(catalog, name) for catalog, cases in CASES.items() for name in cases]
JOINS = {stores_v1.ADD_TO_COLLECTION, stores_v3.ADD_ITEMS, stores_v3.ADD_ITEM}
LEAVES = {stores_v1.REMOVE_FROM_COLLECTION, stores_v3.REMOVE_ITEMS, stores_v3.REMOVE_ITEM}
WITH_OTHERS = {
    *(stores_v3.GET_OR_CREATE_BRANDS, stores_v3.GET_OR_CREATE_RIBBONS, stores_v3.UPSERT_STOCK),
    *(contacts.CREATE_CONTACTS, contacts.UPDATE_CONTACTS, contacts.DELETE_CONTACTS),
}
"""Calls in whose place others are sent where they are refused."""
OF_AN_UNDO = {stores_v1.REMOVE_MEDIA}
"""Calls that no record leads to."""


KINDS = every_kind(is_write=True)
PASSING = [*WORDLESS, Refused(429, ""), Refused(500, "")]
SHARES = {
    "some": pytest.param(6),
    "more": pytest.param(3, marks=pytest.mark.services),
    "every": pytest.param(1, marks=pytest.mark.soak),
}
"""Each call is refused in every nth way, the next call in the ways after these; in long runs, in every way."""
OF_BOTH = [name for name in CASES[V1_] if CASES[V1_][name] is CASES[V3_].get(name)]
"""Calls that do not depend on the catalog."""


def means(refused: Refused) -> Refusal:
    return refused.means(is_write=True)


def ends_the_run(refused: Refused) -> bool:
    return set(VERDICTS[means(refused)]) == {Verdict.END}


def follows(world: World, refused: Refused) -> Verdict:
    """Return the verdict of the target's table."""
    case, verdicts = world.case, VERDICTS[means(refused)]
    if case.operation in JOINS:
        return verdicts.join
    if case.operation in LEAVES:
        return verdicts.leave
    if case.record.get("_command"):
        return verdicts.delete
    return verdicts.create if case.before is None or case.is_new else verdicts.update


def is_left_to_services(catalog: str, name: str) -> bool:
    """True for a call that the default run makes on the other catalog."""
    return name in OF_BOTH and catalog == (V1_, V3_)[OF_BOTH.index(name) % 2]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, id=" ".join(each), marks=[pytest.mark.services] * is_left_to_services(*each))
        for each in EVERY
    ],
)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(*request.param, tmp_path_factory.mktemp("results"))


@pytest.fixture(params=SHARES.values(), ids=SHARES)
def share(request: pytest.FixtureRequest, world: World) -> slice:
    """Which ways a call is refused in."""
    return slice(EVERY.index(world.of) % request.param, None, request.param)


def test_of_each_meaning_there_is_an_answer_and_of_each_write_a_case() -> None:
    assert {means(one) for one in KINDS} == set(Refusal)
    for catalog, module in ((V1_, stores_v1), (V3_, stores_v3)):
        listed = [*vars(module).values(), *vars(contacts).values()]
        writes = {one for one in listed if isinstance(one, Operation) and one.writes}
        assert writes - {case.operation for case in CASES[catalog].values()} <= WITH_OTHERS | OF_AN_UNDO


def test_a_call_that_is_not_refused_writes_both_records(world: World) -> None:
    passed(world.load())


def test_a_refused_record_is_rejected_with_wixs_code_and_words(world: World, share: slice) -> None:
    for refused in KINDS[share]:
        if follows(world, refused) is Verdict.REJECT:
            error = rejected(world.load(refused.answer, always=True))
            assert error["code"] == (refused.code or f"HTTP_{refused.status}")
            assert refused.words in error["message"]


def test_a_rejection_names_the_member_that_wix_names(world: World) -> None:
    violation = {"field": "title", "description": WORDS, "ruleName": "TOO_LONG"}
    answer = Answer(400, {"message": "", "details": {"validationError": {"fieldViolations": [violation]}}})
    error = rejected(world.load(answer, always=True))
    assert error["code"] == "TOO_LONG"
    members = {"collections": "collections", "labels": "info.labelKeys", "extendedFields": "info.extendedFields"}
    makes = world.case.operation in JOINS | LEAVES or world.case.is_new
    assert error["field"] == next((members[name] for name in members if makes and name in world.case.record), "title")
    assert WORDS in error["message"]


def test_a_record_that_somebody_else_changed_or_wrote_is_tried_again(world: World, share: slice) -> None:
    for refused in KINDS[share]:
        if follows(world, refused) in {Verdict.LOOK_AGAIN, Verdict.LOOK_FOR_IT, Verdict.DONE}:
            passed(world.load(refused.answer))


def test_a_record_that_is_refused_each_time_is_given_up(world: World, share: slice) -> None:
    for refused in KINDS[share]:
        verdict = follows(world, refused)
        if verdict is Verdict.DONE:
            passed(world.load(refused.answer, always=True))
        elif verdict is Verdict.LOOK_AGAIN:
            error = rejected(world.load(refused.answer, always=True))
            assert error["retryable"]
            assert refused.words in error["message"]


def test_what_passes_is_tried_again(world: World, share: slice) -> None:
    for refused in PASSING[share]:
        passed(world.load(refused.answer))


def test_refusals_of_the_site_or_credential_end_the_run_with_advice(world: World, share: slice) -> None:
    for refused in KINDS[share]:
        if not ends_the_run(refused):
            continue
        done = world.load(refused.answer, always=True)
        if means(refused) is Refusal.TRY_AGAIN and not world.case.operation.repeatable:
            error = rejected(done, both=world.case.operation.path.startswith("/stores/v3/bulk"))
            assert (error["code"], error["retryable"]) == ("NO_ANSWER", True)
            continue
        assert isinstance(done.error, WixError)
        assert f"Wix answered {refused.status}" in str(done.error)
        assert refused.words in str(done.error)
        assert done.error.advice
        assert str(done.error).endswith(done.error.advice)


def passed(done: Run) -> None:
    """Check that both records were written."""
    assert (done.error, done.codes) == (None, [])
    assert len(done.outcomes) == 2


def rejected(done: Run, *, both: bool = False) -> dict[str, Any]:
    """Check that the one record was rejected and the other one written, or both rejected; return why."""
    assert isinstance(done.error, RecordsRejectedError)
    assert len(done.outcomes) == 2
    error, *more = (one["error"] for one in done.results if one["error"])
    assert len(more) == both
    return error
