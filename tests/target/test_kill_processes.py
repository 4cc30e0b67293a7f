"""The installed command, really killed again and again, with four calls at the same time."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.inputs import OPTIONS, first_input, from_state, second_input
from tests.target.kill.processes import Writer
from tests.target.kill.shops import picture
from tests.target.runs import load, messages
from wix_sandbox.resources.forms import CONTACT_FORM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_sandbox import RunningSite

SOME, MANY = 3, 30
TALK = "00000000-0000-4000-8000-00000000000b"


@pytest.mark.parametrize(
    ("catalog", "most"),
    # In long runs each catalog; schedules inside one process kill both in each run.
    [("v1", SOME), *(pytest.param(catalog, MANY, marks=pytest.mark.soak) for catalog in ("v1", "v3"))],
)
def test_a_really_killed_target_leaves_what_one_clean_run_would(
    catalog: str, most: int, tmp_path: Path, open_shop: Callable[..., RunningSite]
) -> None:
    chance = Random(f"{catalog}/2")
    first = first_input(chance, catalog)
    listed = second_input(chance, catalog, is_empty=False)
    clean, site = (open_shop(catalog=catalog, empty=True) for _ in range(2))
    for shop in (clean, site):
        assert load(shop, tmp_path, first, **OPTIONS).error is None
    assert load(clean, tmp_path, listed, **OPTIONS, on_reject="skip", batch_size_rows=3).error is None
    writer = Writer(tmp_path, site)

    seen: list[dict[str, Any]] = []
    kills = 0
    for number in range(3 * most):
        if kills == most:
            break
        # In turns: the whole input again, and what a tap writes that continues from the last STATE.
        _, rest = from_state(listed, seen[-1] if seen and number % 2 else None)
        killed, states = writer.run(rest, chance.randint(1, 9))
        kills += killed
        if number % 2 == 0:
            seen = states
    assert kills == most
    killed, states = writer.run(listed, 0)

    assert not killed
    assert picture(site.state()) == picture(clean.state())
    assert states[-1] == listed[-1]["value"]
    results = [json.loads(line) for line in writer.results.read_text().splitlines()]
    assert [each["line"] for each in results] == [
        number for number, message in enumerate(listed, 1) if message["type"] == "RECORD"
    ]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_what_cannot_be_undone_is_never_sent_twice(
    catalog: str, tmp_path: Path, open_shop: Callable[..., RunningSite], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["Ann", "Bea"]
    listed = messages(
        messages=[{"conversationId": TALK, "text": name} for name in names],
        form_submissions=[
            {"formId": CONTACT_FORM, "submissions": {"first_name_f409": name, "email_9c1e": "a@example.com"}}
            for name in names
        ],
        api_calls=[
            {"method": "POST", "path": "/contacts/v4/contacts", "body": {"info": {"name": {"first": name}}}}
            for name in names
        ],
    )
    kinds = ("inbox_messages", "form_submissions", "contacts")
    for dies_at in range(1, 9):
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        monkeypatch.setenv("XDG_STATE_HOME", str(folder))
        site = open_shop(catalog=catalog, empty=True)
        site.site.store.insert("inbox_conversations", {"id": TALK, "participant": {"anonymousVisitorId": TALK}})
        writer = Writer(folder, site)
        killed, _ = writer.run(listed, dies_at)
        assert killed
        assert writer.run(listed, 0)[0] is False
        results = [json.loads(line) for line in writer.results.read_text().splitlines()]
        codes = [each["error"]["code"] for each in results if each["error"]]
        assert set(codes) <= {"UNKNOWN"}
        made = [len(site.state().get(kind, ())) for kind in kinds]
        assert max(made) <= len(names)
        # What was in flight may not have been sent.
        assert sum(made) >= len(names) * len(kinds) - len(codes)
        assert len(codes) <= len(names)
