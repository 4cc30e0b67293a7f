"""Automations: `wix-listen` makes, lists and removes its own, and touches no others."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import Ended, call
from tests.listen.automations_site import ELSEWHERE, KEY, AutomationsSite, automations_site
from tests.listen.process import SECRET
from wix_listen.__main__ import main
from wix_listen.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = "https://hooks.example.com/wix"


@pytest.fixture
def site() -> Iterator[AutomationsSite]:
    with automations_site() as running:
        yield running


def run(site: AutomationsSite, folder: Path, *arguments: str, **more: Any) -> Ended:
    connection = {"api_key": KEY, "site_id": "s", "api_url": site.url, "retry_patience_seconds": 0}
    settings = {**connection, "public_url": PUBLIC, "hint_secret": SECRET, **more}
    file = folder / "listen.json"
    file.write_text(json.dumps({name: value for name, value in settings.items() if value is not None}))
    return call(main, "--config", file, *arguments, folder=folder)


def calls(site: AutomationsSite) -> dict[str, str]:
    """Return the URL of each automation by its name."""
    found = {}
    for each in site.automations.values():
        (action,) = each["configuration"]["actions"].values()
        found[each["name"]] = action["appDefinedInfo"]["inputMapping"]["url"]
    return found


def test_a_trigger_is_subscribed_once(site: AutomationsSite, tmp_path: Path) -> None:
    done = run(site, tmp_path, "subscribe", "order-placed", "contact-created")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["order-placed: subscribed", "contact-created: subscribed"]
    again = run(site, tmp_path, "subscribe", "order-placed")
    assert again.out == "order-placed: already subscribed\n"
    assert calls(site) == {
        "wix-listen: order-placed": f"{PUBLIC}/hints/{SECRET}/order-placed",
        "wix-listen: contact-created": f"{PUBLIC}/hints/{SECRET}/contact-created",
    }
    (first, *_) = site.automations.values()
    assert first["configuration"]["trigger"]["triggerKey"] == "wix_e_commerce-order_placed"
    assert first["settings"] == {"hidden": True, "readonly": False}


def test_the_config_may_follow_the_subcommand(site: AutomationsSite, tmp_path: Path) -> None:
    run(site, tmp_path, "subscribe", "order-placed")
    listed = call(main, "list", "--config", tmp_path / "listen.json", folder=tmp_path)
    assert listed.out == run(site, tmp_path, "list").out != ""


def test_all_triggers_are_subscribed_listed_and_removed(site: AutomationsSite, tmp_path: Path) -> None:
    assert run(site, tmp_path, "subscribe", "--all").code == 0
    assert len(site.automations) == len(TRIGGERS)
    listed = run(site, tmp_path, "list", hint_secret=None)
    assert [line.split("\t")[:2] for line in listed.out.splitlines()] == [[name, "ACTIVE"] for name in sorted(TRIGGERS)]
    assert SECRET not in listed.out
    removed = run(site, tmp_path, "unsubscribe", "--all", hint_secret=None)
    assert removed.code == 0
    assert removed.out.count("unsubscribed") == len(TRIGGERS)
    assert site.automations == {}


def test_a_site_that_knows_the_path_of_wixs_client_only_is_served(site: AutomationsSite, tmp_path: Path) -> None:
    site.base = ELSEWHERE
    assert run(site, tmp_path, "subscribe", "order-placed").out == "order-placed: subscribed\n"
    assert run(site, tmp_path, "list").out.startswith("order-placed\tACTIVE\t")
    assert run(site, tmp_path, "unsubscribe", "--all").out == "order-placed: unsubscribed\n"
    assert site.automations == {}


def others(site: AutomationsSite, folder: Path) -> dict[str, dict[str, Any]]:
    """Add automations that are not those of this receiver, and return them."""
    run(site, folder, "subscribe", "order-placed")
    (ours,) = site.automations.values()
    site.automations.clear()
    for name, url in (
        ("Thank for the order", f"{PUBLIC}/hints/{SECRET}/order-placed"),
        ("wix-listen: order-placed", f"https://another.example.com/hints/{SECRET}/order-placed"),
        ("wix-listen: order-placed", f"{PUBLIC}-2/hints/{SECRET}/order-placed"),
        ("wix-listen: mails", None),
    ):
        other = deepcopy(ours)
        other["name"] = name
        (action,) = other["configuration"]["actions"].values()
        if url is None:
            action["appDefinedInfo"] = {"appId": action["id"], "actionKey": "send-mail", "inputMapping": None}
        else:
            action["appDefinedInfo"]["inputMapping"]["url"] = url
        site.add(other)
    site.add({"name": "wix-listen: draft", "configuration": {"status": "ACTIVE"}})
    site.add({"name": "wix-listen: empty"})
    return dict(site.automations)


def test_automations_of_others_are_left_alone(site: AutomationsSite, tmp_path: Path) -> None:
    before = others(site, tmp_path)
    assert run(site, tmp_path, "list").out == ""
    assert run(site, tmp_path, "unsubscribe", "--all").out == ""
    assert run(site, tmp_path, "subscribe", "order-placed").out == "order-placed: subscribed\n"
    assert run(site, tmp_path, "unsubscribe", "order-placed").out == "order-placed: unsubscribed\n"
    assert site.automations == before


def test_a_new_secret_replaces_the_automation(site: AutomationsSite, tmp_path: Path) -> None:
    run(site, tmp_path, "subscribe", "order-placed", "contact-created")
    new = SECRET[::-1]
    assert run(site, tmp_path, "subscribe", "order-placed", hint_secret=new).out == "order-placed: subscribed\n"
    assert calls(site)["wix-listen: order-placed"].endswith(f"/{new}/order-placed")
    assert len(site.automations) == 2
    run(site, tmp_path, "unsubscribe", "--all", hint_secret=new)
    assert site.automations == {}


def test_an_inactive_automation_is_replaced(site: AutomationsSite, tmp_path: Path) -> None:
    run(site, tmp_path, "subscribe", "order-placed")
    (first,) = site.automations.values()
    first["configuration"]["status"] = "INACTIVE"
    assert run(site, tmp_path, "subscribe", "order-placed").out == "order-placed: subscribed\n"
    (second,) = site.automations.values()
    assert second["configuration"]["status"] == "ACTIVE"


def test_a_create_without_an_answer_is_not_doubled(site: AutomationsSite, tmp_path: Path) -> None:
    site.drop = 1
    first = run(site, tmp_path, "subscribe", "order-placed")
    assert first.code == 1
    assert first.out == ""
    run(site, tmp_path, "subscribe", "order-placed")
    assert len(site.automations) == 1


def test_two_automations_of_a_trigger_become_one(site: AutomationsSite, tmp_path: Path) -> None:
    run(site, tmp_path, "subscribe", "order-placed")
    (first,) = site.automations.values()
    site.add(first)
    run(site, tmp_path, "subscribe", "order-placed")
    assert len(site.automations) == 1


def test_triggers_of_absent_apps_are_named(site: AutomationsSite, tmp_path: Path) -> None:
    site.apps = {TRIGGERS["contact-created"].app_id}
    done = run(site, tmp_path, "subscribe", "--all")
    assert done.code == 0
    assert done.out.count("subscribed") == 4
    assert "wix-listen: order-placed: " in done.err
    assert run(site, tmp_path, "subscribe", "order-placed").code == 1
    site.apps = set()
    site.automations.clear()
    assert run(site, tmp_path, "subscribe", "--all").code == 1


def test_an_automation_that_is_gone_already_is_no_error(
    site: AutomationsSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(site, tmp_path, "subscribe", "order-placed")
    answer = site.answer

    def late(credential: str, method: str, path: str, body: Any) -> dict[str, Any]:
        if method == "DELETE":
            site.automations.clear()
        return answer(credential, method, path, body)

    monkeypatch.setattr(site, "answer", late)
    assert run(site, tmp_path, "unsubscribe", "--all").code == 0


WRONG = {
    "no secret": (("subscribe", "order-placed"), {"hint_secret": None}, 1, "Set `hint_secret`"),
    "no URL": (("list",), {"public_url": None}, 1, "Set `public_url`"),
    "plain HTTP": (("list",), {"public_url": "http://hooks.example.com"}, 1, "`public_url` must be"),
    "not a URL": (("list",), {"public_url": "hooks.example.com"}, 1, "`public_url` must be"),
    "a query": (("list",), {"public_url": f"{PUBLIC}?a=b"}, 1, "`public_url` must be"),
    "wrong key": (("list",), {"api_key": "IST.wrong"}, 1, "401"),
    "no credentials": (("list",), {"api_key": None}, 1, "`api_key`"),
    "no trigger": (("subscribe",), {}, 2, "order-placed"),
    "both": (("unsubscribe", "--all", "order-placed"), {}, 2, "--all"),
    "unknown trigger": (("subscribe", "order-eaten"), {}, 2, "order-eaten"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_explained_and_makes_nothing(site: AutomationsSite, tmp_path: Path, name: str) -> None:
    arguments, more, code, words = WRONG[name]
    done = run(site, tmp_path, *arguments, **more)
    assert done.code == code
    assert words in done.err
    assert SECRET not in done.err + done.out
    assert site.automations == {}
