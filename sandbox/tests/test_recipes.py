"""Wix's published REST recipes, run against the sandbox.

`recipes.json` has a row for each: the page, its requests, and the members of the answers that the page shows or names.
Requests have the members, nesting, and values of Wix (enums, modes) of the page; names, texts, URLs and ids are ours.
`before` are requests that are not of the page: they make what it expects to exist. In an `answer`, `*` is any value.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox_support.api import running
from wix_sandbox.auth import ACCOUNT_ID

RECIPES = json.loads((Path(__file__).parent / "recipes.json").read_text())
FEWEST = 30
_NAME = re.compile(r"\{(\w+)\}")
_SIZE = 20


@pytest.fixture(scope="module")
def shops():
    opened = {catalog: running(catalog=catalog, size=_SIZE) for catalog in ("v1", "v3")}
    yield {catalog: next(each) for catalog, each in opened.items()}
    for each in opened.values():
        next(each, None)


def filled(value, names):
    """Fill `{name}` with what earlier answers had."""
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    return _NAME.sub(lambda found: names.get(found[1], found[0]), value) if isinstance(value, str) else value


def member(answer, path):
    for step in path.split("."):
        answer = answer[int(step) if isinstance(answer, list) else step]
    return answer


def headers_of(api, step):
    config = api.site.config()
    if step.get("account"):
        return {"Authorization": config["api_key"], "wix-account-id": ACCOUNT_ID}
    return {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}


def send(api, step, names):
    method, path = filled(step["send"], names).split(" ", 1)
    if "bytes" in step:  # to the URL of an upload, which takes no credential
        return api.session.put(path, data=step["bytes"].encode(), headers={"Content-Type": "image/jpeg"}, timeout=60)
    return api.send(method, path, filled(step.get("body"), names), headers_of(api, step))


@pytest.mark.parametrize("recipe", [pytest.param(each, id=f"{each['catalog']}: {each['name']}") for each in RECIPES])
def test_a_recipe_of_wix_works(shops, recipe):
    api, names = shops[recipe["catalog"]], {}
    api.control("POST", "reset")
    api.control("POST", "readings", recipe.get("readings", {}))
    for step in (*recipe.get("before", ()), *recipe["steps"]):
        answer = send(api, step, names)
        assert answer.status_code == step.get("status", 200), f"{step['send']}: {answer.text}"
        body = answer.json() if answer.content else {}
        names |= {name: member(body, path) for name, path in step.get("keep", {}).items()}
        for path, expected in filled(step["answer"], names).items():
            found = member(body, path)
            assert found is not None if expected == "*" else found == expected, f"{step['send']}: {path} is {found!r}"


def test_there_are_enough_recipes_and_each_is_told_apart():
    assert len(RECIPES) >= FEWEST
    assert len({(each["catalog"], each["name"]) for each in RECIPES}) == len(RECIPES)
