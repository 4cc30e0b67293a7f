from __future__ import annotations

import pytest

from sandbox_support import browser as browsers
from sandbox_support.browser import CONTRAST
from sandbox_support.services import need
from wix_sandbox.resources.contacts_store import create

pytestmark = pytest.mark.services
FOCUS = "document.activeElement.id || document.activeElement.textContent"
NEXT = "document.getElementById('requests-next')"
CONTACTS = "document.querySelectorAll('#contacts tbody tr').length"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    need(browsers.missing())
    with browsers.running(tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.fixture
def opened(browser, v3):
    def opening(query=""):
        browser.open(f"{v3.site.url}/{query}")
        browser.stop_time()
        return browser

    return opening


def add_contact(api):
    with api.site.store.lock:
        create(api.site.site, {"name": {"first": "Ada"}})


def test_the_page_renews_itself_and_its_script_and_style_are_allowed(opened, v3):
    page = opened()
    page.pass_time(2500)
    add_contact(v3)
    page.until(CONTACTS, 1)
    assert page.value("getComputedStyle(document.querySelector('main')).display") == "grid"
    assert page.complaints() == []


def test_what_is_written_is_not_run(opened, v3):
    evil = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    v3.product(name=evil)
    page = opened()
    page.pass_time(2500)
    assert page.value("document.querySelector('#products h3').textContent") == evil
    assert page.value("document.title") == "Wix sandbox"


def test_focus_and_place_stay_while_the_page_renews(opened, v3):
    for _ in range(40):
        v3.ok("GET", "/stores/v3/provision/version")
    page = opened()
    page.resize(700, 300)
    page.value(f"{NEXT}.focus()")
    at = page.value(f"{NEXT}.getBoundingClientRect().top")
    assert page.value("scrollY") > 0
    add_contact(v3)
    v3.ok("GET", "/stores/v3/provision/version")
    page.until("document.querySelector('#requests .count').textContent", "41")
    assert page.value(FOCUS) == "requests-next"
    page.until(f"Math.abs({NEXT}.getBoundingClientRect().top - {at}) <= 1", wanted=True)


def test_it_waits_while_somebody_is_busy_and_while_it_is_paused(opened, v3):
    page = opened()
    page.press("Shift", 16)
    add_contact(v3)
    page.pass_time(2500)
    assert page.value(CONTACTS) == 0
    page.until(CONTACTS, 1)
    page.value("document.getElementById('live').click()")
    assert page.value("document.getElementById('live').getAttribute('aria-pressed')") == "true"
    add_contact(v3)
    page.pass_time(9000)
    assert page.value(CONTACTS) == 1
    page.value("document.getElementById('live').click()")
    page.until(CONTACTS, 2)


def test_tab_leads_first_to_the_skip_link_and_every_stop_can_be_seen(opened):
    page = opened()
    page.press("Tab", 9)
    assert page.value(FOCUS) == "Skip to the shop"
    assert page.value("document.activeElement.getBoundingClientRect().width") > 20
    page.press("Enter", 13)
    assert page.value(FOCUS) == "main"
    page.press("Tab", 9)
    stops = 0
    while page.value("document.activeElement !== document.body"):
        assert page.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
        stops += 1
        page.press("Tab", 9)
    assert stops >= 4


def test_nothing_hangs_over_the_edge_at_any_width(opened, v3):
    v3.product(name="W" * 80)
    v3.send("GET", "/" + "nowhere" * 30)
    page = opened()
    for width in (320, 400, 768, 1280):
        page.resize(width)
        assert page.value("document.documentElement.scrollWidth") <= width


def test_text_can_be_read_in_light_and_dark(opened, v3):
    v3.product(visible=False)
    v3.refused(404, "GET", "/nowhere")
    page = opened()
    for scheme in ("light", "dark"):
        page.media(scheme)
        assert page.value(CONTRAST) >= 4.5
