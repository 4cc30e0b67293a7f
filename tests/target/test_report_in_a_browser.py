"""The page of a run as people meet it: searched, on a phone, by keyboard, in the dark, with a hostile name."""

from __future__ import annotations

import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

from sandbox_support import browser as browsers
from sandbox_support.browser import CONTRAST
from sandbox_support.services import need
from target_wix.change import Outcome, Result
from target_wix.report import Report
from target_wix.summary import Summary, Totals
from wix_api.usage import Usage

pytestmark = pytest.mark.services
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
EVIL = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
SHOWN = "[...document.querySelectorAll('article')].filter((each) => each.getBoundingClientRect().height > 0).length"
CHANGES = 300


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    need(browsers.missing())
    with browsers.running(tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.fixture(scope="module")
def pictures():
    """Yield the address of a server of pictures on loopback, and a queue of the paths it is asked for."""
    asked = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.put(self.path)
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.send_header("cache-control", "no-store")
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def address(tmp_path_factory, pictures):
    """A page with a rejection, a hostile name and many changes."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    page, totals = Report(str(path), site="a-site"), Totals("products")
    error = {"code": "MAX_LENGTH", "field": "name", "message": EVIL, "retryable": False}
    long = {"name": "W" * 80, "media": {"main": {"image": {"url": f"{pictures[0]}/rejected.png"}}}}
    entries = [(Result(2, "products", "sku=" + "S" * 200, "upsert", Outcome.REJECTED, error=error), {}, long)]
    for number in range(CHANGES):
        old, new = (
            {"name": f"{name} {number}", "image": {"url": f"{pictures[0]}/{name}-{number}.png"}}
            for name in ("Mug", "Cup")
        )
        fields = ("name", "image")
        entries.append(
            (Result(number + 3, "products", f"sku=S{number}", "upsert", Outcome.UPDATED, "", fields), old, new)
        )
    entries.append((Result(2, "contacts", "", "upsert", Outcome.CREATED), {}, {"name": EVIL, "x" * 90: "y" * 200}))
    for one, old, new in entries:
        totals.add(one, 0.1)
        page.add(one, lambda old=old, new=new: (old, new))
    page.write(Summary((totals,), Usage(requests=7), quota=200, seconds=60.0, files={}))
    return path.as_uri()


@pytest.fixture
def opened(browser, address):
    def opening(width=1280):
        browser.open(address, width)
        return browser

    return opening


def search(page, words):
    page.value(f"words.value = {words!r}; words.dispatchEvent(new Event('input'))")
    page.pass_time(400)


def test_its_own_script_and_style_run_and_nothing_else_does(opened):
    page = opened()
    assert page.value("document.title").startswith("target-wix: run of ")
    assert page.value("getComputedStyle(document.querySelector('article')).borderRadius") != "0px"
    assert page.value("document.querySelector('#changes article h3').firstChild.textContent.trim()") == EVIL
    assert page.complaints() == []


def test_words_and_outcome_filter_the_rows(opened):
    page = opened()
    assert page.value(SHOWN) == CHANGES + 2
    search(page, "cup sku=s77")
    assert page.value(SHOWN) == 1
    assert page.value("found.textContent") == f"1 of {CHANGES + 2} shown"
    search(page, "CUP")
    assert page.value(SHOWN) == CHANGES
    page.value("kind.value = 'products/rejected'; kind.dispatchEvent(new Event('change'))")
    assert page.value(SHOWN) == 0
    search(page, "")
    assert page.value(SHOWN) == 1


def paths_up_to(asked, path):
    paths = {asked.get(timeout=browsers.PATIENCE)}
    while path not in paths:
        paths.add(asked.get(timeout=browsers.PATIENCE))
    return paths


def test_pictures_are_fetched_only_near_the_visible_part(opened, pictures):
    _, asked = pictures
    page = opened()
    paths = paths_up_to(asked, "/rejected.png")
    last = f"/Cup-{CHANGES - 1}.png"
    page.value(f"document.querySelector('img[src$=\"{last}\"]').scrollIntoView()")
    paths |= paths_up_to(asked, last)
    assert f"/Cup-{CHANGES // 2}.png" not in paths


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_nothing_hangs_over_the_edge_at_any_width(opened, width):
    page = opened(width)
    assert page.value("document.documentElement.scrollWidth") <= width
    cells = "[...document.querySelectorAll('article td, article th')].slice(0, 40)"
    assert page.value(f"Math.max(...{cells}.map((each) => each.getBoundingClientRect().right))") <= width


def test_everything_is_reached_by_keyboard_and_can_be_seen(opened):
    page = opened()
    page.press("Tab", 9)
    assert page.value("document.activeElement.textContent") == "Skip to the first entry"
    assert page.value("document.activeElement.getBoundingClientRect().width") > 20
    stops = []
    while page.value("document.activeElement !== document.body"):
        assert page.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
        stops.append(page.value("document.activeElement.id || document.activeElement.textContent.slice(0, 8)"))
        page.press("Tab", 9)
    assert stops[-2:] == ["words", "kind"]
    page.press("/", 191)
    assert page.value("document.activeElement.id") == "words"


def test_text_can_be_read_in_light_and_dark(opened):
    page = opened()
    search(page, "cup 1")
    for scheme in ("light", "dark"):
        page.media(scheme)
        assert page.value(CONTRAST) >= 4.5


def test_without_scripts_the_page_is_whole(browser, address):
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    browser.open("about:blank")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.go(address)
    document = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    entries = browser.call("DOM.querySelectorAll", nodeId=document, selector="article:not([hidden])")["nodeIds"]
    tools = browser.call("DOM.querySelectorAll", nodeId=document, selector="#tools[hidden]")["nodeIds"]
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert len(entries) == CHANGES + 2
    assert len(tools) == 1
