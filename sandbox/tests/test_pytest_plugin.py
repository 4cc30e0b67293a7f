"""The pytest plugin in a test run of its own, as a project has it that installs the package."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from wix_sandbox import Sandbox, SandboxOptions

SUITE = """
    import json
    import urllib.request

    import pytest

    pytestmark = pytest.mark.wix_sandbox(empty=True)


    def control(site, name, body=None):
        request = urllib.request.Request(site.controls + name, json.dumps(body or {}).encode(), method="POST")
        return json.load(urllib.request.urlopen(request))


    @pytest.mark.parametrize("number", range(3))
    def test_each_test_finds_the_site_of_the_start(wix_site, number):
        assert not wix_site.ids("contacts")
        assert wix_site.journal.total == 0
        assert wix_site.site.readings["order-identity"] != "missing"
        moved = control(wix_site, "clock", {"shiftSeconds": 86_400})["now"]
        assert moved > wix_site.site.clock._source().isoformat()
        control(wix_site, "readings", {"order-identity": "missing"})
        wix_site.faults.plan({"operation": "contacts.create", "action": {"status": 503}, "times": 1})
        wix_site.store.table("contacts").put({"id": str(number), "revision": 1})


    @pytest.mark.wix_sandbox(catalog="v1")
    class TestV1:
        def test_options_add_up(self, wix_site):
            assert wix_site.site.catalog.value == "v1"
            assert not wix_site.ids("products")

        @pytest.mark.wix_sandbox(empty=False)
        def test_the_nearest_option_counts(self, wix_site):
            assert wix_site.ids("products")


    def test_two_sites_at_once(wix_site, wix_sandboxes):
        other = wix_sandboxes(catalog="v1", size=3)
        assert other.url != wix_site.url
        assert len(other.ids("products")) == 3
"""


@pytest.mark.services
def test_the_fixture_in_a_project(tmp_path):
    (tmp_path / "test_shop.py").write_text(textwrap.dedent(SUITE))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.services
def test_the_marker_is_listed(tmp_path):
    command = [sys.executable, "-m", "pytest", "--markers"]
    listed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "@pytest.mark.wix_sandbox(**options)" in listed.stdout


def test_a_snapshot_restores_rows_ids_and_effects():
    with Sandbox(SandboxOptions(catalog="v1")).serve() as site:
        before, rows = site.save(), site.state()
        expected = site.site.new_id()
        site.load(before)
        site.store.delete("products", site.ids("products")[0])
        site.site.note_effect("mail", to="someone")
        site.load(before)
        assert site.state() == rows
        assert site.site.effects == before.effects
        assert site.site.new_id() == expected


def post(url):
    return urllib.request.urlopen(urllib.request.Request(url, b"{}", method="POST")).status


def test_snapshots_by_name_over_http():
    with Sandbox(SandboxOptions()).serve() as site:
        rows = site.state()
        assert post(f"{site.controls}save/full") == 200
        site.store.reset()
        assert post(f"{site.controls}load/full") == 200
        assert site.state() == rows
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(f"{site.controls}load/ful")
        with refused.value as answer:
            assert answer.code == 404
            assert "saved: full" in answer.read().decode()


@pytest.mark.services
def test_the_example_of_the_documents(tmp_path):
    page = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- example: pytest -->\n```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr
