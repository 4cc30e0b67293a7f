"""What is sent once is refused in every way of the table: rejected, sent again only if Wix did nothing, or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from target_wix.verdicts import VERDICTS, Verdict
from tests.bent import Answer, impatient
from tests.refused import Refused, every_kind
from tests.target.runs import messages
from wix_api.errors import WixError
from wix_api.refusals import Refusal
from wix_sandbox.resources.forms import CONTACT_FORM

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Start = Callable[..., Run]

__all__ = ["impatient"]
pytestmark = [pytest.mark.either_catalog, pytest.mark.usefixtures("impatient")]

TALK = "00000000-0000-4000-8000-00000000000b"
NOT_ABOUT_THE_SITE = {
    Refusal.PERMISSION,
    Refusal.IDENTITY,
    Refusal.NOT_READY,
    Refusal.OTHER_CATALOG,
    Refusal.APP_MISSING,
}
"""What ends a run elsewhere and is about one call of `api_calls`."""


class Sink(NamedTuple):
    """Records that are sent once.

    Attributes:
        operation: The call that sends them, as the sandbox names it.
        kind: What they make, as the sandbox names it.
        row: Returns a record.
    """

    operation: str
    kind: str
    row: Callable[[str], dict[str, Any]]


def _submission(name: str) -> dict[str, Any]:
    return {"formId": CONTACT_FORM, "submissions": {"first_name_f409": name, "email_9c1e": "a@example.com"}}


def _call(name: str) -> dict[str, Any]:
    return {"method": "POST", "path": "/contacts/v4/contacts", "body": {"info": {"name": {"first": name}}}}


SINKS = {
    "messages": Sink("messages.send", "inbox_messages", lambda name: {"conversationId": TALK, "text": name}),
    "form_submissions": Sink("submissions.create", "form_submissions", _submission),
    "api_calls": Sink("contacts.create", "contacts", _call),
}
KINDS = every_kind(is_write=True)


@pytest.fixture(params=["v1", "v3"])
def shop(request: pytest.FixtureRequest, open_shop: Callable[..., RunningSite]) -> RunningSite:
    site = open_shop(catalog=request.param, empty=True, random_seed=3)
    site.site.store.insert("inbox_conversations", {"id": TALK, "participant": {"anonymousVisitorId": TALK}})
    return site


def follows(stream: str, refused: Refused) -> str:
    """Return what becomes of a record whose call is always refused: rejected, unknown, or the end of the run."""
    meaning = refused.means(is_write=True)
    if meaning is Refusal.TRY_AGAIN:
        return "unknown"
    is_about_the_call = stream == "api_calls" and (
        meaning in NOT_ABOUT_THE_SITE or (meaning is Refusal.SLOW_DOWN and refused.status == 403)
    )
    ends = set(VERDICTS[meaning]) == {Verdict.END} and not is_about_the_call
    return "ends" if ends else "rejected"


@pytest.mark.parametrize("stream", SINKS)
@pytest.mark.parametrize("refused", KINDS, ids=str)
def test_a_refusal_means_the_same_for_all_that_is_sent_once(
    shop: RunningSite, run: Start, stream: str, refused: Refused
) -> None:
    sink = SINKS[stream]
    answer: Answer = refused.answer
    shop.faults.plan({"operation": sink.operation, "action": {"status": answer.status, "body": answer.body}})
    done = run(shop, messages(**{stream: [sink.row("Ann")]}), on_reject="skip")
    assert shop.state().get(sink.kind, []) == []
    shop.faults.clear()
    again = run(shop, messages(**{stream: [sink.row("Ann")]}), on_reject="skip")
    expected = follows(stream, refused)
    if expected == "ends":
        assert isinstance(done.error, WixError)
        assert refused.words in str(done.error)
    else:
        assert done.error is None
        code = "UNKNOWN" if expected == "unknown" else refused.code or f"HTTP_{refused.status}"
        assert done.codes == [code]
        assert refused.words in done.results[0]["error"]["message"]
    made = len(shop.state().get(sink.kind, []))
    assert (again.codes, made) == ((["UNKNOWN"], 0) if expected == "unknown" else ([], 1))
